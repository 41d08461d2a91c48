"""Kitchens and offices."""

from dataclasses import replace

from cavendish.worlds.catalog import shape
from cavendish.worlds.layouts.registry import Draft, layout
from cavendish.worlds.layouts.room import Room, dining, dress, people, shell
from cavendish.worlds.materials import finish
from cavendish.worlds.scene import Thing

ON_COUNTERS = [
    "kettle",
    "toaster",
    "pot",
    "jar",
    "bottle",
    "mug",
    "cutting board",
    "microwave",
    "bowl",
    "teapot",
    "bread",
    "potted plant",
    "can",
]


def cooking(draft: Draft) -> Room:
    """A kitchen with a run of counters, stove and sink along the north wall."""
    d = draft.dice
    draft.place = "a kitchen"
    room = shell(draft, "kitchen", d.between(3.2, 4.8), d.between(3.4, 4.8), d.between(2.4, 2.8))
    counters(room)
    if d.chance(0.6):
        cupboards(room)
    return room


def counters(room: Room) -> None:
    """Perhaps a refrigerator, then counters, an oven and a sink, with things on them, as far as the wall goes."""
    d, b = room.draft.dice, room.build
    x = -room.w / 2 + 0.02
    look = b.finishes("kitchen counter", 0)
    if d.chance(0.7):
        fridge = b.add("refrigerator", (x + 0.45, room.deep / 2 - 0.34, 0), 0)
        x = fridge.position[0] + 0.48
    units = ["oven", "sink"]
    while x < room.w / 2 - 0.62:
        kind = units.pop(0) if units and d.chance(0.55) else "kitchen counter"
        number = d.whole(0, 5)
        width = shape(kind, number).size[0]
        if x + width > room.w / 2:
            break
        skin = look if kind == "kitchen counter" else None
        unit = b.add(kind, (x + width / 2, room.deep / 2 - 0.33, 0), 0, number=number, look=skin, size=1.0)
        unit = b.things[-1] = _unstretched(unit)
        x += width
        if kind == "kitchen counter":
            b.on_top(unit, ON_COUNTERS, d.whole(1, 3), face=0)
        elif kind == "oven":
            b.on_top(unit, ["pot", "frying pan", "kettle"], d.whole(0, 2))


def cupboards(room: Room) -> None:
    """Cabinets of one finish on the wall above the counters."""
    d, b = room.draft.dice, room.build
    skin = finish(d, "wood paint:white|gray|blue|green")
    for k in range(d.whole(1, 3)):
        number = d.whole(0, 5)
        width = shape("cabinet", number).size[0]
        x = -room.w / 2 + 0.9 + k * (width + 0.1)
        rect = (x - width / 2, room.deep / 2 - 0.4, x + width / 2, room.deep / 2)
        if x + width / 2 < room.w / 2 - 0.1 and b.free(rect, -1):
            made = b.add("cabinet", (x, room.deep / 2 - 0.24, 1.45), 0, number=number, size=0.85, on=-1)
            made.finish["body"] = made.finish["doors"] = skin


def _unstretched(thing: Thing) -> Thing:
    """The thing at its natural size, so that counters meet without gaps or steps."""
    return replace(thing, scale=(1.0, 1.0, 1.0))


@layout("kitchen")
def galley(draft: Draft) -> None:
    room, d = cooking(draft), draft.dice
    people(room, 0.3)
    dress(room, d.whole(0, 1), d.whole(0, 2))


@layout("kitchen")
def eat_in(draft: Draft) -> None:
    room, d = cooking(draft), draft.dice
    dining(room, -0.1)
    people(room, 0.2)
    dress(room, d.whole(0, 2), d.whole(0, 1))


@layout("kitchen", held_out=True)
def island(draft: Draft) -> None:
    room, d = cooking(draft), draft.dice
    block = room.build.add("kitchen counter", (d.between(-0.4, 0.4), -0.1, 0), 180, number=d.pick((0, 1, 2, 3)))
    room.build.on_top(
        block, ["bowl", "apple", "banana", "bottle", "cutting board", "bread", "mug", "orange", "pear"], d.whole(3, 7)
    )
    for _ in range(d.whole(1, 3)):
        room.build.put("stool", (-1.0, -0.7, 1.0, -0.4))
    dress(room, d.whole(0, 1), d.whole(0, 1))


def workplace(room: Room, x: float, y: float, yaw: float) -> None:
    """A desk with a computer and a chair before it."""
    d, b = room.draft.dice, room.build
    desk = b.put("desk", (x - 0.1, y - 0.1, x + 0.1, y + 0.1), yaw=yaw)
    if not desk:
        return
    b.on_top(desk, ["monitor", "laptop", "monitor"], d.whole(1, 2), face=yaw)
    b.on_top(
        desk,
        [
            "keyboard",
            "mug",
            "book",
            "phone",
            "computer mouse",
            "printer",
            "pencil",
            "scissors",
            "table lamp",
            "headphones",
            "potted plant",
            "globe",
        ],
        d.whole(2, 6),
        face=yaw,
    )
    dy = -0.62 if yaw == 0 else 0.62
    b.put(
        "office chair", (x - 0.15, y + dy - 0.15, x + 0.15, y + dy + 0.1), yaw=yaw + 180 + d.between(-50, 50), gap=-0.12
    )


def working(draft: Draft) -> Room:
    """An empty office."""
    d = draft.dice
    draft.place = "an office"
    return shell(draft, "office", d.between(3.6, 6.5), d.between(4.0, 6.5), d.between(2.5, 3.0))


@layout("office")
def study(draft: Draft) -> None:
    room, d = working(draft), draft.dice
    workplace(room, d.between(-0.6, 0.6), room.deep / 2 - 0.5, 0)
    for kind in d.some(
        ["bookshelf", "cabinet", "trash can", "potted plant", "bookshelf", "armchair", "dresser"], d.whole(3, 5)
    ):
        thing = room.against(kind, d.pick(("west", "east", "north")))
        if thing:
            room.build.on_top(
                thing, ["box", "book", "printer", "globe", "potted plant", "clock"], d.whole(0, 3), face=thing.turn[2]
            )
    people(room, 0.35)
    dress(room, d.whole(1, 3), d.whole(0, 2))


@layout("office")
def open_plan(draft: Draft) -> None:
    room, d = working(draft), draft.dice
    for k in range(d.whole(2, 4)):
        x = (-1 if k % 2 else 1) * room.w * 0.24
        workplace(room, x, room.deep / 2 - 0.6 - 1.9 * (k // 2), 0)
    for kind in d.some(["trash can", "potted plant", "cabinet", "bookshelf"], 2):
        room.against(kind, d.pick(("west", "east")))
    people(room, 0.5)
    dress(room, d.whole(0, 2), d.whole(0, 1))


@layout("office", held_out=True)
def meeting(draft: Draft) -> None:
    room, d = working(draft), draft.dice
    table = room.build.put("table", (-0.3, 0, 0.3, 0.5), yaw=0)
    if table:
        room.build.on_top(table, ["laptop", "mug", "book", "phone", "glass", "bottle"], d.whole(3, 7))
        for _ in range(d.whole(2, 5)):
            room.build.put("office chair", (-1.4, -0.8, 1.4, 1.7), yaw=d.between(0, 360), tries=14)
    people(room, 0.4)
    dress(room, d.whole(1, 2), d.whole(0, 1))
