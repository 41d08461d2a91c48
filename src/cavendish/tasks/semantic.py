"""Semantic segmentation: any classes in free text, each in a colour of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.colors import RGB, distinct_colors
from cavendish.codes.labels import Legend, check_legend, labels_to_rgb, rgb_to_labels
from cavendish.codes.legend import format_legend, parse_legend
from cavendish.codes.paint import confidence
from cavendish.errors import BenchmarkError, LegendError
from cavendish.results import SemanticMap
from cavendish.tasks.example import CLEAR, Ask, Example, Question, balanced_weight, random_colors, synonym
from cavendish.tasks.panels import FALSE, RIGHT, palette
from cavendish.tasks.task import Known, Measures, Task, agreement, pick, split_names

if TYPE_CHECKING:
    from cavendish.datasets.sample import Sample
    from cavendish.worlds.rng import Dice

_TEMPLATES = (
    "Generate a semantic segmentation visualization image, using this color mapping: {json}",
    "Generate a semantic segmentation visualization of the input. {sentence}",
    "This image is a per-pixel class labeling of the input. {sentence}",
    "Conduct per-class semantic segmentation for the given image. {sentence}",
    "Semantic segmentation of this photo, with the legend {json}",
    "Segment the picture into these classes: {list}.",
    "Paint every pixel in the color of its class. {sentence}",
    "Label each pixel of the image with the color of its class, by this mapping: {json}",
    "Create a class map of the scene. The colors are: {list}.",
    "Perform semantic segmentation. Color code: {json}",
    "Turn this image into a flat map of classes. {sentence}",
    "Which class does every pixel belong to? Answer in these colors: {list}.",
    "A semantic segmentation map of the input image. {sentence}",
    "Please segment the given image by class, using this color mapping: {json}",
)
BACKGROUND = "background"
LEAST = 0.0025  # share of the picture that a class must have to be in the legend of a benchmark's question
_NOTATIONS = ("hex", "paren", "angle", "rgb", "word")
_VERBS = ("is", "are", "is represented by", "are represented by", "is rendered in", "is painted in", "is shown as")


@dataclass(frozen=True)
class Semantic(Task[SemanticMap]):
    """Truth: (H, W) integer labels, indices into `legend` ({class: (r, g, b)}); "background" is a class like others.

    Label -1 says that nobody knows the class; it is painted black.
    """

    name: ClassVar[str] = "semantic"
    truth: ClassVar[str] = "labels"
    error_caption: ClassVar[str] = "green right, red wrong or not evaluated"
    legend: Legend

    def __post_init__(self) -> None:
        object.__setattr__(self, "legend", check_legend(self.legend))

    @classmethod
    def of(cls, classes: Sequence[str], seed: int = 0) -> Self:
        """The task for these classes in the colours that are hardest to confuse; `seed` draws another set of them.

        LegendError if a class is repeated, has no name, or there are more than 256.
        """
        if isinstance(classes, str) or not isinstance(classes, Iterable):
            raise LegendError(f"classes are a list of names, not {classes!r}; a single one is a list of one")
        names = [str(name) for name in classes]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise LegendError(f"the class {twice[0]!r} is given more than once")
        if not 1 <= len(names) <= 256:
            raise LegendError(f"give 1 to 256 classes, not {len(names)}")
        return cls(dict(zip(names, distinct_colors(len(names), seed).tolist())))

    @property
    def palette(self) -> dict[str, RGB]:
        """The legend as levels."""
        return cast(dict[str, RGB], self.legend)  # its colours were parsed when the task was made

    def instruction(self, seed: int | None = None) -> str:
        template, rng = pick(_TEMPLATES, seed)
        notation = "hex" if seed is None else _NOTATIONS[rng.integers(len(_NOTATIONS))]
        verb = "is" if seed is None else _VERBS[rng.integers(len(_VERBS))]
        style = re.findall(r"{(\w+)}", template)[0]
        return template.format(**{style: format_legend(self.palette, style, notation, verb)})

    def encode(self, truth: NDArray[np.integer]) -> NDArray[np.uint8]:
        return labels_to_rgb(truth, self.palette, valid=np.asarray(truth) != -1)

    def decode(self, rgb: NDArray[np.uint8]) -> SemanticMap:
        labels, distance = rgb_to_labels(rgb, self.palette)
        return SemanticMap(
            labels=labels,
            classes=tuple(self.palette),
            colors=np.array(list(self.palette.values()), dtype=np.uint8),
            confidence=confidence(distance),
            **self._about(rgb),
        )

    def code(self) -> dict[str, Any]:
        return {"legend": {name: list(color) for name, color in self.palette.items()}}

    @classmethod
    def parse(cls, text: str) -> Self | None:
        try:
            return cls(parse_legend(text))
        except LegendError:
            return None

    @classmethod
    def from_query(cls, query: Sequence[str] = (), **code: Any) -> Self:
        return cls.of(query, **code)

    @property
    def mirrors(self) -> bool:
        return not re.search(r"\b(?:left|right)\b", " ".join(self.legend), re.IGNORECASE)

    def split(self, limit: int, fits: Callable[[Any], bool], palette: int = 0) -> list[Self]:
        """Each part has the class "background" for all that belongs to other parts."""
        if len(self.legend) <= limit and fits(self):
            return [self]
        things = [name for name in self.legend if name != BACKGROUND]
        return split_names(things, limit - 1, fits, lambda names: type(self).of([*names, BACKGROUND], seed=palette))

    def merge(self, answers: Sequence[SemanticMap]) -> SemanticMap:
        """A pixel that several parts claim goes to the surest.

        One that none claims is background if that is a class of the task, and otherwise undecided: label -1,
        confidence 0.
        """
        if len(answers) == 1:
            return answers[0]
        first, classes = answers[0], list(self.palette)
        ground = classes.index(BACKGROUND) if BACKGROUND in classes else -1
        labels = np.full(first.shape, ground, np.int32)
        claim = np.zeros(first.shape, np.float32)  # how sure the painting is that a thing is here
        empty = np.ones(first.shape, np.float32)  # how sure all are that nothing is
        for each in answers:
            index = [classes.index(name) if name in classes else -1 for name in each.classes]
            here = np.array(index, np.int32)[each.labels]
            thing = each.labels != each.classes.index(BACKGROUND)
            stronger = thing & (each.confidence > claim)
            labels[stronger], claim[stronger] = here[stronger], each.confidence[stronger]
            np.minimum(empty, each.confidence, out=empty, where=~thing)
        unclaimed = claim == 0
        legends = {"legends": [each.provenance.code["legend"] for each in answers]}
        return replace(
            first,
            labels=labels,
            classes=tuple(classes),
            colors=np.array(list(self.palette.values()), np.uint8),
            confidence=np.where(unclaimed, empty if ground >= 0 else np.float32(0), claim),
            instruction="\n".join(each.instruction for each in answers),
            provenance=replace(first.provenance, code=legends),
        )

    def recolored(self, k: int) -> Self:
        """Colours that are as far apart, dealt out in another order."""
        colors = list(type(self).of(list(self.legend), seed=k).palette.values())
        turn = k % len(colors)
        return type(self)(dict(zip(self.legend, colors[turn:] + colors[:turn])))

    def vote(self, answers: Sequence[SemanticMap]) -> SemanticMap:
        """The label with the most votes; of equals the one whose voters are surer."""
        first = answers[0]
        best = np.full(first.shape, -1, np.int32)
        score = np.zeros(first.shape, np.float32)
        for label in range(-1, len(first.classes)):
            support = np.zeros(first.shape, np.float32)
            for answer in answers:
                support += (answer.labels == label) * (1 + answer.confidence / len(answers))
            better = support > score
            best[better], score[better] = label, support[better]
        agrees = [answer.labels == best for answer in answers]
        return replace(first, labels=best, confidence=agreement(answers, agrees))

    @classmethod
    def example(cls, sample: Sample, rng: np.random.Generator) -> Example | None:
        """Two to eight classes that are there, some that are not, and mostly a background, in any colours."""
        if sample.labels is None:
            return None
        numbers, counts = np.unique(sample.labels, return_counts=True)
        present = numbers[(numbers >= 0) & (counts >= CLEAR * sample.labels.size)]
        if not len(present):
            return None
        chosen = rng.permutation(present)[: rng.integers(2, 9)]
        legend = [synonym(sample, sample.classes[n], rng) for n in chosen]
        for other in rng.permutation(len(sample.classes))[: rng.choice(3, p=(0.6, 0.25, 0.15))]:
            if other not in numbers and sample.classes[other] not in legend:
                legend.append(sample.classes[other])
        with_ground = len(chosen) == 1 or rng.random() < 0.85
        if with_ground:
            legend.append(BACKGROUND)
        if len(set(legend)) < len(legend):
            return None
        colors = random_colors(len(legend), rng)
        order = rng.permutation(len(legend)).tolist()
        task = cls({legend[k]: colors[k] for k in order})
        table = np.full(len(sample.classes) + 1, order.index(len(legend) - 1) if with_ground else -1)
        table[chosen] = [order.index(k) for k in range(len(chosen))]
        table[-1] = -1
        labels = table[sample.labels]
        return Example(task, np.maximum(labels, 0), balanced_weight(labels), tuple(task.palette.items()))

    @classmethod
    def questions(cls) -> Mapping[str, Ask]:
        return {"semantic": cls._question}

    @classmethod
    def _question(cls, sample: Sample, draws: Dice) -> Question | None:
        """A legend of two to eight classes that the picture shows, and "background" for the rest of it."""
        if sample.labels is None:
            return None
        pixels = np.bincount(sample.labels.ravel(), minlength=len(sample.classes))
        shown = np.flatnonzero(pixels >= LEAST * sample.labels.size).tolist()
        if len(shown) < 2:
            return None
        chosen = draws.some(shown, draws.whole(2, min(8, len(shown))))
        ids = np.zeros(len(sample.classes), np.int32)
        ids[chosen] = np.array(chosen) + 1
        names = (*(sample.classes[k] for k in chosen), BACKGROUND)
        task = cls.of(names, seed=draws.whole(0, 999))
        return Question(ids[sample.labels], names, (*(k + 1 for k in chosen), 0), task)

    def as_truth(self, answer: SemanticMap) -> NDArray[np.int32]:
        return answer.labels

    def prediction(self, answer: SemanticMap, ids: Mapping[str, int]) -> NDArray[np.int32]:
        """(H, W) label ids; "background" and undecided become 0. BenchmarkError for a class that has no id."""
        return in_ids(answer.labels, answer.classes, ids)

    @classmethod
    def measure(cls, prediction: NDArray[np.integer], truth: NDArray[np.integer], known: Known = True) -> Measures:
        here = (truth >= 0) & known
        right = (prediction == truth)[here]
        overlaps = []
        for label in np.unique(truth[here]):
            guess, real = (prediction == label)[here], (truth == label)[here]
            overlaps.append((guess & real).sum() / (guess | real).sum())
        return {
            "accuracy": (float(right.mean()), 1),
            "largest": (float(np.bincount(truth[here]).max() / here.sum()), 1),
            "iou": (float(sum(overlaps)), len(overlaps)),
        }

    @classmethod
    def baselines(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {"largest class": lambda truth: np.full_like(truth, np.bincount(truth.ravel()).argmax())}

    @classmethod
    def panels(cls, prediction: NDArray[np.integer], truth: NDArray[np.integer]) -> dict[str, NDArray[np.uint8]]:
        wrong = np.where((prediction == truth)[..., None], RIGHT, FALSE).astype(np.uint8)
        return {"decoded": palette(prediction), "truth": palette(truth), "error": wrong}


def in_ids(labels: NDArray[np.integer], classes: Sequence[str], ids: Mapping[str, int]) -> NDArray[np.int32]:
    """(H, W) indices into `classes` as ids by class; "background" and undecided (-1) become 0."""
    known = {BACKGROUND: 0, **ids}
    for name in classes:
        if name not in known:
            raise BenchmarkError(f"the prediction has a class {name!r} that the benchmark has not")
    table = np.array([*(known[name] for name in classes), 0], np.int32)
    return np.asarray(table[labels])  # -1 takes the last
