"""What is wanted of a map, and what has been written of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rasterio.control import GroundControlPoint

from sovs_map.area import Area
from sovs_map.outputs import Grid
from sovs_map.scene import Scene
from sovs_map.vocabulary import Vocabulary
from sovs_map.window import Window
from sovs_map.workplace import QUESTION

if TYPE_CHECKING:
    from sovs_map.network.bundle import Bundle


PLACES = 20
"""Most windows that are told one by one."""


@dataclass(frozen=True, slots=True)
class Request:
    """Which files are wanted, and how."""

    crs: str | None
    """Coordinate system to geocode to; None keeps the scene's own grid."""

    min_area_m2: float
    """Smaller regions are merged into their neighbours [m²]; 0 keeps all."""

    simplify_m: float
    """Tolerance for polygon edges [m]; 0 keeps every pixel corner."""

    vector: str
    """gpkg, parquet, fgb, geojson or none."""

    scores: str
    """none, best or all."""

    unknown: float
    """As it was asked, for the report."""

    area: Area
    """The part of the scene that is wanted."""

    aoi: str
    """As it was asked, for the report; empty for all of the scene."""

    text: str = "tower"
    """Who read the words, for the tags."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file of the map."""

    key: str
    """labels, style, confidence, scores, polygons, preview, report or item."""

    path: Path
    """Where it lies."""

    purpose: str
    """What it is for, in a few words."""


@dataclass(frozen=True, slots=True, eq=False)
class Publication:
    """A mapped scene, and what is wanted of it."""

    scene: Scene
    """What was mapped."""

    bundle: Bundle
    """The model."""

    vocabulary: Vocabulary
    """The classes."""

    request: Request
    """Which files are wanted."""

    question: str
    """SHA-256 of everything that they depend on."""

    output: Path
    """Folder of the results."""

    work: Path
    """Folder of the parts."""

    created: str
    """When, ISO 8601 with ``Z``."""


@dataclass(frozen=True, slots=True, eq=False)
class Rasters:
    """Labels and probabilities on the grid of the outputs, still in the work folder."""

    labels: Path
    """One band."""

    confidence: Path
    """One band, probability × 250."""

    scores: Path | None
    """One band a class, if asked for."""

    grid: Grid
    """Where their pixels lie."""


def provenance(
    scene: Scene, bundle: Bundle, created: str, *, request: Request, question: str, broken: Sequence[Window]
) -> tuple[tuple[str, str], ...]:
    """Return the tags of every raster: what made it, when, and from what."""
    return (
        ("software", f"sovs-map {version('sovs-map')}"),
        ("created", created),
        ("scene", scene.name),
        ("scene_identity", scene.identity),
        ("model", bundle.name),
        ("model_sha256", bundle.hash),
        *((("text_encoder", request.text),) if request.text != "tower" else ()),
        (QUESTION, question),
        *((("unreadable", broken_sentence(broken)),) if broken else ()),
    )


def broken_sentence(broken: Sequence[Window]) -> str:
    """Return in words which windows of a scene could not be read: how many pixels, and where the first ones are."""
    pixels = sum(window.height * window.width for window in broken)
    places = "; ".join(
        f"rows {one.row} to {one.bottom - 1}, columns {one.col} to {one.right - 1}" for one in broken[:PLACES]
    )
    more = f"; and {len(broken) - PLACES} places more" if len(broken) > PLACES else ""
    return f"{pixels:,} pixels could not be read and are nodata: {places}{more}"


def scene_grid(scene: Scene, area: Area) -> Grid:
    """Return where the pixels of a scene's outputs lie, on its own grid: those of the area's window."""
    found, window = scene.georeference, area.window
    gcps = tuple(
        GroundControlPoint(row=p.row - window.row, col=p.col - window.col, x=p.x, y=p.y, z=p.z) for p in found.gcps
    )
    a, b, c, d, e, f = found.transform
    if not gcps:
        c, f = c + a * window.col + b * window.row, f + d * window.col + e * window.row
    return Grid(window.height, window.width, found.crs, (a, b, c, d, e, f), gcps)
