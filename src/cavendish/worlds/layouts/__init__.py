"""How the things of a family are arranged: one function for each layout."""

from cavendish.worlds.layouts import country, home, park, street, tabletop, work
from cavendish.worlds.layouts.registry import FAMILIES, Draft, compose

__all__ = ["FAMILIES", "Draft", "compose"]
