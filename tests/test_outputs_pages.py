from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import matplotlib.image
import numpy as np
import pytest
from outputs_rasters import DEGREES, FIVE, IDENTITY, blocks, curved_gcps, grid_of, many_classes
from pyproj import CRS, Transformer

from sovs_map.outputs import (
    ClassArea,
    Fact,
    OutputFile,
    Report,
    StacAsset,
    StacFacts,
    draw_backscatter,
    draw_labels,
    encode_png,
    write_preview,
    write_report,
    write_stac_item,
)
from sovs_map.vocabulary import read_vocabulary

EVIL = "<script>alert(\"x\")</script> & '森林'"


def scene(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    labels = blocks(1, height=height, width=width)
    backscatter = np.where(labels == 255, np.nan, -20.0 + labels).astype(np.float32)
    return backscatter, labels


@pytest.mark.parametrize(
    ("height", "width", "pixel_m"),
    [(1, 1, None), (300, 200, 10.0), (60, 400, 0.5), (500, 3, 1e5)],
    ids=["one pixel", "tall", "wide", "thin"],
)
def test_preview_of_any_shape_is_a_picture_that_fits_a_screen(tmp_path, height, width, pixel_m):
    backscatter, labels = scene(height, width)

    write_preview(
        backscatter, labels, tmp_path / "p.png", vocabulary=FIVE, title="a $title$ with \\signs", pixel_m=pixel_m
    )

    picture = matplotlib.image.imread(tmp_path / "p.png")
    assert max(picture.shape[:2]) < 3000
    assert picture.std() > 0.01


def test_preview_shows_every_class_colour_in_its_legend(tmp_path):
    backscatter, labels = scene(100, 120)

    write_preview(backscatter, labels, tmp_path / "p.png", vocabulary=FIVE, title="colours")

    pixels = np.round(matplotlib.image.imread(tmp_path / "p.png")[..., :3] * 255).astype(int).reshape(-1, 3)
    shown = {tuple(colour) for colour in np.unique(pixels, axis=0).tolist()}
    assert set(FIVE.colours) <= shown


@pytest.mark.parametrize("classes", [40, 300], ids=["one byte", "two bytes"])
def test_preview_of_many_classes_and_of_nothing_valid(tmp_path, classes):
    vocabulary = many_classes(classes)
    labels = np.full((30, 40), vocabulary.nodata, vocabulary.dtype)
    backscatter = np.full((30, 40), np.nan, np.float32)

    write_preview(backscatter, labels, tmp_path / "p.png", vocabulary=vocabulary, title="nothing")

    assert (tmp_path / "p.png").stat().st_size > 1000


def test_pictures_are_transparent_where_nothing_was_measured():
    backscatter, labels = scene(50, 60)

    for picture in (draw_backscatter(backscatter), draw_labels(labels, vocabulary=FIVE)):
        np.testing.assert_array_equal(picture[..., 3] == 0, labels == 255)
    assert tuple(draw_labels(np.array([[3]]), vocabulary=FIVE)[0, 0, :3]) == FIVE.colours[2]


def report() -> Report:
    backscatter, labels = scene(20, 30)
    vocabulary = read_vocabulary([f"{EVIL}=lake|<i>pond</i>", "forest"])
    areas = (ClassArea(1, EVIL, 1234567, 4.5e6, 0.75), ClassArea(2, "forest", 0, 0.0, None))
    return Report(
        title=EVIL,
        created="2026-01-02",
        scene=(Fact("Size", EVIL),),
        remarks=(EVIL,),
        vocabulary=vocabulary,
        areas=areas,
        unknown_pixels=100,
        model=(Fact("Name", EVIL),),
        settings=(),
        timings=(Fact("Mapping", "3 s"),),
        outputs=(OutputFile('a "b" & c.tif', EVIL),),
        backscatter_png=encode_png(draw_backscatter(backscatter)),
        labels_png=encode_png(draw_labels(labels, vocabulary=FIVE)),
    )


class Page(HTMLParser):
    """What a page holds: tags with what they point at, and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in {"meta", "img", "input", "br", "link"}:
            self.open.append(tag)
        self.targets += [value for name, value in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_report_escapes_every_text_and_fetches_nothing(tmp_path):
    write_report(tmp_path / "r.html", report=report())

    page = Page((tmp_path / "r.html").read_text("utf-8"))
    assert page.tags.count("script") == 1  # its own
    assert "i" not in page.tags
    assert page.text.count(EVIL) >= 6
    assert page.open == []
    assert all(
        target.startswith("data:image/png;base64,") or target == "a%20%22b%22%20%26%20c.tif" for target in page.targets
    )


def test_report_tells_areas_and_shares(tmp_path):
    write_report(tmp_path / "r.html", report=report())

    page = Page((tmp_path / "r.html").read_text("utf-8"))
    for said in ("1\u202f234\u202f567", "4.500", "99.99", "0.75", "unknown", "lake · <i>pond</i>"):
        assert said in page.text


def test_report_without_coordinate_system_has_no_areas(tmp_path):
    areas = tuple(replace(area, area_m2=None) for area in report().areas)

    write_report(tmp_path / "r.html", report=replace(report(), areas=areas))

    assert "km²" not in (tmp_path / "r.html").read_text("utf-8")


def item(**changes) -> StacFacts:
    return StacFacts(
        **{
            "id": "scene",
            "created": "2026-01-02T03:04:05Z",
            "acquired": "2020-11-07T13:51:00Z",
            "grid": grid_of(np.zeros((400, 300), np.uint8)),
            "vocabulary": read_vocabulary([EVIL, "forest", "Forest 2", "森林"]),
            "software": "0.1.0",
            "model_name": "sovs-tiny",
            "model_sha256": "ab" * 32,
            "inputs": ("../scene.tif",),
            "input_identity": "cd" * 32,
            "polarisations": ("VV", "VH"),
            "assets": (
                StacAsset("labels", "scene_labels.tif", "Labels", "labels"),
                StacAsset("confidence", "scene_confidence.tif", "Confidence", "confidence"),
                StacAsset("polygons", "scene_polygons.gpkg", "Polygons", "polygons"),
            ),
            **changes,
        }
    )


def written(folder, **changes) -> dict:
    write_stac_item(folder / "item.json", item=item(**changes))
    return json.loads((folder / "item.json").read_text("utf-8"))


def test_item_says_where_the_map_lies(tmp_path):
    document = written(tmp_path)

    to_degrees = Transformer.from_crs(32633, 4326, always_xy=True)
    corners = [to_degrees.transform(x, y) for x in (500_000, 503_000) for y in (5_000_000, 4_996_000)]
    west, south = np.min(corners, axis=0)
    east, north = np.max(corners, axis=0)
    np.testing.assert_allclose(document["bbox"], [west, south, east, north], atol=1e-6)
    assert document["geometry"]["type"] == "Polygon"
    assert document["properties"]["proj:code"] == "EPSG:32633"
    assert document["properties"]["proj:shape"] == [400, 300]
    assert document["properties"]["proj:transform"] == [10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0]
    assert document["properties"]["datetime"] == "2020-11-07T13:51:00Z"


def test_item_has_what_the_specification_asks_for(tmp_path):
    document = written(tmp_path)

    assert (document["type"], document["stac_version"]) == ("Feature", "1.1.0")
    assert {"id", "geometry", "properties", "links", "assets", "bbox"} <= set(document)
    assert document["links"] == [{"rel": "derived_from", "href": "../scene.tif"}]
    assert all({"href", "type", "roles"} <= set(asset) for asset in document["assets"].values())
    assert document["assets"]["labels"]["href"] == "./scene_labels.tif"


def test_item_names_and_colours_the_classes(tmp_path):
    classes = written(tmp_path)["assets"]["labels"]["bands"][0]["classification:classes"]

    names = [entry["name"] for entry in classes]
    assert len(set(names)) == len(names) == 6
    assert all(name.replace("_", "").replace("-", "").isalnum() and name.isascii() for name in names)
    assert [entry["value"] for entry in classes] == [0, 1, 2, 3, 4, 255]
    assert [entry["title"] for entry in classes[1:5]] == [EVIL, "forest", "Forest 2", "森林"]
    assert all(len(entry["color_hint"]) == 6 and int(entry["color_hint"], 16) >= 0 for entry in classes[:5])


def test_item_without_georeference_has_null_geometry_and_no_bbox(tmp_path):
    document = written(tmp_path, grid=grid_of(np.zeros((4, 3)), crs=None, transform=IDENTITY), acquired=None)

    assert document["geometry"] is None
    assert "bbox" not in document
    assert document["properties"]["proj:code"] is None
    assert document["properties"]["datetime"] == "2026-01-02T03:04:05Z"


def test_item_of_control_points_has_a_footprint_and_no_transform(tmp_path):
    grid = grid_of(np.zeros((700, 900)), crs=DEGREES, transform=IDENTITY, gcps=curved_gcps(700, 900))

    document = written(tmp_path, grid=grid)

    assert "proj:transform" not in document["properties"]
    lon = [point.x for point in grid.gcps]
    assert document["bbox"][0] == pytest.approx(min(lon), abs=1e-3)
    assert document["bbox"][2] == pytest.approx(max(lon), abs=1e-3)


def test_item_across_the_antimeridian_is_in_two_parts(tmp_path):
    grid = grid_of(np.zeros((100, 200)), crs=CRS(32660).to_wkt(), transform=(100.0, 0, 825_000.0, 0, -100.0, 1e6))

    document = written(tmp_path, grid=grid)

    assert document["geometry"]["type"] == "MultiPolygon"
    west, _, east, _ = document["bbox"]
    assert west > 179
    assert east < -179
    longitudes = [point[0] for part in document["geometry"]["coordinates"] for point in part[0]]
    assert max(longitudes) <= 180
    assert min(longitudes) >= -180
