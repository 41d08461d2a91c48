"""ImgEdit's judge scores: read a reply, then average as its scripts do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SCORE = re.compile(r"(?:(?!: ).)*: ([0-9]+)")  # one ": " in the line, and digits alone after it


def parse_scores(reply: str) -> list[int]:
    """The scores of the lines that are exactly "Name: digits", in order, as the official parser reads them.

    "4.", "4/5" and "**4**" are not digits and are dropped without a word there; here `rubric_score` counts them.
    """
    matches = (_SCORE.fullmatch(line.strip()) for line in reply.splitlines())
    return [int(match[1]) for match in matches if match]


def item_score(scores: list[int], cap: bool = False) -> float | None:
    """The mean of an item's scores rounded to 2 decimals; None without any.

    The rubric asks the judge that the second and third score never exceed the first, and nothing enforces it. With
    `cap` it is enforced; a number obtained so is not the official one.
    """
    if not scores:
        return None
    if cap:
        scores = [min(score, scores[0]) for score in scores]
    return round(sum(scores) / len(scores), 2)


@dataclass(frozen=True)
class RubricScore:
    """Mean of each edit type, rounded to 2 decimals, and what the official scripts lose without a word."""

    by_type: dict[str, float]
    items: int
    unparsable: int  # items without any readable score; left out of the means
    partial: int  # items with fewer than three readable scores
    mean_of_types: float  # not an official number: the scripts give none over types


def rubric_score(items: Iterable[tuple[str, list[int]]], cap: bool = False) -> RubricScore:
    """Aggregate the edit type and the readable scores of all items; none are readable where a call failed."""
    by_type: dict[str, list[float]] = {}
    count = unparsable = partial = 0
    for edit_type, scores in items:
        count += 1
        partial += 0 < len(scores) < 3
        score = item_score(scores, cap)
        if score is None:
            unparsable += 1
        else:
            by_type.setdefault(edit_type, []).append(score)
    means = {edit_type: round(sum(scores) / len(scores), 2) for edit_type, scores in sorted(by_type.items())}
    overall = sum(means.values()) / len(means) if means else float("nan")
    return RubricScore(means, count, unparsable, partial, overall)
