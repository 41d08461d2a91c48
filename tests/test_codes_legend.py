"""Legends read from prompts: every published form, every notation, any name, any text."""

import contextlib
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cavendish.codes import format_legend, parse_legend
from cavendish.errors import CavendishError

TRICKY = ["the cat", "red", "is red", "dog, cat", "l'arbre", '"x"', "[1,2,3]", "St. B", "background", "BACKGROUND"]
TRICKY += [
    "in red",
    "x: red",
    "and",
    "{a}",
    "road is",
    "#fff",
    "<0,0,0>",
    "a. The b is red",
    "naïve café",
    "猫",
    "a\\b",
]
names = st.one_of(
    st.text(min_size=1, max_size=20).filter(lambda s: s.strip() and s == s.strip()), st.sampled_from(TRICKY)
)
colors = st.tuples(*3 * [st.integers(0, 255)])


@pytest.mark.parametrize(
    ("prompt", "legend"),
    [
        (
            'Generate a semantic segmentation visualization image, using this color mapping: {"cat": "red", '
            '"lock": "pink", "exit sign": "light purple", "background": "yellow"}',
            {"cat": (255, 0, 0), "lock": (255, 192, 203), "exit sign": (191, 119, 246), "background": (255, 255, 0)},
        ),
        ('mapping: {"cat": "<255, 165, 0>", "dog": [1, 2, 3]}', {"cat": (255, 165, 0), "dog": (1, 2, 3)}),
        (
            "This image is a per-pixel class labeling of the input. The macaron cakes are represented by "
            "(255, 255, 0). The round plates are represented by (0, 255, 255).",
            {"macaron cakes": (255, 255, 0), "round plates": (0, 255, 255)},
        ),
        ("the menu is #80C000, the dessert is #800000", {"menu": (128, 192, 0), "dessert": (128, 0, 0)}),
        (
            "Conduct per-class semantic segmentation for the given image. The sitting person are represented by "
            "(255, 255, 0).",
            {"sitting person": (255, 255, 0)},
        ),
        (
            'This image is a segmentation task derived from the input. The "crescent"-shaped croissant instances are '
            "each represented by a unique, solid color. Background is RGB(88, 50, 82).",
            {"background": (88, 50, 82)},
        ),
        (
            "This image shows segmentation masks for the basketballs from the input image. The background is set to "
            "#10aa05. Each basketball instance is represented by a solid circular mask, and a different color is used "
            "for each mask.",
            {"background": (16, 170, 5)},
        ),
        (
            "This image shows segmentation masks from the given image. The background is black color. The game control "
            "device is represented by a solid yellow.",
            {"background": (0, 0, 0), "game control device": (255, 255, 0)},
        ),
        (
            "A segmentation map image. The stretching cat is rendered in green, the cat that is cleaning itself is in "
            "cyan.",
            {"stretching cat": (0, 128, 0), "cat that is cleaning itself": (0, 255, 255)},
        ),
        ("Segment the skateboard in pure yellow (<255, 255, 0>)", {"skateboard": (255, 255, 0)}),
        ("The woman in red is represented by a solid yellow.", {"woman in red": (255, 255, 0)}),
        (
            "The man in white shirt is in cyan, the man in blue is in green.",
            {"man in white shirt": (0, 255, 255), "man in blue": (0, 128, 0)},
        ),
        ('In {"size": [512, 512]} use {"cat": "red"}', {"cat": (255, 0, 0)}),
        ('the 5" screen is red. The 7" screen is #0000FF.', {'5" screen': (255, 0, 0), '7" screen': (0, 0, 255)}),
        ('The "crescent"-shaped roll is red.', {'"crescent"-shaped roll': (255, 0, 0)}),
        ("road: purple; sky = #4682B4", {"road": (128, 0, 128), "sky": (70, 130, 180)}),
        ("- St. Bernard dog: red\n* l'arbre -> <0,1,2>", {"St. Bernard dog": (255, 0, 0), "l'arbre": (0, 1, 2)}),
        (
            "The red, round plate is #fff. The orange is orange.",
            {"red, round plate": (255,) * 3, "orange": (255, 165, 0)},
        ),
    ],
)
def test_published_forms(prompt: str, legend: dict) -> None:
    assert parse_legend(prompt) == legend
    assert list(parse_legend(prompt)) == list(legend)


@settings(max_examples=300)
@given(
    st.dictionaries(names, colors, min_size=1, max_size=6),
    st.sampled_from(["json", "sentence", "list"]),
    st.sampled_from(["hex", "paren", "angle", "rgb", "word"]),
)
def test_every_style_and_notation_is_read_back(legend: dict, style: str, notation: str) -> None:
    bare = {re.sub(r"^(?:the|a|an)\s+", "", name, flags=re.I): color for name, color in legend.items()}
    assume(len(bare) == len(legend) and all(name.strip() == name != "" for name in bare))
    read = parse_legend(format_legend(legend, style, notation))
    assert read == (bare if style == "sentence" else legend)  # a sentence says "the" itself


@settings(max_examples=300)
@given(st.text())
def test_any_text_is_a_legend_or_one_error(text: str) -> None:
    with contextlib.suppress(CavendishError):
        assert parse_legend(text)


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("Generate a metric depth map of the input image.", "no class"),
        ('{"cat": "reddd", "dog": "red"}', "reddd"),
        ('{"road": "#804080", "sky": 5}', "values that are not colours"),
        ("The road is redd. The sky is blue.", "redd"),
        ("The car is #ff00. The dog is blue.", "#ff00"),
        ("The cat is red. The cat is blue.", "two colours"),
    ],
)
def test_bad_prompts(prompt: str, says: str) -> None:
    with pytest.raises(CavendishError, match=says):
        parse_legend(prompt)
