"""What a user means by ``--aoi``: a box in degrees, or the polygons of a file."""

from __future__ import annotations

import itertools
import math
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio.errors
import pyogrio.raw
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from sovs_map.errors import OptionError

MAX_BYTES = 1 << 27
"""A larger file is refused."""

MAX_VERTICES = 1_000_000
"""Polygons with more vertices together are refused; the outlines of all countries at 1 : 10 million have half of it."""

KINDS = (
    (".gpkg", b"SQLite format 3\0"),
    (".geojson", b"{"),
    (".json", b"{"),
    (".shp", b"\x00\x00\x27\x0a"),
    (".fgb", b"fgb"),
    (".parquet", b"PAR1"),
)
"""Files that are read, and how each begins. Others, such as a VRT, could send GDAL to other files or into the net."""

_BOX = "a box is W,S,E,N in degrees, such as --aoi 4.3,43.3,4.9,43.7 (W above E where it crosses the antimeridian)"


@dataclass(frozen=True, slots=True)
class Aoi:
    """An area of interest on the earth."""

    label: str
    """How messages call it."""

    crs: str
    """WKT of its coordinates; x is east or longitude."""

    outline: shapely.MultiPolygon
    """What any of its polygons encloses, by the even-odd rule; they may overlap and cross themselves. Longitudes go on
    past 180 where a box crosses the antimeridian."""


def read_aoi(text: str) -> Aoi:
    """Return the area of interest that a user's words mean.

    Args:
        text: ``W,S,E,N`` in degrees, W above E where the box crosses the antimeridian; or the path of a local vector
            file, of whose first layer all polygons count.

    Raises:
        OptionError: neither of them, or a file that is broken, too large, without polygons or without CRS.
    """
    numbers = _numbers(text)
    if numbers is not None:
        return _box(text, numbers)
    return _from_file(_checked_file(text))


def _numbers(text: str) -> tuple[float, ...] | None:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        return None
    return numbers if len(numbers) > 1 else None


def _box(text: str, numbers: tuple[float, ...]) -> Aoi:
    if len(numbers) != 4 or not all(math.isfinite(number) for number in numbers):
        raise OptionError(f"--aoi {_cut(text)} is no box of four numbers; {_BOX}")
    west, south, east, north = numbers
    if not (-180 <= west <= 360 and -180 <= east <= 360 and -90 <= south <= 90 and -90 <= north <= 90):
        raise OptionError(f"--aoi {text} holds numbers that are no longitudes and latitudes in this order; {_BOX}")
    if south >= north or west == east:
        raise OptionError(f"--aoi {text} has no area: south lies at {south:g}, north at {north:g}; {_BOX}")
    box = shapely.box(west, south, east if west < east else east + 360, north)
    return Aoi(f"--aoi {text}", CRS.from_epsg(4326).to_wkt(), shapely.MultiPolygon([box]))


def _checked_file(text: str) -> Path:
    """Return the path of a file that is small enough, and begins as its name promises."""
    path = Path(text)
    try:
        if text.startswith("/vsi") or not path.is_file():
            raise OptionError(f"--aoi {_cut(text)} is neither a local file nor a box; {_BOX}")
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(64)
    except (OSError, ValueError) as error:  # a name may be too long, or hold what no name may
        if isinstance(error, OptionError):
            raise
        raise OptionError(
            f"--aoi {_cut(text)!r} cannot be read ({error}); needed is a local file, or {_BOX}"
        ) from error
    if size > MAX_BYTES:
        raise OptionError(
            f"--aoi {text} has {size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read. Keep its geometry only, and "
            f"less of it, with: ogr2ogr small.gpkg '{text}' -select '' -simplify 0.0001"
        )
    starts = [start for suffix, start in KINDS if path.suffix.lower() == suffix]
    if not starts or not head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").startswith(starts[0]):
        found = f"begins with {head[:8]!r}" if starts else f"ends with {path.suffix!r}"
        raise OptionError(
            f"--aoi {text} {found}; needed is a file that is what its name says, one of "
            f"{', '.join(suffix for suffix, _ in KINDS)}. Make one with: ogr2ogr aoi.gpkg '{text}'"
        )
    return path


def _from_file(path: Path) -> Aoi:
    crs, stored = _read(path)
    try:
        with np.errstate(invalid="ignore"):  # vertices that are no numbers are refused below
            geometries = shapely.from_wkb(stored)
        wkt = CRS.from_user_input(crs).to_wkt() if crs else ""
    except (shapely.errors.ShapelyError, CRSError) as error:
        raise _broken(path, error) from error
    polygons = _polygons(geometries)
    if not len(polygons):
        kinds = sorted({one.geom_type for one in geometries if one is not None})
        raise OptionError(
            f"--aoi {path} holds no polygon ({', '.join(kinds) or 'its first layer is empty'}); needed is at least one. "
            "Draw one, or make polygons of lines and points with QGIS: Vector, Geoprocessing Tools, Buffer"
        )
    if not wkt:
        raise OptionError(
            f"--aoi {path} doesn't say its coordinate system; assign it, for example with: "
            f"ogr2ogr aoi.gpkg '{path}' -a_srs EPSG:4326"
        )
    vertices = shapely.get_coordinates(polygons)
    if len(vertices) > MAX_VERTICES:
        raise OptionError(
            f"--aoi {path} has {len(vertices)} vertices; at most {MAX_VERTICES} are taken. Simplify it, in units of its "
            f"coordinate system, with: ogr2ogr small.gpkg '{path}' -simplify 0.0001"
        )
    if not np.isfinite(vertices).all():
        raise OptionError(
            f"--aoi {path} has vertices that are not numbers; repair it with: ogr2ogr aoi.gpkg '{path}' -makevalid"
        )
    return Aoi(f"--aoi {path}", wkt, shapely.multipolygons(polygons))


def _read(path: Path) -> tuple[str | None, NDArray[np.object_]]:
    """Return CRS and geometries, as WKB, of the first layer of a file."""
    # A pipeline in JSON would be run by GDAL, and can read what it likes.
    if path.suffix.lower().endswith("json") and b"gdal_streamed_alg" in path.read_bytes():
        raise OptionError(
            f"--aoi {path} is a pipeline of GDAL; needed are its polygons: gdal vector convert '{path}' aoi.gpkg"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL warns about fields and metadata, which don't count here
            # From the root on, so that no path is taken for one of GDAL's connection strings.
            meta, _, stored, _ = pyogrio.raw.read(
                path.absolute(), layer=0, columns=[], force_2d=True, max_features=MAX_VERTICES
            )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise _broken(path, error) from error
    except UnboundLocalError as error:  # pyogrio's get_crs where GDAL cannot write a CRS as WKT, as of 0.13
        raise _broken(path, ValueError("its coordinate system is damaged")) from error
    return meta["crs"], np.empty(0, object) if stored is None else stored


def _broken(path: Path, error: Exception) -> OptionError:
    reason = " ".join(str(error).split())
    return OptionError(
        f"--aoi {path} cannot be read ({_cut(reason)}); needed is a whole vector file. Look at it with: ogrinfo '{path}', "
        f"and convert it, if that can, with: ogr2ogr aoi.gpkg '{path}'"
    )


def _polygons(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the polygons among geometries and their parts, without empty ones."""
    parts = geometries
    while len(parts) and (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts = shapely.get_parts(parts)
    kept = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    return np.asarray(parts[kept])


def _cut(text: str) -> str:
    return text if len(text) <= 200 else f"{''.join(itertools.islice(text, 200))}… ({len(text)} characters)"
