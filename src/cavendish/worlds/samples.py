"""Renders the sample of a seed: scene, picture, truth, words and edits."""

import numpy as np

from cavendish.datasets.sample import Edit, Sample, SceneObject
from cavendish.worlds.camera import intrinsics, rays
from cavendish.worlds.captions import captions
from cavendish.worlds.catalog import KINDS
from cavendish.worlds.classes import classes
from cavendish.worlds.config import WorldsConfig
from cavendish.worlds.edits import propose
from cavendish.worlds.expressions import refer
from cavendish.worlds.facts import attributes, facts
from cavendish.worlds.layouts import FAMILIES, compose
from cavendish.worlds.portrait import portrait, shown
from cavendish.worlds.render import render
from cavendish.worlds.rng import Dice
from cavendish.worlds.scene import Camera, Scene
from cavendish.worlds.trace import cast
from cavendish.worlds.triangles import SceneMesh, build

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

    `size` is (height, width) in pixels, or one number for a square. The other arguments are the fields of
    `WorldsConfig`. Raises DatasetError for a value that is not allowed.
    """
    pixels = (size, size) if isinstance(size, int) else size
    config = WorldsConfig(size=pixels, split=split, families=families, edits=edits, portraits=portraits)
    return render_sample(config, seed)


def render_sample(config: WorldsConfig, number: int) -> Sample:
    """Sample `number` of `config` (see `WorldsConfig.number`).

    In a portrait the camera stands close to one thing, whose id is `meta["scene"]["notes"]["portrait"]`. It is framed
    for a square. Where no thing can be seen well, the scene stays as it is without portraits.
    """
    split, seed, (height, width) = config.split, number, config.size
    family = Dice(split, seed, "family").pick(config.families or tuple(FAMILIES))
    near = Dice(split, seed, "portraits").chance(config.portraits)
    scene, mesh = (near and portrait_scene(split, seed, family)) or full_scene(split, seed, family)
    picture = render(scene, height, width, mesh=mesh)
    known = facts(scene, picture)
    pixels = height * width
    d = Dice(split, seed, "words")
    expressions = refer(known, pixels, width, d)
    objects = tuple(SceneObject(f.id, f.noun, KINDS[f.noun].synonyms, attributes(f)) for f in known)
    changed = []
    if config.edits:
        names = {e.ids[0]: e.text for e in expressions if len(e.ids) == 1 and e.kind != "plural"}
        for kind, (text, other, fresh) in propose(scene, known, names, Dice(split, seed, "edits"), config.edits):
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
            "source": "cavendish worlds", "version": scene.version, "split": split, "seed": seed, "family": family,
            "layout": scene.layout, "licence": "yours: rendered from a seed, no outside data",
            "scene": scene.to_dict(),
        },
    )  # fmt: skip


def full_scene(split: str, seed: int, family: str) -> tuple[Scene, SceneMesh]:
    """The first scene of a seed that shows enough, or the last one tried, and its mesh."""
    for attempt in range(ATTEMPTS):
        scene = compose(split, seed, attempt, family)
        mesh = build(scene)
        if shows_enough(scene.camera, mesh):
            break
    return scene, mesh


def portrait_scene(split: str, seed: int, family: str) -> tuple[Scene, SceneMesh] | None:
    """A portrait of one thing in a scene of the seed, and its mesh; None if no attempt shows its thing well."""
    for attempt in range(ATTEMPTS):
        scene = compose(split, seed, attempt, family)
        if scene.things:
            scene = portrait(scene, Dice(split, seed, attempt, "portrait"))
            mesh = build(scene)
            if shown(scene, mesh):
                return scene, mesh
    return None


def shows_enough(camera: Camera, mesh: SceneMesh) -> bool:
    """Whether a coarse rendering shows at least two things, no surface that fills it, and nothing right at the lens."""
    n = 16
    y, x = np.divmod(np.arange(n * n), n)
    hits = cast(mesh, np.array(camera.position), rays(camera, n, n, x + 0.5, y + 0.5))
    surface = hits.surface(mesh)
    owner = mesh.owner.take(surface)
    things, counts = np.unique(owner, return_counts=True)
    largest = np.unique(surface, return_counts=True)[1].max()
    biggest_thing = counts[things > 0].max(initial=0)
    close = float(hits.depth[hits.seen].min(initial=9.0))
    return len(things[things > 0]) >= 2 and largest < 0.82 * n * n and biggest_thing < 0.75 * n * n and close > 0.15
