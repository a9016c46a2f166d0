"""What is wanted of a map, and what has been written of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rasterio.control import GroundControlPoint

from sovs_map.outputs import Grid
from sovs_map.scene import Scene
from sovs_map.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sovs_map.network.bundle import Bundle


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


def provenance(scene: Scene, bundle: Bundle, created: str) -> tuple[tuple[str, str], ...]:
    """Return the tags of every raster: what made it, when, and from what."""
    return (
        ("software", f"sovs-map {version('sovs-map')}"),
        ("created", created),
        ("scene", scene.name),
        ("scene_identity", scene.identity),
        ("model", bundle.name),
        ("model_sha256", bundle.hash),
    )


def now() -> str:
    """Return the time, ISO 8601 with ``Z``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def scene_grid(scene: Scene) -> Grid:
    """Return where the pixels of a scene's own outputs lie."""
    found = scene.georeference
    gcps = tuple(GroundControlPoint(row=p.row, col=p.col, x=p.x, y=p.y, z=p.z) for p in found.gcps)
    a, b, c, d, e, f = found.transform
    return Grid(scene.height, scene.width, found.crs, (a, b, c, d, e, f), gcps)
