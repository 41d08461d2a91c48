"""Fruit, bread and cakes."""

import numpy as np

from cavendish.worlds.catalog.registry import Parts, thing
from cavendish.worlds.mesh import Mesh, ball, cylinder, extrude, join, lathe, limb, rod, torus, tube
from cavendish.worlds.rng import Dice


@thing("banana", {"peel": "banana", "tip": "bark"}, tags="small fruit food", styles=3)
def banana(d: Dice, style: int) -> Parts:
    peel, tips = [], []
    for k in range((1, 3, 4)[style]):
        bend = np.linspace(-0.95, 0.95, 9)
        arc = np.stack([0.1 * np.sin(bend), 0 * bend, 0.1 * (1 - np.cos(bend))], 1)
        radius = np.interp(bend, [-0.95, -0.7, 0, 0.7, 0.95], [0.008, 0.016, 0.019, 0.016, 0.006])
        fruit = tube(arc, radius, 6)
        stem = tube([arc[-1], arc[-1] + [0.012, 0, 0.022]], [0.006, 0.005], 6) + ball(0.007, sides=6).at(*arc[0])
        where = {"y": 0.028 * k, "z": 0.019 + 0.002 * k}
        peel.append(fruit.turn(x=60 if style == 0 else 8 * (k - 1)).at(**where))
        tips.append(stem.turn(x=60 if style == 0 else 8 * (k - 1)).at(**where))
    return {"peel": join(peel), "tip": join(tips)}


def round_fruit(r: float, squash: float, dimple: float) -> Mesh:
    """A ball with a dimple at its pole."""
    a = np.linspace(-np.pi / 2, np.pi / 2, 9)
    x, z = np.cos(a), np.sin(a) * squash
    z = z - dimple * np.clip(z, 0, None) * np.exp(-((x / 0.35) ** 2)) * 1.5
    x[[0, -1]] = 0
    return lathe(np.stack([x, z], 1) * r, 14).at(z=r * squash)


@thing("apple", {"skin": "fruit:red|green|yellow", "stem": "bark", "leaf": "leaf"}, tags="small fruit food")
def apple(d: Dice, style: int) -> Parts:
    r = d.between(0.034, 0.043)
    stem = rod((0, 0, r * 1.5), (0.006, 0, r * 2.15), 0.0025, 5)
    if style:
        return {
            "skin": round_fruit(r, 0.92, 0.35),
            "stem": stem,
            "leaf": ball(0.014, 0.007, 0.002, 8).turn(y=-20).at(0.016, 0, r * 1.98),
        }
    return {"skin": round_fruit(r, 0.98, 0.3), "stem": stem}


@thing("orange", {"skin": "rind:orange", "leaf": "leaf"}, tags="small fruit food", plural="oranges")
def orange(d: Dice, style: int) -> Parts:
    r = d.between(0.036, 0.044)
    if style:
        return {
            "skin": round_fruit(r, 0.95, 0.05),
            "leaf": ball(0.016, 0.008, 0.002, 8).turn(y=-15).at(0.01, 0, r * 1.9),
        }
    return {"skin": round_fruit(r, 0.98, 0.05)}


@thing("lemon", {"skin": "rind:yellow|green"}, tags="small fruit food")
def lemon(d: Dice, style: int) -> Parts:
    r, tip = d.between(0.026, 0.031), 0.25 if style else 0.35
    return {
        "skin": lathe(
            np.array(
                [
                    (0, -1.5 - tip),
                    (0.18, -1.45),
                    (0.6, -1.1),
                    (0.95, -0.4),
                    (1, 0),
                    (0.95, 0.4),
                    (0.6, 1.1),
                    (0.18, 1.45),
                    (0, 1.5 + tip),
                ]
            )
            * r,
            12,
        )
        .turn(y=90)
        .at(z=r)
    }


@thing("pear", {"skin": "fruit:green|yellow", "stem": "bark"}, tags="small fruit food")
def pear(d: Dice, style: int) -> Parts:
    r, h = d.between(0.033, 0.04), 2.6 if style else 3.0
    body = lathe(
        np.array(
            [(0, 0.05), (0.6, 0.1), (1, 0.7), (0.95, 1.2), (0.55, h * 0.66), (0.4, h * 0.85), (0.2, h * 0.97), (0, h)]
        )
        * r,
        14,
    )
    return {"skin": body, "stem": rod((0, 0, h * r * 0.97), (0.008, 0, h * r * 1.15), 0.0025, 5)}


@thing("watermelon", {"rind": "melon"}, also="melon", tags="small fruit food")
def watermelon(d: Dice, style: int) -> Parts:
    r = d.between(0.1, 0.13)
    return {"rind": ball(r, r, r * 0.97, 16).at(z=r * 0.97) if style else ball(r * 1.3, r, r, 16).at(z=r)}


@thing("carrot", {"root": "fruit:orange", "leaves": "leaf"}, tags="small food")
def carrot(d: Dice, style: int) -> Parts:
    n = d.between(0.14, 0.2)
    root = tube([(-n * 0.7, 0, 0.018), (0, 0, 0.018), (n * 0.3, 0, 0.018)], [0.003, 0.014, 0.018], 9)
    green = join(
        [
            limb(
                [(n * 0.3, 0, 0.018), (n * 0.3 + 0.05, y, 0.03), (n * 0.3 + 0.1, y * 2, 0.02)], [0.004, 0.005, 0.003], 5
            )
            for y in ((-0.02, 0, 0.02) if style else (-0.01, 0.015))
        ]
    )
    return {"root": root, "leaves": green}


@thing("bread", {"crust": "crust"}, also="loaf of bread", tags="small food", plural="loaves of bread")
def bread(d: Dice, style: int) -> Parts:
    if style:
        return {"crust": limb([(-0.22, 0, 0.035), (0, 0, 0.036), (0.22, 0, 0.035)], [0.026, 0.034, 0.026], 10)}
    profile = [
        (-0.055, 0),
        (0.055, 0),
        (0.055, 0.06),
        (0.068, 0.085),
        (0.045, 0.115),
        (0, 0.125),
        (-0.045, 0.115),
        (-0.068, 0.085),
        (-0.055, 0.06),
    ]
    return {"crust": extrude(profile, d.between(0.18, 0.26), 0.012).turn(z=90)}


@thing("cake", {"sponge": "crust cream:brown|pink|white", "icing": "cream", "cherries": "fruit:red"}, tags="small food")
def cake(d: Dice, style: int) -> Parts:
    r, h = d.between(0.09, 0.13), d.between(0.07, 0.1)
    cherries = join(
        [
            ball(0.011, sides=8).at(r * 0.75 * np.cos(a), r * 0.75 * np.sin(a), h + 0.016)
            for a in np.arange(8) * np.pi / 4
        ]
    )
    icing = lathe([(r * 1.02, h * 0.6), (r * 1.02, h), (r * 0.95, h + 0.01), (0, h + 0.01)], 24)
    if style:
        icing = icing + torus(r * 0.95, 0.012, 20, 6).at(z=h + 0.008)
    return {"sponge": cylinder(r, h, 24), "icing": icing, "cherries": cherries}


@thing("donut", {"dough": "crust", "icing": "cream:pink|brown|white"}, also="doughnut", tags="small food")
def donut(d: Dice, style: int) -> Parts:
    icing = torus(0.03, 0.0185, 18, 9).scale(1, 1, 0.85).at(z=0.021)
    parts = {"dough": torus(0.03, 0.018, 18, 9).at(z=0.018)}
    return parts | ({"icing": icing} if style == 0 else {"icing": icing.scale(1, 1, 0.9).at(z=0.004)})


@thing(
    "pizza",
    {"crust": "crust", "cheese": "cream:beige fruit:yellow", "salami": "fruit:red", "herbs": "leaf"},
    tags="small food flatware",
)
def pizza(d: Dice, style: int) -> Parts:
    r = d.between(0.13, 0.17)
    spots = [(r * 0.75 * np.sqrt(d.unit()), d.between(0, 6.28)) for _ in range(14)]
    salami = join([cylinder(0.016, 0.003, 10).at(q * np.cos(a), q * np.sin(a), 0.014) for q, a in spots[:8]])
    herbs = join(
        [ball(0.012, 0.007, 0.002, 6).turn(z=90 * a).at(q * np.cos(a), q * np.sin(a), 0.016) for q, a in spots[8:]]
    )
    base = cylinder(r * 0.93, 0.012, 24) + torus(r * 0.93, 0.013, 24, 7).at(z=0.012)
    return {"crust": base, "cheese": cylinder(r * 0.9, 0.003, 24).at(z=0.012), "salami": salami} | (
        {"herbs": herbs} if style else {}
    )


@thing("egg", {"shell": "shell"}, tags="small food")
def egg(d: Dice, style: int) -> Parts:
    tilt = 80 if style else 0
    return {
        "shell": lathe(
            np.array([(0, 0), (0.5, 0.12), (0.95, 0.6), (1, 1.0), (0.8, 1.7), (0.45, 2.2), (0, 2.45)]) * 0.022, 12
        )
        .turn(x=tilt)
        .at(z=0.021 if style else 0)
    }


@thing("tomato", {"skin": "fruit:red", "leaf": "stem"}, tags="small fruit food", plural="tomatoes")
def tomato(d: Dice, style: int) -> Parts:
    r = d.between(0.03, 0.04)
    star = join(
        [limb([(0, 0, 0), (0.013 * np.cos(a), 0.013 * np.sin(a), 0.002)], 0.003, 5) for a in np.arange(5) * 1.257]
    )
    return {"skin": round_fruit(r, 0.8 if style else 0.9, 0.2), "leaf": star.at(z=r * 1.5)}
