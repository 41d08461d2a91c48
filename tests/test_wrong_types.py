"""Arguments of wrong types and shapes: one sentence from a CavendishError, never NumPy's or Python's own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cavendish import codes, formats, tasks
from cavendish.errors import CavendishError
from helpers import samples

MASKS = np.zeros((1, 4, 4), dtype=bool)
RAGGED = [[1], [2, 3]]

CALLS: list[Callable[[], object]] = [
    lambda: codes.distinct_colors(3, -1),
    lambda: codes.distinct_colors(3, "a"),
    lambda: codes.distinct_colors("a"),
    lambda: codes.distinct_colors(2.5),
    lambda: codes.distinct_colors(2, avoid=5),
    lambda: codes.distinct_colors(2, avoid="red"),
    lambda: codes.parse_color({1, 2, 3}),
    lambda: codes.parse_color(b"red"),
    lambda: codes.format_color((1, 2)),
    lambda: codes.format_color("red"),
    lambda: codes.format_color((300, 2, 3)),
    lambda: codes.format_legend(None),
    lambda: codes.depth_to_rgb(RAGGED),
    lambda: codes.rgb_to_depth(RAGGED),
    lambda: codes.labels_to_rgb(np.zeros((2, 2), int), ["a"]),
    lambda: codes.rgb_to_labels(np.zeros((2, 2, 3), np.uint8), "red"),
    lambda: codes.masks_to_rgb(MASKS, None),
    lambda: codes.masks_to_rgb(MASKS, "r"),
    lambda: codes.instances_to_rgb(RAGGED),
    lambda: codes.instances_to_rgb(MASKS, seed=-1),
    lambda: codes.instances_to_rgb(MASKS, colors=[[300, 0, 0]]),
    lambda: codes.instances_to_rgb(MASKS, colors=["red", "blue"]),
    lambda: codes.convert_normals(np.ones((2, 2)), "lub"),
    lambda: codes.convert_normals("a", "lub"),
    lambda: codes.convert_normals(np.ones((2, 3)), ["lub"]),
    lambda: tasks.Depth().encode("a"),
    lambda: tasks.Depth().instruction(-1),
    lambda: tasks.Depth().instruction("a"),
    lambda: tasks.Instance(None),
    lambda: tasks.Instance("a", seed=-1).encode(MASKS),
    lambda: tasks.Instance("a", discs=True).encode([[1]]),
    lambda: tasks.Semantic(["a"]),
    lambda: tasks.Semantic.of(None),
    lambda: tasks.Semantic.of(["a"], seed=-1),
    lambda: tasks.Referring(None),
    lambda: tasks.Referring(["a"]),
    lambda: tasks.Referring.of("abc"),
    lambda: tasks.parse(None),
    lambda: tasks.find(None),
    lambda: samples.depth().save(None),
    lambda: samples.depth().save("a.ply", intrinsics="abc"),
    lambda: samples.depth().save("a.ply", fov_degrees="wide"),
    lambda: samples.depth().save("a.png", scale=[1]),
    lambda: samples.normals().save("a.png", bits="a"),
    lambda: samples.normals().save("a.npy", frame=None),
    lambda: samples.depth().overlay(alpha="a"),
    lambda: samples.instances().save("a.json", image_id=object()),
    lambda: samples.semantic().save("a.json", image_id=1.5),
    lambda: samples.mask().save("a.json", image_id=None),
    lambda: formats.read_depth(None),
    lambda: formats.read_normals(3),
    lambda: formats.read_labels(b"a.png"),
    lambda: formats.read_masks([]),
]


@pytest.mark.parametrize("call", CALLS)
def test_wrong_arguments_are_one_sentence(call: Callable[[], object], tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CavendishError) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())
