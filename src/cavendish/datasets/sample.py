"""One picture with its ground truth, from a data set on disk or from a procedural world."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SceneObject:
    """One object in the picture.

    `id` is its value in `Sample.instances`. `category` is a singular noun ("chair"), `synonyms` other nouns for it.
    """

    id: int
    category: str
    synonyms: tuple[str, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)  # "color", "material", "size", "parts", …: JSON values


@dataclass(frozen=True)
class Expression:
    """A text that refers to objects in the picture.

    `ids` are the instances it means: one for a proper referring expression, several for a plural, none for something
    that is absent. `kind` says how it refers ("category", "color", "order", "relation", "absent", …).
    """

    text: str
    ids: tuple[int, ...]
    kind: str = ""


@dataclass(frozen=True)
class Edit:
    """An instruction and the edited picture, which is identical wherever the edit changes nothing."""

    instruction: str
    image: NDArray[np.uint8]  # (H, W, 3) RGB
    kind: str = ""


@dataclass(frozen=True)
class Sample:
    """A picture and its ground truth; None or empty where the source has none.

    Frames and units are those of the whole project: z-depth in metres in the OpenCV camera frame; normals unit
    vectors with +x right, +y up, +z toward the viewer.
    """

    key: str  # unique within its source, safe as a file name
    image: NDArray[np.uint8]  # (H, W, 3) RGB
    depth: NDArray[np.float32] | None = None  # (H, W) metres; inf is sky, NaN is unknown
    normals: NDArray[np.float32] | None = None  # (H, W, 3) unit; zeros in the sky and where unknown
    instances: NDArray[np.int32] | None = None  # (H, W) SceneObject.id; 0 where there is no object
    labels: NDArray[np.int32] | None = None  # (H, W) index into `classes`; -1 is ignored
    classes: tuple[str, ...] = ()
    objects: tuple[SceneObject, ...] = ()
    intrinsics: NDArray[np.float64] | None = None  # (3, 3) pinhole K in pixels; pixel centres at integers + 0.5
    captions: tuple[str, ...] = ()  # short first
    expressions: tuple[Expression, ...] = ()
    edits: tuple[Edit, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)  # JSON values: seed, family, licence, source, …
