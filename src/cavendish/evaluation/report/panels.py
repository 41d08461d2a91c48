"""Pictures of answers for the report: each kind of answer as RGB, and where it is wrong."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish import rle
from cavendish.codes.colors import rgb_to_oklab
from cavendish.evaluation.color_check import standing_out
from cavendish.evaluation.metrics.depth_protocols import resize_bilinear
from cavendish.evaluation.scoring.cityscapes import CityscapesTruth
from cavendish.evaluation.scoring.depth import DepthTruth
from cavendish.evaluation.scoring.masks import CocoTruth, ConceptTruth
from cavendish.evaluation.scoring.normals import NormalTruth
from cavendish.evaluation.scoring.pictures import ColorTruth, EditTruth, region_of
from cavendish.evaluation.scoring.scorer import Kind
from cavendish.tasks import Depth, Instance, Normals, Referring, Semantic, Task
from cavendish.tasks.panels import colormapped

Rgb = NDArray[np.uint8]

TASKS: dict[Kind, type[Task[Any]]] = {
    "depth": Depth, "normals": Normals, "labels": Semantic, "mask": Referring, "masks": Instance,
}  # fmt: skip


def error_caption(kind: Kind) -> str:
    """What the third panel of a kind shows."""
    if kind == "picture":
        return "distance in OKLab, black 0 to white 0.3"
    return TASKS[kind].error_caption if kind in TASKS else ""


def panels(kind: Kind, prediction: Any, truth: Any) -> dict[str, Rgb]:
    """ "decoded", "truth" and "error", each (H, W, 3); nothing for judgements."""
    match truth:
        case ColorTruth() | EditTruth():
            return _picture(prediction, truth)
        case DepthTruth():
            known = np.isfinite(truth.metres) if truth.valid is None else truth.valid & np.isfinite(truth.metres)
            truth = np.where(known, truth.metres, np.nan)
        case NormalTruth():
            truth = np.where(truth.valid[..., None], truth.vectors, 0)
        case CityscapesTruth():
            truth = truth.labels
        case ConceptTruth():
            size, masks = truth.size, list(truth.annotators[0])
        case CocoTruth():
            size = truth.image["height"], truth.image["width"]
            shapes = [row["segmentation"] for row in truth.annotations if not row.get("iscrowd", 0)]
            masks = [rle.from_segmentation(shape, size) for shape in shapes]
    if kind == "masks":
        prediction, truth = _decoded([row["segmentation"] for row in prediction], size), _decoded(masks, size)
    if kind in ("depth", "normals") and prediction.shape[:2] != truth.shape[:2]:
        prediction = resize_bilinear(prediction, truth.shape[:2])
    return TASKS[kind].panels(prediction, truth) if kind in TASKS else {}


def _decoded(rows: list[Any], size: tuple[int, int]) -> NDArray[np.bool_]:
    """(N, H, W) of run lengths."""
    return np.array([rle.decode(row) for row in rows], bool).reshape(len(rows), *size)


def _picture(prediction: Rgb, truth: ColorTruth | EditTruth) -> dict[str, Rgb]:
    """An edited picture beside its truth; a generated one with all but the thing that was judged darkened."""
    rgb = np.ascontiguousarray(prediction[..., :3])
    if isinstance(truth, EditTruth):
        off = np.linalg.norm(rgb_to_oklab(rgb) - rgb_to_oklab(truth.after), axis=-1)
        return {"decoded": rgb, "truth": truth.after, "error": colormapped(off / 0.3, "magma")}
    region = region_of(prediction)
    judged = standing_out(rgb) if region is None else region
    return {"decoded": rgb, "judged": np.where(judged[..., None], rgb, rgb // 4)}
