"""Metric depth errors of one picture; a benchmark's number is the mean over pictures, as in every project.

Nothing is aligned: no scale, no shift. Which pixels count, and how a prediction is clamped before, is the business
of a protocol (depth_protocols.py).
"""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError

_BLOCK = 1 << 15  # pixels at a time, so that temporaries stay in the cache


@dataclass(frozen=True)
class DepthScore:
    """Errors with p the prediction, g the truth, r = max(p/g, g/p), e = ln p - ln g, over the valid pixels.

    SILog has four published variants, each under the name of a project that uses it.
    """

    delta1: float  # share of r < 1.25, strictly
    delta2: float  # r < 1.25^2
    delta3: float  # r < 1.25^3
    abs_rel: float  # mean |p - g| / g
    sq_rel: float  # mean (p - g)^2 / g, metres
    rmse: float  # metres
    rmse_log: float  # sqrt mean e^2
    log10: float  # mean |log10 p - log10 g|
    silog_bts: float  # 100 sqrt(E[e^2] - E[e]^2); also ZoeDepth, Marigold
    silog_unik3d: float  # 100 std(e) with n - 1; also UniDepth; NaN for one pixel
    silog_metric3d: float  # sqrt(E[e^2] - E[e]^2)
    silog_dav2: float  # sqrt(E[e^2] - E[e]^2 / 2)


def depth_score(
    prediction: NDArray[np.floating],
    truth: NDArray[np.floating],
    valid: NDArray[np.bool_] | None = None,
    abs_rel_eps: float = 0.0,
) -> DepthScore | None:
    """Errors over the valid pixels of one picture, computed in float64.

    `prediction` and `truth` are (H, W) metres, `valid` (H, W). True depth that is not finite and positive never counts,
    whatever `valid` says. None when no pixel counts: such a picture is skipped and counted by the caller. The
    prediction is taken as it is: at p = 0 every delta misses and the logarithmic errors are inf or NaN. `abs_rel_eps`
    is added to the truth in AbsRel's denominator (MoGe has 1e-6).
    """
    if prediction.shape != truth.shape or (valid is not None and valid.shape != truth.shape):
        shapes = [a.shape for a in (prediction, truth, valid) if a is not None]
        raise MetricError(f"Prediction, truth and valid mask must have one shape, not {shapes}.")
    p, g = prediction.reshape(-1), truth.reshape(-1)
    if valid is not None or not (g.size and g.min() > 0 and g.max() < np.inf):  # a dense truth needs no mask at all
        usable = truth > 0
        usable &= truth < np.inf
        if valid is not None:
            usable &= valid
        where = np.flatnonzero(usable)
        if len(where) == 0:
            return None
        if len(where) < len(g):
            p, g = p[where], g[where]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _score(_block_sums(p, g, abs_rel_eps), len(g))


def _block_sums(p: NDArray[np.floating], g: NDArray[np.floating], abs_rel_eps: float) -> NDArray[np.float64]:
    """One row of sums a block; e is summed around the block's own mean, so that SILog does not cancel.

    The work is done in place in a few small buffers: in fresh arrays most of the time would go into memory.
    """
    size = min(_BLOCK, len(p))
    buffers, close = np.empty((4, size)), np.empty(size, bool)
    rows = []
    for start in range(0, len(p), size):
        length = min(size, len(p) - start)
        a, b, quotient, x = (buffer[:length] for buffer in buffers)
        a[...], b[...] = p[start : start + length], g[start : start + length]
        np.divide(a, b, out=quotient)
        np.maximum(quotient, np.divide(b, a, out=x), out=x)  # r
        within = [np.count_nonzero(np.less(x, 1.25**k, out=close[:length])) for k in (1, 2, 3)]
        np.subtract(a, b, out=a)  # p - g
        np.subtract(quotient, 1, out=x)  # (p - g) / g to 1e-16, without another division, the slowest of all steps
        sq_rel = _dot(x, a)
        if abs_rel_eps:
            x *= b / (b + abs_rel_eps)
        absolute = np.abs(x, out=x).sum()
        e = np.log(quotient, out=quotient)
        e_abs = np.abs(e, out=x).sum()
        e_mean = e.sum() / length
        e -= e_mean
        rows.append((*within, absolute, sq_rel, _dot(a, a), e_abs, length, e_mean, _dot(e, e)))
    return np.array(rows)


def _dot(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    return float(np.einsum("i,i", x, y))  # `@` would start BLAS's threads for a few microseconds of work


def _score(blocks: NDArray[np.float64], n: int) -> DepthScore:
    within1, within2, within3, absolute, sq_rel, squares, e_abs, *_ = blocks.sum(0)
    sizes, means, centred = blocks[:, 7], blocks[:, 8], blocks[:, 9]
    mean = float(sizes @ means) / n
    scatter = float(centred.sum() + sizes @ (means - mean) ** 2)  # sum of (e - mean)^2 over all blocks
    variance = scatter / n
    return DepthScore(
        delta1=float(within1) / n,
        delta2=float(within2) / n,
        delta3=float(within3) / n,
        abs_rel=float(absolute) / n,
        sq_rel=float(sq_rel) / n,
        rmse=sqrt(squares / n),
        rmse_log=_root(variance + mean * mean),
        log10=float(e_abs) / n / log(10),
        silog_bts=100 * _root(variance),
        silog_unik3d=100 * _root(scatter / (n - 1)) if n > 1 else float("nan"),
        silog_metric3d=_root(variance),
        silog_dav2=_root(variance + mean * mean / 2),
    )


def _root(x: float) -> float:
    return float(np.sqrt(x))  # NaN and inf pass, where math.sqrt raises
