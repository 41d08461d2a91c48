"""Intersections of rays with a scene's triangles.

The tracer only says which triangle a ray meets first; depth, point and normal are computed here in IEEE arithmetic.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cavendish.worlds.triangles import Floats, SceneMesh

EPSILON = 1e-4
STRIP = 1 << 14  # rays in one batch, so that their arrays fit the processor's cache


@dataclass(frozen=True)
class Hits:
    """The first hits of N rays. Where a ray met nothing (the sky), `triangle` is -1 and the rest is undefined."""

    triangle: NDArray[np.int32]  # (N,)
    depth: NDArray[np.float64]  # (N,) ray parameter: z-depth for camera rays
    point: Floats  # (3, N) world
    flat: Floats  # (3, N) geometric normal, toward the ray's origin
    normal: Floats  # (3, N) smooth normal, toward the ray's origin

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(N,) whether the ray met anything."""
        return self.triangle >= 0

    def surface(self, mesh: SceneMesh) -> NDArray[np.int32]:
        """(N,) the surface that each ray met, -1 for the sky."""
        return np.where(self.seen, mesh.chart.take(np.maximum(self.triangle, 0)) // 3, -1)

    def part(self, rays: slice) -> "Hits":
        """The hits of a slice of the rays."""
        return Hits(*(values[..., rays] for values in vars(self).values()))


def joined(parts: list[Hits]) -> Hits:
    """Hits of several parts as one."""
    return Hits(*(np.concatenate(values, axis=-1) for values in zip(*(vars(part).values() for part in parts))))


def cast(mesh: SceneMesh, origin: NDArray, directions: NDArray) -> Hits:
    """First hits of rays from one origin (3,) along directions (3, N)."""
    rays = np.ascontiguousarray(directions.T, np.float32)
    starts = np.broadcast_to(np.asarray(origin, np.float32), rays.shape)
    triangle = mesh.tracer.run(np.ascontiguousarray(starts), rays)  # type: ignore[attr-defined]
    index = np.maximum(triangle, 0)
    nx, ny, nz, offset = mesh.plane.take(index, axis=1)
    dx, dy, dz = directions
    ox, oy, oz = (float(c) for c in origin)
    slant = dx * nx + dy * ny + dz * nz
    depth = (offset - (ox * nx + oy * ny + oz * nz)) / np.where((slant == 0) | (triangle < 0), 1.0, slant)
    side = np.where(slant > 0, np.float32(-1), np.float32(1))
    point = np.stack([ox + depth * dx, oy + depth * dy, oz + depth * dz]).astype(np.float32)
    flat = np.stack([nx, ny, nz]).astype(np.float32) * side
    normal = flat.copy()
    curved = np.flatnonzero(mesh.curved.take(index) & (triangle >= 0))
    index = index.take(curved)
    span = mesh.span.take(index, axis=1)
    px, py, pz = point.take(curved, axis=1) - span[:3]
    b1 = np.clip(px * span[3] + py * span[4] + pz * span[5], 0, 1)
    b2 = np.clip(px * span[6] + py * span[7] + pz * span[8], 0, 1)
    corners = mesh.corners.take(index, axis=1)
    mixed = (1 - b1 - b2) * corners[:3] + b1 * corners[3:6] + b2 * corners[6:]
    normal[:, curved] = unit(mixed) * side.take(curved)
    return Hits(triangle, depth, point, flat, normal)


def unit(v: Floats) -> Floats:
    """Vectors (3, N) at length 1."""
    return v / np.sqrt(np.maximum(v[0] * v[0] + v[1] * v[1] + v[2] * v[2], 1e-20))


def dot(a: Floats, b: Floats) -> Floats:
    """Dot products (N,) of vectors (3, N)."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def blocked(mesh: SceneMesh, origins: Floats, directions: Floats, far: Floats | float) -> NDArray[np.bool_]:
    """Whether anything lies within `far` (ray parameter) of the origins (3, N) along the directions (3, N)."""
    reach = np.full(origins.shape[1], far, np.float32)
    hit = mesh.tracer.run(  # type: ignore[attr-defined]
        np.ascontiguousarray(origins.T, np.float32),
        np.ascontiguousarray(directions.T, np.float32),
        dists=reach,
        query="OCCLUDED",
    )
    return hit >= 0


def probe(mesh: SceneMesh, origins: Floats, directions: Floats) -> tuple[NDArray[np.int32], Floats]:
    """(triangle (N,), -1 for none; distance (N,)) of the first hits: the part of `cast` that light needs."""
    found = mesh.tracer.run(  # type: ignore[attr-defined]
        np.ascontiguousarray(origins.T, np.float32), np.ascontiguousarray(directions.T, np.float32), output=True
    )
    return found["primID"], found["tfar"]


def frame(n: Floats) -> tuple[Floats, Floats]:
    """Two tangents (3, N) for normals (3, N), without a branch (Duff and others, 2017)."""
    sign = np.where(n[2] >= 0, np.float32(1), np.float32(-1))
    a = -1 / (sign + n[2])
    b = n[0] * n[1] * a
    return np.stack([1 + sign * n[0] * n[0] * a, sign * b, -sign * n[0]]), np.stack([b, sign + n[1] * n[1] * a, -n[1]])
