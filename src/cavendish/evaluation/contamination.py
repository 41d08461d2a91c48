"""The honesty guard: perceptual hashes of benchmark pictures, so that none is trained on without anybody knowing.

A registry holds one 64-bit hash a picture, and says which split of which benchmark it is from. It survives rescaling,
recompression and mild changes of colour; it does not find crops or mirrored copies.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cavendish.errors import BenchmarkError
from cavendish.evaluation.benchmarks.base import Benchmark
from cavendish.files import replacing

DISTANCE = 6  # bits of 64; unrelated photos differ in about 32


def perceptual_hash(image: NDArray[np.uint8]) -> int:
    """64 bits of a (H, W, 3) RGB picture: which of its 8 x 8 lowest frequencies are above their median (pHash).

    The brightness of the whole picture, the first frequency, is left out of the median and of the hash.
    """
    from scipy.fft import dctn

    small = Image.fromarray(image).convert("L").resize((32, 32), Image.Resampling.LANCZOS)
    frequencies = dctn(np.asarray(small, np.float64), norm="ortho")[:8, :8].ravel()[1:]
    bits = np.append(False, frequencies > np.median(frequencies))
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


@dataclass(frozen=True)
class Overlap:
    """A picture that looks like one of a benchmark."""

    key: str  # of the picture that was checked
    benchmark: str  # "nyu test"
    distance: int  # bits


@dataclass
class Registry:
    """Hashes by "<benchmark> <split>"."""

    hashes: dict[str, NDArray[np.uint64]] = field(default_factory=dict)

    def add(self, benchmark: Benchmark, root: Path, split: str | None = None) -> int:
        """Hash every picture of a split; returns how many there were. Text-to-image benchmarks have none."""
        pictures = (item.read_image() for item in benchmark.samples(root, split))
        found = {perceptual_hash(picture) for picture in pictures if picture is not None}
        self.hashes[f"{benchmark.name} {split or benchmark.splits[0]}"] = np.array(sorted(found), np.uint64)
        return len(found)

    def overlaps(self, pictures: Iterable[tuple[str, NDArray[np.uint8]]], distance: int = DISTANCE) -> list[Overlap]:
        """The (key, picture) that are within `distance` bits of a registered one, each with its nearest benchmark."""
        found = []
        for key, picture in pictures:
            own = np.uint64(perceptual_hash(picture))
            near = {name: int(np.bitwise_count(h ^ own).min()) for name, h in self.hashes.items() if len(h)}
            name = min(near, key=lambda candidate: near[candidate], default=None)
            if name is not None and near[name] <= distance:
                found.append(Overlap(key, name, near[name]))
        return found

    def refuse(self, pictures: Iterable[tuple[str, NDArray[np.uint8]]], allow: bool = False) -> list[Overlap]:
        """The overlaps, to be stated in the report; raises BenchmarkError if there are any and none are allowed."""
        found = self.overlaps(pictures)
        if found and not allow:
            first = found[0]
            raise BenchmarkError(
                f"{len(found)} training pictures look like benchmark pictures, {first.key} like one of "
                f"{first.benchmark}; a model trained on them cannot be measured there."
            )
        return found

    def save(self, path: Path) -> None:
        """Write to one .npz file, whole or not at all."""
        with replacing(path) as temporary, temporary.open("wb") as file:
            arrays: Mapping[str, NDArray[np.uint64]] = self.hashes
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> "Registry":
        """Read what `save` wrote; raises BenchmarkError for another file."""
        try:
            with np.load(path, allow_pickle=False) as file:
                return cls({name: file[name].astype(np.uint64) for name in file.files})
        except (OSError, ValueError) as error:
            raise BenchmarkError(f"{path} is not a registry of benchmark pictures ({error}).") from error
