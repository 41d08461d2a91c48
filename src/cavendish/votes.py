"""Several paintings of one question, combined: what most of them say, and how sure that makes it.

Answers are combined on the grid of the picture, after each has been read and brought back, so paint never mixes. The
confidence of the combination is the mean over the votes of (that vote's own confidence x how far it agrees).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.results import DepthMap, Instances, Mask, NormalMap, Result, SemanticMap
from cavendish.tasks import Answer, Depth, Instance, Normals, Referring, Semantic, Task

SAME_INSTANCE = 0.5  # intersection over union


@dataclass(frozen=True)
class Vote:
    """One painting to ask for: which colours, which way round, which seed."""

    task: Task
    seed: int
    mirrored: bool
    palette: int = 0  # which colours, where the task leaves them open


def ballot(task: Task, votes: int, seed: int, own_words: bool = False) -> list[Vote]:
    """The votes on `task`: the first as asked; then other seeds, other legends, and every second picture mirrored.

    A task in the user's own words keeps its colours. What speaks of left or right is never mirrored, nor is any
    referring expression, which may mean a side without naming it ("the first cat").
    """
    mirrors = _mirrors(task)
    tasks = [task] + [task if own_words else _recolored(task, k) for k in range(1, votes)]
    return [Vote(each, seed + k, mirrors and k % 2 == 1, k) for k, each in enumerate(tasks)]


def _mirrors(task: Task) -> bool:
    if isinstance(task, (Depth, Normals)):
        return True
    names = {Semantic: list(getattr(task, "legend", ())), Instance: [getattr(task, "label", "")]}.get(type(task))
    return names is not None and not re.search(r"\b(?:left|right)\b", " ".join(names), re.IGNORECASE)


def _recolored(task: Task, k: int) -> Task:
    """The task in other colours that are as far apart, dealt out in another order."""
    if isinstance(task, Semantic):
        colors = list(Semantic.of(list(task.legend), seed=k).palette.values())
        return Semantic(dict(zip(task.legend, colors[k % len(colors) :] + colors[: k % len(colors)])))
    if isinstance(task, Referring):
        return Referring.of(list(task.targets), seed=k)
    return task


def mirrored(answer: Answer) -> Answer:
    """An answer about a mirrored picture as one about the picture itself: left and right swapped, normals too."""
    if isinstance(answer, dict):
        return {name: mirrored(each) for name, each in answer.items()}
    flipped: dict[str, Any] = {"confidence": _flip(answer.confidence)}
    match answer:
        case DepthMap():
            flipped |= {"metres": _flip(answer.metres), "valid": _flip(answer.valid)}
        case NormalMap():
            vectors = _flip(answer.vectors) * np.array([-1, 1, 1], np.float32)
            flipped |= {"vectors": vectors, "valid": _flip(answer.valid)}
        case SemanticMap():
            flipped |= {"labels": _flip(answer.labels)}
        case Instances():
            flipped |= {"masks": np.ascontiguousarray(answer.masks[:, :, ::-1])}
        case Mask():
            flipped |= {"mask": _flip(answer.mask)}
    return replace(answer, **flipped)


def _flip(array: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(array[:, ::-1])


def combine(answers: Sequence[Answer]) -> Answer:
    """The answer that several answers to one question give together; painting and instruction are the first's."""
    first = answers[0]
    if len(answers) == 1:
        return first
    if isinstance(first, dict):
        return {name: combine([each[name] for each in answers]) for name in first}  # type: ignore[index]
    combined: Result = _combined(first, answers)
    return replace(combined, provenance=replace(first.provenance, votes=len(answers)))


def _agreed(answers: Sequence[Result], agreements: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    weighted = [answer.confidence * agreement for answer, agreement in zip(answers, agreements)]
    return np.clip(np.mean(weighted, axis=0, dtype=np.float32), 0, 1)


@singledispatch
def _combined(first: Result, answers: Sequence[Any]) -> Any:
    raise TypeError(f"{type(first).__name__} cannot be voted on")


@_combined.register
def _depth(first: DepthMap, answers: Sequence[DepthMap]) -> DepthMap:
    """The median of the readings there are; of an even number the nearer middle one, for a mean fits no surface."""
    stack = np.sort([answer.metres for answer in answers], axis=0)  # NaN comes last
    readings = (~np.isnan(stack)).sum(axis=0)
    middle = np.maximum(readings - 1, 0) // 2
    metres = np.take_along_axis(stack, middle[None], axis=0)[0]

    def agreement(answer: DepthMap) -> NDArray[np.float32]:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.minimum(answer.metres, metres) / np.maximum(answer.metres, metres)
        return np.where(answer.metres == metres, np.float32(1), np.nan_to_num(ratio))

    confidence = _agreed(answers, [agreement(answer) for answer in answers])
    return replace(first, metres=metres, valid=readings > 0, confidence=confidence)


@_combined.register
def _normals(first: NormalMap, answers: Sequence[NormalMap]) -> NormalMap:
    """The direction of the mean vector; where the votes cancel there is none."""
    mean = np.mean([answer.vectors for answer in answers], axis=0, dtype=np.float32)
    length = np.linalg.norm(mean, axis=-1, keepdims=True)
    vectors = np.divide(mean, length, out=np.zeros_like(mean), where=length > 1e-3)
    agreements = [np.clip(np.einsum("hwc,hwc->hw", answer.vectors, vectors), 0, 1) for answer in answers]
    return replace(first, vectors=vectors, valid=vectors.any(axis=-1), confidence=_agreed(answers, agreements))


@_combined.register
def _labels(first: SemanticMap, answers: Sequence[SemanticMap]) -> SemanticMap:
    """The label with the most votes; of equals the one whose voters are surer."""
    best = np.full(first.shape, -1, np.int32)
    score = np.zeros(first.shape, np.float32)
    for label in range(-1, len(first.classes)):
        support = np.zeros(first.shape, np.float32)
        for answer in answers:
            support += (answer.labels == label) * (1 + answer.confidence / len(answers))
        better = support > score
        best[better], score[better] = label, support[better]
    agreements = [answer.labels == best for answer in answers]
    return replace(first, labels=best, confidence=_agreed(answers, agreements))


@_combined.register
def _mask(first: Mask, answers: Sequence[Mask]) -> Mask:
    """What more than half of the votes hold."""
    mask = np.sum([answer.mask for answer in answers], axis=0) * 2 > len(answers)
    return replace(first, mask=mask, confidence=_agreed(answers, [answer.mask == mask for answer in answers]))


@_combined.register
def _instances(first: Instances, answers: Sequence[Instances]) -> Instances:
    """The instances that more than half of the votes hold, each where more than half of its masks are.

    Masks of different votes are the same instance where they are matched one to one by intersection over union.
    A score is the mean of the instance's scores, a vote without it counting zero.
    """
    groups: list[list[tuple[NDArray[np.bool_], float]]] = []
    for answer in answers:
        found = list(zip(answer.masks, answer.scores.tolist()))
        pairs = _matched([group[0][0] for group in groups], list(answer.masks))
        for g, k in pairs:
            groups[g].append(found[k])
        taken = {k for _, k in pairs}
        groups += [[each] for k, each in enumerate(found) if k not in taken]
    kept = [group for group in groups if 2 * len(group) > len(answers)]
    masks = np.zeros((len(kept), *first.shape), bool)
    for mask, group in zip(masks, kept):
        np.greater(np.sum([each for each, _ in group], axis=0) * 2, len(group), out=mask)
    scores = np.array([sum(score for _, score in group) / len(answers) for group in kept], np.float32)
    inside = masks.any(axis=0)
    agreements = [answer.masks.any(axis=0) == inside for answer in answers]
    shown = masks.any(axis=(1, 2))
    return replace(first, masks=masks[shown], scores=scores[shown], confidence=_agreed(answers, agreements))


def _matched(ours: list[NDArray[np.bool_]], theirs: list[NDArray[np.bool_]]) -> list[tuple[int, int]]:
    """Index pairs of masks that are the same instance, each mask in one pair at most."""
    from pycocotools import mask as coco
    from scipy.optimize import linear_sum_assignment

    if not ours or not theirs:
        return []
    a, b = ([coco.encode(np.asfortranarray(mask, np.uint8)) for mask in masks] for masks in (ours, theirs))
    overlap = coco.iou(a, b, [0] * len(b))  # (ours, theirs)
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    return [(int(i), int(k)) for i, k in zip(rows, columns) if overlap[i, k] >= SAME_INSTANCE]
