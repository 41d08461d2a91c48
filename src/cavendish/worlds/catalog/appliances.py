"""Kitchen units and machines."""

import numpy as np

from cavendish.worlds.catalog.registry import Parts, thing
from cavendish.worlds.mesh import box, cylinder, join, rod, torus, tube
from cavendish.worlds.rng import Dice


@thing(
    "refrigerator",
    {"body": "lacquer:white|gray|red|black metal", "handles": "chrome metal"},
    also="fridge",
    tags="floor wallside big appliance",
)
def refrigerator(d: Dice, style: int) -> Parts:
    w, h = d.between(0.6, 0.85), d.between(1.65, 1.9)
    split = d.between(0.3, 0.4) * h
    doors = box(w - 0.01, 0.05, split - 0.04, 0.015).at(0, -0.34, 0.03) + box(
        w - 0.01, 0.05, h - split - 0.01, 0.015
    ).at(0, -0.34, split)
    if style:
        doors = join([box(w / 2 - 0.01, 0.05, h - 0.04, 0.015).at(s * w / 4, -0.34, 0.03) for s in (-1, 1)])
        grips = rod((0.03, -0.4, h * 0.4), (0.03, -0.4, h * 0.75), 0.012).both()
    else:
        grips = rod((w * 0.4, -0.4, split + 0.08), (w * 0.4, -0.4, split + 0.5), 0.012) + rod(
            (w * 0.4, -0.4, split - 0.4), (w * 0.4, -0.4, split - 0.1), 0.012
        )
    return {"body": box(w, 0.64, h, 0.01) + doors, "handles": grips}


@thing(
    "oven",
    {
        "body": "metal lacquer:white|black|gray",
        "door": "pane",
        "knobs": "plastic:black metal chrome",
        "plates": "metal:black",
    },
    also="stove, cooker",
    tags="counterunit appliance",
    surface=1.0,
)
def oven(d: Dice, style: int) -> Parts:
    body = box(0.6, 0.6, 0.87, 0.006)
    window = box(0.46, 0.012, 0.36).at(0, -0.304, 0.2)
    knobs = join([cylinder(0.02, 0.03, 10).turn(x=90).at(x, -0.3, 0.79) for x in np.linspace(-0.22, 0.22, 5)])
    plates = join(
        [
            (torus(0.075, 0.01, 14, 5) if style else cylinder(0.085, 0.008, 16)).at(x, y, 0.875)
            for x in (-0.14, 0.14)
            for y in (-0.13, 0.14)
        ]
    )
    return {
        "body": body,
        "door": window,
        "knobs": knobs + rod((-0.24, -0.335, 0.66), (0.24, -0.335, 0.66), 0.012),
        "plates": plates,
    }


@thing(
    "kitchen counter",
    {"body": "wood paint:white|gray|blue|green|black", "top": "marble wood stone", "handles": "chrome metal"},
    also="counter",
    tags="counterunit",
    surface=1.0,
    stretch=0.02,
)
def counter(d: Dice, style: int) -> Parts:
    w = d.pick((0.6, 0.9, 1.2))
    count = round(w / 0.3) // (2 if style else 1)
    each = w / count
    xs = [(i - (count - 1) / 2) * each for i in range(count)]
    doors = [box(each - 0.02, 0.02, 0.68, 0.006).at(x, -0.29, 0.12) for x in xs]
    grips = [rod((-0.05, 0, 0), (0.05, 0, 0), 0.007).at(x, -0.315, 0.74) for x in xs]
    return {
        "body": box(w, 0.56, 0.75).at(0, 0.01, 0.1) + box(w, 0.48, 0.1) + join(doors),
        "top": box(w, 0.62, 0.04, 0.004).at(z=0.85),
        "handles": join(grips),
    }


@thing(
    "sink",
    {"body": "wood paint:white|gray|blue", "basin": "metal ceramic:white", "tap": "chrome gold"},
    tags="counterunit",
    stretch=0.02,
)
def sink(d: Dice, style: int) -> Parts:
    rim = box(0.06, 0.5, 0.05).at(0.27).both() + box(0.6, 0.06, 0.05).at(0, -0.27) + box(0.6, 0.1, 0.05).at(0, 0.25)
    hollow = (
        box(0.5, 0.42, 0.02).at(z=-0.12)
        + box(0.02, 0.44, 0.14).at(0.25, 0, -0.1).both()
        + box(0.5, 0.02, 0.14).at(0, 0.2, -0.1)
        + box(0.5, 0.02, 0.14).at(0, -0.24, -0.1)
    )
    neck = tube([(0, 0.24, 0.04), (0, 0.24, 0.28), (0, 0.18, 0.36), (0, 0.06, 0.34), (0, 0.04, 0.27)], 0.013, 7)
    if style:
        neck = tube([(0, 0.24, 0.04), (0, 0.24, 0.2), (0, 0.03, 0.24)], 0.015, 7)
    doors = join([box(0.28, 0.02, 0.66, 0.006).at(s * 0.15, -0.29, 0.08) for s in (-1, 1)])
    return {
        "body": box(0.6, 0.56, 0.68).at(0, 0.01, 0.04) + doors,
        "basin": (rim + hollow).at(z=0.84),
        "tap": neck.at(z=0.86),
    }


@thing(
    "microwave",
    {"body": "metal lacquer:white|black|red", "door": "pane", "handle": "chrome plastic:black"},
    tags="small kitchen appliance",
)
def microwave(d: Dice, style: int) -> Parts:
    w = d.between(0.44, 0.52)
    keys = join(
        [box(0.02, 0.01, 0.014).at(w / 2 - 0.06 + 0.028 * (k % 2), -0.176, 0.06 + 0.03 * (k // 2)) for k in range(8)]
    )
    if style:
        keys = join([cylinder(0.022, 0.02, 12).turn(x=90).at(w / 2 - 0.055, -0.17, z) for z in (0.09, 0.19)])
    return {
        "body": box(w, 0.35, 0.27, 0.01),
        "door": box(w - 0.14, 0.012, 0.21).at(-0.05, -0.176, 0.03),
        "handle": keys + rod((w / 2 - 0.11, -0.2, 0.05), (w / 2 - 0.11, -0.2, 0.22), 0.008),
    }


@thing(
    "toaster",
    {"body": "chrome lacquer plastic", "slots": "plastic:black", "lever": "plastic:black"},
    tags="small kitchen appliance",
)
def toaster(d: Dice, style: int) -> Parts:
    slots = box(0.2, 0.03, 0.012).at(0, 0.04, 0.186) + box(0.2, 0.03, 0.012).at(0, -0.04, 0.186)
    return {
        "body": box(0.28, 0.18, 0.19, 0.055 if style else 0.025),
        "slots": slots,
        "lever": box(0.03, 0.04, 0.02, 0.004).at(0.15, 0, 0.12),
    }
