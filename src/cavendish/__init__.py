"""Cavendish makes image generators see: it reads exact masks, metric depth and normals from pictures they paint."""

from importlib.metadata import version

__version__ = version("cavendish")
