"""Names of the classes that a pixel can have."""

from functools import cache

STUFF = (
    "sky", "floor", "wall", "ceiling", "ground", "road", "sidewalk", "grass", "water", "sand", "snow", "path", "hill",
    "field", "curb", "tabletop",
)  # fmt: skip


@cache
def classes() -> tuple[str, ...]:
    """All class names of `Sample.labels`: the surroundings first, then the things of the catalogue."""
    from cavendish.worlds.catalog import KINDS  # loads every shape builder, which the names of surroundings do not need

    return (*STUFF, *KINDS)
