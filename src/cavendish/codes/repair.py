"""Mend what a blend of two colours says: where two regions meet, a pixel must not become a third thing.

A generator's decoder, resizing and JPEG smear borders over a few pixels. A colour between two colours of a code may lie
next to a third one, so the plain inverse invents a class, or a depth, that neither side has. What tells such a pixel
apart is its surroundings, read here in two steps:

- trusted pixels belong to a 3 x 3 block that agrees, or lie in the middle of one painted in exact colours of the code,
  which no blend is; they are never touched;
- of every other pixel the nearest trusted ones are found on rays in eight directions. Where two opposite ends differ
  and the pixel's colour lies on the segment between theirs, it is a blend and takes the reading of the nearer end.

Lines too thin for a trusted block are spared by that test, because their colour lies off the segment; where both ends
agree, `repair_labels` undoes the blur of the line with its background (`_thin_lines`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.paint import blocks

_AXES = ((0, 1), (1, 0), (1, 1), (1, -1))  # each with two opposite rays
_REACH = 6  # pixels: the widest border of a painting seen at half resolution and then through 4:2:0 chroma
_BLEND = 60.0  # levels: how far off the segment a blend may lie; chroma and luma do not blend at the same place
_SLOPE, _SLOPE_NOISE = 16.0, 1.5  # levels over two pixels that unbroken depth may rise, and more per level of noise
_RAYLEIGH_MEDIAN = 1.177  # of the distance to a line, when both directions off it have noise of one level
_CUT_MEDIAN = 0.563  # the same where both are channels at 0 or 255, which cut off half of the noise
_OFF_CODE = 8.0  # levels: how far off the path, noise aside, a colour beside an edge is no reading of its own
_NO_PAINT = 24.0  # levels of noise beyond which a picture is no painting in the code, and not to be mended
_OFF_LINE = 90.0  # levels: the misfit at which a thin line is no line of the legend at all
_FAINT = 60.0  # levels: what a thin line's fit costs if its contrast were to be doubled


@dataclass(frozen=True)
class _Ends:
    """The nearest trusted pixels of n doubtful ones, along A axes in both directions."""

    pixel: NDArray[np.intp]  # (n,) flat index of each doubtful pixel
    index: NDArray[np.intp]  # (n, A, 2) flat index of its ends; meaningless where found is False
    reach: NDArray[np.int8]  # (n, A, 2) steps to them
    found: NDArray[np.bool_]  # (n, A) whether both ends of the axis were found


def repair_labels(
    image: NDArray[np.uint8], labels: NDArray[np.int32], distance: NDArray[np.float32], palette: NDArray[np.uint8]
) -> NDArray[np.intp]:
    """Mend `labels` (H, W) in place: those of the nearest colours of `palette` (K, 3) in `image`, at `distance` levels.

    Returns the flat indices of the doubtful pixels, the only ones that may have changed.
    """
    if min(labels.shape) < 3:
        return np.zeros(0, dtype=np.intp)
    ends = _find_ends(_same_block(labels) | _exact(distance))
    if len(ends.pixel):
        flat, colors = labels.reshape(-1), palette.astype(np.float32)
        around = flat[ends.index]
        blended = _blends(image, flat, colors, ends, around)
        _thin_lines(image, flat, colors, ends, around, ~blended)
    return ends.pixel


def renew_distance(
    distance: NDArray[np.float32],
    pixel: NDArray[np.intp],
    image: NDArray[np.uint8],
    reading: NDArray[np.integer],
    palette: NDArray[np.uint8],
) -> None:
    """Set `distance` (H, W), in place, to that of the colours at the flat indices `pixel` to those of their reading."""
    gap = image.reshape(-1, 3)[pixel].astype(np.float32) - palette[reading.reshape(-1)[pixel]]
    distance.reshape(-1)[pixel] = np.sqrt(np.square(gap).sum(axis=-1))


def _blends(
    image: NDArray[np.uint8],
    labels: NDArray[np.int32],
    palette: NDArray[np.float32],
    ends: _Ends,
    around: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """Give pixels blended between two different ends the label of the nearer; returns which were (n,)."""
    colors = image.reshape(-1, 3)[ends.pixel].astype(np.float32)
    best = np.minimum(np.square(colors - palette[labels[ends.pixel]]).sum(axis=1), _BLEND**2)
    blended = np.zeros(len(colors), dtype=bool)
    for axis in range(len(_AXES)):
        rows = np.flatnonzero(ends.found[:, axis] & (around[:, axis, 0] != around[:, axis, 1]))
        a, b = around[rows, axis].T
        share, squared = _on_segment(colors[rows], palette[a], palette[b])
        nearer = squared < best[rows]
        rows = rows[nearer]
        best[rows], blended[rows] = squared[nearer], True
        labels[ends.pixel[rows]] = np.where(share > 0.5, b, a)[nearer]
    return blended


def repair_depth(
    image: NDArray[np.uint8], step: NDArray[np.int16], distance: NDArray[np.float32], path: NDArray[np.uint8]
) -> NDArray[np.intp]:
    """Mend `step` (H, W), the nearest colours of `path` (N, 3) in `image` (H, W, 3), in place.

    Returns the flat indices of the pixels that may have taken the reading of others.

    Blends at depth edges take the reading of the nearer side, and so do other colours beside an edge that are off the
    code: those of the trusted end of most similar colour. Then noise, whose size the pixels' `distance` (H, W) to
    the path tells, is averaged out of readings that differ by no more than it, and the sky is made whole. A clean
    painting stays as it is, but for what lies over 280 m away beside the sky.
    """
    untouched = np.zeros(0, dtype=np.intp)
    if min(step.shape) < 3:
        return untouched
    on_edges = np.isin(path, (0, 255)).sum(axis=1).min() >= 2
    noise = float(np.median(distance[::4, ::4])) / (_CUT_MEDIAN if on_edges else _RAYLEIGH_MEDIAN)
    if noise > _NO_PAINT:
        return untouched
    ends = _find_ends(unbroken(image, _SLOPE + _SLOPE_NOISE * noise) | _exact(distance))
    flat, palette = step.reshape(-1), path.astype(np.float32)
    around, own = flat[ends.index], flat[ends.pixel]
    colors = image.reshape(-1, 3)[ends.pixel].astype(np.float32)
    best = np.full(len(colors), _BLEND**2, dtype=np.float32)
    for axis in range(len(_AXES)):
        a, b = around[:, axis].T
        outside = (own < np.minimum(a, b)) | (own > np.maximum(a, b))
        rows = np.flatnonzero(ends.found[:, axis] & outside)
        a, b = a[rows], b[rows]
        share, squared = _on_segment(colors[rows], palette[a], palette[b])
        nearer = squared < best[rows]
        rows = rows[nearer]
        best[rows] = squared[nearer]
        flat[ends.pixel[rows]] = np.where(share > 0.5, b, a)[nearer]
    off_code = distance.reshape(-1)[ends.pixel] > _OFF_CODE + 2 * noise
    rows = np.flatnonzero((best == _BLEND**2) & off_code & ends.reach.any(axis=(1, 2)))
    around, reached = around[rows].reshape(-1, 2 * len(_AXES)), ends.reach[rows].reshape(-1, 2 * len(_AXES)) > 0
    gap = np.square(palette[around] - colors[rows][:, None]).sum(axis=-1)
    nearest = np.where(reached, gap, np.inf).argmin(axis=1)
    flat[ends.pixel[rows]] = around[np.arange(len(rows)), nearest]
    sky = _sky(step, np.int16(len(path) - 1), noise) if on_edges else None  # other paths end far nearer than infinity
    if noise >= 1:
        _average(step, np.int16(3 * noise))
    if sky is not None:
        step[sky] = len(path) - 1
    return ends.pixel


def _sky(step: NDArray[np.int16], last: np.int16, noise: float) -> NDArray[np.bool_]:
    """(H, W): what is infinitely far, though noise takes it for less.

    The last step is infinity, the two before it are 412 and 289 m in the paper's code, and noise moves white only away
    from it. So what is near the last step is sky where the mean of all such pixels in 7 x 7 is within the noise of it.
    """
    from scipy.ndimage import uniform_filter

    sky: NDArray[np.bool_] = step == last
    if sky.any() and not sky.all():
        near = step >= last - 2 - 4 * noise
        less = np.where(near, (last - step).astype(np.float32), 0)
        sky |= near & (uniform_filter(less, 7) < (0.9 + noise) * uniform_filter(near.astype(np.float32), 7))
    return sky


def _average(step: NDArray[np.int16], spread: np.int16) -> None:
    """The mean, in place, of the 3 x 3 neighbours that differ from a pixel by at most `spread` (a sigma filter)."""
    width = step.shape[1]
    framed = np.pad(step, 1, mode="edge")
    for rows in blocks(step.shape):
        own = step[rows]
        total, count = np.zeros_like(own), np.zeros_like(own)
        for dy in range(3):
            for dx in range(3):
                gap = framed[rows.start + dy : rows.start + dy + len(own), dx : dx + width] - own
                near = np.abs(gap) <= spread
                gap *= near
                total += gap
                count += near
        own += np.rint(total / count.astype(np.float32)).astype(np.int16)


def unbroken(image: NDArray[np.uint8], limit: float) -> NDArray[np.bool_]:
    """(H, W): whether no channel rises by more than `limit` levels over two pixels, across or down (Prewitt)."""
    height, width = image.shape[:2]
    unbroken = np.empty((height, width), dtype=bool)
    for rows in blocks(image.shape):
        part = image[max(rows.start - 1, 0) : rows.stop + 1]
        above, below = int(rows.start == 0), int(rows.stop >= height)
        steepest = np.zeros((min(rows.stop, height) - rows.start, width), dtype=np.int16)
        for channel in range(3):
            levels = np.pad(part[..., channel].astype(np.int16), ((above, below), (1, 1)), mode="edge")
            columns = levels[:-2] + levels[1:-1] + levels[2:]
            lines = levels[:, :-2] + levels[:, 1:-1] + levels[:, 2:]
            for rise in (columns[:, 2:] - columns[:, :-2], lines[2:] - lines[:-2]):
                np.maximum(steepest, np.abs(rise, out=rise), out=steepest)
        unbroken[rows] = steepest <= 3 * limit
    return unbroken


def _thin_lines(
    image: NDArray[np.uint8],
    labels: NDArray[np.int32],
    palette: NDArray[np.float32],
    ends: _Ends,
    around: NDArray[np.int32],
    doubtful: NDArray[np.bool_],
) -> None:
    """Give what is left of lines between two ends of one class the class that, faded into it, explains their crest.

    A line of three pixels loses a third of its contrast to a blur, so its colour lies between its own and its
    background's, where a third class may be. The crest of the line says how much: the class L and the opacity o are
    taken that bring background + o (L - background) nearest to it, an opacity below one at a price.
    """
    alike = ends.found & (around[..., 0] == around[..., 1]) & doubtful[:, None]
    across = np.where(alike, ends.reach.sum(axis=-1) * _LENGTHS, np.inf)
    rows = np.flatnonzero(alike.any(axis=1))
    if not len(rows):
        return
    axis, pixel, pixels = across[rows].argmin(axis=1), ends.pixel[rows], image.reshape(-1, 3)
    ground = around[rows, axis, 0]
    reach = ends.reach[rows, axis]
    stride = np.array([dy * image.shape[1] + dx for dy, dx in _AXES])[axis]
    color = pixels[pixel].astype(np.float32)
    crest, contrast = color.copy(), np.square(color - palette[ground]).sum(axis=1)
    for offset in range(1 - _REACH, _REACH):
        inside = np.flatnonzero((offset < reach[:, 0]) & (-offset < reach[:, 1]))
        beside = pixels[pixel[inside] + offset * stride[inside]].astype(np.float32)
        squared = np.square(beside - palette[ground[inside]]).sum(axis=1)
        higher = squared > contrast[inside]
        crest[inside[higher]], contrast[inside[higher]] = beside[higher], squared[higher]
    line, opacity, misfit = _explain(crest, ground, palette)
    share, _ = _on_segment(color, palette[ground], palette[line])
    explained = misfit < _OFF_LINE**2
    labels[pixel[explained]] = np.where(share > opacity / 2, line, ground)[explained]


_LENGTHS = np.hypot(*np.transpose(_AXES))


def _explain(
    crest: NDArray[np.float32], ground: NDArray[np.int32], palette: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
    """For each crest colour (n, 3) over the class `ground` (n,): the line's class, its opacity, the squared misfit."""
    best = np.full(len(crest), np.inf, dtype=np.float32)
    line, opacity = np.zeros(len(crest), dtype=np.intp), np.ones(len(crest), dtype=np.float32)
    for k, color in enumerate(palette):
        edge = color - palette[ground]
        o = np.clip(((crest - palette[ground]) * edge).sum(axis=1) / np.maximum((edge * edge).sum(axis=1), 1), 0.5, 1)
        misfit = np.square(crest - palette[ground] - o[:, None] * edge).sum(axis=1) + np.square(2 * _FAINT * (1 - o))
        better = (misfit < best) & (ground != k)
        best[better], line[better], opacity[better] = misfit[better], k, o[better]
    return line, opacity, best


def _on_segment(
    colors: NDArray[np.float32], a: NDArray[np.float32], b: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where on the segments from a to b the colours (n, 3) lie, 0 to 1, and their squared distance to it in levels."""
    edge = b - a
    share = np.clip(((colors - a) * edge).sum(axis=1) / np.maximum((edge * edge).sum(axis=1), 1), 0, 1)
    return share, np.square(colors - a - share[:, None] * edge).sum(axis=1)


def _same_block(labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(H, W): whether a pixel lies in some 3 x 3 block of one label."""
    small = labels.astype(np.uint8)  # at most 256 classes, and narrow data is quick
    across = small[:, 1:] == small[:, :-1]
    down = small[1:] == small[:-1]
    row = across[:, 1:] & across[:, :-1]
    column = down[1:] & down[:-1]
    return _grow(row[1:-1] & row[:-2] & row[2:] & column[:, 1:-1])


def _exact(distance: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(H, W): whether a pixel and its eight neighbours have the very colours of the code."""
    near = np.pad(distance <= 1, 1, constant_values=True)
    rows = near[:, :-2] & near[:, 1:-1] & near[:, 2:]
    exact: NDArray[np.bool_] = rows[:-2] & rows[1:-1] & rows[2:]
    return exact


def _grow(center: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(H, W) from (H - 2, W - 2): every pixel of the 3 x 3 blocks around the marked centres."""
    height, width = center.shape
    wide = np.zeros((height, width + 2), dtype=bool)
    grown = np.zeros((height + 2, width + 2), dtype=bool)
    for k in range(3):
        wide[:, k : k + width] |= center
    for k in range(3):
        grown[k : k + height] |= wide
    return grown


def _find_ends(trusted: NDArray[np.bool_]) -> _Ends:
    height, width = trusted.shape
    pad = width + 2 * _REACH
    frame = np.zeros((height + 2 * _REACH, pad), dtype=bool)
    frame[_REACH:-_REACH, _REACH:-_REACH] = trusted
    frame = frame.reshape(-1)
    pixel = np.flatnonzero(~trusted.reshape(-1))
    y, x = np.divmod(pixel, width)
    start = ((y + _REACH) * pad + x + _REACH).astype(np.int32)
    reach = np.zeros((len(pixel), len(_AXES), 2), dtype=np.int8)
    index = np.zeros(reach.shape, dtype=np.intp)
    for axis, (dy, dx) in enumerate(_AXES):
        for side, sign in enumerate((1, -1)):
            steps = reach[:, axis, side]
            for k in range(_REACH, 0, -1):  # the nearest is written last
                steps[frame.take(start + sign * k * (dy * pad + dx))] = k
            index[:, axis, side] = pixel + steps * np.intp(sign * (dy * width + dx))
    found: NDArray[np.bool_] = np.logical_and(reach[..., 0], reach[..., 1])
    return _Ends(pixel, index, reach, found)
