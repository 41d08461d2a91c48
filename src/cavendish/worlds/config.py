"""What to render: one typed config for single samples, streams and folders of shards."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cavendish.errors import DatasetError
from cavendish.worlds.scene import VERSION

SPLITS = ("train", "held-out", "test")
SAMPLES_PER_SEED = 10**9  # numbers of samples that belong to one seed, before those of the next seed begin
CONFIG_FILE = "worlds.json"


@dataclass(frozen=True)
class WorldsConfig:
    """All settings that decide the bytes of rendered samples. Raises DatasetError for a value that is not allowed."""

    count: int = 100  # samples of a folder; a stream is endless
    size: tuple[int, int] = (256, 256)  # height and width in pixels
    split: str = "train"
    seed: int = 0
    families: tuple[str, ...] | None = None  # only scenes of these families; None is all of them
    edits: int = 0  # edited pictures for each sample; each costs another rendering
    per_shard: int = 100  # samples in one shard
    portraits: float = 0.0  # share of the samples whose camera stands close to one thing
    version: int = VERSION

    def __post_init__(self) -> None:
        if self.count < 1:
            raise DatasetError(f"count is {self.count}; ask for at least one sample.")
        if self.per_shard < 1:
            raise DatasetError(f"per_shard is {self.per_shard}; a shard holds at least one sample.")
        if self.edits < 0:
            raise DatasetError(f"edits is {self.edits}; give 0 or more edited pictures for each sample.")
        if self.split not in SPLITS:
            raise DatasetError(f"split is {self.split!r}; it must be one of {', '.join(SPLITS)}.")
        if not 0 <= self.portraits <= 1:
            raise DatasetError(f"portraits is {self.portraits}; give a share of the samples from 0 to 1.")
        height, width = self.size
        if min(height, width) < 16 or max(height, width) > 8192:
            raise DatasetError(f"size is {height} x {width}; each side must have 16 to 8192 pixels.")
        if self.families is not None:
            from cavendish.worlds.layouts import FAMILIES  # loads the catalogue, which other settings do not need

            for family in self.families:
                if family not in FAMILIES:
                    raise DatasetError(f"There is no family {family!r}; the families are {', '.join(FAMILIES)}.")

    @property
    def shards(self) -> int:
        """The number of shards."""
        return -(-self.count // self.per_shard)

    def range(self, shard: int) -> range:
        """Indices of the samples of a shard."""
        return range(shard * self.per_shard, min(self.count, (shard + 1) * self.per_shard))

    def number(self, index: int) -> int:
        """The number of the sample at an index: what `sample` takes as its seed."""
        return self.seed * SAMPLES_PER_SEED + index

    def to_json(self) -> str:
        """The text of the config file of a folder."""
        return json.dumps(asdict(self), indent=1) + "\n"


def read_config(folder: Path) -> WorldsConfig:
    """The config that a folder of shards was rendered with; raises DatasetError if there is none."""
    try:
        found = json.loads((folder / CONFIG_FILE).read_text())
        found["size"] = tuple(found["size"])
        found["families"] = None if found["families"] is None else tuple(found["families"])
        return WorldsConfig(**found)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DatasetError(f"{folder} is not a folder of worlds: {CONFIG_FILE} is missing or damaged.") from error
