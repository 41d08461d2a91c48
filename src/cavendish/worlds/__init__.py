"""Worlds: endless procedural pictures with exact truth.

`sample(split, seed, size)` renders one, `stream(...)` renders them on the fly in worker processes for training,
`render_folder(...)` writes WebDataset shards. The same arguments give the same bytes.
"""

from cavendish.worlds.layouts import FAMILIES
from cavendish.worlds.make import SPLITS, sample
from cavendish.worlds.render_jobs import Recipe, render_folder, stream, verify_folder

__all__ = ["FAMILIES", "SPLITS", "Recipe", "render_folder", "sample", "stream", "verify_folder"]
