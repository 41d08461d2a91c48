"""Thin regions of paint: the visible slivers of an instance, and seams, which are only blends of their neighbours."""

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.repair import FAR, blends, doubtful_ends, opponent

MIN_CORE = 0.1  # of the area of a region must remain after a 3 x 3 erosion, else it is the seam of two others
_BLEND = 24.0  # levels: the largest distance of a blend from the mixtures of its two sides
_UNMIXED = 40.0  # levels: the smallest distance of a sliver's own colour from the mixtures of colours around it
_NEW = 36.0  # levels: the smallest distance of its colour from all others
_CREST = 0.7  # quantile of the distance to the colours around it: pixels above it show the colour without blur


def sliver_colors(
    image: NDArray[np.uint8],
    labels: NDArray[np.int32],
    distance: NDArray[np.float32],
    palette: NDArray[np.uint8],
    least: float,
) -> NDArray[np.float64]:
    """(K, 3) colours of pieces of at least `least` pixels in `image` (H, W, 3) that `palette` (N, 3) does not have.

    `labels` (H, W) are the nearest colours of `palette`, 0 the background, at `distance` levels. The pixels of a piece
    are connected, far from all of `palette` and no blends. The piece has a colour of its own if it is no seam and its
    colour is no mixture of two colours around it, the background among them.
    """
    from scipy import ndimage

    odd = distance > FAR
    if min(labels.shape) < 3 or not odd.any():
        return np.zeros((0, 3))
    ends = doubtful_ends(labels, distance)
    blended = blends(image, labels.reshape(-1).copy(), opponent(palette), ends, _BLEND)
    odd.reshape(-1)[ends.pixel[blended]] = False
    pieces, _ = ndimage.label(odd, np.ones((3, 3), dtype=bool))
    boxes = ndimage.find_objects(pieces)
    found: list[NDArray[np.float64]] = []
    for k, (own,) in sorted(ndimage.value_indices(pieces.reshape(-1)[ends.pixel], ignore_value=0).items()):
        inside = pieces[boxes[k - 1]] == k
        if len(own) < least or ndimage.binary_erosion(inside, np.ones((3, 3))).sum() < MIN_CORE * len(own):
            continue
        sides = palette[np.unique(np.append(ends.around[:, :, own][ends.reach[:, :, own] > 0], 0))]
        colors = image.reshape(-1, 3).take(ends.pixel[own], axis=0).astype(np.float64)
        gap = np.linalg.norm(colors[:, None] - sides, axis=-1).min(axis=1)
        crest = np.median(colors[gap >= np.quantile(gap, _CREST)], axis=0)
        apart = np.linalg.norm(np.vstack([palette, *found]) - crest, axis=1).min()
        if apart > _NEW and _from_blends(crest, sides) > _UNMIXED:
            found.append(crest)
    return np.array(found).reshape(-1, 3)


def is_seam(
    image: NDArray[np.uint8],
    labels: NDArray[np.int32],
    palette: NDArray[np.uint8],
    box: tuple[slice, slice],
    inside: NDArray[np.bool_],
) -> bool:
    """Whether a region, the pixels `inside` a box of `labels`, is less than five pixels wide and a blend.

    The blend between two instances can be near the colour of a third. It lies far from that colour, and at less than
    two thirds of that distance from the mixtures of two colours around it.
    """
    from scipy import ndimage

    if ndimage.binary_erosion(inside, np.ones((5, 5))).sum() >= MIN_CORE * inside.sum():
        return False
    rows, columns = (slice(max(side.start - 2, 0), side.stop + 2) for side in box)
    near = np.zeros(labels[rows, columns].shape, dtype=bool)
    top, left = box[0].start - rows.start, box[1].start - columns.start
    near[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    around = labels[rows, columns][ndimage.binary_dilation(near, np.ones((5, 5)))]
    label = labels[box][inside][0]
    sides = np.unique(around[around != label])
    color = np.median(image[box][inside], axis=0)
    off = np.linalg.norm(color - palette[label])
    return len(sides) > 1 and bool(1.5 * _from_blends(color, palette[sides]) < off)


def _from_blends(color: NDArray[np.float64], sides: NDArray[np.uint8]) -> float:
    """The distance of a colour from the nearest mixture of two of `sides` (S, 3), in levels."""
    a, b = np.triu_indices(len(sides))
    start = sides[a].astype(np.float64)
    edge = sides[b] - start
    share = ((color - start) * edge).sum(axis=1) / np.maximum((edge * edge).sum(axis=1), 1)
    return float(np.linalg.norm(color - start - np.clip(share, 0, 1)[:, None] * edge, axis=1).min())
