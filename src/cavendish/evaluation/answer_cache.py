"""One answer of a model in one file: its painting, the answer read from it, and the instruction.

A `.npz` with `painting` (h, w, 3) uint8, `answer` as the benchmark's scorer takes it (an array, or JSON rows in the
note), and `note`, JSON. Such a file is scored again without the model, as any other prediction is.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from cavendish.files import replacing


@dataclass(frozen=True, eq=False)
class StoredAnswer:
    """An answer and where it comes from; `note` holds JSON values: made_of, instruction, provenance, seconds."""

    answer: Any  # as a scorer takes it
    painting: NDArray[np.uint8] | None
    note: dict[str, Any] = field(default_factory=dict)


def write_answer(path: Path, kept: StoredAnswer) -> None:
    """Write the file whole or not at all, its folder too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    note, arrays = dict(kept.note), dict[str, NDArray[Any]]()
    if kept.painting is not None:
        arrays["painting"] = kept.painting
    if isinstance(kept.answer, np.ndarray):
        arrays["answer"] = kept.answer
    else:
        note["answer"] = kept.answer
    arrays["note"] = np.frombuffer(json.dumps(note).encode(), np.uint8)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def read_answer(path: Path) -> StoredAnswer | None:
    """The answer in a file; None for a file of another kind."""
    if path.suffix.lower() != ".npz":
        return None
    with np.load(path, allow_pickle=False) as file:
        if "note" not in file.files:
            return None
        note = json.loads(file["note"].tobytes())
        answer = file["answer"] if "answer" in file.files else note.pop("answer")
        return StoredAnswer(answer, file["painting"] if "painting" in file.files else None, note)


def read_note(path: Path) -> dict[str, Any]:
    """The note alone, without reading the arrays; empty where there is no whole file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(json.loads(file["note"].tobytes()))
    except (OSError, ValueError, KeyError, BadZipFile):
        return {}
