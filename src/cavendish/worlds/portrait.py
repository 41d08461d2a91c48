"""Portraits: the camera stands close to one thing of a scene, which fills a good part of the picture."""

import math
from dataclasses import replace

import numpy as np

from cavendish.worlds.camera import rays
from cavendish.worlds.catalog import shape
from cavendish.worlds.edits import main_part, painted, swapped
from cavendish.worlds.materials import ANY, MATERIALS, PRINTS, VIVID
from cavendish.worlds.mesh import apply, rotation
from cavendish.worlds.rng import Dice
from cavendish.worlds.scene import Camera, Scene, Thing, vec
from cavendish.worlds.trace import cast
from cavendish.worlds.triangles import SceneMesh

SHARE = (0.13, 0.6)  # least and largest share of the picture that the thing may fill
PAINTED = 0.8  # share of the things that may have any colour which get a vivid one
LOOKS = 16  # rays a side of the coarse rendering


def portrait(scene: Scene, d: Dice) -> Scene:
    """The scene seen from close to one of its things by a camera without blur; `notes` has the id of the thing."""
    kind = d.pick(sorted({t.kind for t in scene.things}))
    thing = d.pick([t for t in scene.things if t.kind == kind])
    fresh = vivid(thing, d)
    form = shape(thing.kind, thing.shape)
    low, high = (np.array(corner) * thing.scale for corner in (form.low, form.high))
    middle = apply(rotation(*thing.turn), (low + high)[None] / 2)[0] + thing.position
    eye, away = _before(scene.camera, middle, float(np.linalg.norm(high - low)) / 2, d)
    x, y, z = (middle - eye).tolist()
    fov = round(2 * math.degrees(math.atan(away)), 2)
    camera = Camera(
        vec(eye),
        round(math.degrees(math.atan2(-x, y)) + 0.08 * fov * d.between(-1, 1), 2),
        round(math.degrees(math.atan2(z, math.hypot(x, y))) + 0.08 * fov * d.between(-1, 1), 2),
        round(d.between(-4, 4), 2),
        fov,
    )
    noise = round(scene.lens.noise / 4, 4)
    lens = replace(scene.lens, blur=0.0, motion=(0.0, 0.0), jpeg=0, noise=noise, aperture=0.0)
    return replace(swapped(scene, fresh), camera=camera, lens=lens, notes={**scene.notes, "portrait": thing.id})


def vivid(thing: Thing, d: Dice) -> Thing:
    """The thing, mostly in a vivid colour if its main part may have any colour (mugs may, dogs may not)."""
    part = main_part(thing)
    old = thing.finish[part]
    material = MATERIALS[old["material"]]
    if material.colors != ANY or material.fixed or not d.chance(PAINTED):
        return thing
    new = painted(thing, d.pick(VIVID), d)
    plain = {"texture": "plain"} if old["texture"] in PRINTS else {}
    return replace(new, finish=new.finish | {part: new.finish[part] | plain})


def _before(camera: Camera, middle: np.ndarray, reach: float, d: Dice) -> tuple[np.ndarray, float]:
    """(camera position, tangent of half the angle of view) that show a thing about `middle`, half its diagonal `reach`.

    The new camera stands on the side of the old one.
    """
    side = np.array(camera.position) - middle
    turn = math.atan2(side[1], side[0]) + math.radians(d.between(-45, 45))
    rise = math.radians(d.between(4, 38) if side[2] > -0.3 else d.between(-40, 5))
    half = math.tan(math.radians(d.between(17, 30)))
    distance = max(0.2, reach / half * d.between(0.75, 1.3))
    step = np.array([math.cos(turn) * math.cos(rise), math.sin(turn) * math.cos(rise), math.sin(rise)])
    return middle + distance * step, half


def shown(scene: Scene, mesh: SceneMesh) -> bool:
    """Whether a coarse rendering shows a portrait's thing, not hidden, not too large, with nothing close in front."""
    y, x = np.divmod(np.arange(LOOKS**2), LOOKS)
    hits = cast(mesh, np.array(scene.camera.position), rays(scene.camera, LOOKS, LOOKS, x + 0.5, y + 0.5))
    pixels = mesh.owner.take(hits.surface(mesh)) == scene.notes["portrait"]
    if not SHARE[0] <= pixels.mean() <= SHARE[1]:
        return False
    return float(hits.depth[hits.seen].min()) > 0.5 * float(np.median(hits.depth[pixels]))
