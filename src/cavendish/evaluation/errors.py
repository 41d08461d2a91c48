"""What can be wrong with the things that are measured."""

from cavendish.errors import CavendishError


class MetricError(CavendishError, ValueError):
    """A prediction and a truth that cannot be compared, or a protocol that does not exist."""


class BenchmarkError(CavendishError, ValueError):
    """A benchmark folder that is incomplete or not in its official layout, or a prediction that is missing."""
