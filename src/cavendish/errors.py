"""Every error a user can cause, each carrying one clear sentence.

The command line prints that sentence without a traceback and exits with code 2. The classes also derive from the
built-in exception a Python programmer would expect, so `except ValueError` keeps working.
"""

import difflib
from collections.abc import Iterable


class CavendishError(Exception):
    """The base of all errors that Cavendish raises on purpose."""


class CodeError(CavendishError, ValueError):
    """An array or a parameter that a code cannot paint or read: wrong shape, dtype, range, or not finite."""


class ColorError(CavendishError, ValueError):
    """A colour that cannot be understood."""


class LegendError(CavendishError, ValueError):
    """A legend that cannot be read from a text, or whose colours cannot be told apart."""


class TaskError(CavendishError, ValueError):
    """An unknown task, or options that a task does not have."""


class ImageError(CavendishError, ValueError):
    """A picture that cannot be read, or is not a picture."""


class ExportError(CavendishError, ValueError):
    """A result that cannot be written: unknown suffix, missing option, folder that is not there."""


class DatasetError(CavendishError, ValueError):
    """A data set, shard or sample that is not what its layout promises."""


class MetricError(CavendishError, ValueError):
    """A prediction and a truth that cannot be compared, or a protocol that does not exist."""


class BenchmarkError(CavendishError, ValueError):
    """A benchmark folder that is incomplete or not in its official layout, or a prediction that is missing."""


class MissingExtraError(CavendishError, ImportError):
    """An optional library that is needed and not installed; the sentence says the pip command."""


class ModelError(CavendishError, ValueError):
    """A model that cannot be loaded: unknown name, missing or broken checkpoint, an option it does not have."""


class TrainingError(CavendishError, ValueError):
    """A recipe or a run that makes no sense, or training that cannot go on."""


class GeneratorError(CavendishError, RuntimeError):
    """A generator that gave no usable picture."""


class PromptError(GeneratorError, ValueError):
    """An instruction that a generator cannot take: empty, or longer than it reads."""


class RefusedError(GeneratorError):
    """A hosted generator that declines to paint this, by its safety rules."""


class NoPictureError(GeneratorError):
    """An answer that is not a picture, or a picture that is broken or of another shape than was asked for."""


class ServiceError(GeneratorError):
    """A service that could not be reached, was too slow, or kept failing after the retries."""


class CostError(GeneratorError):
    """A call that would exceed the money allowed."""


class DeviceMemoryError(GeneratorError, MemoryError):
    """A device without enough memory for the model or the picture."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: "; did you mean 'depth'?" if one of `known` is near it, else "."."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else "."
