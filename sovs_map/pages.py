"""The files about a map that people look at first: preview, report, STAC item."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling

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
    find_way_back,
    old_pixels,
    write_preview,
    write_report,
    write_stac_item,
)
from sovs_map.publication import Publication, Rasters, Request, Written, broken_sentence, scene_grid
from sovs_map.scene import Georeference, Scene
from sovs_map.scene.georeference import pixel_sides_m
from sovs_map.scene.raster import file_name


def _pictures(
    order: Publication, rasters: Rasters, parts: MappedParts
) -> tuple[NDArray[np.float32], NDArray[np.integer]]:
    """Return decimated backscatter and labels for pictures, of one shape, on the grid of the outputs."""
    backscatter, grid = parts.course.quicklook, rasters.grid
    if order.request.crs is not None:
        backscatter = geocoded_picture(
            backscatter, scene_grid(order.scene, order.request.area), grid, step=parts.course.step
        )
    with rasterio.open(rasters.labels) as source:
        return backscatter, source.read(1, out_shape=backscatter.shape, resampling=Resampling.nearest)


def geocoded_picture(quicklook: NDArray[np.float32], old: Grid, new: Grid, *, step: int) -> NDArray[np.float32]:
    """Return a quicklook laid on another grid by nearest neighbour, NaN outside the scene."""
    coarse = max(1, -(-max(new.height, new.width) // max(quicklook.shape)))
    height, width = -(-new.height // coarse), -(-new.width // coarse)
    rows, cols = (np.arange(height) + 0.5) * new.height / height, (np.arange(width) + 0.5) * new.width / width
    places = old_pixels(find_way_back(old, new), rows, cols)
    row, col = np.moveaxis(places, -1, 0)
    inside = (row >= 0) & (row < old.height) & (col >= 0) & (col < old.width)
    squares = np.minimum(places[inside].astype(np.int64) // step, np.array(quicklook.shape) - 1)
    picture = np.full((height, width), np.nan, np.float32)
    picture[inside] = quicklook[tuple(squares.T)]
    return picture


def write_pages(
    order: Publication,
    rasters: Rasters,
    parts: MappedParts,
    written: list[Written],
    areas: tuple[ClassArea, ...],
) -> list[Written]:
    """Write preview, report and STAC item of a map whose layers are written.

    Raises:
        OutputError: no space, no permission.
    """
    scene, bundle, vocabulary, request = order.scene, order.bundle, order.vocabulary, order.request
    output, created = order.output, order.created
    broken = parts.course.broken
    backscatter, labels = _pictures(order, rasters, parts)
    preview, page = output / f"{scene.name}_preview.png", output / f"{scene.name}_report.html"
    pixel_m = picture_pixel_m(scene, rasters.grid, request, width=labels.shape[1])
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
            remarks=(*((broken_sentence(broken),) if broken else ()), *scene.remarks),
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


def picture_pixel_m(scene: Scene, grid: Grid, request: Request, *, width: int) -> float | None:
    """Return how wide on the ground a pixel of a picture ``width`` pixels wide is [m], None where it is unknown."""
    placed = scene.georeference if request.crs is None else Georeference(grid.crs, grid.transform, ())
    sides = pixel_sides_m(placed, height=grid.height, width=grid.width)
    return sides[0] * grid.width / width if sides is not None and sides[0] > 0 else None


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
        Fact("area of interest", request.aoi or "the whole scene"),
    )


def _timing_facts(parts: MappedParts) -> tuple[Fact, ...]:
    return (
        Fact("mapping", f"{parts.course.seconds:.1f} s"),
        Fact("chunks", f"{parts.course.chunks}, of which {parts.course.resumed} were done by an earlier run"),
    )


def _stac_facts(order: Publication, grid: Grid, written: list[Written]) -> StacFacts:
    scene, bundle, vocabulary, created = order.scene, order.bundle, order.vocabulary, order.created
    sources = dict.fromkeys(band.source for band in scene.bands)
    return StacFacts(
        id=scene.name,
        created=created,
        acquired=scene.acquired,
        grid=grid,
        vocabulary=vocabulary,
        software=version("sovs-map"),
        model_name=bundle.name,
        model_sha256=bundle.hash,
        inputs=tuple(file_name(source) for source in sources if isinstance(source, str)),
        input_identity=scene.identity,
        polarisations=scene.polarisations,
        assets=tuple(StacAsset(entry.key, entry.path.name, entry.purpose, entry.key) for entry in written),  # type: ignore[arg-type]
    )
