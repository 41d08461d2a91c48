"""A bar on standard error for work that takes long, where a person is looking at it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def track(items: Iterable[T], title: str, total: int, step: int = 1) -> Iterator[T]:
    """The items as they are; each done moves the bar by `step` of `total`. Silent off a terminal and for one item."""
    if total <= 1 or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(title, total=total)
        for item in items:
            yield item
            progress.advance(bar, step)
