"""Progress bars on standard error, shown only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


def track(items: Iterable[T], title: str, total: int) -> Iterator[T]:
    """The `total` items, unchanged, with a bar that advances by one for each. Silent for a single item."""
    if total <= 1 or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(items, total, description=title)


@contextmanager
def bars_of_others() -> Iterator[None]:
    """Inside, the bars of diffusers, transformers and the hub's client are silent off a terminal too."""
    from diffusers.utils import logging as diffusers
    from transformers.utils import logging as transformers

    silenced = [] if sys.stderr.isatty() else [x for x in (diffusers, transformers) if x.is_progress_bar_enabled()]
    for library in silenced:
        library.disable_progress_bar()
    try:
        yield
    finally:
        for library in silenced:
            library.enable_progress_bar()
