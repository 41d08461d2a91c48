"""Edits: the same scene with one thing changed, and the instruction that says so."""

from collections.abc import Callable
from dataclasses import replace

from cavendish.worlds.catalog import KINDS, SHAPES, shape
from cavendish.worlds.expressions import ALIKE
from cavendish.worlds.facts import Fact
from cavendish.worlds.layouts.weather import sky_of
from cavendish.worlds.materials import ANY, COLORS, MATERIALS, finish, linear
from cavendish.worlds.nouns import article
from cavendish.worlds.place import Builder, footprint
from cavendish.worlds.rng import Dice
from cavendish.worlds.scene import Scene, Thing

Change = tuple[str, Scene, bool]  # instruction, the changed scene, whether its exposure is measured again
INDOORS = ("living room", "bedroom", "kitchen", "office", "table top")


def named(
    scene: Scene, facts: list[Fact], names: dict[int, str], d: Dice, bare: bool = False
) -> tuple[Thing, str] | None:
    """(thing, expression) of a random thing that an expression names; with `bare`, of one with nothing on top of it."""
    carriers = {t.on for t in scene.things}
    ids = [f.id for f in facts if f.id in names and not (bare and f.id in carriers)]
    if not ids:
        return None
    number = d.pick(ids)
    return scene.thing(number), names[number]


def swapped(scene: Scene, thing: Thing) -> Scene:
    """The scene with the thing of that id replaced."""
    return replace(scene, things=tuple(thing if t.id == thing.id else t for t in scene.things))


def main_part(thing: Thing) -> str:
    """The part that gives a thing its colour."""
    return shape(thing.kind, thing.shape).names[0]


def painted(thing: Thing, color: str, d: Dice) -> Thing:
    """The thing with its main part in a named colour."""
    part = main_part(thing)
    old = thing.finish[part]
    a = [round(linear(c), 4) for c in d.pick(COLORS[color])]
    new = dict(old, color=color, a=a, b=[round(c * MATERIALS[old["material"]].second, 4) for c in a])
    return replace(thing, finish=thing.finish | {part: new})


def recolor(scene: Scene, facts: list[Fact], names: dict[int, str], d: Dice) -> Change | None:
    """Another colour on the main part."""
    found = named(scene, facts, names, d)
    if found is None:
        return None
    thing, words = found
    old = thing.finish[main_part(thing)]
    if MATERIALS[old["material"]].fixed or MATERIALS[old["material"]].glass:
        return None
    color = d.pick([c for c in ANY if c != old["color"] and frozenset((c, old["color"])) not in ALIKE])
    new = painted(thing, color, d)
    text = d.pick((f"change the color of {words} to {color}", f"make {words} {color}", f"paint {words} {color}"))
    return text, swapped(scene, new), False


def remake(scene: Scene, facts: list[Fact], names: dict[int, str], d: Dice) -> Change | None:
    """Another material on the main part."""
    found = named(scene, facts, names, d)
    if found is None:
        return None
    thing, words = found
    part = main_part(thing)
    now = MATERIALS[thing.finish[part]["material"]].adjective
    choice = d.pick(("wood", "metal", "marble", "leather", "fabric", "gold", "stone", "brick", "wicker"))
    if MATERIALS[choice].adjective == now:
        return None
    new = thing.finish | {part: finish(d, choice)}
    return f"make {words} {MATERIALS[choice].adjective}", swapped(scene, replace(thing, finish=new)), False


def remove(scene: Scene, facts: list[Fact], names: dict[int, str], d: Dice) -> Change | None:
    """One thing removed."""
    found = named(scene, facts, names, d, bare=True)
    if found is None:
        return None
    thing, words = found
    rest = tuple(t for t in scene.things if t.id != thing.id)
    return d.pick((f"remove {words}", f"take away {words}", f"delete {words}")), replace(scene, things=rest), False


def swap(scene: Scene, facts: list[Fact], names: dict[int, str], d: Dice) -> Change | None:
    """A thing replaced by another of about the same size."""
    found = named(scene, facts, names, d, bare=True)
    if found is None:
        return None
    thing, words = found
    tags = KINDS[thing.kind].tags - {"big"}
    size = max(shape(thing.kind, thing.shape).size)
    kinds = [
        k for k in KINDS.values() if k.name != thing.kind and k.tags & tags and k.surface == KINDS[thing.kind].surface
    ]
    kinds = [k for k in kinds if 0.6 < max(shape(k.name, 0).size) / size < 1.4]
    if not kinds or abs(thing.turn[0]) > 1:
        return None
    kind = d.pick(kinds).name
    number = d.whole(0, SHAPES - 1)
    made = Builder(scene.split, d).finishes(kind, number)
    new = replace(thing, kind=kind, shape=number, finish=made)
    return f"replace {words} with {article(kind)}", swapped(scene, new), False


def add(scene: Scene, facts: list[Fact], names: dict[int, str], d: Dice) -> Change | None:
    """One thing added, on another or near it."""
    build = Builder(scene.split, d, things=list(scene.things))
    for t in scene.things:
        build.taken.setdefault(t.on, []).append(footprint(t))
    carriers = [f for f in facts if f.id in names and KINDS[f.noun].surface is not None]
    kinds = ["mug", "vase", "book", "apple", "bowl", "bottle", "cat", "teddy bear", "ball", "flower vase"]
    if carriers:
        f = d.pick(carriers)
        placed = build.on_top(f.thing, kinds, 1)
        if placed:
            color = placed[0].finish[main_part(placed[0])]["color"]
            return (
                f"add {article(f'{color} {placed[0].kind}')} on {names[f.id]}",
                replace(scene, things=tuple(build.things)),
                False,
            )
    floor = [f for f in facts if f.id in names and f.thing.on == 0 and abs(f.thing.position[2]) < 0.3]
    if not floor or scene.family == "table top":
        return None
    f = d.pick(floor)
    x0, y0, x1, y1 = footprint(f.thing)
    kind = d.pick(
        ("ball", "dog", "box", "backpack", "cat")
        if scene.family in INDOORS
        else ("dog", "person", "ball", "rock", "traffic cone")
    )
    made = build.put(kind, (x0 - 0.9, y0 - 0.9, x1 + 0.9, y1 + 0.3), f.thing.position[2])
    return (
        (f"add {article(kind)} near {names[f.id]}", replace(scene, things=tuple(build.things)), False) if made else None
    )


def move(scene: Scene, facts: list[Fact], names: dict[int, str], d: Dice) -> Change | None:
    """A thing pushed to the left or right as the camera sees it."""
    import math

    found = named(scene, facts, names, d, bare=True)
    if found is None or found[0].on != 0:
        return None
    thing, words = found
    yaw = math.radians(scene.camera.yaw)
    side = d.pick((-1, 1))
    near = next(f for f in facts if f.id == thing.id)
    step = side * 0.22 * near.depth * 2 * math.tan(math.radians(scene.camera.fov) / 2)
    x, y, z = thing.position
    new = replace(thing, position=(round(x + step * math.cos(yaw), 4), round(y + step * math.sin(yaw), 4), z))
    build = Builder(scene.split, d)
    build.taken = {0: [footprint(t) for t in scene.things if t.id != thing.id and t.on == 0 and t.kind != "rug"]}
    if not build.free(footprint(new)) or (scene.family in INDOORS and not within(scene, new)):
        return None
    return f"move {words} to the {'right' if side > 0 else 'left'}", swapped(scene, new), False


def within(scene: Scene, thing: Thing) -> bool:
    """Whether a thing stands inside the room or on the table."""
    ground = scene.stage[0]
    x0, y0, x1, y1 = footprint(thing)
    return max(abs(x0), abs(x1)) < ground.size[0] / 2 and max(abs(y0), abs(y1)) < ground.size[1] / 2


def background(scene: Scene, facts: list[Fact], names: dict[int, str], d: Dice) -> Change | None:
    """Another floor, wall or ground."""
    choices = {
        "wall": ("plaster", None),
        "floor": ("wood", "planks"),
        "tabletop": ("wood", "wood"),
        "grass": ("paper:white", "snow"),
        "sidewalk": ("brick", "brick"),
    }
    labels = [s.label for s in scene.stage if s.label in choices]
    if not labels:
        return None
    label = d.pick(sorted(set(labels)))
    spec, texture = choices[label]
    color = d.pick(("red", "blue", "green", "yellow", "white", "gray", "pink"))
    made = finish(d, spec, color=color if label == "wall" else None, texture=texture)
    stage = tuple(replace(s, finish=made) if s.label == label else s for s in scene.stage)
    text = {
        "wall": f"paint the walls {color}", "floor": "give the room a wooden floor",
        "tabletop": "make the table wooden",
        "grass": "cover the ground with snow", "sidewalk": "pave the sidewalk with bricks",
    }[label]  # fmt: skip
    return text, replace(scene, stage=stage), False


def hour(scene: Scene, facts: list[Fact], names: dict[int, str], d: Dice) -> Change | None:
    """Another time of day."""
    if scene.family in INDOORS:
        return None
    time = d.pick([t for t in ("day", "sunset", "night") if t != scene.air.time])
    text = {"day": "make it a bright day", "sunset": "make it sunset", "night": "make it night"}[time]
    return text, under(scene, time, scene.air.weather, d), True


def weather(scene: Scene, facts: list[Fact], names: dict[int, str], d: Dice) -> Change | None:
    """Another weather."""
    if scene.family in INDOORS:
        return None
    kind = d.pick([w for w in ("clear", "cloudy", "foggy") if w != scene.air.weather])
    text = {"clear": "clear the sky", "cloudy": "make the sky cloudy", "foggy": "add fog"}[kind]
    return text, under(scene, scene.air.time, kind, d), True


def under(scene: Scene, time: str, weather: str, d: Dice) -> Scene:
    """The scene at another time or in another weather."""
    air, lights, stops = sky_of(time, weather, d.between(0, 360), d)
    others = tuple(light for light in scene.lights if light.kind != "sun")
    lens = replace(scene.lens, exposure=round(scene.lens.exposure + stops, 3))
    return replace(scene, air=air, lights=(*others, *lights), lens=lens)


EDITS: dict[str, Callable[[Scene, list[Fact], dict[int, str], Dice], Change | None]] = {
    "recolor": recolor, "remove": remove, "add": add, "replace": swap, "move": move, "material": remake,
    "background": background, "time": hour, "weather": weather,
}  # fmt: skip


def propose(scene: Scene, facts: list[Fact], names: dict[int, str], d: Dice, count: int) -> list[tuple[str, Change]]:
    """Up to `count` edits of different kinds, as (kind, change)."""
    result: list[tuple[str, Change]] = []
    for kind in d.some(list(EDITS), len(EDITS)):
        if len(result) == count:
            break
        change = EDITS[kind](scene, facts, names, d)
        if change is not None:
            result.append((kind, change))
    return result
