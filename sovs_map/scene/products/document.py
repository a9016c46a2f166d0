"""Metadata of products: JSON and XML that may be anything, read within bounds."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

LARGEST = 64_000_000
"""Larger files are no metadata [bytes]; the annotation of a Sentinel-1 scene has 2 MB."""


@dataclass(frozen=True, slots=True)
class Document:
    """JSON of which nothing is certain."""

    content: object
    """As it was parsed."""

    def text(self, *keys: str | int) -> str:
        """Return the text below these keys and positions, empty when there is none."""
        found = self._at(keys)
        return found if isinstance(found, str) else ""

    def number(self, *keys: str | int) -> float | None:
        """Return the finite number below these keys and positions, None when there is none."""
        found = self._at(keys)
        if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
            return None
        return float(found)

    def _at(self, keys: tuple[str | int, ...]) -> object:
        found = self.content
        for key in keys:
            if isinstance(found, dict):
                found = found.get(key)
            elif isinstance(found, list) and isinstance(key, int) and key < len(found):
                found = found[key]
            else:
                return None
        return found


def parse_json(text: str) -> Document | None:
    """Return JSON, None when it is none."""
    if len(text) > LARGEST:
        return None
    try:
        return Document(json.loads(text))
    except (ValueError, RecursionError):
        return None


def read_json(path: Path) -> Document | None:
    """Return the JSON of a file, None when there is none."""
    content = _content(path)
    if content is None:
        return None
    try:
        return parse_json(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return None


def parse_number(text: str | None) -> float | None:
    """Return the finite number that a text is; None when it is none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def read_xml(path: Path) -> ET.Element | None:
    """Return the root of an XML file, None when there is none."""
    content = _content(path)
    return None if content is None else parse_xml(content)


class _Undeclared(ET.TreeBuilder):
    """A tree of XML that declares nothing, in whatever encoding."""

    def doctype(self, name: str, _pubid: str | None, _system: str | None) -> None:
        raise ET.ParseError(f"declares a document type, {name}")


def parse_xml(content: bytes) -> ET.Element | None:
    """Return the root of XML; None when it is none, or declares entities, which could grow without end."""
    if len(content) > LARGEST:
        return None
    try:
        # Entities are declared in a document type only, and that is met before the first of them is expanded.
        return ET.fromstring(content, ET.XMLParser(target=_Undeclared()))  # noqa: S314
    except (ET.ParseError, ValueError, LookupError):  # the latter two: an encoding that is unknown or not for XML
        return None


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.is_file() and path.stat().st_size <= LARGEST else None
    except OSError:
        return None
