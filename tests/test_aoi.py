"""Areas of interest: what a user may type, and what is refused with the way to mend it."""

import geopandas
import numpy as np
import pytest
import shapely
from pyproj import CRS

from sovs_map import aoi as aoi_module
from sovs_map.aoi import read_aoi
from sovs_map.errors import OptionError

SQUARE = shapely.box(4.0, 43.0, 5.0, 44.0)
HOLED = SQUARE - shapely.box(4.4, 43.4, 4.6, 43.6)


def write_shapes(path, *shapes, crs="EPSG:4326", **options):
    geopandas.GeoDataFrame(geometry=list(shapes), crs=crs).to_file(path, **options)
    return str(path)


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("4,43,5,44", (4, 43, 5, 44)),
        (" -5.5 , -1e1 , -5 , -9 ", (-5.5, -10, -5, -9)),
        ("179,-20,-179,-18", (179, -20, 181, -18)),
        ("179,-20,181,-18", (179, -20, 181, -18)),
        ("-180,-90,180,90", (-180, -90, 180, 90)),
    ],
)
def test_a_box_is_west_south_east_north(text, bounds):
    aoi = read_aoi(text)

    assert aoi.outline.bounds == bounds
    assert CRS.from_wkt(aoi.crs).to_epsg() == 4326


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("1,2,3", "W,S,E,N in degrees"),
        ("1,2,3,4,5", "W,S,E,N in degrees"),
        ("4,nan,5,44", "W,S,E,N in degrees"),
        ("4,43,inf,44", "W,S,E,N in degrees"),
        ("4,44,5,43", "south lies at 44, north at 43"),
        ("4,43,4,44", "has no area"),
        ("500000,43,500100,44", "no longitudes and latitudes"),
        ("nowhere.gpkg", "neither a local file nor a box"),
        ("", "neither a local file nor a box"),
        ("a\0b", "cannot be read|neither a local file"),
        ("x" * 5000, r"5000 characters"),
        ("/vsicurl/http://example.com/a.geojson", "neither a local file"),
        ("PG:dbname=x", "neither a local file"),
        ('{"type":"Polygon","coordinates":[]}', "neither a local file"),
    ],
)
def test_other_words_are_refused_with_what_to_type(text, fix):
    with pytest.raises(OptionError, match=fix):
        read_aoi(text)


@pytest.mark.parametrize("name", ["aoi.gpkg", "aoi.geojson", "aoi.shp", "aoi.fgb"])
def test_all_polygons_of_a_file_count_with_their_holes(tmp_path, name):
    pieces = shapely.MultiPolygon([shapely.box(6, 43, 7, 44), shapely.box(8, 43, 9, 44)])

    aoi = read_aoi(write_shapes(tmp_path / name, HOLED, pieces))

    assert shapely.equals(shapely.union_all(shapely.get_parts(aoi.outline)), shapely.union_all([HOLED, pieces]))
    assert CRS.from_wkt(aoi.crs).to_epsg() == 4326


def test_other_coordinate_systems_and_a_third_dimension_are_read(tmp_path):
    path = write_shapes(tmp_path / "a.gpkg", shapely.force_3d(shapely.box(5e5, 4.9e6, 6e5, 5e6), 7.0), crs="EPSG:32631")

    aoi = read_aoi(path)

    assert aoi.outline.bounds == (5e5, 4.9e6, 6e5, 5e6)
    assert not aoi.outline.has_z
    assert CRS.from_wkt(aoi.crs).to_epsg() == 32631


def test_the_first_layer_counts(tmp_path):
    write_shapes(tmp_path / "a.gpkg", SQUARE, layer="one")

    assert read_aoi(write_shapes(tmp_path / "a.gpkg", shapely.box(0, 0, 1, 1), layer="two")).outline.equals(SQUARE)


@pytest.mark.parametrize(
    ("shapes", "crs", "fix"),
    [
        (
            [shapely.Point(1, 2), shapely.LineString([(0, 0), (1, 1)])],
            "EPSG:4326",
            r"holds no polygon \(LineString, Point",
        ),
        ([], "EPSG:4326", "layer is empty"),
        ([shapely.Polygon()], "EPSG:4326", "holds no polygon"),
        ([SQUARE], None, "-a_srs EPSG:4326"),
    ],
    ids=["points and lines", "empty layer", "empty polygon", "no crs"],
)
@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_files_without_polygons_or_crs_are_refused(tmp_path, shapes, crs, fix):
    path = write_shapes(tmp_path / "a.gpkg", *shapes, crs=crs)

    with pytest.raises(OptionError, match=fix):
        read_aoi(path)


def test_polygons_among_points_count(tmp_path):
    mixed = shapely.GeometryCollection([shapely.Point(0, 0), SQUARE])

    assert read_aoi(write_shapes(tmp_path / "a.geojson", shapely.Point(1, 2), mixed)).outline.equals(SQUARE)


@pytest.mark.parametrize(
    ("name", "content", "fix"),
    [
        ("a.gpkg", b"SQLite format 3\0" + b"x" * 5000, "ogr2ogr aoi.gpkg"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [{', "ogrinfo"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": 7}', "cannot be read|holds no polygon"),
        ("a.geojson", b'{"a":' * 100_000, "ogrinfo"),
        ("a.geojson", b"<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>", "a file that is what its name says"),
        ("a.vrt", b"<OGRVRTDataSource/>", "ends with '.vrt'"),
        ("a.geojson", b'{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline"}', "gdal vector convert"),
        ("a.shp", b"\x00\x00\x27\x0a" + b"\0" * 10, "ogrinfo"),
        ("a.fgb", b"fgb\x03fgb\x00" + b"\xff" * 90, "ogrinfo"),
        ("a.parquet", b"PAR1" + b"\0" * 90, "ogr2ogr aoi.gpkg"),
        ("a.json", b"", "begins with b''"),
    ],
)
def test_broken_files_and_those_that_lead_elsewhere_are_refused(tmp_path, name, content, fix):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(OptionError, match=fix):
        read_aoi(str(tmp_path / name))


def test_numbers_that_are_none_are_refused(tmp_path):
    with np.errstate(invalid="ignore"):
        torn = shapely.Polygon([(0, 0), (1, 0), (1, np.nan), (0, 1)])

    with pytest.raises(OptionError, match=r"vertices that are not numbers|cannot be read"):
        read_aoi(write_shapes(tmp_path / "a.gpkg", torn))


@pytest.mark.parametrize(("limit", "fix"), [("MAX_BYTES", "-simplify"), ("MAX_VERTICES", "-simplify")])
def test_files_above_the_limits_are_refused(tmp_path, monkeypatch, limit, fix):
    path = write_shapes(tmp_path / "a.gpkg", HOLED)
    monkeypatch.setattr(aoi_module, limit, 9)

    with pytest.raises(OptionError, match=fix):
        read_aoi(path)
