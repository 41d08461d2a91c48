"""Several named arrays in one compressed NumPy archive."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from cavendish.files import replacing
from cavendish.results import DepthMap


def write_depth(result: DepthMap, path: Path) -> None:
    """`metres` (H, W) float32, `valid` (H, W) bool, `confidence` (H, W) float32, `provenance` a JSON string (0-d).

    `intrinsics` (3, 3) float64 is there only if known.
    """
    known: dict[str, Any] = {} if result.intrinsics is None else {"intrinsics": result.intrinsics}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            metres=result.metres,
            valid=result.valid,
            confidence=result.confidence,
            provenance=np.array(json.dumps(result.record(), ensure_ascii=False)),
            **known,
        )
