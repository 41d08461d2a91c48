"""What the trainer knows of a generator at school. For another kind: a file with a `Student`, and a line in `enrol`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor import DTensor, distribute_tensor

from cavendish.errors import TrainingError
from cavendish.training.batches import Batch, Ready

if TYPE_CHECKING:
    from cavendish.training.recipes import Recipe

Tensors = dict[str, Any]


class Student(nn.Module, ABC):
    """A generator that learns; what of it does is what requires gradients.

    Called with the tensors of a batch it gives the losses by name, "total" the one that is minimised.
    """

    multiple: int  # sides of the pictures it takes, in pixels, are multiples of this
    ready: Ready  # what is done with a batch and a seed ahead of time, in other processes

    @property
    @abstractmethod
    def taught(self) -> nn.Module:
        """The part of which the finished model is made; what learns in it is averaged over the steps."""

    @abstractmethod
    def optimizer(self) -> torch.optim.Optimizer:
        """A new one for all that learns; "rate" of each group is what the trainer's schedule scales into "lr"."""

    @abstractmethod
    def tensors(self, made: Any) -> Tensors:
        """What it is called with, of what `ready` made; noise and levels follow from the seed."""

    @abstractmethod
    def paint(self, batch: Batch) -> NDArray[np.uint8]:
        """(N, H, W, 3) what it answers to the lessons of a batch, from pure noise, always the same."""

    @abstractmethod
    def weights(self) -> Tensors:
        """What the finished model's files hold, whole. Every process must ask, since each may have but a part."""

    @abstractmethod
    def save(self, folder: Path, size: int, weights: Tensors) -> None:
        """Write the model with its `weights`, taught at `size` pixels a side, in a form that `cavendish.load` reads."""

    def shard(self, mesh: DeviceMesh) -> None:
        """Keep only a part of each weight in each process (FSDP2); TrainingError where that cannot be."""
        raise TrainingError("this model is small, so that every process holds all of it: train it without FSDP")


def enrol(recipe: Recipe, device: torch.device) -> Student:
    """The student of a recipe, on `device`; its weights follow from torch's seed and the recipe's `start`."""
    if recipe.tuning is None:
        from cavendish.training.students.nano import NanoStudent

        return NanoStudent(recipe).to(device)
    from cavendish.training.students.diffusers import tuned

    return tuned(recipe, recipe.tuning, device)


def able(recipe: Recipe, device: torch.device) -> Recipe:
    """The recipe as the device can do it: a CPU that emulates bfloat16 is many times slower with it than without."""
    asked = device.type == "cpu" and torch.backends.mkldnn.is_available()
    emulated = asked and not torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return replace(recipe, bf16=recipe.bf16 and not emulated)


def learning(module: nn.Module) -> dict[str, Tensor]:
    """The parameters that learn, by name."""
    return {name: value for name, value in module.named_parameters() if value.requires_grad}


def whole(value: Tensor) -> Tensor:
    """The tensor, put together from the parts of all processes if it is spread over them."""
    return value.full_tensor() if isinstance(value, DTensor) else value


def spread(value: Tensor, like: Tensor) -> Tensor:
    """The inverse of `whole`, on the device and over the processes that `like` is on."""
    value = value.to(like.device)
    return distribute_tensor(value, like.device_mesh, like.placements) if isinstance(like, DTensor) else value


@contextmanager
def averaged(student: Student, average: dict[str, Tensor]) -> Iterator[None]:
    """The student with its averaged values, without gradients; the two change places, so that no copy is needed."""
    _exchange(student, average)
    try:
        with torch.no_grad():
            yield
    finally:
        _exchange(student, average)


@torch.no_grad()
def _exchange(student: Student, average: dict[str, Tensor]) -> None:
    own = learning(student.taught)
    for name, value in average.items():
        kept = own[name].clone()
        own[name].copy_(value)
        value.copy_(kept)


def by_task(each: Tensor, tasks: Sequence[str]) -> dict[str, Tensor]:
    """The mean loss of lessons (N,), and that of each task for the log."""
    losses = {"total": each.mean()}
    for task in sorted(set(tasks)):
        losses[task] = each[[k for k, name in enumerate(tasks) if name == task]].mean().detach()
    return losses
