"""Living rooms and bedrooms."""

from cavendish.worlds.catalog import shape
from cavendish.worlds.layouts.registry import Draft, layout
from cavendish.worlds.layouts.room import DECOR, SMALL, Room, dining, dress, people, shell
from cavendish.worlds.scene import Thing


def seating(room: Room, y: float) -> Thing | None:
    """A sofa with cushions, a coffee table before it, perhaps a rug and armchairs."""
    d, b = room.draft.dice, room.build
    sofa = room.against("sofa", "north", d.between(-0.2, 0.2))
    if sofa is None:
        return None
    if d.chance(0.6):
        for _ in range(d.whole(1, 3)):
            b.add(
                "cushion",
                (sofa.position[0] + d.between(-0.6, 0.6), sofa.position[1] - 0.05, 0.49),
                d.between(-15, 15),
                sofa.id,
                reserve=False,
            )
    if d.chance(0.2):
        b.add(
            "sitting person",
            (sofa.position[0] + d.between(-0.4, 0.4), sofa.position[1] - 0.02, 0.02),
            0,
            sofa.id,
            reserve=False,
        )
    table = b.put(
        "coffee table",
        (sofa.position[0] - 0.3, sofa.position[1] - 1.6, sofa.position[0] + 0.3, sofa.position[1] - 1.25),
        yaw=0,
    )
    if d.chance(0.6):
        b.add("rug", (sofa.position[0], sofa.position[1] - 1.5, 0), 0, reserve=False)
    if table:
        b.on_top(table, SMALL, d.whole(0, 5))
    for side in (-1, 1):
        if d.chance(0.5):
            x = sofa.position[0] + side * d.between(1.3, 1.8)
            b.put(
                "armchair",
                (x - 0.2, sofa.position[1] - 2.0, x + 0.2, sofa.position[1] - 1.2),
                yaw=side * -d.between(40, 95),
            )
    return sofa


def living(draft: Draft) -> Room:
    """An empty living room."""
    d = draft.dice
    draft.place = "a living room"
    return shell(draft, "living room", d.between(3.8, 6.0), d.between(4.2, 6.2), d.between(2.4, 3.0))


@layout("living room")
def lounge(draft: Draft) -> None:
    room, d = living(draft), draft.dice
    seating(room, 0)
    for kind in d.some(
        ["bookshelf", "cabinet", "floor lamp", "potted plant", "radiator", "fireplace", "guitar"], d.whole(2, 4)
    ):
        thing = room.against(kind, d.pick(("west", "east", "north")))
        if thing:
            room.build.on_top(thing, DECOR, d.whole(0, 4), face=thing.turn[2])
    people(room, 0.2)
    dress(room, d.whole(1, 3), d.whole(0, 3))


@layout("living room")
def television_corner(draft: Draft) -> None:
    room, d = living(draft), draft.dice
    stand = room.against("cabinet", "north", d.between(-0.2, 0.2))
    if stand:
        room.build.on_top(stand, ["television"], 1, face=0)
        room.build.on_top(stand, DECOR, d.whole(0, 3), face=0)
    area = (-room.w * 0.3, -room.deep * 0.1, room.w * 0.3, room.deep * 0.2)
    room.build.put(d.pick(("sofa", "armchair")), area, yaw=180 + d.between(-30, 30))
    room.build.put("armchair", area, yaw=180 + d.between(-60, 60))
    for kind in d.some(["bookshelf", "floor lamp", "potted plant", "door", "stool"], d.whole(2, 4)):
        room.against(kind, d.pick(("west", "east", "north")))
    people(room, 0.2)
    dress(room, d.whole(0, 2), d.whole(0, 3))


@layout("living room")
def playroom(draft: Draft) -> None:
    room, d = living(draft), draft.dice
    room.against(d.pick(("sofa", "bookshelf", "cabinet")), "north")
    room.build.add("rug", (0, 0, 0), 0, reserve=False)
    x0, y0, x1, y1 = room.floor
    for _ in range(d.whole(4, 11)):
        room.build.put(
            d.pick(("ball", "toy block", "teddy bear", "box", "rubber duck", "book", "toy block")),
            (x0 + 0.4, y0 + 1.1, x1 - 0.4, y1 - 0.6),
            size=d.between(1.2, 1.8),
        )
    people(room, 0.3)
    dress(room, d.whole(0, 2), d.whole(0, 2))


@layout("living room", held_out=True)
def dining_room(draft: Draft) -> None:
    room, d = living(draft), draft.dice
    draft.place = "a dining room"
    dining(room)
    room.against(d.pick(("cabinet", "dresser", "bookshelf")), "north")
    people(room, 0.25)
    dress(room, d.whole(1, 3), d.whole(0, 2))


def sleeping(draft: Draft) -> Room:
    """An empty bedroom."""
    d = draft.dice
    draft.place = "a bedroom"
    return shell(draft, "bedroom", d.between(3.4, 4.8), d.between(3.8, 5.2), d.between(2.4, 2.8))


@layout("bedroom")
def bed_against_wall(draft: Draft) -> None:
    room, d = sleeping(draft), draft.dice
    bed = room.against("bed", "north", d.between(-0.2, 0.2))
    if bed:
        half = shape("bed", bed.shape).size[0] * bed.scale[0] / 2
        look, number = room.build.finishes("nightstand", 0), 0
        for side in (-1, 1):
            if d.chance(0.75):
                x = bed.position[0] + side * (half + 0.34)
                if abs(x) < room.w / 2 - 0.25:
                    stand = room.against("nightstand", "north", x / room.w, number=number, look=look)
                    if stand:
                        room.build.on_top(
                            stand,
                            ["table lamp", "book", "clock", "glass", "mug", "flower vase", "phone"],
                            d.whole(1, 2),
                            face=0,
                        )
        for _ in range(d.whole(0, 2)):
            room.build.add(
                "cushion",
                (bed.position[0] + d.between(-0.4, 0.4), bed.position[1] + 0.5, 0.56),
                d.between(-20, 20),
                bed.id,
                reserve=False,
            )
        if d.chance(0.35):
            room.build.add(
                d.pick(("cat", "teddy bear", "book", "hat", "backpack")),
                (bed.position[0] + d.between(-0.3, 0.3), bed.position[1] - d.between(0.2, 0.6), 0.565),
                d.between(0, 360),
                bed.id,
                reserve=False,
            )
    furnish_bedroom(room)


def furnish_bedroom(room: Room) -> None:
    """A wardrobe and other things along the walls."""
    d = room.draft.dice
    for kind in d.some(
        ["wardrobe", "dresser", "desk", "mirror", "chair", "bookshelf", "potted plant", "radiator", "floor lamp"],
        d.whole(2, 4),
    ):
        thing = room.against(kind, d.pick(("west", "east")), z=0.0 if kind != "mirror" else 1.5)
        if thing and kind in ("dresser", "desk"):
            room.build.on_top(thing, [*DECOR, "laptop", "teddy bear"], d.whole(1, 4), face=thing.turn[2])
    if d.chance(0.5):
        room.build.add("rug", (d.between(-0.5, 0.5), -room.deep * 0.1, 0), 0, reserve=False)
    people(room, 0.15)
    dress(room, d.whole(0, 3), d.whole(0, 3))


@layout("bedroom")
def bed_in_corner(draft: Draft) -> None:
    room, d = sleeping(draft), draft.dice
    side = d.pick(("west", "east"))
    room.against("bed", side, 0.5)
    desk = room.against("desk", "north", 0.3 if side == "west" else -0.3)
    if desk:
        room.build.on_top(desk, ["laptop", "book", "table lamp", "mug", "globe", "pencil"], d.whole(2, 4), face=0)
        room.build.put(
            "office chair",
            (desk.position[0] - 0.2, desk.position[1] - 0.9, desk.position[0] + 0.2, desk.position[1] - 0.7),
            yaw=180 + d.between(-40, 40),
        )
    furnish_bedroom(room)


@layout("bedroom", held_out=True)
def two_beds(draft: Draft) -> None:
    room, _d = sleeping(draft), draft.dice
    number = 0
    for along in (-0.3, 0.3):
        room.against("bed", "north", along, number=number)
    furnish_bedroom(room)
