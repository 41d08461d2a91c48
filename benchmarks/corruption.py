"""What happens to a painting between a generator's mind and its pixels, and random layouts to try it on."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

OVERSAMPLING = 4


def layout(classes: int, size: int, rng: np.random.Generator, cells: int = 40) -> NDArray[np.int32]:
    """(size * OVERSAMPLING) squared labels: curved cells, about as many of every class, none with itself beside it."""
    from scipy.ndimage import gaussian_filter, zoom
    from scipy.spatial import KDTree

    side = size * OVERSAMPLING
    sites = rng.uniform(0, side, (max(cells, classes), 2))
    label = rng.permutation(np.arange(len(sites)) % classes)
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1)
    warp = [zoom(gaussian_filter(rng.normal(size=(33, 33)), 2), side / 33, order=1)[:side, :side] for _ in range(2)]
    _, nearest = KDTree(sites).query(
        grid + 0.6 * side * np.stack(warp, axis=-1) / np.sqrt(max(cells, classes)), workers=-1
    )
    return label[nearest].astype(np.int32)


def window(shape: tuple[int, ...], centre: tuple[float, float], reach: float) -> tuple[slice, slice]:
    """The rows and columns within `reach` of a point."""
    rows, columns = (
        slice(max(0, int(place - reach)), min(side, int(place + reach) + 2)) for place, side in zip(centre, shape)
    )
    return rows, columns


def with_lines(
    fine: NDArray[np.int32], count: int, rng: np.random.Generator, width: int = 3
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """`fine` crossed by lines `width` pixels wide, 30 to 90 long, in any of its classes; and where they are.

    The second is at the size of the painting.
    """
    y, x = np.mgrid[: fine.shape[0], : fine.shape[1]].astype(np.float32)
    crossed, lines = fine.copy(), np.zeros(fine.shape, dtype=bool)
    for _ in range(count):
        (cy, cx), angle = rng.uniform(0.1, 0.9, 2) * fine.shape, rng.uniform(0, np.pi)
        length = rng.uniform(30, 90)
        near = window(fine.shape, (cy, cx), (length + width) / 2 * OVERSAMPLING)
        right, down = x[near] - cx, y[near] - cy
        along = np.abs(right * np.cos(angle) + down * np.sin(angle))
        across = np.abs(right * np.sin(angle) - down * np.cos(angle))
        line = (along < length / 2 * OVERSAMPLING) & (across < width / 2 * OVERSAMPLING)
        crossed[near][line] = rng.integers(fine.max() + 1)
        lines[near] |= line
    half = OVERSAMPLING // 2
    return crossed, lines[half::OVERSAMPLING, half::OVERSAMPLING]


def truth(fine: NDArray[np.int32]) -> NDArray[np.int32]:
    """The label at the centre of every pixel of the painting."""
    half = OVERSAMPLING // 2
    return fine[half::OVERSAMPLING, half::OVERSAMPLING]


def antialiased(fine_rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Borders blended over two pixels: a box filter two pixels wide, sampled at the pixels' centres."""
    from scipy.ndimage import uniform_filter

    width = 2 * OVERSAMPLING
    blurred = uniform_filter(fine_rgb.astype(np.float64), size=(width, width, 1), mode="nearest")
    half = OVERSAMPLING // 2
    return blurred[half::OVERSAMPLING, half::OVERSAMPLING]


def blurred(rgb: NDArray[np.floating]) -> NDArray[np.float64]:
    """Halved by averaging and enlarged again bilinearly."""
    size = (rgb.shape[1], rgb.shape[0])
    channels = []
    for c in range(3):
        image = Image.fromarray(rgb[..., c].astype(np.float32))
        small = image.resize((size[0] // 2, size[1] // 2), Image.Resampling.BOX)
        channels.append(np.asarray(small.resize(size, Image.Resampling.BILINEAR)))
    return np.stack(channels, axis=-1).astype(np.float64)


def noisy(rgb: NDArray[np.floating], rng: np.random.Generator, sigma: float = 8.0) -> NDArray[np.float64]:
    """Gaussian noise of `sigma` levels in every channel."""
    return rgb + rng.normal(0, sigma, rgb.shape)


def rounded(rgb: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Back to 8-bit levels."""
    return np.clip(np.rint(rgb), 0, 255).astype(np.uint8)


def jpeg(rgb: NDArray[np.uint8], quality: int = 75) -> NDArray[np.uint8]:
    """Through JPEG with 4:2:0 chroma."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    return np.asarray(Image.open(buffer))


CORRUPTIONS = ("blur", "antialias", "noise", "jpeg", "all")


def corrupt(fine_rgb: NDArray[np.uint8], kind: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """`fine_rgb`, a painting at OVERSAMPLING times its size, as it arrives at its size after the named corruption."""
    half = OVERSAMPLING // 2
    rgb: NDArray[np.floating] = fine_rgb[half::OVERSAMPLING, half::OVERSAMPLING].astype(np.float64)
    if kind in ("antialias", "all"):
        rgb = antialiased(fine_rgb)
    if kind in ("blur", "all"):
        rgb = blurred(rgb)
    if kind in ("noise", "all"):
        rgb = noisy(rgb, rng)
    return jpeg(rounded(rgb)) if kind in ("jpeg", "all") else rounded(rgb)


def depth_scene(size: int, rng: np.random.Generator, objects: int = 20) -> NDArray[np.float64]:
    """(size * OVERSAMPLING) squared metres: a floor that recedes to a wall, and slanted discs and boards before it."""
    side = size * OVERSAMPLING
    y, x = np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side), indexing="ij")
    depth = np.minimum(1.5 / np.maximum(y - 0.35, 1e-3), rng.uniform(8, 40))
    for distance in np.sort(np.exp(rng.uniform(np.log(1.2), np.log(20), objects)))[::-1]:
        cy, cx, h, w = rng.uniform(0, 1), rng.uniform(0, 1), *rng.uniform(0.03, 0.15, 2)
        inside = (
            ((y - cy) / h) ** 2 + ((x - cx) / w) ** 2 < 1 if rng.integers(2) else (abs(y - cy) < h) & (abs(x - cx) < w)
        )
        slanted = distance * (1 + 0.5 * (x - cx) * rng.normal() + 0.5 * (y - cy) * rng.normal())
        depth = np.where(inside, slanted, depth)
    return depth


def instance_scene(count: int, size: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """(size * OVERSAMPLING) squared ids, 0 for background: discs and boards that touch and hide each other."""
    side = size * OVERSAMPLING
    y, x = np.ogrid[:side, :side]
    ids = np.zeros((side, side), dtype=np.int32)
    for k in range(1, count + 1):
        cy, cx = rng.uniform(0.05, 0.95, 2) * side
        h = side * min(0.16, 0.375 / np.sqrt(count)) * rng.uniform(0.5, 1.2)
        w = h * rng.uniform(0.6, 1.4)
        disc = ((y - cy) / h) ** 2 + ((x - cx) / w) ** 2 < 1
        ids[disc if rng.integers(2) else (abs(y - cy) < h) & (abs(x - cx) < w)] = k
    return ids


def stray_share(labels: NDArray[np.int32], want: NDArray[np.int32], reach: int = 3) -> float:
    """The share of pixels read as a class that the truth has nowhere within `reach` pixels: on neither side."""
    from scipy.ndimage import maximum_filter

    stray = np.ones(want.shape, dtype=bool)
    for k in np.unique(want):
        stray &= ~((labels == k) & (maximum_filter((want == k).astype(np.uint8), 2 * reach + 1) > 0))
    return float(stray.mean())


def score_instances(masks: NDArray[np.bool_], want: NDArray[np.bool_]) -> tuple[float, float]:
    """F1 at IoU 0.5 and the mean F1 over IoU 0.5 to 0.95, with the best one-to-one matching."""
    from scipy.optimize import linear_sum_assignment

    flat, flat_want = (m.reshape(len(m), int(np.prod(want.shape[1:]))).astype(np.float32) for m in (masks, want))
    inter = flat @ flat_want.T
    iou = inter / np.maximum(flat.sum(axis=1)[:, None] + flat_want.sum(axis=1) - inter, 1)
    matched = iou[linear_sum_assignment(-iou)]
    f1 = [2 * (matched >= t).sum() / max(len(masks) + len(want), 1) for t in np.arange(0.5, 1, 0.05)]
    return float(f1[0]), float(np.mean(f1))


def strays_in_depth(metres: NDArray[np.floating], want: NDArray[np.floating], tolerance: float = 0.05) -> float:
    """The share of pixels over `tolerance` outside the interval of the truth in their 5 x 5 neighbourhood."""
    from scipy.ndimage import maximum_filter, minimum_filter

    low, high = minimum_filter(want, 5) * (1 - tolerance), maximum_filter(want, 5) * (1 + tolerance)
    return float(((metres < low) | (metres > high)).mean())
