"""Parks: lawns with paths, trees, benches, ponds and playgrounds."""

from cavendish.worlds.layouts.registry import Draft, layout
from cavendish.worlds.layouts.street import shoot
from cavendish.worlds.layouts.weather import outside
from cavendish.worlds.materials import finish
from cavendish.worlds.place import Rect
from cavendish.worlds.scene import Stage

GREENS = ["tree", "tree", "bush", "flower", "conifer", "flower", "rock"]
LIFE = ["person", "person", "child", "dog", "dog", "cat", "bird", "duck", "person"]
LEISURE = [
    "bench",
    "picnic table",
    "trash can",
    "street lamp",
    "bicycle",
    "ball",
    "kite",
    "umbrella",
    "statue",
    "log",
    "skateboard",
    "scooter",
    "backpack",
    "hat",
    "guitar",
    "suitcase",
    "mailbox",
]


def lawn(draft: Draft, long: float = 400.0) -> None:
    """Grass to the horizon with hills, and trees behind."""
    d, b = draft.dice, draft.build
    outside(draft)
    b.stage.append(
        Stage(
            "grass",
            "terrain",
            (0, 0, 0),
            (long * 1.6, long * 1.6, 0),
            grass(draft),
            rough=d.between(1.0, 7.0),
            clear=d.between(24, 40),
            seed=d.whole(0, 10**6),
        )
    )
    for k in range(d.whole(5, 12)):
        x = d.between(-34, 34)
        b.put(
            d.pick(
                ("tree", "tree", "conifer", "bush", "house", "building")
                if k == 0
                else ("tree", "tree", "conifer", "bush")
            ),
            (x - 2, 22, x + 2, 46),
            gap=0.2,
        )


def grass(draft: Draft) -> dict:
    """The finish of a meadow: green, or dry, or under snow."""
    d = draft.dice
    made = finish(d, "soil", texture="grass")
    green = d.between(0.7, 1.2)
    dry = d.unit() ** 3
    a = [0.055 + 0.16 * dry, 0.115 + 0.06 * dry, 0.022 + 0.03 * dry]
    made |= {
        "a": [round(c * green, 4) for c in a],
        "b": [round(c * green * 1.7, 4) for c in a],
        "zoom": round(d.between(0.8, 2.5), 2),
    }
    if d.chance(0.07):
        made |= {"texture": "snow", "a": [0.78, 0.81, 0.86], "b": [0.68, 0.72, 0.8]}
    return made


def path(draft: Draft) -> None:
    """A straight way across the lawn."""
    d = draft.dice
    skin = finish(d, "stone:gray|beige", texture=d.pick(("gravel", "paving", "asphalt", "dirt", "sand", "brick")))
    turn = d.pick((d.between(-25, 25), 90 + d.between(-15, 15)))
    draft.build.stage.append(
        Stage(
            "path",
            "box",
            (d.between(-3, 3), d.between(7, 12), -0.2),
            (d.between(1.6, 3), 90 if abs(turn) < 45 else 46, 0.212),
            skin,
            turn=turn,
        )
    )


def populate(draft: Draft, area: Rect, greens: int, leisure: int, life: int) -> None:
    """Plants, things and creatures; sometimes many of one kind."""
    d, b = draft.dice, draft.build
    kinds = (
        [d.pick(GREENS) for _ in range(greens)]
        + [d.pick(LEISURE) for _ in range(leisure)]
        + [d.pick(LIFE) for _ in range(life)]
    )
    if d.chance(0.5):
        kinds += [
            d.pick(
                (
                    "dog",
                    "bird",
                    "flower",
                    "ball",
                    "person",
                    "tree",
                    "bench",
                    "duck",
                    "kite",
                    "umbrella",
                    "rock",
                    "child",
                )
            )
        ] * d.whole(3, 10)
    for kind in kinds:
        z = d.between(2.2, 5.0) if kind == "kite" else 0.0
        scale = {"ball": d.between(1.0, 1.6)}.get(kind)
        b.put(kind, area, z, gap=0.1, size=scale)
    for thing in list(b.things):
        if thing.kind == "bench" and d.chance(0.4):
            import math

            a = math.radians(thing.turn[2])
            b.add(
                "sitting person",
                (thing.position[0] + 0.02 * math.sin(a), thing.position[1] - 0.02, 0.0),
                thing.turn[2],
                thing.id,
                reserve=False,
            )
        elif thing.kind == "picnic table":
            b.on_top(
                thing,
                ["apple", "bottle", "basket", "mug", "plate", "banana", "bread", "watermelon", "backpack"],
                d.whole(1, 5),
            )


@layout("park")
def walk(draft: Draft) -> None:
    d = draft.dice
    draft.place = "a park"
    shoot(
        draft,
        0,
        0,
        d.pick((d.between(0.35, 0.8), d.between(1.3, 1.8), d.between(1.3, 1.8), d.between(2.5, 6))),
        d.between(-15, 15),
        d.between(-12, -1),
    )
    lawn(draft)
    path(draft)
    populate(draft, (-7, 3.2, 7, 17), d.whole(3, 7), d.whole(2, 5), d.whole(2, 6))


@layout("park")
def close_by(draft: Draft) -> None:
    d = draft.dice
    draft.place = "a lawn"
    shoot(draft, 0, 0, d.between(0.4, 1.6), d.between(-15, 15), d.between(-22, -6), (40, 75))
    lawn(draft)
    populate(draft, (-2.2, 2.0, 2.2, 6), d.whole(1, 3), d.whole(1, 3), d.whole(1, 4))


@layout("park")
def pond(draft: Draft) -> None:
    d, b = draft.dice, draft.build
    draft.place = "a pond in a park"
    shoot(draft, 0, 0, d.between(1.0, 2.6), d.between(-12, 12), d.between(-14, -4))
    lawn(draft)
    water = finish(d, "water")
    b.stage.append(Stage("sand", "box", (0, 11, -0.2), (17, 10.6, 0.212), finish(d, "stone:beige", texture="gravel")))
    b.stage.append(Stage("water", "box", (0, 11, -0.2), (16, 9.6, 0.225), water))
    for _ in range(d.whole(2, 7)):
        b.put("duck", (-6, 7, 6, 15), 0.0, gap=0.1, size=d.between(1.1, 1.5))
    if d.chance(0.5):
        b.put("boat", (-4, 8.5, 4, 13), 0.12)
    populate(draft, (-6, 2.5, 6, 5.2), d.whole(1, 3), d.whole(1, 2), d.whole(1, 3))
    populate(draft, (-9, 17, 9, 24), d.whole(3, 5), 1, d.whole(0, 2))


@layout("park")
def playground(draft: Draft) -> None:
    d, b = draft.dice, draft.build
    draft.place = "a playground"
    shoot(draft, 0, 0, d.between(1.1, 3.0), d.between(-12, 12), d.between(-15, -4), (50, 90))
    lawn(draft)
    b.stage.append(Stage("sand", "box", (0, 9, -0.2), (15, 11, 0.212), finish(d, "dune")))
    for kind in d.some(["slide", "swing", "slide", "bench", "picnic table", "swing"], d.whole(2, 4)):
        b.put(kind, (-5, 5.5, 5, 12), 0.01, gap=0.3)
    for _ in range(d.whole(2, 6)):
        b.put(d.pick(("child", "child", "person", "dog", "ball")), (-5, 4, 5, 12), 0.01)
    populate(draft, (-9, 15, 9, 22), d.whole(2, 5), 1, 1)


@layout("park", held_out=True)
def square(draft: Draft) -> None:
    d, b = draft.dice, draft.build
    draft.place = "a square with a monument"
    shoot(draft, 0, 0, d.between(1.2, 2.5), d.between(-12, 12), d.between(-8, 0), (50, 85))
    lawn(draft)
    b.stage.append(
        Stage(
            "path",
            "box",
            (0, 11, -0.2),
            (22, 20, 0.212),
            finish(d, "stone:gray|beige", texture=d.pick(("paving", "cobbles", "brick"))),
        )
    )
    b.put(d.pick(("fountain", "statue")), (-1, 8, 1, 12), 0.01, yaw=0)
    populate(draft, (-7, 3.5, 7, 16), d.whole(1, 3), d.whole(3, 6), d.whole(3, 8))
