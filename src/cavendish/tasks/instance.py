"""Instance segmentation: all instances of one class, each in a colour that the painter picks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from cavendish import rle
from cavendish.codes.colors import RGB, format_color, parse_color
from cavendish.codes.instances import instances_to_rgb, rgb_to_instances, rgb_to_pieces
from cavendish.codes.paint import as_masks, confidence
from cavendish.errors import ColorError, LegendError
from cavendish.results import Instances, Provenance
from cavendish.tasks.example import BLACK, CLEAR, Ask, Example, Question, balanced_weight, random_colors, synonym
from cavendish.tasks.panels import palette, regions
from cavendish.tasks.task import Known, Measures, Task, agreement, colors_named, pick

if TYPE_CHECKING:
    from cavendish.datasets.sample import Sample
    from cavendish.worlds.rng import Dice

_TEMPLATES = (
    "Generate an instance segmentation visualization of this image. Each {label} is colored differently.{ground}",
    "This image is a segmentation task derived from the input. The {label} instances are each represented by a unique, "
    "solid color.{ground}",
    "Instance segmentation of every {label} in the picture, one flat color for each.{ground}",
    "This image shows segmentation masks for each {label} from the input image.{ground} "
    "Each {label} instance is represented by a different color.",
    "Give every single {label} its own color.{ground}",
    "Find all instances of {label} and paint each in a distinct solid color.{ground}",
    "Separate the {label} instances by color.{ground}",
    "Which pixels belong to which {label}? Use a new color for each instance.{ground}",
    "Paint each individual {label} in a different flat color, leave the rest as background.{ground}",
    "An instance map of the given image: every {label} in another color.{ground}",
    "Please produce instance masks for {label}, each one colored differently.{ground}",
    "Count the {label} instances by coloring each of them uniquely.{ground}",
    "Mask each {label} instance with its own unique color.{ground}",
)
_DISC_TEMPLATES = (
    "This image shows segmentation masks for each {label} from the input image.{ground} Each {label} instance is "
    "represented by a solid circular mask, and a different color is used for each mask.",
    "Mark each {label} instance with a solid disc, a different color for each.{ground}",
    "Each {label} instance is a solid disc in its own color.{ground}",
    "Instance discs: one solid circle for every {label}, all in different colors.{ground}",
    "Paint a solid circle over each {label} instance, every one colored differently.{ground}",
    "Put one solid disc on every {label}, each in a unique color.{ground}",
    "Cover each individual {label} with a solid disc of its own color.{ground}",
    "Show every {label} as a solid circular mask of a different color.{ground}",
    "Represent the {label} instances by solid discs, one color each.{ground}",
    "Point out all instances of {label} with solid circles in distinct colors.{ground}",
    "Draw a solid disc for each {label} in the image, no two of one color.{ground}",
    "Solid circular masks for every {label}, each a different color.{ground}",
    "Please mark every {label} instance by a solid disc, colored differently.{ground}",
)
_GROUND = (
    " The background is {color}.",
    " Background is {color}.",
    " The background is set to {color}.",
    " The background is {color} color.",
)
SAME_INSTANCE = 0.5  # intersection over union of two masks that show the same instance
LEAST = 0.01  # share of the picture of every instance a benchmark asks about; what is smaller is taken for specks
_NOTATIONS = ("hex", "paren", "angle", "rgb", "word")
_LABELS = (  # where people name the class, the surest first
    r"\beach ([^.,]+?) instances?\b",
    r"\bthe ([^.,]+?) instances?\b",
    r"\b(?:each|every)(?: single| individual)? ([^.,]+?) (?:is|in|with|by|its|as)\b",
    r"\binstances of ([^.,]+?)(?: (?:is|are|in|and|with|by|as|from)\b|[.,]|$)",
    r"\bmasks for (?:the |each |every |all )?([^.,]+?)(?: (?:in|from|of|with)\b|[.,]|$)",
)


@dataclass(frozen=True)
class Instance(Task[Instances]):
    """Truth: (N, H, W) bool masks of all instances of the class `label`.

    The painter picks the colours: `seed` draws those of `encode`, and None has it take those of the instances' places
    (`codes.instances.place_colors`), which a network can learn. With `discs` each instance is shown as a solid
    disc of about its area around its middle. `flat` False reads a painter whose colours run within a thing.
    """

    name: ClassVar[str] = "instances"
    truth: ClassVar[str] = "masks"
    error_caption: ClassVar[str] = "green hit, blue missed, red too much, of all instances together"
    label: str
    background: str | Sequence[int] = (0, 0, 0)
    discs: bool = False
    seed: int | None = 0
    flat: bool = True

    def __post_init__(self) -> None:
        if not (isinstance(self.label, str) and self.label.strip()):
            raise LegendError("instances need the name of a class")
        object.__setattr__(self, "background", parse_color(self.background))

    def instruction(self, seed: int | None = None) -> str:
        template, rng = pick(_DISC_TEMPLATES if self.discs else _TEMPLATES, seed)
        ground = parse_color(self.background)
        named = ground != (0, 0, 0) or (seed is not None and rng.random() < 0.5)  # an unnamed background is black
        notation = "rgb" if seed is None else _NOTATIONS[rng.integers(len(_NOTATIONS))]
        sentence = _GROUND[0 if seed is None else int(rng.integers(len(_GROUND)))] if named else ""
        label = f'"{self.label}"' if re.search(r"[.,:;?]", self.label) else self.label
        return template.format(label=label, ground=sentence.format(color=format_color(ground, notation)))

    def encode(self, truth: NDArray[np.bool_]) -> NDArray[np.uint8]:
        masks = as_masks(truth)
        if self.discs:
            masks = np.array([_disc(mask) for mask in masks], dtype=bool).reshape(masks.shape)
        return instances_to_rgb(masks, self.background, seed=self.seed)

    def decode(self, rgb: NDArray[np.uint8]) -> Instances:
        """Scores are the mean confidence of each mask: 1 for perfectly flat paint."""
        masks = (rgb_to_instances if self.flat else rgb_to_pieces)(rgb, self.background)
        distance = np.linalg.norm(rgb - np.array(self.background, dtype=np.float32), axis=-1)
        for mask in masks:
            colors = rgb[mask].astype(np.float32)
            distance[mask] = np.linalg.norm(colors - np.median(colors, axis=0), axis=1)
        sure = confidence(distance)
        scores = np.array([sure[mask].mean() for mask in masks], dtype=np.float32)
        return Instances(masks=masks, scores=scores, label=self.label, confidence=sure, **self._about(rgb))

    def code(self) -> dict[str, Any]:
        said = {"label": self.label, "background": list(self.background), "discs": self.discs}
        return said if self.flat else {**said, "flat": False}

    @classmethod
    def parse(cls, text: str) -> Self | None:
        said = _template(text)
        if said is not None:  # one of our own sentences says by itself what is the class, colours in its name or not
            label, discs = said
        else:
            words = text.lower()
            coloured = r"colou?red? differently|(?:different|own|unique|another|one) (?:\w+ )?colou?r"
            if not re.search(rf"\binstances?\b|{coloured}", words) or colors_named(text).keys() - {"background"}:
                return None  # things with colours of their own are a question of another kind
            label = next((_bare(m[1]) for form in _LABELS if (m := re.search(form, text, re.IGNORECASE))), "")
            discs = re.search(r"\bdiscs?\b|\bcircular\b|\bcircles?\b", words) is not None
        return cls(label, _background(text), discs) if label else None

    @classmethod
    def from_query(cls, query: Sequence[str] = (), **code: Any) -> Self:
        if len(query) != 1:
            raise LegendError(f"instances are asked of one class at a time, not of {len(query)}")
        return cls(query[0], **code)

    @property
    def mirrors(self) -> bool:
        return not re.search(r"\b(?:left|right)\b", self.label, re.IGNORECASE)

    def vote(self, answers: Sequence[Instances]) -> Instances:
        """The instances that more than half of the votes hold, each where more than half of its masks are.

        Masks of different votes are the same instance where they are matched one to one by intersection over union.
        A score is the mean of the instance's scores, a vote without it counting zero.
        """
        groups: list[list[tuple[NDArray[np.bool_], float]]] = []
        for answer in answers:
            found = list(zip(answer.masks, answer.scores.tolist()))
            pairs = _matched([group[0][0] for group in groups], answer.masks)
            for g, k in pairs:
                groups[g].append(found[k])
            taken = {k for _, k in pairs}
            groups += [[each] for k, each in enumerate(found) if k not in taken]
        kept = [group for group in groups if 2 * len(group) > len(answers)]
        masks = np.zeros((len(kept), *answers[0].shape), bool)
        for mask, group in zip(masks, kept):
            np.greater(np.sum([each for each, _ in group], axis=0) * 2, len(group), out=mask)
        scores = np.array([sum(score for _, score in group) / len(answers) for group in kept], np.float32)
        inside = masks.any(axis=0)
        agrees = [answer.masks.any(axis=0) == inside for answer in answers]
        shown = masks.any(axis=(1, 2))
        return replace(answers[0], masks=masks[shown], scores=scores[shown], confidence=agreement(answers, agrees))

    def empty(self, shape: tuple[int, int]) -> Instances:
        return Instances(
            masks=np.zeros((0, *shape), bool),
            scores=np.zeros(0, np.float32),
            label=self.label,
            confidence=np.ones(shape, np.float32),
            provenance=Provenance(task=self.name),
        )

    @classmethod
    def example(cls, sample: Sample, rng: np.random.Generator) -> Example | None:
        """Every instance of one class in the colour of its place; at times a class that is not there."""
        if sample.instances is None:
            return None
        area = np.bincount(sample.instances.ravel(), minlength=1)
        there = {o.category for o in sample.objects if o.id < len(area) and area[o.id] >= CLEAR * sample.instances.size}
        if rng.random() < 0.12 or not there:
            absent = [c for c in sample.classes if c not in {o.category for o in sample.objects}]
            if not absent:
                return None
            name, ids = absent[rng.integers(len(absent))], list[int]()
        else:
            category = sorted(there)[rng.integers(len(there))]
            ids = [o.id for o in sample.objects if o.category == category]
            name = synonym(sample, category, rng)
        masks = np.array([sample.instances == i for i in ids], bool).reshape(len(ids), *sample.instances.shape)
        task = cls(name, BLACK if rng.random() < 0.7 else random_colors(1, rng)[0], seed=None)
        return Example(task, masks, balanced_weight(masks.any(0).astype(int), 0.7))

    @classmethod
    def questions(cls) -> Mapping[str, Ask]:
        return {"instances": cls._question}

    @classmethod
    def _question(cls, sample: Sample, draws: Dice) -> Question | None:
        """A class all of whose instances are large enough to see, and whose name means none of another class."""
        if sample.instances is None:
            return None
        area = np.bincount(sample.instances.ravel())
        members: dict[str, list[int]] = {}
        for thing in sample.objects:
            members.setdefault(thing.category, []).append(thing.id)
        wider = {name for thing in sample.objects for name in (*thing.synonyms, *thing.attributes.get("is_a", ()))}
        fit = [
            name
            for name, ids in members.items()
            if name not in wider and all(area[i] >= LEAST * sample.instances.size for i in ids)
        ]
        if not fit:
            return None
        several = [name for name in fit if len(members[name]) > 1]  # one alone says little of telling apart
        name = draws.pick(several or fit)
        masks = np.array([sample.instances == i for i in members[name]])
        return Question(masks, (name,))

    def as_truth(self, answer: Instances) -> NDArray[np.bool_]:
        return answer.masks

    def prediction(self, answer: Instances, ids: Mapping[str, int]) -> list[dict[str, Any]]:
        """COCO result rows: run lengths with their scores."""
        rows = zip(answer.masks, answer.scores.tolist())
        return [{"segmentation": rle.encode(mask), "score": score} for mask, score in rows]

    @classmethod
    def measure(cls, prediction: NDArray[np.bool_], truth: NDArray[np.bool_], known: Known = True) -> Measures:
        hits = len(_matched(prediction, truth))
        return {"f1": (2.0 * hits, len(prediction) + len(truth))}

    @classmethod
    def baselines(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {
            "the true region as one mask": lambda truth: truth.any(axis=0, keepdims=True),
            "whole picture": lambda truth: np.ones((1, *truth.shape[1:]), bool),
        }

    @classmethod
    def panels(cls, prediction: NDArray[np.bool_], truth: NDArray[np.bool_]) -> dict[str, NDArray[np.uint8]]:
        """Instances in colours; the error compares their unions."""
        found, target = np.any(prediction, axis=0), np.any(truth, axis=0)
        error = regions(np.asarray(found), np.asarray(target))["error"]
        return {"decoded": palette(_numbered(prediction)), "truth": palette(_numbered(truth)), "error": error}


def _numbered(masks: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(N, H, W) -> (H, W): the number of the last mask at each pixel, from 1; 0 is none."""
    ids = np.zeros(masks.shape[1:], np.int32)
    for number, mask in enumerate(masks, start=1):
        ids[mask] = number
    return ids


def _matched(ours: Iterable[NDArray[np.bool_]], theirs: Iterable[NDArray[np.bool_]]) -> list[tuple[int, int]]:
    """Index pairs of masks that are the same instance, each mask in one pair at most."""
    from scipy.optimize import linear_sum_assignment

    overlap = rle.iou([rle.encode(mask) for mask in ours], [rle.encode(mask) for mask in theirs])
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    return [(int(i), int(k)) for i, k in zip(rows, columns) if overlap[i, k] >= SAME_INSTANCE]


def _template(text: str) -> tuple[str, bool] | None:
    """The class that one of our own templates says, and whether it asks for discs."""
    for discs, templates in ((False, _TEMPLATES), (True, _DISC_TEMPLATES)):
        for template in templates:
            if match := _shape(template).fullmatch(text.strip()):
                return _bare(match["label"]), discs
    return None


def _background(text: str) -> RGB:
    """The colour that the text names for the background; black if it names none."""
    found = [m for form in _GROUNDS for m in re.finditer(form, text, re.IGNORECASE)]
    for match in sorted(found, key=lambda m: -m.start()):
        words = match[1].split(" ")
        for count in range(len(words), 0, -1):  # "very light blue" before "very light"
            with suppress(ColorError):
                return parse_color(" ".join(words[:count]))
    return 0, 0, 0


_COLOR = r"(#[0-9a-f]+|(?:rgb)?\s?[(<][\d, ]+[)>]|[a-z'/]+(?: [a-z'/]+){0,5})"
_GROUNDS = (
    rf"\bbackground(?: colou?r)?(?: is| are| should be)?(?: set to| rendered in| in)?:? (?:a |solid |pure )*{_COLOR}",
    rf"\ba (?:solid |pure |plain )*{_COLOR} background\b",
)


def _bare(label: str) -> str:
    quoted = re.fullmatch(r'"([^"]*)"', label.strip())
    return quoted[1] if quoted else label.strip()


@cache
def _shape(template: str) -> re.Pattern[str]:
    """A regular expression of what `template` becomes once it is filled."""
    shape = re.escape(template).replace(r"\{ground\}", r"(?: (?:The )?[Bb]ackground is [^.]*\.)?")
    head, *rest = shape.split(r"\{label\}")
    return re.compile(head + r"(?P<label>.+?)" + r"(?P=label)".join(rest) if rest else head)


def _disc(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The disc of a mask's area around its middle."""
    if not mask.any():
        return mask
    y, x = np.nonzero(mask)
    rows, columns = np.ogrid[: mask.shape[0], : mask.shape[1]]
    inside: NDArray[np.bool_] = (rows - y.mean()) ** 2 + (columns - x.mean()) ** 2 <= len(y) / np.pi
    return inside
