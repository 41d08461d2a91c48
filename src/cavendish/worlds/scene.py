"""The description of a scene: plain values from which any picture of it can be rendered, at any size."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

VERSION = 2  # rises whenever the same seed would give another picture

Vec = tuple[float, float, float]


def vec(values: Iterable[float]) -> Vec:
    """Three numbers, rounded as descriptions are."""
    x, y, z = (round(float(v), 4) for v in values)
    return x, y, z


@dataclass(frozen=True)
class Thing:
    """One nameable object: a shape of a class, placed, with the finish of its parts.

    `position` is the point of its base (the origin of its shape) in metres, `turn` degrees about x, y, z, `scale` the
    stretch along its own axes. `on` is the id of what carries it (0: the ground, floor, wall or ceiling).
    """

    id: int
    kind: str
    shape: int
    position: Vec
    turn: Vec
    scale: Vec
    finish: dict[str, dict[str, Any]]
    on: int = 0


@dataclass(frozen=True)
class Stage:
    """A piece of the surroundings that is not an object: floor, wall, road, hill.

    `form` is "box" (size, standing on position), "terrain" (a wavy ground of `size`, bumps of `rough` metres, drawn
    from `seed`, that is flat within `clear` metres of its middle).
    """

    label: str
    form: str
    position: Vec
    size: Vec
    finish: dict[str, Any]
    turn: float = 0.0
    rough: float = 0.0
    clear: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Light:
    """A source. "sun": `position` is the unit direction toward it and `size` the tangent of its angular radius.
    "area": a rectangle about `position` with half-sides `u`, `v`; "ball": a sphere of radius `size`.
    """

    kind: str
    position: Vec
    color: Vec
    u: Vec = (0.0, 0.0, 0.0)
    v: Vec = (0.0, 0.0, 0.0)
    size: float = 0.0


@dataclass(frozen=True)
class Air:
    """Sky colours, clouds, fog and ambient light."""

    zenith: Vec
    horizon: Vec
    ground: Vec
    ambient: Vec
    clouds: float = 0.0
    cloud_seed: int = 0
    fog: float = 0.0
    time: str = "day"  # "day", "sunset", "night"
    weather: str = "clear"  # "clear", "cloudy", "foggy"


@dataclass(frozen=True)
class Camera:
    """`fov` is the angle in degrees across the longer side; yaw 0 looks along +y, pitch > 0 looks up."""

    position: Vec
    yaw: float
    pitch: float
    roll: float
    fov: float


@dataclass(frozen=True)
class Lens:
    """What the camera does to the light: 0 turns an effect off. `exposure` is in stops, added to the automatic one."""

    exposure: float = 0.0
    white: Vec = (1.0, 1.0, 1.0)
    vignette: float = 0.0
    blur: float = 0.0  # of the whole picture, share of its height
    focus: float = 0.0  # metres; 0 focuses on everything
    aperture: float = 0.0
    motion: tuple[float, float] = (0.0, 0.0)  # share of the height
    noise: float = 0.0
    jpeg: int = 0  # quality, 0: none
    contrast: float = 1.0
    saturation: float = 1.0


@dataclass(frozen=True)
class Scene:
    """Everything that decides a picture except its size."""

    split: str
    seed: int
    family: str
    place: str  # the words of a caption for where this is
    camera: Camera
    air: Air
    lens: Lens
    lights: tuple[Light, ...]
    stage: tuple[Stage, ...]
    things: tuple[Thing, ...]
    version: int = VERSION
    layout: str = ""
    notes: dict[str, Any] = field(default_factory=dict)

    def thing(self, number: int) -> Thing:
        """The object with an id."""
        return next(t for t in self.things if t.id == number)

    def to_dict(self) -> dict[str, Any]:
        """The description as JSON values."""
        return plain(self)


def plain(value: Any) -> Any:
    """Dataclasses as dicts and tuples as lists; dicts are plain already and shared, not copied."""
    if isinstance(value, (str, int, float, dict)):
        return value
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    return {k: plain(v) for k, v in vars(value).items()}
