"""Measuring models and stored predictions by the rules of the official evaluators."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cavendish.evaluation.evaluator import EvalConfig as EvalConfig
    from cavendish.evaluation.evaluator import Evaluation as Evaluation
    from cavendish.evaluation.evaluator import evaluate as evaluate

__all__ = ["EvalConfig", "Evaluation", "evaluate"]


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first asked for: the metrics alone need none of this."""
    if name not in __all__:
        raise AttributeError(f"module 'cavendish.evaluation' has no attribute {name!r}")
    return getattr(import_module("cavendish.evaluation.evaluator"), name)
