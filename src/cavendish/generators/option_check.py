"""Checks what users write, in presets and as options, against the names and types declared in the code.

Not by pydantic, which the core does not need otherwise: it reports one error for each member of a union, and to put
those into one sentence takes the same table of words.
"""

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
    """ModelError for a name that is not `declared` (name -> type) or a value of another type.

    `what` says what each name is, such as "an option of nano generators".
    """
    for name, value in given.items():
        if name not in declared:
            known = f"the known ones are {', '.join(declared)}" if declared else "there are none"
            raise ModelError(f"{name!r} is not {what}; {known}")
        classes = _classes(declared[name])
        if not _matches(value, classes):
            words = " or ".join(WORDS.get(each, each.__name__) for each in classes if each is not NoneType)
            raise ModelError(f"{name!r}, {what}, is {words}, not {value!r}")


def options_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The keyword-only parameters of a function, name -> type, and the keys of its **NAME: Unpack[…]."""
    try:
        hints = get_type_hints(function)
    except NameError:  # of a type that its module imports for a type checker only
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


def _matches(value: Any, classes: list[Any]) -> bool:
    if Any in classes:
        return True
    if isinstance(value, bool):  # an int to Python, but not to the user
        return bool in classes
    if isinstance(value, int):
        return int in classes or float in classes
    return isinstance(value, tuple(classes)) or (isinstance(value, list) and tuple in classes)
