"""Classes from a TOML file."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from sovs_map.colours import UNKNOWN_COLOUR, Colour
from sovs_map.errors import VocabularyError
from sovs_map.label_class import LabelClass


def read_classes(path: Path) -> tuple[LabelClass, ...]:
    """Return the classes of ``[[class]]`` tables with name, prompts, negatives, threshold, bias and colour.

    Raises:
        VocabularyError: the file cannot be read, or says something else.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise VocabularyError(f"vocabulary {path} cannot be read: {error}") from error
    tables = document.get("class")
    example = '[[class]]\nname = "water"\nprompts = ["river", "lake"]'
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise VocabularyError(f"vocabulary {path} has no [[class]] tables; write for example:\n{example}")
    return tuple(_class_from_table(table, path) for table in tables)


def _class_from_table(table: dict[str, object], path: Path) -> LabelClass:
    known = {"name", "prompts", "negatives", "threshold", "bias", "colour"}
    if surplus := sorted(set(table) - known):
        raise VocabularyError(f"vocabulary {path}: unknown key {surplus[0]!r}; known are {', '.join(sorted(known))}")
    name = table.get("name")
    if not isinstance(name, str) or not name.strip():
        raise VocabularyError(f'vocabulary {path}: a class has no name; write name = "water"')
    return LabelClass(
        name=" ".join(name.split()),
        prompts=_words(table.get("prompts", [name]), f"prompts of {name!r}", path),
        colour=_colour(table.get("colour"), name, path),
        negatives=_words(table.get("negatives", []), f"negatives of {name!r}", path),
        threshold=_number(table.get("threshold", 0.0), f"threshold of {name!r}", "0 to 1", path),
        bias=_number(table.get("bias", 0.0), f"bias of {name!r}", "e.g. 0.5 or -1", path),
    )


def _number(value: object, what: str, needed: str, path: Path) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise VocabularyError(f"vocabulary {path}: {what} is {value!r}; write a number, {needed}")
    return float(value)


def _words(value: object, what: str, path: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise VocabularyError(f'vocabulary {path}: {what} must be a list of phrases, e.g. ["river", "lake"]')
    return tuple(" ".join(word.split()) for word in value)


def _colour(value: object, name: str, path: Path) -> Colour:
    if value is None:
        return UNKNOWN_COLOUR
    if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise VocabularyError(f'vocabulary {path}: colour of {name!r} is {value!r}; write e.g. "#0064c8"')
    return (int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16))
