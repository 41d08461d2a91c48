"""Recipes: everything that decides a training run, as typed values that plain functions return.

`cavendish train RECIPE` picks one by name; single values are overridden with --set, and all of them are written beside
the run. To add one, write a function here or, in another package, an entry point of the group `cavendish.recipes`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.metadata import entry_points
from typing import Any

from cavendish.errors import TrainingError, did_you_mean
from cavendish.nano.network import NanoConfig
from cavendish.training.lessons import teachers
from cavendish.training.sources import Source


@dataclass(frozen=True)
class Stage:
    """A part of a run: until `until` (share of the whole run), batches of `scenes` pictures of `size` pixels a side."""

    until: float
    size: int
    scenes: int


@dataclass(frozen=True)
class Tuning:
    """How a checkpoint in diffusers layout is tuned: the transformer learns, all else stays as it is."""

    rank: int = 32  # of LoRA; 0 tunes every weight of the transformer
    layers: str = "attn|ff|mlp"  # regular expression: which linear layers of its blocks get adapters
    checkpointing: bool = True  # activations are computed twice instead of kept: less memory, a third more time
    steps: int = 8  # with which it paints during and after training


@dataclass(frozen=True)
class Recipe:
    """A training run: of nano, or with `tuning` of a checkpoint in diffusers layout, which `start` names."""

    name: str
    shares: tuple[tuple[str, float], ...]  # (task, share)
    stages: tuple[Stage, ...]
    source: Source = field(default_factory=Source)
    network: NanoConfig = field(default_factory=NanoConfig)  # of nano
    tuning: Tuning | None = None
    start: str = ""  # checkpoint folder whose weights the run starts from; "": from nothing
    lessons: int = 4  # for each picture looked at
    drawn: float = 0.0  # at least this share of the lessons about a portrait draws it, if the mixture draws at all
    minutes: float = 0.0  # length of the run; 0 is no limit of time
    steps: int = 0  # length of the run; 0 is no limit of steps
    matrix_rate: float = 8e-3  # learning rate of Muon, for matrices and kernels of nano
    rate: float = 5e-4  # of AdamW, for all else
    decay: float = 0.01
    warmup: int = 100  # steps
    settle: float = 0.4  # share of the run over which rates fall to a twentieth
    ema: float = 0.995  # of the averaged model; 0 is no average
    bf16: bool = True  # whether products are computed in bfloat16, and weights that do not learn are kept in it
    noise: float = 0.8  # share of lessons about paint that start from pure noise
    aids: float = 0.5  # weight of the losses that teach nano's tower directly
    pictures: float = 10.0  # weight of nano's drawings and edits beside paint, whose gradients are twenty times theirs
    seed: int = 0
    workers: int = 1
    watch: int = 300  # steps between looks at held-out scenes
    held_out: int = 48  # number of these scenes
    save: int = 300  # steps between checkpoints

    def __post_init__(self) -> None:
        unknown = [task for task, _ in self.shares if task not in teachers()]
        if unknown:
            raise TrainingError(f"unknown task {unknown[0]!r} in the mixture; the tasks are {', '.join(teachers())}")
        if any(share < 0 for _, share in self.shares) or sum(share for _, share in self.shares) <= 0:
            raise TrainingError("the shares of a mixture must not be negative and must sum to more than nothing")
        if not 0 <= self.drawn <= 1:
            raise TrainingError(f"drawn is {self.drawn}; it is a share of lessons, from 0 to 1")
        if self.minutes <= 0 and self.steps <= 0:
            raise TrainingError("say how long to train: minutes or steps")
        if not self.stages or self.stages[-1].until < 1:
            raise TrainingError("the last stage must last until 1, the end of the run")


SEEING = (
    ("depth", 0.35),
    ("normals", 0.06),
    ("semantic", 0.21),
    ("instances", 0.13),
    ("referring", 0.25),
)
PORTRAITS = 0.4  # of worlds rendered on the fly, the share seen from close to one thing
DRAWN = 0.75  # of lessons about these
DRAWING = (("generate", 0.85), ("edit", 0.15))


def nano_base() -> Recipe:
    """Generation and editing only: what nano is before it learns to see."""
    return Recipe(
        name="nano-base",
        shares=DRAWING,
        stages=(Stage(0.7, 64, 24), Stage(1.0, 128, 10)),
        source=Source(edits=1, portraits=PORTRAITS),
        lessons=6,
        drawn=DRAWN,
        minutes=60,
        noise=0.1,
        aids=0.0,
    )


def nano(seeing: float = 0.6) -> Recipe:
    """The base's mixture with vision tasks mixed in; `seeing` is their share, but of portraits, which are drawn."""
    return Recipe(
        name="nano",
        shares=_mixed(seeing),
        stages=(Stage(0.5, 64, 36), Stage(1.0, 128, 18)),
        source=Source(edits=1, portraits=PORTRAITS),
        drawn=DRAWN,
        settle=0.7,
        minutes=240,
    )


def _mixed(seeing: float) -> tuple[tuple[str, float], ...]:
    parts = ((SEEING, seeing), (DRAWING, 1 - seeing))
    return tuple((task, share * part) for tasks, part in parts for task, share in tasks)


def _lora(name: str, size: int, lessons: int) -> Recipe:
    """Vision tasks, and a little of what the generator knows already; rates as diffusers' own scripts have them."""
    return Recipe(
        name=name,
        shares=_mixed(0.8),
        stages=(Stage(1.0, size, 1),),
        source=Source(size=size, edits=1, portraits=PORTRAITS),
        tuning=Tuning(),
        lessons=lessons,
        steps=5000,
        rate=1e-4,
        noise=0.0,
        ema=0.99,
        watch=500,
        held_out=8,
        save=250,
    )


def flux2_lora() -> Recipe:
    """LoRA on FLUX.2 klein."""
    return _lora("flux2-lora", 512, 4)


def kontext_lora() -> Recipe:
    """LoRA on FLUX.1 Kontext, whose single blocks have their MLP outside of what is called so."""
    return replace(_lora("kontext-lora", 512, 4), tuning=Tuning(layers="attn|ff|proj_"))


def qwen_lora() -> Recipe:
    """LoRA on Qwen-Image-Edit, whose pipelines ask for a megapixel, and only edit."""
    made = _lora("qwen-lora", 1024, 1)
    return replace(made, shares=tuple((task, share) for task, share in made.shares if task != "generate"))


RECIPES: dict[str, Callable[[], Recipe]] = {
    "nano-base": nano_base,
    "nano": nano,
    "flux2-lora": flux2_lora,
    "kontext-lora": kontext_lora,
    "qwen-lora": qwen_lora,
}


def find(name: str) -> Recipe:
    """The recipe of a name; TrainingError names the nearest if there is none."""
    others = {point.name: point for point in entry_points(group="cavendish.recipes")}
    if name in RECIPES:
        return RECIPES[name]()
    if name in others:
        made: Recipe = others[name].load()()
        return made
    known = [*RECIPES, *others]
    raise TrainingError(f"unknown recipe {name!r}{did_you_mean(name, known)} The recipes are {', '.join(known)}")


def changed(recipe: Recipe, settings: Mapping[str, str]) -> Recipe:
    """The recipe with values replaced, each given as JSON text or plain words; TrainingError names what is wrong."""
    known = {item.name for item in fields(Recipe)} - {"name"}
    values: dict[str, Any] = {}
    for name, text in settings.items():
        if name not in known:
            raise TrainingError(f"a recipe has no value {name!r}{did_you_mean(name, known)}")
        try:
            values[name] = json.loads(text)
        except json.JSONDecodeError:
            values[name] = text
    try:
        return from_dict({**asdict(recipe), **values})
    except (TypeError, ValueError, KeyError) as error:
        wrong = [name for name in values if not _takes(recipe, {name: values[name]})] or values
        raise TrainingError(f"{', '.join(wrong)}: {error}") from None


def _takes(recipe: Recipe, values: Mapping[str, Any]) -> bool:
    try:
        from_dict({**asdict(recipe), **values})
    except (TypeError, ValueError, KeyError):
        return False
    return True


def from_dict(record: Mapping[str, Any]) -> Recipe:
    """The inverse of `dataclasses.asdict`, also after a trip through JSON."""
    values = dict(record)
    if isinstance(values["shares"], Mapping):
        values["shares"] = values["shares"].items()
    values["shares"] = tuple((str(task), float(share)) for task, share in values["shares"])
    values["stages"] = tuple(
        Stage(**stage) if isinstance(stage, Mapping) else Stage(*stage) for stage in values["stages"]
    )
    source = dict(values["source"])
    values["source"] = Source(**{**source, "folders": tuple(source.get("folders", ()))})
    network = dict(values["network"])
    if "widths" in network:
        network["widths"] = tuple(network["widths"])
    values["network"] = NanoConfig(**network)
    if values.get("tuning") is not None:
        values["tuning"] = Tuning(**_plain(Tuning, values["tuning"]))
    return Recipe(**_plain(Recipe, values))


def _plain(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` for a dataclass; TypeError for a number, text or choice that is not of its field's type."""
    checked = dict(values)
    for item in fields(kind):
        if item.name in checked and isinstance(item.default, (int, float, str)):
            wanted, given = type(item.default), checked[item.name]
            if type(given) is not wanted and not (wanted is float and type(given) is int):
                raise TypeError(f"{item.name} must be {wanted.__name__}, not {given!r}")
            checked[item.name] = wanted(given)
    return checked
