"""Samples in WebDataset shards: plain tar files that any tar or webdataset reader opens.

A sample is a few members that share a key: `KEY.png` the picture, `KEY.npz` the maps (depth float32 metres, normals
int16 / 32767, instances and labels), `KEY.json` everything else, `KEY.edit0.png` and so on the edited pictures.
The bytes of a shard depend on its samples only: there are no times or owners. Beside a shard lies its SHA-256, with
which `verify_shard` finds any damage.
"""

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cavendish.datasets.pack import npz, png
from cavendish.datasets.sample import Edit, Expression, Sample, SceneObject
from cavendish.errors import DatasetError, ExportError
from cavendish.files import replacing

NORMAL_SCALE = 32767


def write_shard(path: Path, samples: Iterable[Sample]) -> int:
    """The number of samples written to a new shard, which appears only when it is whole.

    Raises DatasetError if the disk is full or the folder cannot be written to; no partial files stay.
    """
    count = 0
    try:
        with replacing(path) as file, replacing(_seal(path)) as seal:
            with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as tar:
                for sample in samples:
                    for name, data in encode(sample).items():
                        info = tarfile.TarInfo(f"{sample.key}.{name}")
                        info.size = len(data)
                        tar.addfile(info, io.BytesIO(data))
                    count += 1
            seal.write_text(f"{_digest(file)}  {path.name}\n")
    except ExportError as error:
        raise DatasetError(f"{error}.") from error
    return count


def read_shard(path: Path) -> Iterator[Sample]:
    """The samples of a shard, in order. Raises DatasetError if it is truncated or a member is missing or damaged."""
    return map(read_place, index_shard(path))


class Place(NamedTuple):
    """The place of a sample in its shard: for each member the end of its name, its first byte and its length."""

    path: Path
    key: str
    members: tuple[tuple[str, int, int], ...]


def index_shard(path: Path) -> list[Place]:
    """The places of a shard's samples, in order. Raises DatasetError if it is truncated."""
    members: dict[str, list[tuple[str, int, int]]] = {}
    try:
        size = path.stat().st_size
        with tarfile.open(path) as tar:
            for info in tar:
                key, _, rest = info.name.partition(".")
                if info.offset_data + info.size > size:
                    raise tarfile.ReadError("unexpected end of data")
                members.setdefault(key, []).append((rest, info.offset_data, info.size))
    except (tarfile.TarError, EOFError) as error:
        raise DatasetError(f"{path} is not a whole shard: {error}.") from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}.") from error
    return [Place(path, key, tuple(places)) for key, places in members.items()]


def read_place(place: Place) -> Sample:
    """The sample at a place of `index_shard`."""
    members = {}
    try:
        with place.path.open("rb") as file:
            for name, start, length in place.members:
                file.seek(start)
                members[name] = file.read(length)
    except OSError as error:
        raise DatasetError(f"{place.path} cannot be read: {error.strerror or error}.") from error
    return decode(place.key, members)


def verify_shard(path: Path) -> int:
    """The number of samples in an undamaged shard; DatasetError if any byte is not as it was written."""
    seal = _seal(path)
    if not path.is_file():
        raise DatasetError(f"{path} is missing.")
    if not seal.is_file():
        raise DatasetError(f"{path} has no checksum beside it ({seal.name} is missing).")
    if seal.read_text().split()[:1] != [_digest(path)]:
        raise DatasetError(f"{path} is damaged: its checksum differs from the one in {seal.name}.")
    return sum(1 for _ in read_shard(path))


def _seal(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def encode(sample: Sample) -> dict[str, bytes]:
    """The members of a sample by the ends of their names."""
    maps: dict[str, NDArray[Any]] = {}
    if sample.depth is not None:
        maps["depth"] = sample.depth.astype(np.float32)
    if sample.normals is not None:
        maps["normals"] = np.round(sample.normals * NORMAL_SCALE).astype(np.int16)
    if sample.instances is not None:
        maps["instances"] = sample.instances.astype(np.int32 if sample.instances.max(initial=0) > 32767 else np.int16)
    if sample.labels is not None:
        maps["labels"] = sample.labels.astype(np.int16)
    words = {
        "classes": sample.classes,
        "objects": [vars(o) for o in sample.objects],
        "intrinsics": None if sample.intrinsics is None else sample.intrinsics.tolist(),
        "captions": sample.captions,
        "expressions": [vars(e) for e in sample.expressions],
        "edits": [{"instruction": e.instruction, "kind": e.kind} for e in sample.edits],
        "meta": sample.meta,
    }
    members = {"png": png(sample.image), "npz": npz(maps), "json": json.dumps(words, separators=(",", ":")).encode()}
    return members | {f"edit{k}.png": png(e.image) for k, e in enumerate(sample.edits)}


def decode(key: str, members: dict[str, bytes]) -> Sample:
    """A sample from its members; raises DatasetError if one is missing or damaged."""
    try:
        words = json.loads(members["json"])
        with np.load(io.BytesIO(members["npz"])) as maps:
            known = {name: maps[name] for name in maps.files}
        normals = known.get("normals")
        intrinsics = words["intrinsics"]
        return Sample(
            key=key,
            image=_pixels(members["png"]),
            depth=known.get("depth"),
            normals=None if normals is None else _unit(normals),
            instances=known["instances"].astype(np.int32) if "instances" in known else None,
            labels=known["labels"].astype(np.int32) if "labels" in known else None,
            classes=tuple(words["classes"]),
            objects=tuple(SceneObject(**o | {"synonyms": tuple(o["synonyms"])}) for o in words["objects"]),
            intrinsics=None if intrinsics is None else np.array(intrinsics, np.float64),
            captions=tuple(words["captions"]),
            expressions=tuple(Expression(**e | {"ids": tuple(e["ids"])}) for e in words["expressions"]),
            edits=tuple(Edit(image=_pixels(members[f"edit{k}.png"]), **e) for k, e in enumerate(words["edits"])),
            meta=words["meta"],
        )
    except (KeyError, ValueError, TypeError, OSError, zipfile.BadZipFile) as error:
        raise DatasetError(f"Sample {key} of the shard is incomplete or damaged: {error}.") from error


def _unit(stored: NDArray[np.int16]) -> NDArray[np.float32]:
    """Stored normals at length 1; zeros stay zeros."""
    normals = stored.astype(np.float32)
    length = np.sqrt((normals**2).sum(-1, keepdims=True))
    unit: NDArray[np.float32] = np.divide(normals, length, out=np.zeros_like(normals), where=length > 0)
    return unit


def _pixels(data: bytes) -> NDArray[np.uint8]:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
