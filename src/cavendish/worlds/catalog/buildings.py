"""Houses, barns, towers and fences."""

import itertools

import numpy as np

from cavendish.worlds.catalog.registry import Parts, thing
from cavendish.worlds.mesh import Mesh, box, coarse, cylinder, extrude, join, lathe, panel, rod
from cavendish.worlds.rng import Dice

HOUSE = {
    "walls": "plaster siding brick stone", "roof": "shingles", "windows": "pane", "frames": "paint:white|brown|green",
    "door": "paint:red|green|blue|brown|white wood", "chimney": "brick stone",
}  # fmt: skip


def ledge(w: float, deep: float, h: float) -> Mesh:
    """A sill, or only its front when it is far away."""
    return panel(w, h).at(0, -deep / 2) if coarse() else box(w, deep, h)


def panes(w: float, h: float) -> tuple[Mesh, Mesh]:
    """(glass, frame) of a window in the xz plane, its front toward -y."""
    frame = panel(w + 0.16, h + 0.16).at(0, -0.03, -h / 2 - 0.08) + ledge(w + 0.3, 0.2, 0.07).at(0, -0.06, -h / 2 - 0.1)
    cross = panel(0.06, h).at(0, -0.055, -h / 2) + panel(w, 0.06).at(0, -0.055, -0.03)
    return panel(w, h).at(0, -0.045, -h / 2), frame + cross


@thing("house", HOUSE, also="cottage", is_a="building", tags="building home", styles=3, stretch=0.12)
def house(d: Dice, style: int) -> Parts:
    w, deep, floors = d.between(7, 10), d.between(6, 8), (1, 2, 2)[style]
    h, rise = 2.9 * floors, d.between(2.0, 3.0)
    walls = box(w, deep, h)
    gable = extrude([(-deep / 2, 0), (deep / 2, 0), (0, rise)], w).turn(z=90).at(z=h)
    over = 0.45
    slope = np.hypot(deep / 2 + over, rise * (1 + 2 * over / deep))
    tilt = np.degrees(np.arctan2(rise, deep / 2))
    side = box(w + 0.8, slope, 0.16)
    roof = side.turn(x=tilt).at(0, -(deep / 4 + over / 2), h + rise / 2 - over * rise / deep) + side.turn(x=-tilt).at(
        0, deep / 4 + over / 2, h + rise / 2 - over * rise / deep
    )
    if style == 2:
        gable = extrude([(-w / 2, 0), (w / 2, 0), (0, rise)], deep).at(z=h)
        slope, tilt = np.hypot(w / 2 + over, rise * (1 + 2 * over / w)), np.degrees(np.arctan2(rise, w / 2))
        side = box(slope, deep + 0.8, 0.16)
        roof = side.turn(y=-tilt).at(-(w / 4 + over / 2), 0, h + rise / 2 - over * rise / w) + side.turn(y=tilt).at(
            w / 4 + over / 2, 0, h + rise / 2 - over * rise / w
        )
    glass, frames = [], []
    x_door = d.pick((-w * 0.02, w * 0.25, -w * 0.25))
    for level in range(floors):
        for x in np.linspace(-w / 2 + 1.4, w / 2 - 1.4, 3 if w < 8.5 else 4):
            for face, turn in ((-1, 0), (1, 180)):
                if level == 0 and face < 0 and abs(x - x_door) < 1.1:
                    continue
                g, f = panes(1.1, 1.25)
                glass.append(g.turn(z=turn).at(x, face * deep / 2, 1.6 + 2.8 * level))
                frames.append(f.turn(z=turn).at(x, face * deep / 2, 1.6 + 2.8 * level))
        for y in (-deep / 5, deep / 5):
            for turn, x in ((-90, -w / 2), (90, w / 2)):
                g, f = panes(1.0, 1.2)
                glass.append(g.turn(z=turn).at(x, y, 1.6 + 2.8 * level))
                frames.append(f.turn(z=turn).at(x, y, 1.6 + 2.8 * level))
    door = box(1.0, 0.1, 2.1).at(x_door, -deep / 2, 0)
    frames.append(box(1.3, 0.07, 2.25).at(x_door, -deep / 2, 0) + box(1.8, 0.9, 0.18).at(x_door, -deep / 2 - 0.45))
    chimney = box(0.7, 0.7, 1.8).at(w * 0.28, deep * 0.12, h + rise * 0.4)
    return {
        "walls": walls + gable,
        "roof": roof,
        "windows": join(glass),
        "frames": join(frames),
        "door": door,
        "chimney": chimney,
    }


@thing(
    "building",
    {
        "walls": "brick concrete plaster stone",
        "windows": "pane",
        "frames": "paint:white|gray|black concrete",
        "shop": "lacquer pane",
        "roof": "concrete",
    },
    also="apartment building",
    tags="building block",
    styles=3,
    stretch=0.15,
)
def building(d: Dice, style: int) -> Parts:
    w, deep, floors = d.between(9, 15), d.between(9, 12), d.whole(3, 6)
    h = 3.2 * floors + 0.8
    glass, frames = [], []
    wide = (1.3, 2.2, 1.0)[style]
    for face in range(4):
        length, out = (w, deep / 2) if face % 2 == 0 else (deep, w / 2)
        turn = 90 * face
        for level in range(1 if face == 0 else 0, floors):
            z = 2.2 + 3.2 * level
            if style == 1:
                glass.append(panel(length - 0.8, 1.6).at(0, -out - 0.04, z - 0.8).turn(z=turn))
                continue
            for x in np.linspace(-length / 2 + 1.5, length / 2 - 1.5, int(length / (wide + 1.3))):
                glass.append(panel(wide, 1.55).at(x, -out - 0.03, z - 0.8).turn(z=turn))
                if face == 0 or style == 2:
                    frames.append(ledge(wide + 0.3, 0.14, 0.12).at(x, -out, z - 0.92).turn(z=turn))
    frames.append(box(w + 0.4, deep + 0.4, 0.35).at(z=h - 0.5))
    shop = box(w * 0.42, 0.1, 2.4).at(-w * 0.22, -deep / 2, 0.3) + box(1.3, 0.12, 2.4).at(w * 0.28, -deep / 2)
    awning = box(w * 0.46, 1.0, 0.1).turn(x=12).at(-w * 0.22, -deep / 2 - 0.5, 2.9)
    return {
        "walls": box(w, deep, h),
        "windows": join(glass),
        "frames": join(frames),
        "shop": shop + awning,
        "roof": box(2.4, 2.0, 1.2).at(w * 0.2, 0, h),
    }


@thing(
    "skyscraper",
    {"walls": "concrete metal lacquer:white|gray", "windows": "pane", "roof": "concrete"},
    also="tower block, high-rise",
    is_a="building",
    tags="building far",
    styles=2,
    stretch=0.2,
)
def skyscraper(d: Dice, style: int) -> Parts:
    w, floors = d.between(12, 18), d.whole(9, 16)
    h = 3.6 * floors
    if style:
        bands = [box(w + 0.1, w + 0.1, 1.9).at(z=1.4 + 3.6 * k) for k in range(floors)]
    else:
        bands = [
            box(1.5, w + 0.1, h - 4).at(x, 0, 2) + box(w + 0.1, 1.5, h - 4).at(0, x, 2)
            for x in np.linspace(-w / 2 + 1.8, w / 2 - 1.8, 5)
        ]
    return {
        "walls": box(w, w, h),
        "windows": join(bands),
        "roof": box(w * 0.5, w * 0.5, 3).at(z=h) + cylinder(0.2, 9, 6).at(w * 0.1, 0, h),
    }


@thing(
    "barn",
    {
        "walls": "siding:red|brown|gray|white",
        "roof": "shingles metal",
        "doors": "paint:white wood",
        "trim": "paint:white",
    },
    also="shed",
    is_a="building",
    tags="building farm",
    styles=2,
    stretch=0.15,
)
def barn(d: Dice, style: int) -> Parts:
    w, n, h, rise = d.between(7, 9), d.between(9, 13), 3.6, 2.8
    if style == 0:
        face = [
            (-w / 2, 0),
            (w / 2, 0),
            (w / 2, h),
            (w * 0.32, h + rise * 0.7),
            (0, h + rise),
            (-w * 0.32, h + rise * 0.7),
            (-w / 2, h),
        ]
    else:
        face = [(-w / 2, 0), (w / 2, 0), (w / 2, h), (0, h + rise), (-w / 2, h)]
    tops = face[2:]
    skin = []
    for (x0, z0), (x1, z1) in itertools.pairwise(tops):
        length, angle = np.hypot(x1 - x0, z1 - z0) + 0.25, np.degrees(np.arctan2(z1 - z0, x1 - x0))
        skin.append(box(length, n + 0.7, 0.14).turn(y=-angle).at((x0 + x1) / 2, 0, (z0 + z1) / 2))
    door = box(2.6, 0.12, 2.8).at(0, -n / 2) + box(1.2, 0.12, 1.2).at(0, -n / 2, h + 0.3)
    trim = join([rod((-1.25, 0, 0.1), (1.25, 0, 2.7), 0.07, 5), rod((1.25, 0, 0.1), (-1.25, 0, 2.7), 0.07, 5)]).at(
        0, -n / 2 - 0.1
    )
    return {"walls": extrude(face, n), "roof": join(skin), "doors": door, "trim": trim}


@thing("fence", {"boards": "wood paint:white|brown|green metal:black"}, tags="edging", styles=3, stretch=0.08)
def fence(d: Dice, style: int) -> Parts:
    w, h = 2.4, d.between(0.9, 1.3)
    rails = box(w, 0.04, 0.09).at(0, 0.02, h * 0.25) + box(w, 0.04, 0.09).at(0, 0.02, h * 0.72)
    if style == 0:
        pale = extrude([(-0.045, 0), (0.045, 0), (0.045, h - 0.06), (0, h), (-0.045, h - 0.06)], 0.022)
        return {"boards": rails + join([pale.at(x, -0.02) for x in np.linspace(-w / 2 + 0.08, w / 2 - 0.08, 13)])}
    if style == 1:
        return {
            "boards": rails
            + box(w, 0.04, 0.09).at(0, 0.02, h * 0.95)
            + join([box(0.11, 0.11, h + 0.1).at(x) for x in (-w / 2, 0, w / 2)])
        }
    return {
        "boards": join([cylinder(0.014, h, 5).at(x) for x in np.linspace(-w / 2, w / 2, 18)])
        + box(w, 0.04, 0.04).at(z=h * 0.9)
        + box(w, 0.04, 0.04).at(z=0.12)
    }


@thing(
    "windmill",
    {"tower": "plaster:white brick stone", "sails": "wood paint:white", "cap": "shingles wood", "door": "wood"},
    is_a="building",
    tags="landmark",
    styles=2,
    stretch=0.15,
)
def windmill(d: Dice, style: int) -> Parts:
    h, r = d.between(7, 9), 2.3
    tower = lathe([(0, 0), (r, 0), (r * 0.62, h), (0, h)], 8 if style else 14)
    cap = lathe([(r * 0.72, h), (r * 0.6, h + 0.9), (0, h + 1.9)], 12)
    blade_ = box(0.08, 0.05, 5.0) + box(0.95, 0.04, 3.8).at(0.45, 0, 1.1)
    spin = d.between(0, 90)
    sails = join([blade_.turn(y=90 * k + spin) for k in range(4)]).at(0, -r * 0.62 - 0.6, h + 0.4) + rod(
        (0, -r - 0.2, h + 0.4), (0, 0, h + 0.4), 0.12
    )
    return {"tower": tower, "sails": sails, "cap": cap, "door": box(1.0, 0.2, 2.0).at(0, -r + 0.14)}
