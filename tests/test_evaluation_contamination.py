"""The guard finds rescaled and recompressed benchmark pictures, and leaves others alone."""

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image

from cavendish.errors import BenchmarkError
from cavendish.evaluation.benchmarks import BENCHMARKS
from cavendish.evaluation.contamination import DISTANCE, Registry, perceptual_hash
from helpers.benchmark_folders import make_ibims

PHOTOS = {name: getattr(skimage.data, name)() for name in ("astronaut", "coffee", "cat", "rocket")}


def distance(a, b):
    return (perceptual_hash(a) ^ perceptual_hash(b)).bit_count()


def changed(photo):
    """Copies as they turn up on the web."""
    picture = Image.fromarray(photo)
    small = picture.resize((picture.width // 3, picture.height // 3))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=25)
    stretched = picture.resize((400, 300))
    darker = (photo * 0.8).astype(np.uint8)
    return [np.asarray(small), np.asarray(Image.open(file)), np.asarray(stretched), darker]


@pytest.mark.parametrize("name", PHOTOS)
def test_copies_are_near_and_others_far(name):
    assert all(distance(PHOTOS[name], copy) <= DISTANCE for copy in changed(PHOTOS[name]))
    assert all(distance(PHOTOS[name], other) > 2 * DISTANCE for key, other in PHOTOS.items() if key != name)


def test_a_registry_refuses_the_benchmarks_pictures_and_survives_the_disk(tmp_path):
    make_ibims(tmp_path / "data")
    folder = tmp_path / "data" / "ibims1_core_raw" / "rgb"
    Image.fromarray(PHOTOS["coffee"]).save(folder / "room_003.png")
    registry = Registry()
    assert registry.add(BENCHMARKS["ibims"], tmp_path / "data") == 5
    registry.save(tmp_path / "registry.npz")
    registry = Registry.load(tmp_path / "registry.npz")
    training = [("mine", PHOTOS["cat"]), ("theirs", changed(PHOTOS["coffee"])[0])]
    (found,) = registry.overlaps(training)
    assert (found.key, found.benchmark) == ("theirs", "ibims core")
    with pytest.raises(BenchmarkError, match=r"1 training pictures look like .*, theirs like one of ibims core"):
        registry.refuse(training)
    assert registry.refuse(training, allow=True) == [found]
    assert registry.refuse(training[:1]) == []
    assert Registry().overlaps(training) == []


@pytest.mark.parametrize("bits", [0, 1, DISTANCE, DISTANCE + 1])
def test_pictures_overlap_up_to_the_distance(bits):
    other = np.uint64(perceptual_hash(PHOTOS["cat"])) ^ np.uint64(2**bits - 1)
    registry = Registry({"far test": ~np.array([other]), "near test": np.array([other])})
    found = [(each.benchmark, each.distance) for each in registry.overlaps([("mine", PHOTOS["cat"])])]
    assert found == ([("near test", bits)] if bits <= DISTANCE else [])


def test_another_file_is_not_a_registry(tmp_path):
    (tmp_path / "x.npz").write_text("no")
    with pytest.raises(BenchmarkError, match="is not a registry"):
        Registry.load(tmp_path / "x.npz")
