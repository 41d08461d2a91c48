"""An independent check of referring expressions: finds the objects that a text means from the truth alone.

It shares no code with `expressions.py`, which writes the expressions, only the meaning of the words that its docstring
states. It uses half of the margins: an object that comes within half a margin counts as meant, so that an expression
which is true only by a hair is found.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from cavendish.datasets.sample import Expression, Sample

PLACES = {w: i for i, w in enumerate(("first", "second", "third", "fourth", "fifth", "sixth"))}
COUNTS = dict(
    zip(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], range(2, 13))
)
LINKS = ("to the left of", "to the right of", "in front of", "behind", "next to", "on")
SUPERLATIVES = ("leftmost", "rightmost", "closest", "farthest", "tallest", "shortest", "biggest", "smallest")


@dataclass(frozen=True)
class Seen:
    """An object as measured on the truth of a sample."""

    id: int
    words: frozenset[str]
    plurals: frozenset[str]
    info: dict[str, Any]
    pixels: int
    x: float
    left: int
    right: int
    depth: float


def measure(sample: Sample) -> list[Seen]:
    """Every object of the sample that has pixels."""
    assert sample.instances is not None and sample.depth is not None
    columns = np.broadcast_to(np.arange(sample.instances.shape[1]), sample.instances.shape)
    seen = []
    for item in sample.objects:
        mask = sample.instances == item.id
        if mask.any():
            xs = columns[mask]
            words = {item.category, *item.synonyms, *item.attributes["is_a"]}
            seen.append(
                Seen(item.id, frozenset(words), frozenset(item.attributes["plurals"]), item.attributes, int(mask.sum()),
                     float(xs.mean()), int(xs.min()), int(xs.max()) + 1, float(np.median(sample.depth[mask])))
            )  # fmt: skip
    return seen


def meant(text: str, sample: Sample) -> set[int]:
    """Ids of the objects that the expression means in the sample."""
    things = measure(sample)
    width = sample.image.shape[1]
    body = re.sub(r"^(all )?the ", "", text)
    if ordinal := re.fullmatch(r"(\w+) (.+) from the (left|right)", body):
        line = sorted((t for t in things if ordinal[2] in t.words), key=lambda t: t.x if ordinal[3] == "left" else -t.x)
        return {line[PLACES[ordinal[1]]].id} if len(line) > PLACES[ordinal[1]] else set()
    for link in LINKS:
        head, found, tail = body.partition(f" {link} the ")
        if found:
            anchors = [t for t in things if tail in t.words]
            if len(anchors) != 1:
                raise ValueError(f"{text!r}: the anchor {tail!r} is {len(anchors)} objects")
            return linked(head, link, anchors[0], things, width)
    return {t.id for t in choose(body, things, width)}


def choose(words: str, things: list[Seen], width: int) -> list[Seen]:
    """Objects meant by [superlative] [count] [adjective] noun [with the part]."""
    head, _, part = words.partition(" with the ")
    first, _, rest = head.partition(" ")
    if first in SUPERLATIVES and rest:
        return best(first, choose(rest, things, width))
    if first in COUNTS and any(rest in t.plurals for t in things):
        group = [t for t in things if rest in t.plurals]
        return group if len(group) == COUNTS[first] else []
    if part:
        color, _, name = part.partition(" ")
        group = [t for t in things if head in t.words]
        exact = [t for t in group if part in t.info["parts"]]
        return exact or [t for t in group if name in t.info["parts"] and t.info["parts"][name]["color"] == color]
    exact = [t for t in things if head in t.words or head in t.plurals]
    if exact or not rest:
        return exact
    return [t for t in choose(rest, things, width) if first in (t.info["color"], t.info["material"], t.info["pattern"])]


def best(word: str, group: list[Seen]) -> list[Seen]:
    """The objects of the group that the superlative may mean: several if they are close."""
    if word in ("leftmost", "rightmost"):
        end = (min if word == "leftmost" else max)(t.x for t in group)
        return [t for t in group if abs(t.x - end) < 1]
    values = {
        "closest": lambda t: 1 / t.depth, "farthest": lambda t: t.depth, "tallest": lambda t: t.info["size"][2],
        "shortest": lambda t: 1 / t.info["size"][2], "biggest": lambda t: t.pixels, "smallest": lambda t: 1 / t.pixels,
    }[word]  # fmt: skip
    top = max(values(t) for t in group)
    return [t for t in group if values(t) > top / 1.05]


def linked(head: str, link: str, anchor: Seen, things: list[Seen], width: int) -> set[int]:
    """Ids of the objects that `head` means among those that stand in the relation to the anchor."""
    superlative, _, rest = head.partition(" ")
    others = [t for t in things if t.id != anchor.id]
    if link == "next to":
        group = choose(head, others, width)
        gaps = {t.id: float(np.linalg.norm(np.subtract(t.info["centre"], anchor.info["centre"]))) for t in group}
        return {i for i, gap in gaps.items() if gap < 1.25 * min(gaps.values())}
    near = [t for t in others if holds(link, t, anchor, width)]
    if superlative in SUPERLATIVES and rest:
        return {t.id for t in best(superlative, choose(rest, near, width))}
    return {t.id for t in choose(head, near, width)}


def holds(link: str, t: Seen, anchor: Seen, width: int) -> bool:
    """Whether the relation may be said to hold."""
    if link == "on":
        return bool(t.info["on"] == anchor.id)
    if link in ("to the left of", "to the right of"):
        return ((anchor.x - t.x) if link == "to the left of" else (t.x - anchor.x)) > 0.04 * width
    shared = min(t.right, anchor.right) - max(t.left, anchor.left)
    overlap = shared / min(t.right - t.left, anchor.right - anchor.left)
    ratio = t.depth / anchor.depth if link == "behind" else anchor.depth / t.depth
    return overlap > 0.25 and ratio > 1.06


def disagreements(sample: Sample) -> list[tuple[Expression, set[int]]]:
    """Expressions whose text does not mean exactly their ids, each with the ids that it means."""
    wrong = []
    for expression in sample.expressions:
        try:
            ids = meant(expression.text, sample)
        except (ValueError, KeyError, IndexError):
            ids = {-1}
        if ids != set(expression.ids):
            wrong.append((expression, ids))
    return wrong
