"""Facts of every visible object of a picture, from which captions and expressions are made."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cavendish.worlds.camera import axes
from cavendish.worlds.catalog import KINDS, shape
from cavendish.worlds.materials import MATERIALS, PRINTS
from cavendish.worlds.mesh import apply, rotation
from cavendish.worlds.nouns import plural
from cavendish.worlds.render import Picture
from cavendish.worlds.scene import Scene, Thing

PATTERNS = {"stripes": "striped", "checks": "checked", "dots": "dotted", "floral": "flowered"}


@dataclass(frozen=True)
class Fact:
    """One visible object. x, y are pixels, depth and sizes metres; `parts` maps a part to its (color, pixels)."""

    thing: Thing
    noun: str
    names: tuple[str, ...]  # every noun that names it
    color: str  # "" where its main part has no single colour
    material: str
    pattern: str
    parts: dict[str, tuple[str, int]]
    area: int
    x: float  # mean of its pixels
    box: tuple[int, int, int, int]  # x0, y0, x1, y1, exclusive
    depth: float  # median of its pixels
    height: float
    volume: float
    centre: tuple[float, float, float]  # of its bounding box, in the camera frame

    @property
    def id(self) -> int:
        """The thing's id."""
        return self.thing.id


def facts(scene: Scene, picture: Picture) -> list[Fact]:
    """Facts of all objects with at least one visible pixel, in the order of their ids."""
    from scipy.ndimage import find_objects

    instances = picture.instances
    height, width = instances.shape
    count = max((t.id for t in scene.things), default=0) + 1
    flat = instances.ravel()
    area = np.bincount(flat, minlength=count)
    sum_x = np.bincount(flat, weights=np.tile(np.arange(width), height), minlength=count)
    boxes = find_objects(instances, max_label=count)
    pose, eye = axes(scene.camera), np.array(scene.camera.position)
    result = []
    for thing in scene.things:
        if not area[thing.id]:
            continue
        rows, columns = boxes[thing.id - 1]
        depth = picture.depth[rows, columns][instances[rows, columns] == thing.id]
        form = shape(thing.kind, thing.shape)
        size = [s * k for s, k in zip(form.size, thing.scale)]
        middle = [(low + high) / 2 * k for low, high, k in zip(form.low, form.high, thing.scale)]
        offset = apply(rotation(*thing.turn), np.array([middle]))[0] + thing.position - eye
        centre = (pose * offset).sum(1)
        kind, main = KINDS[thing.kind], thing.finish[form.names[0]]
        printed, dressed = main["texture"] in PRINTS, form.names[0] == "shirt"  # people are not the colour of a shirt
        result.append(
            Fact(
                thing=thing,
                noun=kind.name,
                names=(kind.name, *kind.synonyms, *kind.is_a),
                color="" if printed or dressed else main["color"],
                material="" if dressed else MATERIALS[main["material"]].adjective,
                pattern="" if dressed else PATTERNS.get(main["texture"], ""),
                parts={
                    part: ("" if f["texture"] in PRINTS else f["color"], picture.parts.get((thing.id, part), 0))
                    for part, f in thing.finish.items()
                },
                area=int(area[thing.id]),
                x=float(sum_x[thing.id] / area[thing.id]),
                box=(columns.start, rows.start, columns.stop, rows.stop),
                depth=float(np.median(depth)),
                height=size[2],
                volume=size[0] * size[1] * size[2],
                centre=(float(centre[0]), float(centre[1]), float(centre[2])),
            )
        )
    return result


def attributes(fact: Fact) -> dict[str, Any]:
    """A fact as JSON values for `SceneObject.attributes`."""
    return {
        "color": fact.color,
        "material": fact.material,
        "pattern": fact.pattern,
        "size": [round(s * k, 4) for s, k in zip(shape(fact.thing.kind, fact.thing.shape).size, fact.thing.scale)],
        "centre": [round(c, 4) for c in fact.centre],
        "on": fact.thing.on,
        "is_a": list(KINDS[fact.noun].is_a),
        "plurals": [plural(name) for name in fact.names],
        "parts": {part: {"color": color, "pixels": pixels} for part, (color, pixels) in fact.parts.items()},
        "shape": fact.thing.shape,
    }
