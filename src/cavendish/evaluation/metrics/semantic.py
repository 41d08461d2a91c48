"""Semantic segmentation: mean IoU in the rules of Cityscapes, ADE20K, COCO-Object and our own Worlds.

They differ in what an ignored pixel is and in what an absent class is worth:

rule          unlabelled truth                             a class in neither truth nor prediction
cityscapes    15 of the 34 ids are not evaluated           left out of the mean
ade20k        id 0: nothing there counts                   contributes 0 (CSAILVision's `utils_eval`)
coco-object   none; id 0 is the class "background"         left out of the mean (GroupViT, mmsegmentation's nanmean)
worlds        id 0 is "background", not in the legend      left out of the mean

All sum one confusion matrix over the whole set; a mean of per-picture IoUs is another metric.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.means import mean_of_present

Matrix = NDArray[np.int64]  # (K, K) pixels; row: true id, column: predicted id

# Label ids of the 19 evaluated classes, in the order of their train ids.
CITYSCAPES: dict[str, int] = {
    "road": 7, "sidewalk": 8, "building": 11, "wall": 12, "fence": 13, "pole": 17, "traffic light": 19,
    "traffic sign": 20, "vegetation": 21, "terrain": 22, "sky": 23, "person": 24, "rider": 25, "car": 26,
    "truck": 27, "bus": 28, "train": 31, "motorcycle": 32, "bicycle": 33,
}  # fmt: skip

_BLOCK = 1 << 18  # pixels compared at a time, so that they stay in the cache


def confusion(prediction: NDArray[np.integer], truth: NDArray[np.integer], size: int) -> Matrix:
    """Count pixels by (true id, predicted id).

    Both maps are integer arrays of one shape with ids in [0, size). Raises MetricError for other ids: an id of 255
    in a prediction crashes the official Cityscapes script, so "none of the classes" must be written as id 0.
    """
    if prediction.shape != truth.shape:
        sizes = [" x ".join(map(str, labels.shape)) for labels in (prediction, truth)]
        raise MetricError(f"The prediction is {sizes[0]} but the truth is {sizes[1]}.")
    counts = np.zeros((size, size), np.int64)
    for lengths, true, predicted in runs(truth, prediction):
        counts += count_pairs(true, predicted, lengths, size)
    return counts


def runs(*maps: NDArray[np.integer]) -> Iterator[tuple[NDArray[np.integer], ...]]:
    """Maps of one shape as stretches of pixels, row after row, along which none of them changes.

    Yields blocks of (lengths, value in the first map, value in the second, …), each (R,). Label maps are smooth, so
    that there are far fewer stretches than pixels to be counted.
    """
    flat = [labels.reshape(-1) for labels in maps]
    buffers = np.empty((2, min(_BLOCK, flat[0].size)), bool)  # fresh arrays would cost more than the comparisons
    for start in range(0, flat[0].size, _BLOCK):
        blocks = [labels[start : start + _BLOCK] for labels in flat]
        last, change = buffers[:, : len(blocks[0])]
        np.not_equal(blocks[0][1:], blocks[0][:-1], out=last[:-1])
        for labels in blocks[1:]:
            last[:-1] |= np.not_equal(labels[1:], labels[:-1], out=change[:-1])
        last[-1:] = True
        ends = np.flatnonzero(last)
        lengths = ends.copy()
        lengths[:1] += 1
        lengths[1:] -= ends[:-1]
        yield lengths, *(labels.take(ends) for labels in blocks)


def count_pairs(
    truth: NDArray[np.integer], prediction: NDArray[np.integer], lengths: NDArray[np.integer], size: int
) -> Matrix:
    """The confusion of stretches: (R,) true ids, predicted ids and numbers of pixels; MetricError for unknown ids."""
    for name, labels in (("prediction", prediction), ("truth", truth)):
        if labels.size and not (labels.min() >= 0 and labels.max() < size):
            raise MetricError(f"The {name} holds ids {labels.min()} to {labels.max()}; they must lie in [0, {size}).")
    cells = truth.astype(np.intp) * size + prediction
    counts = np.bincount(cells, weights=lengths, minlength=size * size)  # exact: far below 2^53
    return counts.astype(np.int64).reshape(size, size)


@dataclass(frozen=True)
class SemanticRule:
    """Which ids a label map may hold, and which of them are classes whose IoU counts."""

    size: int  # ids lie in [0, size)
    ids: tuple[int, ...]  # of the evaluated classes
    names: tuple[str, ...]  # of those ids
    eps: float = 0.0  # added to each union: without it, a class in neither map has no IoU; with it, 0


RULES: dict[str, SemanticRule] = {
    "cityscapes": SemanticRule(34, tuple(CITYSCAPES.values()), tuple(CITYSCAPES)),
    "ade20k": SemanticRule(151, tuple(range(1, 151)), tuple(map(str, range(1, 151))), float(np.spacing(1))),
    "coco-object": SemanticRule(81, tuple(range(81)), tuple(map(str, range(81)))),
    "worlds": SemanticRule(200, tuple(range(200)), tuple(map(str, range(200)))),  # more ids than there are classes
}


def semantic_rule(name: str) -> SemanticRule:
    """The rule of that name; raises MetricError with the names there are."""
    if name not in RULES:
        raise MetricError(f"There is no semantic rule {name!r}; choose one of {', '.join(RULES)}.")
    return RULES[name]


@dataclass(frozen=True)
class SemanticScore:
    """IoU of each class by name (NaN: not counted) and their mean under the rule."""

    miou: float
    per_class: dict[str, float]
    accuracy: float  # share of the evaluated pixels that are right; NaN without any


def semantic_score(matrix: Matrix, rule: SemanticRule) -> SemanticScore:
    """IoU of the evaluated classes from a (size, size) confusion.

    False negatives are counted over all columns, so that predicting an ignored id costs recall; false positives only
    over evaluated rows.
    """
    ids = list(rule.ids)
    rows = matrix[ids]
    hits = np.diagonal(matrix)[ids]
    union = rows.sum(1) + rows[:, ids].sum(0) - hits
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN
        iou = hits / (union + rule.eps)
        accuracy = hits.sum() / rows.sum()
    per_class = dict(zip(rule.names, iou.tolist()))
    return SemanticScore(mean_of_present(per_class.values()), per_class, float(accuracy))
