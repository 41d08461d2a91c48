"""Semantic segmentation: mean IoU in the rules of Cityscapes, ADE20K and COCO-Object.

The three differ in what an ignored pixel is and in what an absent class is worth:

rule          unlabelled truth                       a class in neither truth nor prediction
cityscapes    15 of the 34 ids are not evaluated     left out of the mean
ade20k        id 0: nothing there counts             contributes 0
coco-object   none; id 0 is the class "background"   left out of the mean (mmsegmentation's nanmean)

worlds        id 0 is "background": all that the legend left out     left out of the mean

All sum one confusion matrix over the whole set; a mean of per-picture IoUs is another metric.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError

Matrix = NDArray[np.int64]  # (K, K) pixels; row: true id, column: predicted id

# Label ids of the 19 evaluated classes, in the order of their train ids.
CITYSCAPES: dict[str, int] = {
    "road": 7, "sidewalk": 8, "building": 11, "wall": 12, "fence": 13, "pole": 17, "traffic light": 19,
    "traffic sign": 20, "vegetation": 21, "terrain": 22, "sky": 23, "person": 24, "rider": 25, "car": 26,
    "truck": 27, "bus": 28, "train": 31, "motorcycle": 32, "bicycle": 33,
}  # fmt: skip

_BLOCK = 1 << 18  # pixels counted at a time, so that memory stays flat


def confusion(prediction: NDArray[np.integer], truth: NDArray[np.integer], size: int) -> Matrix:
    """Count pixels by (true id, predicted id).

    Both maps are integer arrays of one shape with ids in [0, size). Raises MetricError for other ids: an id of 255
    in a prediction crashes the official Cityscapes script, so "none of the classes" must be written as id 0.
    """
    if prediction.shape != truth.shape:
        raise MetricError(f"The prediction is {_size(prediction)} but the truth is {_size(truth)}.")
    for name, labels in (("prediction", prediction), ("truth", truth)):
        if labels.size and not (labels.min() >= 0 and labels.max() < size):
            raise MetricError(f"The {name} holds ids {labels.min()} to {labels.max()}; they must lie in [0, {size}).")
    flat_truth, flat_prediction = truth.reshape(-1), prediction.reshape(-1)
    counts = np.zeros(size * size, np.int64)
    for start in range(0, flat_truth.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        counts += _histogram(flat_truth[block], flat_prediction[block], size)
    return counts.reshape(size, size)


def _histogram(truth: NDArray[np.integer], prediction: NDArray[np.integer], size: int) -> Matrix:
    """Count by whole runs where the maps are smooth, which label maps are, and pixel by pixel where they are not."""
    changes = truth[1:] != truth[:-1]
    changes |= prediction[1:] != prediction[:-1]
    ends = np.flatnonzero(changes)
    if 4 * len(ends) > len(truth):
        return np.bincount(truth.astype(np.intp) * size + prediction, minlength=size * size)
    ends = np.append(ends, len(truth) - 1)
    cells = truth[ends].astype(np.intp) * size + prediction[ends]
    lengths = np.diff(ends, prepend=-1)
    return np.bincount(cells, weights=lengths, minlength=size * size).astype(np.int64)  # exact: far below 2^53


def _size(labels: NDArray[np.integer]) -> str:
    return " x ".join(map(str, labels.shape))


@dataclass(frozen=True)
class SemanticScore:
    """IoU of each class by name (NaN: not counted) and their mean under the rule."""

    miou: float
    per_class: dict[str, float]
    accuracy: float  # share of the evaluated pixels that are right; NaN without any


def cityscapes_score(matrix: Matrix) -> SemanticScore:
    """The 19-class IoU of `evalPixelLevelSemanticLabeling` from a (34, 34) matrix over label ids.

    False negatives are counted over all 34 columns, so predicting an ignored id costs recall; false positives only
    over evaluated rows.
    """
    ids = np.array(list(CITYSCAPES.values()))
    rows = matrix[ids]
    hits = np.diagonal(matrix)[ids]
    return _mean_of_present(hits, rows.sum(1) + rows[:, ids].sum(0) - hits, list(CITYSCAPES), rows)


def ade20k_score(matrix: Matrix, names: list[str] | None = None) -> SemanticScore:
    """IoU as in CSAILVision's `utils_eval` from a (151, 151) matrix; row 0 is ignored, an absent class counts 0."""
    hits = np.diagonal(matrix)[1:].astype(float)
    union = matrix[1:].sum(1) + matrix[1:, 1:].sum(0) - hits
    iou = hits / (np.spacing(1) + union)
    named = dict(zip(names or _numbers(1, len(iou)), iou.tolist()))
    return SemanticScore(float(iou.mean()), named, _accuracy(hits, matrix[1:]))


def coco_object_score(matrix: Matrix, names: list[str] | None = None) -> SemanticScore:
    """IoU of GroupViT's COCO-Object from an (81, 81) matrix; 0, the background, is a class like the others."""
    hits = np.diagonal(matrix)
    return _mean_of_present(hits, matrix.sum(1) + matrix.sum(0) - hits, names or _numbers(0, len(hits)), matrix)


def _mean_of_present(hits: Matrix, union: Matrix, names: list[str], rows: Matrix) -> SemanticScore:
    iou = np.divide(hits, union, out=np.full(len(hits), np.nan), where=union > 0)
    present = iou[~np.isnan(iou)].tolist()
    # A plain left-to-right sum, as the official script adds them.
    miou = sum(present) / len(present) if present else float("nan")
    return SemanticScore(miou, dict(zip(names, iou.tolist())), _accuracy(hits, rows))


def _accuracy(hits: NDArray, rows: Matrix) -> float:
    total = rows.sum()
    return float(hits.sum() / total) if total else float("nan")


def _numbers(first: int, count: int) -> list[str]:
    return [str(i) for i in range(first, first + count)]


@dataclass(frozen=True)
class SemanticRule:
    """How many ids a label map may hold and how the summed confusion matrix becomes the number."""

    size: int
    score: Callable[[Matrix], SemanticScore]


RULES: dict[str, SemanticRule] = {
    "cityscapes": SemanticRule(34, cityscapes_score),
    "ade20k": SemanticRule(151, ade20k_score),
    "coco-object": SemanticRule(81, coco_object_score),
    "worlds": SemanticRule(200, coco_object_score),  # more ids than there are classes
}


@dataclass
class SemanticTotal:
    """A running confusion matrix; its memory does not grow with the number of pictures."""

    rule: str
    matrix: Matrix = field(init=False)

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise MetricError(f"There is no semantic rule {self.rule!r}; choose one of {', '.join(RULES)}.")
        size = RULES[self.rule].size
        self.matrix = np.zeros((size, size), np.int64)

    def add(self, prediction: NDArray[np.integer], truth: NDArray[np.integer]) -> None:
        """Add one picture's (H, W) label maps."""
        self.matrix += confusion(prediction, truth, RULES[self.rule].size)

    def score(self) -> SemanticScore:
        """The score of everything added so far."""
        return RULES[self.rule].score(self.matrix)
