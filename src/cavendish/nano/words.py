"""Nano's tokenizer: words as hashed rows of an embedding table, without a vocabulary, and colours with their levels.

A word is hashed to two rows whose sum is its vector, so that any word has one and two words almost never share it. A
colour, in any notation ("light purple", #80C000, (255, 192, 128), <0, 0, 255>, RGB(88, 50, 82)), is one word that also
carries its levels, so that a class can be bound to a colour that training never showed.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.colors import RGB, named_colors, parse_color
from cavendish.errors import ColorError

MAX_WORDS = 192  # of an instruction
_TRIPLE = r"(?:rgb\s*)?[(<\[]\s*\d{1,3}\s*,\s*\d{1,3}\s*,\s*\d{1,3}\s*[)>\]]"
_WORDS = re.compile(
    rf"(#[0-9a-f]{{6}}\b|#[0-9a-f]{{3}}\b|{_TRIPLE})|([^\W_]+(?:['’-][^\W_]+)*)|([.,:;?!])", re.IGNORECASE
)


def split(text: str) -> list[tuple[str, RGB | None]]:
    """The words of a text in lower case, each with its levels if it is a colour."""
    found: list[tuple[str, RGB | None]] = []
    for value, word, mark in _WORDS.findall(text.lower()):
        if value:
            try:
                found.append(("#", parse_color(value)))
            except ColorError:  # (300, 0, 0) is not a colour
                found.append(("#", None))
        else:
            found.append((word or mark, None))
    return _color_names_joined(found)


def _color_names_joined(words: list[tuple[str, RGB | None]]) -> list[tuple[str, RGB | None]]:
    """The words, with each run that names a colour as one word; the longest name wins."""
    names = _names()
    result: list[tuple[str, RGB | None]] = []
    start = 0
    while start < len(words):
        for length in (3, 2, 1):
            run = words[start : start + length]
            name = " ".join(word for word, _ in run).replace("grey", "gray")
            if len(run) == length and name in names and all(color is None for _, color in run):
                result.append((run[-1][0], names[name]))
                break
        else:
            length = 1
            result.append(words[start])
        start += length
    return result


@cache
def _names() -> dict[str, RGB]:
    """Colour names of several words, and CSS's single words; grass and brick, which XKCD has too, are classes."""
    from matplotlib.colors import CSS4_COLORS

    return {name: rgb for name, rgb in named_colors().items() if " " in name or name in CSS4_COLORS}


@lru_cache(65536)
def hashed(word: str, rows: int) -> tuple[int, int]:
    """Two rows of the embedding table for a word."""
    return zlib.crc32(word.encode()) % rows, zlib.crc32(b"2" + word.encode()) % rows


def encode(
    texts: Sequence[str], rows: int, multiple: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]:
    """Input of `network.TextEncoder`: rows (B, T, 2), -1 for padding; colours (B, T, 3) in [-1, 1]; where (B, T).

    T is a multiple of `multiple`: training keeps to a few shapes, since libraries prepare each new one.
    """
    tokens = [split(text)[:MAX_WORDS] for text in texts]
    longest = max([1, *map(len, tokens)])
    longest = -(-longest // multiple) * multiple
    indices = np.full((len(tokens), longest, 2), -1, np.int64)
    colors = np.zeros((len(tokens), longest, 3), np.float32)
    colored = np.zeros((len(tokens), longest), bool)
    for row, words in enumerate(tokens):
        for column, (word, color) in enumerate(words):
            indices[row, column] = hashed(word, rows)
            if color is not None:
                colors[row, column] = np.array(color, np.float32) / 127.5 - 1
                colored[row, column] = True
    return indices, colors, colored
