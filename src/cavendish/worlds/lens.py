"""The camera after the lens: exposure, blur, noise, tone curve, JPEG."""

import io
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cavendish.worlds.scene import Lens, Scene
from cavendish.worlds.triangles import Floats


def exposure(radiance: Floats, scene: Scene) -> float:
    """The factor that brings the picture to middle gray: half by its mean, half by its 60th percentile."""
    light = radiance.mean(0)
    middle = float(np.sort(light)[int(len(light) * 0.6)])
    mean = float(np.minimum(light, middle * 4).astype(np.float64).sum() / len(light))
    factor = 0.30 / max(0.5 * (middle + mean), 1e-3)
    return float(factor * 2.0**scene.lens.exposure)


@cache
def _curve() -> NDArray[np.float32]:
    """A soft shoulder (Reinhard's, white at 5) and the sRGB curve, for 4096 steps of light up to 8."""
    x = (np.arange(4096) / 4095) ** 2 * 8
    y = np.clip(x * (1 + x / 25) / (1 + x), 0, 1)
    srgb = np.where(y <= 0.0031308, 12.92 * y, 1.055 * np.maximum(y, 1e-9) ** (1 / 2.4) - 0.055)
    return (srgb * 255).astype(np.float32)


def develop(radiance: Floats, depth: NDArray[np.float32], scene: Scene, gain: float, seed: int) -> NDArray[np.uint8]:
    """The (H, W, 3) picture of radiance (3, H, W) taken with the scene's lens at an exposure of `gain`."""
    lens = scene.lens
    height, width = depth.shape
    light = np.clip(radiance, 0, 64) * (np.array(lens.white, np.float32) * np.float32(gain))[:, None, None]
    if lens.aperture > 0:
        light = _defocus(light, depth, lens)
    if lens.blur > 0:
        light = _soften(light, lens.blur * height)
    if lens.motion != (0.0, 0.0):
        light = _smear(light, lens.motion[0] * height, lens.motion[1] * height)
    if lens.vignette > 0:
        y, x = np.mgrid[0:height, 0:width]
        r = ((x - width / 2) ** 2 + (y - height / 2) ** 2) / (width**2 + height**2) * 4
        light = light * (1 - lens.vignette * r).astype(np.float32)
    if lens.noise > 0:
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 77])))
        draw = rng.random((3, height, width), np.float32) + rng.random((3, height, width), np.float32) - 1
        light = light + draw * np.sqrt(light + np.float32(0.02)) * np.float32(lens.noise)
    if lens.saturation != 1:
        gray = light[0] * np.float32(0.25) + light[1] * np.float32(0.6) + light[2] * np.float32(0.15)
        light = gray + (light - gray) * np.float32(lens.saturation)
    index = np.sqrt(np.clip(light, 0, 8) * np.float32(1 / 8)) * np.float32(4095)
    value = _curve().take((index + np.float32(0.5)).astype(np.int64).ravel()).reshape(3, height, width)
    if lens.contrast != 1:
        value = (value - 118) * np.float32(lens.contrast) + 118
    image = np.ascontiguousarray(np.clip(value + np.float32(0.5), 0, 255).astype(np.uint8).transpose(1, 2, 0))
    return _through_jpeg(image, lens.jpeg) if lens.jpeg else image


def _soften(light: Floats, radius: float) -> Floats:
    """Blurred by a small separable kernel of `radius` pixels (one to three taps a side)."""
    reach = int(np.ceil(radius)) + 1
    taps = np.clip(1 - np.abs(np.arange(-reach, reach + 1)) / (radius + 1), 0, 1).astype(np.float32)
    taps /= taps.sum()
    for axis in (1, 2):
        pad = [(0, 0), (0, 0), (0, 0)]
        pad[axis] = (reach, reach)
        wide = np.pad(light, pad, mode="edge")
        size = light.shape[axis]
        light = sum(t * np.take(wide, range(k, k + size), axis) for k, t in enumerate(taps) if t > 0)
    return light


def _smear(light: Floats, dx: float, dy: float) -> Floats:
    """Motion blur along a short straight line (whole pixels)."""
    taps = max(2, int(np.ceil(max(abs(dx), abs(dy)))) + 1)
    height, width = light.shape[1:]
    y, x = np.arange(height), np.arange(width)
    total = np.zeros_like(light)
    for t in np.linspace(-0.5, 0.5, taps):
        rows = np.clip(y + round(dy * t), 0, height - 1)
        columns = np.clip(x + round(dx * t), 0, width - 1)
        total += light[:, rows][:, :, columns]
    return total / taps


def _defocus(light: Floats, depth: NDArray[np.float32], lens: Lens) -> Floats:
    """Depth of field: each pixel is blurred by its distance from the focus, in inverse metres."""
    far = np.where(np.isfinite(depth), depth, 1e4)
    amount = np.abs(1 / np.maximum(far, 0.05) - 1 / lens.focus) * lens.focus * lens.aperture * light.shape[1]
    mild, strong = _soften(light, 1.0), _soften(_soften(light, 2.0), 2.0)
    low, high = np.clip(amount, 0, 1).astype(np.float32), np.clip((amount - 1) / 2, 0, 1).astype(np.float32)
    out = light + (mild - light) * low
    return out + (strong - out) * high


def _through_jpeg(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """The picture after it was saved as JPEG and opened again."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))
