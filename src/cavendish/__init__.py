"""Cavendish makes image generators see: it reads exact masks, metric depth and normals from pictures they paint."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cavendish.decoding import decode as decode
    from cavendish.loading import load as load
    from cavendish.model import VisionModel as VisionModel
    from cavendish.results import DepthMap as DepthMap
    from cavendish.results import Instances as Instances
    from cavendish.results import Mask as Mask
    from cavendish.results import NormalMap as NormalMap
    from cavendish.results import SemanticMap as SemanticMap

    __version__: str

_HOMES = {"decode": "cavendish.decoding", "load": "cavendish.loading", "VisionModel": "cavendish.model"}
_HOMES |= dict.fromkeys(("DepthMap", "Instances", "Mask", "NormalMap", "SemanticMap"), "cavendish.results")

__all__ = ["DepthMap", "Instances", "Mask", "NormalMap", "SemanticMap", "VisionModel", "decode", "load"]


def __getattr__(name: str) -> Any:
    """The public names, each imported when it is first asked for; the version, read from the installed package."""
    if name == "__version__":
        return _version()
    if name not in _HOMES:
        raise AttributeError(f"module 'cavendish' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def _version() -> str:
    """ "source" where the package is not installed: a machine that is lent for an hour runs it as it lies."""
    metadata = import_module("importlib.metadata")
    try:
        return str(metadata.version("cavendish"))
    except metadata.PackageNotFoundError:
        return "source"


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
