"""References in catalogues: where each leads, and which ones are not followed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from urllib.request import url2pathname

from sovs_map.errors import SceneError
from sovs_map.scene.fetching import is_fetched

NETWORK = ("http", "https", "s3", "gs", "az")
"""Schemes of what a catalogue may point to."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9_+.-]*):")
_STRANGE = re.compile(r"[\x00-\x1f\x7f<>\"\\^`{|}]|[\ud800-\udfff]")
"""Signs that no path or address of a catalogue needs, but inline XML and tricks do."""


def resolve(href: str, *, base: str) -> str:
    """Return what a reference leads to: an address, or the absolute path of a file.

    Catalogues are not trusted. From the network only the network can be reached, so that no stranger chooses files of
    this computer; from disk files and the network. GDAL's own prefixes and connection strings are reached from nowhere.

    Args:
        href: as written in the document.
        base: address or path of the document.

    Raises:
        SceneError: it leads elsewhere.
    """
    try:
        return _resolved(href.strip(), base)
    except ValueError as error:
        raise SceneError(
            f"The catalogue {base} points to {href[:200]!r}, which {error}; needed is {_needed(base)}. If you trust it, "
            "give the file itself instead of the catalogue"
        ) from error


def _resolved(href: str, base: str) -> str:
    scheme = _SCHEME.match(href)
    if not href or _STRANGE.search(href):
        raise ValueError("is no plain path or address")
    if scheme is None or scheme[1].lower() not in NETWORK:
        return _on_network(href, base) if is_fetched(base) else _on_disk(href, base)
    if not urlsplit(href).netloc:
        raise ValueError("names no server")
    return scheme[1].lower() + href[scheme.end(1) :]


def _on_network(href: str, base: str) -> str:
    if _SCHEME.match(href) or href.startswith("/vsi"):
        raise ValueError("leads out of the network")
    return urljoin(base, href)


def _on_disk(href: str, base: str) -> str:
    path = href
    if href.lower().startswith("file:"):
        parts = urlsplit(href)
        if parts.netloc not in {"", "localhost"}:
            raise ValueError("lies on another computer")
        path = url2pathname(parts.path)
        if _STRANGE.search(path):
            raise ValueError("is no plain path or address")
    elif _SCHEME.match(href):
        raise ValueError("is no plain path or address")
    path = os.path.normpath(Path(base).absolute().parent / path)
    if path.lstrip("/").startswith("vsi"):
        raise ValueError("is one of GDAL's own prefixes")
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113 - pathlib raises at names too long
        raise ValueError("is no file")
    return path


def _needed(base: str) -> str:
    schemes = ", ".join(f"{scheme}://" for scheme in NETWORK)
    return f"{schemes} or a path relative to it" if is_fetched(base) else f"a file, {schemes}"
