"""What users write, in presets and as options, against what is declared for it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from cavendish.errors import ModelError

WORDS = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    tuple: "a list",
    Mapping: "a table",
}


def check(given: Mapping[str, Any], declared: Mapping[str, Any], what: str) -> None:
    """ModelError for a name that is not `declared` (name -> type) or a value of another type; `what` names them all."""
    for name, value in given.items():
        if name not in declared:
            raise ModelError(f"{name!r} is no {what}; there {'are ' + ', '.join(declared) if declared else 'is none'}")
        classes = _classes(declared[name])
        if not _is_one(value, classes):
            words = " or ".join(WORDS.get(each, each.__name__) for each in classes if each is not NoneType)
            raise ModelError(f"{name!r}, {what}, is {words}, not {value!r}")


def options_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The options that a function takes, name -> type: what is keyword-only, and the keys of its **NAME: Unpack[…]."""
    try:
        hints = get_type_hints(function)
    except NameError:  # types that its module imports for a type checker only
        hints = {}
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            found[name] = hints.get(name, Any)
        elif parameter.kind is parameter.VAR_KEYWORD and name in hints:
            found |= get_type_hints(get_args(hints[name])[0])
    return found


def _classes(kind: Any) -> list[Any]:
    """The classes of a type: int | None -> int, NoneType; tuple[int, int] -> tuple."""
    return [get_origin(each) or each for each in (get_args(kind) if isinstance(kind, UnionType) else [kind])]


def _is_one(value: Any, classes: list[Any]) -> bool:
    if Any in classes:
        return True
    if isinstance(value, bool):  # which Python takes for a number, but nobody means it as one
        return bool in classes
    if isinstance(value, int):
        return int in classes or float in classes
    return isinstance(value, tuple(classes)) or (isinstance(value, list) and tuple in classes)
