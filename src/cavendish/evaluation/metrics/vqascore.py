"""VQAScore of GenAI-Bench: the probability that a model answers "Yes", averaged by the skills a prompt needs."""

from collections.abc import Mapping, Sequence
from math import exp, log

from cavendish.errors import MetricError


def answer_probability(tokens: Sequence[float]) -> float:
    """Geometric mean of the probabilities of the answer's tokens; of one token, its probability."""
    if not tokens or not all(0 <= p <= 1 for p in tokens):
        raise MetricError("The answer needs at least one token, each with a probability in [0, 1].")
    return exp(sum(log(p) for p in tokens) / len(tokens)) if all(tokens) else 0.0


def skill_means(scores: Mapping[int, float], skills: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """Mean score of the prompts of each skill, and of "all": the union of their indices.

    Raises MetricError when a prompt of a skill has no score, as the official script does. Beware that the official
    metric does not separate models on "negation".
    """
    groups = {**skills, "all": sorted({index for indices in skills.values() for index in indices})}
    missing = [index for index in groups["all"] if index not in scores]
    if missing:
        raise MetricError(f"{len(missing)} prompts have no score, {missing[0]} for one; every picture must be there.")
    return {skill: sum(scores[i] for i in indices) / len(indices) for skill, indices in groups.items() if indices}
