"""Legends in prompts: parsing them from text and writing them as text."""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

from cavendish.codes.colors import RGB, format_color, named_colors, parse_color
from cavendish.errors import ColorError, LegendError

# A colour as a value: #80C000, (255, 255, 0), <0, 0, 255>, RGB(88, 50, 82), [1, 2, 3].
_VALUE = r"(?:#[0-9A-Fa-f]{6}\b|#[0-9A-Fa-f]{3}\b|(?:[Rr][Gg][Bb]\s*)?[(<\[]\s*\d+\s*,\s*\d+\s*,\s*\d+\s*[)>\]])"
# The words between a name and its colour: "is rendered in a solid", "are represented by", ":", "=", "->".
_VERB = (
    r"(?:is|are|be|as|being|shown|should|will|must)"
    r"(?:\s{1,8}(?:be|all|each|also|then|rendered|represented|painted|shown|colou?red|coded|set|marked|drawn|filled"
    r"|labell?ed|highlighted|displayed|depicted|segmented|masked|in|by|with|to|as|using|of|the|a|an|colou?r|solid|pure"
    r"|flat|plain|uniform))*"
)
_PREPOSITION = r"(?:in|with|using|to)\s{1,8}(?:(?:the|a|an|colou?r|solid|pure|flat)\s{1,8})*"
_LINK = rf"(?:\s{{0,8}}(?:->|=>|→|:=|[:=])\s{{0,8}}|\s{{1,8}}{_VERB}\s{{1,8}}|\s{{1,8}}{_PREPOSITION})"
# What may follow a colour word; otherwise ("the woman in red is …", "in a white shirt") it is part of the name.
_END = r"(?=\s{0,8}(?:[.,;!?)|\n]|$)|\s{1,8}(?:and|while|whereas|but|on|over)\b)"
_LEAD = re.compile(
    r"^(?:[\s,;.|•*–—-]|(?:and|while|whereas|but|with|then|the|a|an|all|every|each|of|for)\s+"
    r"|(?:please\s+)?(?:segment|paint|colou?r|highlight|mark|mask|render|show|draw|fill|label)\s+)+",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?:(?<!\bSt)(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bNo)(?<!\bvs)[.!?]|[:;\n])\s+(?=\S)")
_QUOTED = re.compile(r'(?<!\w)"(?:[^"\\]|\\.)*"')  # after a letter or digit it is an inch mark


def parse_legend(prompt_text: str) -> dict[str, RGB]:
    """The classes of a prompt with their colours, in its order: {class: (r, g, b)}.

    Reads JSON objects ({"cat": "red", "exit sign": "<255, 165, 0>"}), anywhere in the text, and sentences ("The menu
    is #80C000. The stretching cat is rendered in green, the cat that is cleaning itself is in cyan.", "Background is
    RGB(88, 50, 82)", "Segment the skateboard in pure yellow (<255, 255, 0>)", "road: purple; sky = #4682B4"), with
    colours in every form of `parse_color`. A name in double quotes is taken literally, with JSON escapes. Articles
    before other names are dropped, and "background" is a class like others.

    Raises LegendError if the text names no class with a colour, or one class twice with different colours.
    """
    if not isinstance(prompt_text, str):
        raise LegendError(f"a prompt must be a text, not {type(prompt_text).__name__}")
    pairs = _from_json(prompt_text)
    if pairs is None:
        pairs = _from_sentences(prompt_text)
    legend: dict[str, RGB] = {}
    for name, color in pairs:
        if legend.setdefault(name, color) != color:
            raise LegendError(f"the prompt gives {name!r} two colours, {legend[name]} and {color}")
    if not legend:
        raise LegendError(f"no class with a colour found in the prompt {_shortened(prompt_text)!r}")
    return legend


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."


def _from_json(text: str) -> list[tuple[str, RGB]] | None:
    """The pairs of the first JSON object in `text` with a colour as a value, or None."""
    for start in (m.start() for m in re.finditer(r"\{", text)):
        try:
            pairs, _ = json.JSONDecoder(object_pairs_hook=tuple).raw_decode(text, start)
        except (json.JSONDecodeError, RecursionError):
            continue
        colors = [(str(name), value) for name, value in pairs if isinstance(value, (str, list))]
        if not any(_is_color(value) for _, value in colors):
            continue
        if len(colors) < len(pairs):
            raise LegendError(f"the legend {_shortened(text[start:])!r} has values that are not colours")
        return [(name, parse_color(value)) for name, value in colors]
    return None


def _is_color(value: str | list[object]) -> bool:
    try:
        parse_color(value)  # type: ignore[arg-type]
    except (ColorError, TypeError):
        return False
    return True


def _from_sentences(text: str) -> list[tuple[str, RGB]]:
    pairs = []
    quoted = [m.span() for m in _QUOTED.finditer(text)]
    rest = 0  # the start of the text that is not used yet
    for match in _pattern().finditer(text):
        while quoted and quoted[0][1] <= match.start():
            quoted.pop(0)
        if match.start() < rest or (quoted and quoted[0][0] < match.start()):
            continue
        name = _name(text[rest : match.start()])
        if not name:
            continue
        if match["odd"]:
            if match["odd"].startswith("#") or difflib.get_close_matches(match["odd"].lower(), named_colors(), 1, 0.8):
                parse_color(match["odd"])  # a misspelt colour, not another word: the error names the nearest ones
            continue
        pairs.append((name, parse_color(match["value"] or match["inner"] or match["word"])))
        rest = match.end()
    return pairs


def _name(before: str) -> str:
    """The name at the end of the text before a link: its last sentence without articles."""
    masked = _QUOTED.sub(lambda m: "x" * len(m[0]), before)  # a full stop inside quotes ends no sentence
    sentence = [m.end() for m in _SENTENCE.finditer(masked)]
    name = before[sentence[-1] :] if sentence else before
    name = _LEAD.sub("", name).strip()
    if _QUOTED.fullmatch(name):
        try:
            return str(json.loads(name, strict=False))
        except json.JSONDecodeError:
            return name[1:-1]
    return "background" if name.lower() == "background" else name


@cache
def _pattern() -> re.Pattern[str]:
    """The pattern of a link and the colour after it, or of the word in place of a colour (`odd`)."""
    words = "|".join(
        re.escape(word).replace(r"\ ", r"[\s_-]{1,8}").replace("gray", "gr[ae]y")
        for word in sorted(named_colors(), key=len, reverse=True)
    )
    named = (
        rf"(?P<word>{words})\b(?:\s{{1,8}}(?:colou?r(?:ed)?|mask|region|pixels|paint)\b)?"
        rf"(?:\s{{0,8}}\(?\s{{0,8}}(?P<inner>{_VALUE})\s{{0,8}}\)?)?{_END}"
    )
    odd = rf"(?P<odd>#\w+|[^\W\d_]+){_END}"
    return re.compile(rf"{_LINK}(?:(?P<value>{_VALUE})|{named}|{odd})", re.IGNORECASE)


LegendStyle = Literal["json", "sentence", "list"]


def format_legend(
    legend: Mapping[str, str | Sequence[int]], style: LegendStyle = "json", notation: str = "hex", verb: str = "is"
) -> str:
    """`legend` as text that `parse_legend` reads back, colours in the `notation` of `format_color`.

    "json" is one object; "sentence" is 'The road is #804080. The sky is #4682B4.'; "list" is 'road: #804080; sky: …'.
    Outside JSON, names with more than letters, digits, spaces, apostrophes and hyphens are put in double quotes.
    In sentences every name has the article "the" instead of its own.
    """
    if not isinstance(legend, Mapping):
        raise LegendError(f"a legend is a mapping, {{class: colour}}, not {type(legend).__name__}")
    colors = {str(name): format_color(parse_color(color), notation) for name, color in legend.items()}
    if style == "json":
        return json.dumps(colors, ensure_ascii=False)
    if style == "sentence":
        bare = {name: _quoted(re.sub(r"^(?:the|a|an)\s+", "", name, flags=re.IGNORECASE)) for name in colors}
        return " ".join(f"The {bare[name]} {verb} {color}." for name, color in colors.items())
    if style == "list":
        return "; ".join(f"{_quoted(name)}: {color}" for name, color in colors.items())
    raise LegendError(f"unknown legend style {style!r}; use json, sentence or list")


def _quoted(name: str) -> str:
    plain = re.fullmatch(r"[^\W_]+(?:[ '’-][^\W_]+)*", name)
    if plain and _name(name) == name and not _pattern().search(f" {name} is red", 0, len(name) + 1):
        return name
    return json.dumps(name, ensure_ascii=False)
