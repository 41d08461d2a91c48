"""Packed files as other readers open them."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from cavendish.datasets.pack import npz, png


@pytest.mark.parametrize("size", [(1, 1), (3, 1), (1, 5), (37, 64)])
def test_pillow_reads_the_same_pixels(size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    with Image.open(io.BytesIO(png(image))) as opened:
        opened.verify()
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(image)))), image)


def test_numpy_and_zipfile_read_the_same_arrays() -> None:
    rng = np.random.default_rng(0)
    maps = {
        "depth": rng.random((9, 7), np.float32),
        "normals": rng.integers(-9, 9, (9, 7, 3)).astype(np.int16)[::-1],
        "none": np.zeros((0, 4)),
    }
    data = npz(maps)
    assert data == npz(maps)
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    with np.load(io.BytesIO(data)) as back:
        assert back.files == list(maps)
        assert all(np.array_equal(back[k], v) and back[k].dtype == v.dtype for k, v in maps.items())
