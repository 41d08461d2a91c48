"""The registry of families and their layouts."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from cavendish.worlds.catalog import KINDS, shape
from cavendish.worlds.place import Builder
from cavendish.worlds.rng import Dice
from cavendish.worlds.scene import Air, Camera, Lens, Light, Scene, Thing, vec


@dataclass
class Draft:
    """A scene in the making: what a layout decides, and `build`, which collects its stage and things."""

    build: Builder
    dice: Dice
    camera: Camera = field(default_factory=lambda: Camera((0, 0, 1.5), 0, 0, 0, 60))
    air: Air = field(default_factory=lambda: Air((1, 1, 1), (1, 1, 1), (0.5, 0.5, 0.5), (0.4, 0.4, 0.4)))
    lights: list[Light] = field(default_factory=list)
    place: str = ""
    exposure: float = 0.0
    focus: float = 0.0


Layout = Callable[[Draft], None]
FAMILIES: dict[str, dict[str, Layout]] = {}
HELD_OUT: set[tuple[str, str]] = set()


def layout(family: str, held_out: bool = False) -> Callable[[Layout], Layout]:
    """Register a function as a layout of a family; a `held_out` one is never seen in training."""

    def register(arrange: Layout) -> Layout:
        FAMILIES.setdefault(family, {})[arrange.__name__] = arrange
        if held_out:
            HELD_OUT.add((family, arrange.__name__))
        return arrange

    return register


def compose(split: str, seed: int, attempt: int, family: str) -> Scene:
    """The scene of a seed. The same arguments always give the same scene."""
    dice = Dice(split, seed, attempt, family)
    names = [n for n in FAMILIES[family] if split != "train" or (family, n) not in HELD_OUT]
    withheld = [n for n in names if (family, n) in HELD_OUT]
    name = dice.pick(withheld) if withheld and dice.chance(0.5) else dice.pick(names)
    draft = Draft(Builder(split, Dice(split, seed, attempt, "things")), dice)
    FAMILIES[family][name](draft)
    if dice.chance(CLOSER.get(family, 0.45)):
        draft.camera = approach(draft)
    return Scene(
        split=split,
        seed=seed,
        family=family,
        place=draft.place,
        camera=draft.camera,
        air=draft.air,
        lens=photographed(dice, draft),
        lights=tuple(draft.lights),
        stage=tuple(draft.build.stage),
        things=tuple(draft.build.things),
        layout=name,
    )


CLOSER = {"table top": 0.0, "street": 0.3, "park": 0.65, "open country": 0.55}


def approach(draft: Draft) -> Camera:
    """The camera moved close to one of the things and turned to it, where there is room to stand."""
    d, camera = draft.dice, draft.camera
    x, y, z = camera.position
    things = [t for t in draft.build.things if t.kind not in FIXTURES and not is_building(t)]
    near = [t for t in things if t.position[2] < 2.5 and largest_side(t) > 0.25]
    if not near:
        return camera
    thing = d.pick(near)
    size = largest_side(thing)
    dx, dy = thing.position[0] - x, thing.position[1] - y
    away = math.hypot(dx, dy)
    goal = max(0.5, d.between(1.1, 2.6) * size)
    for keep in (goal, goal * 1.4, goal * 2, goal * 3):
        share = 1 - keep / max(away, 1e-6)
        if share <= 0:
            break
        px, py = x + dx * share, y + dy * share
        if draft.build.free((px - 0.25, py - 0.25, px + 0.25, py + 0.25)):
            middle = thing.position[2] + size * d.between(0.1, 0.45)
            height = z if z < 3 and size > 1.0 else max(0.3, middle + keep * d.between(0.15, 0.75))
            yaw = math.degrees(math.atan2(-dx, dy)) + d.between(-9, 9)
            pitch = math.degrees(math.atan2(middle - height, keep)) + d.between(-4, 4)
            return replace(
                camera, position=vec((px, py, height)), yaw=round(yaw, 2), pitch=round(max(-65.0, min(20.0, pitch)), 2),
                fov=round(d.between(38, 68), 2),
            )  # fmt: skip
    return camera


FIXTURES = (
    "ceiling lamp",
    "curtain",
    "rug",
    "window",
    "door",
    "picture",
    "clock",
    "kite",
    "kitchen counter",
    "flower",
)


def is_building(thing: Thing) -> bool:
    """Whether it is a building, to which no camera goes close."""
    return "building" in KINDS[thing.kind].tags


def largest_side(thing: Thing) -> float:
    """The longest of its width, depth and height in metres."""
    return max(s * k for s, k in zip(shape(thing.kind, thing.shape).size, thing.scale))


def photographed(d: Dice, draft: Draft) -> Lens:
    """A lens like those of real photos: mostly clean, sometimes noisy, tinted, soft or shaken."""
    warm = d.between(-0.08, 0.08)
    return Lens(
        exposure=round(draft.exposure + d.between(-0.45, 0.4), 3),
        white=(round(1 + warm, 3), round(1 + d.between(-0.02, 0.02), 3), round(1 - warm, 3)),
        vignette=round(d.between(0, 0.35) if d.chance(0.5) else 0.0, 3),
        blur=round(d.between(0.0, 0.0025) if d.chance(0.15) else 0.0, 5),
        focus=round(draft.focus, 3),
        aperture=round(d.between(0.002, 0.009) if draft.focus and d.chance(0.25) else 0.0, 4),
        motion=(round(d.between(-0.012, 0.012), 4), round(d.between(-0.006, 0.006), 4))
        if d.chance(0.06)
        else (0.0, 0.0),
        noise=round(d.between(0.0, 0.035) if d.chance(0.88) else d.between(0.05, 0.1), 4),
        jpeg=d.whole(45, 95) if d.chance(0.5) else 0,
        contrast=round(d.near(1.12, 0.1), 3),
        saturation=round(d.near(1.0, 0.2), 3),
    )
