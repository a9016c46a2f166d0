"""Areas of interest: boxes and vector files, read and placed on a scene."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas
import numpy as np
import shapely
from pyproj import CRS

from fuzzing.case import Case, WrongError
from fuzzing.scrambling import scramble_bytes, scramble_text
from sovs_map.aoi import read_aoi
from sovs_map.aoi_placement import place_aoi
from sovs_map.area import outside
from sovs_map.radiometry import Scale
from sovs_map.scene import Georeference, Scene
from sovs_map.window import Window

BOXES = ("3.1,44.0,3.2,44.2", "179,-20,-179,-18", "-180,-90,180,90")

SUFFIXES = ("gpkg", "geojson", "fgb", "shp", "prj", "shx", "dbf")

ODD_GEOMETRIES = (
    '{"type": "Polygon", "coordinates": []}',
    '{"type": "Polygon", "coordinates": [[]]}',
    '{"type": "Polygon", "coordinates": [[[3, 44]]]}',
    '{"type": "Polygon", "coordinates": [[[3, 44], [3.2, 44.2]]]}',
    '{"type": "Polygon", "coordinates": [[[3, 44], [3.2, 44], [3.2, 44.2], [3, 44.2]]]}',
    '{"type": "Polygon", "coordinates": [[[3, 44], [3.2, 44], [3, 44.2], [3.2, 44.2], [3, 44]]]}',
    '{"type": "Polygon", "coordinates": [[[1e308, -1e308], [1e308, 1e308], [-1e308, 1e308], [1e308, -1e308]]]}',
    '{"type": "Polygon", "coordinates": [[[NaN, 44], [3.2, NaN], [3.2, 44.2], [NaN, 44]]]}',
    '{"type": "Polygon", "coordinates": [[["3", "44"], [null, 44], [3.2, 44.2], [3, 44]]]}',
    '{"type": "MultiPolygon", "coordinates": [[[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]]]}',
    '{"type": "GeometryCollection", "geometries": [' + '{"type": "GeometryCollection", "geometries": [' * 60 + "]}" * 61,
    '{"type": "Polygon", "coordinates": ' + "[" * 100_000 + "]" * 100_000 + "}",
    '{"type": "Point", "coordinates": [3, 44]}',
    "null",
)  # fmt: skip

ODD_CRS = (
    "EPSG:0",
    "EPSG:32631",
    "urn:ogc:def:crs:OGC:1.3:CRS84",
    "EPSG:5773",
    "x" * 10_000,
    "",
    "IAU_2015:30100",
    "+proj=pipeline",
)


def make(folder: Path, draw: np.random.Generator) -> Case:
    """Return a box or a file with one to three mistakes."""
    match draw.integers(10):
        case 0 | 1:
            return Case(*scramble_text(BOXES[draw.integers(len(BOXES))], draw))
        case 2:
            numbers = ",".join(
                str(draw.choice([-1e309, 1e9, -180, 0, 3.1, 44, np.nan, 1e-320, 360]))
                for _ in range(draw.integers(1, 7))
            )
            return Case(numbers, "numbers drawn")
        case 3 | 4:
            return _odd_geojson(folder / "a.geojson", draw)
        case 5:
            return _star(folder / "a.gpkg", draw)
    suffix = SUFFIXES[draw.integers(len(SUFFIXES))]
    files = valid_files()
    for name, content in files:
        (folder / name).write_bytes(content)
    content, mutation = scramble_bytes(dict(files)[f"a.{suffix}"], draw, head=2048)
    (folder / f"a.{suffix}").write_bytes(content)
    subject = folder / f"a.{suffix if suffix in {'gpkg', 'geojson', 'fgb'} else 'shp'}"
    return Case(str(subject), f"{suffix}: {mutation}")


def check(case: Case) -> None:
    """Read the area and place it on a scene; what is placed must lie on it.

    Raises:
        WrongError: it doesn't.
    """
    scene = _scene()
    area = place_aoi(read_aoi(case.subject), scene)
    inside = ~outside(area, Window(0, 0, scene.height, scene.width))
    rows, cols = np.flatnonzero(inside.any(axis=1)).tolist(), np.flatnonzero(inside.any(axis=0)).tolist()
    if not rows or area.window != Window(rows[0], cols[0], rows[-1] - rows[0] + 1, cols[-1] - cols[0] + 1):
        raise WrongError(f"{area.window} is not what holds the pixels of the area")


@cache
def valid_files() -> tuple[tuple[str, bytes], ...]:
    """Return the names and contents of files in each format, all of one area with a hole."""
    shape = shapely.Point(3.1, 44.1).buffer(0.1) - shapely.box(3.09, 44.09, 3.11, 44.11)
    frame = geopandas.GeoDataFrame(
        {"name": ["a", "b"]}, geometry=[shape, shapely.box(3, 44, 3.05, 44.05)], crs="EPSG:4326"
    )
    with TemporaryDirectory() as folder:
        for suffix in ("gpkg", "geojson", "fgb", "shp"):
            frame.to_file(Path(folder) / f"a.{suffix}")
        return tuple((path.name, path.read_bytes()) for path in sorted(Path(folder).iterdir()))


def _odd_geojson(path: Path, draw: np.random.Generator) -> Case:
    geometry = ODD_GEOMETRIES[draw.integers(len(ODD_GEOMETRIES))]
    crs = ODD_CRS[draw.integers(len(ODD_CRS))]
    said = f'"crs": {{"type": "name", "properties": {{"name": {json.dumps(crs)}}}}}, ' if draw.random() < 0.4 else ""
    feature = f'{{"type": "Feature", "properties": {{}}, "geometry": {geometry}}}'
    path.write_text(f'{{"type": "FeatureCollection", {said}"features": [{feature}]}}')
    return Case(str(path), f"{geometry[:80]} {said[:80]}")


def _star(path: Path, draw: np.random.Generator) -> Case:
    points = int(draw.choice([5, 500, 5000]))
    star = shapely.Polygon(draw.uniform((2.9, 43.9), (3.3, 44.4), (points, 2)))
    geopandas.GeoDataFrame(geometry=[star] * int(draw.integers(1, 4)), crs="EPSG:4326").to_file(path)
    return Case(str(path), f"a star of {points} points")


@cache
def _scene() -> Scene:
    place = Georeference(CRS.from_epsg(32631).to_wkt(), (20.0, 0.0, 500_000.0, 0.0, -20.0, 4_900_000.0), ())
    return Scene("scene", (), 1200, 1500, place, Scale.DB, True, (), 20.0, None, (), None, "")
