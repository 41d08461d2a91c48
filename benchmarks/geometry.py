"""Bringing answers back to a 1920 x 1080 picture: time and invented values, against OpenCV's bilinear resize.

OpenCV is fast because it mixes across edges; a value is invented if it lies on no surface of the scene.
"""

import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from cavendish.geometry import fit

WIDTH, HEIGHT = 1920, 1080
SURFACES = np.array([1.5, 3.0, 6.0, 12.0, 40.0], np.float32)


def seconds(call: Callable[[], Any], repeats: int = 5) -> float:
    """The best of several runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def scene(height: int, width: int) -> np.ndarray:
    """(h, w) indices of surfaces: 60 discs on a backdrop."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width] / height
    labels = np.zeros((height, width), np.int32)
    for index in range(60):
        cy, cx, radius = rng.uniform((0, 0, 0.02), (1, width / height, 0.15))
        labels[(y - cy) ** 2 + (x - cx) ** 2 < radius**2] = index % len(SURFACES)
    return labels


def invented(metres: np.ndarray) -> float:
    """Share of pixels over 1 % off every surface."""
    ratio = np.abs(metres[..., None] / SURFACES - 1).min(axis=-1)
    return float((ratio > 0.01).mean())


def main() -> None:
    cv2.setNumThreads(1)
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    print("painting      what           ours ms  OpenCV ms  ratio  invented: ours   OpenCV")
    for name, max_pixels in [("2880 x 1632", None), ("1 megapixel", 2**20), ("256 x 256", 2**16)]:
        _, geometry = fit(image, max_pixels=max_pixels)
        if max_pixels is None:
            geometry = geometry.for_painting(1632, 2880)  # a generator that answers larger than it was asked
        labels = scene(*geometry.painting_size)
        metres = SURFACES[labels]
        vectors = np.zeros((*labels.shape, 3), np.float32)
        vectors[..., 0], vectors[..., 2] = np.sin(labels), np.cos(labels)
        for what, ours, peer, array in [
            ("depth", geometry.depth, cv2.INTER_LINEAR, metres),
            ("normals", geometry.normals, cv2.INTER_LINEAR, vectors),
            ("labels", geometry.labels, cv2.INTER_NEAREST, labels),
        ]:
            mine = seconds(lambda ours=ours, array=array: ours(array))
            theirs = seconds(lambda array=array, peer=peer: cv2.resize(array, (WIDTH, HEIGHT), interpolation=peer))
            line = f"{name:13} {what:12} {mine * 1e3:9.1f} {theirs * 1e3:10.1f} {mine / theirs:6.1f}"
            if what == "depth":
                resized = cv2.resize(array, (WIDTH, HEIGHT), interpolation=peer)
                line += f"  {invented(ours(array)):14.4%} {invented(resized):8.4%}"
            print(line)


if __name__ == "__main__":
    main()
