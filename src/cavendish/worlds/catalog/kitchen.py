"""Crockery, pots, kitchen machines and food."""

import numpy as np

from ..dice import Dice
from ..mesh import Mesh, ball, box, cylinder, extrude, join, lathe, limb, rod, torus, tube
from .registry import Parts, thing

POT = "ceramic ceramic ceramic plastic"


@thing("mug", {"body": POT, "handle": POT, "drink": "liquid:brown"}, also="cup", tags="small crockery", styles=3)
def mug(d: Dice, style: int) -> Parts:
    r, h = d.between(0.036, 0.046), d.between(0.08, 0.11)
    flare = (1.0, 1.25, 0.9)[style]
    body = lathe([(0, 0), (r * 0.9, 0), (r, 0.01), (r * flare, h), (r * flare - 0.005, h), (r * 0.88, 0.012), (0, 0.01)], 18)
    ring = torus(h * 0.27, 0.007, 12, 6).turn(x=90).scale(0.9, 1, 1.2).at(r * (1 + flare) / 2 + h * 0.12, 0, h * 0.5)
    return {"body": body, "handle": ring, "drink": cylinder(r * 0.9, 0.002, 14).at(z=h * 0.82)}


@thing("plate", {"body": "ceramic"}, also="dish", tags="small crockery flatware", stretch=0.15)
def plate(d: Dice, style: int) -> Parts:
    r = d.between(0.1, 0.14)
    if style:
        return {"body": lathe([(0, 0), (r * 0.6, 0), (r, 0.03), (r * 0.97, 0.034), (r * 0.58, 0.008), (0, 0.006)], 24)}
    return {"body": lathe([(0, 0), (r * 0.65, 0), (r * 0.7, 0.012), (r, 0.02), (r * 0.99, 0.024), (r * 0.68, 0.016), (r * 0.63, 0.006), (0, 0.006)], 24)}


@thing("bowl", {"body": "ceramic wood metal"}, tags="small crockery", stretch=0.2)
def bowl(d: Dice, style: int) -> Parts:
    r, h = d.between(0.07, 0.13), d.between(0.06, 0.085)
    a = np.linspace(0.15, 1, 5)
    outer = [(r * (0.45 + 0.55 * t**0.6 if style else t**0.5), h * t**1.5) for t in a]
    inner = [(x * 0.94, z + 0.006) for x, z in outer[::-1]]
    return {"body": lathe([(0, 0), (outer[0][0] * 0.9, 0), *outer, *inner, (0, inner[-1][1])], 20)}


@thing("glass", {"body": "glass", "drink": "liquid tinted"}, also="tumbler", tags="small crockery")
def glass(d: Dice, style: int) -> Parts:
    r, h = d.between(0.032, 0.04), d.between(0.09, 0.14)
    top = r * (1.15 if style else 1.0)
    fill = d.between(0.3, 0.8)
    body = lathe([(0, 0), (r, 0), (top, h), (top - 0.002, h), (r * 0.93, 0.008), (0, 0.008)], 16)
    return {"body": body, "drink": lathe([(0, 0.009), (r * 0.92, 0.009), (r + (top - r) * fill - 0.004, h * fill), (0, h * fill)], 14)}


@thing("wine glass", {"body": "glass", "wine": "liquid:red|yellow"}, also="goblet", is_a="glass", tags="small crockery", plural="wine glasses")
def wine_glass(d: Dice, style: int) -> Parts:
    h, r = d.between(0.17, 0.22), d.between(0.034, 0.042)
    bulb = [(0.006, h * 0.45), (r * 0.8, h * 0.55), (r, h * 0.7), (r * (0.85 if style else 0.95), h)]
    body = lathe([(0, 0), (r * 0.85, 0), (0.005, 0.008), (0.004, h * 0.42), *bulb, (bulb[-1][0] - 0.002, h), (0, h * 0.47)], 16)
    return {"body": body, "wine": lathe([(0, h * 0.49), (r * 0.76, h * 0.57), (r * 0.93, h * 0.7), (0, h * 0.7)], 14)}


@thing("bottle", {"body": "tinted tinted glass plastic", "label": "label cover", "cap": "plastic metal cork"}, tags="small crockery", styles=4, stretch=0.12)
def bottle(d: Dice, style: int) -> Parts:
    h, r = d.between(0.24, 0.33), d.between(0.034, 0.045)
    shoulder = (0.6, 0.68, 0.5, 0.72)[style]
    neck = (0.013, 0.016, 0.011, 0.02)[style]
    body = lathe([(0, 0), (r, 0.004), (r, h * shoulder), (r * 0.8, h * (shoulder + 0.06)), (neck, h * (shoulder + 0.16)), (neck, h * 0.95), (0, h * 0.95)], 16)
    label = lathe([(r + 0.001, h * 0.15), (r + 0.001, h * (shoulder - 0.12))], 16)
    return {"body": body, "label": label, "cap": cylinder(neck + 0.003, h * 0.07, 12).at(z=h * 0.93)}


@thing("teapot", {"body": "ceramic metal", "lid": "ceramic metal", "handle": "ceramic wood"}, tags="small crockery")
def teapot(d: Dice, style: int) -> Parts:
    r = d.between(0.075, 0.095)
    body = ball(r, r, r * (0.85 if style else 1.0), 16).at(z=r * 0.85)
    spout = tube([(r * 0.7, 0, r * 0.6), (r * 1.25, 0, r * 0.85), (r * 1.55, 0, r * 1.5)], [0.024, 0.017, 0.01])
    lid = lathe([(r * 0.5, 0), (r * 0.35, 0.02), (0.01, 0.028), (0.014, 0.045), (0, 0.05)], 14).at(z=r * (1.55 if style else 1.7))
    grip = torus(r * 0.5, 0.009, 14, 6).turn(x=90).at(-r * 1.15, 0, r)
    if style:
        grip = tube([(r * np.cos(a), 0, r * 1.3 + r * 0.9 * np.sin(a)) for a in np.linspace(0.2, np.pi - 0.2, 8)], 0.008, 6)
    return {"body": body + spout, "lid": lid, "handle": grip}


@thing("kettle", {"body": "chrome metal plastic lacquer", "handle": "plastic:black wood", "lid": "plastic:black metal"}, tags="small kitchen")
def kettle(d: Dice, style: int) -> Parts:
    r, h = d.between(0.08, 0.095), d.between(0.16, 0.22)
    body = lathe([(0, 0), (r, 0), (r * 1.02, h * 0.2), (r * 0.72, h), (0, h * 1.02)], 18)
    if style:
        hoop = tube([(r * 0.8 * np.cos(a), 0, h * 0.9 + r * 0.9 * np.sin(a)) for a in np.linspace(0.1, np.pi - 0.1, 8)], 0.011, 6)
    else:
        hoop = tube([(-r * 0.7, 0, h * 0.92), (-r * 1.45, 0, h * 0.9), (-r * 1.5, 0, h * 0.3), (-r * 0.95, 0, h * 0.2)], 0.012, 6)
    spout = tube([(r * 0.6, 0, h * 0.6), (r * 1.15, 0, h * 0.9)], [0.024, 0.014])
    return {"body": body + spout, "handle": hoop, "lid": lathe([(r * 0.5, h), (0.012, h + 0.012), (0.014, h + 0.03), (0, h + 0.034)], 12)}


@thing("pot", {"body": "metal chrome lacquer", "lid": "metal glass lacquer", "handles": "plastic:black metal"}, also="saucepan", tags="small kitchen stove")
def pot(d: Dice, style: int) -> Parts:
    r, h = d.between(0.09, 0.13), d.between(0.1, 0.16)
    body = lathe([(0, 0), (r, 0), (r, h), (r - 0.005, h), (r - 0.005, 0.01), (0, 0.01)], 20)
    lid = lathe([(r, h), (r * 0.7, h + 0.025), (0.012, h + 0.035), (0.018, h + 0.05), (0, h + 0.055)], 20)
    if style:
        grip = limb([(r, 0, h * 0.8), (r + 0.17, 0, h * 0.9)], 0.012, 7)
    else:
        grip = tube([(r, -0.04, h * 0.75), (r + 0.03, -0.03, h * 0.75), (r + 0.03, 0.03, h * 0.75), (r, 0.04, h * 0.75)], 0.007, 6).both()
    return {"body": body, "lid": lid, "handles": grip}


@thing("frying pan", {"body": "metal:black|gray", "handle": "plastic:black wood"}, also="pan, skillet", tags="small kitchen stove flatware")
def pan(d: Dice, style: int) -> Parts:
    r = d.between(0.11, 0.15)
    body = lathe([(0, 0), (r * 0.82, 0), (r, 0.045), (r * 0.97, 0.047), (r * 0.8, 0.008), (0, 0.006)], 22)
    return {"body": body, "handle": limb([(r * 0.95, 0, 0.035), (r + 0.2, 0, 0.07 if style else 0.05)], [0.011, 0.014], 7)}


@thing("knife", {"blade": "chrome", "handle": "plastic:black wood"}, tags="small flatware cutlery", plural="knives")
def knife(d: Dice, style: int) -> Parts:
    n = d.between(0.11, 0.19)
    top = [(0, -0.012), (n * 0.7, -0.013), (n, 0.006), (n, 0.012), (0, 0.012)] if style else [(0, -0.011), (n * 0.9, -0.009), (n, 0.009), (0, 0.011)]
    return {"blade": extrude(top, 0.003).turn(x=-90).at(z=0.008), "handle": limb([(-0.1, 0, 0.009), (0, 0, 0.009)], 0.009, 7)}


@thing("fork", {"body": "chrome metal"}, tags="small flatware cutlery")
def fork(d: Dice, style: int) -> Parts:
    head = box(0.03, 0.024, 0.003).at(0.07, 0, 0.008)
    tines = join([rod((0.08, y, 0.008), (0.125, y, 0.014), 0.0022, 5) for y in (-0.01, -0.0033, 0.0033, 0.01)])
    return {"body": limb([(-0.09, 0, 0.006), (0.06, 0, 0.007)], [0.007 if style else 0.005, 0.004], 6).scale(1, 1, 0.6).at(z=0.003) + head + tines}


@thing("spoon", {"body": "chrome metal wood"}, tags="small flatware cutlery")
def spoon(d: Dice, style: int) -> Parts:
    head = ball(0.032, 0.02, 0.005, 12).at(0.09, 0, 0.007)
    return {"body": limb([(-0.1, 0, 0.005), (0.06, 0, 0.008)], [0.007 if style else 0.005, 0.0035], 6) + head}


@thing("cutting board", {"board": "wood plastic:green|white|red"}, also="chopping board", tags="small kitchen flatware", surface=1.0)
def cutting_board(d: Dice, style: int) -> Parts:
    w, deep = d.between(0.3, 0.42), d.between(0.2, 0.28)
    board = box(w, deep, 0.02, 0.006)
    if style:
        board = board + box(0.13, 0.06, 0.02, 0.006).at(w / 2 + 0.05)
    return {"board": board}


@thing("jar", {"body": "glass ceramic", "lid": "metal plastic gold", "content": "fruit liquid"}, tags="small kitchen crockery")
def jar(d: Dice, style: int) -> Parts:
    r, h = d.between(0.036, 0.05), d.between(0.09, 0.15)
    body = lathe([(0, 0), (r, 0.003), (r, h * 0.8), (r * 0.8, h * 0.88), (0, h * 0.9)], 16)
    lid = cylinder(r * 0.86, h * 0.12, 16).at(z=h * 0.88) if style else lathe([(r * 0.86, h * 0.88), (r * 0.4, h), (0.01, h * 1.01), (0.014, h * 1.1), (0, h * 1.12)], 16)
    return {"body": body, "lid": lid, "content": cylinder(r * 0.9, h * d.between(0.4, 0.7), 14).at(z=0.006)}


@thing("can", {"body": "lacquer cover", "ends": "metal"}, also="tin", tags="small kitchen", stretch=0.15)
def can(d: Dice, style: int) -> Parts:
    r, h = (0.033, 0.12) if style else (d.between(0.036, 0.045), d.between(0.08, 0.11))
    ends = torus(r, 0.002, 16, 5).at(z=h) + torus(r, 0.002, 16, 5).at(z=0.002) + cylinder(r * 0.97, 0.002, 16).at(z=h - 0.003)
    return {"body": lathe([(0, 0), (r, 0), (r, h - 0.005), (0, h - 0.005)], 16), "ends": ends}


@thing("refrigerator", {"body": "lacquer:white|gray|red|black metal", "handles": "chrome metal"}, also="fridge", tags="floor wallside big appliance")
def refrigerator(d: Dice, style: int) -> Parts:
    w, h = d.between(0.6, 0.85), d.between(1.65, 1.9)
    split = d.between(0.3, 0.4) * h
    doors = box(w - 0.01, 0.05, split - 0.04, 0.015).at(0, -0.34, 0.03) + box(w - 0.01, 0.05, h - split - 0.01, 0.015).at(0, -0.34, split)
    if style:
        doors = join([box(w / 2 - 0.01, 0.05, h - 0.04, 0.015).at(s * w / 4, -0.34, 0.03) for s in (-1, 1)])
        grips = rod((0.03, -0.4, h * 0.4), (0.03, -0.4, h * 0.75), 0.012).both()
    else:
        grips = rod((w * 0.4, -0.4, split + 0.08), (w * 0.4, -0.4, split + 0.5), 0.012) + rod((w * 0.4, -0.4, split - 0.4), (w * 0.4, -0.4, split - 0.1), 0.012)
    return {"body": box(w, 0.64, h, 0.01) + doors, "handles": grips}


@thing("oven", {"body": "metal lacquer:white|black|gray", "door": "pane", "knobs": "plastic:black metal chrome", "plates": "metal:black"}, also="stove, cooker", tags="counterunit appliance", surface=1.0)
def oven(d: Dice, style: int) -> Parts:
    body = box(0.6, 0.6, 0.87, 0.006)
    window = box(0.46, 0.012, 0.36).at(0, -0.304, 0.2)
    knobs = join([cylinder(0.02, 0.03, 10).turn(x=90).at(x, -0.3, 0.79) for x in np.linspace(-0.22, 0.22, 5)])
    plates = join([(torus(0.075, 0.01, 14, 5) if style else cylinder(0.085, 0.008, 16)).at(x, y, 0.875) for x in (-0.14, 0.14) for y in (-0.13, 0.14)])
    return {"body": body, "door": window, "knobs": knobs + rod((-0.24, -0.335, 0.66), (0.24, -0.335, 0.66), 0.012), "plates": plates}


@thing("kitchen counter", {"body": "wood paint:white|gray|blue|green|black", "top": "marble wood stone", "handles": "chrome metal"}, also="counter", tags="counterunit", surface=1.0, stretch=0.02)
def counter(d: Dice, style: int) -> Parts:
    w = d.pick((0.6, 0.9, 1.2))
    count = round(w / 0.3) // (2 if style else 1)
    each = w / count
    xs = [(i - (count - 1) / 2) * each for i in range(count)]
    doors = [box(each - 0.02, 0.02, 0.68, 0.006).at(x, -0.29, 0.12) for x in xs]
    grips = [rod((-0.05, 0, 0), (0.05, 0, 0), 0.007).at(x, -0.315, 0.74) for x in xs]
    return {"body": box(w, 0.56, 0.75).at(0, 0.01, 0.1) + box(w, 0.48, 0.1) + join(doors), "top": box(w, 0.62, 0.04, 0.004).at(z=0.85), "handles": join(grips)}


@thing("sink", {"body": "wood paint:white|gray|blue", "basin": "metal ceramic:white", "tap": "chrome gold"}, tags="counterunit", stretch=0.02)
def sink(d: Dice, style: int) -> Parts:
    rim = box(0.06, 0.5, 0.05).at(0.27).both() + box(0.6, 0.06, 0.05).at(0, -0.27) + box(0.6, 0.1, 0.05).at(0, 0.25)
    hollow = box(0.5, 0.42, 0.02).at(z=-0.12) + box(0.02, 0.44, 0.14).at(0.25, 0, -0.1).both() + box(0.5, 0.02, 0.14).at(0, 0.2, -0.1) + box(0.5, 0.02, 0.14).at(0, -0.24, -0.1)
    neck = tube([(0, 0.24, 0.04), (0, 0.24, 0.28), (0, 0.18, 0.36), (0, 0.06, 0.34), (0, 0.04, 0.27)], 0.013, 7)
    if style:
        neck = tube([(0, 0.24, 0.04), (0, 0.24, 0.2), (0, 0.03, 0.24)], 0.015, 7)
    doors = join([box(0.28, 0.02, 0.66, 0.006).at(s * 0.15, -0.29, 0.08) for s in (-1, 1)])
    return {"body": box(0.6, 0.56, 0.68).at(0, 0.01, 0.04) + doors, "basin": (rim + hollow).at(z=0.84), "tap": neck.at(z=0.86)}


@thing("microwave", {"body": "metal lacquer:white|black|red", "door": "pane", "handle": "chrome plastic:black"}, tags="small kitchen appliance")
def microwave(d: Dice, style: int) -> Parts:
    w = d.between(0.44, 0.52)
    keys = join([box(0.02, 0.01, 0.014).at(w / 2 - 0.06 + 0.028 * (k % 2), -0.176, 0.06 + 0.03 * (k // 2)) for k in range(8)])
    if style:
        keys = join([cylinder(0.022, 0.02, 12).turn(x=90).at(w / 2 - 0.055, -0.17, z) for z in (0.09, 0.19)])
    return {"body": box(w, 0.35, 0.27, 0.01), "door": box(w - 0.14, 0.012, 0.21).at(-0.05, -0.176, 0.03), "handle": keys + rod((w / 2 - 0.11, -0.2, 0.05), (w / 2 - 0.11, -0.2, 0.22), 0.008)}


@thing("toaster", {"body": "chrome lacquer plastic", "slots": "plastic:black", "lever": "plastic:black"}, tags="small kitchen appliance")
def toaster(d: Dice, style: int) -> Parts:
    slots = box(0.2, 0.03, 0.012).at(0, 0.04, 0.186) + box(0.2, 0.03, 0.012).at(0, -0.04, 0.186)
    return {"body": box(0.28, 0.18, 0.19, 0.055 if style else 0.025), "slots": slots, "lever": box(0.03, 0.04, 0.02, 0.004).at(0.15, 0, 0.12)}


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
        return {"skin": round_fruit(r, 0.92, 0.35), "stem": stem, "leaf": ball(0.014, 0.007, 0.002, 8).turn(y=-20).at(0.016, 0, r * 1.98)}
    return {"skin": round_fruit(r, 0.98, 0.3), "stem": stem}


@thing("orange", {"skin": "rind:orange", "leaf": "leaf"}, tags="small fruit food", plural="oranges")
def orange(d: Dice, style: int) -> Parts:
    r = d.between(0.036, 0.044)
    if style:
        return {"skin": round_fruit(r, 0.95, 0.05), "leaf": ball(0.016, 0.008, 0.002, 8).turn(y=-15).at(0.01, 0, r * 1.9)}
    return {"skin": round_fruit(r, 0.98, 0.05)}


@thing("lemon", {"skin": "rind:yellow|green"}, tags="small fruit food")
def lemon(d: Dice, style: int) -> Parts:
    r, tip = d.between(0.026, 0.031), 0.25 if style else 0.35
    return {"skin": lathe(np.array([(0, -1.5 - tip), (0.18, -1.45), (0.6, -1.1), (0.95, -0.4), (1, 0), (0.95, 0.4), (0.6, 1.1), (0.18, 1.45), (0, 1.5 + tip)]) * r, 12).turn(y=90).at(z=r)}


@thing("pear", {"skin": "fruit:green|yellow", "stem": "bark"}, tags="small fruit food")
def pear(d: Dice, style: int) -> Parts:
    r, h = d.between(0.033, 0.04), 2.6 if style else 3.0
    body = lathe(np.array([(0, 0.05), (0.6, 0.1), (1, 0.7), (0.95, 1.2), (0.55, h * 0.66), (0.4, h * 0.85), (0.2, h * 0.97), (0, h)]) * r, 14)
    return {"skin": body, "stem": rod((0, 0, h * r * 0.97), (0.008, 0, h * r * 1.15), 0.0025, 5)}


@thing("watermelon", {"rind": "melon"}, also="melon", tags="small fruit food")
def watermelon(d: Dice, style: int) -> Parts:
    r = d.between(0.1, 0.13)
    return {"rind": ball(r, r, r * 0.97, 16).at(z=r * 0.97) if style else ball(r * 1.3, r, r, 16).at(z=r)}


@thing("carrot", {"root": "fruit:orange", "leaves": "leaf"}, tags="small food")
def carrot(d: Dice, style: int) -> Parts:
    n = d.between(0.14, 0.2)
    root = tube([(-n * 0.7, 0, 0.018), (0, 0, 0.018), (n * 0.3, 0, 0.018)], [0.003, 0.014, 0.018], 9)
    green = join([limb([(n * 0.3, 0, 0.018), (n * 0.3 + 0.05, y, 0.03), (n * 0.3 + 0.1, y * 2, 0.02)], [0.004, 0.005, 0.003], 5) for y in ((-0.02, 0, 0.02) if style else (-0.01, 0.015))])
    return {"root": root, "leaves": green}


@thing("bread", {"crust": "crust"}, also="loaf of bread", tags="small food", plural="loaves of bread")
def bread(d: Dice, style: int) -> Parts:
    if style:
        return {"crust": limb([(-0.22, 0, 0.035), (0, 0, 0.036), (0.22, 0, 0.035)], [0.026, 0.034, 0.026], 10)}
    profile = [(-0.055, 0), (0.055, 0), (0.055, 0.06), (0.068, 0.085), (0.045, 0.115), (0, 0.125), (-0.045, 0.115), (-0.068, 0.085), (-0.055, 0.06)]
    return {"crust": extrude(profile, d.between(0.18, 0.26), 0.012).turn(z=90)}


@thing("cake", {"sponge": "crust cream:brown|pink|white", "icing": "cream", "cherries": "fruit:red"}, tags="small food")
def cake(d: Dice, style: int) -> Parts:
    r, h = d.between(0.09, 0.13), d.between(0.07, 0.1)
    cherries = join([ball(0.011, sides=8).at(r * 0.75 * np.cos(a), r * 0.75 * np.sin(a), h + 0.016) for a in np.arange(8) * np.pi / 4])
    icing = lathe([(r * 1.02, h * 0.6), (r * 1.02, h), (r * 0.95, h + 0.01), (0, h + 0.01)], 24)
    if style:
        icing = icing + torus(r * 0.95, 0.012, 20, 6).at(z=h + 0.008)
    return {"sponge": cylinder(r, h, 24), "icing": icing, "cherries": cherries}


@thing("donut", {"dough": "crust", "icing": "cream:pink|brown|white"}, also="doughnut", tags="small food")
def donut(d: Dice, style: int) -> Parts:
    icing = torus(0.03, 0.0185, 18, 9).scale(1, 1, 0.85).at(z=0.021)
    parts = {"dough": torus(0.03, 0.018, 18, 9).at(z=0.018)}
    return parts | ({"icing": icing} if style == 0 else {"icing": icing.scale(1, 1, 0.9).at(z=0.004)})


@thing("pizza", {"crust": "crust", "cheese": "cream:beige fruit:yellow", "salami": "fruit:red", "herbs": "leaf"}, tags="small food flatware")
def pizza(d: Dice, style: int) -> Parts:
    r = d.between(0.13, 0.17)
    spots = [(r * 0.75 * np.sqrt(d.unit()), d.between(0, 6.28)) for _ in range(14)]
    salami = join([cylinder(0.016, 0.003, 10).at(q * np.cos(a), q * np.sin(a), 0.014) for q, a in spots[:8]])
    herbs = join([ball(0.012, 0.007, 0.002, 6).turn(z=90 * a).at(q * np.cos(a), q * np.sin(a), 0.016) for q, a in spots[8:]])
    base = cylinder(r * 0.93, 0.012, 24) + torus(r * 0.93, 0.013, 24, 7).at(z=0.012)
    return {"crust": base, "cheese": cylinder(r * 0.9, 0.003, 24).at(z=0.012), "salami": salami} | ({"herbs": herbs} if style else {})


@thing("egg", {"shell": "shell"}, tags="small food")
def egg(d: Dice, style: int) -> Parts:
    tilt = 80 if style else 0
    return {"shell": lathe(np.array([(0, 0), (0.5, 0.12), (0.95, 0.6), (1, 1.0), (0.8, 1.7), (0.45, 2.2), (0, 2.45)]) * 0.022, 12).turn(x=tilt).at(z=0.021 if style else 0)}


@thing("tomato", {"skin": "fruit:red", "leaf": "stem"}, tags="small fruit food", plural="tomatoes")
def tomato(d: Dice, style: int) -> Parts:
    r = d.between(0.03, 0.04)
    star = join([limb([(0, 0, 0), (0.013 * np.cos(a), 0.013 * np.sin(a), 0.002)], 0.003, 5) for a in np.arange(5) * 1.257])
    return {"skin": round_fruit(r, 0.8 if style else 0.9, 0.2), "leaf": star.at(z=r * 1.5)}
