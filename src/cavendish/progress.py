"""A bar on standard error for work that takes long, where a person is looking at it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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


@contextmanager
def bars_of_others() -> Iterator[None]:
    """The bars of diffusers, transformers and the hub's client are, like ours, silent off a terminal."""
    from diffusers.utils import logging as diffusers
    from transformers.utils import logging as transformers

    hushed = [each for each in (diffusers, transformers) if each.is_progress_bar_enabled() and not sys.stderr.isatty()]
    for library in hushed:
        library.disable_progress_bar()
    try:
        yield
    finally:
        for library in hushed:
            library.enable_progress_bar()
