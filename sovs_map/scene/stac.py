"""STAC as a source of scenes: items, lists of items, and catalogues of them, from disk or the network."""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sovs_map.errors import SceneError
from sovs_map.scene.fetching import fetch, is_fetched
from sovs_map.scene.found import Found, SceneFiles
from sovs_map.scene.href import resolve
from sovs_map.scene.stac_assets import Asset, choose_assets

if TYPE_CHECKING:
    import pystac

LARGEST = 32_000_000
"""Most bytes of one document."""

MOST = 100_000
"""Most items, and most documents, that one argument may lead to."""

DEEPEST = 32
"""Most links from the first document to an item."""

LONGEST_NAME = 150
"""Most bytes of a scene's name, so that there is room for endings in a file name of 255."""

_API = re.compile(r"/collections(/[^/]+/items(/[^/]+)?|/[^/]+)?/?$|/search/?$")
"""Addresses of the STAC API's collections, items and searches, which have no suffix.

Source:
    https://github.com/radiantearth/stac-api-spec/tree/v1.0.0/ogcapi-features
"""

_DOWN = ("child", "item", "items")


def is_stac(argument: str) -> bool:
    """Tell from its name whether an argument is a STAC document rather than a raster."""
    if is_fetched(argument):
        path = re.split("[?#]", argument)[0]
        return path.lower().endswith((".json", ".geojson")) or _API.search(path) is not None
    return argument.lower().endswith((".json", ".geojson"))


def find_stac_scenes(argument: str) -> Found:
    """Return the scenes of a STAC item, item collection, collection or catalogue; each is named by its item's id.

    Documents are read here and within bounds: their size, number, depth and time; pystac is handed what was read, brings
    older versions up to date, and reads nothing itself. One that is wrong does not stop the others.

    Args:
        argument: path, or address with http or https.

    Source:
        https://github.com/radiantearth/stac-spec/tree/v1.1.0
    """
    scenes: list[SceneFiles] = []
    errors: list[SceneError] = []
    waiting, seen = [(argument, 0)], {argument, os.path.abspath(argument)}  # noqa: PTH100 - as references resolve
    while waiting:
        if len(scenes) + len(errors) > MOST or len(seen) > MOST or waiting[-1][1] > DEEPEST:
            errors.append(_too_much(argument))
            break
        here, depth = waiting.pop()
        try:
            document = _read(here)
            for item in _items(document, here):
                _note(item, here, scenes, errors)
            below = [href for href in _linked(document, here) if href not in seen]
        except SceneError as error:
            errors.append(error)
            continue
        seen.update(below)
        waiting += [(href, depth + 1) for href in reversed(dict.fromkeys(below))]
    if not scenes and not errors:
        errors.append(
            SceneError(f"{argument} leads to no item; needed is a STAC item, or a catalogue that links to some")
        )
    return Found(tuple(scenes), tuple(errors))


def _note(item: dict[str, object], here: str, scenes: list[SceneFiles], errors: list[SceneError]) -> None:
    """Put an item on the list of scenes, or what is wrong with it on that of errors."""
    try:
        scenes.append(_scene(item, here))
    except SceneError as error:
        errors.append(error)


def _too_much(argument: str) -> SceneError:
    return SceneError(
        f"{argument} leads to more than {MOST:,} documents or items, or through more than {DEEPEST} levels; needed are "
        "fewer. Give one of its collections instead, or the items that you want in a file: @list.txt"
    )


def _read(href: str) -> dict[str, object]:
    """Return a document, which is a JSON object."""
    raw = fetch(href, limit=LARGEST) if is_fetched(href) else _from_disk(href)
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise SceneError(f"{href} is no JSON ({error}); needed is a STAC item or catalogue") from error
    if not isinstance(document, dict):
        raise SceneError(f"{href} is JSON, but no STAC object; needed is a STAC item or catalogue")
    return document


def _from_disk(path: str) -> bytes:
    try:
        if not Path(path).is_file():
            raise SceneError(
                f"{path} does not exist or is no file; needed is a STAC document, or an address with https://"
            )
        with Path(path).open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise SceneError(f"{path} cannot be read ({error.strerror}); needed is a STAC document") from error
    if len(raw) > LARGEST:
        raise SceneError(f"{path} is larger than {LARGEST / 1e6:.0f} MB; needed is a smaller STAC document")
    return raw


def _items(document: dict[str, object], here: str) -> Iterator[dict[str, object]]:
    """Give the items that a document holds itself."""
    if document.get("type") == "Feature":
        yield document
    if document.get("type") != "FeatureCollection":
        return
    features = document.get("features")
    if not isinstance(features, list):
        raise SceneError(f"{here} lists no features; needed is an item collection of STAC")
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict):
            raise SceneError(f"Feature {number} of {here} is no STAC item; needed is an item collection of STAC")
        yield feature


def _linked(document: dict[str, object], here: str) -> list[str]:
    """Return the documents below one, and the next page of a list."""
    if document.get("type") == "Feature":
        return []
    paged = document.get("type") == "FeatureCollection"
    links = document.get("links", [] if paged else None)
    if not isinstance(links, list):
        raise SceneError(f"{here} is no STAC item and has no links; needed is a STAC item or catalogue")
    found = []
    for link in links:
        if not isinstance(link, dict) or link.get("rel") not in (("next",) if paged else _DOWN):
            continue
        href = link.get("href")
        if not isinstance(href, str) or link.get("method", "GET") != "GET":
            raise SceneError(f"{here} has a link {link.get('rel')!r} that cannot be followed; needed is one to GET")
        found.append(resolve(href, base=here))
    return found


def _scene(document: dict[str, object], here: str) -> SceneFiles:
    item = _parsed(document, here)
    assets = [_asset(key, asset) for key, asset in item.assets.items()]
    told = choose_assets(assets, polarisations=_text(item.properties.get("sar:polarizations")))
    if not told:
        found = "; ".join(f"{one.key[:80]!r} ({one.media_type[:80] or 'no type'})" for one in assets[:20]) or "none"
        raise SceneError(
            f"The STAC item {item.id[:200]!r} of {here} has no asset of backscatter that can be told from the others "
            f"(found: {found}); needed are GeoTIFFs whose key, bands or sar:polarizations name VV, VH, HH or HV, one of "
            "each. Give the files themselves instead: a_vv.tif+a_vh.tif"
        )
    files = tuple(resolve(one.asset.href, base=here) for one in told)
    return SceneFiles(_name(item.id, here), files, tuple(" ".join(one.polarisations) for one in told))


def _parsed(document: dict[str, object], here: str) -> pystac.Item:
    try:
        from pystac import Item  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise SceneError(
            f"{here} is a STAC document, and pystac, which reads it, is not installed; needed is: pip install "
            "'sovs-map[stac]'"
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            item = Item.from_dict(document, preserve_dict=False)
    except Exception as error:  # pystac raises whatever a wrong type leads to
        raise SceneError(f"{here} holds an item that cannot be read ({error!r:.200}); needed is a STAC item") from error
    if not isinstance(item.id, str):
        raise SceneError(f"{here} holds an item whose id is {item.id!r:.200}; needed is a text")
    return item


def _asset(key: str, asset: pystac.Asset) -> Asset:
    """Return an asset as our own facts; what has the wrong type counts as not said."""
    said = asset.extra_fields.get("bands", asset.extra_fields.get("eo:bands"))
    bands = said if isinstance(said, list) else []
    own = asset.extra_fields.get("sar:polarizations", asset.extra_fields.get("polarizations"))
    return Asset(
        key=key,
        href=_text(asset.href),
        media_type=_text(asset.media_type),
        roles=tuple(_text(asset.roles).lower().split()),
        title=_text(asset.title),
        bands=tuple(_band(band) for band in bands if isinstance(band, dict)),
        polarisations=_text(own),
    )


def _band(band: dict[str, object]) -> str:
    return f"{_text(band.get('name'))} {_text(band.get('description'))}"


def _text(value: object) -> str:
    """Return a text, or those of a list joined; nothing of anything else."""
    if isinstance(value, list):
        return " ".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _name(identifier: str, here: str) -> str:
    """Return an id as part of file names."""
    safe = re.sub(r"[^\w.-]+", "_", identifier).strip("._-").encode()[:LONGEST_NAME].decode(errors="ignore")
    if not safe:
        raise SceneError(f"{here} holds an item with the id {identifier[:200]!r}; needed is one with letters or digits")
    return safe
