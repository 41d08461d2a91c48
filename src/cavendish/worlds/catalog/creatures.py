"""People and animals, built from limbs about a posed skeleton."""

import numpy as np

from cavendish.worlds.catalog.registry import Parts, thing
from cavendish.worlds.mesh import Mesh, ball, box, cylinder, join, lathe, limb, tube
from cavendish.worlds.rng import Dice

CLOTH = "cloth"


def figure(d: Dice, pose: str, size: float) -> Parts:
    """A person of `size` metres who stands, walks or sits (then the hips are 0.47 m above the base)."""
    s = size / 1.75
    hip = 0.92
    stride = {"stand": 0.06, "walk": 0.3, "sit": 0.0}[pose]
    shoulder, neck, head = 1.43, 1.5, 1.64
    legs, shoes, arms, hands = [], [], [], []
    for side in (-1, 1):
        x = side * 0.095
        step = side * stride
        if pose == "sit":
            knee, foot = (x * 1.3, -0.42, hip), (x * 1.3, -0.44, hip - 0.42)
        else:
            knee, foot = (x, -0.02 - max(step, 0) * 0.6, hip * 0.53), (x, step * 0.9 if step > 0 else step, 0.09)
            knee = (x, (foot[1] * 0.45) - 0.05, hip * 0.53)
        legs.append(limb([(x, 0, hip), knee, foot], [0.09, 0.066, 0.05], 8))
        shoes.append(ball(0.045, 0.13, 0.05, 8).at(foot[0], foot[1] - 0.06, foot[2] - 0.045))
        swing = -step * 0.9 + d.between(-0.06, 0.06)
        raised = d.chance(0.12)
        elbow = (side * 0.27, swing * 0.5, shoulder - 0.3)
        hand = (side * 0.28, swing - 0.1, shoulder - 0.54)
        if pose == "sit":
            elbow, hand = (side * 0.25, -0.08, shoulder - 0.3), (side * 0.16, -0.34, shoulder - 0.36)
        elif raised:
            elbow, hand = (side * 0.32, -0.05, shoulder + 0.05), (side * 0.36, -0.1, shoulder + 0.34)
        arms.append(limb([(side * 0.19, 0, shoulder - 0.02), elbow, hand], [0.056, 0.046, 0.036], 7))
        hands.append(ball(0.04, 0.035, 0.055, 8).at(hand[0], hand[1] - 0.01, hand[2] - 0.05))
    spread = d.near(1.0, 0.12)
    body = tube(
        [(0, 0, hip - 0.08), (0, 0, hip), (0, 0, 1.12), (0, 0, 1.32), (0, 0, 1.46), (0, 0, 1.5)],
        [0.11, 0.16 * spread, 0.145 * spread, 0.17, 0.13, 0.055], 10,
    )  # fmt: skip
    body = Mesh(body.vertices * [1.18, 0.78, 1], body.faces)
    face = ball(0.085, 0.1, 0.118, 12).at(0, -0.01, head) + limb([(0, 0, neck - 0.04), (0, 0, head - 0.05)], 0.048, 8)
    face = face + ball(0.018, 0.022, 0.02, 6).at(0, -0.11, head - 0.015)
    long = d.chance(0.4)
    hair = ball(0.094, 0.105, 0.1, 12).at(0, 0.018, head + 0.03)
    if long:
        hair = hair + limb([(0, 0.06, head), (0, 0.085, head - 0.24)], [0.085, 0.07], 8)
    eyes = ball(0.013, 0.008, 0.013, 6).at(0.034, -0.104, head + 0.018).both()
    parts = {
        "shirt": body + join(arms), "trousers": join(legs), "skin": face + join(hands), "hair": hair,
        "shoes": join(shoes), "eyes": eyes,
    }  # fmt: skip
    if d.chance(0.35):
        cap = lathe([(0.115, 0), (0.11, 0.05), (0.07, 0.11), (0, 0.125)], 12).at(0, 0.01, head + 0.045)
        parts["hat"] = cap + ball(0.09, 0.1, 0.01, 10).at(0, -0.11 if d.chance(0.6) else 0.0, head + 0.05)
    if pose != "sit" and d.chance(0.3):
        parts["backpack"] = box(0.28, 0.16, 0.42, 0.06).at(0, 0.2, 1.02)
    drop = hip - 0.47 if pose == "sit" else 0.0
    return {name: mesh.at(z=-drop).scale(s) for name, mesh in parts.items()}


PERSON = {
    "shirt": CLOTH, "trousers": "cloth:blue|black|gray|brown|beige|white|green|red", "skin": "skin", "hair": "hair",
    "shoes": "leather:black|brown|white|red", "eyes": "plastic:black", "hat": "fabric", "backpack": "fabric",
}  # fmt: skip


@thing("person", PERSON, also="pedestrian", tags="creature walker", styles=2, stretch=0.08, plural="people")
def person(d: Dice, style: int) -> Parts:
    return figure(d, "walk" if style else "stand", d.between(1.58, 1.86))


@thing("child", PERSON, also="kid", is_a="person", tags="creature walker", styles=2, plural="children")
def child(d: Dice, style: int) -> Parts:
    parts = figure(d, "walk" if style else "stand", d.between(1.1, 1.35))
    return {
        n: Mesh(np.where(m.vertices[:, 2:] > 1.02, m.vertices * [1.15, 1.15, 1], m.vertices), m.faces)
        for n, m in parts.items()
    }


@thing("sitting person", PERSON, is_a="person", tags="creature sitter", styles=2, plural="sitting people")
def sitting_person(d: Dice, style: int) -> Parts:
    return figure(d, "sit", d.between(1.55, 1.85))


def quadruped(
    long: float, tall: float, thick: float, neck: tuple[float, float], head: tuple[float, float, float], leg: float
) -> tuple[Mesh, tuple[float, float]]:
    """Trunk, neck, head and legs of a four-legged animal facing -y; also where its head is (y, z)."""
    back = tall - thick
    trunk = limb(
        [(0, -long / 2 + thick, back), (0, 0, back - thick * 0.08), (0, long / 2 - thick, back + thick * 0.05)],
        [thick, thick * 0.97, thick * 0.92], 12,
    )  # fmt: skip
    hy, hz = -long / 2 - neck[0], back + neck[1]
    throat = limb(
        [(0, -long / 2 + thick * 0.7, back + thick * 0.25), (0, hy + head[1] * 0.3, hz)],
        [thick * 0.72, head[0] * 0.85],
        9,
    )
    skull = ball(head[0], head[1], head[2], 12).at(0, hy, hz)
    legs = []
    for y, bend in ((-long / 2 + thick * 0.8, -0.04), (long / 2 - thick * 0.8, 0.06)):
        x = thick * 0.62
        top, knee = (x, y, back - thick * 0.4), (x, y + bend * tall, tall * 0.3)
        legs.append(limb([top, knee, (x, y + bend * 0.3, leg)], [thick * 0.42, leg * 1.15, leg * 0.95], 7).both())
        legs.append(ball(leg * 1.2, leg * 1.6, leg * 0.8, 6).at(x, y - leg * 0.5, leg * 0.7).both())
    return trunk + throat + skull + join(legs), (hy, hz)


ANIMAL = {
    "fur": "fur",
    "face": "fur plastic:black",
    "eyes": "plastic:black",
    "hat": "fabric",
    "collar": "leather fabric",
}


@thing(
    "dog",
    ANIMAL | {"fur": "fur:brown|black|white|beige|gray|brown"},
    also="puppy",
    is_a="animal",
    tags="creature pet animal",
    styles=3,
    stretch=0.25,
)
def dog(d: Dice, style: int) -> Parts:
    s = d.between(0.8, 1.25)
    if style == 2:
        body = limb([(0, 0.1, 0.16), (0, -0.02, 0.3), (0, -0.1, 0.42)], [0.15, 0.13, 0.1], 11)
        legs = (
            limb([(0.07, -0.12, 0.36), (0.07, -0.17, 0.05)], [0.05, 0.033], 7).both()
            + limb([(0.12, 0.08, 0.1), (0.13, -0.1, 0.05)], [0.075, 0.04], 7).both()
        )
        coat, (y, z) = (
            body
            + legs
            + ball(0.085, 0.1, 0.09, 12).at(0, -0.17, 0.58)
            + limb([(0, -0.1, 0.42), (0, -0.14, 0.56)], 0.075, 8),
            (-0.17, 0.58),
        )
    else:
        coat, (y, z) = quadruped(0.66, 0.52, 0.125, (0.07, 0.22), (0.085, 0.1, 0.085), 0.03)
    muzzle = limb([(0, y - 0.06, z - 0.02), (0, y - 0.16, z - 0.035)], [0.052, 0.042], 8)
    if style == 1:
        ears = (
            limb([(0.06, y + 0.03, z + 0.05), (0.095, y + 0.02, z - 0.07)], [0.022, 0.034], 6).scale(1, 1.2, 1).both()
        )
    else:
        ears = lathe([(0.035, 0), (0.02, 0.05), (0, 0.085)], 6).scale(1, 0.5, 1).at(0.05, y + 0.02, z + 0.06).both()
    rear = 0.33 if style < 2 else 0.18
    tail = limb(
        [
            (0, rear, 0.43 if style < 2 else 0.1),
            (0, rear + 0.12, 0.52 if style < 2 else 0.08),
            (0, rear + 0.16, 0.64 if style < 2 else 0.14),
        ],
        [0.026, 0.022, 0.014],
        6,
    )
    nose = (
        ball(0.02, 0.016, 0.015, 6).at(0, y - 0.2, z - 0.022)
        + ball(0.012, 0.008, 0.012, 6).at(0.036, y - 0.088, z + 0.03).both()
    )
    parts = {"fur": coat + ears + tail, "face": muzzle, "eyes": nose}
    collar = (
        lathe([(0.088, -0.018), (0.094, 0), (0.088, 0.018)], 12)
        .turn(x=38 if style < 2 else 8)
        .at(0, y + 0.075, z - 0.1)
    )
    if d.chance(0.5):
        parts["hat"] = lathe([(0.0, 0.0), (0.12, 0.0), (0.12, 0.01), (0.072, 0.015), (0.066, 0.09), (0, 0.1)], 14).at(
            0, y + 0.005, z + 0.075
        )
    parts["collar"] = collar
    return {name: mesh.scale(s) for name, mesh in parts.items()}


@thing(
    "cat",
    ANIMAL | {"fur": "fur:black|white|gray|beige|brown"},
    also="kitten",
    is_a="animal",
    tags="creature pet animal",
    styles=2,
    stretch=0.15,
)
def cat(d: Dice, style: int) -> Parts:
    if style:
        body = limb([(0, 0.07, 0.09), (0, 0.01, 0.18), (0, -0.04, 0.26)], [0.095, 0.085, 0.055], 11)
        legs = (
            limb([(0.035, -0.05, 0.22), (0.035, -0.08, 0.025)], [0.03, 0.02], 6).both()
            + ball(0.05, 0.08, 0.05, 8).at(0.06, 0.0, 0.05).both()
        )
        coat, (y, z) = body + legs + ball(0.058, 0.055, 0.052, 12).at(0, -0.07, 0.335), (-0.07, 0.335)
        tail = limb([(0, 0.15, 0.04), (0.1, 0.17, 0.03), (0.16, 0.06, 0.03)], 0.018, 7)
    else:
        coat, (y, z) = quadruped(0.42, 0.27, 0.07, (0.03, 0.1), (0.055, 0.055, 0.05), 0.017)
        tail = limb([(0, 0.19, 0.22), (0, 0.28, 0.28), (0.02, 0.3, 0.42)], [0.016, 0.015, 0.012], 6)
    ears = lathe([(0.024, 0), (0.0, 0.05)], 4).at(0.032, y + 0.005, z + 0.036).both()
    face = ball(0.026, 0.02, 0.018, 8).at(0, y - 0.045, z - 0.016)
    eyes = ball(0.01, 0.006, 0.01, 6).at(0.022, y - 0.05, z + 0.012).both() + ball(0.006, sides=6).at(
        0, y - 0.066, z - 0.01
    )
    return {"fur": coat + ears + tail, "face": face, "eyes": eyes}


@thing(
    "horse",
    ANIMAL | {"fur": "fur:brown|black|white|gray hide", "face": "hair"},
    also="pony",
    is_a="animal",
    tags="creature farm animal",
    styles=2,
    stretch=0.12,
)
def horse(d: Dice, style: int) -> Parts:
    low = style == 1
    coat, (y, z) = quadruped(1.75, 1.5, 0.3, (0.42, -0.35 if low else 0.55), (0.12, 0.19, 0.14), 0.055)
    muzzle = limb([(0, y - 0.08, z - 0.05), (0, y - 0.3, z - 0.22)], [0.11, 0.08], 8)
    mane = limb(
        [(0, -0.6, 1.35), (0, y + 0.24, z - 0.02 if low else z - 0.1), (0, y + 0.06, z + 0.14)], [0.05, 0.07, 0.05], 6
    ).at(0, 0.12, 0.1)
    tail = limb([(0, 0.84, 1.3), (0, 0.98, 1.1), (0, 0.98, 0.62)], [0.05, 0.075, 0.04], 7)
    ears = lathe([(0.035, 0), (0, 0.11)], 6).at(0.06, y + 0.03, z + 0.12).both()
    eyes = ball(0.022, sides=6).at(0.105, y - 0.07, z + 0.02).both()
    return {"fur": coat + muzzle + ears, "face": mane + tail, "eyes": eyes}


@thing(
    "cow",
    ANIMAL | {"fur": "hide hide fur:brown|black", "face": "skin", "hat": "shell", "collar": "skin"},
    also="cattle",
    is_a="animal",
    tags="creature farm animal",
    styles=2,
    stretch=0.1,
)
def cow(d: Dice, style: int) -> Parts:
    coat, (y, z) = quadruped(2.0, 1.42, 0.4, (0.32, 0.1 if style else -0.45), (0.15, 0.2, 0.16), 0.06)
    muzzle = ball(0.13, 0.14, 0.11, 10).at(0, y - 0.2, z - 0.1)
    horns = limb(
        [(0.1, y + 0.06, z + 0.13), (0.24, y + 0.04, z + 0.17), (0.28, y, z + 0.28)], [0.03, 0.025, 0.01], 6
    ).both()
    ears = limb([(0.13, y + 0.08, z + 0.07), (0.28, y + 0.1, z + 0.04)], [0.03, 0.05], 6).both()
    tail = limb([(0, 0.98, 1.25), (0, 1.05, 0.9), (0, 1.04, 0.5)], [0.03, 0.02, 0.045], 6)
    eyes = ball(0.025, sides=6).at(0.12, y - 0.09, z + 0.05).both()
    return {
        "fur": coat + ears + tail,
        "face": muzzle,
        "eyes": eyes,
        "hat": horns,
        "collar": ball(0.16, 0.2, 0.12, 10).at(0, 0.42, 0.66),
    }


@thing(
    "sheep",
    {"fur": "wool:white|beige|black|white", "face": "fur:black|white|beige", "eyes": "plastic:white|black"},
    also="lamb",
    is_a="animal",
    tags="creature farm animal",
    styles=2,
    stretch=0.12,
    plural="sheep",
)
def sheep(d: Dice, style: int) -> Parts:
    wool = limb([(0, -0.26, 0.58), (0, 0.28, 0.58)], [0.24, 0.26], 14).rough(0.025, 0.12, 4)
    y, z = (-0.62, 0.42) if style else (-0.62, 0.82)
    head = limb([(0, y + 0.1, z + 0.03), (0, y - 0.1, z - 0.07)], [0.095, 0.065], 9)
    neck = limb([(0, -0.38, 0.66), (0, y + 0.12, z)], [0.15, 0.09], 9)
    legs = join([limb([(0.13, q, 0.4), (0.13, q, 0.04)], [0.05, 0.035], 6).both() for q in (-0.25, 0.28)])
    ears = limb([(0.07, y + 0.1, z + 0.06), (0.17, y + 0.12, z + 0.03)], [0.02, 0.03], 6).both()
    return {
        "fur": wool + neck + ball(0.09, 0.09, 0.07, 8).at(0, y + 0.1, z + 0.1),
        "face": head + legs + ears,
        "eyes": ball(0.014, sides=6).at(0.08, y + 0.0, z + 0.03).both(),
    }


@thing(
    "duck",
    {
        "feathers": "fur:white|brown|gray",
        "head": "fur:green|white|brown",
        "beak": "plastic:orange|yellow",
        "eyes": "plastic:black",
    },
    is_a="bird, animal",
    tags="creature swimmer animal",
    styles=2,
    stretch=0.12,
)
def duck(d: Dice, style: int) -> Parts:
    body = limb([(0, -0.1, 0.1), (0, 0.08, 0.1), (0, 0.2, 0.15)], [0.085, 0.09, 0.03], 10)
    wing = ball(0.02, 0.12, 0.055, 8).at(0.085, 0.05, 0.12).both()
    z = 0.3 if style else 0.25
    head = limb([(0, -0.13, 0.13), (0, -0.16, z - 0.03)], 0.035, 8) + ball(0.045, 0.052, 0.045, 10).at(0, -0.175, z)
    feet = box(0.05, 0.07, 0.01).at(0.04, -0.02).both() + cylinder(0.008, 0.05, 6).at(0.04).both()
    return {
        "feathers": body + wing,
        "head": head,
        "beak": ball(0.022, 0.04, 0.009, 8).at(0, -0.24, z - 0.01) + feet,
        "eyes": ball(0.008, sides=6).at(0.035, -0.2, z + 0.014).both(),
    }


@thing(
    "bird",
    {
        "feathers": "fur:brown|black|gray|red|blue|yellow|white",
        "belly": "fur:white|beige|red",
        "beak": "plastic:orange|black|yellow",
        "eyes": "plastic:black",
    },
    also="pigeon",
    is_a="animal",
    tags="creature small animal percher",
    styles=2,
    stretch=0.25,
)
def bird(d: Dice, style: int) -> Parts:
    lean = 35 if style else 10
    body = ball(0.065, 0.11, 0.068, 12).turn(x=-lean).at(z=0.125)
    tail = box(0.05, 0.13, 0.012, 0.004).turn(x=-lean).at(0, 0.14, 0.06 if style else 0.11)
    wings = ball(0.016, 0.1, 0.045, 8).turn(x=-lean).at(0.06, 0.02, 0.125).both()
    y, z = (-0.065, 0.215) if style else (-0.09, 0.19)
    legs = cylinder(0.005, 0.07, 5).at(0.022).both() + box(0.02, 0.05, 0.006).at(0.022, -0.01).both()
    beak = tube([(0, y - 0.035, z), (0, y - 0.08, z - 0.01)], [0.014, 0.002], 6)
    return {
        "feathers": body + tail + wings + ball(0.046, sides=10).at(0, y, z),
        "belly": ball(0.052, 0.08, 0.055, 10).turn(x=-lean).at(0, -0.025, 0.108),
        "beak": beak + legs,
        "eyes": ball(0.008, sides=6).at(0.036, y - 0.02, z + 0.012).both(),
    }
