"""What judges say of one item in words or tokens: ImgEdit's scores, and the "Yes" of VQAScore."""

import re
from collections.abc import Sequence
from math import exp, log

from cavendish.errors import MetricError

_SCORE = re.compile(r"(?:(?!: ).)*: ([0-9]+)")  # one ": " in the line, and digits alone after it


def parse_scores(reply: str) -> list[int]:
    """The scores of the lines that are exactly "Name: digits", in order, as ImgEdit's parser reads them.

    "4.", "4/5" and "**4**" are not digits and are dropped without a word there.
    """
    matches = (_SCORE.fullmatch(line.strip()) for line in reply.splitlines())
    return [int(match[1]) for match in matches if match]


def item_score(scores: Sequence[int]) -> float | None:
    """The mean of an item's scores rounded to 2 decimals, as ImgEdit's scripts do; None without any.

    The rubric asks the judge that the second and third score never exceed the first, and nothing enforces it.
    """
    return round(sum(scores) / len(scores), 2) if scores else None


def answer_probability(tokens: Sequence[float]) -> float:
    """Geometric mean of the probabilities of the answer's tokens; of one token, its probability."""
    if not tokens or not all(0 <= p <= 1 for p in tokens):
        raise MetricError("The answer needs at least one token, each with a probability in [0, 1].")
    return exp(sum(log(p) for p in tokens) / len(tokens)) if all(tokens) else 0.0
