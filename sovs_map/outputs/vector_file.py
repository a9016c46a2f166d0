"""Write features to the vector formats that a GIS reads."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from warnings import catch_warnings, filterwarnings

import numpy as np
import pyogrio
import pyogrio.raw
from numpy.typing import NDArray

from sovs_map.allocator import give_back
from sovs_map.clock import now
from sovs_map.errors import OptionError
from sovs_map.outputs.finishing import finished_file
from sovs_map.outputs.grid import Grid, read_crs
from sovs_map.outputs.grouping import groups
from sovs_map.outputs.style import add_layer_style
from sovs_map.outputs.vector_copies import copy_layer
from sovs_map.vocabulary import Vocabulary

LAYER = "polygons"
"""Name of the layer."""

FIELDS = ("class_id", "class", "area_m2", "confidence")

DRIVERS = ("gpkg", "parquet", "fgb", "geojson")

BATCH = 1_000_000
"""Points that are written at once, unless one polygon alone has more."""

DESCRIPTION = (
    "Regions of classes. area_m2 is planar where the projection keeps areas within 1 %, else geodesic; "
    "confidence is the mean probability of the region's pixels"
)


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Polygons and their attributes, each array of shape ``(n,)``."""

    polygons: NDArray[np.object_]
    """Well-known binary of polygons in the coordinate system of the grid."""

    points: NDArray[np.int64]
    """Points of each polygon, those that close its rings included."""

    class_id: NDArray[np.int64]
    """Class of each, 1…N."""

    area_m2: NDArray[np.float64] | None
    """Area on the ground [m²]; None without coordinate system."""

    confidence: NDArray[np.float64]
    """Mean probability, 0 to 1."""

    def part(self, part: slice) -> Features:
        """Return some of the features."""
        area = None if self.area_m2 is None else self.area_m2[part]
        return Features(self.polygons[part], self.points[part], self.class_id[part], area, self.confidence[part])


def join_features(features: Sequence[Features]) -> Features:
    """Return all features as one."""
    every = features or [no_features()]
    areas = [one.area_m2 for one in every if one.area_m2 is not None]
    return Features(
        np.concatenate([one.polygons for one in every]),
        np.concatenate([one.points for one in every]),
        np.concatenate([one.class_id for one in every]),
        np.concatenate(areas) if areas else None,
        np.concatenate([one.confidence for one in every]),
    )


def no_features() -> Features:
    """Return no features."""
    nothing = np.empty(0, np.int64)
    return Features(np.empty(0, object), nothing, nothing, np.empty(0), np.empty(0))


def check_driver(driver: str, *, grid: Grid) -> None:
    """Refuse a format that is unknown, or that cannot be written here.

    Raises:
        OptionError: with what to type instead.
    """
    if driver not in DRIVERS:
        raise OptionError(f"--vector is {driver!r}; it must be one of {', '.join(DRIVERS)}")
    if driver == "parquet" and importlib.util.find_spec("pyarrow") is None:
        raise OptionError(
            "--vector parquet needs pyarrow, which is not installed; type: pip install 'sovs-map[parquet]'"
        )
    if driver == "geojson" and not grid.crs:
        raise OptionError(
            "--vector geojson holds longitude and latitude, and the scene has no coordinate system; "
            "type --vector gpkg for polygons in pixel coordinates"
        )


def write_features(
    features: Iterator[Features], target: Path, *, grid: Grid, vocabulary: Vocabulary, driver: str
) -> tuple[int, int]:
    """Write features in batches, and return how many there were and how many points they have.

    They go to a GeoPackage first; the other formats, which cannot be appended to, are made from it.

    Raises:
        OutputError: the target cannot be written.
    """
    if driver == "gpkg":
        with finished_file(target) as partial:
            batches, vertices = _write_geopackage(features, partial, grid=grid, vocabulary=vocabulary)
            add_layer_style(partial, layer=LAYER, vocabulary=vocabulary)
        return sum(batches), vertices
    with finished_file(target) as partial, TemporaryDirectory(prefix=f".{target.stem}.", dir=target.parent) as folder:
        package = Path(folder) / "polygons.gpkg"
        batches, vertices = _write_geopackage(features, package, grid=grid, vocabulary=vocabulary)
        give_back()
        copy_layer(package, partial, layer=LAYER, batches=batches, driver=driver, grid=grid)
    return sum(batches), vertices


def _write_geopackage(
    features: Iterator[Features], path: Path, *, grid: Grid, vocabulary: Vocabulary
) -> tuple[Sequence[int], int]:
    """Write a GeoPackage, and return how many features each batch had, and how many points there are."""
    names = np.array(["", *vocabulary.names], object)
    crs = read_crs(grid)
    wkt = crs.to_wkt() if crs is not None else None
    batches: list[int] = []
    vertices = 0
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": now()})  # or GDAL writes its own time
    for batch in _batches(features):
        give_back()
        _append(batch, path, names=names, crs=wkt, append=bool(batches))
        batches.append(len(batch.polygons))
        vertices += int(batch.points.sum())
    if not batches:
        _append(no_features(), path, names=names, crs=wkt, append=False)
    return batches, vertices


def _append(features: Features, path: Path, *, names: NDArray[np.object_], crs: str | None, append: bool) -> None:
    missing = features.area_m2 is None
    area = np.zeros(len(features.polygons)) if features.area_m2 is None else features.area_m2
    with catch_warnings():
        filterwarnings("ignore", message="'crs' was not provided")
        pyogrio.raw.write(
            path,
            features.polygons,
            [features.class_id.astype(np.int32), names[features.class_id], area, features.confidence],
            list(FIELDS),
            field_mask=[None, None, np.full(len(area), fill_value=missing), None],
            layer=LAYER,
            driver="GPKG",
            geometry_type="Polygon",
            crs=crs,
            append=append,
            layer_options=None if append else {"DESCRIPTION": DESCRIPTION, "GEOMETRY_NAME": "geom"},
        )


def _batches(features: Iterator[Features]) -> Iterator[Features]:
    """Yield the same features in the same order, in batches that are worth opening the file for."""
    held: list[Features] = []
    size = 0
    for some in features:
        for part in groups(some.points, most=BATCH):
            points = int(some.points[part].sum())
            if held and size + points > BATCH:
                yield join_features(held)
                held, size = [], 0
            held.append(some.part(part))
            size += points
    if held:
        yield join_features(held)
