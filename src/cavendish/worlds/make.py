"""From a seed to a finished `Sample`."""

import numpy as np

from cavendish.datasets.sample import Edit, Sample, SceneObject
from cavendish.errors import DatasetError
from cavendish.worlds.camera import intrinsics, rays
from cavendish.worlds.captions import captions
from cavendish.worlds.catalog import KINDS
from cavendish.worlds.edits import propose
from cavendish.worlds.facts import attributes, facts
from cavendish.worlds.layouts import FAMILIES, compose
from cavendish.worlds.portrait import portrait, shown
from cavendish.worlds.refer import refer
from cavendish.worlds.render import render
from cavendish.worlds.rng import Dice
from cavendish.worlds.scene import VERSION, Camera, Scene
from cavendish.worlds.trace import cast
from cavendish.worlds.triangles import Geometry, build, classes

SPLITS = ("train", "held-out", "test")
ATTEMPTS = 6


def sample(
    split: str,
    seed: int,
    size: int | tuple[int, int],
    families: tuple[str, ...] | None = None,
    edits: int = 0,
    portraits: float = 0.0,
) -> Sample:
    """The sample of a seed: the same arguments give the same bytes, in any process.

    `size` is (height, width) in pixels, or one number for a square. `edits` asks for that many edited pictures; each
    costs another rendering. `portraits` is the share of seeds whose camera goes up to one thing, whose id is then
    `meta["scene"]["notes"]["portrait"]` (framed for a square; seeds whose things cannot be seen well stay as they are);
    all other samples are as they are without. Raises DatasetError for an unknown
    split or family, a size below 16, or a share outside 0 to 1.
    """
    height, width = check(split, size, families, portraits)
    family = Dice(split, seed, "family").pick(families or tuple(FAMILIES))
    near = Dice(split, seed, "portraits").chance(portraits)
    scene, geometry = (near and near_one(split, seed, family)) or describe(split, seed, family)
    picture = render(scene, height, width, geometry=geometry)
    known = facts(scene, picture)
    pixels = height * width
    d = Dice(split, seed, "words")
    expressions = refer(known, pixels, width, d)
    objects = tuple(SceneObject(f.id, f.noun, KINDS[f.noun].synonyms, attributes(f)) for f in known)
    changed = []
    if edits:
        names = {e.ids[0]: e.text for e in expressions if len(e.ids) == 1 and e.kind != "plural"}
        for kind, (text, other, fresh) in propose(scene, known, names, Dice(split, seed, "edits"), edits):
            image = render(other, height, width, None if fresh else picture.gain).image
            changed.append(Edit(text, image, kind))
    return Sample(
        key=f"{split}-{seed:09d}",
        image=picture.image,
        depth=picture.depth,
        normals=picture.normals,
        instances=picture.instances,
        labels=picture.labels,
        classes=classes(),
        objects=objects,
        intrinsics=intrinsics(scene.camera, height, width),
        captions=captions(scene, known, pixels, d),
        expressions=tuple(expressions),
        edits=tuple(changed),
        meta={
            "source": "cavendish worlds", "version": VERSION, "split": split, "seed": seed, "family": family,
            "layout": scene.layout, "licence": "yours: rendered from a seed, no outside data",
            "scene": scene.to_dict(),
        },
    )  # fmt: skip


def check(
    split: str, size: int | tuple[int, int], families: tuple[str, ...] | None, portraits: float = 0.0
) -> tuple[int, int]:
    """(height, width) if the arguments make sense."""
    if split not in SPLITS:
        raise DatasetError(f"split is {split!r}; it must be one of {', '.join(SPLITS)}.")
    for family in families or ():
        if family not in FAMILIES:
            raise DatasetError(f"There is no family {family!r}; the families are {', '.join(FAMILIES)}.")
    if not 0 <= portraits <= 1:
        raise DatasetError(f"portraits is {portraits}; it is a share of the samples, from 0 to 1.")
    height, width = (size, size) if isinstance(size, int) else size
    if min(height, width) < 16 or max(height, width) > 8192:
        raise DatasetError(f"size is {height} x {width}; worlds are rendered from 16 to 8192 pixels a side.")
    return int(height), int(width)


def describe(split: str, seed: int, family: str) -> tuple[Scene, Geometry]:
    """The first scene of a seed that shows enough, and its geometry."""
    for attempt in range(ATTEMPTS):
        scene = compose(split, seed, attempt, family)
        geometry = build(scene)
        if worth_seeing(scene.camera, geometry):
            break
    return scene, geometry


def near_one(split: str, seed: int, family: str) -> tuple[Scene, Geometry] | None:
    """A portrait of one thing in a scene of the seed, and its geometry; None if no attempt shows its thing well."""
    for attempt in range(ATTEMPTS):
        scene = compose(split, seed, attempt, family)
        if scene.things:
            scene = portrait(scene, Dice(split, seed, attempt, "portrait"))
            geometry = build(scene)
            if shown(scene, geometry):
                return scene, geometry
    return None


def worth_seeing(camera: Camera, geometry: Geometry) -> bool:
    """Whether a coarse look shows two things or more, no single surface everywhere, nothing right before the lens."""
    n = 16
    y, x = np.divmod(np.arange(n * n), n)
    hits = cast(geometry, np.array(camera.position), rays(camera, n, n, x + 0.5, y + 0.5))
    surface = hits.surface(geometry)
    owner = geometry.owner.take(surface)
    things, counts = np.unique(owner, return_counts=True)
    largest = np.unique(surface, return_counts=True)[1].max()
    biggest_thing = counts[things > 0].max(initial=0)
    close = float(hits.depth[hits.seen].min(initial=9.0))
    return len(things[things > 0]) >= 2 and largest < 0.82 * n * n and biggest_thing < 0.75 * n * n and close > 0.15
