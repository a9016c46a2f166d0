"""Classes from a TOML file."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from sovs_map.colours import UNKNOWN_COLOUR, Colour
from sovs_map.errors import VocabularyError
from sovs_map.label_class import LabelClass

MAX_BYTES = 1 << 25
"""A larger file is refused; 65 534 classes with a dozen phrases each fit."""


def read_classes(path: Path) -> tuple[LabelClass, ...]:
    """Return the classes of ``[[class]]`` tables with name, prompts, negatives, threshold, bias and colour.

    Raises:
        VocabularyError: the file cannot be read, or says something else.
    """
    document = _document(path)
    tables = document.get("class")
    example = '[[class]]\nname = "water"\nprompts = ["river", "lake"]'
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise VocabularyError(f"vocabulary {path} has no [[class]] tables; write for example:\n{example}")
    return tuple(_class_from_table(table, path) for table in tables)


def _document(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(_content(path).decode())
    except RecursionError as error:
        raise VocabularyError(
            f"vocabulary {path} nests lists or tables too deep; a class has lists of phrases"
        ) from error
    except ValueError as error:  # no UTF-8, no TOML, or a number of thousands of digits
        raise VocabularyError(f"vocabulary {path} cannot be read: {error}; needed is TOML in UTF-8") from error


def _content(path: Path) -> bytes:
    """Return the bytes of a file that is one, rather than a device or a pipe that might never end."""
    try:
        is_file, size = path.is_file(), path.stat().st_size
        content = path.read_bytes() if is_file and size <= MAX_BYTES else b""
    except (OSError, ValueError) as error:  # a name may hold what no name may
        raise VocabularyError(f"vocabulary {path} cannot be read: {error}") from error
    if not is_file:
        raise VocabularyError(f"vocabulary {path} is a folder or a device; needed is a TOML file")
    if size > MAX_BYTES:
        raise VocabularyError(
            f"vocabulary {path} has {size} bytes; at most {MAX_BYTES} are read. Put fewer classes in it"
        )
    return content


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
    try:
        return float(value)
    except OverflowError as error:
        raise VocabularyError(f"vocabulary {path}: {what} is too large; write a number, {needed}") from error


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
