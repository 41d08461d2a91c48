"""Repair of pixels whose colour is a blend of two regions, so that they do not become a third class or depth.

Latent decoders, resizing and JPEG blur borders over a few pixels. A colour between two colours of a code can be near a
third one, so the plain inverse gives a class or a depth that neither region has. The surroundings of a pixel tell:

- A pixel is trusted if all readings of its 3 x 3 block are the same and near their colour, or if it is the centre of a
  block in exact colours of the code, which a blend never has. Trusted pixels do not change.
- For every other pixel the nearest trusted pixels (its ends) are searched along rays in eight directions. If two
  opposite ends differ and the pixel's colour is a mixture of theirs, it takes the reading of the nearer one.

The colour of a line that is too thin for a trusted block is no such mixture, so the line stays. Where both ends agree,
`repair_labels` undoes the blur of the line with its background (`_thin_lines`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.paint import blocks

_AXES = ((0, 1), (1, 0), (1, 1), (1, -1))  # directions, each with two opposite rays
_REACH = 6  # pixels: the widest border after resizing by 2 and 4:2:0 chroma
_BLEND = 40.0  # levels: the largest distance of a blend from the mixtures of its two ends
_LUMA_CHROMA = np.array(  # JPEG's Y, Cb, Cr, scaled so that noise in R, G, B has about the same size in each
    [[0.508, 0.998, 0.194], [-0.202, -0.398, 0.6], [0.6, -0.502, -0.098]], dtype=np.float32
)
FAR, _FAR_NOISE = 32.0, 3.0  # levels from the colour, or times the median distance, beyond which nothing is trusted
_SLOPE, _SLOPE_NOISE = 16.0, 1.5  # levels that smooth depth may change over two pixels, and more per level of noise
_RAYLEIGH_MEDIAN = 1.177  # median distance to a line with Gaussian noise of one level in both directions off it
_CLIPPED_MEDIAN = 0.563  # the same where both are channels at 0 or 255, which clip half of the noise
_OFF_CODE = 8.0  # levels from the path, without noise, beyond which a colour beside an edge is not trusted
_NO_PAINT = 24.0  # levels of noise beyond which a picture is not a painting in the code, and is not repaired
_NO_LEGEND = 60.0  # median levels from the legend beyond which a picture is not a painting in its colours
_OFF_LINE = 90.0  # levels: the misfit beyond which a thin line has no class of the legend
_FADED = 0.4  # the smallest share of its contrast that a thin line keeps
_FAINT = 60.0  # levels: the penalty of a faded line, times the share of contrast that is lost


@dataclass(frozen=True)
class Ends:
    """The nearest trusted pixels of n doubtful ones, along A axes in both directions."""

    pixel: NDArray[np.intp]  # (n,) flat indices of the doubtful pixels
    around: NDArray[np.integer]  # (A, 2, n) the readings of the ends; the pixel's own where there is none
    reach: NDArray[np.uint8]  # (A, 2, n) steps to the ends, 0 where there is none
    found: NDArray[np.bool_]  # (A, n) whether both ends of the axis exist


def repair_labels(
    image: NDArray[np.uint8], labels: NDArray[np.int32], distance: NDArray[np.float32], palette: NDArray[np.uint8]
) -> NDArray[np.intp]:
    """Flat indices of the doubtful pixels, after a repair of `labels` (H, W) in place; no others change.

    `labels` are the nearest colours of `palette` (K, 3) in `image` (H, W, 3), at `distance` levels.
    """
    if min(labels.shape) < 3 or _median(distance) > _NO_LEGEND:
        return np.zeros(0, dtype=np.intp)
    ends = doubtful_ends(labels, distance)
    if len(ends.pixel):
        flat, colors = labels.reshape(-1), opponent(palette)
        blended = blends(image, flat, colors, ends)
        _thin_lines(image, flat, colors, ends, ~blended)
    return ends.pixel


def doubtful_ends(labels: NDArray[np.int32], distance: NDArray[np.float32]) -> Ends:
    """The doubtful pixels, and the trusted ones around them, of labels (H, W) read at `distance` levels."""
    trusted = _same(labels)
    trusted &= distance <= max(FAR, _FAR_NOISE * _median(distance))
    return _find_ends(_grow(trusted) | _exact(distance), labels)


def _median(distance: NDArray[np.float32]) -> float:
    return float(np.median(distance[::8, ::8]))


def renew_distance(
    distance: NDArray[np.float32],
    pixel: NDArray[np.intp],
    image: NDArray[np.uint8],
    reading: NDArray[np.integer],
    palette: NDArray[np.uint8],
) -> None:
    """Set `distance` (H, W) at the flat indices `pixel`, in place, to that between image and colour of the reading."""
    read = palette.astype(np.float32).take(reading.reshape(-1).take(pixel), axis=0)
    distance.reshape(-1)[pixel] = np.sqrt(_squared((image.reshape(-1, 3).take(pixel, axis=0) - read).T))


def blends(
    image: NDArray[np.uint8],
    labels: NDArray[np.int32],
    palette: NDArray[np.float32],
    ends: Ends,
    limit: float = _BLEND,
) -> NDArray[np.bool_]:
    """(n,) which doubtful pixels are, within `limit` levels, blends of two ends; their `labels` become the nearer's."""
    around = ends.around
    colors = opponent(image.reshape(-1, 3).take(ends.pixel, axis=0))
    pair = np.where(ends.found, around.min(axis=1) * palette.shape[1] + around.max(axis=1), -1)
    pair[around[:, 0] == around[:, 1]] = -1
    best = np.minimum(_squared(colors - palette.take(labels[ends.pixel], axis=1)), limit**2)
    blended = np.zeros(len(ends.pixel), dtype=bool)
    for axis in range(len(_AXES)):
        rows = np.flatnonzero((pair[axis] >= 0) & (pair[axis] != pair[:axis]).all(axis=0))  # each pair of labels once
        blended[_take_nearer_end(labels, ends, axis, rows, colors, palette, best)] = True
    return blended


def _take_nearer_end(
    reading: NDArray[Any],
    ends: Ends,
    axis: int,
    rows: NDArray[np.intp],
    colors: NDArray[np.float32],
    palette: NDArray[np.float32],
    best: NDArray[np.float32],
) -> NDArray[np.intp]:
    """Those of the doubtful pixels `rows` that are blends of their ends on an axis, to a squared misfit below `best`.

    In place, `reading` (flat) takes that of the nearer end, and `best` the misfit.
    """
    a, b = ends.around[axis].take(rows, axis=1)
    from_a = palette.take(a, axis=1)
    share, squared = _share(colors.take(rows, axis=1) - from_a, palette.take(b, axis=1) - from_a)
    nearer = squared < best[rows]
    rows = rows[nearer]
    best[rows] = squared[nearer]
    reading[ends.pixel[rows]] = np.where(share > 0.5, b, a)[nearer]
    return rows


def repair_depth(
    image: NDArray[np.uint8], step: NDArray[np.int16], distance: NDArray[np.float32], path: NDArray[np.uint8]
) -> NDArray[np.intp]:
    """Flat indices of the pixels that may have another reading, after a repair of `step` (H, W) in place.

    `step` are the nearest colours of `path` (N, 3) in `image` (H, W, 3), at `distance` (H, W) levels. Blends at depth
    edges take the reading of the nearer end. Other colours beside an edge that are not on the path take that of the end
    with the most similar colour. The median of `distance` gives the size of the noise; readings that differ by no more
    than the noise are averaged, and holes in the sky are closed. A clean painting stays the same, except beyond 280 m
    beside the sky.
    """
    untouched = np.zeros(0, dtype=np.intp)
    if min(step.shape) < 3:
        return untouched
    on_edges = np.isin(path, (0, 255)).sum(axis=1).min() >= 2
    noise = float(np.median(distance[::4, ::4])) / (_CLIPPED_MEDIAN if on_edges else _RAYLEIGH_MEDIAN)
    if noise > _NO_PAINT:
        return untouched
    ends = _find_ends(is_smooth(image, _SLOPE + _SLOPE_NOISE * noise) | _exact(distance), step)
    flat, palette = step.reshape(-1), opponent(path)
    around, own = ends.around, flat.take(ends.pixel)
    rgb = image.reshape(-1, 3).take(ends.pixel, axis=0)
    colors = opponent(rgb)
    best = np.full(len(own), _BLEND**2, dtype=np.float32)
    for axis in range(len(_AXES)):
        a, b = around[axis]
        outside = (own < np.minimum(a, b)) | (own > np.maximum(a, b))
        rows = np.flatnonzero(ends.found[axis] & outside)
        _take_nearer_end(flat, ends, axis, rows, colors, palette, best)
    off_code = distance.reshape(-1)[ends.pixel] > _OFF_CODE + 2 * noise
    rows = np.flatnonzero((best == _BLEND**2) & off_code & ends.reach.any(axis=(0, 1)))
    side, reached = (a.reshape(2 * len(_AXES), -1)[:, rows] for a in (around, ends.reach))
    gap = _squared(path.T.astype(np.float32)[:, side] - rgb.T[:, None, rows])
    nearest = np.where(reached > 0, gap, np.inf).argmin(axis=0)
    flat[ends.pixel[rows]] = side[nearest, np.arange(len(rows))]
    sky = _sky(step, np.int16(len(path) - 1), noise) if on_edges else None  # other paths have no sky
    if noise >= 1:
        _average(step, np.int16(3 * noise))
    if sky is not None:
        step[sky] = len(path) - 1
    return ends.pixel


def _sky(step: NDArray[np.int16], last: np.int16, noise: float) -> NDArray[np.bool_]:
    """(H, W): the pixels of the sky, also those that noise moved to a finite depth.

    The last step is infinity, the two before it are 412 and 289 m in the paper's code, and noise moves white only away
    from the last step, by 0.4 of its size on average. So pixels near the last step are sky where the mean of such
    pixels in 15 x 15 is as near to it as noisy white is. Far hills are not, although noise turns some pixels white.
    """
    from scipy.ndimage import uniform_filter

    white: NDArray[np.bool_] = step == last
    if not white.any() or white.all():
        return white
    near = step >= last - 2 - 4 * noise
    excess = (last - step).astype(np.float32)
    excess -= np.float32(0.9 + 0.45 * noise)
    excess *= near
    sky: NDArray[np.bool_] = near & (uniform_filter(excess, 15) < 0)
    return sky if noise >= 1 else sky | white


def _average(step: NDArray[np.int16], limit: np.int16) -> None:
    """Sigma filter in place: the mean of the 3 x 3 neighbours that differ from a pixel by at most `limit`."""
    width = step.shape[1]
    framed = np.pad(step, 1, mode="edge")
    for rows in blocks(step.shape):
        own = step[rows]
        total, count = np.zeros_like(own), np.zeros_like(own)
        for dy in range(3):
            for dx in range(3):
                gap = framed[rows.start + dy : rows.start + dy + len(own), dx : dx + width] - own
                near = np.abs(gap) <= limit
                gap *= near
                total += gap
                count += near
        own += np.rint(total / count.astype(np.float32)).astype(np.int16)


def is_smooth(image: NDArray[np.uint8], limit: float) -> NDArray[np.bool_]:
    """(H, W): whether no channel changes by more than `limit` levels over two pixels, across or down (Prewitt)."""
    height, width = image.shape[:2]
    smooth = np.empty((height, width), dtype=bool)
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
        smooth[rows] = steepest <= 3 * limit
    return smooth


def _thin_lines(
    image: NDArray[np.uint8],
    labels: NDArray[np.int32],
    palette: NDArray[np.float32],
    ends: Ends,
    doubtful: NDArray[np.bool_],
) -> None:
    """Set the labels of thin lines between two ends of one class: the class that explains their crest when faded.

    A blur takes a third of the contrast of a line of three pixels, so its colour lies between its own and that of the
    background, where a third class may be. The crest of the line, its pixel of most contrast, shows how much: the class
    L and the opacity o are those that bring background + o (L - background) nearest to it; opacity below one is
    penalised.
    """
    alike = ends.found & (ends.around[:, 0] == ends.around[:, 1]) & doubtful
    rows = np.flatnonzero(alike.any(axis=0))
    across = np.where(alike[:, rows], ends.reach[:, :, rows].sum(axis=1) * _LENGTHS[:, None], np.inf)
    axis, pixel, pixels = across.argmin(axis=0), ends.pixel[rows], image.reshape(-1, 3)
    ground = ends.around[axis, 0, rows]
    reach = ends.reach[axis, :, rows].astype(np.int8)
    stride = np.array([dy * image.shape[1] + dx for dy, dx in _AXES])[axis]
    color, under = opponent(pixels[pixel]), palette.take(ground, axis=1)
    crest, contrast = color.copy(), _squared(color - under)
    for offset in range(1 - _REACH, _REACH):
        inside = np.flatnonzero((offset < reach[:, 0]) & (-offset < reach[:, 1]))
        beside = opponent(pixels[pixel[inside] + offset * stride[inside]])
        squared = _squared(beside - under[:, inside])
        higher = squared > contrast[inside]
        crest[:, inside[higher]], contrast[inside[higher]] = beside[:, higher], squared[higher]
    line, opacity, misfit = _explain(crest, ground, palette)
    share, _ = _share(color - under, palette.take(line, axis=1) - under)
    explained = misfit < _OFF_LINE**2
    labels[pixel[explained]] = np.where(share > opacity / 2, line, ground)[explained]


_LENGTHS = np.hypot(*np.transpose(_AXES))


def _explain(
    crest: NDArray[np.float32], ground: NDArray[np.int32], palette: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
    """For each crest colour (3, n) on the class `ground` (n,): class of the line, its opacity, the squared misfit."""
    best = np.full(len(ground), np.inf, dtype=np.float32)
    line, opacity = np.zeros(len(ground), dtype=np.intp), np.ones(len(ground), dtype=np.float32)
    over = crest - palette.take(ground, axis=1)
    for k in range(palette.shape[1]):
        edge = (palette[:, k, None] - palette).take(ground, axis=1)
        share, misfit = _share(over, edge, _FADED)
        misfit += np.square(_FAINT * (1 - share))
        better = (misfit < best) & (ground != k)
        best[better], line[better], opacity[better] = misfit[better], k, share[better]
    return line, opacity, best


def opponent(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(3, n) luma and two chroma channels of the colours (n, 3)."""
    converted: NDArray[np.float32] = _LUMA_CHROMA @ rgb.T.astype(np.float32)
    return converted


def _squared(gap: NDArray[np.float32]) -> NDArray[np.float32]:
    """(...) squared lengths of the vectors (3, ...)."""
    squared: NDArray[np.float32] = gap[0] * gap[0] + gap[1] * gap[1] + gap[2] * gap[2]
    return squared


def _share(
    off: NDArray[np.float32], edge: NDArray[np.float32], least: float = 0.0
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The share of `edge` (3, n), from `least` to 1, in colours at offsets `off` (3, n) from its start, and the misfit.

    The misfit is the squared distance to the nearest blend. Luma and chroma have a share each, since JPEG halves the
    resolution of chroma: it is blurred where luma is sharp. The result is their mean, weighted by contrast.
    """
    luma, chroma = np.maximum(edge[0] * edge[0], 0.5), np.maximum(edge[1] * edge[1] + edge[2] * edge[2], 0.5)
    of_luma = np.clip(off[0] * edge[0] / luma, least, 1)
    of_chroma = np.clip((off[1] * edge[1] + off[2] * edge[2]) / chroma, least, 1)
    misfit = np.square(off[0] - of_luma * edge[0])
    for channel in (1, 2):
        misfit += np.square(off[channel] - of_chroma * edge[channel])
    return (of_luma * luma + of_chroma * chroma) / (luma + chroma), misfit


def _same(labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(H, W): whether the whole 3 x 3 block around a pixel has one label; False at the edge of the picture."""
    small = labels.astype(np.uint8)  # at most 256 classes, and small types are fast
    row = (small[:, 1:-1] == small[:, :-2]) & (small[:, 1:-1] == small[:, 2:])
    column = (small[1:-1] == small[:-2]) & (small[1:-1] == small[2:])
    same = np.zeros(small.shape, dtype=bool)
    same[1:-1, 1:-1] = row[1:-1] & row[:-2] & row[2:] & column[:, 1:-1]
    return same


def _exact(distance: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(H, W): whether a pixel and its eight neighbours have exact colours of the code."""
    return ~_grow(distance > 1)


def _grow(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(H, W): all pixels of the 3 x 3 blocks around the marked ones."""
    wide = marked.copy()
    wide[:, 1:] |= marked[:, :-1]
    wide[:, :-1] |= marked[:, 1:]
    grown = wide.copy()
    grown[1:] |= wide[:-1]
    grown[:-1] |= wide[1:]
    return grown


def _find_ends(trusted: NDArray[np.bool_], reading: NDArray[np.integer]) -> Ends:
    height, width = trusted.shape
    pad = width + 2 * _REACH
    frame = np.zeros((height + 2 * _REACH, pad), dtype=np.uint8)
    frame[_REACH:-_REACH, _REACH:-_REACH] = trusted
    frame = frame.reshape(-1)
    pixel = np.flatnonzero(~trusted.reshape(-1))
    y, x = np.divmod(pixel, width)
    start = y * pad + x  # the index in a frame that begins _REACH rows and columns earlier
    reach = np.zeros((len(_AXES), 2, len(pixel)), dtype=np.uint8)
    around = np.empty(reach.shape, dtype=reading.dtype)
    for axis, (dy, dx) in enumerate(_AXES):
        for side, sign in enumerate((1, -1)):
            steps = reach[axis, side]
            for k in range(1, _REACH + 1):  # the nearest hit has the largest value
                hit = frame[_REACH * (pad + 1) + sign * k * (dy * pad + dx) :].take(start)
                hit *= np.uint8(_REACH + 1 - k)
                np.maximum(steps, hit, out=steps)
            np.subtract(_REACH + 1, steps, out=steps, where=steps > 0)
            end = np.multiply(steps, sign * (dy * width + dx), dtype=np.intp)
            end += pixel
            reading.reshape(-1).take(end, out=around[axis, side], mode="clip")  # "clip" writes without a buffer
    found: NDArray[np.bool_] = np.logical_and(reach[:, 0], reach[:, 1])
    return Ends(pixel, around, reach, found)
