"""Crockery, cutlery and pots."""

import numpy as np

from cavendish.worlds.catalog.registry import Parts, thing
from cavendish.worlds.mesh import ball, box, cylinder, extrude, join, lathe, limb, rod, torus, tube
from cavendish.worlds.rng import Dice

POT = "ceramic ceramic ceramic plastic"


@thing("mug", {"body": POT, "handle": POT, "drink": "liquid:brown"}, also="cup", tags="small crockery", styles=3)
def mug(d: Dice, style: int) -> Parts:
    r, h = d.between(0.036, 0.046), d.between(0.08, 0.11)
    flare = (1.0, 1.25, 0.9)[style]
    body = lathe(
        [(0, 0), (r * 0.9, 0), (r, 0.01), (r * flare, h), (r * flare - 0.005, h), (r * 0.88, 0.012), (0, 0.01)], 18
    )
    ring = torus(h * 0.27, 0.007, 12, 6).turn(x=90).scale(0.9, 1, 1.2).at(r * (1 + flare) / 2 + h * 0.12, 0, h * 0.5)
    return {"body": body, "handle": ring, "drink": cylinder(r * 0.9, 0.002, 14).at(z=h * 0.82)}


@thing("plate", {"body": "ceramic"}, also="dish", tags="small crockery flatware", stretch=0.15)
def plate(d: Dice, style: int) -> Parts:
    r = d.between(0.1, 0.14)
    if style:
        return {"body": lathe([(0, 0), (r * 0.6, 0), (r, 0.03), (r * 0.97, 0.034), (r * 0.58, 0.008), (0, 0.006)], 24)}
    return {
        "body": lathe(
            [
                (0, 0),
                (r * 0.65, 0),
                (r * 0.7, 0.012),
                (r, 0.02),
                (r * 0.99, 0.024),
                (r * 0.68, 0.016),
                (r * 0.63, 0.006),
                (0, 0.006),
            ],
            24,
        )
    }


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
    return {
        "body": body,
        "drink": lathe([(0, 0.009), (r * 0.92, 0.009), (r + (top - r) * fill - 0.004, h * fill), (0, h * fill)], 14),
    }


@thing(
    "wine glass",
    {"body": "glass", "wine": "liquid:red|yellow"},
    also="goblet",
    is_a="glass",
    tags="small crockery",
    plural="wine glasses",
)
def wine_glass(d: Dice, style: int) -> Parts:
    h, r = d.between(0.17, 0.22), d.between(0.034, 0.042)
    bulb = [(0.006, h * 0.45), (r * 0.8, h * 0.55), (r, h * 0.7), (r * (0.85 if style else 0.95), h)]
    body = lathe(
        [(0, 0), (r * 0.85, 0), (0.005, 0.008), (0.004, h * 0.42), *bulb, (bulb[-1][0] - 0.002, h), (0, h * 0.47)], 16
    )
    return {"body": body, "wine": lathe([(0, h * 0.49), (r * 0.76, h * 0.57), (r * 0.93, h * 0.7), (0, h * 0.7)], 14)}


@thing(
    "bottle",
    {"body": "tinted tinted glass plastic", "label": "label cover", "cap": "plastic metal cork"},
    tags="small crockery",
    styles=4,
    stretch=0.12,
)
def bottle(d: Dice, style: int) -> Parts:
    h, r = d.between(0.24, 0.33), d.between(0.034, 0.045)
    shoulder = (0.6, 0.68, 0.5, 0.72)[style]
    neck = (0.013, 0.016, 0.011, 0.02)[style]
    body = lathe(
        [
            (0, 0),
            (r, 0.004),
            (r, h * shoulder),
            (r * 0.8, h * (shoulder + 0.06)),
            (neck, h * (shoulder + 0.16)),
            (neck, h * 0.95),
            (0, h * 0.95),
        ],
        16,
    )
    label = lathe([(r + 0.001, h * 0.15), (r + 0.001, h * (shoulder - 0.12))], 16)
    return {"body": body, "label": label, "cap": cylinder(neck + 0.003, h * 0.07, 12).at(z=h * 0.93)}


@thing("teapot", {"body": "ceramic metal", "lid": "ceramic metal", "handle": "ceramic wood"}, tags="small crockery")
def teapot(d: Dice, style: int) -> Parts:
    r = d.between(0.075, 0.095)
    body = ball(r, r, r * (0.85 if style else 1.0), 16).at(z=r * 0.85)
    spout = tube([(r * 0.7, 0, r * 0.6), (r * 1.25, 0, r * 0.85), (r * 1.55, 0, r * 1.5)], [0.024, 0.017, 0.01])
    lid = lathe([(r * 0.5, 0), (r * 0.35, 0.02), (0.01, 0.028), (0.014, 0.045), (0, 0.05)], 14).at(
        z=r * (1.55 if style else 1.7)
    )
    grip = torus(r * 0.5, 0.009, 14, 6).turn(x=90).at(-r * 1.15, 0, r)
    if style:
        grip = tube(
            [(r * np.cos(a), 0, r * 1.3 + r * 0.9 * np.sin(a)) for a in np.linspace(0.2, np.pi - 0.2, 8)], 0.008, 6
        )
    return {"body": body + spout, "lid": lid, "handle": grip}


@thing(
    "kettle",
    {"body": "chrome metal plastic lacquer", "handle": "plastic:black wood", "lid": "plastic:black metal"},
    tags="small kitchen",
)
def kettle(d: Dice, style: int) -> Parts:
    r, h = d.between(0.08, 0.095), d.between(0.16, 0.22)
    body = lathe([(0, 0), (r, 0), (r * 1.02, h * 0.2), (r * 0.72, h), (0, h * 1.02)], 18)
    if style:
        hoop = tube(
            [(r * 0.8 * np.cos(a), 0, h * 0.9 + r * 0.9 * np.sin(a)) for a in np.linspace(0.1, np.pi - 0.1, 8)],
            0.011,
            6,
        )
    else:
        hoop = tube(
            [(-r * 0.7, 0, h * 0.92), (-r * 1.45, 0, h * 0.9), (-r * 1.5, 0, h * 0.3), (-r * 0.95, 0, h * 0.2)],
            0.012,
            6,
        )
    spout = tube([(r * 0.6, 0, h * 0.6), (r * 1.15, 0, h * 0.9)], [0.024, 0.014])
    return {
        "body": body + spout,
        "handle": hoop,
        "lid": lathe([(r * 0.5, h), (0.012, h + 0.012), (0.014, h + 0.03), (0, h + 0.034)], 12),
    }


@thing(
    "pot",
    {"body": "metal chrome lacquer", "lid": "metal glass lacquer", "handles": "plastic:black metal"},
    also="saucepan",
    tags="small kitchen stove",
)
def pot(d: Dice, style: int) -> Parts:
    r, h = d.between(0.09, 0.13), d.between(0.1, 0.16)
    body = lathe([(0, 0), (r, 0), (r, h), (r - 0.005, h), (r - 0.005, 0.01), (0, 0.01)], 20)
    lid = lathe([(r, h), (r * 0.7, h + 0.025), (0.012, h + 0.035), (0.018, h + 0.05), (0, h + 0.055)], 20)
    if style:
        grip = limb([(r, 0, h * 0.8), (r + 0.17, 0, h * 0.9)], 0.012, 7)
    else:
        grip = tube(
            [(r, -0.04, h * 0.75), (r + 0.03, -0.03, h * 0.75), (r + 0.03, 0.03, h * 0.75), (r, 0.04, h * 0.75)],
            0.007,
            6,
        ).both()
    return {"body": body, "lid": lid, "handles": grip}


@thing(
    "frying pan",
    {"body": "metal:black|gray", "handle": "plastic:black wood"},
    also="pan, skillet",
    tags="small kitchen stove flatware",
)
def pan(d: Dice, style: int) -> Parts:
    r = d.between(0.11, 0.15)
    body = lathe([(0, 0), (r * 0.82, 0), (r, 0.045), (r * 0.97, 0.047), (r * 0.8, 0.008), (0, 0.006)], 22)
    return {
        "body": body,
        "handle": limb([(r * 0.95, 0, 0.035), (r + 0.2, 0, 0.07 if style else 0.05)], [0.011, 0.014], 7),
    }


@thing("knife", {"blade": "chrome", "handle": "plastic:black wood"}, tags="small flatware cutlery", plural="knives")
def knife(d: Dice, style: int) -> Parts:
    n = d.between(0.11, 0.19)
    top = (
        [(0, -0.012), (n * 0.7, -0.013), (n, 0.006), (n, 0.012), (0, 0.012)]
        if style
        else [(0, -0.011), (n * 0.9, -0.009), (n, 0.009), (0, 0.011)]
    )
    return {
        "blade": extrude(top, 0.003).turn(x=-90).at(z=0.008),
        "handle": limb([(-0.1, 0, 0.009), (0, 0, 0.009)], 0.009, 7),
    }


@thing("fork", {"body": "chrome metal"}, tags="small flatware cutlery")
def fork(d: Dice, style: int) -> Parts:
    head = box(0.03, 0.024, 0.003).at(0.07, 0, 0.008)
    tines = join([rod((0.08, y, 0.008), (0.125, y, 0.014), 0.0022, 5) for y in (-0.01, -0.0033, 0.0033, 0.01)])
    return {
        "body": limb([(-0.09, 0, 0.006), (0.06, 0, 0.007)], [0.007 if style else 0.005, 0.004], 6)
        .scale(1, 1, 0.6)
        .at(z=0.003)
        + head
        + tines
    }


@thing("spoon", {"body": "chrome metal wood"}, tags="small flatware cutlery")
def spoon(d: Dice, style: int) -> Parts:
    head = ball(0.032, 0.02, 0.005, 12).at(0.09, 0, 0.007)
    return {"body": limb([(-0.1, 0, 0.005), (0.06, 0, 0.008)], [0.007 if style else 0.005, 0.0035], 6) + head}


@thing(
    "cutting board",
    {"board": "wood plastic:green|white|red"},
    also="chopping board",
    tags="small kitchen flatware",
    surface=1.0,
)
def cutting_board(d: Dice, style: int) -> Parts:
    w, deep = d.between(0.3, 0.42), d.between(0.2, 0.28)
    board = box(w, deep, 0.02, 0.006)
    if style:
        board = board + box(0.13, 0.06, 0.02, 0.006).at(w / 2 + 0.05)
    return {"board": board}


@thing(
    "jar",
    {"body": "glass ceramic", "lid": "metal plastic gold", "content": "fruit liquid"},
    tags="small kitchen crockery",
)
def jar(d: Dice, style: int) -> Parts:
    r, h = d.between(0.036, 0.05), d.between(0.09, 0.15)
    body = lathe([(0, 0), (r, 0.003), (r, h * 0.8), (r * 0.8, h * 0.88), (0, h * 0.9)], 16)
    lid = (
        cylinder(r * 0.86, h * 0.12, 16).at(z=h * 0.88)
        if style
        else lathe([(r * 0.86, h * 0.88), (r * 0.4, h), (0.01, h * 1.01), (0.014, h * 1.1), (0, h * 1.12)], 16)
    )
    return {"body": body, "lid": lid, "content": cylinder(r * 0.9, h * d.between(0.4, 0.7), 14).at(z=0.006)}


@thing("can", {"body": "lacquer cover", "ends": "metal"}, also="tin", tags="small kitchen", stretch=0.15)
def can(d: Dice, style: int) -> Parts:
    r, h = (0.033, 0.12) if style else (d.between(0.036, 0.045), d.between(0.08, 0.11))
    ends = (
        torus(r, 0.002, 16, 5).at(z=h)
        + torus(r, 0.002, 16, 5).at(z=0.002)
        + cylinder(r * 0.97, 0.002, 16).at(z=h - 0.003)
    )
    return {"body": lathe([(0, 0), (r, 0), (r, h - 0.005), (0, h - 0.005)], 16), "ends": ends}
