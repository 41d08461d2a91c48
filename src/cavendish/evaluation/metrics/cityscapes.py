"""Cityscapes beyond the IoU of classes: categories, and iIoU, in which every instance of a class weighs the same.

The rules of `evalPixelLevelSemanticLabeling` of cityscapesscripts 2.3.0 as it runs by default. IoU favours large
things, which have most of the pixels; iIoU scales the pixels of each true instance by the mean size of its class over
its own size. False positives belong to no instance and are counted as they are.
"""

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.semantic import CITYSCAPES, Matrix, count_pairs, runs

SIZE = 34  # label ids
IDS = np.array(list(CITYSCAPES.values()))  # of the evaluated classes

# Evaluated label ids of each category.
CATEGORIES: dict[str, tuple[int, ...]] = {
    "flat": (7, 8), "construction": (11, 12, 13), "object": (17, 19, 20), "nature": (21, 22), "sky": (23,),
    "human": (24, 25), "vehicle": (26, 27, 28, 31, 32, 33),
}  # fmt: skip

# Mean pixels of an instance, of the classes that have instances.
INSTANCE_SIZES: dict[str, float] = {
    "person": 3462.4756337644, "rider": 3930.4788056518, "car": 12794.0202738185, "truck": 27855.1264367816,
    "bus": 35732.1511111111, "train": 67583.7075812274, "motorcycle": 6298.7200839748, "bicycle": 4672.3249222261,
}  # fmt: skip

# Label ids of the categories all of whose classes have instances. Unlike in CATEGORIES, caravan and trailer are among
# them: they are not evaluated, yet a vehicle that is called one is still hit as a vehicle.
INSTANCE_CATEGORIES: dict[str, tuple[int, ...]] = {"human": (24, 25), "vehicle": tuple(range(26, 34))}

# Greater ids are label id x 1000 + number; the others are stuff, or crowds that are not separated.
_FIRST_INSTANCE = 1000
_LABELS = np.array([CITYSCAPES[name] for name in INSTANCE_SIZES])
_WEIGHTS = np.array(list(INSTANCE_SIZES.values()))
_CATEGORY = np.array([next((k for k, ids in INSTANCE_CATEGORIES.items() if i in ids), "") for i in range(SIZE)])


def tally(
    prediction: NDArray[np.integer], labels: NDArray[np.integer], instances: NDArray[np.integer]
) -> tuple[Matrix, NDArray[np.float64]]:
    """One picture's (34, 34) confusion, and the weighted pixels of its instances: what both add up to gives the scores.

    `prediction` and `labels` are (H, W) label ids in [0, 34), `instances` (H, W) the ids of `*_gtFine_instanceIds.png`.
    The pixels are (8, 2, 2): for each class of INSTANCE_SIZES, as the class and as its category, hit and missed. Raises
    MetricError for maps of different sizes, other ids, and instances of a class that has none.
    """
    if not prediction.shape == labels.shape == instances.shape:
        sizes = ", ".join(" x ".join(map(str, a.shape)) for a in (prediction, labels, instances))
        raise MetricError(f"Prediction, label ids and instance ids must have one size, not {sizes}.")
    matrix, things = np.zeros((SIZE, SIZE), np.int64), []
    for lengths, true, predicted, ids in runs(labels, prediction, instances):
        matrix += count_pairs(true, predicted, lengths, SIZE)
        inside = np.flatnonzero(ids > _FIRST_INSTANCE)
        things.append((ids.take(inside), predicted.take(inside), lengths.take(inside)))
    return matrix, _instance_sums(*map(np.concatenate, zip(*things)))


def _instance_sums(
    ids: NDArray[np.integer], predicted: NDArray[np.integer], lengths: NDArray[np.integer]
) -> NDArray[np.float64]:
    found, rows = np.unique(ids, return_inverse=True)
    labels = found.astype(np.int64) // 1000
    strange = found[(labels >= SIZE) | (np.isin(labels, IDS) & ~np.isin(labels, _LABELS))]
    if len(strange):
        raise MetricError(f"There is an instance {strange[0]}, but no class {strange[0] // 1000} that has instances.")
    counts = np.bincount(rows * SIZE + predicted, weights=lengths, minlength=len(found) * SIZE).reshape(-1, SIZE)

    counted = np.isin(labels, _LABELS)
    labels, counts = labels[counted], counts[counted]
    of_class = np.searchsorted(_LABELS, labels)
    pixels = counts.sum(1)
    hits = counts[np.arange(len(labels)), labels]
    category_hits = (counts * (_CATEGORY[labels][:, None] == _CATEGORY)).sum(1)
    columns = np.stack([hits, pixels - hits, category_hits, pixels - category_hits], 1)
    sums = np.zeros((len(_LABELS), 4))
    np.add.at(sums, of_class, columns * (_WEIGHTS[of_class] / pixels)[:, None])
    return sums.reshape(-1, 2, 2)


def class_iiou(matrix: Matrix, sums: NDArray[np.float64]) -> dict[str, float]:
    """iIoU of the classes with instances, NaN where there is nothing, from a (34, 34) confusion and (8, 2, 2) sums."""
    return _iiou(matrix, sums[:, 0], {name: (CITYSCAPES[name],) for name in INSTANCE_SIZES})


def category_iiou(matrix: Matrix, sums: NDArray[np.float64]) -> dict[str, float]:
    """iIoU of the two categories with instances, from the same."""
    return _iiou(matrix, sums[:, 1], INSTANCE_CATEGORIES)


def category_iou(matrix: Matrix) -> dict[str, float]:
    """IoU of each category from a (34, 34) confusion; a class taken for another of its category is right."""
    scores = {}
    for name, ids in CATEGORIES.items():
        rows = matrix[list(ids)]
        scores[name] = _share(rows[:, list(ids)].sum(), rows.sum() + _false(matrix, ids))
    return scores


def _iiou(matrix: Matrix, sums: NDArray[np.float64], groups: dict[str, tuple[int, ...]]) -> dict[str, float]:
    scores = {}
    for name, ids in groups.items():
        hit, missed = sums[np.isin(_LABELS, ids)].sum(0)
        scores[name] = _share(hit, hit + missed + _false(matrix, ids))
    return scores


def _false(matrix: Matrix, ids: tuple[int, ...]) -> np.int64:
    """Pixels of evaluated classes outside of a group that are taken for it."""
    return matrix[np.setdiff1d(IDS, ids)][:, list(ids)].sum()


def _share(part: np.number, whole: np.number) -> float:
    return float(part / whole) if whole else float("nan")
