"""What stands along a road."""

import numpy as np

from cavendish.worlds.catalog.registry import Parts, thing
from cavendish.worlds.mesh import Mesh, ball, box, cylinder, extrude, join, lathe, rod, torus, tube
from cavendish.worlds.rng import Dice


@thing(
    "traffic light",
    {
        "pole": "metal:gray|black lacquer:green|yellow",
        "case": "plastic:black|yellow",
        "red": "signal_red fruit:black",
        "amber": "fruit:black",
        "green": "signal_green fruit:black",
    },
    also="stoplight",
    tags="roadside pole",
    styles=2,
    stretch=0.08,
)
def traffic_light(d: Dice, style: int) -> Parts:
    h, x = 2.9, 0.0
    pole = cylinder(0.07, h + 0.9, 10)
    if style:
        x, h = -2.2, 4.6
        pole = cylinder(0.1, 5.6, 10) + rod((0, 0, 5.4), (-2.4, 0, 5.5), 0.06)
    case = box(0.34, 0.24, 0.98, 0.05).at(x, -0.1 if style == 0 else 0, h - 0.05)
    visors = [
        lathe([(0.12, 0), (0.12, 0.12)], 12).turn(x=90).at(x, -0.2 if style == 0 else -0.1, z)
        for z in (h + 0.14, h + 0.44, h + 0.74)
    ]
    lens = [
        cylinder(0.1, 0.02, 12).turn(x=90).at(x, -0.215 if style == 0 else -0.115, z)
        for z in (h + 0.14, h + 0.44, h + 0.74)
    ]
    return {"pole": pole, "case": case + join(visors), "red": lens[2], "amber": lens[1], "green": lens[0]}


def post(h: float, r: float = 0.035) -> Mesh:
    """A straight pole."""
    return cylinder(r, h, 8)


@thing(
    "stop sign",
    {"plate": "paint:red", "border": "paint:white", "pole": "metal:gray"},
    is_a="sign",
    tags="roadside pole",
    styles=2,
)
def stop_sign(d: Dice, style: int) -> Parts:
    a = np.pi / 8 + np.arange(8) * np.pi / 4
    plate = extrude(np.stack([np.cos(a), np.sin(a)], 1) * 0.37, 0.02)
    rim = extrude(np.stack([np.cos(a), np.sin(a)], 1) * 0.41, 0.014)
    word = join(
        [box(0.055, 0.01, 0.2).at(x, -0.008, -0.1) for x in (-0.2, -0.07, 0.07, 0.2)]
        + [box(0.12, 0.01, 0.05).at(-0.07, -0.008, 0.06)]
    )
    h = 2.2 if style else 2.5
    return {"plate": plate.at(0, -0.055, h), "border": (rim.at(0, 0.0) + word).at(0, -0.06, h), "pole": post(h + 0.3)}


@thing(
    "traffic sign",
    {"plate": "paint:blue|white|yellow|red|green", "symbol": "paint:white|black", "pole": "metal:gray"},
    also="road sign",
    is_a="sign",
    tags="roadside pole",
    styles=4,
)
def traffic_sign(d: Dice, style: int) -> Parts:
    h = d.between(2.1, 2.5)
    if style == 0:
        plate, symbol = (
            cylinder(0.34, 0.02, 24).turn(x=90),
            torus(0.31, 0.025, 24, 5).turn(x=90) + box(0.1, 0.01, 0.3).at(0, -0.02, -0.15),
        )
    elif style == 1:
        plate, symbol = (
            extrude([(-0.42, -0.3), (0.42, -0.3), (0, 0.43)], 0.02),
            box(0.07, 0.012, 0.28).at(0, -0.018, -0.12) + box(0.07, 0.012, 0.06).at(0, -0.018, -0.22),
        )
    elif style == 2:
        plate, symbol = (
            box(0.6, 0.02, 0.6).at(z=-0.3),
            extrude(
                [(-0.15, -0.05), (0.05, -0.05), (0.05, -0.16), (0.24, 0.02), (0.05, 0.2), (0.05, 0.09), (-0.15, 0.09)],
                0.012,
            ).at(0, -0.014),
        )
    else:
        plate, symbol = (
            box(1.4, 0.03, 0.5).at(z=-0.25),
            box(1.1, 0.012, 0.08).at(0, -0.018, 0.05) + box(0.8, 0.012, 0.08).at(-0.15, -0.018, -0.13),
        )
    return {"plate": plate.at(0, -0.055, h), "symbol": symbol.at(0, -0.055, h), "pole": post(h + 0.2)}


@thing(
    "street lamp",
    {"pole": "metal:gray|black lacquer:green", "lamp": "shade:white"},
    also="streetlight, lamppost",
    is_a="lamp",
    tags="roadside pole light",
    styles=3,
    stretch=0.12,
)
def street_lamp(d: Dice, style: int) -> Parts:
    h = d.between(4.5, 6.5)
    if style == 0:
        pole = tube([(0, 0, 0), (0, 0, h * 0.85), (0, -0.3, h * 0.97), (0, -1.2, h)], [0.09, 0.06, 0.05, 0.04], 8)
        return {
            "pole": pole + box(0.3, 0.7, 0.12, 0.05).at(0, -1.4, h - 0.04),
            "lamp": box(0.22, 0.5, 0.03).at(0, -1.4, h - 0.06),
        }
    h *= 0.7
    base = lathe([(0, 0), (0.16, 0), (0.13, 0.35), (0.06, 0.5), (0.045, h), (0, h)], 10)
    if style == 1:
        return {"pole": base, "lamp": ball(0.22, sides=12).at(z=h + 0.18)}
    cap = lathe([(0.24, h + 0.5), (0.1, h + 0.68), (0, h + 0.75)], 6) + lathe([(0, h - 0.02), (0.14, h)], 6)
    return {"pole": base + cap, "lamp": lathe([(0.12, h), (0.2, h + 0.5), (0, h + 0.5)], 6)}


@thing(
    "fire hydrant",
    {"body": "lacquer:red|yellow|blue", "caps": "lacquer:white|gray|yellow|black"},
    also="hydrant",
    tags="roadside low",
    styles=2,
)
def fire_hydrant(d: Dice, style: int) -> Parts:
    top = (
        [(0.13, 0.62), (0.1, 0.72), (0.03, 0.77), (0.03, 0.82), (0, 0.82)]
        if style
        else [(0.14, 0.6), (0.12, 0.68), (0.05, 0.72), (0.04, 0.78), (0, 0.78)]
    )
    body = lathe([(0, 0), (0.17, 0), (0.17, 0.05), (0.115, 0.07), (0.115, 0.55), (0.15, 0.56), *top], 14)
    arms = rod((-0.21, 0, 0.45), (0.21, 0, 0.45), 0.055, 10) + rod((0, 0, 0.42), (0, -0.2, 0.42), 0.07, 10)
    return {
        "body": body + arms,
        "caps": rod((0.2, 0, 0.45), (0.24, 0, 0.45), 0.07, 8).both()
        + rod((0, -0.19, 0.42), (0, -0.23, 0.42), 0.085, 10),
    }


@thing(
    "mailbox",
    {"body": "lacquer:red|blue|yellow|green", "slot": "plastic:black", "post": "metal:gray wood"},
    also="postbox, letter box",
    tags="roadside low",
    styles=2,
    plural="mailboxes",
)
def mailbox(d: Dice, style: int) -> Parts:
    if style:
        body = lathe([(0, 0), (0.24, 0), (0.24, 1.25), (0.27, 1.27), (0.27, 1.33), (0.15, 1.45), (0, 1.48)], 16)
        return {"body": body, "slot": box(0.24, 0.04, 0.04).at(0, -0.235, 1.1)}
    arch = [
        (-0.25, 0),
        (0.25, 0),
        (0.25, 0.45),
        *[(0.25 * np.cos(a), 0.45 + 0.22 * np.sin(a)) for a in np.linspace(0.3, np.pi - 0.3, 5)],
        (-0.25, 0.45),
    ]
    return {
        "body": extrude(arch, 0.5, 0.02).at(z=0.45),
        "slot": box(0.3, 0.03, 0.04).at(0, -0.25, 0.9),
        "post": box(0.08, 0.08, 0.45).at(0.18, 0).both(),
    }


@thing(
    "traffic cone",
    {"cone": "plastic:orange|red|yellow", "bands": "plastic:white"},
    also="cone",
    tags="roadside low small",
    styles=2,
    stretch=0.2,
)
def traffic_cone(d: Dice, style: int) -> Parts:
    h = d.between(0.5, 0.75)
    base = box(0.36, 0.36, 0.04, 0.01) if style == 0 else cylinder(0.2, 0.04, 8)
    cone = lathe([(0.14, 0.03), (0.025, h), (0, h)], 14)
    bands = [
        lathe([(0.1425 - 0.115 * t, 0.03 + (h - 0.03) * t) for t in pair], 14) for pair in ((0.35, 0.52), (0.66, 0.78))
    ]
    return {"cone": base + cone, "bands": join(bands)}


@thing(
    "barrel",
    {"body": "wood lacquer:blue|red|green|yellow plastic:blue", "hoops": "metal"},
    also="drum",
    tags="roadside low farm",
    styles=2,
)
def barrel(d: Dice, style: int) -> Parts:
    h, r = d.between(0.75, 0.95), d.between(0.26, 0.32)
    bulge = 1.14 if style == 0 else 1.0
    body = lathe(
        [
            (0, 0),
            (r, 0),
            (r * (1 + bulge) / 2, h * 0.25),
            (r * bulge, h * 0.5),
            (r * (1 + bulge) / 2, h * 0.75),
            (r, h),
            (r * 0.93, h),
            (r * 0.93, h - 0.03),
            (0, h - 0.03),
        ],
        16,
    )
    hoops = [
        torus(r * (1 + (bulge - 1) * (1 - abs(t - 0.5) * 2)) + 0.003, 0.012, 16, 5).at(z=h * t)
        for t in (0.12, 0.34, 0.66, 0.88)
    ]
    return {"body": body, "hoops": join(hoops)}


@thing(
    "bench",
    {"seat": "wood metal stone", "frame": "metal:black|gray concrete"},
    also="park bench",
    tags="outdoor parkseat",
    styles=3,
    stretch=0.12,
)
def bench(d: Dice, style: int) -> Parts:
    w = d.between(1.4, 1.9)
    if style == 2:
        return {"seat": box(w, 0.42, 0.08, 0.015).at(z=0.38), "frame": box(0.12, 0.38, 0.38, 0.01).at(w * 0.36).both()}
    slats = [box(w, 0.085, 0.03, 0.006).at(0, y, 0.44) for y in (-0.18, -0.08, 0.02, 0.12)]
    slats += [
        box(w, 0.03, 0.085, 0.006).turn(x=-12).at(0, 0.2 + 0.03 * k, 0.55 + 0.11 * k)
        for k in range(3 if style == 0 else 2)
    ]
    side = (
        tube([(0, -0.22, 0), (0, -0.2, 0.42), (0, 0.16, 0.42), (0, 0.27, 0.85)], 0.026, 6)
        + rod((0, 0.16, 0.42), (0, 0.25, 0), 0.026)
        + tube([(0, -0.2, 0.42), (0, -0.2, 0.62), (0, 0.2, 0.64)], 0.02, 6)
    )
    return {"seat": join(slats), "frame": side.at(w * 0.42).both()}


@thing(
    "bollard",
    {"post": "metal:gray|black concrete lacquer:yellow|green", "ring": "paint:white|red"},
    tags="roadside low",
    styles=2,
)
def bollard(d: Dice, style: int) -> Parts:
    h, r = d.between(0.75, 1.0), d.between(0.07, 0.11)
    top = [(r, h), (r * 0.8, h + 0.05), (0, h + 0.08)] if style else [(r * 0.75, h), (0, h)]
    return {
        "post": lathe([(0, 0), (r, 0), *top], 12),
        "ring": lathe([(r + 0.003, h * 0.7), (r + 0.003 if style else r * 0.84, h * 0.85)], 12),
    }


@thing(
    "bus stop",
    {"frame": "metal:gray|black lacquer:green|blue", "glass": "glass", "seat": "wood metal"},
    also="bus shelter",
    tags="roadside shelter",
    styles=2,
)
def bus_stop(d: Dice, style: int) -> Parts:
    w, h = 3.4, 2.45
    posts = join(
        [cylinder(0.045, h, 8).at(x, y) for x in (-w / 2, w / 2) for y in ((0.55,) if style else (-0.55, 0.55))]
    )
    roof = box(w + 0.3, 1.5, 0.1, 0.03).at(z=h)
    return {
        "frame": posts + roof,
        "glass": box(w - 0.1, 0.02, 1.7).at(0, 0.56, 0.4),
        "seat": box(w * 0.6, 0.35, 0.05).at(0, 0.3, 0.45) + box(0.05, 0.3, 0.45).at(w * 0.2, 0.3).both(),
    }
