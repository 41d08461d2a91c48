"""Labels, masks and instances: exact on clean paint, and the corruption suite with bounds against the nearest rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cavendish.codes import (
    distinct_colors,
    instances_to_rgb,
    labels_to_rgb,
    masks_to_rgb,
    rgb_to_instances,
    rgb_to_labels,
    rgb_to_masks,
)
from cavendish.errors import CodeError, LegendError
from corruption import CORRUPTIONS, corrupt, instance_scene, layout, score_instances, stray_share, truth, with_lines
from helpers.scenes import seeded


def legend_of(count: int, seed: int = 0) -> dict[str, tuple[int, int, int]]:
    return {f"class {k}": tuple(int(v) for v in color) for k, color in enumerate(distinct_colors(count, seed))}


def brute_force(rgb: np.ndarray, palette: np.ndarray) -> np.ndarray:
    return np.linalg.norm(rgb[:, :, None].astype(float) - palette, axis=-1)


@given(st.data())
def test_clean_labels_come_back_exactly(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 30))
    shape = data.draw(st.tuples(st.integers(0, 12), st.integers(0, 12)))
    labels = data.draw(arrays(np.int32, shape, elements=st.integers(0, count - 1)))
    legend = legend_of(count)
    read, distance = rgb_to_labels(labels_to_rgb(labels, legend), legend)
    assert np.array_equal(read, labels) and read.dtype == np.int32
    assert not distance.any() and distance.dtype == np.float32


@pytest.mark.parametrize("count", [1, 2, 7, 19, 100, 256])
def test_nearest_colour_is_the_nearest(count: int) -> None:
    rgb = np.random.default_rng(count).integers(0, 256, (100, 120, 3), dtype=np.uint8)
    legend = legend_of(count, seed=3)
    gaps = brute_force(rgb, np.array(list(legend.values())))
    for repair in (False, True):  # a picture without regions has nothing to repair
        labels, distance = rgb_to_labels(rgb, legend, repair=repair)
        same = labels == gaps.argmin(axis=-1)
        assert same.mean() > 0.999 if repair else same.all()
        assert np.allclose(distance, np.take_along_axis(gaps, labels[..., None], axis=-1)[..., 0], atol=1e-3)


@pytest.mark.parametrize(
    ("classes", "kind"), [(2, "all"), (6, "all"), (12, "all"), (19, "all"), (12, "jpeg"), (19, "jpeg"), (19, "blur")]
)
def test_corrupted_paint_reads_five_times_better_than_the_nearest_colour(classes: int, kind: str) -> None:
    figures = []
    for seed in range(2):
        fine, rng = seeded(layout, seed, classes, 512)
        want, legend = truth(fine), legend_of(classes, seed)
        painting = corrupt(np.array(list(legend.values()), dtype=np.uint8)[fine], kind, rng)
        plain, repaired = (rgb_to_labels(painting, legend, repair=repair)[0] for repair in (False, True))
        counts = np.bincount(want.ravel() * classes + repaired.ravel(), minlength=classes**2).reshape(classes, classes)
        iou = counts.diagonal() / (counts.sum(axis=0) + counts.sum(axis=1) - counts.diagonal())
        figures.append((iou.mean(), stray_share(plain, want), stray_share(repaired, want)))
    miou, before, after = np.mean(figures, axis=0)
    assert miou >= 0.985
    assert after <= before / 5


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_squares_of_8_and_lines_of_3_pixels_are_still_there(kind: str) -> None:
    legend = legend_of(6, seed=1)
    rng = np.random.default_rng(4)
    fine = np.zeros((1024, 1024), dtype=np.int32)
    for k in range(1, 6):
        fine[k * 160 : k * 160 + 32, 100:132] = k  # at four times the size
        fine[k * 160 : k * 160 + 12, 300:900] = k
    labels, _ = rgb_to_labels(corrupt(np.array(list(legend.values()), dtype=np.uint8)[fine], kind, rng), legend)
    want = truth(fine)
    for k in range(1, 6):
        square = (slice(k * 40, k * 40 + 8), slice(25, 33))
        line = (slice(k * 40, k * 40 + 3), slice(77, 223))
        assert (labels[square] == want[square]).mean() >= 0.7
        assert (labels[line] == want[line]).mean() >= 0.6


@pytest.mark.parametrize(("kind", "share"), [("blur", 0.9), ("jpeg", 0.9), ("all", 0.75)])
def test_lines_of_3_pixels_among_19_classes(kind: str, share: float) -> None:
    legend, right = legend_of(19), []
    for seed in range(3):
        fine, rng = seeded(layout, seed, 19, 512, cells=12)
        fine, lines = with_lines(fine, 25, rng)
        painting = corrupt(np.array(list(legend.values()), dtype=np.uint8)[fine], kind, rng)
        right.append((rgb_to_labels(painting, legend)[0] == truth(fine))[lines].mean())
    assert np.mean(right) >= share


@pytest.mark.parametrize(
    ("legend", "says"),
    [
        ({}, "empty"),
        ({"a": "red", "b": "#ff0000"}, "'a' and 'b' have the same colour"),
        ({"a": "red", "b": (250, 3, 3)}, "'a' and 'b' have colours that are too similar"),
        ({"a": "reddd"}, "red"),
        ({" ": "red"}, "no name"),
        ({str(k): (k, 0, 0) for k in range(257)}, "256"),
    ],
)
def test_bad_legends_say_which(legend: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        rgb_to_labels(np.zeros((2, 2, 3), np.uint8), legend)


@pytest.mark.parametrize("labels", [np.full((2, 2), 2), np.full((2, 2), -1), np.zeros((2, 2)), np.zeros(3, int)])
def test_bad_labels(labels: np.ndarray) -> None:
    with pytest.raises(CodeError):
        labels_to_rgb(labels, {"a": "red", "b": "blue"})


def test_labels_nobody_knows_are_black_and_the_rest_is_not_touched() -> None:
    legend = {"a": "red", "b": "blue"}
    labels = np.array([[0, 255, 1], [1, 0, -1]])
    known = (labels == 0) | (labels == 1)
    rgb = labels_to_rgb(labels, legend, valid=known)
    assert not rgb[~known].any()
    assert np.array_equal(rgb[known], labels_to_rgb(labels[known][None], legend)[0])
    with pytest.raises(CodeError, match="valid"):
        labels_to_rgb(labels, legend, valid=known[:1])


def test_masks_come_back_and_a_photo_showing_through_does_not() -> None:
    masks = np.zeros((2, 40, 40), dtype=bool)
    masks[0, 5:20, 5:20] = masks[1, 25:35, 10:30] = True
    rgb = masks_to_rgb(masks, ["green", "cyan"], "white")
    read, distance = rgb_to_masks(rgb, ["green", "cyan"], "white")
    assert np.array_equal(read, masks) and not distance.any()
    photo = np.full((40, 40, 3), (200, 60, 200), dtype=np.uint8)  # nearer to yellow than to black, and neither
    assert not rgb_to_masks(photo, ["yellow"])[0].any()
    with pytest.raises(CodeError):
        masks_to_rgb(masks, ["green"])
    with pytest.raises(LegendError):
        rgb_to_masks(rgb, ["black"])


def test_absent_region_is_an_empty_mask() -> None:
    rgb = masks_to_rgb(np.zeros((1, 6, 7), dtype=bool), ["yellow"])
    assert not rgb_to_masks(rgb, ["yellow"])[0].any()


def test_the_largest_instance_comes_first() -> None:
    rgb = np.zeros((60, 60, 3), dtype=np.uint8)
    rgb[2:8, 2:8], rgb[2:22, 30:50], rgb[30:40, 5:15] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    assert [mask.sum() for mask in rgb_to_instances(rgb)] == [400, 100, 36]


@pytest.mark.parametrize("count", [0, 1, 7, 40])
def test_clean_instances_come_back(count: int) -> None:
    ids = np.zeros((200, 200), dtype=np.int32)
    for k in range(count):  # touching tiles
        ids[20 * (k // 8) : 20 * (k // 8) + 20, 20 * (k % 8) : 20 * (k % 8) + 20] = k + 1
    masks = np.array([ids == k + 1 for k in range(count)], dtype=bool).reshape(count, 200, 200)
    for background in ("black", "#10aa05", (88, 50, 82)):
        read = rgb_to_instances(instances_to_rgb(masks, background, seed=count), background)
        assert read.shape == masks.shape and read.dtype == bool
        assert {m.tobytes() for m in read} == {m.tobytes() for m in masks}


@pytest.mark.parametrize("gap", [15, 20, 30])
def test_instances_in_similar_colours_are_told_apart_in_clean_paint(gap: int) -> None:
    rgb = np.zeros((60, 90, 3), dtype=np.uint8)
    rgb[5:30, 5:30], rgb[5:30, 30:60], rgb[35:50, 5:80] = (200, 60, 60), (200 - gap, 60, 60), (200, 60 + gap, 60)
    assert sorted(m.sum() for m in rgb_to_instances(rgb)) == [25 * 25, 25 * 30, 15 * 75]


@pytest.mark.parametrize("turn", [False, True])
def test_instances_three_pixels_thin(turn: bool) -> None:
    rgb = np.zeros((80, 80, 3), dtype=np.uint8)
    rgb[10:13, 5:70], rgb[21:24, 5:70], rgb[24:27, 5:70] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    y, x = np.mgrid[:80, :80]
    rgb[(np.abs(x - y - 5) <= 2) & (y > 40)] = (255, 255, 0)  # aslant, 3.5 pixels wide
    rgb = rgb.swapaxes(0, 1) if turn else rgb
    assert sorted(m.sum() for m in rgb_to_instances(rgb))[-3:] == [195, 195, 195]
    assert len(rgb_to_instances(rgb)) == 4


@pytest.mark.parametrize("shape", [(1, 90), (90, 1), (2, 45)])
def test_a_line_of_pixels_has_instances(shape: tuple[int, int]) -> None:
    flat = np.repeat([(0, 0, 0), (255, 0, 0), (0, 0, 255)], 30, axis=0).astype(np.uint8)
    masks = rgb_to_instances(flat.reshape(*shape, 3))
    assert masks.shape == (2, *shape)
    assert [m.sum() for m in masks] == [30, 30]


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_corrupted_instances(kind: str) -> None:
    scores = []
    for count in (1, 3, 10, 20, 40):
        ids, rng = seeded(instance_scene, count, count, 512)
        want = truth(ids)
        palette = np.vstack([[0, 0, 0], distinct_colors(count, count, ["black"])]).astype(np.uint8)
        visible = np.array([want == k for k in range(1, count + 1) if (want == k).sum() >= 2e-4 * want.size])
        scores.append(score_instances(rgb_to_instances(corrupt(palette[ids], kind, rng)), visible))
    at_half, mean = np.mean(scores, axis=0)
    assert at_half >= 0.99
    assert mean >= 0.93


def test_pieces_behind_an_occluder_are_one_instance_and_far_ones_are_two() -> None:
    rgb = np.zeros((100, 400, 3), dtype=np.uint8)
    rgb[20:40, 10:50] = (255, 0, 0)
    rgb[:, 28:36] = (0, 0, 255)  # a post in front
    rgb[20:40, 340:370] = (255, 0, 0)
    assert len(rgb_to_instances(rgb)) == 3


@given(arrays(np.uint8, st.tuples(st.integers(0, 9), st.integers(0, 9), st.just(3))))
def test_any_picture_reads(rgb: np.ndarray) -> None:
    assert rgb_to_instances(rgb).shape[1:] == rgb.shape[:2]
    assert rgb_to_labels(rgb, {"a": "red", "b": "blue"})[0].shape == rgb.shape[:2]
    assert rgb_to_masks(rgb, ["red"])[0].shape == (1, *rgb.shape[:2])


@pytest.mark.parametrize(
    ("masks", "background"),
    [(np.zeros((2, 2), bool), "black"), (np.zeros((1, 2, 2)), "black"), (np.zeros((256, 1, 1), bool), "black")],
)
def test_bad_instances(masks: np.ndarray, background: str) -> None:
    with pytest.raises(CodeError):
        instances_to_rgb(masks, background)
