"""Things on a table, seen from close by."""

import math

from cavendish.worlds.layouts.registry import Draft, layout
from cavendish.worlds.layouts.room import floor_finish, wall_finish
from cavendish.worlds.materials import finish
from cavendish.worlds.scene import Air, Camera, Light, Stage, vec

FRUIT = ["apple", "orange", "banana", "lemon", "pear", "tomato", "carrot", "egg"]
CROCKERY = ["mug", "plate", "bowl", "glass", "wine glass", "bottle", "teapot", "jar", "can"]
CUTLERY = ["knife", "fork", "spoon"]
TOOLS = ["hammer", "screwdriver", "wrench", "scissors", "pencil"]
OFFICE = [
    "laptop",
    "keyboard",
    "computer mouse",
    "phone",
    "book",
    "pencil",
    "scissors",
    "mug",
    "headphones",
    "camera",
    "globe",
]
TOYS = ["toy block", "rubber duck", "ball", "teddy bear", "toy block", "rubber duck"]
FOOD = ["bread", "cake", "donut", "pizza", "watermelon", *FRUIT]


def surface(draft: Draft, place: str) -> tuple[float, float, float, float]:
    """A table's top with a room behind it, the camera and the light; gives the area in view."""
    draft.place = place
    width, depth = table_in_room(draft)
    x, y, distance = look_down(draft)
    lamps(draft)
    reach = distance * math.tan(math.radians(draft.camera.fov) / 2) * 0.95
    return (
        max(-width / 2 + 0.05, x - reach),
        max(-depth / 2 + 0.05, y - reach * 0.8),
        min(width / 2 - 0.05, x + reach),
        min(depth / 2 - 0.05, y + reach),
    )


def table_in_room(draft: Draft) -> tuple[float, float]:
    """A table with two legs in view, the floor and three walls; gives the table's width and depth."""
    d, stage = draft.dice, draft.build.stage
    width, depth = d.between(1.0, 1.8), d.between(0.7, 1.1)
    top = d.pick(("wood", "wood", "marble", "paint", "cloth", "metal", "stone", "ceramic"))
    spec = {"paint": "paint", "cloth": "cloth", "ceramic": "ceramic:white|beige|gray|blue"}.get(top, top)
    texture = {"ceramic": d.pick(("tiles", "plain")), "wood": d.pick(("wood", "planks", "wood"))}.get(top)
    skin = finish(d, spec, texture=texture)
    skin["gloss"] = round(min(skin["gloss"], 0.6), 3)
    stage.append(Stage("tabletop", "box", (0, 0, -0.04), (width, depth, 0.04), skin))
    for x in (width * 0.4, -width * 0.4):
        stage.append(Stage("tabletop", "box", (x, depth * 0.38, -0.75), (0.07, 0.07, 0.71), skin))
    back = d.between(0.9, 3.0)
    floor = floor_finish(d, d.pick(("planks", "tiles", "carpet", "parquet")))
    stage.append(Stage("floor", "box", (0, 0, -0.85), (9, 9, 0.1), floor))
    wall = wall_finish(d, "", d.pick(("white", "beige", "gray", "blue", "green", "yellow", "pink")))
    stage.append(Stage("wall", "box", (0, depth / 2 + back, -0.75), (9, 0.1, 3.0), wall))
    for side in (-1, 1):
        stage.append(Stage("wall", "box", (side * 3.4, 0, -0.75), (0.1, 9, 3.0), wall))
    return width, depth


def look_down(draft: Draft) -> tuple[float, float, float]:
    """A camera above the table; gives the point (x, y) that it looks at and its distance."""
    d = draft.dice
    pitch = d.pick((d.between(14, 30), d.between(25, 50), d.between(45, 78)))
    distance = d.between(0.7, 1.25)
    yaw = d.between(-30, 30)
    x, y = d.between(-0.1, 0.1), d.between(-0.08, 0.06)
    flat = distance * math.cos(math.radians(pitch))
    position = (
        x + flat * math.sin(math.radians(yaw)),
        y - flat * math.cos(math.radians(yaw)),
        0.06 + distance * math.sin(math.radians(pitch)),
    )
    roll, fov = d.between(-5, 5), d.between(38, 62)
    draft.camera = Camera(vec(position), round(yaw, 2), round(-pitch, 2), round(roll, 2), round(fov, 2))
    draft.focus = distance
    return x, y, distance


def lamps(draft: Draft) -> None:
    """A window's light from one side, and often a lamp above."""
    d = draft.dice
    warm = d.between(0.75, 1.1)
    draft.air = Air((0.5, 0.55, 0.6), (0.8, 0.8, 0.8), (0.4, 0.4, 0.4), (0.5, 0.49, 0.46))
    side = d.pick((-1, 1))
    power = d.between(4, 8)
    draft.lights.append(
        Light(
            "area",
            (side * 3.2, d.between(-1, 1.2), d.between(0.6, 1.3)),
            (power, power, power * warm),
            (0.0, -0.7 * side, 0.0),
            (0.0, 0.0, 0.6),
        )
    )
    if d.chance(0.6):
        power = d.between(0.8, 2.2)
        draft.lights.append(
            Light(
                "ball",
                (d.between(-0.8, 0.8), d.between(-0.6, 0.8), d.between(1.0, 1.6)),
                (power, power * 0.88, power * 0.7),
                size=d.between(0.04, 0.2),
            )
        )


def scatter(draft: Draft, area: tuple[float, float, float, float], kinds: list[str], low: int, high: int) -> None:
    """Several things of some kinds, one kind more often than the others."""
    d, b = draft.dice, draft.build
    favourite = d.pick(kinds)
    crowd = d.whole(2, 6) if d.chance(0.5) else 0
    for k in range(d.whole(low, high) + crowd):
        b.put(favourite if k < crowd else d.pick(kinds), area, gap=0.012)
    for thing in list(b.things):
        if thing.kind == "plate" and d.chance(0.5):
            served = d.pick(("apple", "donut", "bread", "orange", "egg", "tomato", "pear", "cake"))
            spot = (thing.position[0], thing.position[1], 0.012)
            b.add(served, spot, d.between(0, 360), thing.id, size=0.7, reserve=False)
        elif thing.kind in ("book", "box", "cutting board", "toy block") and d.chance(0.4):
            b.on_top(thing, [d.pick(kinds)], 1)


@layout("table top")
def kitchen_table(draft: Draft) -> None:
    area = surface(draft, "a kitchen table")
    scatter(draft, area, [*CROCKERY, *FOOD, "cutting board", "knife"], 4, 11)


@layout("table top")
def fruit_still_life(draft: Draft) -> None:
    area = surface(draft, "a table with fruit")
    scatter(draft, area, [*FRUIT, "bowl", "plate", "bottle", "vase", "watermelon"], 5, 12)


@layout("table top")
def laid_table(draft: Draft) -> None:
    area, d, b = surface(draft, "a laid table"), draft.dice, draft.build
    look, number = b.finishes("plate", 0), 0
    for x in (-0.32, 0.0, 0.32)[: d.whole(1, 3)]:
        y = d.between(-0.16, 0.0)
        if not b.free((x - 0.13, y - 0.13, x + 0.13, y + 0.13)):
            continue
        plate = b.add("plate", (x, y, 0), 0, number=number, look=look, size=0.9)
        b.add("fork", (x - 0.16, y, 0), 90, size=1.0)
        b.add("knife", (x + 0.16, y, 0), 90, size=1.0)
        if d.chance(0.6):
            b.add(
                d.pick(("bread", "cake", "donut", "pizza", "tomato", "egg")),
                (x, y, 0.014),
                d.between(0, 360),
                plate.id,
                size=0.6,
                reserve=False,
            )
    scatter(draft, area, ["glass", "wine glass", "bottle", "candle", "bowl", "flower vase", "mug"], 3, 7)


@layout("table top")
def desk_top(draft: Draft) -> None:
    area = surface(draft, "a desk")
    scatter(draft, area, OFFICE, 5, 11)


@layout("table top")
def toys(draft: Draft) -> None:
    area = surface(draft, "a table with toys")
    scatter(draft, area, [*TOYS, "book", "pencil", "hat"], 5, 12)


@layout("table top")
def medley(draft: Draft) -> None:
    area = surface(draft, "a table")
    scatter(
        draft,
        area,
        draft.dice.some(
            [*FRUIT, *CROCKERY, *CUTLERY, *TOOLS, *OFFICE, *TOYS, "vase", "candle", "clock", "hat", "donut", "shoe"], 5
        ),
        3,
        9,
    )


@layout("table top", held_out=True)
def workbench(draft: Draft) -> None:
    area = surface(draft, "a workbench")
    scatter(draft, area, [*TOOLS, "can", "jar", "box", "mug"], 5, 11)
