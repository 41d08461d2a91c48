"""A small scene drawn by ray casting, with exact truth: the bundled example until there is a model to demonstrate."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CLASSES = ("sky", "ground", "ball", "crate")
BALLS = (  # centre x, y, z in metres (x right, y down, z forward), radius, colour
    ((-1.2, 0.5, 4.2), 0.5, (214, 62, 50)),
    ((0.15, 0.65, 3.4), 0.35, (52, 104, 214)),
    ((0.95, 0.3, 6.2), 0.7, (228, 178, 46)),
    ((2.9, 0.55, 5.2), 0.45, (214, 62, 50)),
    ((-3.4, 0.1, 8.5), 0.9, (70, 168, 96)),
)
CRATES = (  # lower and upper corners
    ((-2.9, 0.1, 5.4), (-1.9, 1.0, 6.4), (164, 116, 72)),
    ((1.5, 0.4, 3.9), (2.1, 1.0, 4.5), (176, 128, 84)),
    ((0.2, -0.6, 11.0), (2.4, 1.0, 13.0), (150, 104, 66)),
)
SUN = np.array([-0.45, -0.75, -0.5]) / np.linalg.norm([-0.45, -0.75, -0.5])


class Scene(NamedTuple):
    """A picture and everything that is true of it; frames and units as in the rest of the project."""

    image: NDArray[np.uint8]  # (H, W, 3)
    depth: NDArray[np.float64]  # (H, W) metres, inf for sky
    normals: NDArray[np.float64]  # (H, W, 3), zeros for sky
    labels: NDArray[np.int32]  # (H, W) index into CLASSES
    balls: NDArray[np.bool_]  # (N, H, W)
    intrinsics: NDArray[np.float64]  # (3, 3)


def draw(width: int = 640, height: int = 480, fov_degrees: float = 65.0) -> Scene:
    """The scene at any size."""
    focal = width / 2 / np.tan(np.radians(fov_degrees) / 2)
    intrinsics = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    rays = np.stack([(x - width / 2) / focal, (y - height / 2) / focal, np.ones_like(x)], axis=-1)
    depth, facing, labels, color, which = _cast(np.zeros(3), rays)
    seen = np.isfinite(depth)
    points = rays * np.where(seen, depth, 0)[..., None]
    shadow = np.isfinite(_cast(points + 1e-4 * facing, np.broadcast_to(SUN, rays.shape))[0])
    light = 0.35 + 0.75 * np.clip(facing @ SUN, 0, 1) * ~shadow
    ground = labels == 1
    tiles = (np.floor(points[..., 0]) + np.floor(points[..., 2])) % 2
    color[ground] = np.where(tiles[ground, None] > 0, (126, 132, 120), (104, 112, 100))
    sky = np.linspace(0, 1, height)[:, None, None] * (90, 60, 20) + (120, 165, 220)
    haze = np.exp(-np.where(seen, depth, 0) / 60)[..., None]
    image = np.where(seen[..., None], color * light[..., None] * haze + (190, 205, 225) * (1 - haze), sky)
    return Scene(
        image=np.clip(image, 0, 255).astype(np.uint8),
        depth=depth,
        normals=np.where(seen[..., None], facing * (1, -1, -1), 0),  # from the OpenCV frame of the rays
        labels=labels,
        balls=np.array([which == k for k in range(len(BALLS)) if (which == k).any()]),
        intrinsics=intrinsics,
    )


def _cast(origin: NDArray[np.floating], rays: NDArray[np.floating]) -> tuple[NDArray, ...]:
    """Along rays (H, W, 3): the distance in units of the ray, the normal, the class, the colour, which ball."""
    shape = rays.shape[:2]
    distance, facing = np.full(shape, np.inf), np.zeros((*shape, 3))
    labels, color, which = np.zeros(shape, np.int32), np.zeros((*shape, 3)), np.full(shape, -1)
    start = np.broadcast_to(origin, rays.shape)

    def keep(t: NDArray, normal: NDArray, label: int, paint: tuple, ball: int = -1) -> None:
        nearer = (t > 1e-6) & (t < distance)
        distance[nearer], facing[nearer] = t[nearer], normal[nearer]
        labels[nearer], color[nearer], which[nearer] = label, paint, ball

    with np.errstate(divide="ignore", invalid="ignore"):
        plane = (1.0 - start[..., 1]) / rays[..., 1]
        keep(plane, np.broadcast_to([0.0, -1, 0], rays.shape), 1, (0, 0, 0))
        for k, (center, radius, paint) in enumerate(BALLS):
            a, b = (rays * rays).sum(-1), (rays * (start - center)).sum(-1)
            root = np.sqrt(b * b - a * (np.square(start - center).sum(-1) - radius**2))
            t = (-b - root) / a
            keep(np.nan_to_num(t, nan=np.inf), (start + t[..., None] * rays - center) / radius, 2, paint, k)
        for low, high, paint in CRATES:
            one, two = (np.array(low) - start) / rays, (np.array(high) - start) / rays
            enter, leave = np.minimum(one, two), np.maximum(one, two).min(-1)
            axis = enter.argmax(-1)
            t = np.where((enter.max(-1) < leave) & (leave > 0), enter.max(-1), np.inf)
            keep(t, -np.sign(rays) * np.eye(3)[axis], 3, paint)
    return distance, facing, labels, color, which
