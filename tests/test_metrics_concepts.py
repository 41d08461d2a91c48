"""pmF1, IL_MCC and cgF1 against the evaluator of the sam3 package, loaded as one file."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.concepts import (
    SCORE_THRESHOLD,
    THRESHOLDS,
    concept_score,
    f1_at,
    mask_f1,
    pair_counts,
    score_pair,
)
from helpers.sam3_evaluator import official_module

SIZE = (20, 20)
EMPTY = np.zeros(SIZE, bool)


def box(top, left, bottom, right):
    mask = EMPTY.copy()
    mask[top:bottom, left:right] = True
    return mask


A, B = box(0, 0, 10, 10), box(10, 10, 20, 20)


def rle(mask):
    encoded = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": list(encoded["size"]), "counts": encoded["counts"].decode()}


def official(folder, annotators, predictions, exhaustive=None):
    """The official numbers for annotators[k][pair] = masks and predictions[pair] = [(mask, score)]."""
    evaluator_class = official_module().CGF1Evaluator
    files = []
    for k, pairs in enumerate(annotators):
        images = [
            {"id": i, "file_name": "", "text_input": "", "height": 20, "width": 20,
             "is_instance_exhaustive": exhaustive is None or exhaustive[k][i]}
            for i in range(len(pairs))
        ]  # fmt: skip
        annotations = [
            {
                "image_id": i,
                "category_id": 1,
                "segmentation": rle(mask),
                "bbox": [0, 0, 1, 1],
                "area": 1,
                "iscrowd": crowd,
            }
            for i, masks in enumerate(pairs)
            for mask, crowd in masks
        ]
        for number, annotation in enumerate(annotations, start=1):
            annotation["id"] = number
        files.append(str(folder / f"gold_{k}.json"))
        Path(files[-1]).write_text(
            json.dumps({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "object"}]})
        )
    results = [
        {"image_id": i, "category_id": 1, "segmentation": rle(mask), "bbox": [0.0, 0.0, 1.0, 1.0], "score": score}
        for i, detections in enumerate(predictions)
        for mask, score in detections
    ]
    (folder / "predictions.json").write_text(json.dumps(results))
    evaluator = evaluator_class(files)
    numbers = evaluator.evaluate(str(folder / "predictions.json"))
    return {name.removeprefix("cgF1_eval_segm_"): value for name, value in numbers.items()}


def ours(annotators, predictions):
    records = []
    for i, detections in enumerate(predictions):
        kept = [rle(mask) for mask, score in detections if score >= SCORE_THRESHOLD]
        truths = [[rle(mask) for mask, crowd in pairs[i] if not crowd] for pairs in annotators]
        records.append(score_pair(kept, truths))
    return np.array(records)


def scored(counts):
    return concept_score(counts, np.ones(len(counts), int))


def positives(counts):
    """The counts of the positive pairs, summed: hits at each threshold, detections, truths."""
    return counts[counts[:, -1] > 0].sum(0)


def solid(*masks):
    return [(mask, 0) for mask in masks]


# The worked example: five pairs, annotator a and c agree, b sees less.
FIRST = [solid(A, B), [], solid(A), solid(A), []]
SECOND = [solid(A), [], solid(A), [], solid(A)]
PREDICTED = [
    [(box(0, 0, 8, 10), 0.9), (box(10, 10, 16, 20), 0.8)],
    [(A, 0.9)],
    [(A, 0.49)],
    [],
    [(A, 0.9)],
]


def test_worked_example_of_one_annotator():
    counts = ours([FIRST], PREDICTED)
    *tp, detections, truths = positives(counts)
    assert tp == [2, 2, 2, 1, 1, 1, 1, 0, 0, 0]
    assert [detections - n for n in tp] == [0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
    assert [truths - n for n in tp] == [2, 2, 2, 3, 3, 3, 3, 4, 4, 4]
    assert mask_f1(positives(counts)).mean() == pytest.approx(1 / 3, abs=1e-12)  # without the official 1e-4
    assert scored(counts) == pytest.approx({"pmF1": 0.33329, "IL_MCC": -0.66667, "cgF1": -0.22219}, abs=5e-6)


@pytest.mark.parametrize("order", [(FIRST, SECOND, FIRST), (SECOND, FIRST, FIRST)])
def test_worked_example_of_three_annotators(order):
    counts = ours(list(order), PREDICTED)
    *tp, _, truths = positives(counts)
    assert tp == [3, 3, 3, 2, 2, 2, 2, 1, 1, 1]
    assert [truths - n for n in tp] == [1, 1, 1, 2, 2, 2, 2, 3, 3, 3]
    assert mask_f1(positives(counts)).mean() == pytest.approx(4 / 7, abs=1e-12)
    assert scored(counts) == pytest.approx({"pmF1": 0.57136, "IL_MCC": 0.16667, "cgF1": 0.09523}, abs=5e-6)


def test_worked_example_of_the_assignment():
    # One assignment by total IoU: p1 takes g1 although p2 fits it better than p1 does.
    iou = np.array([[0.4286, 0.25], [0.8333, 0.1]])
    counts = pair_counts(iou)
    assert counts.tolist() == [1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 2, 2]
    assert scored(counts[None])["pmF1"] == pytest.approx(0.34995, abs=5e-6)


def assert_equals_official(folder, annotators, predictions):
    numbers, counts = official(folder, annotators, predictions), ours(annotators, predictions)
    score = scored(counts)
    assert score["pmF1"] == pytest.approx(numbers["positive_micro_F1"], abs=1e-9)
    assert score["cgF1"] == pytest.approx(numbers["cgF1"], abs=1e-9)
    assert score["IL_MCC"] == pytest.approx(numbers["IL_MCC"], abs=1e-9)
    assert f1_at(counts.sum(0)).mean() == pytest.approx(numbers["F1"], abs=1e-9)
    assert f1_at(positives(counts))[0] == pytest.approx(numbers["positive_micro_F1@0.5"], abs=1e-9)
    assert f1_at(positives(counts))[5] == pytest.approx(numbers["positive_micro_F1@0.75"], abs=1e-9)


@pytest.mark.parametrize("annotators", [[FIRST], [FIRST, SECOND, FIRST], [SECOND, FIRST, FIRST]])
def test_worked_examples_equal_the_official_evaluator(annotators, tmp_path):
    assert_equals_official(tmp_path, annotators, PREDICTED)


def random_mask(rng):
    kind = rng.integers(6)
    if kind == 0:
        return EMPTY  # an empty mask is a detection, too
    if kind == 1:
        return rng.random(SIZE) < 0.3
    if kind == 2:
        mask = EMPTY.copy()
        mask[tuple(rng.integers(0, 20, 2))] = True
        return mask
    top, left = rng.integers(0, 12, 2)
    height, width = rng.integers(2, 9, 2)
    return box(top, left, top + height, left + width)


def random_set(rng, pairs, annotators):
    """Random pairs, with masks shared and shifted between truth and prediction so that matches happen, and ties."""
    truths = [[] for _ in range(annotators)]
    predictions = []
    for _ in range(pairs):
        pool = [random_mask(rng) for _ in range(4)]
        for annotator in truths:
            count = rng.choice([0, 0, 1, 2, 4])
            annotator.append([(pool[rng.integers(4)], int(rng.random() < 0.15)) for _ in range(count)])
        detections = []
        for _ in range(rng.choice([0, 0, 1, 3, 5])):
            mask = pool[rng.integers(4)]
            if rng.random() < 0.5:
                mask = np.roll(mask, rng.integers(-2, 3, 2), (0, 1))
            detections.append((mask, float(rng.choice([0.2, 0.5, 0.5000001, 1.0]))))
        predictions.append(detections)
    if not any(predictions):
        predictions[0] = [(A, 1.0)]
    for annotator in truths:  # the official loader needs at least one annotation
        if not any(annotator):
            annotator[0] = solid(A)
    return truths, predictions


@pytest.mark.parametrize("seed", range(12))
def test_random_sets_equal_the_official_evaluator(seed, tmp_path):
    rng = np.random.default_rng(seed)
    assert_equals_official(tmp_path, *random_set(rng, pairs=25, annotators=(1, 2, 3)[seed % 3]))


def test_all_negative_and_all_missed_equal_the_official_evaluator(tmp_path):
    predictions = [[(A, 0.4)], [], [(A, 0.9)]]
    assert_equals_official(tmp_path, [[solid(A), [], []]], predictions)
    assert_equals_official(tmp_path, [[solid(A), solid(A), solid(A)]], [[(A, 0.1)], [], []])


def test_a_mask_of_another_size_is_refused_unless_the_official_silence_is_asked_for():
    small, large = rle(np.ones((5, 5), bool)), rle(A)
    with pytest.raises(MetricError, match="different sizes"):
        score_pair([small], [[large]])


def test_at_a_tie_the_earlier_annotator_decides_and_a_true_negative_always_wins():
    wrong = rle(box(0, 15, 5, 20))
    assert score_pair([wrong], [[rle(A)], []])[-1] == 1  # both F1 are 0
    assert score_pair([wrong], [[], [rle(A)]])[-1] == 0
    assert score_pair([], [[rle(A)], [], [rle(B)]])[-1] == 0
    with pytest.raises(MetricError, match="at least one annotator"):
        score_pair([], [])


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 100_000))
def test_swapping_truth_and_detections_swaps_errors_only(detections, truths, seed):
    iou = np.random.default_rng(seed).random((detections, truths))
    forward, backward = pair_counts(iou)[:-2], pair_counts(iou.T)[:-2]
    assert (forward == backward).all()
    assert (np.diff(forward) <= 0).all()
    assert forward.max() <= min(detections, truths)


def test_mask_f1_of_masks_without_scores():
    perfect, half = pair_counts(np.eye(2)), pair_counts(np.array([[0.6, 0.0]]))
    assert mask_f1(perfect).tolist() == [1.0] * len(THRESHOLDS)
    assert mask_f1(perfect + half)[:4] == pytest.approx([2 * 3 / 7] * 3 + [2 * 2 / 7])
    assert np.isnan(mask_f1(0 * perfect)).all()


def test_thresholds_are_the_official_floats():
    assert THRESHOLDS[8] == 0.8999999999999999
