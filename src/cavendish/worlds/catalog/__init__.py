"""The catalogue of things: names, shapes and materials."""

from cavendish.worlds.catalog import (
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
from cavendish.worlds.catalog.registry import KINDS, SHAPES, Kind, Shape, shape, tagged

__all__ = ["KINDS", "SHAPES", "Kind", "Shape", "shape", "tagged"]
