"""Scenes that several corruptions are tried on, each built once."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache

import numpy as np


@cache
def _built(build: Callable[..., np.ndarray], seed: int, *arguments: int, **options: int) -> tuple:
    rng = np.random.default_rng(seed)
    scene = build(*arguments, rng, **options)
    scene.flags.writeable = False
    return scene, rng


def seeded(build: Callable[..., np.ndarray], seed: int, *arguments: int, **options: int) -> tuple:
    """`build(*arguments, rng, **options)` with this seed's random generator, and the generator as it stands after."""
    scene, rng = _built(build, seed, *arguments, **options)
    return scene, deepcopy(rng)
