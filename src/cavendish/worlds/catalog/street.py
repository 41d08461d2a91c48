"""Vehicles, and what stands along a road."""

import numpy as np

from ..dice import Dice
from ..mesh import Mesh, ball, box, cylinder, extrude, join, lathe, limb, rod, torus, tube
from .registry import Parts, thing

BODY = "lacquer:red|blue|white|black|gray|green|yellow|orange|gray|white|black"


def wheel(r: float, width: float) -> tuple[Mesh, Mesh]:
    """(tyre, hub) about the origin, rolling along y."""
    tyre = lathe([(r * 0.62, -width / 2), (r * 0.94, -width / 2), (r, -width / 4), (r, width / 4), (r * 0.94, width / 2), (r * 0.62, width / 2)], 18)
    hub = lathe([(0, -width * 0.4), (r * 0.64, -width * 0.42), (r * 0.64, width * 0.42), (0, width * 0.4)], 12)
    spokes = join([box(r * 0.12, r * 1.1, width * 0.9).at(z=-width * 0.45).turn(z=72 * k) for k in range(5)]).scale(0.9, 0.9, 1)
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


CAR = {"body": BODY, "windows": "pane", "wheels": "rubber", "hubs": "metal chrome", "lights": "headlight", "rear lights": "taillight", "trim": "plastic:black"}


@thing("car", CAR, also="automobile", is_a="vehicle", tags="vehicle", styles=4, stretch=0.06)
def car(d: Dice, style: int) -> Parts:
    n, w, h = ((4.5, 1.8, 1.45), (3.9, 1.72, 1.5), (4.6, 1.88, 1.72), (4.4, 1.85, 1.3))[style]
    front, rear = -n / 2, n / 2
    waist = h * 0.62
    roof = ((-0.1, 0.22), (-0.12, 0.37), (-0.16, 0.42), (-0.02, 0.2))[style]
    hood = ((0.24, 0.14), (0.19, 0.05), (0.2, 0.03), (0.27, 0.13))[style]
    lower = [(front + 0.05, 0.24), (rear - 0.05, 0.26), (rear, 0.5), (rear - 0.06, waist * 1.0), (rear - hood[1] * n, waist * 1.05), (front + hood[0] * n, waist), (front + 0.1, waist * 0.86), (front, 0.5)]
    body = along(lower, w, 0.07)
    top = [(front + hood[0] * n, waist - 0.03), (rear - hood[1] * n * 0.6, waist - 0.02), (n * roof[1], h - 0.04), (n * (roof[0] + roof[1]) / 2, h), (n * roof[0], h - 0.03)]
    cabin = along(top, w * 0.96, 0.02)
    lift = np.clip((cabin.vertices[:, 2] - waist) / (h - waist), 0, 1)
    cabin.vertices[:, 0] *= 1 - 0.18 * lift
    span_ = n * (roof[1] - roof[0])
    lid = box(w * 0.77, span_ * 0.97, 0.05, 0.02).at(0, n * (roof[0] + roof[1]) / 2, h - 0.035)
    pillars = [rod((w * 0.472, yb, waist), (w * 0.388, yt, h - 0.03), 0.032, 6).both() for yb, yt in ((front + hood[0] * n, n * roof[0]), (rear - hood[1] * n * 0.6, n * roof[1]), (0.1 * n - 0.25, 0.06 * n - 0.2))]
    r = 0.33 if style != 2 else 0.38
    tyres, hubs = wheels(r, 0.21, w - 0.2, [front + 0.19 * n, rear - 0.19 * n])
    arches = join([lathe([(r * 1.12, -0.02), (r * 1.12, 0.02), (0, 0.02)], 16).turn(y=90).at(w / 2 - 0.012, y, r).both() for y in (front + 0.19 * n, rear - 0.19 * n)])
    lamps = ball(0.13, 0.06, 0.075, 8).at(w * 0.35, front + 0.06, waist * 0.7).both()
    back = box(0.24, 0.05, 0.13, 0.02).at(w * 0.36, rear - 0.02, waist * 0.72).both()
    trim = box(w * 0.55, 0.06, 0.13, 0.02).at(0, front + 0.02, 0.36) + box(w * 0.9, 0.08, 0.12).at(0, front + 0.06, 0.24) + box(w * 0.9, 0.08, 0.12).at(0, rear - 0.06, 0.26)
    mirrors = ball(0.09, 0.06, 0.06, 8).at(w / 2 + 0.06, front + hood[0] * n + 0.25, waist + 0.06).both()
    return {"body": body + lid + join(pillars) + mirrors, "windows": cabin, "wheels": tyres, "hubs": hubs, "lights": lamps, "rear lights": back, "trim": trim + arches}


@thing("van", CAR, also="minivan", is_a="vehicle", tags="vehicle", styles=2, stretch=0.06)
def van(d: Dice, style: int) -> Parts:
    n, w, h = (5.2, 1.95, 2.2) if style else (4.9, 1.9, 1.95)
    side = [(-n / 2, 0.3), (n / 2, 0.3), (n / 2, h * 0.95), (n / 2 - 0.1, h), (-n * 0.24, h), (-n * 0.38, h * 0.58), (-n / 2, h * 0.48)]
    body = along(side, w, 0.08)
    shield = extrude([(-w * 0.43, 0), (w * 0.43, 0), (w * 0.38, 1), (-w * 0.38, 1)], 0.03).scale(1, 1, h * 0.36).turn(x=-37).at(0, -n * 0.375, h * 0.6)
    glass = box(0.03, n * 0.15, h * 0.28, 0.01).at(w / 2, -n * 0.2, h * 0.6).both() + box(w * 0.7, 0.03, h * 0.27).at(0, n / 2, h * 0.6)
    if style == 0:
        glass = glass + box(0.03, n * 0.5, h * 0.26, 0.01).at(w / 2, n * 0.17, h * 0.6).both()
    tyres, hubs = wheels(0.35, 0.22, w - 0.2, [-n * 0.31, n * 0.31])
    return {"body": body, "windows": shield + glass, "wheels": tyres, "hubs": hubs, "lights": ball(0.12, 0.06, 0.1, 8).at(w * 0.36, -n / 2 + 0.02, h * 0.38).both(), "rear lights": box(0.12, 0.04, 0.35, 0.01).at(w * 0.42, n / 2, h * 0.4).both(), "trim": box(w * 0.96, 0.1, 0.2, 0.03).at(0, -n / 2, 0.3) + box(w * 0.96, 0.1, 0.2, 0.03).at(0, n / 2, 0.3)}


@thing("bus", CAR | {"body": "lacquer:red|yellow|blue|white|green|orange"}, also="coach", is_a="vehicle", tags="vehicle big", styles=2, stretch=0.05, plural="buses")
def bus(d: Dice, style: int) -> Parts:
    n, w, h = 10.5, 2.5, 4.2 if style else 3.1
    glass = []
    for level in (0, 1)[: 2 if style else 1]:
        z = 1.15 + level * 1.75
        glass += [box(0.04, 1.2, 0.95, 0.02).at(w / 2, y, z).both() for y in np.arange(-n / 2 + 1.2, n / 2 - 0.5, 1.35)]
        glass += [box(w * 0.86, 0.04, 1.25 if level == 0 else 0.95, 0.02).at(0, -n / 2, z), box(w * 0.7, 0.04, 0.8).at(0, n / 2, z)]
    tyres, hubs = wheels(0.48, 0.28, w - 0.25, [-n * 0.31, n * 0.26])
    sign = box(w * 0.6, 0.05, 0.25).at(0, -n / 2, h - 0.38)
    return {"body": box(w, n, h - 0.35, 0.14).at(z=0.35), "windows": join(glass), "wheels": tyres, "hubs": hubs, "lights": ball(0.14, 0.05, 0.12, 8).at(w * 0.38, -n / 2, 0.75).both(), "rear lights": box(0.16, 0.04, 0.3).at(w * 0.4, n / 2, 0.8).both(), "trim": sign + box(w, n - 0.1, 0.12).at(z=0.3)}


@thing("truck", CAR | {"trim": "lacquer:white|gray|blue|red|green wood", "body": "lacquer:red|blue|white|yellow|green|orange"}, also="lorry", is_a="vehicle", tags="vehicle big", styles=3, stretch=0.06)
def truck(d: Dice, style: int) -> Parts:
    n, w = 6.8, 2.35
    front = -n / 2
    cab = along([(front, 0.55), (front + 1.9, 0.55), (front + 1.9, 2.6), (front + 0.45, 2.6), (front + 0.06, 1.65), (front, 1.4)], w, 0.08)
    shield = box(w * 0.84, 0.04, 0.95, 0.02).turn(x=-21).at(0, front + 0.22, 1.66)
    glass = shield + box(0.04, 0.85, 0.62, 0.02).at(w / 2, front + 1.1, 1.72).both()
    if style == 0:
        load = box(w + 0.1, n - 2.1, 2.35, 0.04).at(0, 1.0, 0.85)
    elif style == 1:
        load = box(w, n - 2.1, 0.1).at(0, 1.0, 0.9) + box(0.07, n - 2.1, 0.55).at(w / 2, 1.0, 0.9).both() + box(w, 0.07, 0.55).at(0, n / 2 - 0.05, 0.9)
    else:
        load = limb([(0, -0.6, 1.75), (0, n / 2 - 0.6, 1.75)], 0.95, 14) + box(1.2, n - 2.2, 0.3).at(0, 1.0, 0.7)
    tyres, hubs = wheels(0.47, 0.3, w - 0.25, [front + 1.0, n / 2 - 1.9, n / 2 - 0.85])
    return {"body": cab, "windows": glass, "trim": load + box(0.9, n - 0.3, 0.18).at(z=0.6), "wheels": tyres, "hubs": hubs, "lights": ball(0.13, 0.05, 0.11, 8).at(w * 0.38, front, 0.85).both(), "rear lights": box(0.2, 0.04, 0.12).at(w * 0.4, n / 2, 0.75).both()}


@thing("tractor", {"body": "lacquer:green|red|blue|yellow|orange", "windows": "pane", "wheels": "rubber", "hubs": "lacquer:yellow|white|gray|red"}, is_a="vehicle", tags="farm vehicle", styles=2)
def tractor(d: Dice, style: int) -> Parts:
    big, hub_big = wheels(0.8, 0.42, 1.6, [0.9])
    small, hub_small = wheels(0.45, 0.28, 1.4, [-1.05])
    body = box(0.7, 1.9, 0.75, 0.1).at(0, -0.75, 0.75) + box(1.2, 1.3, 0.5, 0.08).at(0, 0.75, 0.85) + rod((0.2, -1.1, 1.4), (0.2, -1.1, 2.1), 0.045)
    roof = box(1.35, 1.35, 0.1, 0.04).at(0, 0.75, 2.55) + join([rod((x, y, 1.2), (x, y, 2.6), 0.04) for x in (-0.58, 0.58) for y in (0.2, 1.3)])
    parts = {"body": body + roof, "wheels": big + small, "hubs": hub_big + hub_small}
    return parts if style else parts | {"windows": box(1.1, 1.05, 1.2).at(0, 0.75, 1.35)}


@thing("bicycle", {"frame": "lacquer", "wheels": "rubber", "parts": "chrome metal", "saddle": "leather:black|brown"}, also="bike", is_a="vehicle", tags="cycle parked", styles=2, stretch=0.06)
def bicycle(d: Dice, style: int) -> Parts:
    r = 0.34
    tyres = torus(r, 0.02, 22, 6).turn(y=90)
    spokes = join([rod((0, 0, -r), (0, 0, r), 0.004, 4).turn(x=30 * k) for k in range(6)])
    seat, crank, head = (0, 0.25, 0.85), (0, 0.08, 0.3), (0, -0.38, 0.82)
    top = (0, 0.22, 0.72) if style == 0 else (0, 0.15, 0.5)
    frame = join([rod(crank, seat, 0.02), rod(crank, (0, -0.36, 0.66), 0.022), rod(top, (0, -0.37, 0.76), 0.02), rod((0.05, 0.53, r), crank, 0.013).both(), rod((0.05, 0.53, r), top, 0.013).both(), rod((0.05, -0.53, r), head, 0.016).both()])
    bars = tube([(0.27, -0.3, 0.98), (0.18, -0.42, 1.0), (0, -0.42, 0.98)], 0.014, 6).both() + rod(head, (0, -0.42, 0.98), 0.016)
    if style == 0:
        bars = tube([(0.2, -0.62, 0.82), (0.2, -0.62, 0.95), (0.2, -0.46, 0.97), (0, -0.42, 0.97)], 0.013, 6).both() + rod(head, (0, -0.42, 0.98), 0.016)
    gears = cylinder(0.09, 0.01, 14).turn(y=90).at(0.03, 0.08, 0.3) + box(0.16, 0.09, 0.02).at(0.1, 0.08, 0.13) + box(0.16, 0.09, 0.02).at(-0.1, 0.08, 0.46)
    return {"frame": frame, "wheels": tyres.at(0, 0.53, r) + tyres.at(0, -0.53, r), "parts": bars + gears + spokes.at(0, 0.53, r) + spokes.at(0, -0.53, r), "saddle": ball(0.075, 0.14, 0.035, 8).at(0, 0.27, 0.89)}


@thing("motorcycle", {"body": BODY, "wheels": "rubber", "engine": "chrome metal", "saddle": "leather:black|brown", "lights": "headlight"}, also="motorbike", is_a="vehicle", tags="cycle parked", styles=2, stretch=0.06)
def motorcycle(d: Dice, style: int) -> Parts:
    tyre, hub = wheel(0.32, 0.14)
    tank = ball(0.16, 0.32, 0.16, 12).at(0, -0.15, 0.82) + ball(0.1, 0.3, 0.08, 8).at(0, 0.62, 0.72) + ball(0.09, 0.26, 0.06, 8).at(0, -0.72, 0.66)
    if style:
        tank = tank + ball(0.22, 0.3, 0.3, 10).at(0, -0.6, 0.85)
    engine = box(0.32, 0.45, 0.36, 0.06).at(0, 0, 0.3) + limb([(0.17, -0.1, 0.32), (0.19, 0.75, 0.36)], [0.04, 0.055], 8)
    fork = rod((0.09, -0.72, 0.32), (0.09, -0.48, 0.98), 0.025).both() + tube([(0.36, -0.35, 1.02), (0.2, -0.47, 1.03), (0, -0.5, 1.0)], 0.018, 6).both()
    return {"body": tank, "wheels": tyre.at(0, -0.72, 0.32) + tyre.at(0, 0.7, 0.32), "engine": engine + fork + hub.at(0, -0.72, 0.32) + hub.at(0, 0.7, 0.32), "saddle": limb([(0, 0.1, 0.84), (0, 0.55, 0.84)], [0.11, 0.1], 8).scale(1.1, 1, 0.5).at(z=0.4), "lights": ball(0.09, 0.07, 0.09, 8).at(0, -0.66, 0.92)}


@thing("scooter", {"deck": "metal lacquer", "wheels": "rubber", "grips": "rubber"}, also="kick scooter", is_a="vehicle", tags="cycle parked", styles=2)
def scooter(d: Dice, style: int) -> Parts:
    deck = box(0.14, 0.65, 0.03, 0.01).at(0, 0.1, 0.09) + rod((0, -0.38, 0.1), (0, -0.3, 1.0), 0.02) + rod((0, -0.38, 0.1), (0, -0.2, 0.1), 0.025) + rod((-0.22, -0.3, 1.0), (0.22, -0.3, 1.0), 0.014)
    if style:
        deck = deck + ball(0.07, 0.1, 0.1, 8).at(0, -0.38, 0.2)
    r = 0.11 if style else 0.08
    tyre = lathe([(0, -0.02), (r, -0.02), (r, 0.02), (0, 0.02)], 14).turn(y=90)
    return {"deck": deck, "wheels": tyre.at(0, -0.42, r) + tyre.at(0, 0.46, r), "grips": rod((0.14, -0.3, 1.0), (0.24, -0.3, 1.0), 0.02).both()}


@thing("traffic light", {"pole": "metal:gray|black lacquer:green|yellow", "case": "plastic:black|yellow", "red": "signal_red fruit:black", "amber": "fruit:black", "green": "signal_green fruit:black"}, also="stoplight", tags="roadside pole", styles=2, stretch=0.08)
def traffic_light(d: Dice, style: int) -> Parts:
    h, x = 2.9, 0.0
    pole = cylinder(0.07, h + 0.9, 10)
    if style:
        x, h = -2.2, 4.6
        pole = cylinder(0.1, 5.6, 10) + rod((0, 0, 5.4), (-2.4, 0, 5.5), 0.06)
    case = box(0.34, 0.24, 0.98, 0.05).at(x, -0.1 if style == 0 else 0, h - 0.05)
    visors = [lathe([(0.12, 0), (0.12, 0.12)], 12).turn(x=90).at(x, -0.2 if style == 0 else -0.1, z) for z in (h + 0.14, h + 0.44, h + 0.74)]
    lens = [cylinder(0.1, 0.02, 12).turn(x=90).at(x, -0.215 if style == 0 else -0.115, z) for z in (h + 0.14, h + 0.44, h + 0.74)]
    return {"pole": pole, "case": case + join(visors), "red": lens[2], "amber": lens[1], "green": lens[0]}


def post(h: float, r: float = 0.035) -> Mesh:
    """A straight pole."""
    return cylinder(r, h, 8)


@thing("stop sign", {"plate": "paint:red", "border": "paint:white", "pole": "metal:gray"}, is_a="sign", tags="roadside pole", styles=2)
def stop_sign(d: Dice, style: int) -> Parts:
    a = np.pi / 8 + np.arange(8) * np.pi / 4
    plate = extrude(np.stack([np.cos(a), np.sin(a)], 1) * 0.37, 0.02)
    rim = extrude(np.stack([np.cos(a), np.sin(a)], 1) * 0.41, 0.014)
    word = join([box(0.055, 0.01, 0.2).at(x, -0.008, -0.1) for x in (-0.2, -0.07, 0.07, 0.2)] + [box(0.12, 0.01, 0.05).at(-0.07, -0.008, 0.06)])
    h = 2.2 if style else 2.5
    return {"plate": plate.at(0, -0.055, h), "border": (rim.at(0, 0.0) + word).at(0, -0.06, h), "pole": post(h + 0.3)}


@thing("traffic sign", {"plate": "paint:blue|white|yellow|red|green", "symbol": "paint:white|black", "pole": "metal:gray"}, also="road sign", is_a="sign", tags="roadside pole", styles=4)
def traffic_sign(d: Dice, style: int) -> Parts:
    h = d.between(2.1, 2.5)
    if style == 0:
        plate, symbol = cylinder(0.34, 0.02, 24).turn(x=90), torus(0.31, 0.025, 24, 5).turn(x=90) + box(0.1, 0.01, 0.3).at(0, -0.02, -0.15)
    elif style == 1:
        plate, symbol = extrude([(-0.42, -0.3), (0.42, -0.3), (0, 0.43)], 0.02), box(0.07, 0.012, 0.28).at(0, -0.018, -0.12) + box(0.07, 0.012, 0.06).at(0, -0.018, -0.22)
    elif style == 2:
        plate, symbol = box(0.6, 0.02, 0.6).at(z=-0.3), extrude([(-0.15, -0.05), (0.05, -0.05), (0.05, -0.16), (0.24, 0.02), (0.05, 0.2), (0.05, 0.09), (-0.15, 0.09)], 0.012).at(0, -0.014)
    else:
        plate, symbol = box(1.4, 0.03, 0.5).at(z=-0.25), box(1.1, 0.012, 0.08).at(0, -0.018, 0.05) + box(0.8, 0.012, 0.08).at(-0.15, -0.018, -0.13)
    return {"plate": plate.at(0, -0.055, h), "symbol": symbol.at(0, -0.055, h), "pole": post(h + 0.2)}


@thing("street lamp", {"pole": "metal:gray|black lacquer:green", "lamp": "shade:white"}, also="streetlight, lamppost", is_a="lamp", tags="roadside pole light", styles=3, stretch=0.12)
def street_lamp(d: Dice, style: int) -> Parts:
    h = d.between(4.5, 6.5)
    if style == 0:
        pole = tube([(0, 0, 0), (0, 0, h * 0.85), (0, -0.3, h * 0.97), (0, -1.2, h)], [0.09, 0.06, 0.05, 0.04], 8)
        return {"pole": pole + box(0.3, 0.7, 0.12, 0.05).at(0, -1.4, h - 0.04), "lamp": box(0.22, 0.5, 0.03).at(0, -1.4, h - 0.06)}
    h *= 0.7
    base = lathe([(0, 0), (0.16, 0), (0.13, 0.35), (0.06, 0.5), (0.045, h), (0, h)], 10)
    if style == 1:
        return {"pole": base, "lamp": ball(0.22, sides=12).at(z=h + 0.18)}
    cap = lathe([(0.24, h + 0.5), (0.1, h + 0.68), (0, h + 0.75)], 6) + lathe([(0, h - 0.02), (0.14, h)], 6)
    return {"pole": base + cap, "lamp": lathe([(0.12, h), (0.2, h + 0.5), (0, h + 0.5)], 6)}


@thing("fire hydrant", {"body": "lacquer:red|yellow|blue", "caps": "lacquer:white|gray|yellow|black"}, also="hydrant", tags="roadside low", styles=2)
def fire_hydrant(d: Dice, style: int) -> Parts:
    top = [(0.13, 0.62), (0.1, 0.72), (0.03, 0.77), (0.03, 0.82), (0, 0.82)] if style else [(0.14, 0.6), (0.12, 0.68), (0.05, 0.72), (0.04, 0.78), (0, 0.78)]
    body = lathe([(0, 0), (0.17, 0), (0.17, 0.05), (0.115, 0.07), (0.115, 0.55), (0.15, 0.56), *top], 14)
    arms = rod((-0.21, 0, 0.45), (0.21, 0, 0.45), 0.055, 10) + rod((0, 0, 0.42), (0, -0.2, 0.42), 0.07, 10)
    return {"body": body + arms, "caps": rod((0.2, 0, 0.45), (0.24, 0, 0.45), 0.07, 8).both() + rod((0, -0.19, 0.42), (0, -0.23, 0.42), 0.085, 10)}


@thing("mailbox", {"body": "lacquer:red|blue|yellow|green", "slot": "plastic:black", "post": "metal:gray wood"}, also="postbox, letter box", tags="roadside low", styles=2, plural="mailboxes")
def mailbox(d: Dice, style: int) -> Parts:
    if style:
        body = lathe([(0, 0), (0.24, 0), (0.24, 1.25), (0.27, 1.27), (0.27, 1.33), (0.15, 1.45), (0, 1.48)], 16)
        return {"body": body, "slot": box(0.24, 0.04, 0.04).at(0, -0.235, 1.1)}
    arch = [(-0.25, 0), (0.25, 0), (0.25, 0.45), *[(0.25 * np.cos(a), 0.45 + 0.22 * np.sin(a)) for a in np.linspace(0.3, np.pi - 0.3, 5)], (-0.25, 0.45)]
    return {"body": extrude(arch, 0.5, 0.02).at(z=0.45), "slot": box(0.3, 0.03, 0.04).at(0, -0.25, 0.9), "post": box(0.08, 0.08, 0.45).at(0.18, 0).both()}


@thing("traffic cone", {"cone": "plastic:orange|red|yellow", "bands": "plastic:white"}, also="cone", tags="roadside low small", styles=2, stretch=0.2)
def traffic_cone(d: Dice, style: int) -> Parts:
    h = d.between(0.5, 0.75)
    base = box(0.36, 0.36, 0.04, 0.01) if style == 0 else cylinder(0.2, 0.04, 8)
    cone = lathe([(0.14, 0.03), (0.025, h), (0, h)], 14)
    bands = [lathe([(0.1425 - 0.115 * t, 0.03 + (h - 0.03) * t) for t in pair], 14) for pair in ((0.35, 0.52), (0.66, 0.78))]
    return {"cone": base + cone, "bands": join(bands)}


@thing("barrel", {"body": "wood lacquer:blue|red|green|yellow plastic:blue", "hoops": "metal"}, also="drum", tags="roadside low farm", styles=2)
def barrel(d: Dice, style: int) -> Parts:
    h, r = d.between(0.75, 0.95), d.between(0.26, 0.32)
    bulge = 1.14 if style == 0 else 1.0
    body = lathe([(0, 0), (r, 0), (r * (1 + bulge) / 2, h * 0.25), (r * bulge, h * 0.5), (r * (1 + bulge) / 2, h * 0.75), (r, h), (r * 0.93, h), (r * 0.93, h - 0.03), (0, h - 0.03)], 16)
    hoops = [torus(r * (1 + (bulge - 1) * (1 - abs(t - 0.5) * 2)) + 0.003, 0.012, 16, 5).at(z=h * t) for t in (0.12, 0.34, 0.66, 0.88)]
    return {"body": body, "hoops": join(hoops)}


@thing("bench", {"seat": "wood metal stone", "frame": "metal:black|gray concrete"}, also="park bench", tags="outdoor parkseat", styles=3, stretch=0.12)
def bench(d: Dice, style: int) -> Parts:
    w = d.between(1.4, 1.9)
    if style == 2:
        return {"seat": box(w, 0.42, 0.08, 0.015).at(z=0.38), "frame": box(0.12, 0.38, 0.38, 0.01).at(w * 0.36).both()}
    slats = [box(w, 0.085, 0.03, 0.006).at(0, y, 0.44) for y in (-0.18, -0.08, 0.02, 0.12)]
    slats += [box(w, 0.03, 0.085, 0.006).turn(x=-12).at(0, 0.2 + 0.03 * k, 0.55 + 0.11 * k) for k in range(3 if style == 0 else 2)]
    side = tube([(0, -0.22, 0), (0, -0.2, 0.42), (0, 0.16, 0.42), (0, 0.27, 0.85)], 0.026, 6) + rod((0, 0.16, 0.42), (0, 0.25, 0), 0.026) + tube([(0, -0.2, 0.42), (0, -0.2, 0.62), (0, 0.2, 0.64)], 0.02, 6)
    return {"seat": join(slats), "frame": side.at(w * 0.42).both()}


@thing("bollard", {"post": "metal:gray|black concrete lacquer:yellow|green", "ring": "paint:white|red"}, tags="roadside low", styles=2)
def bollard(d: Dice, style: int) -> Parts:
    h, r = d.between(0.75, 1.0), d.between(0.07, 0.11)
    top = [(r, h), (r * 0.8, h + 0.05), (0, h + 0.08)] if style else [(r * 0.75, h), (0, h)]
    return {"post": lathe([(0, 0), (r, 0), *top], 12), "ring": lathe([(r + 0.003, h * 0.7), (r + 0.003 if style else r * 0.84, h * 0.85)], 12)}


@thing("bus stop", {"frame": "metal:gray|black lacquer:green|blue", "glass": "glass", "seat": "wood metal"}, also="bus shelter", tags="roadside shelter", styles=2)
def bus_stop(d: Dice, style: int) -> Parts:
    w, h = 3.4, 2.45
    posts = join([cylinder(0.045, h, 8).at(x, y) for x in (-w / 2, w / 2) for y in ((0.55,) if style else (-0.55, 0.55))])
    roof = box(w + 0.3, 1.5, 0.1, 0.03).at(z=h)
    return {"frame": posts + roof, "glass": box(w - 0.1, 0.02, 1.7).at(0, 0.56, 0.4), "seat": box(w * 0.6, 0.35, 0.05).at(0, 0.3, 0.45) + box(0.05, 0.3, 0.45).at(w * 0.2, 0.3).both()}
