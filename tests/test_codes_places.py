"""Colours by place: what a network can learn to paint, and what reads back."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cavendish.codes import instances_to_rgb, rgb_to_instances
from cavendish.codes.instances import place_colors, rgb_to_pieces
from cavendish.tasks import Instance

levels = st.tuples(*3 * [st.integers(0, 255)])
places = st.lists(st.tuples(*2 * [st.floats(0, 1)]), max_size=40)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 47), unique=True), levels, st.integers(6, 14))
def test_the_painting_reads_back(cells: list, background: tuple, side: int) -> None:
    ids = np.zeros((96, 130), dtype=np.int32)
    for number, cell in enumerate(cells, start=1):  # boxes on a grid, which touch when they are large
        top, left = 16 * (cell // 8), 16 * (cell % 8)
        ids[top : top + side + 2, left : left + side + 2] = number
    masks = np.array([ids == k for k in range(1, len(cells) + 1)], dtype=bool).reshape(-1, *ids.shape)
    read = rgb_to_instances(instances_to_rgb(masks, background, seed=None), background)
    assert {m.tobytes() for m in read} == {m.tobytes() for m in masks}


@given(places, levels)
def test_colours_are_apart_and_far_from_the_background(middles: list, ground: tuple) -> None:
    colors = place_colors(middles, ground).astype(float)
    assert colors.shape == (len(middles), 3)
    assert (np.linalg.norm(colors - ground, axis=1) > 59).all()
    gaps = np.linalg.norm(colors[:, None] - colors, axis=-1) + 999 * np.eye(len(colors))
    assert gaps.min(initial=np.inf) > 39


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-0.01, 0.01), st.floats(-0.01, 0.01), levels)
def test_a_small_move_is_a_small_change_of_colour(x: float, y: float, dx: float, dy: float, ground: tuple) -> None:
    before, after = (place_colors([place], ground)[0].astype(float) for place in ((x, y), (x + dx, y + dy)))
    assert np.linalg.norm(after - before) <= 2000 * np.hypot(dx, dy) + 2


def test_the_order_of_the_masks_and_what_is_hidden_do_not_matter() -> None:
    masks = np.zeros((3, 40, 60), dtype=bool)
    masks[0, 2:12, 2:12] = masks[1, 2:12, 14:24] = masks[2, 25:38, 40:58] = True
    painting = Instance("box", seed=None).encode(masks)
    assert np.array_equal(painting, Instance("box", seed=None).encode(masks[::-1]))
    hidden = np.concatenate([masks[:1], masks])  # under the later one of the same place
    assert np.array_equal(painting, instances_to_rgb(hidden, seed=None))


def test_pieces_of_running_paint() -> None:
    """Paint that runs within a thing, and faint paint that means nothing: two things are two, specks are none."""
    painting = np.zeros((64, 64, 3), np.uint8)
    painting[8:28, 6:30, 0] = np.linspace(120, 255, 24)
    painting[8:28, 6:30, 1] = 200
    painting[40:60, 34:60] = (60, 90, 250)
    painting[2:4, 50:52] = 255
    painting[32:36, 4:20] = 40
    pieces = rgb_to_pieces(painting)
    assert len(pieces) == 2 and pieces[0][40:60, 34:60].mean() > 0.98 and pieces[1][8:28, 6:30].mean() > 0.98
    assert pieces.sum() <= 20 * 26 + 20 * 24
    assert Instance("box", flat=False).decode(painting).masks.shape[0] == 2
    assert Instance("box", flat=False).code()["flat"] is False
    assert rgb_to_pieces(np.zeros((16, 16, 3), np.uint8)).shape == (0, 16, 16)
