"""All that a run needs to go on, in safetensors and JSON: weights, their average, the optimizer, the step, the clock.

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
from cavendish.nano.network import Nano
from cavendish.training.optimizer import MuonAdamW
from cavendish.training.teaching import Student

PREFIX = "checkpoint-"


@dataclass
class State:
    """What changes during a run."""

    student: Student
    ema: Nano
    optimizer: MuonAdamW
    step: int = 0
    seconds: float = 0.0


def latest(out: Path) -> Path | None:
    """The last whole checkpoint of a run."""
    return max(out.glob(f"{PREFIX}[0-9]*"), default=None)


def store(state: State, out: Path) -> None:
    """Write a checkpoint; it appears whole, and those before it go. OSError if it cannot be written."""
    from safetensors.torch import save

    folder = out / f"{PREFIX}{state.step:08d}"
    partial = out / f".{folder.name}.{os.getpid()}"
    try:
        partial.mkdir()
        for name, values in _parts(state).items():
            contiguous = {key: value.detach().cpu().contiguous() for key, value in values.items()}
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
        state.student.load_state_dict(load((folder / "student.safetensors").read_bytes()))
        state.ema.load_state_dict(load((folder / "ema.safetensors").read_bytes()))
        kept = load((folder / "optimizer.safetensors").read_bytes())
        for name, parameter in state.student.named_parameters():
            state.optimizer.state[parameter] = {
                key: kept[f"{name}:{key}"] for key in ("step", "momentum", "square") if f"{name}:{key}" in kept
            }
        state.step, state.seconds = int(clock["step"]), float(clock["seconds"])
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise TrainingError(f"the checkpoint {folder} is damaged or of another recipe: {str(error)[:200]}") from error


def _parts(state: State) -> dict[str, dict[str, Tensor]]:
    optimizer = {
        f"{name}:{key}": torch.as_tensor(value)
        for name, parameter in state.student.named_parameters()
        for key, value in state.optimizer.state[parameter].items()
    }
    return {"student": state.student.state_dict(), "ema": state.ema.state_dict(), "optimizer": optimizer}
