"""The STAC item: what a catalogue needs to find, show and trust a map."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import shapely
from pyproj import CRS

from sovs_map.colours import UNKNOWN_COLOUR, Colour
from sovs_map.outputs.counting import CERTAIN, NO_CONFIDENCE
from sovs_map.outputs.finishing import finished_file
from sovs_map.outputs.footprint import find_footprint
from sovs_map.outputs.grid import Grid, read_crs
from sovs_map.vocabulary import Vocabulary

EXTENSIONS = (
    "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "https://stac-extensions.github.io/raster/v2.0.0/schema.json",
    "https://stac-extensions.github.io/classification/v2.0.0/schema.json",
    "https://stac-extensions.github.io/processing/v1.2.0/schema.json",
)

MEDIA_TYPES = {
    ".tif": "image/tiff; application=geotiff; profile=cloud-optimized",
    ".gpkg": "application/geopackage+sqlite3",
    ".parquet": "application/vnd.apache.parquet",
    ".fgb": "application/vnd.flatgeobuf",
    ".geojson": "application/geo+json",
    ".png": "image/png",
    ".html": "text/html",
    ".qml": "application/xml",
}


@dataclass(frozen=True, slots=True)
class StacAsset:
    """A file of the map."""

    key: str
    """Name of the asset in the item."""

    name: str
    """File name, relative to the item."""

    title: str
    """What it is, in a few words."""

    content: Literal["labels", "confidence", "scores", "polygons", "preview", "report", "style"]
    """What it holds; rasters get their bands described by it."""


@dataclass(frozen=True, slots=True)
class StacFacts:
    """Everything that the item says."""

    id: str
    """Identifier, the stem of the files."""

    created: str
    """When the map was made, ISO 8601 with ``Z``."""

    acquired: str | None
    """When the scene was taken, ISO 8601 with ``Z``; None when unknown, and then `created` dates the item."""

    grid: Grid
    """Where the map lies."""

    vocabulary: Vocabulary
    """Classes and prompts."""

    software: str
    """Version of sovs-map."""

    model_name: str
    """The bundle."""

    model_sha256: str
    """Hash of its weights."""

    inputs: tuple[str, ...]
    """Files that were mapped."""

    input_identity: str
    """Hash that tells this scene from any other."""

    polarisations: tuple[str, ...]
    """Bands that were used."""

    assets: tuple[StacAsset, ...]
    """Files beside the item."""


def write_stac_item(target: Path, *, item: StacFacts) -> None:
    """Write a STAC 1.1 item. Without coordinate system its geometry is null and it has no bbox.

    Raises:
        OutputError: no space, no permission.

    Source:
        https://github.com/radiantearth/stac-spec/blob/v1.1.0/item-spec/item-spec.md
    """
    footprint = find_footprint(item.grid)
    document = {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": list(EXTENSIONS),
        "id": item.id,
        "geometry": None if footprint is None else json.loads(shapely.to_geojson(footprint.geometry)),
        **({} if footprint is None else {"bbox": list(footprint.bbox)}),
        "properties": _properties(item),
        "links": [{"rel": "derived_from", "href": href} for href in item.inputs],
        "assets": {asset.key: _asset(asset, item) for asset in item.assets},
    }
    with finished_file(target) as partial:
        partial.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _properties(item: StacFacts) -> dict[str, object]:
    return {
        "datetime": item.acquired or item.created,
        "created": item.created,
        "title": f"Land cover of {item.id}: {', '.join(item.vocabulary.names)}",
        **_projection(item.grid),
        "processing:software": {"sovs-map": item.software},
        "sovs:model": {"name": item.model_name, "sha256": item.model_sha256},
        "sovs:classes": [
            {
                "value": label,
                "name": entry.name,
                "prompts": list(entry.prompts),
                "negatives": list(entry.negatives),
                "threshold": entry.threshold,
                "bias": entry.bias,
            }
            for label, entry in enumerate(item.vocabulary.classes, start=1)
        ],
        "sovs:input": {"identity": item.input_identity, "polarisations": list(item.polarisations)},
    }


def _projection(grid: Grid) -> dict[str, object]:
    crs = read_crs(grid)
    a, b, c, d, e, f = grid.transform
    found: dict[str, object] = {"proj:shape": [grid.height, grid.width], "proj:code": _code(crs)}
    if crs is not None and found["proj:code"] is None:
        found["proj:wkt2"] = crs.to_wkt()
    if not grid.gcps:
        found["proj:transform"] = [a, b, c, d, e, f]
    return found


def _code(crs: CRS | None) -> str | None:
    authority = crs.to_authority(min_confidence=100) if crs is not None else None
    return ":".join(authority) if authority else None


def _asset(asset: StacAsset, item: StacFacts) -> dict[str, object]:
    roles = {"labels": ["data"], "confidence": ["data"], "scores": ["data"], "polygons": ["data"]}
    roles |= {"preview": ["overview"], "report": ["metadata"], "style": ["metadata"]}
    described: dict[str, object] = {
        "href": "./" + asset.name,
        "title": asset.title,
        "type": MEDIA_TYPES.get(Path(asset.name).suffix.lower(), "application/octet-stream"),
        "roles": roles[asset.content],
    }
    if asset.content == "labels":
        described["bands"] = [
            {
                "name": "class",
                "data_type": item.vocabulary.dtype,
                "nodata": item.vocabulary.nodata,
                "classification:classes": _classes(item.vocabulary),
            }
        ]
    if asset.content in ("confidence", "scores"):
        names = ("confidence",) if asset.content == "confidence" else item.vocabulary.names
        described["bands"] = [
            {
                "name": name,
                "data_type": "uint8",
                "nodata": NO_CONFIDENCE,
                "raster:scale": 1 / CERTAIN,
                "raster:offset": 0,
            }
            for name in names
        ]
    return described


def _classes(vocabulary: Vocabulary) -> list[dict[str, object]]:
    """Return classes as the extension wants them: a plain name, the class's words as its title, colours without ``#``.

    Source:
        https://github.com/stac-extensions/classification, version 2.0.0, Class Object
    """
    entries = [("unknown", UNKNOWN_COLOUR), *zip(vocabulary.names, vocabulary.colours, strict=True)]
    names = _plain_names([name for name, _ in entries])
    found: list[dict[str, object]] = [
        {"value": value, "name": plain, "title": name, "description": name, "color_hint": _hex(colour)}
        for value, (plain, (name, colour)) in enumerate(zip(names, entries, strict=True))
    ]
    no_measurement = {"value": vocabulary.nodata, "name": "nodata", "description": "no measurement", "nodata": True}
    return [*found, no_measurement]


def _plain_names(names: list[str]) -> list[str]:
    """Return names of ASCII letters, digits, ``-`` and ``_`` only, still different from each other."""
    found: list[str] = []
    for name in names:
        plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name).strip("_")
        plain = plain or "class"
        found.append(plain if plain not in found else f"{plain}_{len(found)}")
    return found


def _hex(colour: Colour) -> str:
    red, green, blue = colour
    return f"{red:02X}{green:02X}{blue:02X}"
