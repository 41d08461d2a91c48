"""Expressions, captions and edits."""

import numpy as np
import pytest

from cavendish.datasets.sample import Expression, Sample, SceneObject
from cavendish.worlds import FAMILIES, sample
from cavendish.worlds.catalog import KINDS
from cavendish.worlds.expression_check import disagreements, meant
from cavendish.worlds.nouns import article, plural


def test_an_independent_reader_agrees_with_every_expression() -> None:
    total, kinds = 0, set()
    for seed in range(32):
        s = sample("train", 7000 + seed, 64)
        assert disagreements(s) == [], s.key
        total += len(s.expressions)
        kinds |= {e.kind for e in s.expressions}
    assert total > 300
    assert kinds >= {
        "category",
        "color",
        "material",
        "size",
        "order",
        "relation",
        "part",
        "combination",
        "plural",
        "absent",
    }


@pytest.mark.slow
def test_an_independent_reader_agrees_on_ten_thousand_scenes() -> None:
    wrong = 0
    for seed in range(10_000):
        wrong += len(disagreements(sample("train", 100_000 + seed, 48)))
    assert wrong == 0


def scene_of_three() -> Sample:
    """Two red chairs and a blue one in a row, a table behind the middle one, hand-made."""
    instances = np.zeros((20, 40), np.int32)
    depth = np.full((20, 40), 9.0, np.float32)
    for k, x in enumerate((2, 16, 30)):
        instances[10:18, x : x + 6] = k + 1
        depth[10:18, x : x + 6] = 2.0
    instances[2:9, 14:24], depth[2:9, 14:24] = 4, 5.0

    def thing(k: int, noun: str, color: str, height: float, x: float) -> SceneObject:
        words = {"color": color, "material": "wooden", "pattern": "", "size": [0.5, 0.5, height], "centre": [x, 0, 2]}
        words |= {"on": 0, "is_a": [], "plurals": [noun + "s"], "parts": {"seat": {"color": color, "pixels": 40}}}
        return SceneObject(k, noun, ("seat",) if noun == "chair" else (), words)

    objects = (
        thing(1, "chair", "red", 0.9, -1.0), thing(2, "chair", "blue", 1.5, 0.0), thing(3, "chair", "red", 0.9, 1.0),
        thing(4, "table", "brown", 0.7, 0.1),
    )  # fmt: skip
    return Sample("x", np.zeros((20, 40, 3), np.uint8), depth=depth, instances=instances, objects=objects)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("the table", {4}), ("the chair", {1, 2, 3}), ("the blue chair", {2}), ("the leftmost chair", {1}),
        ("the second chair from the left", {2}), ("the first chair from the right", {3}), ("the tallest chair", {2}),
        ("the leftmost red chair", {1}), ("all the chairs", {1, 2, 3}), ("the three chairs", {1, 2, 3}),
        ("the two chairs", set()), ("the red chairs", {1, 3}), ("the dog", set()), ("the green chair", set()),
        ("the chair in front of the table", {2}), ("the table behind the chair", None),
        ("the red chair to the right of the table", {3}), ("the chair next to the table", {2}),
        ("the farthest table", {4}), ("the rightmost seat", {3}),
    ],
)  # fmt: skip
def test_the_reader_reads(text: str, ids: set[int] | None) -> None:
    if ids is None:  # three anchors: nothing definite
        with pytest.raises(ValueError, match="anchor"):
            meant(text, scene_of_three())
    else:
        assert meant(text, scene_of_three()) == ids


def test_the_reader_finds_a_wrong_expression() -> None:
    s = scene_of_three()
    lie = Expression("the leftmost chair", (3,), "order")
    wrong = disagreements(Sample(**{**vars(s), "expressions": (lie,)}))
    assert wrong == [(lie, {1})]


def test_absent_things_are_absent_and_plural_ones_many() -> None:
    for seed in range(16):
        s = sample("train", 900 + seed, 48)
        present = {w for o in s.objects for w in (o.category, *o.synonyms, *o.attributes["is_a"])}
        for e in s.expressions:
            if e.kind == "absent":
                assert e.ids == ()
                assert e.text.removeprefix("the ") not in present
            else:
                assert (len(e.ids) > 1) == (e.kind == "plural")


def test_words() -> None:
    assert plural("chair") == "chairs" and plural("bench") == "benches" and plural("knife") == "knives"
    assert plural("loaf of bread") == "loaves of bread" and plural("person") == "people"
    assert plural("bookshelf") == "bookshelves" and plural("puppy") == "puppies" and plural("sheep") == "sheep"
    assert article("apple") == "an apple" and article("dog") == "a dog"


def test_captions_are_short_then_long_and_name_what_is_there() -> None:
    for family in FAMILIES:
        s = sample("train", 77, 64, (family,))
        short, long = s.captions
        assert 3 <= len(short.split()) < len(long.split())
        assert short[0].isupper() and long.endswith(".")


def test_catalogue_is_rich() -> None:
    assert len(KINDS) >= 80
    assert all(kind.styles >= 2 for kind in KINDS.values())
    assert sum(bool(kind.synonyms) for kind in KINDS.values()) >= 30


def test_edits_keep_the_rest() -> None:
    kinds, quiet = set(), []
    for seed in range(12):
        s = sample("train", 40 + seed, 64, edits=3)
        for edit in s.edits:
            assert edit.image.shape == s.image.shape and edit.instruction
            kinds.add(edit.kind)
            if edit.kind in ("recolor", "material", "remove"):
                quiet.append((edit.image == s.image).all(-1).mean())
    assert len(kinds) >= 6
    assert np.median(quiet) > 0.5
