"""Plants, rocks, buildings, and what stands in parks and open country."""

import numpy as np

from ..dice import Dice
from ..mesh import Mesh, ball, box, cylinder, extrude, join, lathe, limb, panel, rod, torus, tube
from .objects import blade, blossom
from .registry import Parts, thing


@thing("tree", {"leaves": "leaf leaf leaf autumn", "trunk": "bark"}, tags="plant tall tree", styles=4, stretch=0.35)
def tree(d: Dice, style: int) -> Parts:
    h = d.between(4.5, 8.0)
    lean = d.between(-0.3, 0.3)
    trunk = tube([(0, 0, -0.1), (lean * 0.3, 0, h * 0.25), (lean, 0, h * 0.62)], [h * 0.038, h * 0.028, h * 0.014], 8)
    crown = []
    if style == 3:
        tops = [(lean, 0, h * 0.62)]
        fronds = [blade(h * 0.36, 0.5, 88).turn(z=k * 51 + d.between(-12, 12)).at(lean, 0, h * 0.62) for k in range(7)]
        fronds += [blade(h * 0.3, 0.45, 60).turn(z=k * 72 + 20).at(lean, 0, h * 0.63) for k in range(5)]
        return {"leaves": join(fronds), "trunk": tube([(0, 0, -0.1), (lean, 0, h * 0.63)], [h * 0.03, h * 0.018], 8) + ball(0.18).at(*tops[0])}
    count = (6, 1, 9)[style]
    for k in range(count):
        a, r = k * 2.4 + d.between(0, 1), h * d.between(0.08, 0.2) * (k > 0)
        z = h * (0.62 + 0.3 * d.unit()) if k else h * 0.74
        size = h * (d.between(0.13, 0.2) if style != 1 else 0.26)
        blob = ball(size, size, size * (0.85 if style != 1 else 1.35), 10).rough(size * 0.17, size * 0.9, k + 7)
        crown.append(blob.at(lean + r * np.cos(a), r * np.sin(a), z))
        if style == 2 and k < 4:
            trunk = trunk + rod((lean * 0.7, 0, h * 0.45), (lean + r * np.cos(a), r * np.sin(a), z), h * 0.01, 5)
    return {"leaves": join(crown), "trunk": trunk}


@thing("conifer", {"leaves": "needle", "trunk": "bark"}, also="fir tree, pine tree", is_a="tree", tags="plant tall tree", styles=2, stretch=0.35)
def conifer(d: Dice, style: int) -> Parts:
    h, r = d.between(5.0, 9.0), d.between(1.0, 1.6)
    layers = 5 if style else 3
    skirts = []
    for k in range(layers):
        t = k / layers
        z0, z1 = h * (0.12 + 0.86 * t * 0.9), h * (0.12 + 0.88 * min(1, t + 1.6 / layers))
        skirts.append(lathe([(r * (1 - t) * 0.6, z0 + 0.1), (r * (1 - t), z0), (r * (1 - t) * 0.3, (z0 + z1) / 2), (0, z1)], 11).rough(0.07, 0.6, k))
    return {"leaves": join(skirts), "trunk": cylinder(h * 0.025, h * 0.2, 8)}


@thing("bush", {"leaves": "leaf leaf autumn", "flowers": "petal"}, also="shrub", tags="plant low", styles=2, stretch=0.35)
def bush(d: Dice, style: int) -> Parts:
    blobs = []
    for k in range(5):
        r = d.between(0.3, 0.5)
        blobs.append(ball(r, r, r * 0.85, 10).rough(r * 0.16, r * 0.8, k + 3).at(0.45 * np.cos(k * 1.3) * (k > 0), 0.45 * np.sin(k * 1.3) * (k > 0), r * 0.7))
    parts = {"leaves": join(blobs)}
    if style:
        spots = [(d.between(0, 6.28), d.between(0.1, 0.75)) for _ in range(16)]
        parts["flowers"] = join([ball(0.055, sides=6).at(0.72 * r * np.cos(a), 0.72 * r * np.sin(a), 0.25 + 0.52 * np.sqrt(1 - r * r)) for a, r in spots])
    return parts


@thing("flower", {"petals": "petal", "stem": "stem"}, tags="plant small ground", styles=3, stretch=0.3)
def flower(d: Dice, style: int) -> Parts:
    heads, stems = [], []
    for k in range(4):
        x, y, h = d.between(-0.12, 0.12), d.between(-0.12, 0.12), d.between(0.25, 0.42)
        stems += [rod((x, y, 0), (x, y, h), 0.007, 5), blade(0.14, 0.03, 70).turn(z=k * 90).at(x, y, 0.02)]
        if style == 0:
            heads.append(blossom(0.06).turn(x=35).at(x, y, h))
        elif style == 1:
            heads.append(lathe([(0, 0), (0.035, 0.02), (0.035, 0.06), (0.045, 0.085), (0, 0.04)], 8).at(x, y, h))
        else:
            heads.append(join([ball(0.035, 0.012, 0.006, 6).at(0.045).turn(z=k2 * 36) for k2 in range(10)] + [ball(0.028, 0.028, 0.016, 8)]).turn(x=40).at(x, y, h))
    return {"petals": join(heads), "stem": join(stems)}


@thing("rock", {"stone": "stone"}, also="boulder, stone", tags="ground low", styles=3, stretch=0.5)
def rock(d: Dice, style: int) -> Parts:
    r = (0.3, 0.5, 0.75)[style]
    body = ball(r, r * d.between(0.7, 1.0), r * d.between(0.5, 0.8), 12).rough(r * 0.16, r * 0.9, d.whole(0, 99))
    return {"stone": body.at(z=r * 0.3)}


@thing("log", {"bark": "bark", "ends": "wood:beige"}, tags="ground low", styles=2)
def log(d: Dice, style: int) -> Parts:
    n, r = d.between(1.2, 2.2), d.between(0.15, 0.24)
    trunk = tube([(-n / 2, 0, r), (0, 0, r * 1.03), (n / 2, 0, r)], [r, r * 0.96, r * 0.92], 11)
    ends = cylinder(r * 0.93, 0.01, 12).turn(y=90).at(n / 2, 0, r) + cylinder(r * 0.93, 0.01, 12).turn(y=90).at(-n / 2 - 0.01, 0, r)
    if style:
        trunk = trunk + tube([(n * 0.15, 0, r), (n * 0.22, 0, r * 2.6)], [r * 0.35, r * 0.25], 7)
    return {"bark": trunk, "ends": ends}


@thing("mushroom", {"cap": "fruit:red|orange fruit:red skin", "stem": "paper:white|beige", "spots": "paper:white"}, tags="ground small", styles=2, stretch=0.3)
def mushroom(d: Dice, style: int) -> Parts:
    h, r = d.between(0.12, 0.2), d.between(0.08, 0.13)
    cap = lathe([(r * 0.2, 0), (r, 0.005), (r * 0.92, r * 0.3), (r * 0.55, r * (0.75 if style == 0 else 0.42)), (0, r * (0.9 if style == 0 else 0.46))], 14).at(z=h)
    spots = join([ball(0.016, 0.016, 0.007, 6).turn(y=42).at(r * 0.68, 0, h + r * 0.5).turn(z=k * 72) for k in range(5)])
    return {"cap": cap, "stem": lathe([(0, 0), (r * 0.34, 0), (r * 0.24, h), (0, h)], 10)} | ({"spots": spots} if style == 0 else {})


HOUSE = {
    "walls": "plaster siding brick stone", "roof": "shingles", "windows": "pane", "frames": "paint:white|brown|green",
    "door": "paint:red|green|blue|brown|white wood", "chimney": "brick stone",
}  # fmt: skip


def panes(w: float, h: float) -> tuple[Mesh, Mesh]:
    """(glass, frame) of a window in the xz plane, its front toward -y."""
    frame = panel(w + 0.16, h + 0.16).at(0, -0.03, -h / 2 - 0.08) + box(w + 0.3, 0.2, 0.07).at(0, -0.06, -h / 2 - 0.1)
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
    roof = side.turn(x=tilt).at(0, -(deep / 4 + over / 2), h + rise / 2 - over * rise / deep) + side.turn(x=-tilt).at(0, deep / 4 + over / 2, h + rise / 2 - over * rise / deep)
    if style == 2:
        gable = extrude([(-w / 2, 0), (w / 2, 0), (0, rise)], deep).at(z=h)
        slope, tilt = np.hypot(w / 2 + over, rise * (1 + 2 * over / w)), np.degrees(np.arctan2(rise, w / 2))
        side = box(slope, deep + 0.8, 0.16)
        roof = side.turn(y=-tilt).at(-(w / 4 + over / 2), 0, h + rise / 2 - over * rise / w) + side.turn(y=tilt).at(w / 4 + over / 2, 0, h + rise / 2 - over * rise / w)
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
    return {"walls": walls + gable, "roof": roof, "windows": join(glass), "frames": join(frames), "door": door, "chimney": chimney}


@thing("building", {"walls": "brick concrete plaster stone", "windows": "pane", "frames": "paint:white|gray|black concrete", "shop": "lacquer pane", "roof": "concrete"}, also="apartment building", tags="building block", styles=3, stretch=0.15)
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
                    frames.append(box(wide + 0.3, 0.14, 0.12).at(x, -out, z - 0.92).turn(z=turn))
    frames.append(box(w + 0.4, deep + 0.4, 0.35).at(z=h - 0.5))
    shop = box(w * 0.42, 0.1, 2.4).at(-w * 0.22, -deep / 2, 0.3) + box(1.3, 0.12, 2.4).at(w * 0.28, -deep / 2)
    awning = box(w * 0.46, 1.0, 0.1).turn(x=12).at(-w * 0.22, -deep / 2 - 0.5, 2.9)
    return {"walls": box(w, deep, h), "windows": join(glass), "frames": join(frames), "shop": shop + awning, "roof": box(2.4, 2.0, 1.2).at(w * 0.2, 0, h)}


@thing("skyscraper", {"walls": "concrete metal lacquer:white|gray", "windows": "pane", "roof": "concrete"}, also="tower block, high-rise", is_a="building", tags="building far", styles=2, stretch=0.2)
def skyscraper(d: Dice, style: int) -> Parts:
    w, floors = d.between(12, 18), d.whole(9, 16)
    h = 3.6 * floors
    if style:
        bands = [box(w + 0.1, w + 0.1, 1.9).at(z=1.4 + 3.6 * k) for k in range(floors)]
    else:
        bands = [box(1.5, w + 0.1, h - 4).at(x, 0, 2) + box(w + 0.1, 1.5, h - 4).at(0, x, 2) for x in np.linspace(-w / 2 + 1.8, w / 2 - 1.8, 5)]
    return {"walls": box(w, w, h), "windows": join(bands), "roof": box(w * 0.5, w * 0.5, 3).at(z=h) + cylinder(0.2, 9, 6).at(w * 0.1, 0, h)}


@thing("barn", {"walls": "siding:red|brown|gray|white", "roof": "shingles metal", "doors": "paint:white wood", "trim": "paint:white"}, also="shed", is_a="building", tags="building farm", styles=2, stretch=0.15)
def barn(d: Dice, style: int) -> Parts:
    w, n, h, rise = d.between(7, 9), d.between(9, 13), 3.6, 2.8
    if style == 0:
        face = [(-w / 2, 0), (w / 2, 0), (w / 2, h), (w * 0.32, h + rise * 0.7), (0, h + rise), (-w * 0.32, h + rise * 0.7), (-w / 2, h)]
    else:
        face = [(-w / 2, 0), (w / 2, 0), (w / 2, h), (0, h + rise), (-w / 2, h)]
    tops = face[2:]
    skin = []
    for (x0, z0), (x1, z1) in zip(tops[:-1], tops[1:]):
        length, angle = np.hypot(x1 - x0, z1 - z0) + 0.25, np.degrees(np.arctan2(z1 - z0, x1 - x0))
        skin.append(box(length, n + 0.7, 0.14).turn(y=-angle).at((x0 + x1) / 2, 0, (z0 + z1) / 2))
    door = box(2.6, 0.12, 2.8).at(0, -n / 2) + box(1.2, 0.12, 1.2).at(0, -n / 2, h + 0.3)
    trim = join([rod((-1.25, 0, 0.1), (1.25, 0, 2.7), 0.07, 5), rod((1.25, 0, 0.1), (-1.25, 0, 2.7), 0.07, 5)]).at(0, -n / 2 - 0.1)
    return {"walls": extrude(face, n), "roof": join(skin), "doors": door, "trim": trim}


@thing("fence", {"boards": "wood paint:white|brown|green metal:black"}, tags="edging", styles=3, stretch=0.08)
def fence(d: Dice, style: int) -> Parts:
    w, h = 2.4, d.between(0.9, 1.3)
    rails = box(w, 0.04, 0.09).at(0, 0.02, h * 0.25) + box(w, 0.04, 0.09).at(0, 0.02, h * 0.72)
    if style == 0:
        pale = extrude([(-0.045, 0), (0.045, 0), (0.045, h - 0.06), (0, h), (-0.045, h - 0.06)], 0.022)
        return {"boards": rails + join([pale.at(x, -0.02) for x in np.linspace(-w / 2 + 0.08, w / 2 - 0.08, 13)])}
    if style == 1:
        return {"boards": rails + box(w, 0.04, 0.09).at(0, 0.02, h * 0.95) + join([box(0.11, 0.11, h + 0.1).at(x) for x in (-w / 2, 0, w / 2)])}
    return {"boards": join([cylinder(0.014, h, 5).at(x) for x in np.linspace(-w / 2, w / 2, 18)]) + box(w, 0.04, 0.04).at(z=h * 0.9) + box(w, 0.04, 0.04).at(z=0.12)}


@thing("picnic table", {"top": "wood", "legs": "wood metal"}, is_a="table", tags="outdoor parkseat", styles=2, surface=1.0)
def picnic_table(d: Dice, style: int) -> Parts:
    w = d.between(1.5, 1.9)
    planks = join([box(w, 0.13, 0.04).at(0, y, 0.7) for y in (-0.28, -0.14, 0, 0.14, 0.28)])
    seats = box(w, 0.25, 0.04).at(0, -0.68, 0.42) + box(w, 0.25, 0.04).at(0, 0.68, 0.42)
    leg = join([rod((0, -0.62, 0), (0, -0.22, 0.7), 0.04), rod((0, 0.62, 0), (0, 0.22, 0.7), 0.04), rod((0, -0.72, 0.4), (0, 0.72, 0.4), 0.035)])
    if style:
        leg = box(0.08, 0.5, 0.7) + rod((0, -0.72, 0.4), (0, 0.72, 0.4), 0.04)
    return {"top": planks + seats, "legs": leg.at(w * 0.38).both()}


@thing("fountain", {"basin": "stone marble concrete", "water": "water"}, tags="centre", styles=2, stretch=0.2)
def fountain(d: Dice, style: int) -> Parts:
    r = d.between(1.4, 2.0)
    basin = lathe([(r, 0), (r * 1.04, 0.1), (r, 0.5), (r * 1.05, 0.55), (r * 0.93, 0.58), (r * 0.9, 0.1), (0, 0.1)], 22)
    column = lathe([(0.3, 0.1), (0.16, 0.3), (0.12, 1.0), (r * 0.45, 1.25), (r * 0.47, 1.32), (r * 0.4, 1.3), (0, 1.2)], 16)
    if style:
        column = column + lathe([(0.1, 1.2), (0.07, 1.7), (r * 0.24, 1.9), (r * 0.25, 1.95), (0, 1.88)], 14)
    jet = lathe([(0.05, 1.25), (0.035, 2.2), (0.07, 2.35), (0, 2.4)], 8)
    return {"basin": basin + column, "water": cylinder(r * 0.9, 0.01, 20).at(z=0.42) + cylinder(r * 0.4, 0.01, 16).at(z=1.29) + jet}


@thing("statue", {"figure": "stone marble gold copper", "pedestal": "stone concrete marble"}, tags="centre", styles=2, stretch=0.15)
def statue(d: Dice, style: int) -> Parts:
    from .creatures import figure, horse

    base = box(1.0, 1.0, 0.2, 0.03) + box(0.75, 0.75, 1.0, 0.02).at(z=0.2) + box(0.95, 0.95, 0.14, 0.02).at(z=1.2)
    if style:
        mount = join(list(horse(d, 0).values())).scale(0.75)
        base = base.scale(1.1, 2.0, 1)
        return {"figure": mount.at(z=1.34), "pedestal": base}
    body = {name: mesh for name, mesh in figure(d, "stand", 1.9).items() if name != "eyes"}
    return {"figure": join(list(body.values())).at(z=1.34), "pedestal": base}


@thing("tent", {"canvas": "cloth:orange|green|blue|red|yellow|beige", "door": "cloth:black|gray|beige"}, tags="camp", styles=2, stretch=0.15)
def tent(d: Dice, style: int) -> Parts:
    if style:
        dome = ball(1.2, 1.0, 1.25, 16)
        dome.vertices[:, 2] = np.maximum(dome.vertices[:, 2], 0)
        return {"canvas": dome, "door": ball(0.55, 0.3, 0.85, 12).at(0, -0.72, 0.05)}
    roof = extrude([(-1.0, 0), (1.0, 0), (0, 1.35)], 2.2, 0.02)
    return {"canvas": roof, "door": extrude([(-0.42, 0), (0.42, 0), (0, 0.95)], 0.02).at(0, -1.1, 0.02)}


@thing("windmill", {"tower": "plaster:white brick stone", "sails": "wood paint:white", "cap": "shingles wood", "door": "wood"}, is_a="building", tags="landmark", styles=2, stretch=0.15)
def windmill(d: Dice, style: int) -> Parts:
    h, r = d.between(7, 9), 2.3
    tower = lathe([(0, 0), (r, 0), (r * 0.62, h), (0, h)], 8 if style else 14)
    cap = lathe([(r * 0.72, h), (r * 0.6, h + 0.9), (0, h + 1.9)], 12)
    blade_ = box(0.08, 0.05, 5.0) + box(0.95, 0.04, 3.8).at(0.45, 0, 1.1)
    spin = d.between(0, 90)
    sails = join([blade_.turn(y=90 * k + spin) for k in range(4)]).at(0, -r * 0.62 - 0.6, h + 0.4) + rod((0, -r - 0.2, h + 0.4), (0, 0, h + 0.4), 0.12)
    return {"tower": tower, "sails": sails, "cap": cap, "door": box(1.0, 0.2, 2.0).at(0, -r + 0.14)}


@thing("hay bale", {"hay": "straw"}, also="bale of hay", tags="farm low", styles=2, stretch=0.15)
def hay_bale(d: Dice, style: int) -> Parts:
    if style:
        return {"hay": box(1.2, 0.7, 0.6, 0.04).rough(0.012, 0.2, 5)}
    return {"hay": cylinder(0.7, 1.3, 20).turn(y=90).at(-0.65, 0, 0.7)}


@thing("boat", {"hull": "wood lacquer:white|blue|red|green", "inside": "wood", "sail": "cloth:white|red|blue|yellow", "mast": "wood metal"}, also="sailboat", is_a="vehicle", tags="float", styles=2, stretch=0.2)
def boat(d: Dice, style: int) -> Parts:
    t = np.linspace(0, 1, 9)
    half = 0.75 * np.sqrt(np.clip(1 - (1 - np.clip(t * 1.25, 0, 1)) ** 2, 0, 1))
    half[0] = 0.02
    y = -2.0 + 4.0 * t
    rings = []
    for q, z in ((0.45, -0.2), (0.85, 0.1), (1.0, 0.45), (0.9, 0.45), (0.75, 0.12)):
        left = np.stack([-half * q, y * (0.9 + 0.1 * q), np.full(9, z) + (0.18 * (1 - t) ** 3 if z > 0.2 else 0)], 1)
        rings.append(np.concatenate([left, (left * [-1, 1, 1])[::-1]]))
    from ..mesh import _grid_faces

    hull = Mesh(np.concatenate(rings), _grid_faces(5, 18)[:, ::-1])
    inside = box(1.0, 2.6, 0.04).at(0, 0.3, 0.1) + join([box(1.2, 0.25, 0.05).at(0, q, 0.32) for q in (-0.4, 0.6, 1.4)])
    if style:
        sail = extrude([(0.05, 0.8), (1.9, 0.85), (0.05, 4.4)], 0.02).turn(z=75) + extrude([(-1.3, 0.8), (-0.1, 0.9), (-0.1, 3.9)], 0.02).turn(z=80)
        return {"hull": hull, "inside": inside, "sail": sail.at(0, -0.3), "mast": rod((0, -0.3, 0.1), (0, -0.3, 4.7), 0.045) + rod((0, -0.3, 0.75), (0.4, 1.5, 0.8), 0.03)}
    oars = rod((0.5, 0.3, 0.5), (1.7, 0.7, -0.1), 0.022).both()
    return {"hull": hull, "inside": inside, "mast": oars}


@thing("airplane", {"body": "lacquer:white|gray|blue|red", "wings": "lacquer:white|gray metal", "windows": "pane", "engines": "metal"}, also="plane, aeroplane", is_a="vehicle", tags="sky", styles=2, stretch=0.2)
def airplane(d: Dice, style: int) -> Parts:
    body = limb([(0, -9, 0), (0, -6, 0.1), (0, 6, 0.2), (0, 10, 1.0)], [1.0, 1.5, 1.5, 0.45], 12)
    wing = extrude([(0, 0), (9.5, 4.2), (9.5, 5.4), (0, 3.2)], 0.25).turn(x=-90).at(0.8, -2.5, -0.4)
    tail = extrude([(0, 0), (3.4, 1.4), (3.4, 2.2), (0, 1.5)], 0.15).turn(x=-90).at(0.2, 8.2, 0.9)
    wing = Mesh(wing.vertices, wing.faces)
    fin = extrude([(0, 0), (2.0, 0), (2.6, 3.2), (1.7, 3.2)], 0.2).turn(z=90).at(0, 7.8, 1.0)
    engines = limb([(3.6, -2.2, -1.1), (3.6, 0, -1.1)], 0.6, 8).both() if style == 0 else limb([(1.8, 5.0, 0.9), (1.8, 7.4, 0.9)], 0.6, 8).both()
    windows = join([box(0.06, 0.4, 0.4).at(1.47, y, 0.35).both() for y in np.arange(-5.5, 6, 1.15)]) + ball(0.8, 0.5, 0.35, 8).at(0, -8.9, 0.65)
    return {"body": body + fin, "wings": wing.both() + tail.both(), "windows": windows, "engines": engines}


@thing("hot air balloon", {"envelope": "cloth:red|yellow|blue|orange|purple|green", "basket": "wicker", "ropes": "plastic:black"}, also="balloon", tags="sky", styles=2, stretch=0.2)
def balloon(d: Dice, style: int) -> Parts:
    a = np.linspace(-1.15, np.pi / 2, 11)
    shape_ = [(5.5 * np.cos(t), 5.5 * np.sin(t) * (1.1 if style else 0.95)) for t in a]
    shape_[-1] = (0, shape_[-1][1])
    envelope = lathe([(0.9, -7.2), *shape_], 18).at(z=9.6)
    ropes = join([rod((x, y, 1.2), (x * 1.3, y * 1.3, 2.5), 0.03, 4) for x in (-0.6, 0.6) for y in (-0.6, 0.6)])
    return {"envelope": envelope, "basket": box(1.4, 1.4, 1.2, 0.1), "ropes": ropes}


@thing("kite", {"sail": "cloth:red|yellow|blue|orange|purple|green|pink", "tail": "cloth"}, tags="sky near", styles=2, stretch=0.3)
def kite(d: Dice, style: int) -> Parts:
    outline = [(0, -0.8), (0.5, 0.25), (0, 0.6), (-0.5, 0.25)] if style == 0 else [(0, 0.0), (0.85, -0.2), (0, 0.65), (-0.85, -0.2)]
    tail = tube([(0.08 * np.sin(t * 2.5), 0, -0.8 * (style == 0) - 0.22 * t) for t in range(7)], 0.022, 5)
    return {"sail": extrude(outline, 0.02).turn(x=-20), "tail": tail}


@thing("skateboard", {"deck": "wood lacquer", "wheels": "plastic:white|red|yellow|green", "trucks": "metal"}, tags="cycle toy low", styles=2)
def skateboard(d: Dice, style: int) -> Parts:
    n = 0.8 if style == 0 else 1.0
    side = [(-n / 2, 0.05), (-n * 0.34, 0), (n * 0.34, 0), (n / 2, 0.05), (n / 2, 0.062), (n * 0.34, 0.012), (-n * 0.34, 0.012), (-n / 2, 0.062)]
    wheel_ = cylinder(0.028, 0.035, 10).turn(y=90).turn(z=90)
    rollers = join([wheel_.at(x, y, 0.028) for x in (-n * 0.28, n * 0.28) for y in (-0.1, 0.065)])
    return {"deck": extrude(side, 0.2, 0.01).at(z=0.085), "wheels": rollers, "trucks": join([box(0.05, 0.16, 0.04).at(x, 0, 0.03) for x in (-n * 0.28, n * 0.28)])}


@thing("slide", {"chute": "plastic:red|yellow|blue|green metal", "ladder": "metal wood lacquer"}, also="playground slide", tags="playground", styles=2, stretch=0.12)
def slide(d: Dice, style: int) -> Parts:
    path = [(-1.6, 0.2), (-1.2, 0.28), (0.6, 1.55), (1.0, 1.6)]
    wave = [(x, z) for x, z in path]
    chute = []
    for (x0, z0), (x1, z1) in zip(wave[:-1], wave[1:]):
        length, tilt = np.hypot(x1 - x0, z1 - z0) + 0.04, np.degrees(np.arctan2(z1 - z0, x1 - x0))
        piece = box(length, 0.55, 0.04) + box(length, 0.05, 0.2).at(0, 0.28) + box(length, 0.05, 0.2).at(0, -0.28)
        chute.append(piece.turn(y=-tilt).at((x0 + x1) / 2, 0, (z0 + z1) / 2))
    rails = join([rod((1.55, y, 0), (1.0, y, 2.2 if style else 1.7), 0.03) for y in (-0.27, 0.27)])
    steps = join([rod((1.5 - 0.1 * k, -0.27, 0.25 * k + 0.2), (1.5 - 0.1 * k, 0.27, 0.25 * k + 0.2), 0.022) for k in range(6)])
    return {"chute": join(chute), "ladder": rails + steps + rod((-0.2, 0, 0), (-0.2, 0, 1.0), 0.04)}


@thing("swing", {"frame": "metal wood lacquer:red|blue|green|yellow", "seats": "plastic rubber", "chains": "metal"}, also="swing set", tags="playground", styles=2, stretch=0.1)
def swing(d: Dice, style: int) -> Parts:
    w, h = (2.6, 2.3) if style else (1.8, 2.2)
    legs = join([rod((0, -0.9, 0), (0, 0, h), 0.045), rod((0, 0.9, 0), (0, 0, h), 0.045)]).at(w / 2).both()
    seats, chains = [], []
    for x in ((-0.6, 0.6) if style else (0.0,)):
        seats.append(box(0.45, 0.2, 0.04, 0.01).at(x, 0, 0.5))
        chains += [rod((x + s, 0, 0.52), (x + s, 0, h), 0.012, 5) for s in (-0.2, 0.2)]
    return {"frame": legs + rod((-w / 2 - 0.1, 0, h), (w / 2 + 0.1, 0, h), 0.045), "seats": join(seats), "chains": join(chains)}


@thing("torch", {"flame": "flame", "handle": "wood"}, also="garden torch", tags="camp light", styles=2)
def torch_(d: Dice, style: int) -> Parts:
    h = 1.3 if style else 1.0
    ring = torus(0.07, 0.02, 12, 5).at(z=h)
    return {"flame": lathe([(0.02, 0), (0.07, 0.06), (0.04, 0.2), (0, 0.3)], 8).at(z=h), "handle": tube([(0, 0, 0), (0, 0, h)], [0.025, 0.05], 7) + ring}
