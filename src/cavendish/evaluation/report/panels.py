"""Pictures of answers for the report: each kind of answer as RGB, and where it is wrong."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.colors import rgb_to_oklab
from cavendish.evaluation.color_check import standing_out
from cavendish.evaluation.metrics.depth_protocols import resize_bilinear
from cavendish.evaluation.scoring import CityscapesTruth, CocoTruth, ConceptTruth, DepthTruth, NormalTruth
from cavendish.evaluation.scoring.pictures import ColorTruth, EditTruth, region_of
from cavendish.evaluation.scoring.scorer import Kind

Rgb = NDArray[np.uint8]

# What the third panel of each kind shows.
ERRORS: dict[Kind, str] = {
    "depth": "|ln predicted - ln true|, black 0 to white 0.5; gray is not measured",
    "normals": "angle, black 0 to white 60 degrees; gray is not measured",
    "labels": "green right, red wrong or not evaluated",
    "mask": "green hit, blue missed, red too much, gray ignored",
    "masks": "green hit, blue missed, red too much, of all instances together",
    "picture": "distance in OKLab, black 0 to white 0.3",
    "judgement": "",
}

_RIGHT, _MISSED, _FALSE, _IGNORED = (70, 160, 90), (70, 110, 220), (220, 70, 60), (150, 150, 150)


def panels(kind: Kind, prediction: Any, truth: Any) -> dict[str, Rgb]:
    """ "decoded", "truth" and "error", each (H, W, 3); nothing for judgements."""
    if kind == "depth":
        return _depth(prediction, truth)
    if kind == "normals":
        return _normals(prediction, truth)
    if kind == "labels":
        return _labels(prediction, truth)
    if kind == "mask":
        return _regions(prediction, truth == 1, truth == 255)
    if kind == "masks":
        return _instances(prediction, truth)
    if kind == "picture":
        return _picture(prediction, truth)
    return {}


def _picture(prediction: Rgb, truth: ColorTruth | EditTruth) -> dict[str, Rgb]:
    """An edited picture beside its truth; a generated one with all but the thing that was judged darkened."""
    rgb = np.ascontiguousarray(prediction[..., :3])
    if isinstance(truth, EditTruth):
        off = np.linalg.norm(rgb_to_oklab(rgb) - rgb_to_oklab(truth.after), axis=-1)
        return {"decoded": rgb, "truth": truth.after, "error": _colour(off / 0.3, "magma")}
    region = region_of(prediction)
    judged = standing_out(rgb) if region is None else region
    return {"decoded": rgb, "judged": np.where(judged[..., None], rgb, rgb // 4)}


def _depth(prediction: NDArray[np.floating], truth: DepthTruth) -> dict[str, Rgb]:
    """Inverse depth on the truth's range, so that near things have contrast; the error is |ln p - ln g|, 0 to 0.5."""
    known = (truth.metres > 0) & np.isfinite(truth.metres)
    known = known if truth.valid is None else known & truth.valid
    seen = truth.metres[known]
    low, high = np.quantile(1 / seen, [0.02, 0.98]) if seen.size else (0.0, 1.0)
    answer = np.nan_to_num(prediction, nan=1e3, posinf=1e3)
    answer = answer if answer.shape == truth.metres.shape else resize_bilinear(answer, truth.metres.shape)
    answer = np.clip(answer, 1e-3, 1e3)
    metres = np.where(known, truth.metres, 1.0)
    ratio = np.abs(np.log(answer) - np.log(metres))
    return {
        "decoded": _colour((1 / answer - low) / (high - low + 1e-9), "Spectral_r"),
        "truth": _colour((1 / metres - low) / (high - low + 1e-9), "Spectral_r", known),
        "error": _colour(ratio / 0.5, "magma", known),
    }


def _normals(prediction: NDArray[np.floating], truth: NormalTruth) -> dict[str, Rgb]:
    """The paper's colours; the error is the angle, 0 to 60 degrees."""
    if prediction.shape != truth.vectors.shape:
        prediction = resize_bilinear(prediction, truth.vectors.shape[:2])
    length = np.linalg.norm(prediction, axis=2) * np.linalg.norm(truth.vectors, axis=2)
    cosine = (prediction * truth.vectors).sum(2) / np.maximum(length, 1e-9)
    return {
        "decoded": _painted(prediction, np.ones(truth.valid.shape, bool)),
        "truth": _painted(truth.vectors, truth.valid),
        "error": _colour(np.degrees(np.arccos(np.clip(cosine, -1, 1))) / 60, "magma", truth.valid),
    }


def _painted(vectors: NDArray[np.floating], known: NDArray[np.bool_]) -> Rgb:
    colours = (1 + vectors * (-1, 1, 1)) / 2 * 255
    return np.where(known[..., None], np.clip(colours, 0, 255), 0).astype(np.uint8)


def _labels(prediction: NDArray[np.integer], truth: NDArray[np.integer] | CityscapesTruth) -> dict[str, Rgb]:
    truth = truth.labels if isinstance(truth, CityscapesTruth) else truth
    wrong = np.where((prediction == truth)[..., None], _RIGHT, _FALSE).astype(np.uint8)
    return {"decoded": _palette(prediction), "truth": _palette(truth), "error": wrong}


def _palette(ids: NDArray[np.integer]) -> Rgb:
    """A colour for each id, always the same; 0 is black."""
    colours = np.random.default_rng(3).integers(40, 256, (256, 3)).astype(np.uint8)
    colours[0] = 0
    return colours[np.maximum(ids.astype(np.int64), 0) % 256]


def _regions(prediction: NDArray[np.bool_], target: NDArray[np.bool_], ignored: NDArray[np.bool_]) -> dict[str, Rgb]:
    def flat(mask: NDArray[np.bool_]) -> Rgb:
        return np.where(mask[..., None], 255, 20).astype(np.uint8).repeat(3, 2)

    error = np.full((*target.shape, 3), 20, np.uint8)
    error[prediction & target], error[~prediction & target], error[prediction & ~target] = _RIGHT, _MISSED, _FALSE
    error[ignored] = _IGNORED
    return {"decoded": flat(prediction), "truth": flat(target), "error": error}


def _instances(prediction: list[dict[str, Any]], truth: ConceptTruth | CocoTruth) -> dict[str, Rgb]:
    """Instances in colours; the error compares their unions (of the first annotator, for several)."""
    from pycocotools import mask as coco_mask

    if isinstance(truth, ConceptTruth):
        size, rows = truth.size, list(truth.annotators[0])
    else:
        size = truth.image["height"], truth.image["width"]
        rows = [_as_rle(row["segmentation"], size) for row in truth.annotations if not row.get("iscrowd", 0)]

    def ids(masks: list[Any]) -> NDArray[np.int32]:
        painted = np.zeros(size, np.int32)
        for number, mask in enumerate(masks, start=1):
            painted[coco_mask.decode(mask) > 0] = number
        return painted

    answer, target = ids([row["segmentation"] for row in prediction]), ids(rows)
    error = _regions(answer > 0, target > 0, np.zeros(size, bool))["error"]
    return {"decoded": _palette(answer), "truth": _palette(target), "error": error}


def _as_rle(segmentation: Any, size: tuple[int, int]) -> Any:
    from pycocotools import mask as coco_mask

    if isinstance(segmentation, dict) and not isinstance(segmentation["counts"], list):
        return segmentation
    shapes = coco_mask.frPyObjects(segmentation, *size)
    return coco_mask.merge(shapes) if isinstance(shapes, list) else shapes


def _colour(values: NDArray[np.floating], name: str, known: NDArray[np.bool_] | None = None) -> Rgb:
    """A colour map of [0, 1]; gray where unknown."""
    from matplotlib import colormaps

    colours = (colormaps[name](np.clip(values, 0, 1))[..., :3] * 255).astype(np.uint8)
    if known is not None:
        colours[~known] = (60, 60, 60)
    return colours
