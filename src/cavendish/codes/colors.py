"""Colours from text, and sets of colours that are far apart."""

import difflib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cavendish.errors import CodeError, ColorError

RGB = tuple[int, int, int]

_NUMBERS = re.compile(r"(?:rgb\s*)?[(<\[]?\s*(-?\d+)\s*,\s*(-?\d+)\s*,\s*(-?\d+)\s*[)>\]]?", re.IGNORECASE)
_NOTATIONS = {"hex": "#{:02X}{:02X}{:02X}", "paren": "({}, {}, {})", "angle": "<{}, {}, {}>", "rgb": "RGB({}, {}, {})"}
_HEX = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)
_WORD_AND_VALUE = re.compile(r"[^\d#]*?(#[0-9a-f]+|(?:rgb\s*)?[(<\[].*[)>\]])\)?", re.IGNORECASE)
_FILLER = re.compile(r"^(?:(?:a|an|the|in|solid|pure|flat|plain|uniform)\s+)+|\s+colou?r(?:ed)?$")


def parse_color(color: str | Sequence[int]) -> RGB:
    """The colour of a text as (r, g, b), levels from 0 to 255.

    Understands "#80C000", "#8c0", "(255, 192, 128)", "<0, 0, 255>", "RGB(88, 50, 82)", CSS names and the names of the
    XKCD survey ("light purple") in any case and either spelling of gray, with fillers ("a solid yellow", "pure red
    color"), a word with its value ("pure yellow (<255, 255, 0>)": the value counts), and a sequence of three integers.
    CSS wins over XKCD where they differ ("green" is #008000).

    Raises ColorError for anything else; for an unknown word it names the nearest known ones.
    """
    if not isinstance(color, str):
        if not isinstance(color, (Sequence, np.ndarray)) or isinstance(color, bytes):
            raise ColorError(f"a colour is a text or three levels, not {color!r}")
        levels = list(color)
        if len(levels) != 3:
            raise ColorError(f"a colour has three levels (r, g, b), not {len(levels)}: {color!r}")
        return _levels(levels, color)
    text = color.strip()
    if match := _HEX.fullmatch(text):
        digits = match[1] if len(match[1]) == 6 else "".join(2 * d for d in match[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if match := _NUMBERS.fullmatch(text):
        return _levels(match.groups(), color)
    if (match := _WORD_AND_VALUE.fullmatch(text)) and match[1] != text:
        value = match[1]
        while value.startswith("(") and not _NUMBERS.fullmatch(value) and value.endswith(")"):
            value = value[1:-1].strip()
        return parse_color(value)
    word = " ".join(re.sub(r"[\s_-]+", " ", text.lower()).split()).strip(" .'\"").replace("grey", "gray")
    known = named_colors()
    for name in (word, bare := _FILLER.sub("", word), bare.replace(" ", "")):
        if name in known:
            return known[name]
    near = difflib.get_close_matches(bare or word, known, n=3, cutoff=0.5)
    hint = f"the nearest known names are {', '.join(near)}" if near else "use a CSS or XKCD name, #rrggbb or (r, g, b)"
    raise ColorError(f"unknown colour {color!r}; {hint}")


def _levels(levels: Sequence[Any], source: object) -> RGB:
    try:
        r, g, b = (int(v) for v in levels)
        whole = all(float(v) == int(v) for v in levels)
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole or not all(0 <= v <= 255 for v in (r, g, b)):
        raise ColorError(f"colour levels must be integers from 0 to 255: {source!r}")
    return r, g, b


@cache
def named_colors() -> dict[str, RGB]:
    """All known colour words in lower case: the CSS names, and those of the XKCD survey that CSS does not have."""
    from matplotlib.colors import CSS4_COLORS, XKCD_COLORS

    named: dict[str, RGB] = {}
    for name, value in (*CSS4_COLORS.items(), *XKCD_COLORS.items()):
        word = name.removeprefix("xkcd:").replace("grey", "gray").replace("-", " ")
        named.setdefault(word, parse_color(str(value)))
    return named


def format_color(rgb: Sequence[int], style: str = "hex") -> str:
    """`rgb` in a notation that `parse_color` reads back: "hex", "paren", "angle", "rgb", or "word" if it has a name."""
    levels = _levels(rgb, rgb)
    if style == "word":
        return _words().get(levels) or format_color(levels)
    if style not in _NOTATIONS:
        raise ColorError(f"unknown colour notation {style!r}; use hex, paren, angle, rgb or word")
    return _NOTATIONS[style].format(*levels)


@cache
def _words() -> dict[RGB, str]:
    words: dict[RGB, str] = {}
    for name, value in named_colors().items():
        if not _FILLER.match(name):  # "in flat blue" means blue, not XKCD's "flat blue"
            words.setdefault(value, name)
    return words


def rgb_to_oklab(rgb: ArrayLike) -> NDArray[np.float64]:
    """(..., 3) RGB levels 0..255 -> OKLab, where Euclidean distance is about perceived difference.

    Bjoern Ottosson, "A perceptual color space for image processing", 2020.
    """
    s = np.asarray(rgb, dtype=np.float64) / 255.0
    linear = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
    to_lms = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    lab: NDArray[np.float64] = np.cbrt(linear @ np.transpose(to_lms)) @ np.transpose(to_lab)
    return lab


def generator(seed: int | None) -> np.random.Generator:
    """A random generator with this seed; CodeError unless it is a whole number from 0, or None."""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise CodeError(f"a seed is a whole number, 0 or more, not {seed!r}") from None


_OKLAB_SCALE = 600.0  # RGB levels per unit of OKLab, a balance between distance in RGB and in perception
GRID = np.stack(np.meshgrid(*3 * [np.linspace(0, 255, 16).round()], indexing="ij"), -1).reshape(-1, 3)
"""(4096, 3) levels: the candidates of `distinct_colors`."""


def distinct_colors(n: int, seed: int = 0, avoid: Iterable[Sequence[int]] = ()) -> NDArray[np.uint8]:
    """(n, 3) uint8: n colours far from each other, n from 0 to 256, deterministic in all arguments.

    They maximise the smallest distance between any two of them and to every colour of `avoid`. The distance of two
    colours is the smaller of those in RGB and in (scaled) OKLab, so that neither a nearest-colour rule nor a person
    confuses them. Farthest-point sampling (Gonzalez 1985) on a grid of 4096 colours; then each colour in turn moves to
    the place farthest from the others. `seed` draws the first colour, and thereby the set.
    """
    if not (isinstance(n, (int, np.integer)) and 0 <= n <= 256):
        raise ColorError(f"n must be a whole number from 0 to 256, not {n!r}")
    if isinstance(avoid, str) or not isinstance(avoid, Iterable):
        raise ColorError(f"avoid is a list of colours, not {avoid!r}; put a single colour in a list")
    fixed = np.array([parse_color(c) for c in avoid], dtype=np.float64).reshape(-1, 3)
    lab = rgb_to_oklab(GRID) * _OKLAB_SCALE
    fixed_lab = rgb_to_oklab(fixed) * _OKLAB_SCALE

    def distance(color: NDArray[np.float64], color_lab: NDArray[np.float64]) -> NDArray[np.float64]:
        both = np.linalg.norm(GRID - color, axis=1), np.linalg.norm(lab - color_lab, axis=1)
        nearer: NDArray[np.float64] = np.minimum(*both)
        return nearer

    nearest_fixed = np.full(len(GRID), np.inf)
    for color, color_lab in zip(fixed, fixed_lab):
        nearest_fixed = np.minimum(nearest_fixed, distance(color, color_lab))
    chosen: list[int] = []
    columns = np.empty((n, len(GRID)))
    nearest = nearest_fixed.copy()
    corners = np.flatnonzero(np.isin(GRID, (0, 255)).all(axis=1))
    start = int(generator(seed).choice(corners))
    for i in range(n):
        pick = int(np.argmax(nearest)) if np.isfinite(nearest[0]) else start
        chosen.append(pick)
        columns[i] = distance(GRID[pick], lab[pick])
        nearest = np.minimum(nearest, columns[i])
    for _ in range(3):
        for i in range(n):
            others = np.minimum(nearest_fixed, np.delete(columns, i, axis=0).min(axis=0, initial=np.inf))
            pick = int(np.argmax(others))
            if others[pick] > others[chosen[i]]:
                chosen[i] = pick
                columns[i] = distance(GRID[pick], lab[pick])
    return GRID[chosen].astype(np.uint8).reshape(-1, 3)
