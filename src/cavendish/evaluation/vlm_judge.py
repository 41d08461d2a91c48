"""Which of two pictures is better, by a multimodal language model that sees every pair in both orders.

The two stand side by side in one picture, an edit's original before them, for every such model takes one picture. The
question names what counts: that the instruction is followed, that the picture is free of faults, and, of an edit, that
the rest is left alone.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cavendish.assistant import Assistant
from cavendish.evaluation.metrics.winrate import Judged, parse_verdict

Rgb = NDArray[np.uint8]

GAP = 16  # white pixels between pictures
_ANSWER = 'Answer with one JSON object alone: {{"winner": "A"}}, {{"winner": "B"}}, or {{"winner": "tie"}}'
GENERATED = (
    "Two pictures made for one prompt stand side by side: A on the left, B on the right. The prompt: {prompt!r}\n"
    "Which is better? First, which follows the prompt more closely; then, which has fewer faults.\n" + _ANSWER
)
EDITED = (
    "Three pictures stand side by side: the original on the left, then two edits of it, A in the middle and B on the "
    "right. The instruction: {prompt!r}\n"
    "Which edit is better? First, which follows the instruction more closely; then, which has fewer faults; then, "
    "which leaves everything else as it was.\n" + _ANSWER
)


def judged(assistant: Assistant, prompt: str, ours: Rgb, theirs: Rgb, original: Rgb | None = None) -> Judged:
    """The verdicts with `ours` shown first, as A, and with `theirs` first; "A" is always `ours` in what is returned.

    Pictures are (h, w, 3) uint8 of any sizes. What cannot be read as a verdict is "unparsable". Raises GeneratorError
    where the model cannot be reached or nothing is recorded.
    """
    text = (GENERATED if original is None else EDITED).format(prompt=prompt)
    before = [] if original is None else [original]
    first = assistant.reply(side_by_side([*before, ours, theirs]), text)
    second = assistant.reply(side_by_side([*before, theirs, ours]), text)
    return parse_verdict(first), parse_verdict(second, swapped=True)


def side_by_side(pictures: Sequence[Rgb]) -> Rgb:
    """(H, W, 3): pictures in a row on white, each scaled to the height of the tallest."""
    height = max(len(picture) for picture in pictures)
    row: list[Rgb] = []
    for picture in pictures:
        h, w = picture.shape[:2]
        size = (max(1, round(w * height / h)), height)
        scaled = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
        row += [np.asarray(scaled), np.full((height, GAP, 3), 255, np.uint8)]
    return np.concatenate(row[:-1], axis=1)
