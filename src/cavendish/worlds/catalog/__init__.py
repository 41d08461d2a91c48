"""The catalogue: every nameable thing, its shapes and its materials."""

from . import creatures, furniture, kitchen, objects, outdoors, street  # noqa: F401
from .registry import KINDS, SHAPES, Kind, Shape, shape, tagged

__all__ = ["KINDS", "SHAPES", "Kind", "Shape", "shape", "tagged"]
