"""Vases and plants, toys, clothes, bags and other things that people carry about."""

import numpy as np

from cavendish.worlds.catalog.registry import Parts, thing
from cavendish.worlds.mesh import Mesh, ball, box, cylinder, extrude, join, lathe, limb, rod, torus, tube
from cavendish.worlds.rng import Dice


@thing("vase", {"body": "ceramic glass ceramic metal"}, tags="small decor", styles=4, stretch=0.2)
def vase(d: Dice, style: int) -> Parts:
    h, r = d.between(0.18, 0.34), d.between(0.05, 0.09)
    outline = (
        [(0.6, 0), (1, 0.3), (0.9, 0.55), (0.4, 0.82), (0.55, 1)],
        [(0.5, 0), (0.7, 0.15), (1, 0.75), (0.6, 0.92), (0.65, 1)],
        [(0.7, 0), (0.55, 0.3), (0.65, 0.7), (0.95, 1)],
        [(0.9, 0), (1, 0.1), (1, 0.5), (0.35, 0.7), (0.3, 0.95), (0.4, 1)],
    )[style]
    t = np.linspace(0, 1, 10)
    radius = np.interp(t, [z for _, z in outline], [x for x, _ in outline])
    radius = np.convolve(np.pad(radius, 1, "edge"), [0.25, 0.5, 0.25], "valid") * r
    return {
        "body": lathe(
            [(0, 0), *zip(radius, t * h), (radius[-1] - 0.006, h), (radius[-1] - 0.008, h * 0.8), (0, h * 0.78)], 18
        )
    }


@thing(
    "flower vase",
    {"flowers": "petal", "vase": "ceramic glass", "stems": "leaf"},
    also="bouquet, vase of flowers",
    tags="small decor plant",
)
def flower_vase(d: Dice, style: int) -> Parts:
    r, h = d.between(0.04, 0.06), d.between(0.13, 0.2)
    vase_ = lathe([(0, 0), (r * 0.8, 0), (r * 1.1, h * 0.35), (r * 0.6, h * 0.85), (r * 0.8, h), (0, h * 0.97)], 14)
    tips = [
        (d.between(0.2, 1) * 0.11 * np.cos(a), d.between(0.2, 1) * 0.11 * np.sin(a), h + d.between(0.08, 0.2))
        for a in np.arange(9) * 2.4
    ]
    stems = join([rod((0, 0, h * 0.9), tip, 0.003, 5) for tip in tips])
    heads = [ball(0.03, 0.03, 0.022, 8).at(*tip) if style else blossom(0.035).at(*tip) for tip in tips]
    return {"flowers": join(heads), "vase": vase_, "stems": stems}


def blossom(r: float) -> Mesh:
    """Five petals around a middle."""
    petals = [ball(r * 0.5, r * 0.36, r * 0.14, 6).turn(y=-18).at(r * 0.55).turn(z=72 * k) for k in range(5)]
    return join([*petals, ball(r * 0.28, sides=6)])


@thing(
    "potted plant",
    {"leaves": "leaf", "pot": "ceramic plastic wicker concrete", "soil": "soil", "stem": "bark"},
    also="houseplant",
    tags="floor small plant decor",
    styles=4,
    stretch=0.3,
)
def potted_plant(d: Dice, style: int) -> Parts:
    r, h = d.between(0.1, 0.14), d.between(0.16, 0.24)
    pot = lathe([(0, 0), (r * 0.75, 0), (r, h), (r * 1.06, h), (r * 1.06, h - 0.03), (0, h - 0.03)], 16)
    soil, stem = cylinder(r * 0.96, 0.01, 14).at(z=h - 0.03), rod((0, 0, h * 0.5), (0, 0, h + 0.25), 0.012)
    leaf = []
    if style == 0:
        leaf = [blade(d.between(0.3, 0.5), 0.05, d.between(25, 65)).turn(z=k * 137.5).at(z=h) for k in range(14)]
    elif style == 1:
        leaf = [
            ball(d.between(0.1, 0.15), sides=10)
            .rough(0.03, 0.1, k)
            .at(d.between(-0.1, 0.1), d.between(-0.1, 0.1), h + d.between(0.12, 0.35))
            for k in range(6)
        ]
    elif style == 2:
        leaf = [
            limb([(0, 0, h - 0.03), (0, 0, h + 0.3)], [0.09, 0.075], 10),
            limb([(0.06, 0, h + 0.12), (0.15, 0, h + 0.14), (0.16, 0, h + 0.24)], 0.035, 8),
        ]
    else:
        tops = [(0.07 * np.cos(k * 2.4), 0.07 * np.sin(k * 2.4), h + 0.2 + 0.05 * k) for k in range(7)]
        leaf = [
            ball(0.085, 0.055, 0.008, 8).turn(y=-25).at(0.06).turn(z=k * 137.5).at(*top) for k, top in enumerate(tops)
        ]
        stem = join([rod((0, 0, h * 0.5), top, 0.007, 5) for top in tops])
    return {"leaves": join(leaf), "pot": pot, "soil": soil, "stem": stem}


def blade(length: float, width: float, lean: float) -> Mesh:
    """A long arching leaf that starts at the origin and leans `lean` degrees toward +x."""
    t = np.linspace(0, 1, 6)
    angle = np.radians(90 - lean * t * 1.4)
    x, z = np.cumsum(np.cos(angle)) * length / 6, np.cumsum(np.sin(angle)) * length / 6
    half = width / 2 * np.sin(np.pi * np.clip(t * 0.9 + 0.1, 0, 1))
    top = np.concatenate([np.stack([x, -half, z + 0.004], 1), np.stack([x, half, z + 0.004], 1)])
    k = np.arange(5)
    faces = np.concatenate([np.stack([k, k + 1, k + 7], 1), np.stack([k, k + 7, k + 6], 1)])
    return Mesh(top, faces) + Mesh(top - [0, 0, 0.004], faces[:, ::-1])


@thing("candle", {"wax": "wax", "flame": "flame", "holder": "gold metal ceramic"}, tags="small decor")
def candle(d: Dice, style: int) -> Parts:
    r, h = (0.035, d.between(0.08, 0.13)) if style else (0.012, d.between(0.15, 0.24))
    holder = lathe([(0, 0), (0.05, 0), (0.045, 0.01), (0.015, 0.02), (0.018, 0.045), (0, 0.045)], 14)
    flame = lathe([(0, 0), (0.006, 0.008), (0.004, 0.02), (0, 0.03)], 8).at(z=h + 0.05)
    return {
        "wax": cylinder(r, h, 14).at(z=0.04 if not style else 0.01),
        "flame": flame.at(z=-0.03 if style else 0.0),
        "holder": holder if not style else cylinder(0.05, 0.012, 16),
    }


@thing(
    "box",
    {"sides": "cardboard plastic wood", "tape": "paper:beige"},
    also="carton",
    tags="floor small box",
    styles=3,
    surface=1.0,
    stretch=0.3,
    plural="boxes",
)
def carton(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(0.22, 0.45), d.between(0.2, 0.36), d.between(0.15, 0.36)
    tape = box(w + 0.002, 0.045, 0.002).at(z=h)
    if style == 1:
        walls = (
            box(0.006, deep, h).at(w / 2).both()
            + box(w, 0.006, h).at(0, deep / 2)
            + box(w, 0.006, h).at(0, -deep / 2)
            + box(w, deep, 0.006)
        )
        flap = box(0.006, deep, h * 0.45).turn(y=60).at(w / 2, 0, h).both()
        return {"sides": walls + flap}
    return (
        {"sides": box(w, deep, h), "tape": tape}
        if style == 0
        else {"sides": box(w, deep, h * 0.9, 0.01) + box(w + 0.02, deep + 0.02, h * 0.12, 0.005).at(z=h * 0.88)}
    )


@thing(
    "ball",
    {"skin": "plastic:red|blue|green|yellow|orange|pink|purple rubber leather:brown", "seams": "plastic:white|black"},
    tags="small toy floor sport",
    styles=3,
    stretch=0.35,
)
def ball_(d: Dice, style: int) -> Parts:
    r = d.between(0.08, 0.12)
    rings = torus(r * 0.985, r * 0.04, 18, 5)
    seams = (
        rings + rings.turn(x=90)
        if style == 1
        else rings.scale(0.8, 0.8, 1).at(z=r * 0.58) + rings.scale(0.8, 0.8, 1).at(z=-r * 0.58)
    )
    parts = {"skin": ball(r, sides=16).at(z=r)}
    return parts if style == 0 else parts | {"seams": seams.turn(x=25, y=40).at(z=r)}


@thing(
    "teddy bear",
    {"fur": "fur:brown|beige|white|pink|gray", "muzzle": "fur:beige|white", "eyes": "plastic:black"},
    also="teddy",
    tags="small toy",
)
def teddy(d: Dice, style: int) -> Parts:
    s = d.between(0.9, 1.3)
    arm_z = 0.12 if style else 0.2
    body = (
        ball(0.085, 0.075, 0.1, 12).at(z=0.1)
        + ball(0.075, 0.07, 0.068, 12).at(z=0.24)
        + ball(0.03, 0.016, 0.03, 8).at(0.055, 0, 0.3).both()
    )
    limbs = (
        limb([(0.06, -0.01, 0.16), (0.12, -0.05, arm_z)], 0.028, 8).both()
        + limb([(0.05, -0.03, 0.04), (0.08, -0.12, 0.035)], 0.035, 8).both()
    )
    eyes = ball(0.008, sides=6).at(0.027, -0.066, 0.255).both() + ball(0.012, 0.008, 0.008, 6).at(0, -0.09, 0.236)
    return {
        "fur": (body + limbs).scale(s),
        "muzzle": (
            ball(0.03, 0.03, 0.024, 8).at(0, -0.062, 0.222)
            + ball(0.022, 0.01, 0.022, 8).at(0.082, -0.152, 0.035).both()
        ).scale(s),
        "eyes": eyes.scale(s),
    }


@thing(
    "rubber duck",
    {"body": "plastic:yellow|pink|blue", "beak": "plastic:orange|red", "eyes": "plastic:black"},
    is_a="duck",
    tags="small toy",
)
def rubber_duck(d: Dice, style: int) -> Parts:
    tail = ball(0.02, 0.012, 0.012, 8).at(0.055, 0, 0.055)
    body = ball(0.055, 0.042, 0.036, 12).at(z=0.034) + ball(0.03, 0.028, 0.03, 12).at(-0.03, 0, 0.087) + tail
    if style:
        body = (
            body
            + ball(0.032, 0.01, 0.02, 8).at(0.01, 0.042, 0.042)
            + ball(0.032, 0.01, 0.02, 8).at(0.01, -0.042, 0.042)
        )
    return {
        "body": body,
        "beak": ball(0.015, 0.014, 0.005, 8).at(-0.062, 0, 0.083),
        "eyes": ball(0.005, sides=6).at(-0.052, 0.016, 0.096) + ball(0.005, sides=6).at(-0.052, -0.016, 0.096),
    }


@thing(
    "toy block",
    {"sides": "paint:red|blue|green|yellow|orange|purple wood"},
    also="building block, cube",
    tags="small toy",
    styles=3,
    surface=1.0,
)
def toy_block(d: Dice, style: int) -> Parts:
    s = d.between(0.04, 0.07)
    if style == 1:
        return {
            "sides": extrude(
                [
                    (-s, 0),
                    (s, 0),
                    (s, s * 1.1),
                    (s * 0.5, s * 1.1),
                    (s * 0.35, s * 0.6),
                    (-s * 0.35, s * 0.6),
                    (-s * 0.5, s * 1.1),
                    (-s, s * 1.1),
                ],
                s,
            )
        }
    return {"sides": box(s, s, s, 0.004) if style == 0 else box(s * 2, s, s * 0.6, 0.004)}


@thing("hat", {"crown": "fabric straw leather:brown|black", "band": "cloth"}, tags="small clothes", styles=3)
def hat(d: Dice, style: int) -> Parts:
    brim, crown, h = ((0.2, 0.1, 0.11), (0.15, 0.095, 0.13), (0.1, 0.1, 0.1))[style]
    if style == 2:
        visor = ball(0.09, 0.11, 0.008, 12).at(0, -0.09, 0.012)
        return {"crown": lathe([(crown, 0), (crown, 0.03), (crown * 0.8, h * 0.8), (0, h)], 16), "band": visor}
    body = lathe(
        [
            (0, 0),
            (brim, 0.004),
            (brim, 0.01),
            (crown, 0.014),
            (crown * 0.92, h * 0.85),
            (crown * 0.6, h),
            (0, h * 0.93),
        ],
        20,
    )
    return {"crown": body, "band": lathe([(crown + 0.003, 0.014), (crown + 0.001, 0.045)], 20)}


@thing("shoe", {"upper": "leather cloth", "sole": "rubber plastic:white"}, tags="small clothes floor", styles=2)
def shoe(d: Dice, style: int) -> Parts:
    sole = (
        extrude(
            [
                (-0.05, -0.13),
                (0.05, -0.13),
                (0.052, -0.06),
                (0.042, 0.05),
                (0.046, 0.11),
                (0.03, 0.14),
                (-0.03, 0.14),
                (-0.046, 0.11),
                (-0.042, 0.05),
                (-0.052, -0.06),
            ],
            0.028,
        )
        .turn(x=-90)
        .turn(z=180)
        .at(z=0.014)
    )
    high = 0.14 if style else 0.085
    upper = tube(
        [(0, -0.12, 0.03), (0, -0.09, 0.045), (0, -0.02, 0.055), (0, 0.04, 0.06), (0, 0.11, 0.06)],
        [0.012, 0.04, 0.045, 0.046, 0.04],
        10,
    )
    return {"upper": upper + limb([(0, 0.07, 0.06), (0, 0.075, high)], 0.038, 10), "sole": sole}


@thing(
    "backpack",
    {"body": "fabric", "pocket": "fabric", "straps": "fabric:black"},
    also="rucksack",
    tags="floor bag small",
    styles=2,
)
def backpack(d: Dice, style: int) -> Parts:
    h = d.between(0.38, 0.5)
    body = box(0.3, 0.18, h, 0.07).taper(0.85)
    pocket = box(0.22, 0.08, h * 0.42, 0.03).at(0, -0.12, 0.04)
    if style:
        pocket = pocket + box(0.28, 0.06, h * 0.2, 0.025).at(0, -0.09, h * 0.72)
    handle = tube(
        [(0.04, 0.05, h - 0.03), (0.03, 0.05, h + 0.04), (-0.03, 0.05, h + 0.04), (-0.04, 0.05, h - 0.03)], 0.009, 6
    )
    return {"body": body, "pocket": pocket, "straps": handle + box(0.05, 0.025, h * 0.8).at(0.08, 0.1, 0.05).both()}


@thing(
    "suitcase",
    {"body": "plastic leather fabric", "handle": "plastic:black metal", "wheels": "rubber"},
    also="luggage",
    tags="floor bag",
    styles=2,
)
def suitcase(d: Dice, style: int) -> Parts:
    w, h = d.between(0.36, 0.46), d.between(0.5, 0.68)
    body = box(w, 0.24, h, 0.04).at(z=0.04)
    ribs = join([box(0.02, 0.25, h * 0.86, 0.008).at(x, 0, 0.08) for x in np.linspace(-w / 2 + 0.06, w / 2 - 0.06, 5)])
    pull = tube([(0.08, 0.08, h), (0.08, 0.08, h + 0.34), (-0.08, 0.08, h + 0.34), (-0.08, 0.08, h)], 0.01, 6)
    if style:
        pull = tube([(0.07, 0, h + 0.03), (0.06, 0, h + 0.085), (-0.06, 0, h + 0.085), (-0.07, 0, h + 0.03)], 0.013, 6)
    return {
        "body": body + ribs,
        "handle": pull,
        "wheels": ball(0.03, sides=8).at(w / 2 - 0.05, -0.07, 0.03).both()
        + ball(0.03, sides=8).at(w / 2 - 0.05, 0.07, 0.03).both(),
    }


@thing("umbrella", {"canopy": "cloth", "pole": "metal wood"}, also="parasol", tags="outdoor terrace", styles=2)
def umbrella(d: Dice, style: int) -> Parts:
    r, h = d.between(1.1, 1.5), d.between(2.1, 2.5)
    canopy = lathe(
        [(r, h - 0.42), (r * 0.55, h - 0.16), (0.03, h), (0.02, h - 0.01), (r * 0.54, h - 0.18), (r * 0.98, h - 0.43)],
        8 if style else 12,
    )
    return {"canopy": canopy, "pole": cylinder(0.022, h + 0.06, 8) + cylinder(0.25, 0.06, 14)}


@thing(
    "guitar",
    {"body": "wood:brown|beige lacquer:red|black", "neck": "wood:brown", "hole": "paint:black"},
    tags="floor music living",
    styles=2,
)
def guitar(d: Dice, style: int) -> Parts:
    t = np.linspace(0, 2 * np.pi, 22, endpoint=False)
    outline = np.stack([np.cos(t) * (0.155 + 0.035 * np.cos(2 * t - np.pi) - 0.03 * np.sin(t)), 0.23 * np.sin(t)], 1)
    body = extrude(outline, 0.09 if style == 0 else 0.05, 0.008).at(z=0.25)
    neck = box(0.045, 0.03, 0.5).at(0, -0.045, 0.42) + box(0.07, 0.03, 0.14, 0.005).at(0, -0.04, 0.92)
    front = cylinder(0.045, 0.004, 14).turn(x=90).at(0, -0.05 if style == 0 else -0.03, 0.3) + box(0.1, 0.02, 0.02).at(
        0, -0.05, 0.13
    )
    parts = {"body": body, "neck": neck, "hole": front}
    return {name: mesh.turn(x=-9) for name, mesh in parts.items()}
