"""HTML pages without any other file: jinja2 templates, with the pictures inside."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cavendish.errors import optional_import


def render(template: Path, **values: Any) -> str:
    """The page of a template; text among the values is escaped."""
    with optional_import("HTML pages need jinja2", "jinja2"):
        import jinja2
    loader = jinja2.FileSystemLoader(template.parent)
    made = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return made.get_template(template.name).render(values)


def data_url(picture: NDArray[np.uint8] | Image.Image, side: int | None = None) -> str:
    """A picture as the source of an <img>, its longer side at most `side` pixels."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    if side is not None and max(image.size) > side:
        image = image.copy()
        image.thumbnail((side, side))
    file = io.BytesIO()
    image.save(file, "PNG", optimize=side is not None)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
