"""What the trainer knows of a generator that learns, and functions on the parameters of one."""

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
from cavendish.training.batches import Batch, Prepare

if TYPE_CHECKING:
    from cavendish.training.recipes import Recipe

Tensors = dict[str, Any]


class Student(nn.Module, ABC):
    """A generator that learns: its parameters that require gradients.

    Called with the tensors of a batch it gives the losses by name; "total" is minimised.
    """

    multiple: int  # sides of its images, in pixels, are multiples of this
    prepare: Prepare  # called with a batch and a seed ahead of time, in other processes

    @property
    @abstractmethod
    def trainable(self) -> nn.Module:
        """The part that the finished model is made of; its parameters are averaged over the steps."""

    @abstractmethod
    def optimizer(self) -> torch.optim.Optimizer:
        """A new one for all that learns; the trainer's schedule scales "base_lr" of each group into "lr"."""

    @abstractmethod
    def tensors(self, prepared: Any) -> Tensors:
        """Its input, from what `prepare` gave; noise and timesteps follow from the seed."""

    @abstractmethod
    def paint(self, batch: Batch) -> NDArray[np.uint8]:
        """Paintings (N, H, W, 3) for the lessons of a batch, from pure noise, always the same."""

    @abstractmethod
    def weights(self) -> Tensors:
        """The finished model's weights, whole. Every process must call it, since each may hold only a shard."""

    @abstractmethod
    def save(self, folder: Path, size: int, weights: Tensors) -> None:
        """Write the model with its `weights`, trained at `size` pixels a side, as `cavendish.load` reads it."""

    def shard(self, mesh: DeviceMesh) -> None:
        """Keep only a shard of each weight in each process (FSDP2); TrainingError where that cannot be."""
        raise TrainingError("this model is small, and every process holds all of it; train it without FSDP")


def with_supported_dtype(recipe: Recipe, device: torch.device) -> Recipe:
    """The recipe with bf16 off if the device is a CPU that emulates it, which is many times slower than float32."""
    mkldnn = device.type == "cpu" and torch.backends.mkldnn.is_available()
    emulated = mkldnn and not torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return replace(recipe, bf16=recipe.bf16 and not emulated)


def trainable_parameters(module: nn.Module) -> dict[str, Tensor]:
    """The parameters that require gradients, by name."""
    return {name: value for name, value in module.named_parameters() if value.requires_grad}


def gather(value: Tensor) -> Tensor:
    """The whole tensor, from the shards of all processes if it is sharded."""
    return value.full_tensor() if isinstance(value, DTensor) else value


def shard_like(value: Tensor, like: Tensor) -> Tensor:
    """The inverse of `gather`: the tensor on the device of `like`, and sharded as it is."""
    value = value.to(like.device)
    return distribute_tensor(value, like.device_mesh, like.placements) if isinstance(like, DTensor) else value


@contextmanager
def ema_weights(student: Student, ema: dict[str, Tensor]) -> Iterator[None]:
    """The student with its averaged weights, without gradients; the two are swapped, so that no copy is needed."""
    _swap(student, ema)
    try:
        with torch.no_grad():
            yield
    finally:
        _swap(student, ema)


@torch.no_grad()
def _swap(student: Student, ema: dict[str, Tensor]) -> None:
    own = trainable_parameters(student.trainable)
    for name, value in ema.items():
        kept = own[name].clone()
        own[name].copy_(value)
        value.copy_(kept)


def losses_by_task(each: Tensor, tasks: Sequence[str]) -> dict[str, Tensor]:
    """The mean of the losses (N,) of lessons, and that of each task for the log."""
    losses = {"total": each.mean()}
    for task in sorted(set(tasks)):
        losses[task] = each[[k for k, name in enumerate(tasks) if name == task]].mean().detach()
    return losses
