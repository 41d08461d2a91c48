"""Work in processes, results in order."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

from cavendish.errors import DatasetError

T = TypeVar("T")


def ordered(work: Callable[..., T], jobs: Iterator[tuple[Any, ...]], workers: int) -> Iterator[T]:
    """Results of work(*job) in the order of the jobs, at most four jobs a worker ahead."""
    if workers < 1:
        for job in jobs:
            yield work(*job)
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_die_with_parent)
    try:
        ahead: deque[Future[T]] = deque(pool.submit(work, *job) for job in islice(jobs, 4 * workers))
        while ahead:
            result = ahead.popleft().result()
            ahead.extend(pool.submit(work, *job) for job in islice(jobs, 1))
            yield result
    except BrokenProcessPool as error:
        raise DatasetError(
            "A worker process died: out of memory, killed, or started by a script without `if __name__ == '__main__'`."
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _die_with_parent() -> None:
    """A worker whose parent was killed would wait for ever, with its memory: both hold the ends of their queues."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
