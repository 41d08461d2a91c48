"""What drives, rolls, floats and flies."""

import numpy as np

from cavendish.worlds.catalog.registry import Parts, thing
from cavendish.worlds.mesh import Mesh, ball, box, coarse, cylinder, extrude, join, lathe, limb, rod, torus, tube
from cavendish.worlds.rng import Dice

BODY = "lacquer:red|blue|white|black|gray|green|yellow|orange|gray|white|black"


def wheel(r: float, width: float) -> tuple[Mesh, Mesh]:
    """(tyre, hub) about the origin, rolling along y."""
    w = width / 2
    tyre = lathe([(r * 0.62, -w), (r * 0.96, -w), (r, -w / 2), (r, w / 2), (r * 0.96, w), (r * 0.62, w)], 18)
    if coarse():
        return lathe([(r * 0.5, -w), (r, -w), (r, w), (r * 0.5, w)], 16).turn(y=90), cylinder(r * 0.6, w * 2.04, 12).at(
            z=-w * 1.02
        ).turn(y=90)
    hub = lathe([(0, -w * 0.8), (r * 0.64, -w * 0.84), (r * 0.64, w * 0.84), (0, w * 0.8)], 12)
    spokes = join([box(r * 0.11, r * 1.0, w * 1.8).at(z=-w * 0.9).turn(z=72 * k) for k in range(5)])
    return tyre.turn(y=90), (hub + spokes).turn(y=90)


def wheels(r: float, width: float, track: float, axles: list[float]) -> tuple[Mesh, Mesh]:
    """Pairs of wheels `track` apart at the positions y of `axles`."""
    tyre, hub = wheel(r, width)
    return join([tyre.at(track / 2, y, r).both() for y in axles]), join([hub.at(track / 2, y, r).both() for y in axles])


def along(profile: list[tuple[float, float]], width: float, bevel: float) -> Mesh:
    """A body `width` wide whose side view is the polygon [(y, z), …], its front toward -y."""
    points = [(-y, z) for y, z in profile][::-1]
    mesh = extrude(points, width, bevel)
    return mesh.turn(z=-90)


CAR = {
    "body": BODY,
    "windows": "pane",
    "wheels": "rubber",
    "hubs": "metal chrome",
    "lights": "headlight",
    "rear lights": "taillight",
    "trim": "plastic:black",
}


@thing("car", CAR, also="automobile", is_a="vehicle", tags="vehicle", styles=4, stretch=0.06)
def car(d: Dice, style: int) -> Parts:
    n, w, h = ((4.5, 1.8, 1.45), (3.9, 1.72, 1.5), (4.6, 1.88, 1.72), (4.4, 1.85, 1.3))[style]
    front, rear = -n / 2, n / 2
    waist = h * 0.62
    roof = ((-0.1, 0.22), (-0.12, 0.37), (-0.16, 0.42), (-0.02, 0.2))[style]
    hood = ((0.24, 0.14), (0.19, 0.05), (0.2, 0.03), (0.27, 0.13))[style]
    nose, tail = front + hood[0] * n, rear - hood[1] * n * 0.6  # where the cabin begins and ends at the waist
    lower = [
        (front + 0.05, 0.24),
        (rear - 0.05, 0.26),
        (rear, 0.5),
        (rear - 0.06, waist * 1.0),
        (rear - hood[1] * n, waist * 1.05),
        (nose, waist),
        (front + 0.1, waist * 0.86),
        (front, 0.5),
    ]
    top = [
        (nose, waist - 0.03),
        (tail, waist - 0.02),
        (n * roof[1], h - 0.04),
        (n * (roof[0] + roof[1]) / 2, h),
        (n * roof[0], h - 0.03),
    ]
    cabin = along(top, w * 0.96, 0.02)
    lift = np.clip((cabin.vertices[:, 2] - waist) / (h - waist), 0, 1)
    cabin.vertices[:, 0] *= 1 - 0.18 * lift
    lid = box(w * 0.77, n * (roof[1] - roof[0]) * 0.97, 0.05, 0.02).at(0, n * (roof[0] + roof[1]) / 2, h - 0.035)
    pillars = [
        rod((w * 0.472, low, waist), (w * 0.388, high, h - 0.03), 0.032, 6).both()
        for low, high in ((nose, n * roof[0]), (tail, n * roof[1]), (0.1 * n - 0.25, 0.06 * n - 0.2))
    ]
    r, axles = 0.33 if style != 2 else 0.38, [front + 0.19 * n, rear - 0.19 * n]
    tyres, hubs = wheels(r, 0.21, w - 0.2, axles)
    bumpers = (
        box(w * 0.55, 0.06, 0.13, 0.02).at(0, front + 0.02, 0.36)
        + box(w * 0.9, 0.08, 0.12).at(0, front + 0.06, 0.24)
        + box(w * 0.9, 0.08, 0.12).at(0, rear - 0.06, 0.26)
    )
    mirrors = ball(0.09, 0.06, 0.06, 8).at(w / 2 + 0.06, nose + 0.25, waist + 0.06).both()
    return {
        "body": along(lower, w, 0.07) + lid + join(pillars) + mirrors,
        "windows": cabin,
        "wheels": tyres,
        "hubs": hubs,
        "lights": ball(0.13, 0.06, 0.075, 8).at(w * 0.35, front + 0.06, waist * 0.7).both(),
        "rear lights": box(0.24, 0.05, 0.13, 0.02).at(w * 0.36, rear - 0.02, waist * 0.72).both(),
        "trim": bumpers + wheel_arches(r, w, axles),
    }


def wheel_arches(r: float, width: float, axles: list[float]) -> Mesh:
    """Dark half-discs in the sides of a car behind its wheels."""
    arch = lathe([(r * 1.12, -0.02), (r * 1.12, 0.02), (0, 0.02)], 16).turn(y=90)
    return join([arch.at(width / 2 - 0.012, y, r).both() for y in axles])


@thing("van", CAR, also="minivan", is_a="vehicle", tags="vehicle", styles=2, stretch=0.06)
def van(d: Dice, style: int) -> Parts:
    n, w, h = (5.2, 1.95, 2.2) if style else (4.9, 1.9, 1.95)
    side = [
        (-n / 2, 0.3),
        (n / 2, 0.3),
        (n / 2, h * 0.95),
        (n / 2 - 0.1, h),
        (-n * 0.24, h),
        (-n * 0.38, h * 0.58),
        (-n / 2, h * 0.48),
    ]
    body = along(side, w, 0.08)
    shield = (
        extrude([(-w * 0.43, 0), (w * 0.43, 0), (w * 0.38, 1), (-w * 0.38, 1)], 0.03)
        .scale(1, 1, h * 0.36)
        .turn(x=-37)
        .at(0, -n * 0.375, h * 0.6)
    )
    glass = box(0.03, n * 0.15, h * 0.28, 0.01).at(w / 2, -n * 0.2, h * 0.6).both() + box(w * 0.7, 0.03, h * 0.27).at(
        0, n / 2, h * 0.6
    )
    if style == 0:
        glass = glass + box(0.03, n * 0.5, h * 0.26, 0.01).at(w / 2, n * 0.17, h * 0.6).both()
    tyres, hubs = wheels(0.35, 0.22, w - 0.2, [-n * 0.31, n * 0.31])
    return {
        "body": body,
        "windows": shield + glass,
        "wheels": tyres,
        "hubs": hubs,
        "lights": ball(0.12, 0.06, 0.1, 8).at(w * 0.36, -n / 2 + 0.02, h * 0.38).both(),
        "rear lights": box(0.12, 0.04, 0.35, 0.01).at(w * 0.42, n / 2, h * 0.4).both(),
        "trim": box(w * 0.96, 0.1, 0.2, 0.03).at(0, -n / 2, 0.3) + box(w * 0.96, 0.1, 0.2, 0.03).at(0, n / 2, 0.3),
    }


@thing(
    "bus",
    CAR | {"body": "lacquer:red|yellow|blue|white|green|orange"},
    also="coach",
    is_a="vehicle",
    tags="vehicle big",
    styles=2,
    stretch=0.05,
    plural="buses",
)
def bus(d: Dice, style: int) -> Parts:
    n, w, h = 10.5, 2.5, 4.2 if style else 3.1
    glass = []
    for level in (0, 1)[: 2 if style else 1]:
        z = 1.15 + level * 1.75
        glass += [box(0.04, 1.2, 0.95, 0.02).at(w / 2, y, z).both() for y in np.arange(-n / 2 + 1.2, n / 2 - 0.5, 1.35)]
        glass += [
            box(w * 0.86, 0.04, 1.25 if level == 0 else 0.95, 0.02).at(0, -n / 2, z),
            box(w * 0.7, 0.04, 0.8).at(0, n / 2, z),
        ]
    tyres, hubs = wheels(0.48, 0.28, w - 0.25, [-n * 0.31, n * 0.26])
    sign = box(w * 0.6, 0.05, 0.25).at(0, -n / 2, h - 0.38)
    return {
        "body": box(w, n, h - 0.35, 0.14).at(z=0.35),
        "windows": join(glass),
        "wheels": tyres,
        "hubs": hubs,
        "lights": ball(0.14, 0.05, 0.12, 8).at(w * 0.38, -n / 2, 0.75).both(),
        "rear lights": box(0.16, 0.04, 0.3).at(w * 0.4, n / 2, 0.8).both(),
        "trim": sign + box(w, n - 0.1, 0.12).at(z=0.3),
    }


@thing(
    "truck",
    CAR | {"trim": "lacquer:white|gray|blue|red|green wood", "body": "lacquer:red|blue|white|yellow|green|orange"},
    also="lorry",
    is_a="vehicle",
    tags="vehicle big",
    styles=3,
    stretch=0.06,
)
def truck(d: Dice, style: int) -> Parts:
    n, w = 6.8, 2.35
    front = -n / 2
    cab = along(
        [
            (front, 0.55),
            (front + 1.9, 0.55),
            (front + 1.9, 2.6),
            (front + 0.45, 2.6),
            (front + 0.06, 1.65),
            (front, 1.4),
        ],
        w,
        0.08,
    )
    shield = box(w * 0.84, 0.04, 0.95, 0.02).turn(x=-21).at(0, front + 0.22, 1.66)
    glass = shield + box(0.04, 0.85, 0.62, 0.02).at(w / 2, front + 1.1, 1.72).both()
    if style == 0:
        load = box(w + 0.1, n - 2.1, 2.35, 0.04).at(0, 1.0, 0.85)
    elif style == 1:
        load = (
            box(w, n - 2.1, 0.1).at(0, 1.0, 0.9)
            + box(0.07, n - 2.1, 0.55).at(w / 2, 1.0, 0.9).both()
            + box(w, 0.07, 0.55).at(0, n / 2 - 0.05, 0.9)
        )
    else:
        load = limb([(0, -0.6, 1.75), (0, n / 2 - 0.6, 1.75)], 0.95, 14) + box(1.2, n - 2.2, 0.3).at(0, 1.0, 0.7)
    tyres, hubs = wheels(0.47, 0.3, w - 0.25, [front + 1.0, n / 2 - 1.9, n / 2 - 0.85])
    return {
        "body": cab,
        "windows": glass,
        "trim": load + box(0.9, n - 0.3, 0.18).at(z=0.6),
        "wheels": tyres,
        "hubs": hubs,
        "lights": ball(0.13, 0.05, 0.11, 8).at(w * 0.38, front, 0.85).both(),
        "rear lights": box(0.2, 0.04, 0.12).at(w * 0.4, n / 2, 0.75).both(),
    }


@thing(
    "tractor",
    {
        "body": "lacquer:green|red|blue|yellow|orange",
        "windows": "pane",
        "wheels": "rubber",
        "hubs": "lacquer:yellow|white|gray|red",
    },
    is_a="vehicle",
    tags="farm vehicle",
    styles=2,
)
def tractor(d: Dice, style: int) -> Parts:
    big, hub_big = wheels(0.8, 0.42, 1.6, [0.9])
    small, hub_small = wheels(0.45, 0.28, 1.4, [-1.05])
    body = (
        box(0.7, 1.9, 0.75, 0.1).at(0, -0.75, 0.75)
        + box(1.2, 1.3, 0.5, 0.08).at(0, 0.75, 0.85)
        + rod((0.2, -1.1, 1.4), (0.2, -1.1, 2.1), 0.045)
    )
    roof = box(1.35, 1.35, 0.1, 0.04).at(0, 0.75, 2.55) + join(
        [rod((x, y, 1.2), (x, y, 2.6), 0.04) for x in (-0.58, 0.58) for y in (0.2, 1.3)]
    )
    parts = {"body": body + roof, "wheels": big + small, "hubs": hub_big + hub_small}
    return parts if style else parts | {"windows": box(1.1, 1.05, 1.2).at(0, 0.75, 1.35)}


@thing(
    "bicycle",
    {"frame": "lacquer", "wheels": "rubber", "parts": "chrome metal", "saddle": "leather:black|brown"},
    also="bike",
    is_a="vehicle",
    tags="cycle parked",
    styles=2,
    stretch=0.06,
)
def bicycle(d: Dice, style: int) -> Parts:
    r = 0.34
    tyres = torus(r, 0.02, 22, 6).turn(y=90)
    spokes = join([rod((0, 0, -r), (0, 0, r), 0.004, 4).turn(x=30 * k) for k in range(6)])
    seat, crank, head = (0, 0.25, 0.85), (0, 0.08, 0.3), (0, -0.38, 0.82)
    top = (0, 0.22, 0.72) if style == 0 else (0, 0.15, 0.5)
    frame = join(
        [
            rod(crank, seat, 0.02),
            rod(crank, (0, -0.36, 0.66), 0.022),
            rod(top, (0, -0.37, 0.76), 0.02),
            rod((0.05, 0.53, r), crank, 0.013).both(),
            rod((0.05, 0.53, r), top, 0.013).both(),
            rod((0.05, -0.53, r), head, 0.016).both(),
        ]
    )
    bars = tube([(0.27, -0.3, 0.98), (0.18, -0.42, 1.0), (0, -0.42, 0.98)], 0.014, 6).both() + rod(
        head, (0, -0.42, 0.98), 0.016
    )
    if style == 0:
        bars = tube(
            [(0.2, -0.62, 0.82), (0.2, -0.62, 0.95), (0.2, -0.46, 0.97), (0, -0.42, 0.97)], 0.013, 6
        ).both() + rod(head, (0, -0.42, 0.98), 0.016)
    gears = (
        cylinder(0.09, 0.01, 14).turn(y=90).at(0.03, 0.08, 0.3)
        + box(0.16, 0.09, 0.02).at(0.1, 0.08, 0.13)
        + box(0.16, 0.09, 0.02).at(-0.1, 0.08, 0.46)
    )
    return {
        "frame": frame,
        "wheels": tyres.at(0, 0.53, r) + tyres.at(0, -0.53, r),
        "parts": bars + gears + spokes.at(0, 0.53, r) + spokes.at(0, -0.53, r),
        "saddle": ball(0.075, 0.14, 0.035, 8).at(0, 0.27, 0.89),
    }


@thing(
    "motorcycle",
    {
        "body": BODY,
        "wheels": "rubber",
        "engine": "chrome metal",
        "saddle": "leather:black|brown",
        "lights": "headlight",
    },
    also="motorbike",
    is_a="vehicle",
    tags="cycle parked",
    styles=2,
    stretch=0.06,
)
def motorcycle(d: Dice, style: int) -> Parts:
    tyre, hub = wheel(0.32, 0.14)
    tank = (
        ball(0.16, 0.32, 0.16, 12).at(0, -0.15, 0.82)
        + ball(0.1, 0.3, 0.08, 8).at(0, 0.62, 0.72)
        + ball(0.09, 0.26, 0.06, 8).at(0, -0.72, 0.66)
    )
    if style:
        tank = tank + ball(0.22, 0.3, 0.3, 10).at(0, -0.6, 0.85)
    engine = box(0.32, 0.45, 0.36, 0.06).at(0, 0, 0.3) + limb(
        [(0.17, -0.1, 0.32), (0.19, 0.75, 0.36)], [0.04, 0.055], 8
    )
    fork = (
        rod((0.09, -0.72, 0.32), (0.09, -0.48, 0.98), 0.025).both()
        + tube([(0.36, -0.35, 1.02), (0.2, -0.47, 1.03), (0, -0.5, 1.0)], 0.018, 6).both()
    )
    return {
        "body": tank,
        "wheels": tyre.at(0, -0.72, 0.32) + tyre.at(0, 0.7, 0.32),
        "engine": engine + fork + hub.at(0, -0.72, 0.32) + hub.at(0, 0.7, 0.32),
        "saddle": limb([(0, 0.1, 0.84), (0, 0.55, 0.84)], [0.11, 0.1], 8).scale(1.1, 1, 0.5).at(z=0.4),
        "lights": ball(0.09, 0.07, 0.09, 8).at(0, -0.66, 0.92),
    }


@thing(
    "scooter",
    {"deck": "metal lacquer", "wheels": "rubber", "grips": "rubber"},
    also="kick scooter",
    is_a="vehicle",
    tags="cycle parked",
    styles=2,
)
def scooter(d: Dice, style: int) -> Parts:
    deck = (
        box(0.14, 0.65, 0.03, 0.01).at(0, 0.1, 0.09)
        + rod((0, -0.38, 0.1), (0, -0.3, 1.0), 0.02)
        + rod((0, -0.38, 0.1), (0, -0.2, 0.1), 0.025)
        + rod((-0.22, -0.3, 1.0), (0.22, -0.3, 1.0), 0.014)
    )
    if style:
        deck = deck + ball(0.07, 0.1, 0.1, 8).at(0, -0.38, 0.2)
    r = 0.11 if style else 0.08
    tyre = lathe([(0, -0.02), (r, -0.02), (r, 0.02), (0, 0.02)], 14).turn(y=90)
    return {
        "deck": deck,
        "wheels": tyre.at(0, -0.42, r) + tyre.at(0, 0.46, r),
        "grips": rod((0.14, -0.3, 1.0), (0.24, -0.3, 1.0), 0.02).both(),
    }
