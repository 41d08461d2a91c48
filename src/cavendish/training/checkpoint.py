"""All that a run needs to go on, in safetensors and JSON: what learns, its average, the optimizer, the step, the clock.

Batches, noise and levels are functions of the step, so there is no other state.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from cavendish.errors import TrainingError
from cavendish.training.students.student import Student, learning, spread, whole

PREFIX = "checkpoint-"


@dataclass
class State:
    """What changes during a run. `average` is of what learns in `student.taught`, empty if the recipe wants none."""

    student: Student
    average: dict[str, Tensor]
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0


def latest(out: Path) -> Path | None:
    """The last whole checkpoint of a run."""
    return max(out.glob(f"{PREFIX}[0-9]*"), default=None)


def gathered(state: State) -> dict[str, dict[str, Tensor]]:
    """The values of a checkpoint, whole; every process must ask."""
    own = learning(state.student)
    optimizer = {
        f"{name}:{key}": torch.as_tensor(value)
        for name, parameter in own.items()
        for key, value in state.optimizer.state[parameter].items()
    }
    parts = {"student": own, "ema": state.average, "optimizer": optimizer}
    return {part: {name: whole(value.detach()) for name, value in values.items()} for part, values in parts.items()}


def store(state: State, parts: dict[str, dict[str, Tensor]], out: Path) -> None:
    """Write a checkpoint of `gathered` parts; it appears whole, and those before it go. OSError if that cannot be."""
    from safetensors.torch import save

    folder = out / f"{PREFIX}{state.step:08d}"
    partial = out / f".{folder.name}.{os.getpid()}"
    try:
        partial.mkdir()
        for name, values in parts.items():
            contiguous = {key: value.cpu().contiguous() for key, value in values.items()}
            (partial / f"{name}.safetensors").write_bytes(save(contiguous))
        (partial / "clock.json").write_text(json.dumps({"step": state.step, "seconds": state.seconds}))
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    for older in out.glob(f"{PREFIX}[0-9]*"):
        if older != folder:
            shutil.rmtree(older)


def restore(state: State, folder: Path) -> None:
    """Take the values of a checkpoint; TrainingError if it is damaged or of another network."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        clock = json.loads((folder / "clock.json").read_text())
        own = learning(state.student)
        _copy(load((folder / "student.safetensors").read_bytes()), own)
        _copy(load((folder / "ema.safetensors").read_bytes()), state.average)
        for name, value in sorted(load((folder / "optimizer.safetensors").read_bytes()).items()):
            parameter, _, key = name.rpartition(":")
            counts = value.ndim == 0  # optimizers count their steps on the CPU
            state.optimizer.state[own[parameter]][key] = value if counts else spread(value, own[parameter])
        state.step, state.seconds = int(clock["step"]), float(clock["seconds"])
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise TrainingError(f"the checkpoint {folder} is damaged or of another recipe: {str(error)[:200]}") from error


@torch.no_grad()
def _copy(kept: dict[str, Tensor], own: dict[str, Tensor]) -> None:
    if odd := kept.keys() ^ own.keys():
        raise KeyError(f"{min(odd)} is in only one of the two")
    for name, value in sorted(kept.items()):  # safetensors has no order, and processes that share must have the same
        own[name].copy_(spread(value, own[name]))
