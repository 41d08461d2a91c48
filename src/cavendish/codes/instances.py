"""Instance masks to colours and back: one flat colour each, in number and colours unknown to the reader."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cavendish.codes.colors import GRID, RGB, distinct_colors, parse_color
from cavendish.codes.labels import nearest_color, read_labels
from cavendish.codes.paint import as_levels, as_masks
from cavendish.codes.repair import is_smooth
from cavendish.codes.thin_regions import MIN_CORE, is_seam, sliver_colors
from cavendish.errors import CodeError

TOLERANCE = 14.0  # levels: pixels whose colours are nearer belong together, as in the paper
MIN_AREA = 2e-4  # of the painting: smaller regions are specks
_SLOPE, _SLOPE_NOISE = 10.0, 2.5  # levels that flat paint may change over two pixels, and more per level of noise
_FROM_GROUND, _APART = 60.0, 40.0  # levels between place colours and the background, and between each other
_LOSSLESS = 0.98  # of flat blocks have exactly one colour in a painting without noise or compression
_CLEAR, _MIN_PIECE = 140.0, 0.01  # levels from the background, and minimal share of the painting, of pieces
_MAX_BOX_GROWTH = 5.0  # pieces are one instance if their joint box is at most this many times their boxes


def instances_to_rgb(
    masks: ArrayLike,
    background: str | Sequence[int] = "black",
    colors: Iterable[str | Sequence[int]] | None = None,
    seed: int | None = 0,
) -> NDArray[np.uint8]:
    """Paint (N, H, W) bool masks, each in its own colour, as (H, W, 3) uint8; later ones cover earlier.

    `colors` gives the colours, in any form that `parse_color` reads. Without it, for N up to 255, `seed` draws distinct
    colours, and with seed None each instance has the colour of its place (`place_colors`). CodeError for masks of
    another shape or dtype, ColorError for what is not a colour.
    """
    regions = as_masks(masks)
    ground = parse_color(background)
    ids = np.zeros(regions.shape[1:], dtype=np.int32)
    for number, mask in enumerate(regions, start=1):
        ids[mask] = number
    if colors is None:
        if len(regions) > 255:
            raise CodeError(f"one painting holds at most 255 instances, not {len(regions)}")
        if seed is None:
            colors = place_colors(_middles(ids, len(regions)), ground)
        else:
            colors = distinct_colors(len(regions), seed=seed, avoid=[ground])
    palette = [ground, *(parse_color(color) for color in colors)]
    if len(palette) != len(regions) + 1:
        raise CodeError(f"colors must be one for each of {len(regions)} masks, not {len(palette) - 1}")
    return np.array(palette, dtype=np.uint8)[ids]


def _middles(ids: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    """(count, 2) x and y in [0, 1] of the centroids of the visible parts of regions 1 to count; 0 for hidden ones."""
    y, x = np.nonzero(ids)
    number = ids[y, x]
    area = np.maximum(np.bincount(number, minlength=count + 1)[1:], 1)
    places = [np.bincount(number, at + 0.5, minlength=count + 1)[1:] / area for at in (x, y)]
    return np.stack(places, axis=-1) / np.maximum(ids.shape[::-1], 1)


def place_colors(middles: ArrayLike, ground: RGB) -> NDArray[np.uint8]:
    """(N, 3) uint8: a colour for each instance by its place, the x and y of its middle (N, 2), 0 to 1 over the picture.

    Where colours are free, a network trained by regression paints the mean of all possible colours, which is gray; a
    smooth function of the place has one right answer and can be learnt. Red follows x and green follows y. Blue is a
    wave that crosses its range twice from left to right and three times from top to bottom, so that neighbours differ.
    The channel in which the background `ground` is farthest from medium gray stays 60 levels from it. In the order of
    their places, an instance less than 40 levels from those before it moves to the nearest colour that is farther from
    all of them, as long as there is one (up to about two hundred instances).
    """
    x, y = np.clip(np.reshape(np.asarray(middles, dtype=np.float64), (-1, 2)), 0, 1).T
    levels = 255 * np.stack([x, y, np.abs((2 * x + 3 * y) % 2 - 1)], axis=-1)
    channel = max((2, 1, 0), key=lambda c: abs(ground[c] - 127.5))
    level = ground[channel]
    span = (0, level - _FROM_GROUND) if level > 127 else (level + _FROM_GROUND, 255)
    levels[:, channel] = np.interp(levels[:, channel], (0, 255), span)
    grid = GRID[np.linalg.norm(GRID - ground, axis=1) >= _FROM_GROUND]
    room = np.full(len(grid), np.inf)  # distance from each colour of the grid to the nearest taken one
    taken: list[int] = []
    for k in np.lexsort((x, y)):
        if np.linalg.norm(levels[taken] - levels[k], axis=1).min(initial=np.inf) < _APART:
            open_colors = grid[room >= min(_APART, room.max())]
            levels[k] = open_colors[np.linalg.norm(open_colors - levels[k], axis=1).argmin()]
        room = np.minimum(room, np.linalg.norm(grid - levels[k], axis=1))
        taken.append(k)
    return levels.round().astype(np.uint8)


def rgb_to_instances(rgb: ArrayLike, background: str | Sequence[int] = "black") -> NDArray[np.bool_]:
    """Read (H, W, 3) RGB, uint8 or float in [0, 1], as masks (N, H, W) bool that do not overlap, the largest first.

    The flat colours of the painting and the background are the legend. Pixels are read by it with blends repaired (as
    in `rgb_to_labels`), and the connected regions of each colour are instances; regions close together are one (the
    paper's rule for pieces behind an occluder). Specks under 2e-4 of the painting and blended borders are dropped.
    """
    image = as_levels(rgb)
    if not image.size:
        return np.zeros((0, *image.shape[:2]), dtype=bool)
    rows, columns = (3 if side < 3 else 1 for side in image.shape[:2])  # a line of pixels is read as a wider strip
    image = image.repeat(rows, axis=0).repeat(columns, axis=1)
    ground = parse_color(background)
    palette = np.vstack([[ground], _flat_colors(image, ground)]).astype(np.uint8)
    slivers = sliver_colors(image, *nearest_color(image, palette), palette, MIN_AREA * image[..., 0].size / 2)
    palette = np.vstack([palette, slivers]).astype(np.uint8)[:256]
    labels, _ = read_labels(image, palette)
    regions = [region for region in _regions(labels, len(palette)) if not is_seam(image, labels, palette, *region)]
    regions.sort(key=lambda region: -int(region[1].sum()))
    masks = np.zeros((len(regions), *labels.shape), dtype=bool)
    for mask, (box, inside) in zip(masks, regions):
        mask[box] = inside
    return masks[:, rows // 2 :: rows, columns // 2 :: columns]


def rgb_to_pieces(rgb: ArrayLike, background: str | Sequence[int] = "black") -> NDArray[np.bool_]:
    """(N, H, W) bool, largest first: connected regions that are clearly not background.

    For generators that do not paint flat colours: `rgb_to_instances` would split an instance whose colour varies.
    Instances that touch become one. Only pixels over 140 levels from the background count, and only regions of at least
    1 % of the painting.
    """
    from scipy import ndimage

    image = as_levels(rgb).astype(np.float32)
    clear = np.linalg.norm(image - np.array(parse_color(background), np.float32), axis=-1) > _CLEAR
    pieces, count = ndimage.label(ndimage.binary_opening(clear))
    area = np.bincount(pieces.reshape(-1), minlength=count + 1)
    kept = [k for k in np.argsort(-area, kind="stable") if k and area[k] >= _MIN_PIECE * pieces.size]
    return np.array([pieces == k for k in kept], dtype=bool).reshape(len(kept), *pieces.shape)


Box = tuple[slice, slice]
Region = tuple[Box, NDArray[np.bool_]]  # a box in the painting and the pixels inside it


def _regions(labels: NDArray[np.int32], colors: int) -> list[Region]:
    """The instances of every label except 0, the background: merged pieces, without specks and seams."""
    from scipy import ndimage

    least = MIN_AREA * labels.size
    found: list[Region] = []
    for label, box in enumerate(ndimage.find_objects(labels, max_label=colors - 1), start=1):
        if box is None:
            continue
        pieces, _ = ndimage.label(labels[box] == label, structure=np.ones((3, 3), dtype=bool))
        area = np.bincount(pieces.reshape(-1))
        kept: dict[int, Box] = {}
        for piece, place in enumerate(ndimage.find_objects(pieces), start=1):
            if area[piece] >= least / 4:
                core = ndimage.binary_erosion(pieces[place] == piece, np.ones((3, 3), dtype=bool))
                if core.sum() >= MIN_CORE * area[piece]:
                    kept[piece] = place
        for group in _groups(kept):
            if area[group].sum() >= least:
                rows, columns = _joint([kept[piece] for piece in group])
                top, left = box[0].start, box[1].start
                place = (slice(rows.start + top, rows.stop + top), slice(columns.start + left, columns.stop + left))
                found.append((place, np.isin(pieces[rows, columns], group)))
    return found


def _groups(boxes: dict[int, Box]) -> list[list[int]]:
    """Keys of boxes that belong together: groups merge while their joint box is not much larger than their boxes.

    Boxes of thin pieces have little area, so groups also merge if their gap is at most the length of the shorter one.
    """
    groups = [[k] for k in boxes]
    joined = True
    while joined:
        joined = False
        for i in range(len(groups)):
            for j in range(len(groups) - 1, i, -1):
                members = [boxes[k] for k in groups[i] + groups[j]]
                small = _area(_joint(members)) <= _MAX_BOX_GROWTH * sum(_area(box) for box in members)
                if small or _beside(*(_joint([boxes[k] for k in groups[n]]) for n in (i, j))):
                    groups[i] += groups.pop(j)
                    joined = True
    return groups


def _joint(boxes: list[Box]) -> Box:
    rows, columns = (
        slice(min(box[axis].start for box in boxes), max(box[axis].stop for box in boxes)) for axis in range(2)
    )
    return rows, columns


def _beside(one: Box, other: Box) -> bool:
    gap = [max(a.start - b.stop, b.start - a.stop, 0) for a, b in zip(one, other)]
    return bool(np.hypot(*gap) <= min(max(side.stop - side.start for side in box) for box in (one, other)))


def _area(box: Box) -> int:
    return int((box[0].stop - box[0].start) * (box[1].stop - box[1].start))


def _flat_colors(image: NDArray[np.uint8], background: Sequence[int]) -> NDArray[np.float64]:
    """(K, 3) the flat colours of `image` except the background's, most frequent first.

    A histogram of the means of flat 2 x 2 blocks has cells of 16 levels, or 8 in a lossless painting. Mean shift from
    the fullest cell finds a colour, everything near it is removed, and so on until only specks are left.
    """
    even = image[: image.shape[0] // 2 * 2, : image.shape[1] // 2 * 2]
    quarter = [even[0::2, 0::2], even[0::2, 1::2], even[1::2, 0::2], even[1::2, 1::2]]
    spread = (np.maximum.reduce(quarter) - np.minimum.reduce(quarter)).max(axis=-1)
    noise = float(np.median(spread[::3, ::3])) / 2.0  # four Gaussian samples range over 2 sigma
    steep = _SLOPE + _SLOPE_NOISE * noise
    steady = is_smooth(image, steep)[: even.shape[0], : even.shape[1]]
    flat = (steady[0::2, 0::2] | steady[1::2, 1::2] | steady[0::2, 1::2] | steady[1::2, 0::2]) & (spread <= steep)
    lossless = np.mean(spread[flat] == 0) > _LOSSLESS if flat.any() else True
    mean = np.add.reduce(quarter, dtype=np.uint16)[flat] / 4.0
    size = 8 if lossless else 16
    _, cell, count = np.unique((mean // size) @ (1024, 32, 1), return_inverse=True, return_counts=True)
    count = count.astype(np.float64)
    color = np.stack([np.bincount(cell, mean[:, c], minlength=len(count)) for c in range(3)], axis=-1) / count[:, None]
    radius = TOLERANCE + 2 * noise
    taken = TOLERANCE if lossless else 2 * radius
    count[np.linalg.norm(color - background, axis=1) <= taken] = 0
    least = max(2.0, MIN_AREA * image.shape[0] * image.shape[1] / 40)  # a tenth of the smallest region, in blocks
    colors: list[NDArray[np.float64]] = []
    while len(colors) < 255 and count.max(initial=0) >= 1:
        center = color[count.argmax()]
        for _ in range(5):
            near = (np.linalg.norm(color - center, axis=1) <= taken / 2) * count
            center = (near @ color) / near.sum()
        near = np.linalg.norm(color - center, axis=1) <= taken
        if (near * count).sum() >= least:
            colors.append(center)
        count[near | (color == color[count.argmax()]).all(axis=1)] = 0
    return np.array(colors).reshape(-1, 3)
