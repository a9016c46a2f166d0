"""Parts of a map to the files that a user gets."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.control import GroundControlPoint
from rasterio.enums import Resampling

from sovs_map.errors import OptionError
from sovs_map.mapping import MappedParts
from sovs_map.outputs import (
    ClassArea,
    Fact,
    Grid,
    OutputFile,
    Report,
    StacAsset,
    StacFacts,
    count_values,
    draw_backscatter,
    draw_labels,
    encode_png,
    gcp_residual_m,
    geocode,
    sieve,
    summarise,
    write_confidence,
    write_labels,
    write_polygons,
    write_preview,
    write_report,
    write_scores,
    write_stac_item,
)
from sovs_map.scene import Scene
from sovs_map.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sovs_map.network.bundle import Bundle

LOG = logging.getLogger(__name__)


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
    """labels, confidence, scores, polygons, preview or report."""

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


def publish(
    scene: Scene,
    parts: MappedParts,
    *,
    bundle: Bundle,
    vocabulary: Vocabulary,
    request: Request,
    output: Path,
    work: Path,
) -> tuple[tuple[Path, ...], tuple[ClassArea, ...]]:
    """Write all files of a map; return their paths, labels first, and the areas by class.

    Raises:
        OptionError: an area or tolerance in metres without knowing the pixels' size, or an unknown coordinate system.
        SceneError: geocoding without georeference.
        OutputError: no space, no permission.
    """
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    order = Publication(scene, bundle, vocabulary, request, output, work, created)
    with rasterio.Env(GDAL_NUM_THREADS=1):
        rasters = _prepare(order, parts)
        written = _write_layers(order, rasters)
        areas = summarise(rasters.labels, rasters.confidence, grid=rasters.grid, vocabulary=vocabulary)
        written += _write_pages(order, rasters, parts, written, areas)
    return tuple(entry.path for entry in written), areas


def scene_grid(scene: Scene) -> Grid:
    """Return where the pixels of a scene's own outputs lie."""
    found = scene.georeference
    gcps = tuple(GroundControlPoint(row=p.row, col=p.col, x=p.x, y=p.y, z=p.z) for p in found.gcps)
    a, b, c, d, e, f = found.transform
    return Grid(scene.height, scene.width, found.crs, (a, b, c, d, e, f), gcps)


def _prepare(order: Publication, parts: MappedParts) -> Rasters:
    """Merge small regions, then geocode, in the work folder."""
    scene, request = order.scene, order.request
    rasters = Rasters(parts.labels, parts.confidence, parts.scores, scene_grid(scene))
    if request.min_area_m2 > 0:
        if scene.spacing_m is None:
            raise OptionError(f"--min-area needs pixels of known size, {scene.name} has no georeference; leave it away")
        pixels = math.ceil(request.min_area_m2 / scene.spacing_m**2)
        merged = order.work / "merged.tif"
        sieve(rasters.labels, merged, min_pixels=pixels, nodata=order.vocabulary.nodata)
        rasters = Rasters(merged, rasters.confidence, rasters.scores, rasters.grid)
    if request.crs is None:
        return rasters
    if rasters.grid.gcps:
        LOG.info(
            "%s: control points fit to %.1f m RMS; this is no terrain correction",
            scene.name,
            gcp_residual_m(rasters.grid),
        )
    done = {
        name: geocode(source, order.work / f"{name}_geocoded.tif", grid=rasters.grid, crs=request.crs)
        for name, source in (("labels", rasters.labels), ("confidence", rasters.confidence), ("scores", rasters.scores))
        if source is not None
    }
    scores = order.work / "scores_geocoded.tif" if "scores" in done else None
    return Rasters(order.work / "labels_geocoded.tif", order.work / "confidence_geocoded.tif", scores, done["labels"])


def _write_layers(order: Publication, rasters: Rasters) -> list[Written]:
    scene, bundle, vocabulary = order.scene, order.bundle, order.vocabulary
    request, output, created = order.request, order.output, order.created
    tags = (
        ("software", f"sovs-map {version('sovs-map')}"),
        ("created", created),
        ("scene", scene.name),
        ("scene_identity", scene.identity),
        ("model", bundle.name),
        ("model_sha256", bundle.hash),
        ("prompts", "; ".join(f"{entry.name}={'|'.join(entry.prompts)}" for entry in vocabulary.classes)),
    )
    labels = output / f"{scene.name}_labels.tif"
    write_labels(rasters.labels, labels, grid=rasters.grid, vocabulary=vocabulary, tags=tags)
    written = [Written("labels", labels, "label of each pixel, with palette and class names")]
    if request.scores != "none":
        confidence = output / f"{scene.name}_confidence.tif"
        write_confidence(rasters.confidence, confidence, grid=rasters.grid, tags=tags)
        written.append(Written("confidence", confidence, "probability of each pixel's label"))
    if rasters.scores is not None:
        scores = output / f"{scene.name}_scores.tif"
        write_scores(rasters.scores, scores, grid=rasters.grid, vocabulary=vocabulary, tags=tags)
        written.append(Written("scores", scores, "probability of every class"))
    if request.vector != "none":
        polygons = output / f"{scene.name}_polygons.{request.vector}"
        write_polygons(
            rasters.labels, rasters.confidence, polygons,
            grid=rasters.grid, vocabulary=vocabulary, driver=request.vector, simplify_m=request.simplify_m,
        )  # fmt: skip
        written.append(Written("polygons", polygons, "one feature a region, with area and confidence"))
    return written


def _decimated_labels(
    labels: Path, quicklook: NDArray[np.float32], grid: Grid, request: Request
) -> tuple[NDArray[np.float32], NDArray[np.integer]]:
    """Return backscatter and labels for pictures, of one shape; geocoded maps are shown without backscatter."""
    shape = quicklook.shape
    if request.crs is not None:
        step = max(1, -(-max(grid.height, grid.width) // max(shape)))
        shape = (-(-grid.height // step), -(-grid.width // step))
        quicklook = np.full(shape, np.nan, np.float32)
    with rasterio.open(labels) as source:
        return quicklook, source.read(1, out_shape=shape, resampling=Resampling.nearest)


def _write_pages(
    order: Publication,
    rasters: Rasters,
    parts: MappedParts,
    written: list[Written],
    areas: tuple[ClassArea, ...],
) -> list[Written]:
    scene, bundle, vocabulary, request = order.scene, order.bundle, order.vocabulary, order.request
    output, created = order.output, order.created
    backscatter, labels = _decimated_labels(rasters.labels, parts.quicklook, rasters.grid, request)
    preview, page = output / f"{scene.name}_preview.png", output / f"{scene.name}_report.html"
    step = rasters.grid.width / labels.shape[1]
    pixel_m = None if scene.spacing_m is None else scene.spacing_m * step
    write_preview(backscatter, labels, preview, vocabulary=vocabulary, title=scene.name, pixel_m=pixel_m)
    pages = [
        Written("preview", preview, "the map over the SAR picture, with legend"),
        Written("report", page, "this page"),
    ]
    counts = count_values(rasters.labels, grid=rasters.grid, values=vocabulary.nodata + 1)
    write_report(
        page,
        report=Report(
            title=scene.name,
            created=created,
            scene=_scene_facts(scene),
            remarks=scene.remarks,
            vocabulary=vocabulary,
            areas=areas,
            unknown_pixels=int(counts[0]),
            model=(Fact("name", bundle.name), Fact("SHA-256", bundle.hash), Fact("licence", bundle.licence)),
            settings=_setting_facts(request),
            timings=_timing_facts(parts),
            outputs=tuple(OutputFile(entry.path.name, entry.purpose) for entry in written + pages),
            backscatter_png=encode_png(draw_backscatter(backscatter)),
            labels_png=encode_png(draw_labels(labels, vocabulary=vocabulary)),
        ),
    )
    item = output / f"{scene.name}_item.json"
    write_stac_item(item, item=_stac_facts(order, rasters.grid, written + pages))
    return [*pages, Written("item", item, "STAC item")]


def _scene_facts(scene: Scene) -> tuple[Fact, ...]:
    calibrated = "absolute" if scene.calibrated else "unknown gain, shifted to the reference level"
    return (
        Fact("size", f"{scene.height} × {scene.width} pixels"),
        Fact("polarisations", ", ".join(scene.polarisations)),
        Fact("numbers", f"{scene.scale.value}, {calibrated}"),
        Fact("pixel spacing", "unknown" if scene.spacing_m is None else f"{scene.spacing_m:.3g} m"),
    )


def _setting_facts(request: Request) -> tuple[Fact, ...]:
    return (
        Fact("unknown below", f"{request.unknown:g}"),
        Fact("smallest region", f"{request.min_area_m2:g} m²" if request.min_area_m2 else "one pixel"),
        Fact("simplified by", f"{request.simplify_m:g} m" if request.simplify_m else "nothing"),
        Fact("geocoded to", request.crs or "the scene's own grid"),
    )


def _timing_facts(parts: MappedParts) -> tuple[Fact, ...]:
    return (
        Fact("mapping", f"{parts.seconds:.1f} s"),
        Fact("chunks", f"{parts.chunks}, of which {parts.resumed} were done by an earlier run"),
    )


def _stac_facts(order: Publication, grid: Grid, written: list[Written]) -> StacFacts:
    scene, bundle, vocabulary, created = order.scene, order.bundle, order.vocabulary, order.created
    sources = dict.fromkeys(band.source for band in scene.bands)
    return StacFacts(
        id=scene.name,
        created=created,
        acquired=None,
        grid=grid,
        vocabulary=vocabulary,
        software=version("sovs-map"),
        model_name=bundle.name,
        model_sha256=bundle.hash,
        inputs=tuple(Path(source).name for source in sources if isinstance(source, str)),
        input_identity=scene.identity,
        polarisations=scene.polarisations,
        assets=tuple(StacAsset(entry.key, entry.path.name, entry.purpose, entry.key) for entry in written),  # type: ignore[arg-type]
    )
