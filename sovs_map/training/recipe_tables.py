"""Tables of a recipe to the facts that they tell, every value of the kind that it must be."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from sovs_map.errors import OptionError

Facts = TypeVar("Facts")

KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
"""How the kinds of values are called."""


def read_table(kind: type[Facts], found: object, *, place: str) -> Facts:
    """Return the facts that a table tells, tables within it included; what it leaves out is as usual.

    Args:
        kind: a dataclass; its fields are the table's keys.
        found: the table; values that are facts already are taken as they are.
        place: what the table is called in errors; nothing for the document itself.

    Raises:
        OptionError: no table, an unknown or missing key, or a value of the wrong kind.
    """
    if not isinstance(found, dict):
        raise OptionError(f"has {found!r} as {place}; needed is a table [{place}]")
    assert is_dataclass(kind)  # noqa: S101 - what callers pass
    own = {field.name: field for field in fields(kind)}
    dot = f"{place}." if place else ""
    for key in found:
        if key not in own:
            raise OptionError(f"has unknown {dot}{key}; known are {', '.join(own)}")
    for key, field in own.items():
        if key not in found and field.default is MISSING and field.default_factory is MISSING:
            raise OptionError(f"has no {dot}{key}; see models/sovs-tiny/recipe.toml for a whole one")
    hints = get_type_hints(kind)
    facts: dict[str, Any] = {key: _value(hints[key], value, f"{dot}{key}") for key, value in found.items()}
    made: Facts = kind(**facts)
    return made


def _value(hint: Any, value: object, place: str) -> object:  # noqa: ANN401 - hints have no type in common
    if is_dataclass(value) or isinstance(value, tuple):  # TOML has neither: it is a fact already
        return value
    if is_dataclass(hint) and isinstance(hint, type):
        return read_table(hint, value, place=place)
    if get_origin(hint) is tuple:
        return _values(get_args(hint), value, place)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise OptionError(f"has {value!r} as {place}; needed is {KINDS[hint]}")
    return value


def _values(hints: tuple[Any, ...], value: object, place: str) -> tuple[object, ...]:
    if not isinstance(value, list) or not value or (hints[-1] is not ... and len(value) != len(hints)):
        count = "a list" if hints[-1] is ... else f"{len(hints)} values"
        raise OptionError(f"has {value!r} as {place}; needed is {count}, each {KINDS[hints[0]]}")
    return tuple(_value(hints[0], one, place) for one in value)
