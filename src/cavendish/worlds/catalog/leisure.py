"""What stands in parks and camps, floats on lakes and flies in the sky."""

import itertools

import numpy as np

from cavendish.worlds.catalog.creatures import figure, horse
from cavendish.worlds.catalog.registry import Parts, thing
from cavendish.worlds.mesh import Mesh, ball, box, cylinder, extrude, grid_faces, join, lathe, limb, rod, torus, tube
from cavendish.worlds.rng import Dice


@thing(
    "picnic table", {"top": "wood", "legs": "wood metal"}, is_a="table", tags="outdoor parkseat", styles=2, surface=1.0
)
def picnic_table(d: Dice, style: int) -> Parts:
    w = d.between(1.5, 1.9)
    planks = join([box(w, 0.13, 0.04).at(0, y, 0.7) for y in (-0.28, -0.14, 0, 0.14, 0.28)])
    seats = box(w, 0.25, 0.04).at(0, -0.68, 0.42) + box(w, 0.25, 0.04).at(0, 0.68, 0.42)
    leg = join(
        [
            rod((0, -0.62, 0), (0, -0.22, 0.7), 0.04),
            rod((0, 0.62, 0), (0, 0.22, 0.7), 0.04),
            rod((0, -0.72, 0.4), (0, 0.72, 0.4), 0.035),
        ]
    )
    if style:
        leg = box(0.08, 0.5, 0.7) + rod((0, -0.72, 0.4), (0, 0.72, 0.4), 0.04)
    return {"top": planks + seats, "legs": leg.at(w * 0.38).both()}


@thing("fountain", {"basin": "stone marble concrete", "water": "water"}, tags="centre", styles=2, stretch=0.2)
def fountain(d: Dice, style: int) -> Parts:
    r = d.between(1.4, 2.0)
    basin = lathe([(r, 0), (r * 1.04, 0.1), (r, 0.5), (r * 1.05, 0.55), (r * 0.93, 0.58), (r * 0.9, 0.1), (0, 0.1)], 22)
    column = lathe(
        [(0.3, 0.1), (0.16, 0.3), (0.12, 1.0), (r * 0.45, 1.25), (r * 0.47, 1.32), (r * 0.4, 1.3), (0, 1.2)], 16
    )
    if style:
        column = column + lathe([(0.1, 1.2), (0.07, 1.7), (r * 0.24, 1.9), (r * 0.25, 1.95), (0, 1.88)], 14)
    jet = lathe([(0.05, 1.25), (0.035, 2.2), (0.07, 2.35), (0, 2.4)], 8)
    return {
        "basin": basin + column,
        "water": cylinder(r * 0.9, 0.01, 20).at(z=0.42) + cylinder(r * 0.4, 0.01, 16).at(z=1.29) + jet,
    }


@thing(
    "statue",
    {"figure": "stone marble gold copper", "pedestal": "stone concrete marble"},
    tags="centre",
    styles=2,
    stretch=0.15,
)
def statue(d: Dice, style: int) -> Parts:

    base = box(1.0, 1.0, 0.2, 0.03) + box(0.75, 0.75, 1.0, 0.02).at(z=0.2) + box(0.95, 0.95, 0.14, 0.02).at(z=1.2)
    if style:
        mount = join(list(horse(d, 0).values())).scale(0.75)
        base = base.scale(1.1, 2.0, 1)
        return {"figure": mount.at(z=1.34), "pedestal": base}
    body = {name: mesh for name, mesh in figure(d, "stand", 1.9).items() if name != "eyes"}
    return {"figure": join(list(body.values())).at(z=1.34), "pedestal": base}


@thing(
    "tent",
    {"canvas": "cloth:orange|green|blue|red|yellow|beige", "door": "cloth:black|gray|beige"},
    tags="camp",
    styles=2,
    stretch=0.15,
)
def tent(d: Dice, style: int) -> Parts:
    if style:
        dome = ball(1.2, 1.0, 1.25, 16)
        dome.vertices[:, 2] = np.maximum(dome.vertices[:, 2], 0)
        return {"canvas": dome, "door": ball(0.55, 0.3, 0.85, 12).at(0, -0.72, 0.05)}
    roof = extrude([(-1.0, 0), (1.0, 0), (0, 1.35)], 2.2, 0.02)
    return {"canvas": roof, "door": extrude([(-0.42, 0), (0.42, 0), (0, 0.95)], 0.02).at(0, -1.1, 0.02)}


@thing("hay bale", {"hay": "straw"}, also="bale of hay", tags="farm low", styles=2, stretch=0.15)
def hay_bale(d: Dice, style: int) -> Parts:
    if style:
        return {"hay": box(1.2, 0.7, 0.6, 0.04).rough(0.012, 0.2, 5)}
    return {"hay": cylinder(0.7, 1.3, 20).turn(y=90).at(-0.65, 0, 0.7)}


@thing(
    "boat",
    {
        "hull": "wood lacquer:white|blue|red|green",
        "inside": "wood",
        "sail": "cloth:white|red|blue|yellow",
        "mast": "wood metal",
    },
    also="sailboat",
    is_a="vehicle",
    tags="float",
    styles=2,
    stretch=0.2,
)
def boat(d: Dice, style: int) -> Parts:
    t = np.linspace(0, 1, 9)
    half = 0.75 * np.sqrt(np.clip(1 - (1 - np.clip(t * 1.25, 0, 1)) ** 2, 0, 1))
    half[0] = 0.02
    y = -2.0 + 4.0 * t
    rings = []
    for q, z in ((0.45, -0.2), (0.85, 0.1), (1.0, 0.45), (0.9, 0.45), (0.75, 0.12)):
        left = np.stack([-half * q, y * (0.9 + 0.1 * q), np.full(9, z) + (0.18 * (1 - t) ** 3 if z > 0.2 else 0)], 1)
        rings.append(np.concatenate([left, (left * [-1, 1, 1])[::-1]]))

    hull = Mesh(np.concatenate(rings), grid_faces(5, 18)[:, ::-1])
    inside = box(1.0, 2.6, 0.04).at(0, 0.3, 0.1) + join([box(1.2, 0.25, 0.05).at(0, q, 0.32) for q in (-0.4, 0.6, 1.4)])
    if style:
        sail = extrude([(0.05, 0.8), (1.9, 0.85), (0.05, 4.4)], 0.02).turn(z=75) + extrude(
            [(-1.3, 0.8), (-0.1, 0.9), (-0.1, 3.9)], 0.02
        ).turn(z=80)
        return {
            "hull": hull,
            "inside": inside,
            "sail": sail.at(0, -0.3),
            "mast": rod((0, -0.3, 0.1), (0, -0.3, 4.7), 0.045) + rod((0, -0.3, 0.75), (0.4, 1.5, 0.8), 0.03),
        }
    oars = rod((0.5, 0.3, 0.5), (1.7, 0.7, -0.1), 0.022).both()
    return {"hull": hull, "inside": inside, "mast": oars}


@thing(
    "airplane",
    {"body": "lacquer:white|gray|blue|red", "wings": "lacquer:white|gray metal", "windows": "pane", "engines": "metal"},
    also="plane, aeroplane",
    is_a="vehicle",
    tags="sky",
    styles=2,
    stretch=0.2,
)
def airplane(d: Dice, style: int) -> Parts:
    body = limb([(0, -9, 0), (0, -6, 0.1), (0, 6, 0.2), (0, 10, 1.0)], [1.0, 1.5, 1.5, 0.45], 12)
    wing = extrude([(0, 0), (9.5, 4.2), (9.5, 5.4), (0, 3.2)], 0.25).turn(x=-90).at(0.8, -2.5, -0.4)
    tail = extrude([(0, 0), (3.4, 1.4), (3.4, 2.2), (0, 1.5)], 0.15).turn(x=-90).at(0.2, 8.2, 0.9)
    wing = Mesh(wing.vertices, wing.faces)
    fin = extrude([(0, 0), (2.0, 0), (2.6, 3.2), (1.7, 3.2)], 0.2).turn(z=90).at(0, 7.8, 1.0)
    engines = (
        limb([(3.6, -2.2, -1.1), (3.6, 0, -1.1)], 0.6, 8).both()
        if style == 0
        else limb([(1.8, 5.0, 0.9), (1.8, 7.4, 0.9)], 0.6, 8).both()
    )
    windows = join([box(0.06, 0.4, 0.4).at(1.47, y, 0.35).both() for y in np.arange(-5.5, 6, 1.15)]) + ball(
        0.8, 0.5, 0.35, 8
    ).at(0, -8.9, 0.65)
    return {"body": body + fin, "wings": wing.both() + tail.both(), "windows": windows, "engines": engines}


@thing(
    "hot air balloon",
    {"envelope": "cloth:red|yellow|blue|orange|purple|green", "basket": "wicker", "ropes": "plastic:black"},
    also="balloon",
    tags="sky",
    styles=2,
    stretch=0.2,
)
def balloon(d: Dice, style: int) -> Parts:
    a = np.linspace(-1.15, np.pi / 2, 11)
    shape_ = [(5.5 * np.cos(t), 5.5 * np.sin(t) * (1.1 if style else 0.95)) for t in a]
    shape_[-1] = (0, shape_[-1][1])
    envelope = lathe([(0.9, -7.2), *shape_], 18).at(z=9.6)
    ropes = join([rod((x, y, 1.2), (x * 1.3, y * 1.3, 2.5), 0.03, 4) for x in (-0.6, 0.6) for y in (-0.6, 0.6)])
    return {"envelope": envelope, "basket": box(1.4, 1.4, 1.2, 0.1), "ropes": ropes}


@thing(
    "kite",
    {"sail": "cloth:red|yellow|blue|orange|purple|green|pink", "tail": "cloth"},
    tags="sky near",
    styles=2,
    stretch=0.3,
)
def kite(d: Dice, style: int) -> Parts:
    outline = (
        [(0, -0.8), (0.5, 0.25), (0, 0.6), (-0.5, 0.25)]
        if style == 0
        else [(0, 0.0), (0.85, -0.2), (0, 0.65), (-0.85, -0.2)]
    )
    tail = tube([(0.08 * np.sin(t * 2.5), 0, -0.8 * (style == 0) - 0.22 * t) for t in range(7)], 0.022, 5)
    return {"sail": extrude(outline, 0.02).turn(x=-20), "tail": tail}


@thing(
    "skateboard",
    {"deck": "wood lacquer", "wheels": "plastic:white|red|yellow|green", "trucks": "metal"},
    tags="cycle toy low",
    styles=2,
)
def skateboard(d: Dice, style: int) -> Parts:
    n = 0.8 if style == 0 else 1.0
    side = [
        (-n / 2, 0.05),
        (-n * 0.34, 0),
        (n * 0.34, 0),
        (n / 2, 0.05),
        (n / 2, 0.062),
        (n * 0.34, 0.012),
        (-n * 0.34, 0.012),
        (-n / 2, 0.062),
    ]
    wheel_ = cylinder(0.028, 0.035, 10).turn(y=90).turn(z=90)
    rollers = join([wheel_.at(x, y, 0.028) for x in (-n * 0.28, n * 0.28) for y in (-0.1, 0.065)])
    return {
        "deck": extrude(side, 0.2, 0.01).at(z=0.085),
        "wheels": rollers,
        "trucks": join([box(0.05, 0.16, 0.04).at(x, 0, 0.03) for x in (-n * 0.28, n * 0.28)]),
    }


@thing(
    "slide",
    {"chute": "plastic:red|yellow|blue|green metal", "ladder": "metal wood lacquer"},
    also="playground slide",
    tags="playground",
    styles=2,
    stretch=0.12,
)
def slide(d: Dice, style: int) -> Parts:
    path = [(-1.6, 0.2), (-1.2, 0.28), (0.6, 1.55), (1.0, 1.6)]
    wave = [(x, z) for x, z in path]
    chute = []
    for (x0, z0), (x1, z1) in itertools.pairwise(wave):
        length, tilt = np.hypot(x1 - x0, z1 - z0) + 0.04, np.degrees(np.arctan2(z1 - z0, x1 - x0))
        piece = box(length, 0.55, 0.04) + box(length, 0.05, 0.2).at(0, 0.28) + box(length, 0.05, 0.2).at(0, -0.28)
        chute.append(piece.turn(y=-tilt).at((x0 + x1) / 2, 0, (z0 + z1) / 2))
    rails = join([rod((1.55, y, 0), (1.0, y, 2.2 if style else 1.7), 0.03) for y in (-0.27, 0.27)])
    steps = join(
        [rod((1.5 - 0.1 * k, -0.27, 0.25 * k + 0.2), (1.5 - 0.1 * k, 0.27, 0.25 * k + 0.2), 0.022) for k in range(6)]
    )
    return {"chute": join(chute), "ladder": rails + steps + rod((-0.2, 0, 0), (-0.2, 0, 1.0), 0.04)}


@thing(
    "swing",
    {"frame": "metal wood lacquer:red|blue|green|yellow", "seats": "plastic rubber", "chains": "metal"},
    also="swing set",
    tags="playground",
    styles=2,
    stretch=0.1,
)
def swing(d: Dice, style: int) -> Parts:
    w, h = (2.6, 2.3) if style else (1.8, 2.2)
    legs = join([rod((0, -0.9, 0), (0, 0, h), 0.045), rod((0, 0.9, 0), (0, 0, h), 0.045)]).at(w / 2).both()
    seats, chains = [], []
    for x in (-0.6, 0.6) if style else (0.0,):
        seats.append(box(0.45, 0.2, 0.04, 0.01).at(x, 0, 0.5))
        chains += [rod((x + s, 0, 0.52), (x + s, 0, h), 0.012, 5) for s in (-0.2, 0.2)]
    return {
        "frame": legs + rod((-w / 2 - 0.1, 0, h), (w / 2 + 0.1, 0, h), 0.045),
        "seats": join(seats),
        "chains": join(chains),
    }


@thing("torch", {"flame": "flame", "handle": "wood"}, also="garden torch", tags="camp light", styles=2)
def torch_(d: Dice, style: int) -> Parts:
    h = 1.3 if style else 1.0
    ring = torus(0.07, 0.02, 12, 5).at(z=h)
    return {
        "flame": lathe([(0.02, 0), (0.07, 0.06), (0.04, 0.2), (0, 0.3)], 8).at(z=h),
        "handle": tube([(0, 0, 0), (0, 0, h)], [0.025, 0.05], 7) + ring,
    }
