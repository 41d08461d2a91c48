"""The truth of rendered worlds against closed forms, against itself, and against the meshes."""

from dataclasses import replace

import numpy as np
import pytest

from cavendish.worlds import sample
from cavendish.worlds.camera import axes, intrinsics, rays
from cavendish.worlds.catalog.registry import finished
from cavendish.worlds.layouts import FAMILIES, compose
from cavendish.worlds.materials import finish
from cavendish.worlds.mesh import ball, box, rotation
from cavendish.worlds.render import render
from cavendish.worlds.rng import Dice
from cavendish.worlds.scene import Air, Camera, Lens, Light, Scene, Stage, Thing
from cavendish.worlds.triangles import build

GRAY = finish(Dice(1, "gray"), "concrete")


def bare(camera: Camera, stage: tuple[Stage, ...] = (), things: tuple[Thing, ...] = ()) -> Scene:
    air = Air((0.5,) * 3, (0.5,) * 3, (0.2,) * 3, (0.3,) * 3)
    sun = Light("sun", (0.0, 0.0, 1.0), (1.0, 1.0, 1.0), size=0.01)
    return Scene("train", 0, "park", "a test", camera, air, Lens(), (sun,), stage, things)


@pytest.mark.parametrize(("yaw", "pitch", "roll", "fov"), [(0, -20, 0, 60), (33, -45, 12, 95), (-120, -80, -5, 40)])
def test_a_plane_has_the_depth_and_normal_of_its_equation(yaw: float, pitch: float, roll: float, fov: float) -> None:
    camera = Camera((0.3, -0.2, 1.7), yaw, pitch, roll, fov)
    picture = render(bare(camera, (Stage("floor", "box", (0, 0, -1), (60, 60, 1), GRAY),)), 48, 64)
    y, x = np.mgrid[0:48, 0:64] + 0.5
    ways = rays(camera, 48, 64, x.ravel(), y.ravel())
    depth = (-1.7 / ways[2]).reshape(48, 64)  # the ray parameter is the z-depth
    spot = np.array(camera.position)[:, None] + ways * depth.ravel()
    inside = ((depth.ravel() > 0) & (np.abs(spot[:2]) < 30).all(0)).reshape(48, 64)
    assert inside.sum() > 500
    assert np.abs(picture.depth / depth - 1)[inside].max() < 1e-4
    right, down, forward = axes(camera)
    expected = np.array([right[2], -down[2], -forward[2]])
    assert np.abs(picture.normals - expected)[inside].max() < 1e-4


def test_a_sphere_has_the_depth_and_normal_of_its_equation(monkeypatch: pytest.MonkeyPatch) -> None:
    mesh = ball(0.5, sides=700)
    form = finished({"skin": (mesh.vertices, mesh.faces, mesh.vertices * 2)})
    monkeypatch.setattr("cavendish.worlds.triangles.shape", lambda *_: form)
    camera = Camera((0.2, -2.4, 0.3), 4.0, -7.0, 3.0, 40.0)
    thing = Thing(1, "ball", 0, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), {"skin": GRAY})
    picture = render(bare(camera, things=(thing,)), 64, 64)
    y, x = np.mgrid[0:64, 0:64] + 0.5
    ways, origin = rays(camera, 64, 64, x.ravel(), y.ravel()), np.array(camera.position)[:, None]
    a, b, c = (ways**2).sum(0), (ways * origin).sum(0), (origin**2).sum() - 0.25
    root = b * b - a * c
    depth = ((-b - np.sqrt(np.maximum(root, 0))) / a).reshape(64, 64)
    normal = (origin + ways * depth.ravel()) / 0.5
    right, down, forward = axes(camera)
    expected = np.stack([(axis[:, None] * normal).sum(0) for axis in (right, -down, -forward)], 1).reshape(64, 64, 3)
    facing = (-(normal * ways).sum(0) / np.sqrt(a) > 0.2).reshape(64, 64) & (root > 0).reshape(64, 64)
    assert facing.sum() > 900
    assert np.abs(picture.depth - depth)[facing].max() < 1e-4
    assert np.abs(picture.normals - expected)[facing].max() < 1e-4
    assert np.isinf(picture.depth[(root < -1e-3).reshape(64, 64)]).all()


@pytest.fixture(scope="module")
def scenes() -> list:
    return [sample("train", 300 + k, 64, (family,)) for k, family in enumerate(FAMILIES)]


def test_normals_agree_with_the_gradient_of_depth(scenes: list) -> None:
    angles = []
    for s in scenes:
        h, w = s.depth.shape
        y, x = np.mgrid[0:h, 0:w] + 0.5
        k = s.intrinsics
        z = np.where(np.isfinite(s.depth), s.depth, np.nan).astype(np.float64)
        points = np.stack([(x - k[0, 2]) / k[0, 0] * z, (y - k[1, 2]) / k[1, 1] * z, z], -1)
        across, along = points[1:-1, 2:] - points[1:-1, :-2], points[2:, 1:-1] - points[:-2, 1:-1]
        n = np.cross(along, across)
        n /= np.linalg.norm(n, axis=-1, keepdims=True)
        n = n * np.array([1, -1, -1])
        cosine = (n * s.normals[1:-1, 1:-1]).sum(-1)
        angles.append(np.degrees(np.arccos(np.clip(np.abs(cosine), -1, 1))).ravel())
    everything = np.concatenate(angles)
    assert np.median(everything[np.isfinite(everything)]) < 2.0


def test_normals_are_unit_and_face_the_viewer(scenes: list) -> None:
    for s in scenes:
        seen = np.isfinite(s.depth)
        length = np.linalg.norm(s.normals, axis=-1)
        assert np.allclose(length[seen], 1, atol=1e-4)
        assert (length[~seen] == 0).all()
        h, w = s.depth.shape
        y, x = np.mgrid[0:h, 0:w] + 0.5
        k = s.intrinsics
        ray = np.stack([(x - k[0, 2]) / k[0, 0], -(y - k[1, 2]) / k[1, 1], -np.ones((h, w))], -1)
        ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
        away = (s.normals * ray).sum(-1)[seen] > 0.35  # a smooth normal may lean past a silhouette, not turn its back
        assert away.mean() < 0.01


def test_unprojected_depth_lies_on_the_meshes() -> None:
    import trimesh

    for family in ("living room", "street", "table top"):
        scene = compose("train", 12, 0, family)
        mesh = build(scene)
        picture = render(scene, 40, 40, mesh=mesh)
        y, x = np.mgrid[0:40, 0:40] + 0.5
        ways = rays(scene.camera, 40, 40, x.ravel(), y.ravel())
        seen = np.isfinite(picture.depth.ravel())
        points = (np.array(scene.camera.position)[:, None] + ways * picture.depth.ravel()).T[seen][::7]
        triangles = mesh.vertices[mesh.faces].astype(np.float64)
        # every triangle's plane distance would do for a plane; the nearest point on the soup is the real oracle
        for point in points[:60]:
            near = trimesh.triangles.closest_point(triangles, np.broadcast_to(point, (len(triangles), 3)))
            gap = np.sqrt(((near - point) ** 2).sum(1)).min()
            assert gap < 1e-4 * max(1.0, float(np.linalg.norm(point - scene.camera.position)))


def test_intrinsics_project_the_unprojected_back_and_follow_the_field_of_view() -> None:
    camera = Camera((1.0, 2.0, 1.5), 30.0, -10.0, 5.0, 70.0)
    for height, width in ((48, 64), (64, 48), (50, 50)):
        k = intrinsics(camera, height, width)
        y, x = np.mgrid[0:height, 0:width] + 0.5
        ways = rays(camera, height, width, x.ravel(), y.ravel()) * 3.0
        in_camera = np.stack([(axis[:, None] * ways).sum(0) for axis in axes(camera)])
        assert np.allclose(in_camera[2], 3.0)
        back = k @ in_camera
        assert np.allclose(back[0] / back[2], x.ravel()) and np.allclose(back[1] / back[2], y.ravel())
        assert np.isclose(2 * np.degrees(np.arctan(max(height, width) / 2 / k[0, 0])), 70.0)


def test_camera_axes_are_a_right_handed_frame_that_looks_ahead() -> None:
    right, down, forward = axes(Camera((0, 0, 0), 0, 0, 0, 60))
    assert np.allclose(right, [1, 0, 0]) and np.allclose(down, [0, 0, -1]) and np.allclose(forward, [0, 1, 0])
    turned = axes(Camera((0, 0, 0), 40, -25, 15, 60))
    assert np.allclose(turned @ turned.T, np.eye(3)) and np.isclose(np.linalg.det(turned), 1)
    assert turned[2, 2] < 0  # a negative pitch looks down


def test_instances_classes_and_objects_agree(scenes: list) -> None:
    for s in scenes:
        ids = set(np.unique(s.instances)) - {0}
        assert ids == {o.id for o in s.objects}
        for o in s.objects:
            labels = np.unique(s.labels[s.instances == o.id])
            assert [s.classes[k] for k in labels] == [o.category]
        stuff = {s.classes[k] for k in np.unique(s.labels[s.instances == 0])}
        assert not stuff & {o.category for o in s.objects}
        assert (np.isinf(s.depth) == (s.labels == s.classes.index("sky"))).all()


def test_truth_does_not_depend_on_the_resolution() -> None:
    """Pixel centres of a picture of three times the size that coincide see the very same points."""
    scene = compose("train", 5, 0, "kitchen")
    small, large = render(scene, 32, 32), render(scene, 96, 96)
    assert (small.instances == large.instances[1::3, 1::3]).mean() > 0.999
    same = small.instances == large.instances[1::3, 1::3]
    assert np.allclose(small.depth[same], large.depth[1::3, 1::3][same], rtol=1e-4)


def test_rotation_turns_as_it_says() -> None:
    assert np.allclose(rotation(z=90) @ [0, -1, 0], [1, 0, 0])
    assert np.allclose(rotation(x=90) @ [0, 1, 0], [0, 0, 1])
    assert np.allclose(rotation(10, 20, 30), rotation(z=30) @ rotation(y=20) @ rotation(x=10))


def test_meshes_are_closed_and_point_outward() -> None:
    import trimesh

    for mesh in (box(1, 2, 3), box(1, 2, 3, 0.2), ball(1, 2, 0.5)):
        solid = trimesh.Trimesh(mesh.vertices, mesh.faces)
        assert solid.is_watertight and solid.volume > 0


def test_an_edited_thing_changes_nothing_else() -> None:
    """Taking away a far small thing leaves the pixels that it neither covered, lit nor shaded as they were."""
    scene = compose("train", 21, 0, "park")
    scene = replace(scene, lens=replace(scene.lens, jpeg=0))
    picture = render(scene, 64, 64)
    kept = [t for t in scene.things if (picture.instances == t.id).any()]
    small = min(kept, key=lambda t: (picture.instances == t.id).sum())
    other = replace(scene, things=tuple(t for t in scene.things if t.id != small.id))
    after = render(other, 64, 64, gain=picture.gain)
    changed = (after.image != picture.image).any(-1)
    assert changed.mean() < 0.15
