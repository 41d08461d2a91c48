"""Where samples come from, by number: the same number always gives the same sample, in any process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cavendish.datasets.sample import Sample
from cavendish.datasets.shards import Place, index_shard, read_place
from cavendish.errors import DatasetError

ENDLESS = 10**9


@dataclass(frozen=True)
class Source:
    """Where samples are, small enough to send to a worker process.

    `folders` hold shards as `cavendish worlds` writes them; without any, worlds are rendered on the fly: `split`,
    images of `size` pixels a side, `edits` edited images each, and a share of `portraits`, which show one thing.
    """

    folders: tuple[str, ...] = ()
    split: str = "train"
    size: int = 128
    edits: int = 0
    portraits: float = 0.0

    def open(self) -> Rendered | Shards:
        """The samples; raises DatasetError if there are none, or a shard is damaged."""
        return _open(self)


@lru_cache(4)
def _open(source: Source) -> Rendered | Shards:
    return Shards(source.folders) if source.folders else Rendered(source)


class Rendered:
    """Worlds rendered when they are asked for."""

    def __init__(self, source: Source) -> None:
        from cavendish.worlds import WorldsConfig

        size = (source.size, source.size)
        self.config = WorldsConfig(size=size, split=source.split, edits=source.edits, portraits=source.portraits)

    def __len__(self) -> int:
        return ENDLESS

    def __getitem__(self, number: int) -> Sample:
        from cavendish.worlds.samples import render_sample

        return render_sample(self.config, number)


class Shards:
    """The samples of folders of shards, read when they are asked for; their places are found once."""

    def __init__(self, folders: Sequence[str]) -> None:
        self.places: list[Place] = []
        for folder in folders:
            paths = sorted(Path(folder).glob("*.tar"))
            if not paths:
                raise DatasetError(f"{folder} holds no shards (*.tar); render some: cavendish worlds --out {folder}.")
            for path in paths:
                self.places += index_shard(path)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, number: int) -> Sample:
        return read_place(self.places[number])
