"""Work in several processes, with the results in order.

Arrays return through temporary files. The pipe of a process pool carries them in pieces of 64 KB, and each waits
while the main thread is busy: a GPU received a third of what its workers produced. Shared memory is as fast, but
containers limit it and kill a process that takes more.
"""

from __future__ import annotations

import os
import pickle
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import islice
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from cavendish.errors import DatasetError

T = TypeVar("T")
ALIGNED = 64  # bytes: arrays start at multiples of this in a file


class Parcel(NamedTuple):
    """A result in transit: pickled, with the arrays in `file` one after the other, of `sizes` bytes."""

    data: bytes
    file: str
    sizes: tuple[int, ...]


def ordered(work: Callable[..., T], jobs: Iterator[tuple[Any, ...]], workers: int) -> Iterator[T]:
    """Results of work(*job) in the order of the jobs, computed at most four jobs per worker ahead."""
    if workers < 1:
        for job in jobs:
            yield work(*job)
        return
    try:
        folder = tempfile.mkdtemp(prefix="cavendish-")
    except OSError as error:
        raise DatasetError(f"workers need a folder for temporary files: {error.strerror or error}") from None
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _die_with_parent, (folder,))
    try:
        ahead: deque[Future[Parcel]] = deque(pool.submit(_pack, folder, work, job) for job in islice(jobs, 4 * workers))
        while ahead:
            parcel = ahead.popleft().result()
            ahead.extend(pool.submit(_pack, folder, work, job) for job in islice(jobs, 1))
            yield _unpack(parcel)
    except BrokenProcessPool as error:
        raise DatasetError(
            "a worker process died: out of memory, killed, or started by a script without `if __name__ == '__main__'`"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        _discard(folder)


def _pack(folder: str, work: Callable[..., T], job: tuple[Any, ...]) -> Parcel:
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(work(*job), protocol=5, buffer_callback=buffers.append)
    sizes = tuple(buffer.raw().nbytes for buffer in buffers)
    if not any(sizes):
        return Parcel(data, "", sizes)
    try:
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as out:
            for buffer, size in zip(buffers, sizes):
                out.write(buffer.raw())
                out.write(bytes(-size % ALIGNED))
    except OSError as error:
        raise DatasetError(f"{folder} has no room for the results of workers: {error.strerror or error}") from None
    return Parcel(data, out.name, sizes)


def _unpack(parcel: Parcel) -> Any:
    content = np.empty(0, np.uint8)
    if parcel.file:
        content = np.fromfile(parcel.file, np.uint8)
        Path(parcel.file).unlink()
    ends = np.cumsum([size + -size % ALIGNED for size in parcel.sizes]).tolist()
    places = zip([0, *ends], parcel.sizes)
    return pickle.loads(parcel.data, buffers=[content[start : start + size] for start, size in places])


def _die_with_parent(folder: str) -> None:
    """End this worker when its parent is killed; both hold their queues open, so it would wait forever."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        _discard(folder)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _discard(folder: str) -> None:
    """Delete the folder, under another name first, so that no worker adds a file meanwhile."""
    with suppress(OSError):
        shutil.rmtree(Path(folder).rename(f"{folder}-gone"))
