"""Parts of a map to the files that a user gets."""

from __future__ import annotations

import logging
import math
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import rasterio
from rasterio.control import GroundControlPoint

from sovs_map.errors import OptionError
from sovs_map.mapping import MappedParts
from sovs_map.outputs import (
    ClassArea,
    Grid,
    gcp_residual_m,
    geocode,
    sieve,
    summarise,
    write_confidence,
    write_labels,
    write_polygons,
    write_scores,
)
from sovs_map.pages import write_pages
from sovs_map.publication import Publication, Rasters, Request, Written
from sovs_map.scene import Scene
from sovs_map.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sovs_map.network.bundle import Bundle

LOG = logging.getLogger(__name__)


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
        written += write_pages(order, rasters, parts, written, areas)
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
