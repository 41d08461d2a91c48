"""The devices of this machine: which one to use, and our error when its memory runs out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cavendish.errors import DeviceMemoryError, ModelError


def choose(name: str | None = None) -> str:
    """The device of that name, by default the best of this machine. ModelError if the machine does not have it."""
    import torch

    best = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(0, device=name or best)
    except (RuntimeError, AssertionError):  # depending on how PyTorch was built
        raise ModelError(f"there is no device {name!r} here; the best of this machine is {best!r}") from None
    return name or best


@contextmanager
def out_of_memory(name: str) -> Iterator[None]:
    """Where memory runs out inside, DeviceMemoryError says what to lower; `name` is the generator's."""
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
    """Whether memory ran out; for the CPU's, PyTorch has no class of error, only a message."""
    import torch

    of_accelerator = isinstance(error, (MemoryError, torch.OutOfMemoryError))
    return of_accelerator or (type(error) is RuntimeError and "can't allocate memory" in str(error))
