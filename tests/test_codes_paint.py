"""What all codes share: float pictures as levels, and how sure a reading is."""

import numpy as np
import pytest

from cavendish.codes.paint import as_levels, blocks, confidence


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_every_level_survives_as_a_float(dtype: type) -> None:
    levels = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    assert np.array_equal(as_levels((levels / 255).astype(dtype)), levels)
    assert as_levels(np.full((1, 1, 3), 0.999)).max() == 255


def test_confidence_falls_like_a_bell_of_24_levels() -> None:
    found = confidence(np.array([0, 24, 48], np.float32))
    np.testing.assert_allclose(found, np.exp([0, -0.5, -2]), rtol=1e-6)


@pytest.mark.parametrize("shape", [(0, 5), (3, 0), (1, 100_000), (700, 300)])
def test_blocks_cover_every_row_once(shape: tuple[int, int]) -> None:
    rows = [row for block in blocks(shape) for row in range(shape[0])[block]]
    assert rows == list(range(shape[0]))
