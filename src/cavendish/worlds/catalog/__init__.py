"""The catalogue: every nameable thing, its shapes and its materials."""

from . import (  # noqa: F401
    appliances,
    buildings,
    creatures,
    crockery,
    fittings,
    food,
    leisure,
    nature,
    office,
    portable,
    roadside,
    seating,
    storage,
    vehicles,
)
from .registry import KINDS, SHAPES, Kind, Shape, shape, tagged

__all__ = ["KINDS", "SHAPES", "Kind", "Shape", "shape", "tagged"]
