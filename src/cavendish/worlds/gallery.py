"""Layers of samples as pictures: a folder of PNG files for one, an HTML page for several."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cavendish import codes
from cavendish.datasets.sample import Sample
from cavendish.errors import DatasetError
from cavendish.html_page import data_url, render


def layers(sample: Sample) -> dict[str, NDArray[np.uint8]]:
    """The picture, depth and normals as the codes paint them, instances and classes in distinct colours, and edits."""
    assert sample.depth is not None and sample.normals is not None
    assert sample.instances is not None and sample.labels is not None
    found = {
        "image": sample.image,
        "depth": codes.depth_to_rgb(sample.depth),
        "normals": codes.normals_to_rgb(sample.normals, valid=np.isfinite(sample.depth)),
        "instances": tinted(sample.instances),
        "classes": tinted(sample.labels + 1),
    }
    return found | {f"edit{k}": edit.image for k, edit in enumerate(sample.edits)}


def tinted(ids: NDArray[np.int32]) -> NDArray[np.uint8]:
    """(H, W, 3) colours for ids: 0 is black, consecutive ids differ clearly."""
    palette = np.zeros((int(ids.max(initial=0)) + 1, 3), np.uint8)
    for k in range(1, len(palette)):
        hue = k * 0.61803398875 % 1 * 6
        value, soft = (255, 190, 140)[k % 3], (0, 60, 110)[k // 3 % 3]
        ramp = np.clip(np.abs((np.array([hue, hue + 4, hue + 2]) % 6) - 3) - 1, 0, 1)
        palette[k] = np.minimum(soft + ramp * (value - min(soft, value)), 255)
    return palette[ids]


def save_layers(sample: Sample, folder: Path) -> list[Path]:
    """Write every layer as a PNG and all texts as one text file; gives the paths."""
    from PIL import Image

    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, picture in layers(sample).items():
            paths.append(folder / f"{sample.key}.{name}.png")
            Image.fromarray(picture).save(paths[-1])
        paths.append(folder / f"{sample.key}.txt")
        paths[-1].write_text("\n".join(texts(sample)) + "\n")
        return paths
    except OSError as error:
        raise DatasetError(f"{folder} cannot be written to: {error.strerror or error}.") from error


def texts(sample: Sample) -> list[str]:
    """Captions, expressions and edit instructions, one for each line."""
    lines = list(sample.captions)
    lines += [f"[{e.kind}] {e.text} -> {', '.join(map(str, e.ids)) or 'nothing'}" for e in sample.expressions]
    return lines + [f"[edit: {e.kind}] {e.instruction}" for e in sample.edits]


def page(samples: Sequence[Sample], path: Path) -> None:
    """One HTML file with all layers of the samples, pictures inside."""
    scenes = [
        {
            "title": f"{sample.meta['family']}, {sample.meta['layout'].replace('_', ' ')}: {sample.key}",
            "pictures": [(name, data_url(picture)) for name, picture in layers(sample).items()],
            "texts": texts(sample),
        }
        for sample in samples
    ]
    text = render(Path(__file__).with_suffix(".html.jinja"), scenes=scenes)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DatasetError(f"{path} cannot be written: {error.strerror or error}.") from error
