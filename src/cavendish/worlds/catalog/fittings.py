"""Lamps, and what belongs to a room or hangs on its walls."""

import numpy as np

from cavendish.worlds.catalog.registry import Parts, thing
from cavendish.worlds.catalog.seating import WOODEN, plate
from cavendish.worlds.mesh import ball, box, cylinder, join, lathe, limb, rod, sheet, torus, tube
from cavendish.worlds.rng import Dice


@thing("floor lamp", {"shade": "shade", "stand": "metal chrome gold wood"}, is_a="lamp", tags="floor light", styles=3)
def floor_lamp(d: Dice, style: int) -> Parts:
    h, r = d.between(1.4, 1.75), d.between(0.17, 0.24)
    shade = lathe([(r, h - 0.28), (r * d.between(0.55, 0.9), h), (0.01, h)], 18)
    if style == 1:
        posts = [rod((0.26 * np.cos(a), 0.26 * np.sin(a), 0), (0, 0, h - 0.3), 0.014) for a in np.arange(3) * 2.1]
        return {"shade": shade, "stand": join(posts)}
    foot = lathe([(0, 0), (0.15, 0), (0.15, 0.02), (0.015, 0.035), (0.013, h - 0.2), (0, h - 0.2)], 14)
    if style == 2:
        arc = tube([(0, 0, 0.02), (0, 0, h * 0.7), (0.08, 0, h * 0.9), (0.3, 0, h), (0.5, 0, h * 0.95)], 0.013)
        return {
            "shade": lathe([(0.17, 0), (0.13, 0.1), (0.03, 0.16), (0.0, 0.16)], 16).at(0.5, 0, h * 0.95 - 0.16),
            "stand": arc + cylinder(0.16, 0.025, 16),
        }
    return {"shade": shade, "stand": foot}


@thing(
    "table lamp",
    {"shade": "shade", "base": "ceramic metal gold wood"},
    also="desk lamp",
    is_a="lamp",
    tags="small light",
    styles=3,
)
def table_lamp(d: Dice, style: int) -> Parts:
    h, r = d.between(0.38, 0.55), d.between(0.12, 0.17)
    shade = lathe([(r, h * 0.58), (r * d.between(0.55, 0.8), h), (0.01, h)], 16)
    if style == 1:
        arm = tube([(0, 0, 0.02), (0.1, 0, h * 0.45), (-0.06, 0, h * 0.9)], 0.01, 6)
        head = lathe([(0.075, 0), (0.06, 0.05), (0.02, 0.1), (0, 0.1)], 14).turn(y=25).at(-0.12, 0, h * 0.82)
        return {"shade": head, "base": arm + cylinder(0.08, 0.02, 14)}
    if style == 2:
        return {
            "shade": shade,
            "base": ball(0.1, 0.1, 0.12).at(z=0.12) + cylinder(0.015, h * 0.62, 8) + cylinder(0.07, 0.02),
        }
    return {
        "shade": shade,
        "base": lathe(
            [
                (0, 0),
                (0.075, 0),
                (0.07, 0.02),
                (0.03, 0.08),
                (0.05, h * 0.3),
                (0.012, h * 0.5),
                (0.012, h * 0.66),
                (0, h * 0.66),
            ]
        ),
    }


@thing(
    "ceiling lamp",
    {"shade": "shade", "cord": "metal plastic:black"},
    also="pendant lamp",
    is_a="lamp",
    tags="ceiling light",
    styles=3,
)
def ceiling_lamp(d: Dice, style: int) -> Parts:
    drop = d.between(0.35, 0.8)
    cord = rod((0, 0, 0), (0, 0, -drop), 0.008) + cylinder(0.05, 0.03, 10).at(z=-0.03)
    shades = (
        ball(0.16).at(z=-drop - 0.12),
        lathe([(0.22, 0), (0.2, 0.06), (0.05, 0.2), (0.0, 0.2)], 18).at(z=-drop - 0.18),
        lathe([(0.0, 0.0), (0.2, 0), (0.2, 0.2), (0, 0.2)], 18).at(z=-drop - 0.19),
    )
    return {"shade": shades[style], "cord": cord}


@thing(
    "television",
    {"screen": "display screen", "frame": "plastic:black metal"},
    also="TV",
    tags="electronic",
    plural="televisions",
)
def television(d: Dice, style: int) -> Parts:
    w = d.between(0.9, 1.4)
    h = w * 0.58
    frame = box(w, 0.05, h, 0.01).at(z=0.06)
    foot = box(w * 0.35, 0.22, 0.02).at() + box(0.08, 0.04, 0.08)
    if style:
        foot = box(0.04, 0.22, 0.07).at(w * 0.33).both()
    return {"screen": box(w - 0.03, 0.01, h - 0.04).at(0, -0.026, 0.08), "frame": frame + foot}


@thing("rug", {"cloth": "fabric print"}, also="carpet", tags="flat")
def rug(d: Dice, style: int) -> Parts:
    if style:
        return {"cloth": cylinder(d.between(0.7, 1.1), 0.012, 32)}
    return {"cloth": box(d.between(1.6, 2.6), d.between(1.2, 1.7), 0.012)}


@thing("curtain", {"cloth": "cloth fabric"}, tags="wall window", stretch=0.03)
def curtain(d: Dice, style: int) -> Parts:
    w, h, folds = d.between(0.4, 0.6), 2.1, d.whole(4, 6)
    x = np.linspace(0, 1, 4 * folds + 1)
    wave = np.sin(x * 2 * np.pi * folds) * 0.04
    gather = np.array([1.0, 0.75, 0.9, 1.0])[:, None] if style else np.ones((4, 1))
    cloth = sheet(w, h, 4 * folds, 3, -0.05 + wave * gather)
    if style:
        cloth.vertices[:, 0] *= np.repeat([1.0, 0.72, 0.9, 1.0], 4 * folds + 1)
    return {"cloth": plate(cloth, 0.004).at(z=-h / 2)}


@thing("window", {"frame": "paint:white|brown|gray wood", "glass": "pane"}, tags="wall opening")
def window(d: Dice, style: int) -> Parts:
    w, h = d.between(0.9, 1.5), d.between(1.0, 1.4)
    bars_ = [box(0.07, 0.06, h).at(s * w / 2, 0, -h / 2) for s in (-1, 0, 1)]
    bars_ += [box(w + 0.07, 0.06, 0.07).at(0, 0, z) for z in (-h / 2 - 0.035, h / 2 - 0.035)]
    if style:
        bars_.append(box(w, 0.05, 0.04).at(z=0.05))
    sill = box(w + 0.2, 0.16, 0.035, 0.01).at(0, -0.06, -h / 2 - 0.06)
    return {"frame": join([*bars_, sill]), "glass": box(w, 0.01, h).at(0, 0.015, -h / 2)}


@thing(
    "door",
    {"panel": WOODEN, "frame": "paint:white|brown wood", "handle": "chrome gold metal"},
    tags="wall door",
    stretch=0.03,
)
def door(d: Dice, style: int) -> Parts:
    w, h = d.between(0.78, 0.92), d.between(1.98, 2.08)
    frame = box(0.09, 0.07, h + 0.09).at(w / 2 + 0.045).both() + box(w + 0.18, 0.07, 0.09).at(z=h)
    panel = box(w, 0.045, h)
    for row in range(3 if style else 2):
        for side in (-1, 1):
            high = h / (3 if style else 2) - 0.16
            panel = panel + box(w * 0.34, 0.02, high, 0.008).at(side * w * 0.22, -0.026, 0.1 + row * (high + 0.14))
    handle = rod((w * 0.4, -0.06, h * 0.48), (w * 0.28, -0.06, h * 0.48), 0.012) + ball(0.03, 0.015, 0.03, 8).at(
        w * 0.4, -0.03, h * 0.48
    )
    return {"panel": panel, "frame": frame, "handle": handle}


@thing("picture", {"canvas": "print", "frame": "wood gold paint:black|white"}, also="painting", tags="wall decor")
def picture(d: Dice, style: int) -> Parts:
    w, h = d.between(0.35, 0.9), d.between(0.3, 0.7)
    edge = 0.05 if style else 0.03
    frame = (
        box(edge, 0.035, h + edge).at(w / 2, 0, -h / 2 - edge / 2).both()
        + box(w + edge, 0.035, edge).at(0, 0, h / 2 - edge / 2)
        + box(w + edge, 0.035, edge).at(0, 0, -h / 2 - edge / 2)
    )
    return {"canvas": box(w, 0.015, h).at(0, 0.01, -h / 2), "frame": frame}


@thing("mirror", {"glass": "mirror", "frame": "wood gold paint:black|white"}, tags="wall decor")
def mirror(d: Dice, style: int) -> Parts:
    w, h = d.between(0.45, 0.7), d.between(0.6, 1.1)
    if style:
        ring = torus(1.0, 0.06, 24, 6).turn(x=90).scale(w / 2, 0.4, w / 2)
        return {"glass": cylinder(1, 0.012, 24).turn(x=90).scale(w / 2, 1, w / 2).at(0, 0.01), "frame": ring}
    frame = (
        box(0.05, 0.04, h).at(w / 2, 0, -h / 2).both()
        + box(w + 0.05, 0.04, 0.05).at(0, 0, h / 2)
        + box(w + 0.05, 0.04, 0.05).at(0, 0, -h / 2 - 0.05)
    )
    return {"glass": box(w, 0.015, h).at(0, 0.01, -h / 2), "frame": frame}


@thing(
    "clock",
    {"face": "paper:white paint:black", "rim": "plastic metal gold wood", "hands": "plastic:black|red"},
    tags="wall decor",
)
def clock(d: Dice, style: int) -> Parts:
    r = d.between(0.13, 0.2)
    face = cylinder(r, 0.02, 24).turn(x=90)
    if style:
        rim = box(2.3 * r, 0.03, 2.3 * r, 0.01).at(0, 0.02, -1.15 * r)
    else:
        rim = torus(r, 0.02, 24, 6).turn(x=90)
    hands = box(0.016, 0.008, r * 0.75).turn(y=d.between(0, 360)) + box(0.022, 0.008, r * 0.5).turn(y=d.between(0, 360))
    marks = [box(0.014, 0.006, 0.03).at(0, 0, r * 0.78).turn(y=30 * k) for k in range(12)]
    return {"face": face, "rim": rim, "hands": (hands + join(marks)).at(0, -0.026)}


@thing("radiator", {"body": "paint:white"}, tags="wallside heating", stretch=0.05)
def radiator(d: Dice, style: int) -> Parts:
    w, h = d.between(0.7, 1.3), d.between(0.5, 0.65)
    if style:
        return {
            "body": box(w, 0.08, h, 0.01).at(z=0.12)
            + join([box(0.02, 0.1, h - 0.08).at(x, 0, 0.16) for x in np.arange(-w / 2 + 0.05, w / 2, 0.07)])
        }
    return {
        "body": join([limb([(x, 0, 0.14), (x, 0, h + 0.08)], 0.035, 6) for x in np.arange(-w / 2 + 0.05, w / 2, 0.08)])
    }


@thing(
    "fireplace",
    {"surround": "brick stone marble", "opening": "paint:black", "mantel": "wood stone", "fire": "flame"},
    tags="floor wallside big living",
    surface=1.0,
)
def fireplace(d: Dice, style: int) -> Parts:
    w, h = d.between(1.2, 1.5), d.between(1.0, 1.2)
    sides = box(0.3, 0.35, h).at(w / 2 - 0.15).both() + box(w - 0.5, 0.35, h * 0.35).at(z=h * 0.65)
    logs = join([ball(0.07, 0.05, 0.14, 8).at(x, 0, 0.15) for x in (-0.12, 0.02, 0.14)])
    return {
        "surround": sides,
        "opening": box(w - 0.5, 0.02, h * 0.7).at(0, 0.15),
        "mantel": box(w + 0.16, 0.42, 0.07, 0.015).at(z=h),
        "fire": logs,
    }
