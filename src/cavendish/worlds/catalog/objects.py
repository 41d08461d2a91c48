"""Office things, tools, toys, clothes, bags and other portable objects."""

import numpy as np

from ..dice import Dice
from ..mesh import Mesh, ball, box, cylinder, extrude, join, lathe, limb, rod, torus, tube
from .registry import Parts, thing


@thing("laptop", {"body": "metal:gray|black plastic:white|black", "screen": "display", "keys": "plastic:black"}, also="notebook computer", is_a="computer", tags="small office electronic")
def laptop(d: Dice, style: int) -> Parts:
    w, deep, tilt = d.between(0.3, 0.37), d.between(0.21, 0.25), d.between(-30, -8)
    lid = box(w, 0.008, deep, 0.002).turn(x=tilt).at(0, deep / 2, 0.016)
    screen = box(w - 0.025, 0.003, deep - 0.03).at(0, -0.005, 0.015).turn(x=tilt).at(0, deep / 2, 0.016)
    keys = join([box(w - 0.04, 0.014, 0.003).at(0, y, 0.016) for y in np.linspace(0.0, deep / 2 - 0.03, 5)])
    pad = box(w * 0.3, 0.05, 0.001).at(0, -deep / 2 + 0.045, 0.0165) if style else box(w * 0.4, 0.06, 0.001).at(0, -deep / 2 + 0.05, 0.0165)
    return {"body": box(w, deep, 0.016, 0.004) + lid, "screen": screen, "keys": keys + pad}


@thing("monitor", {"screen": "display", "frame": "plastic:black|white|gray metal"}, also="computer screen", tags="small office electronic")
def monitor(d: Dice, style: int) -> Parts:
    w = d.between(0.48, 0.72)
    h = w * d.pick((0.56, 0.42, 0.62))
    z = d.between(0.1, 0.16)
    foot = box(0.24, 0.18, 0.015, 0.004) + box(0.045, 0.03, z + h * 0.4).at(0, 0.04) if style else cylinder(0.11, 0.015, 18) + rod((0, 0.04, 0), (0, 0.035, z + h * 0.4), 0.02, 8)
    return {"screen": box(w - 0.02, 0.004, h - 0.025).at(0, -0.016, z + 0.014), "frame": box(w, 0.03, h, 0.006).at(z=z) + foot}


@thing("keyboard", {"keys": "plastic:black|white|gray", "body": "plastic:black|white|gray metal"}, tags="small office electronic flatware")
def keyboard(d: Dice, style: int) -> Parts:
    w = 0.44 if style else 0.33
    rows = [box(w - 0.024, 0.017, 0.008, 0.002).at(0, y, 0.016) for y in np.linspace(-0.05, 0.05, 5)]
    cuts = [box(0.0015, 0.12, 0.009).at(x, 0, 0.0165) for x in np.linspace(-w / 2 + 0.03, w / 2 - 0.03, 12)]
    return {"keys": join(rows), "body": box(w, 0.135, 0.018, 0.005) + join(cuts)}


@thing("computer mouse", {"body": "plastic:black|white|gray|red|blue", "wheel": "rubber"}, tags="small office electronic", plural="computer mice")
def computer_mouse(d: Dice, style: int) -> Parts:
    body = ball(0.033, 0.055, 0.034, 12)
    body.vertices[:, 2] = np.maximum(body.vertices[:, 2], 0)
    return {"body": body if style else body.taper(0.85, 1), "wheel": cylinder(0.009, 0.006, 10).turn(y=90).at(-0.003, -0.032, 0.024)}


@thing("office chair", {"seat": "fabric:black|gray|blue|red leather", "back": "fabric:black|gray|blue|red leather", "base": "metal plastic:black", "wheels": "rubber"}, also="swivel chair", is_a="chair", tags="floor seat office")
def office_chair(d: Dice, style: int) -> Parts:
    h, back = d.between(0.44, 0.52), d.between(0.45, 0.65)
    star = join([rod((0, 0, 0.09), (0.3 * np.cos(a), 0.3 * np.sin(a), 0.06), 0.02) for a in np.arange(5) * 1.257])
    wheels = join([ball(0.032, sides=8).at(0.3 * np.cos(a), 0.3 * np.sin(a), 0.032) for a in np.arange(5) * 1.257])
    arms = tube([(0.25, 0.1, h), (0.27, 0.1, h + 0.2), (0.27, -0.15, h + 0.2)], 0.018, 6).both() if style else rod((0, 0.24, h - 0.02), (0, 0.28, h + 0.25), 0.025)
    panel = box(0.46, 0.07, back, 0.03).taper(0.82).turn(x=-6).at(0, 0.25, h + 0.12)
    return {"seat": box(0.5, 0.5, 0.09, 0.04).at(z=h - 0.04), "back": panel, "base": star + cylinder(0.03, h - 0.08, 8).at(z=0.06) + arms, "wheels": wheels}


@thing("printer", {"body": "plastic:white|black|gray", "tray": "plastic:black|gray", "paper": "paper:white"}, tags="small office electronic")
def printer(d: Dice, style: int) -> Parts:
    h = d.between(0.18, 0.28)
    tray = box(0.3, 0.16, 0.015).turn(x=-12).at(0, -0.24, 0.07) + box(0.34, 0.012, 0.05).at(0, -0.18, 0.09)
    sheets = box(0.21, 0.13, 0.006).turn(x=-12).at(0, -0.23, 0.088)
    back = box(0.21, 0.01, 0.2).turn(x=-18).at(0, 0.13, h - 0.02)
    return {"body": box(0.44, 0.36, h, 0.03 if style else 0.012), "tray": tray, "paper": sheets + back}


@thing("phone", {"case": "plastic", "screen": "display screen"}, also="smartphone, mobile phone", tags="small office electronic flatware")
def phone(d: Dice, style: int) -> Parts:
    if style:
        lean = {"case": box(0.075, 0.009, 0.155, 0.003).at(z=0), "screen": box(0.068, 0.002, 0.145).at(0, -0.0055, 0.005)}
        return {name: mesh.turn(x=-20).at(z=0.003) for name, mesh in lean.items()} | {"case": lean["case"].turn(x=-20).at(z=0.003) + box(0.07, 0.07, 0.01).at(0, 0.03)}
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


@thing("pencil", {"shaft": "lacquer:yellow|red|blue|green|black", "tip": "wood:beige"}, tags="small office flatware", plural="pencils")
def pencil(d: Dice, style: int) -> Parts:
    n = d.between(0.12, 0.18)
    if style:
        return {"shaft": rod((-n / 2, 0, 0.006), (n / 2, 0, 0.006), 0.006, 8) + ball(0.007, sides=6).at(-n / 2, 0, 0.007), "tip": tube([(n / 2, 0, 0.006), (n / 2 + 0.012, 0, 0.006)], [0.005, 0.001], 8)}
    return {"shaft": rod((-n / 2, 0, 0.0045), (n / 2, 0, 0.0045), 0.0045, 6), "tip": tube([(n / 2, 0, 0.0045), (n / 2 + 0.018, 0, 0.0045)], [0.0045, 0.0006], 6)}


@thing("scissors", {"blades": "chrome", "handles": "plastic"}, tags="small office tool flatware", plural="scissors")
def scissors(d: Dice, style: int) -> Parts:
    open_ = d.between(8, 22)
    half = extrude([(0, -0.008), (0.1, -0.001), (0.1, 0.001), (0, 0.008)], 0.004).turn(x=-90).at(z=0.006)
    ring = torus(0.022, 0.006, 14, 6).scale(1.3 if style else 1, 1, 1).at(-0.07, -0.018, 0.006) + rod((-0.05, -0.012, 0.006), (0, 0, 0.006), 0.005)
    other = Mesh(ring.vertices * [1, -1, 1], ring.faces[:, ::-1])
    return {"blades": half.turn(z=open_) + half.turn(z=-open_), "handles": ring.turn(z=open_) + other.turn(z=-open_)}


@thing("trash can", {"body": "metal plastic:gray|green|blue|black lacquer", "lid": "metal plastic:black|gray"}, also="bin, garbage can, waste bin", tags="floor street bin")
def trash_can(d: Dice, style: int) -> Parts:
    r, h = d.between(0.17, 0.28), d.between(0.5, 0.85)
    body = lathe([(0, 0), (r * 0.82, 0), (r, h), (r - 0.012, h), (r * 0.8, 0.02), (0, 0.02)], 18)
    lid = lathe([(r * 1.05, h), (r * 1.05, h + 0.03), (r * 0.6, h + 0.11), (0, h + 0.14)], 18) if style else torus(r, 0.016, 18, 6).at(z=h)
    return {"body": body, "lid": lid}


@thing("vase", {"body": "ceramic glass ceramic metal"}, tags="small decor", styles=4, stretch=0.2)
def vase(d: Dice, style: int) -> Parts:
    h, r = d.between(0.18, 0.34), d.between(0.05, 0.09)
    outline = (
        [(0.6, 0), (1, 0.3), (0.9, 0.55), (0.4, 0.82), (0.55, 1)],
        [(0.5, 0), (0.7, 0.15), (1, 0.75), (0.6, 0.92), (0.65, 1)],
        [(0.7, 0), (0.55, 0.3), (0.65, 0.7), (0.95, 1)],
        [(0.9, 0), (1, 0.1), (1, 0.5), (0.35, 0.7), (0.3, 0.95), (0.4, 1)],
    )[style]
    t = np.linspace(0, 1, 10)
    radius = np.interp(t, [z for _, z in outline], [x for x, _ in outline])
    radius = np.convolve(np.pad(radius, 1, "edge"), [0.25, 0.5, 0.25], "valid") * r
    return {"body": lathe([(0, 0), *zip(radius, t * h), (radius[-1] - 0.006, h), (radius[-1] - 0.008, h * 0.8), (0, h * 0.78)], 18)}


@thing("flower vase", {"flowers": "petal", "vase": "ceramic glass", "stems": "leaf"}, also="bouquet, vase of flowers", tags="small decor plant")
def flower_vase(d: Dice, style: int) -> Parts:
    r, h = d.between(0.04, 0.06), d.between(0.13, 0.2)
    vase_ = lathe([(0, 0), (r * 0.8, 0), (r * 1.1, h * 0.35), (r * 0.6, h * 0.85), (r * 0.8, h), (0, h * 0.97)], 14)
    tips = [(d.between(0.2, 1) * 0.11 * np.cos(a), d.between(0.2, 1) * 0.11 * np.sin(a), h + d.between(0.08, 0.2)) for a in np.arange(9) * 2.4]
    stems = join([rod((0, 0, h * 0.9), tip, 0.003, 5) for tip in tips])
    heads = [ball(0.03, 0.03, 0.022, 8).at(*tip) if style else blossom(0.035).at(*tip) for tip in tips]
    return {"flowers": join(heads), "vase": vase_, "stems": stems}


def blossom(r: float) -> Mesh:
    """Five petals around a middle."""
    petals = [ball(r * 0.5, r * 0.36, r * 0.14, 6).turn(y=-18).at(r * 0.55).turn(z=72 * k) for k in range(5)]
    return join([*petals, ball(r * 0.28, sides=6)])


@thing("potted plant", {"leaves": "leaf", "pot": "ceramic plastic wicker concrete", "soil": "soil", "stem": "bark"}, also="houseplant", tags="floor small plant decor", styles=4, stretch=0.3)
def potted_plant(d: Dice, style: int) -> Parts:
    r, h = d.between(0.1, 0.14), d.between(0.16, 0.24)
    pot = lathe([(0, 0), (r * 0.75, 0), (r, h), (r * 1.06, h), (r * 1.06, h - 0.03), (0, h - 0.03)], 16)
    soil, stem = cylinder(r * 0.96, 0.01, 14).at(z=h - 0.03), rod((0, 0, h * 0.5), (0, 0, h + 0.25), 0.012)
    leaf = []
    if style == 0:
        leaf = [blade(d.between(0.3, 0.5), 0.05, d.between(25, 65)).turn(z=k * 137.5).at(z=h) for k in range(14)]
    elif style == 1:
        leaf = [ball(d.between(0.1, 0.15), sides=10).rough(0.03, 0.1, k).at(d.between(-0.1, 0.1), d.between(-0.1, 0.1), h + d.between(0.12, 0.35)) for k in range(6)]
    elif style == 2:
        leaf = [limb([(0, 0, h - 0.03), (0, 0, h + 0.3)], [0.09, 0.075], 10), limb([(0.06, 0, h + 0.12), (0.15, 0, h + 0.14), (0.16, 0, h + 0.24)], 0.035, 8)]
    else:
        tops = [(0.07 * np.cos(k * 2.4), 0.07 * np.sin(k * 2.4), h + 0.2 + 0.05 * k) for k in range(7)]
        leaf = [ball(0.085, 0.055, 0.008, 8).turn(y=-25).at(0.06).turn(z=k * 137.5).at(*top) for k, top in enumerate(tops)]
        stem = join([rod((0, 0, h * 0.5), top, 0.007, 5) for top in tops])
    return {"leaves": join(leaf), "pot": pot, "soil": soil, "stem": stem}


def blade(length: float, width: float, lean: float) -> Mesh:
    """A long arching leaf that starts at the origin and leans `lean` degrees toward +x."""
    t = np.linspace(0, 1, 6)
    angle = np.radians(90 - lean * t * 1.4)
    x, z = np.cumsum(np.cos(angle)) * length / 6, np.cumsum(np.sin(angle)) * length / 6
    half = width / 2 * np.sin(np.pi * np.clip(t * 0.9 + 0.1, 0, 1))
    top = np.concatenate([np.stack([x, -half, z + 0.004], 1), np.stack([x, half, z + 0.004], 1)])
    k = np.arange(5)
    faces = np.concatenate([np.stack([k, k + 1, k + 7], 1), np.stack([k, k + 7, k + 6], 1)])
    return Mesh(top, faces) + Mesh(top - [0, 0, 0.004], faces[:, ::-1])


@thing("candle", {"wax": "wax", "flame": "flame", "holder": "gold metal ceramic"}, tags="small decor")
def candle(d: Dice, style: int) -> Parts:
    r, h = (0.035, d.between(0.08, 0.13)) if style else (0.012, d.between(0.15, 0.24))
    holder = lathe([(0, 0), (0.05, 0), (0.045, 0.01), (0.015, 0.02), (0.018, 0.045), (0, 0.045)], 14)
    flame = lathe([(0, 0), (0.006, 0.008), (0.004, 0.02), (0, 0.03)], 8).at(z=h + 0.05)
    return {"wax": cylinder(r, h, 14).at(z=0.04 if not style else 0.01), "flame": flame.at(z=-0.03 if style else 0.0), "holder": holder if not style else cylinder(0.05, 0.012, 16)}


@thing("box", {"sides": "cardboard plastic wood", "tape": "paper:beige"}, also="carton", tags="floor small box", styles=3, surface=1.0, stretch=0.3, plural="boxes")
def carton(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(0.22, 0.45), d.between(0.2, 0.36), d.between(0.15, 0.36)
    tape = box(w + 0.002, 0.045, 0.002).at(z=h)
    if style == 1:
        walls = box(0.006, deep, h).at(w / 2).both() + box(w, 0.006, h).at(0, deep / 2) + box(w, 0.006, h).at(0, -deep / 2) + box(w, deep, 0.006)
        flap = box(0.006, deep, h * 0.45).turn(y=60).at(w / 2, 0, h).both()
        return {"sides": walls + flap}
    return {"sides": box(w, deep, h), "tape": tape} if style == 0 else {"sides": box(w, deep, h * 0.9, 0.01) + box(w + 0.02, deep + 0.02, h * 0.12, 0.005).at(z=h * 0.88)}


@thing("hammer", {"head": "metal", "handle": "wood plastic:red|blue|yellow"}, tags="small tool flatware")
def hammer(d: Dice, style: int) -> Parts:
    head = rod((0, -0.05, 0.016), (0, 0.02, 0.016), 0.016, 10) + box(0.026, 0.06, 0.022).taper(0.4, 1).at(0, 0.045, 0.005)
    if style:
        head = box(0.045, 0.11, 0.035, 0.005)
    return {"head": head.at(0.13), "handle": limb([(-0.15, 0, 0.015), (0.13, 0, 0.015)], [0.015, 0.011], 8)}


@thing("screwdriver", {"handle": "plastic wood", "shaft": "chrome"}, tags="small tool flatware")
def screwdriver(d: Dice, style: int) -> Parts:
    grip = lathe(np.array([(0, 0), (0.013, 0.004), (0.016, 0.05), (0.012, 0.085), (0.015, 0.1), (0, 0.104)]), 10).turn(y=90)
    tip = box(0.012, 0.01, 0.003).at(0.225) if style else tube([(0.21, 0, 0), (0.23, 0, 0)], [0.004, 0.001], 6)
    return {"handle": grip.at(z=0.016), "shaft": (rod((0.1, 0, 0), (0.22, 0, 0), 0.004) + tip).at(z=0.016)}


@thing("wrench", {"body": "chrome metal"}, also="spanner", tags="small tool flatware", plural="wrenches")
def wrench(d: Dice, style: int) -> Parts:
    jaw = extrude([(-0.02, -0.02), (0.012, -0.022), (0.026, -0.016), (0.008, -0.007), (0.008, 0.007), (0.026, 0.016), (0.012, 0.022), (-0.02, 0.02)], 0.01)
    end = torus(0.014, 0.006, 12, 6).scale(1, 1, 0.8).at(-0.085, 0, 0.006) if style else jaw.turn(x=-90).turn(z=180).scale(0.8).at(-0.085, 0, 0.006)
    return {"body": box(0.16, 0.018, 0.008, 0.003).at(0, 0, 0.002) + jaw.turn(x=-90).at(0.08, 0, 0.006) + end}


@thing("ball", {"skin": "plastic:red|blue|green|yellow|orange|pink|purple rubber leather:brown", "seams": "plastic:white|black"}, tags="small toy floor sport", styles=3, stretch=0.35)
def ball_(d: Dice, style: int) -> Parts:
    r = d.between(0.08, 0.12)
    rings = torus(r * 0.985, r * 0.04, 18, 5)
    seams = rings + rings.turn(x=90) if style == 1 else rings.scale(0.8, 0.8, 1).at(z=r * 0.58) + rings.scale(0.8, 0.8, 1).at(z=-r * 0.58)
    parts = {"skin": ball(r, sides=16).at(z=r)}
    return parts if style == 0 else parts | {"seams": seams.turn(x=25, y=40).at(z=r)}


@thing("teddy bear", {"fur": "fur:brown|beige|white|pink|gray", "muzzle": "fur:beige|white", "eyes": "plastic:black"}, also="teddy", tags="small toy")
def teddy(d: Dice, style: int) -> Parts:
    s = d.between(0.9, 1.3)
    arm_z = 0.12 if style else 0.2
    body = ball(0.085, 0.075, 0.1, 12).at(z=0.1) + ball(0.075, 0.07, 0.068, 12).at(z=0.24) + ball(0.03, 0.016, 0.03, 8).at(0.055, 0, 0.3).both()
    limbs = limb([(0.06, -0.01, 0.16), (0.12, -0.05, arm_z)], 0.028, 8).both() + limb([(0.05, -0.03, 0.04), (0.08, -0.12, 0.035)], 0.035, 8).both()
    eyes = ball(0.008, sides=6).at(0.027, -0.066, 0.255).both() + ball(0.012, 0.008, 0.008, 6).at(0, -0.09, 0.236)
    return {"fur": (body + limbs).scale(s), "muzzle": (ball(0.03, 0.03, 0.024, 8).at(0, -0.062, 0.222) + ball(0.022, 0.01, 0.022, 8).at(0.082, -0.152, 0.035).both()).scale(s), "eyes": eyes.scale(s)}


@thing("rubber duck", {"body": "plastic:yellow|pink|blue", "beak": "plastic:orange|red", "eyes": "plastic:black"}, is_a="duck", tags="small toy")
def rubber_duck(d: Dice, style: int) -> Parts:
    tail = ball(0.02, 0.012, 0.012, 8).at(0.055, 0, 0.055)
    body = ball(0.055, 0.042, 0.036, 12).at(z=0.034) + ball(0.03, 0.028, 0.03, 12).at(-0.03, 0, 0.087) + tail
    if style:
        body = body + ball(0.032, 0.01, 0.02, 8).at(0.01, 0.042, 0.042) + ball(0.032, 0.01, 0.02, 8).at(0.01, -0.042, 0.042)
    return {"body": body, "beak": ball(0.015, 0.014, 0.005, 8).at(-0.062, 0, 0.083), "eyes": ball(0.005, sides=6).at(-0.052, 0.016, 0.096) + ball(0.005, sides=6).at(-0.052, -0.016, 0.096)}


@thing("toy block", {"sides": "paint:red|blue|green|yellow|orange|purple wood"}, also="building block, cube", tags="small toy", styles=3, surface=1.0)
def toy_block(d: Dice, style: int) -> Parts:
    s = d.between(0.04, 0.07)
    if style == 1:
        return {"sides": extrude([(-s, 0), (s, 0), (s, s * 1.1), (s * 0.5, s * 1.1), (s * 0.35, s * 0.6), (-s * 0.35, s * 0.6), (-s * 0.5, s * 1.1), (-s, s * 1.1)], s)}
    return {"sides": box(s, s, s, 0.004) if style == 0 else box(s * 2, s, s * 0.6, 0.004)}


@thing("hat", {"crown": "fabric straw leather:brown|black", "band": "cloth"}, tags="small clothes", styles=3)
def hat(d: Dice, style: int) -> Parts:
    brim, crown, h = ((0.2, 0.1, 0.11), (0.15, 0.095, 0.13), (0.1, 0.1, 0.1))[style]
    if style == 2:
        visor = ball(0.09, 0.11, 0.008, 12).at(0, -0.09, 0.012)
        return {"crown": lathe([(crown, 0), (crown, 0.03), (crown * 0.8, h * 0.8), (0, h)], 16), "band": visor}
    body = lathe([(0, 0), (brim, 0.004), (brim, 0.01), (crown, 0.014), (crown * 0.92, h * 0.85), (crown * 0.6, h), (0, h * 0.93)], 20)
    return {"crown": body, "band": lathe([(crown + 0.003, 0.014), (crown + 0.001, 0.045)], 20)}


@thing("shoe", {"upper": "leather cloth", "sole": "rubber plastic:white"}, tags="small clothes floor", styles=2)
def shoe(d: Dice, style: int) -> Parts:
    sole = extrude([(-0.05, -0.13), (0.05, -0.13), (0.052, -0.06), (0.042, 0.05), (0.046, 0.11), (0.03, 0.14), (-0.03, 0.14), (-0.046, 0.11), (-0.042, 0.05), (-0.052, -0.06)], 0.028).turn(x=-90).turn(z=180).at(z=0.014)
    high = 0.14 if style else 0.085
    upper = tube([(0, -0.12, 0.03), (0, -0.09, 0.045), (0, -0.02, 0.055), (0, 0.04, 0.06), (0, 0.11, 0.06)], [0.012, 0.04, 0.045, 0.046, 0.04], 10)
    return {"upper": upper + limb([(0, 0.07, 0.06), (0, 0.075, high)], 0.038, 10), "sole": sole}


@thing("backpack", {"body": "fabric", "pocket": "fabric", "straps": "fabric:black"}, also="rucksack", tags="floor bag small", styles=2)
def backpack(d: Dice, style: int) -> Parts:
    h = d.between(0.38, 0.5)
    body = box(0.3, 0.18, h, 0.07).taper(0.85)
    pocket = box(0.22, 0.08, h * 0.42, 0.03).at(0, -0.12, 0.04)
    if style:
        pocket = pocket + box(0.28, 0.06, h * 0.2, 0.025).at(0, -0.09, h * 0.72)
    handle = tube([(0.04, 0.05, h - 0.03), (0.03, 0.05, h + 0.04), (-0.03, 0.05, h + 0.04), (-0.04, 0.05, h - 0.03)], 0.009, 6)
    return {"body": body, "pocket": pocket, "straps": handle + box(0.05, 0.025, h * 0.8).at(0.08, 0.1, 0.05).both()}


@thing("suitcase", {"body": "plastic leather fabric", "handle": "plastic:black metal", "wheels": "rubber"}, also="luggage", tags="floor bag", styles=2)
def suitcase(d: Dice, style: int) -> Parts:
    w, h = d.between(0.36, 0.46), d.between(0.5, 0.68)
    body = box(w, 0.24, h, 0.04).at(z=0.04)
    ribs = join([box(0.02, 0.25, h * 0.86, 0.008).at(x, 0, 0.08) for x in np.linspace(-w / 2 + 0.06, w / 2 - 0.06, 5)])
    pull = tube([(0.08, 0.08, h), (0.08, 0.08, h + 0.34), (-0.08, 0.08, h + 0.34), (-0.08, 0.08, h)], 0.01, 6)
    if style:
        pull = tube([(0.07, 0, h + 0.03), (0.06, 0, h + 0.085), (-0.06, 0, h + 0.085), (-0.07, 0, h + 0.03)], 0.013, 6)
    return {"body": body + ribs, "handle": pull, "wheels": ball(0.03, sides=8).at(w / 2 - 0.05, -0.07, 0.03).both() + ball(0.03, sides=8).at(w / 2 - 0.05, 0.07, 0.03).both()}


@thing("umbrella", {"canopy": "cloth", "pole": "metal wood"}, also="parasol", tags="outdoor terrace", styles=2)
def umbrella(d: Dice, style: int) -> Parts:
    r, h = d.between(1.1, 1.5), d.between(2.1, 2.5)
    canopy = lathe([(r, h - 0.42), (r * 0.55, h - 0.16), (0.03, h), (0.02, h - 0.01), (r * 0.54, h - 0.18), (r * 0.98, h - 0.43)], 8 if style else 12)
    return {"canopy": canopy, "pole": cylinder(0.022, h + 0.06, 8) + cylinder(0.25, 0.06, 14)}


@thing("guitar", {"body": "wood:brown|beige lacquer:red|black", "neck": "wood:brown", "hole": "paint:black"}, tags="floor music living", styles=2)
def guitar(d: Dice, style: int) -> Parts:
    t = np.linspace(0, 2 * np.pi, 22, endpoint=False)
    outline = np.stack([np.cos(t) * (0.155 + 0.035 * np.cos(2 * t - np.pi) - 0.03 * np.sin(t)), 0.23 * np.sin(t)], 1)
    body = extrude(outline, 0.09 if style == 0 else 0.05, 0.008).at(z=0.25)
    neck = box(0.045, 0.03, 0.5).at(0, -0.045, 0.42) + box(0.07, 0.03, 0.14, 0.005).at(0, -0.04, 0.92)
    front = cylinder(0.045, 0.004, 14).turn(x=90).at(0, -0.05 if style == 0 else -0.03, 0.3) + box(0.1, 0.02, 0.02).at(0, -0.05, 0.13)
    parts = {"body": body, "neck": neck, "hole": front}
    return {name: mesh.turn(x=-9) for name, mesh in parts.items()}


@thing("globe", {"sphere": "map", "stand": "wood metal gold"}, tags="small office decor", styles=2)
def globe(d: Dice, style: int) -> Parts:
    r = d.between(0.1, 0.14)
    arc = tube([(1.12 * r * np.sin(a), 0, 1.12 * r * np.cos(a)) for a in np.linspace(0.3, 2.84, 9)], 0.007, 6).turn(y=-20)
    return {"sphere": ball(r, sides=18).at(z=r + 0.08), "stand": arc.at(z=r + 0.08) + (cylinder(0.08, 0.02, 16) + cylinder(0.014, 0.1, 8) if style else lathe([(0, 0), (0.09, 0), (0.03, 0.04), (0.02, 0.09), (0, 0.09)], 14))}


@thing("headphones", {"cups": "plastic leather:black", "band": "plastic:black|white metal"}, tags="small electronic office", plural="headphones", styles=2)
def headphones(d: Dice, style: int) -> Parts:
    band = tube([(0.085 * np.cos(a), 0, 0.04 + 0.1 * np.sin(a)) for a in np.linspace(0, np.pi, 11)], 0.008, 6)
    cups = ball(0.022, 0.04, 0.045 if style else 0.04, 10).at(0.08, 0, 0.045)
    return {"cups": cups.both(), "band": band}


@thing("camera", {"body": "plastic:black leather:black|brown", "lens": "metal:black pane", "top": "metal:gray|black"}, tags="small electronic", styles=2)
def camera_(d: Dice, style: int) -> Parts:
    n = d.between(0.04, 0.09)
    lens = lathe([(0.032, 0), (0.03, n), (0.024, n), (0.022, n * 0.8), (0, n * 0.75)], 16).turn(x=90).at(0, -0.025, 0.045)
    top = box(0.05, 0.045, 0.025, 0.006).at(0, 0, 0.085) if style else box(0.12, 0.045, 0.012, 0.003).at(z=0.083)
    return {"body": box(0.13, 0.055, 0.088, 0.01), "lens": lens, "top": top + cylinder(0.008, 0.012, 8).at(0.045, 0, 0.088)}
