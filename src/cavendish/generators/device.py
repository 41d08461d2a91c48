"""The devices of this machine: which one to use, and running out of its memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cavendish.errors import DeviceMemoryError, ModelError


def choose(name: str | None = None) -> str:
    """The device called so, the best of this machine unless said. ModelError if it has none of that name."""
    import torch

    best = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(0, device=name or best)
    except (RuntimeError, AssertionError):  # which of them depends on how PyTorch was built
        raise ModelError(f"there is no device {name!r} here; the best of this machine is {best!r}") from None
    return name or best


@contextmanager
def out_of_memory(name: str) -> Iterator[None]:
    """What `name` does inside raises DeviceMemoryError, which says what to lower, where memory runs out."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_of_memory(error):
            raise
        raise DeviceMemoryError(
            f"{name} ran out of memory; lower batch_size or max_pixels, or load it with dtype='bfloat16', "
            "offload='model' or quantise='int8'"
        ) from error


def is_of_memory(error: BaseException) -> bool:
    """PyTorch has a class for the memory of accelerators only; of the CPU's it says it in words."""
    import torch

    of_accelerator = isinstance(error, (MemoryError, torch.OutOfMemoryError))
    return of_accelerator or (type(error) is RuntimeError and "can't allocate memory" in str(error))
