"""Small results of every kind, with all that is awkward in them."""

import numpy as np

from cavendish.results import DepthMap, Instances, Mask, NormalMap, Provenance, SemanticMap

HEIGHT, WIDTH = 37, 53
PROVENANCE = Provenance(task="any", generator="none", seed=7, code={"name": "Größe “ü”\n"}, geometry={"scale": 0.5})


def common(instruction: str = "Paint it, näher") -> dict:
    confidence = np.random.default_rng(3).uniform(size=(HEIGHT, WIDTH)).astype(np.float32)
    painting = np.zeros((16, 32, 3), np.uint8)
    return {
        "confidence": confidence,
        "painting": painting,
        "instruction": instruction,
        "provenance": PROVENANCE,
    }


def depth(far: float = 60.0, intrinsics: bool = False) -> DepthMap:
    metres = np.random.default_rng(0).uniform(0.3, far, (HEIGHT, WIDTH)).astype(np.float32)
    metres[:5], metres[7, 3:9], metres[20, 20] = np.inf, np.nan, 0
    matrix = np.array([[50.0, 0, 26], [0, 52, 18], [0, 0, 1]]) if intrinsics else None
    return DepthMap(metres=metres, valid=~np.isnan(metres), intrinsics=matrix, **common())


def normals() -> NormalMap:
    vectors = np.random.default_rng(1).normal(size=(HEIGHT, WIDTH, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    vectors[0, :3] = [[-1, 0, 0], [0, 1, 0], [0, 0, 1]]
    vectors[5, 5:9] = 0
    return NormalMap(vectors=vectors, valid=vectors.any(axis=2), **common())


def semantic(classes: tuple[str, ...] = ("road", "traffic light", "sky"), undecided: bool = True) -> SemanticMap:
    low = -1 if undecided else 0
    labels = np.random.default_rng(2).integers(low, len(classes), (HEIGHT, WIDTH)).astype(np.int32)
    colors = np.random.default_rng(4).integers(0, 256, (len(classes), 3), np.uint8)
    return SemanticMap(labels=labels, classes=classes, colors=colors, **common())


def instances(count: int = 4) -> Instances:
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    centres = rng.uniform((0, 0, 3), (HEIGHT, WIDTH, 10), (count, 3))
    masks = np.array([(y - a) ** 2 + (x - b) ** 2 < r**2 for a, b, r in centres], bool).reshape(-1, HEIGHT, WIDTH)
    return Instances(masks=masks, scores=rng.uniform(size=count).astype(np.float32), label="dog", **common())


def mask(empty: bool = False) -> Mask:
    region = instances(1).masks[0] & (not empty)
    return Mask(mask=region, expression="the dog “Rex”, 左", **common())


ALL = [depth, normals, semantic, instances, mask]
