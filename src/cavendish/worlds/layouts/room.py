"""A room: its shell, its windows and lamps, the camera in it, and what any room may hold."""

from dataclasses import dataclass, replace

from cavendish.worlds.catalog import shape
from cavendish.worlds.layouts.registry import Draft
from cavendish.worlds.materials import finish
from cavendish.worlds.place import Builder, footprint
from cavendish.worlds.rng import Dice
from cavendish.worlds.scene import Air, Camera, Light, Stage, Thing, vec

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

    def against(
        self, kind: str, side: str, along: float | None = None, z: float = 0.0, **options: object
    ) -> Thing | None:
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
            spot = d.between(-room, room) if along is None else max(-room, min(room, along * length))
            x, y = {
                "north": (spot, self.deep / 2 - back), "south": (spot, -self.deep / 2 + back),
                "west": (-self.w / 2 + back, spot), "east": (self.w / 2 - back, spot),
            }[side]  # fmt: skip
            placed = b.add(
                kind, (x, y, z), SIDES[side], number=made.shape, look=made.finish, reserve=False, size=made.scale[0]
            )
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
        "kitchen": ("tiles", "checkered_tiles", "planks", "parquet"),
        "office": ("carpet", "planks", "tiles", "concrete"),
    }.get(family, ("planks", "parquet", "carpet", "planks", "marble"))  # fmt: skip
    b.stage.append(Stage("floor", "box", (0, 0, -0.1), (w, deep, 0.1), floor_finish(d, d.pick(floors))))
    b.stage.append(Stage("ceiling", "box", (0, 0, h), (w, deep, 0.1), finish(d, "plaster:white")))
    wall_color = d.pick(("white", "white", "beige", "beige", "gray", "blue", "green", "yellow", "pink"))
    plain = wall_finish(d, family, wall_color)
    accent = (
        wall_finish(d, family, d.pick(("white", "beige", "gray", "blue", "green", "red", "yellow")))
        if d.chance(0.35)
        else plain
    )
    for (x, y), size, skin in (
        ((0, deep / 2 + 0.05), (w + 0.2, 0.1, h), accent), ((0, -deep / 2 - 0.05), (w + 0.2, 0.1, h), plain),
        ((-w / 2 - 0.05, 0), (0.1, deep, h), plain), ((w / 2 + 0.05, 0), (0.1, deep, h), plain),
    ):  # fmt: skip
        b.stage.append(Stage("wall", "box", (x, y, 0), size, skin))
    if d.chance(0.6):
        trim = finish(d, "paint:white wood")
        for x, y, sx, sy in (
            (0, deep / 2 - 0.01, w, 0.02),
            (-w / 2 + 0.01, 0, 0.02, deep),
            (w / 2 - 0.01, 0, 0.02, deep),
        ):
            b.stage.append(Stage("wall", "box", (x, y, 0), (sx, sy, d.between(0.07, 0.12)), trim))
    view(draft, room)
    night = d.chance(0.25)
    draft.air = Air((0.3, 0.4, 0.6), (0.7, 0.75, 0.8), (0.3, 0.3, 0.3), (0.42, 0.4, 0.37))
    if night:
        draft.air = replace(draft.air, ambient=(0.22, 0.19, 0.15), time="night")
    openings(room, night)
    return room


def floor_finish(d: Dice, texture: str) -> dict:
    """A floor of one texture in a colour that floors have."""
    spec = {
        "planks": "wood",
        "parquet": "wood",
        "tiles": "ceramic:white|beige|gray|brown",
        "checkered_tiles": "ceramic:white|beige",
        "carpet": "fabric:gray|beige|blue|brown|red|gray",
        "marble": "marble",
        "concrete": "concrete",
    }[texture]
    return finish(d, spec, texture=texture)


def wall_finish(d: Dice, family: str, color: str) -> dict:
    """Paint mostly; sometimes wallpaper, bricks, boards or tiles."""
    roll = d.unit()
    made = finish(d, "plaster", color=color)
    pale = d.between(0.35, 0.75)
    made |= {key: [round(c + (0.82 - c) * pale, 4) for c in made[key]] for key in ("a", "b")}
    if family == "kitchen" and roll < 0.35:
        return finish(d, "ceramic:white|beige|blue|green|gray", texture=d.pick(("tiles", "subway_tiles")))
    if roll < 0.12:
        return finish(d, "brick")
    if roll < 0.3:
        made |= {"texture": d.pick(("stripes", "damask", "floral", "dots")), "gloss": 0.05}
        made["b"] = [round(c * d.between(0.55, 0.9), 4) for c in made["a"]]
        made["zoom"] = round(d.between(1.2, 2.4), 2)
    elif roll < 0.38:
        made = finish(d, "siding:white|gray|beige", texture="planks")
    return made


def view(draft: Draft, room: Room) -> None:
    """A camera near the south wall or one of its corners, held by a person or low like a robot's."""
    d = draft.dice
    x, y = d.between(-0.36, 0.36) * room.w, -room.deep / 2 + d.between(0.25, 0.7)
    z = d.pick((d.between(0.35, 0.8), d.between(1.1, 1.75), d.between(1.1, 1.75), d.between(1.75, room.h - 0.35)))
    yaw = d.between(-1, 1) * 22 + x / room.w * 60
    pitch = -6 - (z - 1.1) * d.between(10, 26) + d.between(-6, 4)
    fov = d.pick((d.between(48, 65), d.between(62, 85), d.between(85, 108)))
    roll = d.between(-6, 6) if d.chance(0.3) else d.between(-1, 1)
    draft.camera = Camera(
        (round(x, 3), round(y, 3), round(z, 3)), round(yaw, 2), round(pitch, 2), round(roll, 2), round(fov, 2)
    )
    draft.focus = d.between(1.5, 4.0)
    room.build.taken.setdefault(0, []).append((x - 0.55, y - 0.4, x + 0.55, y + 0.9))
    room.build.taken.setdefault(-1, []).append((x - 0.5, y - 0.5, x + 0.5, y + 0.5))


def openings(room: Room, night: bool) -> None:
    """Windows that let daylight in (dark at night), perhaps a door, and a lamp at the ceiling."""
    d = room.draft.dice
    sides = windows(room, night)
    if d.chance(0.4):
        room.against("door", d.pick([s for s in ("west", "east", "north") if s not in sides] or ["east"]))
    ceiling_lamp(room, night)


def windows(room: Room, night: bool) -> list[str]:
    """One or two windows, some with curtains; gives their sides."""
    d = room.draft.dice
    sky = 0.15 if night else d.between(4.0, 9.0)
    tint = (1.0, d.between(0.9, 1.0), d.between(0.85, 1.1))
    sides = d.some(["west", "east", "north"], d.whole(1, 2))
    for side in sides:
        z = d.between(1.35, 1.55)
        window = room.hang("window", side, z, d.between(-0.3, 0.3))
        if window is None:
            continue
        glow = 0.1 if night else d.between(1.2, 2.2)
        light = [0.02, 0.03, 0.06] if night else [0.75, 0.85, 0.95]
        window.finish["glass"] = dict(window.finish["glass"], a=light, b=light, glow=round(glow, 3))
        form = shape("window", window.shape)
        half, tall = form.size[0] * window.scale[0] * 0.42, form.size[2] * window.scale[2] * 0.42
        x, y, _ = window.position
        into = {"west": (1, 0), "east": (-1, 0), "north": (0, -1)}[side]
        u = (0.0, half * (1 if side == "west" else -1), 0.0) if side != "north" else (half * 1.0, 0.0, 0.0)
        v = (0.0, 0.0, tall)
        if sky > 1:
            color = vec(sky * t for t in tint)
            position = (x + into[0] * 0.06, y + into[1] * 0.06, z)
            room.draft.lights.append(Light("area", position, color, facing(u, v, into), v))
        if d.chance(0.45):
            curtains(room, side, x + into[0] * 0.07, y + into[1] * 0.07, half + 0.32)
    return sides


def curtains(room: Room, side: str, x: float, y: float, half: float) -> None:
    """Two curtains of one cloth, `half` to the left and right of (x, y)."""
    look = room.build.finishes("curtain", 0)
    for s in (-half, half):
        spot = (x + s, y, 1.2) if side == "north" else (x, y + s, 1.2)
        room.build.add("curtain", spot, SIDES[side], number=0, look=look, size=1.0, reserve=False)


def ceiling_lamp(room: Room, night: bool) -> None:
    """Light from the ceiling, always at night; its lamp is shown where it does not hang before the camera."""
    d, draft = room.draft.dice, room.draft
    on = night or d.chance(0.6)
    power = d.between(1.6, 3.0) if night else d.between(0.7, 1.8)
    x, y = d.between(-0.15, 0.15) * room.w, d.between(0.0, 0.3) * room.deep
    drop = 0.1
    if d.chance(0.55) and draft.camera.position[2] < room.h - 0.8:
        lamp = room.build.add("ceiling lamp", (x, y, room.h), 0, reserve=False)
        low = shape("ceiling lamp", lamp.shape).low[2] * lamp.scale[2]
        drop = -low + 0.1
        lamp.finish["shade"]["glow"] = 1.6 if on else 0.02
    if on:
        color = (round(power, 3), round(power * 0.88, 3), round(power * 0.7, 3))
        draft.lights.append(Light("ball", (x, y, room.h - drop), color, size=0.12))


def facing(u: tuple, v: tuple, into: tuple[int, int]) -> tuple[float, float, float]:
    """`u` with the sign that makes u x v point into the room."""
    nx, ny = u[1] * v[2], -u[0] * v[2]
    sign = 1.0 if nx * into[0] + ny * into[1] > 0 else -1.0
    return (u[0] * sign, u[1] * sign, u[2] * sign)


def switch_lamps(draft: Draft) -> None:
    """Switch floor and table lamps on or off; the first few that are on give light."""
    d = draft.dice
    for thing in draft.build.things:
        if thing.kind in ("floor lamp", "table lamp") and len(draft.lights) < 4:
            on = draft.air.time == "night" or d.chance(0.4)
            thing.finish["shade"]["glow"] = 1.3 if on else 0.02
            if on:
                form = shape(thing.kind, thing.shape)
                z = thing.position[2] + form.high[2] * thing.scale[2] - (0.12 if thing.kind == "table lamp" else 0.15)
                power = d.between(0.35, 0.8)
                draft.lights.append(
                    Light(
                        "ball", (thing.position[0], thing.position[1], z), (power, power * 0.8, power * 0.55), size=0.15
                    )
                )
        elif thing.kind in ("floor lamp", "table lamp"):
            thing.finish["shade"]["glow"] = 0.02


DECOR = ["vase", "flower vase", "book", "candle", "mug", "bowl", "clock", "globe", "headphones", "camera", "table lamp"]


SMALL = [
    "mug",
    "book",
    "vase",
    "bowl",
    "glass",
    "laptop",
    "phone",
    "candle",
    "plate",
    "apple",
    "teapot",
    "flower vase",
    "camera",
]


FLOORY = [
    "ball",
    "box",
    "basket",
    "teddy bear",
    "backpack",
    "potted plant",
    "suitcase",
    "guitar",
    "stool",
    "cat",
    "dog",
    "shoe",
    "toy block",
]


def dress(room: Room, walls: int, floor: int) -> None:
    """Hang pictures on the walls, put things on the floor, switch lamps on."""
    d, b = room.draft.dice, room.build
    for _ in range(walls):
        room.hang(
            d.pick(("picture", "picture", "mirror", "clock", "picture")),
            d.pick(("north", "north", "west", "east")),
            d.between(1.45, 1.75),
        )
    x0, y0, x1, y1 = room.floor
    area = (x0 + 0.3, y0 + 1.0, x1 - 0.3, y1 - 0.3)
    for _ in range(floor):
        b.put(d.pick(FLOORY), area)
    if d.chance(0.25):  # many of one kind, which differ in colour and size
        kind = d.pick(("ball", "box", "toy block", "shoe", "cushion", "teddy bear", "book"))
        for _ in range(d.whole(3, 9)):
            b.put(kind, area)
    switch_lamps(room.draft)


def people(room: Room, share: float) -> None:
    """One or two people, in `share` of the rooms."""
    d = room.draft.dice
    x0, y0, x1, y1 = room.floor
    if d.chance(share):
        for _ in range(d.whole(1, 2)):
            room.build.put(d.pick(("person", "person", "child")), (x0 + 0.4, y0 + 1.3, x1 - 0.4, y1 - 0.4))


def dining(room: Room, y: float = 0.3) -> None:
    """A table laid for a meal, with chairs around it."""
    d, b = room.draft.dice, room.build
    table = b.put("table", (-0.4, y - 0.3, 0.4, y + 0.4), yaw=0)
    if not table:
        return
    x0, y0, x1, y1 = footprint(table)
    number, same = d.whole(0, 5), d.chance(0.6)
    look = b.finishes("chair", number)
    for x in [0.0] if x1 - x0 < 1.3 else [-(x1 - x0) / 4, (x1 - x0) / 4]:
        for side in (-1, 1):
            spot = ((x0 + x1) / 2 + x, (y1 + 0.12) if side > 0 else (y0 - 0.12), 0)
            if b.free((spot[0] - 0.2, spot[1] - 0.1, spot[0] + 0.2, spot[1] + 0.1), 0, 0) or side > 0:
                b.add(
                    "chair",
                    spot,
                    (0 if side > 0 else 180) + d.between(-15, 15),
                    number=number,
                    look=look if same else b.finishes("chair", number),
                )
    b.on_top(
        table,
        [
            "plate",
            "bowl",
            "glass",
            "wine glass",
            "bottle",
            "mug",
            "bread",
            "flower vase",
            "apple",
            "orange",
            "cake",
            "pizza",
            "candle",
            "teapot",
        ],
        d.whole(3, 9),
    )
