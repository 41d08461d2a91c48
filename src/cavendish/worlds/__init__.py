"""Procedural scenes with exact truth: depth, normals, instances, classes, captions, expressions and edits.

`sample(split, seed, size)` renders one sample, `stream(config)` renders samples on the fly in worker processes,
`render_folder(folder, config)` writes WebDataset shards. The same arguments give the same bytes. Importing the package
loads none of the renderer; each name is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cavendish.worlds.config import SPLITS, WorldsConfig

if TYPE_CHECKING:
    from cavendish.worlds.layouts import FAMILIES as FAMILIES
    from cavendish.worlds.render_jobs import render_folder as render_folder
    from cavendish.worlds.render_jobs import stream as stream
    from cavendish.worlds.render_jobs import verify_folder as verify_folder
    from cavendish.worlds.samples import sample as sample

_HOMES = {"FAMILIES": "cavendish.worlds.layouts", "sample": "cavendish.worlds.samples"}
_HOMES |= dict.fromkeys(("render_folder", "stream", "verify_folder"), "cavendish.worlds.render_jobs")

__all__ = ["FAMILIES", "SPLITS", "WorldsConfig", "render_folder", "sample", "stream", "verify_folder"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'cavendish.worlds' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
