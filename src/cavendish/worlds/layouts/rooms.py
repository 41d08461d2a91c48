"""Living rooms, bedrooms, kitchens and offices."""

from dataclasses import dataclass

from ..catalog import shape
from ..dice import Dice
from ..materials import finish
from ..place import Builder
from ..scene import Air, Camera, Light, Stage, Thing
from .registry import Draft, layout

SIDES = {"north": 0.0, "west": 90.0, "east": -90.0, "south": 180.0}  # how a thing with its back to that wall is turned


@dataclass
class Room:
    """A rectangular room about the origin, `w` wide (x), `deep` (y), `h` high, and the camera at its south side."""

    draft: Draft
    w: float
    deep: float
    h: float

    @property
    def build(self) -> Builder:
        """Where things are put."""
        return self.draft.build

    @property
    def floor(self) -> tuple[float, float, float, float]:
        """The floor's rectangle."""
        return -self.w / 2, -self.deep / 2, self.w / 2, self.deep / 2

    def against(self, kind: str, side: str, along: float | None = None, z: float = 0.0, **options: object) -> Thing | None:
        """A thing with its back to a wall, `along` it (share of its length from the middle, -0.5 to 0.5)."""
        d, b = self.draft.dice, self.build
        length = self.w if side in ("north", "south") else self.deep
        for _ in range(8):
            made = b.add(kind, (0, 0, z), SIDES[side], reserve=False, **options)  # type: ignore[arg-type]
            b.things.pop()
            form = shape(kind, made.shape)
            half = (form.high[0] - form.low[0]) * made.scale[0] / 2
            back = form.high[1] * made.scale[1] + 0.015
            room = max(length / 2 - half - 0.05, 0.0)
            spot = (d.between(-room, room) if along is None else max(-room, min(room, along * length)))
            x, y = {
                "north": (spot, self.deep / 2 - back), "south": (spot, -self.deep / 2 + back),
                "west": (-self.w / 2 + back, spot), "east": (self.w / 2 - back, spot),
            }[side]  # fmt: skip
            placed = b.add(kind, (x, y, z), SIDES[side], number=made.shape, look=made.finish, reserve=False, size=made.scale[0])
            from ..place import footprint

            rect = footprint(placed)
            if b.free(rect, -1 if z > 0.8 else 0, 0.02) and (z > 0.8 or b.free(rect, 0, 0.02)):
                b.taken.setdefault(-1 if z > 0.8 else 0, []).append(rect)
                return placed
            b.things.pop()
            if along is not None:
                along = None
        return None

    def hang(self, kind: str, side: str, z: float, along: float | None = None) -> Thing | None:
        """A thing on a wall, its middle `z` above the floor."""
        return self.against(kind, side, along, z)


def shell(draft: Draft, family: str, w: float, deep: float, h: float) -> Room:
    """Floor, walls, ceiling, windows, a door, lamps and the camera."""
    d, b = draft.dice, draft.build
    room = Room(draft, w, deep, h)
    floors = {
        "kitchen": ("tiles", "checkered_tiles", "planks", "parquet"), "office": ("carpet", "planks", "tiles", "concrete"),
    }.get(family, ("planks", "parquet", "carpet", "planks", "marble"))  # fmt: skip
    b.stage.append(Stage("floor", "box", (0, 0, -0.1), (w, deep, 0.1), floor_finish(d, d.pick(floors))))
    b.stage.append(Stage("ceiling", "box", (0, 0, h), (w, deep, 0.1), finish(d, "plaster:white")))
    wall_color = d.pick(("white", "white", "beige", "beige", "gray", "blue", "green", "yellow", "pink"))
    plain = wall_finish(d, family, wall_color)
    accent = wall_finish(d, family, d.pick(("white", "beige", "gray", "blue", "green", "red", "yellow"))) if d.chance(0.35) else plain
    for (x, y), size, skin in (
        ((0, deep / 2 + 0.05), (w + 0.2, 0.1, h), accent), ((0, -deep / 2 - 0.05), (w + 0.2, 0.1, h), plain),
        ((-w / 2 - 0.05, 0), (0.1, deep, h), plain), ((w / 2 + 0.05, 0), (0.1, deep, h), plain),
    ):  # fmt: skip
        b.stage.append(Stage("wall", "box", (x, y, 0), size, skin))
    if d.chance(0.6):
        trim = finish(d, "paint:white wood")
        for x, y, sx, sy in ((0, deep / 2 - 0.01, w, 0.02), (-w / 2 + 0.01, 0, 0.02, deep), (w / 2 - 0.01, 0, 0.02, deep)):
            b.stage.append(Stage("wall", "box", (x, y, 0), (sx, sy, d.between(0.07, 0.12)), trim))
    view(draft, room)
    night = d.chance(0.25)
    draft.air = Air((0.3, 0.4, 0.6), (0.7, 0.75, 0.8), (0.3, 0.3, 0.3), (0.42, 0.4, 0.37) if not night else (0.22, 0.19, 0.15),
                    time="night" if night else "day")  # fmt: skip
    openings(room, night)
    return room


def floor_finish(d: Dice, texture: str) -> dict:
    """A floor of one texture in a colour that floors have."""
    spec = {
        "planks": "wood", "parquet": "wood", "tiles": "ceramic:white|beige|gray|brown", "checkered_tiles": "ceramic:white|beige",
        "carpet": "fabric:gray|beige|blue|brown|red|green", "marble": "marble", "concrete": "concrete",
    }[texture]  # fmt: skip
    return finish(d, spec, texture=texture)


def wall_finish(d: Dice, family: str, color: str) -> dict:
    """Paint mostly; sometimes wallpaper, bricks, boards or tiles."""
    roll = d.unit()
    made = finish(d, "plaster", color=color)
    if family == "kitchen" and roll < 0.35:
        return finish(d, "ceramic:white|beige|blue|green|gray", texture=d.pick(("tiles", "subway_tiles")))
    if roll < 0.12:
        return finish(d, "brick")
    if roll < 0.3:
        made = finish(d, "paper:white|beige", color=color, texture=d.pick(("stripes", "damask", "floral", "dots")))
        made["b"] = [round(c * d.between(0.55, 0.9), 4) for c in made["a"]]
        made["zoom"] = round(d.between(1.2, 2.4), 2)
    elif roll < 0.38:
        made = finish(d, "siding:white|gray|beige", texture="planks")
    return made


def view(draft: Draft, room: Room) -> None:
    """A camera near the south wall or one of its corners, held by a person, standing on a shelf or low like a robot's."""
    d = draft.dice
    x, y = d.between(-0.36, 0.36) * room.w, -room.deep / 2 + d.between(0.25, 0.7)
    z = d.pick((d.between(0.35, 0.8), d.between(1.1, 1.75), d.between(1.1, 1.75), d.between(1.75, room.h - 0.35)))
    yaw = d.between(-1, 1) * 22 + x / room.w * 60
    pitch = -6 - (z - 1.1) * d.between(10, 26) + d.between(-6, 4)
    fov = d.pick((d.between(48, 65), d.between(62, 85), d.between(85, 108)))
    roll = d.between(-6, 6) if d.chance(0.3) else d.between(-1, 1)
    draft.camera = Camera((round(x, 3), round(y, 3), round(z, 3)), round(yaw, 2), round(pitch, 2), round(roll, 2), round(fov, 2))
    draft.focus = d.between(1.5, 4.0)
    room.build.taken.setdefault(0, []).append((x - 0.55, y - 0.4, x + 0.55, y + 0.9))
    room.build.taken.setdefault(-1, []).append((x - 0.5, y - 0.5, x + 0.5, y + 0.5))


def openings(room: Room, night: bool) -> None:
    """Windows that let daylight in (dark at night), a door, curtains, and lamps at the ceiling."""
    d, b, draft = room.draft.dice, room.build, room.draft
    sky = 0.15 if night else d.between(4.0, 9.0)
    tint = (1.0, d.between(0.9, 1.0), d.between(0.85, 1.1))
    sides = d.some(["west", "east", "north"], d.whole(1, 2))
    for side in sides:
        z = d.between(1.35, 1.55)
        window = room.hang("window", side, z, d.between(-0.3, 0.3))
        if window is None:
            continue
        glow = 0.1 if night else d.between(1.2, 2.2)
        pane = dict(window.finish["glass"], a=[0.75, 0.85, 0.95] if not night else [0.02, 0.03, 0.06], glow=round(glow, 3))
        pane["b"] = pane["a"]
        window.finish["glass"] = pane
        form = shape("window", window.shape)
        half, tall = form.size[0] * window.scale[0] * 0.42, form.size[2] * window.scale[2] * 0.42
        x, y, _ = window.position
        into = {"west": (1, 0), "east": (-1, 0), "north": (0, -1)}[side]
        u = (0.0, half * (1 if side == "west" else -1), 0.0) if side != "north" else (half * 1.0, 0.0, 0.0)
        v = (0.0, 0.0, tall)
        if sky > 1:
            color = tuple(round(sky * t, 3) for t in tint)
            draft.lights.append(Light("area", (x + into[0] * 0.06, y + into[1] * 0.06, z), color, facing(u, v, into), v))  # type: ignore[arg-type]
        if d.chance(0.45):
            look = b.finishes("curtain", 0)
            for s in (-1, 1):
                dx, dy = (s * (half + 0.32), 0.0) if side == "north" else (0.0, s * (half + 0.32))
                b.add("curtain", (x + dx + into[0] * 0.07, y + dy + into[1] * 0.07, 1.2), SIDES[side], number=0, look=look, size=1.0, reserve=False)
    if d.chance(0.4):
        side = d.pick([s for s in ("west", "east", "north") if s not in sides] or ["east"])
        room.against("door", side)
    on = night or d.chance(0.6)
    power = d.between(1.6, 3.0) if night else d.between(0.7, 1.8)
    x, y = d.between(-0.15, 0.15) * room.w, d.between(0.0, 0.3) * room.deep
    drop = 0.1
    if d.chance(0.55) and room.draft.camera.position[2] < room.h - 0.8:
        lamp = b.add("ceiling lamp", (x, y, room.h), 0, reserve=False)
        low = shape("ceiling lamp", lamp.shape).low[2] * lamp.scale[2]
        drop = -low + 0.1
        lamp.finish["shade"]["glow"] = 1.6 if on else 0.02
    if on:
        draft.lights.append(Light("ball", (x, y, room.h - drop), (round(power, 3), round(power * 0.88, 3), round(power * 0.7, 3)), size=0.12))


def facing(u: tuple, v: tuple, into: tuple[int, int]) -> tuple[float, float, float]:
    """`u` with the sign that makes u x v point into the room."""
    nx, ny = u[1] * v[2], -u[0] * v[2]
    sign = 1.0 if nx * into[0] + ny * into[1] > 0 else -1.0
    return (u[0] * sign, u[1] * sign, u[2] * sign)


def lamps_on(draft: Draft) -> None:
    """Standing and table lamps give a little light when they are on."""
    d = draft.dice
    for thing in draft.build.things:
        if thing.kind in ("floor lamp", "table lamp") and len(draft.lights) < 4:
            on = draft.air.time == "night" or d.chance(0.4)
            thing.finish["shade"]["glow"] = 1.3 if on else 0.02
            if on:
                form = shape(thing.kind, thing.shape)
                z = thing.position[2] + form.high[2] * thing.scale[2] - (0.12 if thing.kind == "table lamp" else 0.15)
                power = d.between(0.35, 0.8)
                draft.lights.append(Light("ball", (thing.position[0], thing.position[1], z), (power, power * 0.8, power * 0.55), size=0.15))
        elif thing.kind in ("floor lamp", "table lamp"):
            thing.finish["shade"]["glow"] = 0.02


DECOR = ["vase", "flower vase", "book", "candle", "mug", "bowl", "clock", "globe", "headphones", "camera", "table lamp"]
SMALL = ["mug", "book", "vase", "bowl", "glass", "laptop", "phone", "candle", "plate", "apple", "teapot", "flower vase", "camera"]
FLOORY = ["ball", "box", "basket", "teddy bear", "backpack", "potted plant", "suitcase", "guitar", "stool", "cat", "dog", "shoe", "toy block"]


def dress(room: Room, walls: int, floor: int) -> None:
    """Pictures on the walls, things on the floor, things on what has a top."""
    d, b = room.draft.dice, room.build
    for _ in range(walls):
        room.hang(d.pick(("picture", "picture", "mirror", "clock", "picture")), d.pick(("north", "north", "west", "east")), d.between(1.45, 1.75))
    x0, y0, x1, y1 = room.floor
    area = (x0 + 0.3, y0 + 1.0, x1 - 0.3, y1 - 0.3)
    for _ in range(floor):
        b.put(d.pick(FLOORY), area)
    if d.chance(0.25):  # many of one kind, which differ in colour and size
        kind = d.pick(("ball", "box", "toy block", "shoe", "cushion", "teddy bear", "book"))
        for _ in range(d.whole(3, 9)):
            b.put(kind, area)
    lamps_on(room.draft)


def people(room: Room, share: float) -> None:
    """Somebody in the room, sometimes."""
    d = room.draft.dice
    x0, y0, x1, y1 = room.floor
    if d.chance(share):
        for _ in range(d.whole(1, 2)):
            room.build.put(d.pick(("person", "person", "child")), (x0 + 0.4, y0 + 1.3, x1 - 0.4, y1 - 0.4))


def seating(room: Room, y: float) -> Thing | None:
    """A sofa with cushions, a coffee table before it, perhaps a rug and armchairs."""
    d, b = room.draft.dice, room.build
    sofa = room.against("sofa", "north", d.between(-0.2, 0.2))
    if sofa is None:
        return None
    if d.chance(0.6):
        for _ in range(d.whole(1, 3)):
            b.add("cushion", (sofa.position[0] + d.between(-0.6, 0.6), sofa.position[1] - 0.05, 0.49), d.between(-15, 15), sofa.id, reserve=False)
    if d.chance(0.2):
        b.add("sitting person", (sofa.position[0] + d.between(-0.4, 0.4), sofa.position[1] - 0.02, 0.02), 0, sofa.id, reserve=False)
    table = b.put("coffee table", (sofa.position[0] - 0.3, sofa.position[1] - 1.6, sofa.position[0] + 0.3, sofa.position[1] - 1.25), yaw=0)
    if d.chance(0.6):
        b.add("rug", (sofa.position[0], sofa.position[1] - 1.5, 0), 0, reserve=False)
    if table:
        b.on_top(table, SMALL, d.whole(0, 5))
    for side in (-1, 1):
        if d.chance(0.5):
            x = sofa.position[0] + side * d.between(1.3, 1.8)
            b.put("armchair", (x - 0.2, sofa.position[1] - 2.0, x + 0.2, sofa.position[1] - 1.2), yaw=side * -d.between(40, 95))
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
    for kind in d.some(["bookshelf", "cabinet", "floor lamp", "potted plant", "radiator", "fireplace", "guitar"], d.whole(2, 4)):
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
        room.build.put(d.pick(("ball", "toy block", "teddy bear", "box", "rubber duck", "book", "toy block")), (x0 + 0.4, y0 + 1.1, x1 - 0.4, y1 - 0.6), size=d.between(1.2, 1.8))
    people(room, 0.3)
    dress(room, d.whole(0, 2), d.whole(0, 2))


def dining(room: Room, y: float = 0.3) -> None:
    """A table laid for a meal, with chairs around it."""
    d, b = room.draft.dice, room.build
    table = b.put("table", (-0.4, y - 0.3, 0.4, y + 0.4), yaw=0)
    if not table:
        return
    x0, y0, x1, y1 = __import__("cavendish.worlds.place", fromlist=["footprint"]).footprint(table)
    number, same = d.whole(0, 5), d.chance(0.6)
    look = b.finishes("chair", number)
    for x in ([0.0] if x1 - x0 < 1.3 else [-(x1 - x0) / 4, (x1 - x0) / 4]):
        for side in (-1, 1):
            spot = ((x0 + x1) / 2 + x, (y1 + 0.12) if side > 0 else (y0 - 0.12), 0)
            if b.free((spot[0] - 0.2, spot[1] - 0.1, spot[0] + 0.2, spot[1] + 0.1), 0, 0) or side > 0:
                b.add("chair", spot, (0 if side > 0 else 180) + d.between(-15, 15), number=number, look=look if same else b.finishes("chair", number))
    b.on_top(table, ["plate", "bowl", "glass", "wine glass", "bottle", "mug", "bread", "flower vase", "apple", "orange", "cake", "pizza", "candle", "teapot"], d.whole(3, 9))


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
                        room.build.on_top(stand, ["table lamp", "book", "clock", "glass", "mug", "flower vase", "phone"], d.whole(1, 2), face=0)
        for _ in range(d.whole(0, 2)):
            room.build.add("cushion", (bed.position[0] + d.between(-0.4, 0.4), bed.position[1] + 0.5, 0.56), d.between(-20, 20), bed.id, reserve=False)
        if d.chance(0.35):
            room.build.add(d.pick(("cat", "teddy bear", "book", "hat", "backpack")), (bed.position[0] + d.between(-0.3, 0.3), bed.position[1] - d.between(0.2, 0.6), 0.565), d.between(0, 360), bed.id, reserve=False)
    furnish_bedroom(room)


def furnish_bedroom(room: Room) -> None:
    """A wardrobe and other things along the walls."""
    d = room.draft.dice
    for kind in d.some(["wardrobe", "dresser", "desk", "mirror", "chair", "bookshelf", "potted plant", "radiator", "floor lamp"], d.whole(2, 4)):
        thing = room.against(kind, d.pick(("west", "east")), z=0.0 if kind != "mirror" else 1.5)
        if thing and kind in ("dresser", "desk"):
            room.build.on_top(thing, DECOR + ["laptop", "teddy bear"], d.whole(1, 4), face=thing.turn[2])
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
        room.build.put("office chair", (desk.position[0] - 0.2, desk.position[1] - 0.9, desk.position[0] + 0.2, desk.position[1] - 0.7), yaw=180 + d.between(-40, 40))
    furnish_bedroom(room)


@layout("bedroom", held_out=True)
def two_beds(draft: Draft) -> None:
    room, d = sleeping(draft), draft.dice
    number = 0
    for along in (-0.3, 0.3):
        room.against("bed", "north", along, number=number)
    furnish_bedroom(room)


def cooking(draft: Draft) -> Room:
    """A kitchen with a run of counters, stove and sink along the north wall."""
    d = draft.dice
    draft.place = "a kitchen"
    room = shell(draft, "kitchen", d.between(3.2, 4.8), d.between(3.4, 4.8), d.between(2.4, 2.8))
    b = room.build
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
        unit = b.add(kind, (x + width / 2, room.deep / 2 - 0.33, 0), 0, number=number, look=look if kind == "kitchen counter" else None, size=1.0)
        unit = b.things[-1] = _unstretched(unit)
        x += width
        if kind == "kitchen counter":
            b.on_top(unit, ["kettle", "toaster", "pot", "jar", "bottle", "mug", "cutting board", "microwave", "bowl", "teapot", "bread", "potted plant", "can"], d.whole(1, 3), face=0)
        elif kind == "oven":
            b.on_top(unit, ["pot", "frying pan", "kettle"], d.whole(0, 2))
    if d.chance(0.6):
        cupboard = finish(d, "wood paint:white|gray|blue|green")
        for k in range(d.whole(1, 3)):
            number = d.whole(0, 5)
            size = shape("cabinet", number).size
            px = -room.w / 2 + 0.9 + k * (size[0] + 0.1)
            rect = (px - size[0] / 2, room.deep / 2 - 0.4, px + size[0] / 2, room.deep / 2)
            if px + size[0] / 2 < room.w / 2 - 0.1 and b.free(rect, -1):
                made = b.add("cabinet", (px, room.deep / 2 - 0.24, 1.45), 0, number=number, size=0.85, on=-1)
                made.finish["body"] = made.finish["doors"] = cupboard
    return room


def _unstretched(thing: Thing) -> Thing:
    """The thing at its natural size, so that counters meet without gaps or steps."""
    from dataclasses import replace

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
    room.build.on_top(block, ["bowl", "apple", "banana", "bottle", "cutting board", "bread", "mug", "orange", "pear"], d.whole(3, 7))
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
    b.on_top(desk, ["keyboard", "mug", "book", "phone", "computer mouse", "printer", "pencil", "scissors", "table lamp", "headphones", "potted plant", "globe"], d.whole(2, 6), face=yaw)
    dy = -0.62 if yaw == 0 else 0.62
    b.put("office chair", (x - 0.15, y + dy - 0.15, x + 0.15, y + dy + 0.1), yaw=yaw + 180 + d.between(-50, 50), gap=-0.12)


def working(draft: Draft) -> Room:
    """An empty office."""
    d = draft.dice
    draft.place = "an office"
    return shell(draft, "office", d.between(3.6, 6.5), d.between(4.0, 6.5), d.between(2.5, 3.0))


@layout("office")
def study(draft: Draft) -> None:
    room, d = working(draft), draft.dice
    workplace(room, d.between(-0.6, 0.6), room.deep / 2 - 0.5, 0)
    for kind in d.some(["bookshelf", "cabinet", "trash can", "potted plant", "bookshelf", "armchair", "dresser"], d.whole(3, 5)):
        thing = room.against(kind, d.pick(("west", "east", "north")))
        if thing:
            room.build.on_top(thing, ["box", "book", "printer", "globe", "potted plant", "clock"], d.whole(0, 3), face=thing.turn[2])
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
        for k in range(d.whole(2, 5)):
            room.build.put("office chair", (-1.4, -0.8, 1.4, 1.7), yaw=d.between(0, 360), tries=14)
    people(room, 0.4)
    dress(room, d.whole(1, 2), d.whole(0, 1))
