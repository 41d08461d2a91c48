"""What a benchmark is: a reader of one official layout, and the scorer its answers are measured with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cavendish.errors import BenchmarkError
from cavendish.evaluation.scoring.scorer import Scorer
from cavendish.images import read_image
from cavendish.tasks import Task


@dataclass(frozen=True)
class Item:
    """One question of a benchmark. The picture and the truth are read only when they are asked for."""

    key: str  # unique within the benchmark, safe as a file name; predictions are found by it
    image: Path | Callable[[], NDArray[np.uint8]] | None  # the picture to ask about; None for text-to-image
    load_truth: Callable[[], Any]  # the type that the benchmark's scorer takes
    query: tuple[str, ...] = ()  # class names, the phrase, the sentence or the prompt
    ids: tuple[int, ...] = ()  # of label maps: what each class of `query` is in the benchmark's files
    group: str = ""  # what the breakdown goes by: a city, a subset, an edit type
    note: str = ""  # what of the truth is not there, for the report; a record made without it is made again
    result_id: int | None = None  # `image_id` in a COCO result list
    task: Task | None = None  # where the question fixes colours too; None leaves them to who asks

    def read_image(self) -> NDArray[np.uint8] | None:
        """The picture, (H, W, 3) uint8 RGB; None for text-to-image."""
        if self.image is None or callable(self.image):
            return self.image() if self.image is not None else None
        return read_image(self.image)


@dataclass(frozen=True)
class Benchmark:
    """One benchmark in its official layout.

    `paper` holds the columns of the paper's table as {column: value}, in the unit of the scorer's headline.
    """

    name: str
    title: str
    task: str
    scorer: Scorer
    read: Callable[[Path, str], Iterator[Item]]
    splits: tuple[str, ...]  # the first is the default
    home: str  # where to get the data; "" for a benchmark that needs none
    headline: str  # which of the scorer's values the table shows
    paper: dict[str, float] = field(default_factory=dict)
    sets: str = ""  # what the paper calls the table row, when several benchmarks make it up
    baselines: dict[str, Callable[[Any], Any]] = field(default_factory=dict)  # by name: from a truth
    asked_protocol: str = ""  # the protocol of a model's answers, where its questions give part of the truth away
    find: Callable[[str], Item] | None = None  # the item of a key, where reading all others before it is slow

    @property
    def protocols(self) -> tuple[str, ...]:
        """Names of protocols; the first is the default."""
        return self.scorer.protocols

    def headline_in(self, values: dict[str, float]) -> str:
        """The name of the value the table shows; a protocol without the usual one shows its first."""
        return self.headline if self.headline in values else next(iter(values))

    def samples(self, root: Path, split: str | None = None, limit: int | None = None) -> Iterator[Item]:
        """The items of a split in the official order, at most `limit`. Raises BenchmarkError for an incomplete root."""
        split = split or self.splits[0]
        if split not in self.splits:
            raise BenchmarkError(f"{self.title} has no split {split!r}; choose one of {', '.join(self.splits)}.")
        if self.home and not Path(root).is_dir():
            raise BenchmarkError(f"{self.title}: there is no folder {root}. Get the data from {self.home}.")
        items = islice(self.read(Path(root), split), limit)
        first = next(items, None)
        if first is None:
            raise BenchmarkError(f"{self.title}: {root} holds nothing of split {split!r}. Get it from {self.home}.")
        yield first
        yield from items

    def items(self, keys: set[str], root: Path, split: str | None = None) -> dict[str, Item]:
        """Some items of a split by their keys."""
        if self.find is not None:
            return {key: self.find(key) for key in keys}
        return {item.key: item for item in self.samples(root, split) if item.key in keys}


def itself(value: Any) -> Any:
    """The value: with functools.partial, a truth that is already in memory."""
    return value


def need(path: Path, title: str, home: str) -> Path:
    """The path if it is there; else one sentence saying what is missing and where to get it."""
    if not path.exists():
        raise BenchmarkError(f"{title}: {path} is missing. Get it from {home}.")
    return path


def read_gray(path: Path) -> NDArray[Any]:
    """The stored levels of a one-channel picture, uint8 or uint16 (H, W), palette indices included."""
    try:
        with Image.open(path) as picture:
            levels = np.asarray(picture)
    except OSError as error:
        raise BenchmarkError(f"{path} cannot be read as a picture ({error}).") from error
    if levels.ndim != 2:
        raise BenchmarkError(f"{path} has {levels.shape[2]} channels where the layout has one.")
    return levels.astype(np.uint16) if levels.dtype == np.int32 else levels


def read_lines(path: Path) -> list[str]:
    """The lines of a list file that are not empty."""
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
