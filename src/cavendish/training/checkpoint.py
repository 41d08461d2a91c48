"""All that a run needs to go on, in safetensors and JSON: trained weights, their average, optimizer, step and clock.

Batches, noise and timesteps are functions of the step, so there is no other state.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from cavendish.errors import TrainingError
from cavendish.files import replacing_folder
from cavendish.nano.checkpoint import renamed
from cavendish.training.students.student import Student, gather, shard_like, trainable_parameters

PREFIX = "checkpoint-"


@dataclass
class State:
    """What changes during a run. `ema` holds averages of what learns in `student.trainable`, or nothing."""

    student: Student
    ema: dict[str, Tensor]
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0


def latest_checkpoint(out: Path) -> Path | None:
    """The last whole checkpoint of a run."""
    return max(out.glob(f"{PREFIX}[0-9]*"), default=None)


def gather_state(state: State) -> dict[str, dict[str, Tensor]]:
    """The tensors of a checkpoint, whole; every process must call it."""
    parameters = trainable_parameters(state.student)
    optimizer = {
        f"{name}:{key}": torch.as_tensor(value)
        for name, parameter in parameters.items()
        for key, value in state.optimizer.state[parameter].items()
    }
    parts = {"student": parameters, "ema": state.ema, "optimizer": optimizer}
    return {part: {name: gather(value.detach()) for name, value in values.items()} for part, values in parts.items()}


def save_checkpoint(state: State, parts: dict[str, dict[str, Tensor]], out: Path) -> None:
    """Write a checkpoint of `gather_state`, unless this step has one; it appears whole, and those before it go.

    Raises ExportError if it cannot be written.
    """
    from safetensors.torch import save

    folder = out / f"{PREFIX}{state.step:08d}"
    if folder.exists():
        return
    with replacing_folder(folder) as partial:
        for name, values in parts.items():
            contiguous = {key: value.cpu().contiguous() for key, value in values.items()}
            (partial / f"{name}.safetensors").write_bytes(save(contiguous))
        (partial / "clock.json").write_text(json.dumps({"step": state.step, "seconds": state.seconds}))
    for older in out.glob(f"{PREFIX}[0-9]*"):
        if older != folder:
            shutil.rmtree(older)


def load_checkpoint(state: State, folder: Path) -> None:
    """Fill `state` from a checkpoint; TrainingError if it is damaged or of another network."""
    from safetensors import SafetensorError

    try:
        clock = json.loads((folder / "clock.json").read_text())
        parameters = trainable_parameters(state.student)
        _copy(_read(folder / "student.safetensors"), parameters)
        _copy(_read(folder / "ema.safetensors"), state.ema)
        for name, value in sorted(_read(folder / "optimizer.safetensors").items()):
            parameter, _, key = name.rpartition(":")
            own = parameters[parameter]  # a scalar is a count of steps, which optimizers keep on the CPU
            state.optimizer.state[own][key] = value if value.ndim == 0 else shard_like(value, own)
        state.step, state.seconds = int(clock["step"]), float(clock["seconds"])
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise TrainingError(f"the checkpoint {folder} is damaged or of another recipe: {str(error)[:200]}") from error


def _read(file: Path) -> dict[str, Tensor]:
    from safetensors.torch import load

    return {renamed(name): value for name, value in load(file.read_bytes()).items()}


@torch.no_grad()
def _copy(saved: dict[str, Tensor], own: dict[str, Tensor]) -> None:
    if odd := saved.keys() ^ own.keys():
        raise KeyError(f"{min(odd)} is in only one of the two")
    for name, value in sorted(saved.items()):  # safetensors has no order, and processes with shards need the same one
        own[name].copy_(shard_like(value, own[name]))
