"""Recipes: everything that decides a training run, as typed values that plain functions return.

`cavendish train RECIPE` picks one by name; --set replaces single values, and all of them are written beside the run. To
add one, write a function here or, in another package, an entry point of the group `cavendish.recipes`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.metadata import entry_points
from typing import Annotated, Any

from pydantic import BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import ArgsKwargs

from cavendish.errors import TrainingError, did_you_mean
from cavendish.nano.network import NanoConfig
from cavendish.training.lessons import task_names
from cavendish.training.sources import Source

RENAMED = {  # names in recipes of 0.1.0
    "shares": "mixture",
    "drawn": "portrait_generate_share",
    "matrix_rate": "muon_lr",
    "rate": "lr",
    "decay": "weight_decay",
    "warmup": "warmup_steps",
    "settle": "lr_decay",
    "ema": "ema_decay",
    "noise": "pure_noise_share",
    "aids": "aux_loss_weight",
    "pictures": "image_loss_weight",
    "watch": "validate_every",
    "held_out": "validation_scenes",
    "save": "checkpoint_every",
}


@dataclass(frozen=True)
class Stage:
    """A part of a run: until `until` (share of the whole run), batches of `scenes` images of `size` pixels a side."""

    until: float
    size: int
    scenes: int


@dataclass(frozen=True)
class Tuning:
    """How a checkpoint in diffusers layout is tuned: the transformer learns, all else stays as it is."""

    rank: int = 32  # of LoRA; 0 tunes every weight of the transformer
    layers: str = "attn|ff|mlp"  # regular expression: which linear layers of its blocks get adapters
    checkpointing: bool = True  # gradient checkpointing: less memory, a third more time
    steps: int = 8  # of sampling, during and after training


def _positional(value: Any) -> Any:
    return ArgsKwargs(tuple(value)) if isinstance(value, list) else value


@dataclass(frozen=True)
class Recipe:
    """A training run: of nano, or with `tuning` of a checkpoint in diffusers layout, which `start` names."""

    name: str
    mixture: tuple[tuple[str, float], ...]  # (task, share)
    stages: tuple[Annotated[Stage, BeforeValidator(_positional)], ...]  # in files also [until, size, scenes]
    source: Source = field(default_factory=Source)
    network: NanoConfig = field(default_factory=NanoConfig)  # of nano
    tuning: Tuning | None = None
    start: str = ""  # checkpoint folder whose weights the run starts from; "": from random weights
    lessons: int = 4  # per reference image
    portrait_generate_share: float = 0.0  # least share of `generate`, if the mixture holds it, among those of portraits
    minutes: float = 0.0  # length of the run; 0 is no limit of time
    steps: int = 0  # length of the run; 0 is no limit of steps
    muon_lr: float = 8e-3  # learning rate of Muon, for matrices and kernels of nano
    lr: float = 5e-4  # of AdamW, for all else
    weight_decay: float = 0.01
    warmup_steps: int = 100
    lr_decay: float = 0.4  # last share of the run, over which learning rates fall to a twentieth
    ema_decay: float = 0.995  # of the averaged weights; 0 is no average
    bf16: bool = True  # products in bfloat16, frozen weights kept in it
    pure_noise_share: float = 0.8  # of the lessons in paint; they start from pure noise
    aux_loss_weight: float = 0.5  # of the auxiliary losses of nano's image encoder
    image_loss_weight: float = 10.0  # of nano's `generate` and `edit`; the gradients of paint are twenty times theirs
    seed: int = 0
    workers: int = 1
    validate_every: int = 300  # steps
    validation_scenes: int = 48
    checkpoint_every: int = 300  # steps

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012

    def __post_init__(self) -> None:
        unknown = [task for task, _ in self.mixture if task not in task_names()]
        if unknown:
            raise TrainingError(f"unknown task {unknown[0]!r} in the mixture; the tasks are {', '.join(task_names())}")
        if any(share < 0 for _, share in self.mixture) or sum(share for _, share in self.mixture) <= 0:
            raise TrainingError("the shares of a mixture must not be negative and must sum to more than 0")
        if not 0 <= self.portrait_generate_share <= 1:
            raise TrainingError(f"portrait_generate_share is {self.portrait_generate_share}; it must be from 0 to 1")
        if self.minutes <= 0 and self.steps <= 0:
            raise TrainingError("the length of the run is missing; give minutes or steps")
        if not self.stages or self.stages[-1].until < 1:
            raise TrainingError("the last stage must last until 1, the end of the run")


VISION = (
    ("depth", 0.35),
    ("normals", 0.06),
    ("semantic", 0.21),
    ("instances", 0.13),
    ("referring", 0.25),
)
GENERATION = (("generate", 0.85), ("edit", 0.15))
PORTRAITS = 0.4  # share of worlds rendered on the fly that show one thing from close by
PORTRAIT_GENERATE_SHARE = 0.75


def nano_base() -> Recipe:
    """Generation and editing only: nano before it learns to see."""
    return Recipe(
        name="nano-base",
        mixture=GENERATION,
        stages=(Stage(0.7, 64, 24), Stage(1.0, 128, 10)),
        source=Source(edits=1, portraits=PORTRAITS),
        lessons=6,
        portrait_generate_share=PORTRAIT_GENERATE_SHARE,
        minutes=60,
        pure_noise_share=0.1,
        aux_loss_weight=0.0,
    )


def nano(vision_share: float = 0.6) -> Recipe:
    """The base's mixture with vision tasks mixed in; portraits are mostly generated, whatever `vision_share` is."""
    return Recipe(
        name="nano",
        mixture=_mixed(vision_share),
        stages=(Stage(0.5, 64, 36), Stage(1.0, 128, 18)),
        source=Source(edits=1, portraits=PORTRAITS),
        portrait_generate_share=PORTRAIT_GENERATE_SHARE,
        lr_decay=0.7,
        minutes=240,
    )


def _mixed(vision_share: float) -> tuple[tuple[str, float], ...]:
    parts = ((VISION, vision_share), (GENERATION, 1 - vision_share))
    return tuple((task, share * part) for tasks, part in parts for task, share in tasks)


def _lora(name: str, size: int, lessons: int) -> Recipe:
    """Vision tasks, and a little of what the generator knows already; learning rates of diffusers' own scripts."""
    return Recipe(
        name=name,
        mixture=_mixed(0.8),
        stages=(Stage(1.0, size, 1),),
        source=Source(size=size, edits=1, portraits=PORTRAITS),
        tuning=Tuning(),
        lessons=lessons,
        steps=5000,
        lr=1e-4,
        pure_noise_share=0.0,
        ema_decay=0.99,
        validate_every=500,
        validation_scenes=8,
        checkpoint_every=250,
    )


def flux2_lora() -> Recipe:
    """LoRA on FLUX.2 klein."""
    return _lora("flux2-lora", 512, 4)


def kontext_lora() -> Recipe:
    """LoRA on FLUX.1 Kontext, whose single blocks name their MLP otherwise."""
    return replace(_lora("kontext-lora", 512, 4), tuning=Tuning(layers="attn|ff|proj_"))


def qwen_lora() -> Recipe:
    """LoRA on Qwen-Image-Edit, whose pipelines ask for a megapixel, and only edit."""
    recipe = _lora("qwen-lora", 1024, 1)
    return replace(recipe, mixture=tuple((task, share) for task, share in recipe.mixture if task != "generate"))


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
        return others[name].load()()
    known = [*RECIPES, *others]
    raise TrainingError(f"unknown recipe {name!r}{did_you_mean(name, known)} The recipes are {', '.join(known)}")


def overridden(recipe: Recipe, settings: Iterable[str] = (), **values: Any) -> Recipe:
    """The recipe with `values` replaced, as JSON has them, and before them `settings`, NAME=VALUE with VALUE in JSON.

    Raises TrainingError that names what is wrong.
    """
    known = {item.name for item in fields(Recipe)} - {"name"}
    given: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise TrainingError(f"a setting is NAME=VALUE, not {setting!r}")
        if name not in known:
            hint = f"; it is called {RENAMED[name]!r} now" if name in RENAMED else did_you_mean(name, known)
            raise TrainingError(f"a recipe has no value {name!r}{hint}")
        try:
            given[name] = json.loads(text)
        except json.JSONDecodeError:
            given[name] = text
    return from_dict({**asdict(recipe), **given, **values})


def from_dict(record: Mapping[str, Any]) -> Recipe:
    """The inverse of `dataclasses.asdict`, also after a trip through JSON; TrainingError names a wrong value."""
    values = {RENAMED.get(name, name): value for name, value in record.items()}
    if isinstance(values.get("mixture"), Mapping):
        values["mixture"] = list(values["mixture"].items())
    try:
        return TypeAdapter(Recipe).validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        wrong = error.errors()[0]
        if wrong["type"] == "value_error":  # of `Recipe.__post_init__`
            raise wrong["ctx"]["error"] from None
        where = ".".join(map(str, wrong["loc"]))
        given = "missing" if wrong["type"] == "missing" else repr(wrong["input"])[:100]
        raise TrainingError(f"{where} is {given}: {wrong['msg']}") from None
