"""Referring segmentation: the regions that sentences refer to, each in a colour, in one painting."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cavendish.codes.colors import distinct_colors, format_color, parse_color
from cavendish.codes.labels import check_legend
from cavendish.codes.legend import format_legend, parse_legend
from cavendish.codes.masks import masks_to_rgb, rgb_to_masks
from cavendish.codes.paint import confidence
from cavendish.errors import LegendError
from cavendish.results import Mask
from cavendish.tasks.example import BLACK, Ask, Example, Question, balanced_weight, random_colors
from cavendish.tasks.panels import regions
from cavendish.tasks.task import Known, Measures, Task, agreement, pick, split_names

if TYPE_CHECKING:
    from cavendish.datasets.sample import Sample
    from cavendish.worlds.rng import Dice

_TEMPLATES = (
    "This image shows segmentation masks from the given image. The background is {background}. {sentence}",
    "A segmentation map image. {sentence}",
    "Referring segmentation of the input. The background is {background}. {sentence}",
    "Segment what is described. {sentence} The background is {background}.",
    "Generate segmentation masks for the given image. {sentence}",
    "Find these things in the picture and paint them: {list}. The background is {background}.",
    "Show only what is named here, all else as background: {json}",
    "Produce a mask image of the input, using this color mapping: {json}",
    "Mark the described regions in flat colors. {sentence}",
    "Where is it? Paint the answer over a plain background. {sentence}",
    "Draw segmentation masks. Background is {background}. {sentence}",
    "Please highlight the following in solid colors: {list}.",
    "Mask out the objects that these phrases refer to. {sentence}",
    "This is a segmentation task derived from the input. {sentence} Background is {background}.",
)
_VERBS = (
    "is",
    "is rendered in",
    "is in",
    "is represented by",
    "is represented by a solid",
    "is colored in",
    "is shown in",
)
EMPTY = 0.002  # share of the picture below which a region counts as left empty in training's validation
_NOTATIONS = ("word", "hex", "paren", "angle", "rgb")


@dataclass(frozen=True)
class Referring(Task[dict[str, Mask]]):
    """Truth: (N, H, W) bool masks, one for each expression of `targets` ({expression: (r, g, b)}), in its order.

    A mask that is False everywhere says that what the expression names is not there, and paints nothing.
    """

    name: ClassVar[str] = "referring"
    truth: ClassVar[str] = "masks"
    error_caption: ClassVar[str] = "green hit, blue missed, red too much, gray ignored"
    targets: Mapping[str, str | Sequence[int]]
    background: str | Sequence[int] = (0, 0, 0)

    def __post_init__(self) -> None:
        if not (isinstance(self.targets, Mapping) and self.targets):
            raise LegendError("give at least one referring expression, as a mapping {expression: colour}")
        ground = parse_color(self.background)
        if "background" in self.targets:
            raise LegendError("'background' is no referring expression; its colour is the task's background")
        colors = check_legend({"background": ground, **self.targets})
        object.__setattr__(self, "background", ground)
        object.__setattr__(self, "targets", {text: color for text, color in colors.items() if text != "background"})

    @classmethod
    def of(cls, expressions: Sequence[str], seed: int | None = None) -> Self:
        """The task for these expressions: a single one in yellow on black, several in far-apart colours.

        LegendError if an expression is repeated or empty, or there are more than 255.
        """
        if isinstance(expressions, str) or not isinstance(expressions, Iterable):
            raise LegendError(f"expressions are a list of texts, not {expressions!r}; a single one is a list of one")
        texts = [str(text).strip() for text in expressions]
        if len(set(texts)) < len(texts):
            raise LegendError("a referring expression is given more than once")
        if not 1 <= len(texts) <= 255:
            raise LegendError(f"give 1 to 255 referring expressions, not {len(texts)}")
        if seed is None and len(texts) == 1:
            return cls({texts[0]: "yellow"})
        return cls(dict(zip(texts, distinct_colors(len(texts), seed or 0, avoid=[BLACK]).tolist())))

    def instruction(self, seed: int | None = None) -> str:
        template, rng = pick(_TEMPLATES, seed)
        notation = "word" if seed is None else _NOTATIONS[rng.integers(len(_NOTATIONS))]
        verb = "is represented by" if seed is None else _VERBS[rng.integers(len(_VERBS))]
        legend, ground = self.targets, parse_color(self.background)
        if ground != (0, 0, 0) and "{background}" not in template:  # an unnamed background is black
            legend = {"background": ground, **legend}
        style = re.findall(r"{(json|sentence|list)}", template)[0]
        said = {style: format_legend(legend, style, notation, verb)}
        return template.format(background=format_color(ground, notation), **said)

    def encode(self, truth: ArrayLike) -> NDArray[np.uint8]:
        return masks_to_rgb(truth, list(self.targets.values()), self.background)

    def decode(self, rgb: NDArray[np.uint8]) -> dict[str, Mask]:
        masks, distance = rgb_to_masks(rgb, list(self.targets.values()), self.background)
        shared = {"confidence": confidence(distance), **self._about(rgb)}
        return {text: Mask(mask=mask, expression=text, **shared) for text, mask in zip(self.targets, masks)}

    def code(self) -> dict[str, Any]:
        targets = {text: list(color) for text, color in self.targets.items()}
        return {"targets": targets, "background": list(self.background)}

    @classmethod
    def parse(cls, text: str) -> Self | None:
        try:
            legend = parse_legend(text)
            background = legend.pop("background", (0, 0, 0))
            return cls(legend, background) if legend else None
        except LegendError:
            return None

    @classmethod
    def from_query(cls, query: Sequence[str] = (), **code: Any) -> Self:
        return cls.of(query, **code)

    def unwrapped(self, answer: dict[str, Mask]) -> Mask | dict[str, Mask]:
        """One mask for one expression."""
        return next(iter(answer.values())) if len(self.targets) == 1 else answer

    # No referring expression is asked of a mirrored picture: "the first cat" means a side without naming it.

    def split(self, limit: int, fits: Callable[[Any], bool], palette: int = 0) -> list[Self]:
        if len(self.targets) <= limit and fits(self):
            return [self]
        return split_names(list(self.targets), limit - 1, fits, lambda names: type(self).of(names, seed=palette))

    def merge(self, answers: Sequence[dict[str, Mask]]) -> dict[str, Mask]:
        return {name: mask for answer in answers for name, mask in answer.items()}

    def recolored(self, k: int) -> Self:
        return type(self).of(list(self.targets), seed=k)

    def vote(self, answers: Sequence[Mask]) -> Mask:
        """What more than half of the votes hold."""
        mask = np.sum([answer.mask for answer in answers], axis=0) * 2 > len(answers)
        return replace(answers[0], mask=mask, confidence=agreement(answers, [each.mask == mask for each in answers]))

    def empty(self, shape: tuple[int, int]) -> dict[str, Mask]:
        sure = np.ones(shape, np.float32)
        return {text: Mask(mask=np.zeros(shape, bool), confidence=sure, expression=text) for text in self.targets}

    @classmethod
    def example(cls, sample: Sample, rng: np.random.Generator) -> Example | None:
        """One to three expressions for things apart from each other; absent ones paint nothing."""
        absent = rng.random() < 0.4 and any(not e.ids for e in sample.expressions)
        known = [e for e in sample.expressions if bool(e.ids) != absent]
        if sample.instances is None or not known:
            return None
        taken, texts, masks = set[int](), list[str](), []
        for k in rng.permutation(len(known))[: rng.choice((1, 2, 3), p=(0.75, 0.15, 0.1))]:
            if not taken & set(known[k].ids):
                taken |= set(known[k].ids)
                texts.append(known[k].text)
                masks.append(np.isin(sample.instances, known[k].ids))
        ground = BLACK if rng.random() < 0.7 else random_colors(1, rng)[0]
        if len(texts) == 1 and ground == BLACK and rng.random() < 0.4:
            task = cls.of(texts)
        else:
            task = cls(dict(zip(texts, random_colors(len(texts), rng, avoid=[ground]))), ground)
        shown = np.sum([(k + 1) * mask for k, mask in enumerate(masks)], axis=0)
        legend = tuple((text, parse_color(color)) for text, color in task.targets.items())
        return Example(task, np.array(masks), balanced_weight(shown), legend)

    @classmethod
    def questions(cls) -> Mapping[str, Ask]:
        return {"referring": cls._present, "absent": cls._absent}

    @classmethod
    def _present(cls, sample: Sample, draws: Dice) -> Question | None:
        """A sentence that means one thing."""
        single = [e for e in sample.expressions if len(e.ids) == 1]
        if sample.instances is None or not single:
            return None
        chosen = draws.pick(single)
        return Question((sample.instances == chosen.ids[0]).astype(np.uint8), (chosen.text,), group=chosen.kind)

    @classmethod
    def _absent(cls, sample: Sample, draws: Dice) -> Question | None:
        """A sentence that means nothing in the picture."""
        nothing = [e for e in sample.expressions if not e.ids]
        if not nothing:
            return None
        return Question(np.zeros(sample.image.shape[:2], np.uint8), (draws.pick(nothing).text,))

    def as_truth(self, answer: dict[str, Mask]) -> NDArray[np.bool_]:
        """(N, H, W) in the order of the expressions."""
        return np.array([answer[text].mask for text in self.targets])

    def prediction(self, answer: dict[str, Mask], ids: Mapping[str, int]) -> NDArray[np.bool_]:
        """(H, W): benchmarks ask about one expression."""
        (mask,) = answer.values()
        return mask.mask

    @classmethod
    def measure(cls, prediction: NDArray[np.bool_], truth: NDArray[np.bool_], known: Known = True) -> Measures:
        there = truth.any(axis=(1, 2))
        overlaps = [(a & b).sum() / (a | b).sum() for a, b in zip(prediction[there], truth[there])]
        left_empty = prediction[~there].mean(axis=(1, 2)) < EMPTY
        return {"iou": (float(sum(overlaps)), len(overlaps)), "absent": (float(left_empty.sum()), len(left_empty))}

    @classmethod
    def baselines(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {
            "empty mask": lambda truth: np.zeros(truth.shape, bool),
            "whole picture": lambda truth: np.ones(truth.shape, bool),
        }

    @classmethod
    def panels(cls, prediction: NDArray[np.bool_], truth: NDArray[np.integer]) -> dict[str, NDArray[np.uint8]]:
        return regions(prediction, truth)
