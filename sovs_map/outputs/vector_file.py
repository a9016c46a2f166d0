"""Write features to the vector formats that a GIS reads."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from warnings import catch_warnings, filterwarnings

import geopandas
import numpy as np
import pyogrio
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from sovs_map.clock import now
from sovs_map.errors import OptionError
from sovs_map.outputs.finishing import finished_file
from sovs_map.outputs.grid import Grid, read_crs
from sovs_map.outputs.style import add_layer_style
from sovs_map.vocabulary import Vocabulary

LAYER = "polygons"
"""Name of the layer."""

FIELDS = ("class_id", "class", "area_m2", "confidence")

DRIVERS = ("gpkg", "parquet", "fgb", "geojson")

BATCH = 1_000_000
"""About how many points are written at once."""

DESCRIPTION = (
    "Regions of classes. area_m2 is planar where the projection keeps areas within 1 %, else geodesic; "
    "confidence is the mean probability of the region's pixels"
)


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Polygons and their attributes, each array of shape ``(n,)``."""

    polygons: NDArray[np.object_]
    """shapely polygons in the coordinate system of the grid."""

    class_id: NDArray[np.int64]
    """Class of each, 1…N."""

    area_m2: NDArray[np.float64] | None
    """Area on the ground [m²]; None without coordinate system."""

    confidence: NDArray[np.float64]
    """Mean probability, 0 to 1."""

    def part(self, start: int, stop: int) -> Features:
        """Return the features from ``start`` to before ``stop``."""
        area = None if self.area_m2 is None else self.area_m2[start:stop]
        return Features(self.polygons[start:stop], self.class_id[start:stop], area, self.confidence[start:stop])


def join_features(features: Sequence[Features]) -> Features:
    """Return all features as one."""
    nothing = Features(np.empty(0, object), np.empty(0, np.int64), np.empty(0), np.empty(0))
    every = [*features, nothing] if not features or features[0].area_m2 is not None else list(features)
    areas = [one.area_m2 for one in every if one.area_m2 is not None]
    return Features(
        np.concatenate([one.polygons for one in every]),
        np.concatenate([one.class_id for one in every]),
        np.concatenate(areas) if areas else None,
        np.concatenate([one.confidence for one in every]),
    )


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
            counts = _write_geopackage(features, partial, grid=grid, vocabulary=vocabulary)
            add_layer_style(partial, layer=LAYER, vocabulary=vocabulary)
        return counts
    with finished_file(target) as partial, TemporaryDirectory(prefix=f".{target.stem}.", dir=target.parent) as folder:
        package = Path(folder) / "polygons.gpkg"
        counts = _write_geopackage(features, package, grid=grid, vocabulary=vocabulary)
        if driver == "parquet":
            frame = geopandas.read_file(package, layer=LAYER)
            frame.to_parquet(partial, compression="zstd", write_covering_bbox=True, index=False)
        else:
            _convert(package, partial, driver=driver, grid=grid)
    return counts


def _write_geopackage(
    features: Iterator[Features], path: Path, *, grid: Grid, vocabulary: Vocabulary
) -> tuple[int, int]:
    names = np.array(["", *vocabulary.names], object)
    crs = read_crs(grid)
    wkt = crs.to_wkt() if crs is not None else None
    count = vertices = 0
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": now()})  # or GDAL writes its own time
    for batch in _batches(features):
        _append(batch, path, names=names, crs=wkt, append=count > 0)
        count += len(batch.polygons)
        vertices += int(shapely.get_num_coordinates(batch.polygons).sum())
    if count == 0:
        nothing = Features(np.empty(0, object), np.empty(0, np.int64), np.empty(0), np.empty(0))
        _append(nothing, path, names=names, crs=wkt, append=False)
    return count, vertices


def _append(features: Features, path: Path, *, names: NDArray[np.object_], crs: str | None, append: bool) -> None:
    missing = features.area_m2 is None
    area = np.zeros(len(features.polygons)) if features.area_m2 is None else features.area_m2
    with catch_warnings():
        filterwarnings("ignore", message="'crs' was not provided")
        pyogrio.raw.write(
            path,
            shapely.to_wkb(features.polygons),
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
        points = shapely.get_num_coordinates(some.polygons)
        cuts = np.flatnonzero(np.diff(np.cumsum(points) // BATCH)) + 1
        for start, stop in pairwise([0, *cuts.tolist(), len(points)]):
            held.append(some.part(start, stop))
            size += int(points[start:stop].sum())
            if size >= BATCH:
                yield join_features(held)
                held, size = [], 0
    if size:
        yield join_features(held)


def _convert(package: Path, target: Path, *, driver: str, grid: Grid) -> None:
    """Copy the layer as a stream of Arrow batches from GDAL to GDAL."""
    options = {"RFC7946": "YES", "COORDINATE_PRECISION": "7"} if driver == "geojson" else {"SPATIAL_INDEX": "YES"}
    crs = read_crs(grid)
    with catch_warnings(), pyogrio.raw.open_arrow(package, layer=LAYER, use_pyarrow=False) as (_, stream):
        filterwarnings("ignore", message="'crs' was not provided")
        pyogrio.raw.write_arrow(
            stream,
            target,
            layer=LAYER,
            driver={"geojson": "GeoJSON", "fgb": "FlatGeobuf"}[driver],
            geometry_name="geom",
            geometry_type="Polygon",
            crs=crs.to_wkt() if crs is not None else None,
            layer_options=options,
        )
