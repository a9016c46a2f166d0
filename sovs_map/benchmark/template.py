"""Path templates: finding the files that fit one, and naming the others that belong to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sovs_map.errors import DataSetError

_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Match:
    """A file that fits a template."""

    path: Path
    """The file."""

    fields: tuple[tuple[str, str], ...]
    """Value of each field."""

    def fill(self, template: str) -> str:
        """Return another template with this file's fields."""
        values = dict(self.fields)
        return _FIELD.sub(lambda field: values[field[1]], template)


class Folders:
    """The names in folders, each folder read once."""

    def __init__(self) -> None:
        self._names: dict[Path, tuple[str, ...]] = {}
        self._known: dict[Path, frozenset[str]] = {}

    def names(self, folder: Path) -> tuple[str, ...]:
        """Return the names in a folder in order; none when it is no folder. Hidden ones are left out.

        Raises:
            DataSetError: the folder cannot be read.
        """
        if folder not in self._names:
            try:
                found = [one.name for one in folder.iterdir()] if folder.is_dir() else []
            except OSError as error:
                raise DataSetError(
                    f"{folder} cannot be read: {error.strerror}. Mend it with: chmod u+rx '{folder}'"
                ) from error
            self._names[folder] = tuple(sorted(name for name in found if not name.startswith(".")))
        return self._names[folder]

    def has(self, path: Path) -> bool:
        """Tell whether a file or folder is there."""
        if path.parent not in self._known:
            self._known[path.parent] = frozenset(self.names(path.parent))
        return path.name in self._known[path.parent]

    def fitting(self, path: Path) -> tuple[Path, ...]:
        """Return the files of a path whose last part may hold ``*``."""
        if "*" not in path.name:
            return (path,) if self.has(path) else ()
        fits = re.compile(".*".join(map(re.escape, path.name.split("*"))))
        return tuple(path.parent / name for name in self.names(path.parent) if fits.fullmatch(name))


def find_files(folders: Folders, root: Path, template: str, patterns: Mapping[str, str]) -> Iterator[Match]:
    """Yield the files below ``root`` that fit a template, in order.

    Args:
        folders: read so far.
        root: folder that the template begins at.
        template: names with ``{field}``; the same field has the same value throughout.
        patterns: regular expressions of fields; others match anything but a slash.
    """
    yield from _walk(folders, root, template.split("/"), patterns, {})


def _walk(
    folders: Folders, folder: Path, segments: list[str], patterns: Mapping[str, str], bound: dict[str, str]
) -> Iterator[Match]:
    first, rest = segments[0], segments[1:]
    for name, fields in _fitting(folders, folder, first, patterns, bound):
        if rest:
            yield from _walk(folders, folder / name, rest, patterns, fields)
        else:
            yield Match(folder / name, tuple(fields.items()))


def _fitting(
    folders: Folders, folder: Path, segment: str, patterns: Mapping[str, str], bound: dict[str, str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the names in a folder that fit a segment, and all fields known then."""
    if "{" not in segment:
        if folders.has(folder / segment):
            yield segment, bound
        return
    expression = _expression(segment, patterns, bound)
    for name in folders.names(folder):
        found = expression.fullmatch(name)
        if found:
            yield name, {**bound, **found.groupdict()}


def _expression(segment: str, patterns: Mapping[str, str], bound: Mapping[str, str]) -> re.Pattern[str]:
    text, end, seen = "", 0, set[str]()
    for field in _FIELD.finditer(segment):
        name = field[1]
        text += re.escape(segment[end : field.start()])
        if name in bound:
            text += re.escape(bound[name])
        elif name in seen:
            text += f"(?P={name})"
        else:
            text += f"(?P<{name}>{patterns.get(name, '.+?')})"
        seen.add(name)
        end = field.end()
    return re.compile(text + re.escape(segment[end:]))
