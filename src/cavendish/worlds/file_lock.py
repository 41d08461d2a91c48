"""A lock between processes, also on several machines that share a disk."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cavendish.errors import DatasetError


@contextmanager
def locked(path: Path, wait: bool) -> Iterator[bool]:
    """Whether this process holds the lock file `path` inside the block; without `wait`, False while another holds it.

    The file is deleted at the end. The system releases the lock of a process that dies, and the next one takes over its
    file.
    """
    while True:
        with path.open("w") as file:
            held = _lock(file, wait)
            if held and not os.fstat(file.fileno()).st_nlink:
                continue  # the last holder deleted this file while we waited; others lock a new one
            try:
                yield held
            finally:
                if held:
                    path.unlink()
            return


def _lock(file: IO[str], wait: bool) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise DatasetError(
            f"The disk of {file.name} has no file locks ({error.strerror or error}); render on another disk and copy."
        ) from error
    return True
