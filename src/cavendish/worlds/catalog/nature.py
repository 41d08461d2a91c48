"""Plants, rocks and what lies in the grass."""

import numpy as np

from cavendish.worlds.catalog.portable import blade, blossom
from cavendish.worlds.catalog.registry import Parts, thing
from cavendish.worlds.mesh import ball, cylinder, join, lathe, rod, tube
from cavendish.worlds.rng import Dice


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
        return {
            "leaves": join(fronds),
            "trunk": tube([(0, 0, -0.1), (lean, 0, h * 0.63)], [h * 0.03, h * 0.018], 8) + ball(0.18).at(*tops[0]),
        }
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


@thing(
    "conifer",
    {"leaves": "needle", "trunk": "bark"},
    also="fir tree, pine tree",
    is_a="tree",
    tags="plant tall tree",
    styles=2,
    stretch=0.35,
)
def conifer(d: Dice, style: int) -> Parts:
    h, r = d.between(5.0, 9.0), d.between(1.0, 1.6)
    layers = 5 if style else 3
    skirts = []
    for k in range(layers):
        t = k / layers
        z0, z1 = h * (0.12 + 0.86 * t * 0.9), h * (0.12 + 0.88 * min(1, t + 1.6 / layers))
        skirts.append(
            lathe(
                [(r * (1 - t) * 0.6, z0 + 0.1), (r * (1 - t), z0), (r * (1 - t) * 0.3, (z0 + z1) / 2), (0, z1)], 11
            ).rough(0.07, 0.6, k)
        )
    return {"leaves": join(skirts), "trunk": cylinder(h * 0.025, h * 0.2, 8)}


@thing(
    "bush", {"leaves": "leaf leaf autumn", "flowers": "petal"}, also="shrub", tags="plant low", styles=2, stretch=0.35
)
def bush(d: Dice, style: int) -> Parts:
    blobs = []
    for k in range(5):
        r = d.between(0.3, 0.5)
        blobs.append(
            ball(r, r, r * 0.85, 10)
            .rough(r * 0.16, r * 0.8, k + 3)
            .at(0.45 * np.cos(k * 1.3) * (k > 0), 0.45 * np.sin(k * 1.3) * (k > 0), r * 0.7)
        )
    parts = {"leaves": join(blobs)}
    if style:
        spots = [(d.between(0, 6.28), d.between(0.1, 0.75)) for _ in range(16)]
        parts["flowers"] = join(
            [
                ball(0.055, sides=6).at(0.72 * r * np.cos(a), 0.72 * r * np.sin(a), 0.25 + 0.52 * np.sqrt(1 - r * r))
                for a, r in spots
            ]
        )
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
            heads.append(
                join(
                    [ball(0.035, 0.012, 0.006, 6).at(0.045).turn(z=k2 * 36) for k2 in range(10)]
                    + [ball(0.028, 0.028, 0.016, 8)]
                )
                .turn(x=40)
                .at(x, y, h)
            )
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
    ends = cylinder(r * 0.93, 0.01, 12).turn(y=90).at(n / 2, 0, r) + cylinder(r * 0.93, 0.01, 12).turn(y=90).at(
        -n / 2 - 0.01, 0, r
    )
    if style:
        trunk = trunk + tube([(n * 0.15, 0, r), (n * 0.22, 0, r * 2.6)], [r * 0.35, r * 0.25], 7)
    return {"bark": trunk, "ends": ends}


@thing(
    "mushroom",
    {"cap": "fruit:red|orange fruit:red skin", "stem": "paper:white|beige", "spots": "paper:white"},
    tags="ground small",
    styles=2,
    stretch=0.3,
)
def mushroom(d: Dice, style: int) -> Parts:
    h, r = d.between(0.12, 0.2), d.between(0.08, 0.13)
    cap = lathe(
        [
            (r * 0.2, 0),
            (r, 0.005),
            (r * 0.92, r * 0.3),
            (r * 0.55, r * (0.75 if style == 0 else 0.42)),
            (0, r * (0.9 if style == 0 else 0.46)),
        ],
        14,
    ).at(z=h)
    spots = join(
        [ball(0.016, 0.016, 0.007, 6).turn(y=42).at(r * 0.68, 0, h + r * 0.5).turn(z=k * 72) for k in range(5)]
    )
    return {"cap": cap, "stem": lathe([(0, 0), (r * 0.34, 0), (r * 0.24, h), (0, h)], 10)} | (
        {"spots": spots} if style == 0 else {}
    )
