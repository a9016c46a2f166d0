"""Parts of a map to the files that a user gets."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import rasterio

from sovs_map.clock import now
from sovs_map.errors import OptionError
from sovs_map.mapping import MappedParts
from sovs_map.outputs import (
    ClassArea,
    Grid,
    check_driver,
    check_simplify,
    gcp_residual_m,
    geocode,
    geocoded_grid,
    middle_cell_area,
    sieve,
    summarise,
    write_confidence,
    write_labels,
    write_polygons,
    write_scores,
)
from sovs_map.pages import write_pages
from sovs_map.publication import Publication, Rasters, Request, Written, provenance, scene_grid
from sovs_map.scene import Scene
from sovs_map.vocabulary import Vocabulary
from sovs_map.window import Window

if TYPE_CHECKING:
    from sovs_map.network.bundle import Bundle

LOG = logging.getLogger(__name__)

Result = TypeVar("Result")

Tags = tuple[tuple[str, str], ...]
"""Names and values that each raster carries."""

AT_ONCE = 2
"""Layers written at once: one compresses or traces while the other waits for the disk."""


def publish(
    scene: Scene,
    parts: MappedParts,
    *,
    bundle: Bundle,
    vocabulary: Vocabulary,
    request: Request,
    question: str,
    output: Path,
    work: Path,
) -> tuple[tuple[Path, ...], tuple[ClassArea, ...]]:
    """Write all files of a map; return their paths, labels first, and the areas by class.

    Args:
        scene: what was mapped.
        parts: rasters over its parts.
        bundle: the model.
        vocabulary: the classes.
        request: which files, checked by `check_request`.
        question: SHA-256 of what they depend on, for the tags.
        output: folder of the results.
        work: folder of the parts.

    Raises:
        OutputError: no space, no permission.
    """
    order = Publication(scene, bundle, vocabulary, request, question, output, work, now())
    with rasterio.Env(GDAL_NUM_THREADS=1):
        rasters = _prepare(order, parts)
        _remove_others(order)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="publish") as writers:
            layers = [writers.submit(_alone, layer) for layer in _layers(order, rasters, broken=parts.course.broken)]
            summary = partial(summarise, rasters.labels, rasters.confidence, grid=rasters.grid, vocabulary=vocabulary)
            summarised = writers.submit(_alone, summary)
            try:
                written = [entry for layer in layers for entry in layer.result()]
                areas = summarised.result()
            except BaseException:
                writers.shutdown(wait=False, cancel_futures=True)  # or layers that nobody wants would still be begun
                raise
        written += write_pages(order, rasters, parts, written, areas)
    return tuple(entry.path for entry in written), areas


def _alone(work: Callable[[], Result]) -> Result:
    """Return what work gives, with GDAL's settings, which are those of a thread, as `publish` has them."""
    with rasterio.Env(GDAL_NUM_THREADS=1):
        return work()


def check_request(scene: Scene, request: Request) -> None:
    """Refuse what cannot be made of a scene, before hours of mapping and not after.

    Raises:
        OptionError: an area or tolerance in metres without knowing the pixels' size, an unknown coordinate system, or a
            format that cannot hold the polygons.
        SceneError: geocoding without georeference.
    """
    grid = scene_grid(scene, request.area)
    if request.crs is not None:
        grid = geocoded_grid(grid, crs=request.crs)
    if request.min_area_m2 > 0:
        smallest_region(scene, request, grid)
    if request.vector != "none":
        check_driver(request.vector, grid=grid)
        check_simplify(request.simplify_m, grid=grid)


def _prepare(order: Publication, parts: MappedParts) -> Rasters:
    """Geocode, then merge small regions, in the work folder: warping breaks thin regions up."""
    rasters = Rasters(parts.labels, parts.confidence, parts.scores, scene_grid(order.scene, order.request.area))
    if order.request.crs is not None:
        rasters = _geocode(order, rasters, crs=order.request.crs)
    if order.request.min_area_m2 == 0:
        return rasters
    merged, pixels = order.work / "merged.tif", smallest_region(order.scene, order.request, rasters.grid)
    sieve(rasters.labels, merged, min_pixels=pixels, nodata=order.vocabulary.nodata)
    return Rasters(merged, rasters.confidence, rasters.scores, rasters.grid)


def _geocode(order: Publication, rasters: Rasters, *, crs: str) -> Rasters:
    if rasters.grid.gcps:
        residual = gcp_residual_m(rasters.grid)
        LOG.info("%s: control points fit to %.1f m RMS; this is no terrain correction", order.scene.name, residual)

    def warp(source: Path) -> tuple[Path, Grid]:
        target = order.work / f"{source.stem}_geocoded.tif"
        return target, geocode(source, target, grid=rasters.grid, crs=crs)

    labels, grid = warp(rasters.labels)
    confidence, _ = warp(rasters.confidence)
    return Rasters(labels, confidence, warp(rasters.scores)[0] if rasters.scores else None, grid)


def smallest_region(scene: Scene, request: Request, grid: Grid) -> int:
    """Return how many pixels a region needs at least, by the same rule that measures polygons."""
    area = middle_cell_area(grid)
    if area is None:
        raise OptionError(f"--min-area needs pixels of known size, {scene.name} has no georeference; leave it away")
    return math.ceil(request.min_area_m2 / area - 1e-9)


def _layers(order: Publication, rasters: Rasters, *, broken: Sequence[Window]) -> Iterator[Callable[[], list[Written]]]:
    """Yield what writes each layer of a map, for any thread."""
    scene, vocabulary, request = order.scene, order.vocabulary, order.request
    tags = (
        *provenance(scene, order.bundle, order.created, request=request, question=order.question, broken=broken),
        ("prompts", "; ".join(entry.typed for entry in vocabulary.classes)),
        ("thresholds", "; ".join(f"{entry.name}={entry.threshold:g}" for entry in vocabulary.classes)),
        ("biases", "; ".join(f"{entry.name}={entry.bias:g}" for entry in vocabulary.classes)),
    )
    yield partial(_write_labels, order, rasters, tags=tags)
    if request.scores != "none":
        yield partial(_write_confidence, order, rasters, tags=tags)
    if rasters.scores is not None:
        yield partial(_write_scores, order, rasters.scores, rasters.grid, tags=tags)
    if request.vector != "none":
        yield partial(_write_polygons, order, rasters)


def _write_labels(order: Publication, rasters: Rasters, *, tags: Tags) -> list[Written]:
    path = order.output / f"{order.scene.name}_labels.tif"
    write_labels(rasters.labels, path, grid=rasters.grid, vocabulary=order.vocabulary, tags=tags)
    return [
        Written("labels", path, "label of each pixel, with palette and class names"),
        Written("style", path.with_suffix(".qml"), "how QGIS draws the labels, loaded by itself"),
    ]


def _write_confidence(order: Publication, rasters: Rasters, *, tags: Tags) -> list[Written]:
    path = order.output / f"{order.scene.name}_confidence.tif"
    write_confidence(rasters.confidence, path, grid=rasters.grid, tags=tags)
    return [Written("confidence", path, "probability of each pixel's label")]


def _write_scores(order: Publication, scores: Path, grid: Grid, *, tags: Tags) -> list[Written]:
    path = order.output / f"{order.scene.name}_scores.tif"
    write_scores(scores, path, grid=grid, vocabulary=order.vocabulary, tags=tags)
    return [Written("scores", path, "probability of every class")]


def _write_polygons(order: Publication, rasters: Rasters) -> list[Written]:
    request, path = order.request, order.output / f"{order.scene.name}_polygons.{order.request.vector}"
    write_polygons(
        rasters.labels, rasters.confidence, path,
        grid=rasters.grid, vocabulary=order.vocabulary, driver=request.vector, simplify_m=request.simplify_m,
    )  # fmt: skip
    return [Written("polygons", path, "one feature a region, with area and confidence")]


def _remove_others(order: Publication) -> None:
    """Remove what an older map of the scene has and this one will not: layers of two maps don't belong together."""
    request, stem = order.request, order.scene.name
    others = {f"{stem}_polygons.{kind}" for kind in ("gpkg", "parquet", "fgb", "geojson") if kind != request.vector}
    others |= {f"{stem}_confidence.tif"} if request.scores == "none" else set()
    others |= {f"{stem}_scores.tif"} if request.scores != "all" else set()
    for name in others:
        (order.output / name).unlink(missing_ok=True)
