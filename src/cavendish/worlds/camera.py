"""The pinhole camera: its matrix, its axes and its rays."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cavendish.worlds.mesh import Floats, rotation
from cavendish.worlds.scene import Camera


def intrinsics(camera: Camera, height: int, width: int) -> Floats:
    """The (3, 3) matrix K in pixels; square pixels, the principal point in the middle of the picture."""
    focal = max(height, width) / 2 / np.tan(np.radians(camera.fov) / 2)
    return np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1.0]])


@lru_cache(maxsize=64)
def axes(camera: Camera) -> Floats:
    """Rows: the camera's x (right), y (down) and z (forward) axes in the world."""
    pose = rotation(z=camera.yaw)
    tilt = rotation(x=camera.pitch)
    roll = rotation(y=camera.roll)
    right, forward, up = (_through(pose, tilt, roll, v) for v in np.eye(3))
    return np.stack([right, -up, forward])


def _through(pose: Floats, tilt: Floats, roll: Floats, vector: Floats) -> Floats:
    for matrix in (roll, tilt, pose):
        vector = (matrix * vector).sum(1)
    return vector


def rays(camera: Camera, height: int, width: int, u: NDArray, v: NDArray) -> NDArray[np.float64]:
    """World directions (3, N) through the pixel positions u, v; their length is 1 along the optical axis, so that the
    ray parameter of a hit is its z-depth."""
    k = intrinsics(camera, height, width)
    x, y = (u - k[0, 2]) / k[0, 0], (v - k[1, 2]) / k[1, 1]
    right, down, forward = axes(camera)
    return np.stack([x * right[i] + y * down[i] + forward[i] for i in range(3)])
