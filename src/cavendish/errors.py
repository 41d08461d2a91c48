"""All errors that a user can cause, each with one clear sentence.

The command line prints that sentence without a traceback and exits with code 2. The classes also derive from the
built-in exception a Python programmer would expect, so `except ValueError` keeps working.
"""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class CavendishError(Exception):
    """The base of all errors that Cavendish raises on purpose."""


class CodeError(CavendishError, ValueError):
    """An array or parameter that a code cannot paint or read: wrong shape, dtype or range, or not finite."""


class ColorError(CavendishError, ValueError):
    """A colour that cannot be understood."""


class LegendError(CavendishError, ValueError):
    """A legend that cannot be read from a text, or whose colours are too similar."""


class TaskError(CavendishError, ValueError):
    """An unknown task, or options that a task does not have."""


class ImageError(CavendishError, ValueError):
    """A picture that cannot be read, or a file that is no picture."""


class ExportError(CavendishError, ValueError):
    """A result that cannot be written: unknown suffix or option, missing folder, full disk."""


class DatasetError(CavendishError, ValueError):
    """A data set, shard or sample that does not follow its layout."""


class MetricError(CavendishError, ValueError):
    """A prediction that cannot be compared with the truth, or an unknown protocol."""


class BenchmarkError(CavendishError, ValueError):
    """A benchmark folder that is incomplete or not in its official layout, or a missing prediction."""


class MissingExtraError(CavendishError, ImportError):
    """An optional library that is not installed; the sentence gives the pip command."""


class ModelError(CavendishError, ValueError):
    """A model that cannot be loaded: unknown name, missing or broken checkpoint, an option it does not have."""


class TrainingError(CavendishError, ValueError):
    """A recipe or run with impossible settings, or training that cannot continue."""


class GeneratorError(CavendishError, RuntimeError):
    """A generator that returned no usable picture."""


class PromptError(GeneratorError, ValueError):
    """An instruction that a generator cannot use: empty or too long."""


class RefusedError(GeneratorError):
    """A hosted generator that refuses the request by its safety rules."""


class NoPictureError(GeneratorError):
    """An answer without a picture, or with a picture that is broken or has another shape than requested."""


class ServiceError(GeneratorError):
    """A service that cannot be reached, is too slow, or still fails after all retries."""


class CostError(GeneratorError):
    """A call that would exceed the budget."""


class DeviceMemoryError(GeneratorError, MemoryError):
    """A device without enough memory for the model or the picture."""


@contextmanager
def optional_import(purpose: str, package: str) -> Iterator[None]:
    """MissingExtraError, with the pip command, if a library that is imported inside is not installed."""
    try:
        yield
    except ImportError:
        raise MissingExtraError(f"{purpose}: pip install '{package}'") from None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: "; did you mean 'depth'?" if one of `known` is near it, else "."."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else "."
