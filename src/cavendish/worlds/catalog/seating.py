"""Seats, tables and beds."""

import numpy as np

from cavendish.worlds.catalog.registry import Parts, thing
from cavendish.worlds.mesh import Mesh, ball, box, cylinder, extrude, join, lathe, limb, rod, sheet, torus, tube
from cavendish.worlds.rng import Dice

WOODEN = "wood wood paint:white|black|gray|blue|green|red"


SOFT = "fabric fabric fabric leather"


def legs(x: float, y: float, height: float, radius: float, splay: float = 0.0) -> Mesh:
    """Four legs under the corners of an x by y top."""
    posts = [
        rod((sx * (x / 2 + splay), sy * (y / 2 + splay), 0), (sx * x / 2, sy * y / 2, height), radius)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    return join(posts)


def bars(x: float, y: float, height: float, width: float) -> Mesh:
    """Four square legs under the corners of an x by y top."""
    return join([box(width, width, height).at(sx * x / 2, sy * y / 2) for sx in (-1, 1) for sy in (-1, 1)])


def plate(surface: Mesh, thickness: float) -> Mesh:
    """A surface given two sides."""
    behind = Mesh(surface.vertices + np.array([0, thickness, 0]), surface.faces[:, ::-1])
    return surface + behind


@thing(
    "chair",
    {"seat": WOODEN + " plastic fabric", "back": WOODEN + " plastic fabric", "legs": "wood metal"},
    tags="floor seat dining",
    styles=4,
)
def chair(d: Dice, style: int) -> Parts:
    w, h, back = d.between(0.42, 0.5), d.between(0.43, 0.47), d.between(0.38, 0.52)
    feet = legs(w - 0.06, w - 0.06, h, 0.018, 0.03) if style % 2 else bars(w - 0.06, w - 0.06, h, 0.04)
    seat = box(w, w, 0.045, 0.02).at(z=h)
    y = w / 2 - 0.03
    if style == 0:
        rails = join([box(w, 0.025, 0.07, 0.01).at(0, y + 0.01 * k, h + back * k / 3.2) for k in (1, 2, 3)])
        posts = join([rod((s * (w / 2 - 0.03), y, h), (s * (w / 2 - 0.03), y + 0.05, h + back), 0.02) for s in (-1, 1)])
        return {"seat": seat, "back": rails + posts, "legs": feet}
    if style == 1:
        curve = [0.0, 0.02, 0.05, 0.1]
        shell = sheet(w, back, 6, 3, np.add.outer(curve, 0.6 * np.linspace(-1, 1, 7) ** 2 * -0.08))
        return {"seat": seat, "back": plate(shell, 0.025).at(0, y, h + 0.02), "legs": feet}
    if style == 2:
        arch = [(s * w / 2 * np.cos(a), h + back * np.sin(a)) for s, a in ((1, t) for t in np.linspace(0, np.pi, 9))]
        hoop = tube([(px, y + 0.05 * (pz - h), pz) for px, pz in arch], 0.016)
        spokes = join([rod((px, y, h), (px * 1.1, y + 0.04, h + back * 0.82), 0.008) for px in (-0.1, 0, 0.1)])
        return {"seat": seat, "back": hoop + spokes, "legs": feet}
    panel = box(w, 0.04, back, 0.02).turn(x=-8).at(0, y, h + 0.03)
    return {"seat": box(w, w, 0.08, 0.035).at(z=h - 0.02), "back": panel, "legs": feet}


@thing(
    "armchair",
    {"body": SOFT, "cushion": SOFT, "legs": "wood metal"},
    also="easy chair",
    is_a="chair",
    tags="floor soft",
    styles=3,
)
def armchair(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(0.75, 0.95), d.between(0.75, 0.85), d.between(0.75, 1.0)
    base = box(w - 0.1, deep - 0.05, 0.25, 0.04).at(z=0.12)
    back = box(w - 0.16, 0.2, h - 0.3, 0.08).turn(x=-10).at(0, deep / 2 - 0.15, 0.28)
    if style == 1:
        arms = limb([(0, -deep / 2 + 0.12, 0), (0, deep / 2 - 0.1, 0)], 0.1).at(w / 2 - 0.1, 0, 0.52)
        arms = arms + box(0.17, deep - 0.08, 0.4, 0.03).at(w / 2 - 0.1, 0, 0.12)
    else:
        arms = box(0.15, deep - 0.08, 0.48, 0.05).at(w / 2 - 0.08, 0, 0.12)
    if style == 2:
        back = back + ball(0.1, 0.08, 0.14, 8).at(w / 2 - 0.12, deep / 2 - 0.18, h - 0.1).both()
    seat = box(w - 0.3, deep - 0.2, 0.15, 0.05).at(0, -0.05, 0.34)
    return {"body": base + back + arms.both(), "cushion": seat, "legs": legs(w - 0.2, deep - 0.2, 0.12, 0.022, 0.02)}


@thing(
    "sofa",
    {"body": SOFT, "cushions": SOFT, "legs": "wood metal"},
    also="couch",
    tags="floor soft big",
    styles=3,
    surface=0.55,
)
def sofa(d: Dice, style: int) -> Parts:
    seats = d.whole(2, 3)
    w, deep, h = seats * d.between(0.65, 0.75) + 0.35, d.between(0.85, 0.98), d.between(0.75, 0.9)
    base = box(w - 0.1, deep - 0.04, 0.26, 0.04).at(z=0.1)
    back = box(w - 0.2, 0.2, h - 0.3, 0.07).turn(x=-8).at(0, deep / 2 - 0.14, 0.28)
    arm_high = 0.52 if style else 0.44
    if style == 1:
        arm = limb([(0, -deep / 2 + 0.12, 0), (0, deep / 2 - 0.12, 0)], 0.11).at(w / 2 - 0.12, 0, 0.54)
        arm = arm + box(0.18, deep - 0.08, 0.42, 0.02).at(w / 2 - 0.12, 0, 0.1)
    else:
        arm = box(0.18, deep - 0.06, arm_high, 0.05).at(w / 2 - 0.1, 0, 0.1)
    each = (w - 0.38) / seats
    places = [(i - (seats - 1) / 2) * each for i in range(seats)]
    cushions = [box(each - 0.015, deep - 0.24, 0.16, 0.055).at(x, -0.06, 0.33) for x in places]
    backs = [box(each - 0.03, 0.17, 0.4, 0.075).turn(x=-14).at(x, deep / 2 - 0.3, 0.46) for x in places]
    body = base + back + arm.both()
    if style == 2:
        body = body + box(each, 0.65, 0.26, 0.04).at(places[0], -deep / 2 - 0.28, 0.1)
        cushions.append(box(each - 0.015, 0.65, 0.16, 0.055).at(places[0], -deep / 2 - 0.26, 0.33))
    return {"body": body, "cushions": join(cushions + backs), "legs": legs(w - 0.2, deep - 0.2, 0.1, 0.022)}


@thing("stool", {"seat": WOODEN + " leather", "legs": "wood metal"}, tags="floor seat", styles=3)
def stool(d: Dice, style: int) -> Parts:
    h, r = d.between(0.42, 0.72), d.between(0.16, 0.2)
    seat = lathe([(0, h), (r, h), (r + 0.01, h + 0.02), (r, h + 0.045), (0, h + 0.05)], 18)
    if style == 1:
        foot = cylinder(r * 0.95, 0.02, 16) + cylinder(0.025, h, 8)
        return {"seat": seat, "legs": foot + torus(r * 0.7, 0.01, 14, 6).at(z=h * 0.35)}
    if style == 2:
        return {"seat": box(2 * r, 2 * r, 0.05, 0.015).at(z=h), "legs": bars(2 * r - 0.05, 2 * r - 0.05, h, 0.035)}
    posts = [rod((1.25 * r * np.cos(a), 1.25 * r * np.sin(a), 0), (0.6 * r * np.cos(a), 0.6 * r * np.sin(a), h), 0.018)
             for a in np.arange(4) * np.pi / 2 + 0.5]  # fmt: skip
    return {"seat": seat, "legs": join(posts) + torus(r * 0.98, 0.008, 14, 6).at(z=h * 0.4)}


@thing(
    "table",
    {"top": WOODEN + " marble glass", "legs": "wood metal"},
    also="dining table",
    tags="floor table big dining",
    styles=4,
    surface=1.0,
)
def table(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(1.2, 2.0), d.between(0.75, 1.0), d.between(0.72, 0.77)
    if style == 1:
        r = d.between(0.5, 0.7)
        foot = lathe([(0, 0), (0.34, 0), (0.32, 0.03), (0.07, 0.08), (0.05, h * 0.5), (0.08, h - 0.03), (0, h - 0.03)])
        return {"top": cylinder(r, 0.035, 28).at(z=h - 0.035), "legs": foot}
    if style == 2:
        trestle = join([rod((s * 0.3, -deep / 3, 0), (-s * 0.3, -deep / 3, h - 0.03), 0.03) for s in (-1, 1)])
        both = trestle + trestle.at(y=deep * 2 / 3)
        return {"top": box(w, deep, 0.04, 0.008).at(z=h - 0.04), "legs": both.scale(1.5, 1, 1)}
    leg = bars(w - 0.12, deep - 0.12, h - 0.04, 0.075) if style else legs(w - 0.2, deep - 0.2, h - 0.04, 0.03, 0.06)
    apron = box(w - 0.16, deep - 0.16, 0.08).at(z=h - 0.12)
    return {"top": box(w, deep, 0.04, 0.01).at(z=h - 0.04), "legs": leg + apron}


@thing(
    "coffee table",
    {"top": WOODEN + " glass marble", "legs": "wood metal"},
    is_a="table",
    tags="floor table low",
    styles=3,
    surface=1.0,
)
def coffee_table(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(0.8, 1.25), d.between(0.5, 0.7), d.between(0.36, 0.46)
    if style == 1:
        r = d.between(0.35, 0.48)
        return {"top": cylinder(r, 0.03, 24).at(z=h - 0.03), "legs": legs(r * 1.2, r * 1.2, h - 0.03, 0.018, 0.06)}
    under = box(w - 0.12, deep - 0.1, 0.025).at(z=h * 0.3) if style else box(w - 0.1, deep - 0.1, 0.05).at(z=h - 0.08)
    return {
        "top": box(w, deep, 0.035, 0.012).at(z=h - 0.035),
        "legs": bars(w - 0.08, deep - 0.08, h - 0.035, 0.045) + under,
    }


@thing(
    "desk",
    {"top": WOODEN, "legs": "wood metal paint", "drawers": WOODEN, "handles": "metal chrome"},
    is_a="table",
    tags="floor table big office",
    surface=1.0,
)
def desk(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(1.1, 1.7), d.between(0.6, 0.75), d.between(0.72, 0.76)
    parts = {"top": box(w, deep, 0.035, 0.008).at(z=h - 0.035)}
    side = d.pick((-1, 1))
    unit = box(0.4, deep - 0.06, h - 0.08, 0.008).at(side * (w / 2 - 0.24), 0, 0.04)
    fronts = join(
        [box(0.37, 0.02, 0.19, 0.006).at(side * (w / 2 - 0.24), -deep / 2 + 0.03, 0.07 + 0.205 * i) for i in range(3)]
    )
    knobs = join([rod((-0.06, 0, 0), (0.06, 0, 0), 0.008).at(side * (w / 2 - 0.24), -deep / 2 + 0.01, 0.17 + 0.205 * i)
                  for i in range(3)])  # fmt: skip
    other = bars(0.02, deep - 0.1, h - 0.035, 0.045).at(-side * (w / 2 - 0.06))
    if style:
        return parts | {
            "legs": bars(w - 0.08, deep - 0.1, h - 0.035, 0.045)
            + box(w - 0.1, 0.02, 0.3).at(0, deep / 2 - 0.05, h - 0.34)
        }
    return parts | {"legs": other, "drawers": unit + fronts, "handles": knobs}


@thing(
    "bed",
    {"frame": WOODEN + " fabric", "mattress": "cloth:white|beige", "blanket": "fabric", "pillows": "cloth"},
    tags="floor big",
    styles=3,
    surface=0.55,
)
def bed(d: Dice, style: int) -> Parts:
    w, length = d.pick((0.95, 1.4, 1.65)), d.between(2.0, 2.1)
    head = d.between(0.85, 1.2)
    frame = box(w + 0.08, length, 0.18, 0.02).at(z=0.12) + bars(w - 0.05, length - 0.1, 0.14, 0.07)
    if style == 1:
        arch = [(-w / 2 - 0.04, 0.0), (w / 2 + 0.04, 0.0), (w / 2 + 0.04, head * 0.8)]
        arch += [((w / 2) * np.cos(a), head * 0.8 + head * 0.25 * np.sin(a)) for a in np.linspace(0.2, np.pi - 0.2, 7)]
        frame = frame + extrude([*arch, (-w / 2 - 0.04, head * 0.8)], 0.06).at(0, length / 2 + 0.02)
    elif style == 2:
        slats = join([rod((x, 0, 0.3), (x, 0, head), 0.015) for x in np.linspace(-w / 2, w / 2, 7)])
        frame = frame + (slats + rod((-w / 2 - 0.03, 0, head), (w / 2 + 0.03, 0, head), 0.03)).at(0, length / 2)
    else:
        frame = frame + box(w + 0.1, 0.09, head, 0.03).at(0, length / 2 + 0.03)
    mattress = box(w, length - 0.04, 0.24, 0.05).at(z=0.27)
    cover = box(w + 0.06, length * 0.66, 0.22, 0.06).at(0, -length * 0.16, 0.34).rough(0.012, 0.3, 3)
    count = 2 if w > 1.2 else 1
    pillows = [
        cushion_mesh(0.62, 0.4, 0.16).turn(x=18).at((i - (count - 1) / 2) * 0.7, length / 2 - 0.3, 0.56)
        for i in range(count)
    ]
    return {"frame": frame, "mattress": mattress, "blanket": cover, "pillows": join(pillows)}


def cushion_mesh(w: float, deep: float, thick: float) -> Mesh:
    """A stuffed square, thick in the middle and thin at its seam."""
    g = np.linspace(-1, 1, 8)
    gx, gy = np.meshgrid(g, g)
    swell = ((1 - gx**4) * (1 - gy**4)) ** 0.5 * thick / 2
    pinch = 1 - 0.08 * (gx**2) * (1 - gy**2) - 0.08 * (gy**2) * (1 - gx**2)
    top = np.stack([gx * w / 2 * pinch, gy * deep / 2 * pinch, swell], -1).reshape(-1, 3)
    cell = (np.arange(7)[:, None] * 8 + np.arange(7)).ravel()
    faces = np.concatenate([np.stack([cell, cell + 1, cell + 9], 1), np.stack([cell, cell + 9, cell + 8], 1)])
    return Mesh(top, faces) + Mesh(top * [1, 1, -1], faces[:, ::-1])


@thing("cushion", {"cover": "fabric"}, also="throw pillow", tags="small soft")
def cushion(d: Dice, style: int) -> Parts:
    w = d.between(0.36, 0.48)
    if style:
        return {"cover": limb([(-0.2, 0, 0.09), (0.2, 0, 0.09)], 0.09, 12)}
    return {"cover": cushion_mesh(w, w, 0.16).turn(x=65).at(z=w * 0.46)}
