"""Processors of transformers for still pictures: their part for videos needs torchvision, and nobody here needs it."""

from __future__ import annotations

from typing import Any


def for_stills(processor: Any) -> Any:
    """A processor class without its part for videos, under the same name; what it makes of pictures is the same."""
    attributes = [name for name in processor.get_attributes() if name != "video_processor"]
    own = {"get_attributes": classmethod(lambda cls: attributes), "__module__": processor.__module__}
    return type(processor.__name__, (processor,), own)
