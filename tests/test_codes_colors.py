"""Colours as people write them, and sets that cannot be confused."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cavendish.codes import distinct_colors, format_color, named_colors, parse_color
from cavendish.codes.colors import rgb_to_oklab
from cavendish.errors import CavendishError, ColorError

levels = st.tuples(*3 * [st.integers(0, 255)])


@pytest.mark.parametrize(
    ("text", "rgb"),
    [
        ("#80C000", (128, 192, 0)),
        ("#8c0", (136, 204, 0)),
        ("<0, 0, 255>", (0, 0, 255)),
        ("(255, 192, 128)", (255, 192, 128)),
        ("RGB(88, 50, 82)", (88, 50, 82)),
        ("rgb (1,2,3)", (1, 2, 3)),
        ("light purple", (191, 119, 246)),
        ("Light-Purple", (191, 119, 246)),
        ("a solid yellow", (255, 255, 0)),
        ("black color", (0, 0, 0)),
        ("SlateGrey", (112, 128, 144)),
        ("slate gray", (89, 101, 109)),
        ("green", (0, 128, 0)),
        ("pure yellow (<255, 255, 0>)", (255, 255, 0)),
        ("pure yellow (#ffff00)", (255, 255, 0)),
    ],
)
def test_published_forms(text: str, rgb: tuple) -> None:
    assert parse_color(text) == rgb


@given(levels, st.sampled_from(["hex", "paren", "angle", "rgb", "word"]))
def test_every_notation_is_read_back(rgb: tuple, style: str) -> None:
    assert parse_color(format_color(rgb, style)) == rgb
    assert parse_color(np.array(rgb)) == rgb


def test_every_named_colour_is_read() -> None:
    names = named_colors()
    assert len(names) > 1000
    assert all(parse_color(name.upper()) == rgb for name, rgb in names.items())


@given(st.text())
def test_any_text_is_a_colour_or_one_sentence(text: str) -> None:
    try:
        assert all(0 <= v <= 255 for v in parse_color(text))
    except ColorError as error:
        assert "\n" not in str(error).replace(repr(text), "")


@pytest.mark.parametrize(
    ("bad", "says"),
    [("reddish blurple", "nearest known"), ("(300, 0, 0)", "0 to 255"), ((1, 2), "three"), ((1.5, 2, 3), "integers")],
)
def test_bad_colours_say_why(bad: object, says: str) -> None:
    with pytest.raises(CavendishError, match=says):
        parse_color(bad)  # type: ignore[arg-type]


def test_oklab_of_white_gray_and_primaries() -> None:
    # Ottosson's own table: white is (1, 0, 0), sRGB red (0.6280, 0.2249, 0.1258).
    lab = rgb_to_oklab([(255, 255, 255), (255, 0, 0), (0, 0, 0)])
    assert np.allclose(lab, [(1, 0, 0), (0.6280, 0.2249, 0.1258), (0, 0, 0)], atol=5e-4)


@pytest.mark.parametrize(
    ("n", "rgb", "perceived"), [(2, 250, 0.5), (6, 180, 0.3), (19, 100, 0.17), (64, 50, 0.09), (256, 28, 0.05)]
)
def test_distinct_colors_are_far_apart_in_both_spaces(n: int, rgb: float, perceived: float) -> None:
    colors = distinct_colors(n)
    assert colors.shape == (n, 3) and colors.dtype == np.uint8
    pairs = np.array(list(itertools.combinations(range(n), 2)))
    a, b = colors[pairs].astype(float).swapaxes(0, 1)
    assert np.linalg.norm(a - b, axis=1).min() >= rgb
    assert np.linalg.norm(rgb_to_oklab(a) - rgb_to_oklab(b), axis=1).min() >= perceived


@given(st.integers(0, 40), st.integers(0, 1000), st.lists(levels, max_size=3))
def test_distinct_colors_are_deterministic_and_avoid(n: int, seed: int, avoid: list) -> None:
    colors = distinct_colors(n, seed, avoid)
    assert np.array_equal(colors, distinct_colors(n, seed, avoid))
    assert len(np.unique(colors, axis=0)) == n
    if n and avoid:
        gaps = np.linalg.norm(colors[:, None].astype(float) - np.array(avoid, float), axis=-1)
        assert gaps.min() >= 40


def test_seeds_differ_and_limits_are_said() -> None:
    assert any(not np.array_equal(distinct_colors(5, 0), distinct_colors(5, s)) for s in range(1, 4))
    for n in (-1, 257):
        with pytest.raises(ColorError, match="0 to 256"):
            distinct_colors(n)
