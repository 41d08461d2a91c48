"""What lies on desks, and tools."""

import numpy as np

from cavendish.worlds.catalog.registry import Parts, thing
from cavendish.worlds.mesh import Mesh, ball, box, cylinder, extrude, join, lathe, limb, rod, torus, tube
from cavendish.worlds.rng import Dice


@thing(
    "laptop",
    {"body": "metal:gray|black plastic:white|black", "screen": "display", "keys": "plastic:black"},
    also="notebook computer",
    is_a="computer",
    tags="small office electronic",
)
def laptop(d: Dice, style: int) -> Parts:
    w, deep, tilt = d.between(0.3, 0.37), d.between(0.21, 0.25), d.between(-30, -8)
    lid = box(w, 0.008, deep, 0.002).turn(x=tilt).at(0, deep / 2, 0.016)
    screen = box(w - 0.025, 0.003, deep - 0.03).at(0, -0.005, 0.015).turn(x=tilt).at(0, deep / 2, 0.016)
    keys = join([box(w - 0.04, 0.014, 0.003).at(0, y, 0.016) for y in np.linspace(0.0, deep / 2 - 0.03, 5)])
    pad = (
        box(w * 0.3, 0.05, 0.001).at(0, -deep / 2 + 0.045, 0.0165)
        if style
        else box(w * 0.4, 0.06, 0.001).at(0, -deep / 2 + 0.05, 0.0165)
    )
    return {"body": box(w, deep, 0.016, 0.004) + lid, "screen": screen, "keys": keys + pad}


@thing(
    "monitor",
    {"screen": "display", "frame": "plastic:black|white|gray metal"},
    also="computer screen",
    tags="small office electronic",
)
def monitor(d: Dice, style: int) -> Parts:
    w = d.between(0.48, 0.72)
    h = w * d.pick((0.56, 0.42, 0.62))
    z = d.between(0.1, 0.16)
    foot = (
        box(0.24, 0.18, 0.015, 0.004) + box(0.045, 0.03, z + h * 0.4).at(0, 0.04)
        if style
        else cylinder(0.11, 0.015, 18) + rod((0, 0.04, 0), (0, 0.035, z + h * 0.4), 0.02, 8)
    )
    return {
        "screen": box(w - 0.02, 0.004, h - 0.025).at(0, -0.016, z + 0.014),
        "frame": box(w, 0.03, h, 0.006).at(z=z) + foot,
    }


@thing(
    "keyboard",
    {"keys": "plastic:black|white|gray", "body": "plastic:black|white|gray metal"},
    tags="small office electronic flatware",
)
def keyboard(d: Dice, style: int) -> Parts:
    w = 0.44 if style else 0.33
    rows = [box(w - 0.024, 0.017, 0.008, 0.002).at(0, y, 0.016) for y in np.linspace(-0.05, 0.05, 5)]
    cuts = [box(0.0015, 0.12, 0.009).at(x, 0, 0.0165) for x in np.linspace(-w / 2 + 0.03, w / 2 - 0.03, 12)]
    return {"keys": join(rows), "body": box(w, 0.135, 0.018, 0.005) + join(cuts)}


@thing(
    "computer mouse",
    {"body": "plastic:black|white|gray|red|blue", "wheel": "rubber"},
    tags="small office electronic",
    plural="computer mice",
)
def computer_mouse(d: Dice, style: int) -> Parts:
    body = ball(0.033, 0.055, 0.034, 12)
    body.vertices[:, 2] = np.maximum(body.vertices[:, 2], 0)
    return {
        "body": body if style else body.taper(0.85, 1),
        "wheel": cylinder(0.009, 0.006, 10).turn(y=90).at(-0.003, -0.032, 0.024),
    }


@thing(
    "office chair",
    {
        "seat": "fabric:black|gray|blue|red leather",
        "back": "fabric:black|gray|blue|red leather",
        "base": "metal plastic:black",
        "wheels": "rubber",
    },
    also="swivel chair",
    is_a="chair",
    tags="floor seat office",
)
def office_chair(d: Dice, style: int) -> Parts:
    h, back = d.between(0.44, 0.52), d.between(0.45, 0.65)
    star = join([rod((0, 0, 0.09), (0.3 * np.cos(a), 0.3 * np.sin(a), 0.06), 0.02) for a in np.arange(5) * 1.257])
    wheels = join([ball(0.032, sides=8).at(0.3 * np.cos(a), 0.3 * np.sin(a), 0.032) for a in np.arange(5) * 1.257])
    arms = (
        tube([(0.25, 0.1, h), (0.27, 0.1, h + 0.2), (0.27, -0.15, h + 0.2)], 0.018, 6).both()
        if style
        else rod((0, 0.24, h - 0.02), (0, 0.28, h + 0.25), 0.025)
    )
    panel = box(0.46, 0.07, back, 0.03).taper(0.82).turn(x=-6).at(0, 0.25, h + 0.12)
    return {
        "seat": box(0.5, 0.5, 0.09, 0.04).at(z=h - 0.04),
        "back": panel,
        "base": star + cylinder(0.03, h - 0.08, 8).at(z=0.06) + arms,
        "wheels": wheels,
    }


@thing(
    "printer",
    {"body": "plastic:white|black|gray", "tray": "plastic:black|gray", "paper": "paper:white"},
    tags="small office electronic",
)
def printer(d: Dice, style: int) -> Parts:
    h = d.between(0.18, 0.28)
    tray = box(0.3, 0.16, 0.015).turn(x=-12).at(0, -0.24, 0.07) + box(0.34, 0.012, 0.05).at(0, -0.18, 0.09)
    sheets = box(0.21, 0.13, 0.006).turn(x=-12).at(0, -0.23, 0.088)
    back = box(0.21, 0.01, 0.2).turn(x=-18).at(0, 0.13, h - 0.02)
    return {"body": box(0.44, 0.36, h, 0.03 if style else 0.012), "tray": tray, "paper": sheets + back}


@thing(
    "phone",
    {"case": "plastic", "screen": "display screen"},
    also="smartphone, mobile phone",
    tags="small office electronic flatware",
)
def phone(d: Dice, style: int) -> Parts:
    if style:
        lean = {
            "case": box(0.075, 0.009, 0.155, 0.003).at(z=0),
            "screen": box(0.068, 0.002, 0.145).at(0, -0.0055, 0.005),
        }
        return {name: mesh.turn(x=-20).at(z=0.003) for name, mesh in lean.items()} | {
            "case": lean["case"].turn(x=-20).at(z=0.003) + box(0.07, 0.07, 0.01).at(0, 0.03)
        }
    return {"case": box(0.075, 0.155, 0.009, 0.003), "screen": box(0.068, 0.145, 0.001).at(z=0.009)}


@thing("book", {"cover": "cover", "pages": "paper:white|beige"}, tags="small office flatware", styles=3, surface=1.0)
def book(d: Dice, style: int) -> Parts:
    w, deep, thick = d.between(0.13, 0.2), d.between(0.19, 0.27), d.between(0.018, 0.05)
    shell = box(w, deep, 0.004) + box(w, deep, 0.004).at(z=thick - 0.004) + box(0.005, deep, thick).at(-w / 2 + 0.0025)
    pages = box(w - 0.012, deep - 0.012, thick - 0.008).at(0.001, 0, 0.004)
    if style == 1:
        page = extrude([(0, 0), (w, 0), (w, 0.006), (w * 0.5, 0.02), (w * 0.15, 0.022), (0, 0.008)], deep).at(z=0.004)
        return {"cover": box(2 * w + 0.02, deep + 0.015, 0.004), "pages": page.both()}
    if style == 2:
        return {"cover": shell.turn(y=-90).turn(z=90).at(z=w / 2), "pages": pages.turn(y=-90).turn(z=90).at(z=w / 2)}
    return {"cover": shell, "pages": pages}


@thing(
    "pencil",
    {"shaft": "lacquer:yellow|red|blue|green|black", "tip": "wood:beige"},
    tags="small office flatware",
    plural="pencils",
)
def pencil(d: Dice, style: int) -> Parts:
    n = d.between(0.12, 0.18)
    if style:
        return {
            "shaft": rod((-n / 2, 0, 0.006), (n / 2, 0, 0.006), 0.006, 8) + ball(0.007, sides=6).at(-n / 2, 0, 0.007),
            "tip": tube([(n / 2, 0, 0.006), (n / 2 + 0.012, 0, 0.006)], [0.005, 0.001], 8),
        }
    return {
        "shaft": rod((-n / 2, 0, 0.0045), (n / 2, 0, 0.0045), 0.0045, 6),
        "tip": tube([(n / 2, 0, 0.0045), (n / 2 + 0.018, 0, 0.0045)], [0.0045, 0.0006], 6),
    }


@thing("scissors", {"blades": "chrome", "handles": "plastic"}, tags="small office tool flatware", plural="scissors")
def scissors(d: Dice, style: int) -> Parts:
    open_ = d.between(8, 22)
    half = extrude([(0, -0.008), (0.1, -0.001), (0.1, 0.001), (0, 0.008)], 0.004).turn(x=-90).at(z=0.006)
    ring = torus(0.022, 0.006, 14, 6).scale(1.3 if style else 1, 1, 1).at(-0.07, -0.018, 0.006) + rod(
        (-0.05, -0.012, 0.006), (0, 0, 0.006), 0.005
    )
    other = Mesh(ring.vertices * [1, -1, 1], ring.faces[:, ::-1])
    return {"blades": half.turn(z=open_) + half.turn(z=-open_), "handles": ring.turn(z=open_) + other.turn(z=-open_)}


@thing(
    "trash can",
    {"body": "metal plastic:gray|green|blue|black lacquer", "lid": "metal plastic:black|gray"},
    also="bin, garbage can, waste bin",
    tags="floor street bin",
)
def trash_can(d: Dice, style: int) -> Parts:
    r, h = d.between(0.17, 0.28), d.between(0.5, 0.85)
    body = lathe([(0, 0), (r * 0.82, 0), (r, h), (r - 0.012, h), (r * 0.8, 0.02), (0, 0.02)], 18)
    lid = (
        lathe([(r * 1.05, h), (r * 1.05, h + 0.03), (r * 0.6, h + 0.11), (0, h + 0.14)], 18)
        if style
        else torus(r, 0.016, 18, 6).at(z=h)
    )
    return {"body": body, "lid": lid}


@thing("hammer", {"head": "metal", "handle": "wood plastic:red|blue|yellow"}, tags="small tool flatware")
def hammer(d: Dice, style: int) -> Parts:
    head = rod((0, -0.05, 0.016), (0, 0.02, 0.016), 0.016, 10) + box(0.026, 0.06, 0.022).taper(0.4, 1).at(
        0, 0.045, 0.005
    )
    if style:
        head = box(0.045, 0.11, 0.035, 0.005)
    return {"head": head.at(0.13), "handle": limb([(-0.15, 0, 0.015), (0.13, 0, 0.015)], [0.015, 0.011], 8)}


@thing("screwdriver", {"handle": "plastic wood", "shaft": "chrome"}, tags="small tool flatware")
def screwdriver(d: Dice, style: int) -> Parts:
    grip = lathe(np.array([(0, 0), (0.013, 0.004), (0.016, 0.05), (0.012, 0.085), (0.015, 0.1), (0, 0.104)]), 10).turn(
        y=90
    )
    tip = box(0.012, 0.01, 0.003).at(0.225) if style else tube([(0.21, 0, 0), (0.23, 0, 0)], [0.004, 0.001], 6)
    return {"handle": grip.at(z=0.016), "shaft": (rod((0.1, 0, 0), (0.22, 0, 0), 0.004) + tip).at(z=0.016)}


@thing("wrench", {"body": "chrome metal"}, also="spanner", tags="small tool flatware", plural="wrenches")
def wrench(d: Dice, style: int) -> Parts:
    jaw = extrude(
        [
            (-0.02, -0.02),
            (0.012, -0.022),
            (0.026, -0.016),
            (0.008, -0.007),
            (0.008, 0.007),
            (0.026, 0.016),
            (0.012, 0.022),
            (-0.02, 0.02),
        ],
        0.01,
    )
    end = (
        torus(0.014, 0.006, 12, 6).scale(1, 1, 0.8).at(-0.085, 0, 0.006)
        if style
        else jaw.turn(x=-90).turn(z=180).scale(0.8).at(-0.085, 0, 0.006)
    )
    return {"body": box(0.16, 0.018, 0.008, 0.003).at(0, 0, 0.002) + jaw.turn(x=-90).at(0.08, 0, 0.006) + end}


@thing("globe", {"sphere": "map", "stand": "wood metal gold"}, tags="small office decor", styles=2)
def globe(d: Dice, style: int) -> Parts:
    r = d.between(0.1, 0.14)
    arc = tube([(1.12 * r * np.sin(a), 0, 1.12 * r * np.cos(a)) for a in np.linspace(0.3, 2.84, 9)], 0.007, 6).turn(
        y=-20
    )
    return {
        "sphere": ball(r, sides=18).at(z=r + 0.08),
        "stand": arc.at(z=r + 0.08)
        + (
            cylinder(0.08, 0.02, 16) + cylinder(0.014, 0.1, 8)
            if style
            else lathe([(0, 0), (0.09, 0), (0.03, 0.04), (0.02, 0.09), (0, 0.09)], 14)
        ),
    }


@thing(
    "headphones",
    {"cups": "plastic leather:black", "band": "plastic:black|white metal"},
    tags="small electronic office",
    plural="headphones",
    styles=2,
)
def headphones(d: Dice, style: int) -> Parts:
    band = tube([(0.085 * np.cos(a), 0, 0.04 + 0.1 * np.sin(a)) for a in np.linspace(0, np.pi, 11)], 0.008, 6)
    cups = ball(0.022, 0.04, 0.045 if style else 0.04, 10).at(0.08, 0, 0.045)
    return {"cups": cups.both(), "band": band}


@thing(
    "camera",
    {"body": "plastic:black leather:black|brown", "lens": "metal:black pane", "top": "metal:gray|black"},
    tags="small electronic",
    styles=2,
)
def camera_(d: Dice, style: int) -> Parts:
    n = d.between(0.04, 0.09)
    lens = (
        lathe([(0.032, 0), (0.03, n), (0.024, n), (0.022, n * 0.8), (0, n * 0.75)], 16).turn(x=90).at(0, -0.025, 0.045)
    )
    top = box(0.05, 0.045, 0.025, 0.006).at(0, 0, 0.085) if style else box(0.12, 0.045, 0.012, 0.003).at(z=0.083)
    return {
        "body": box(0.13, 0.055, 0.088, 0.01),
        "lens": lens,
        "top": top + cylinder(0.008, 0.012, 8).at(0.045, 0, 0.088),
    }
