from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import rasterio
from outputs_rasters import (
    FIVE,
    IDENTITY,
    NORTH_UP,
    UTM,
    blocks,
    confidence_of,
    curved_gcps,
    grid_of,
    many_classes,
    write,
)
from rasterio.enums import ColorInterp
from rio_cogeo.cogeo import cog_validate

from sovs_map.colours import UNKNOWN_COLOUR
from sovs_map.errors import OutputError
from sovs_map.outputs import Grid, count_values, summarise, write_confidence, write_labels, write_scores
from sovs_map.vocabulary import Vocabulary, read_vocabulary

ODD_NAMES = read_vocabulary(["<b>wet & 'wild'</b>", 'a "quoted" class', "Wälder 🌲 森林", "]]>;DROP TABLE x;--"])

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


def labels_cog(folder: Path, labels: np.ndarray, *, grid: Grid | None = None, vocabulary: Vocabulary = FIVE) -> Path:
    source = write(folder / "parts & <pieces>.tif", labels, nodata=vocabulary.nodata)
    target = folder / "scene_labels.tif"
    tags = (("software", "sovs-map 0.1"), ("model", "tiny & <small>"))
    write_labels(source, target, grid=grid or grid_of(labels), vocabulary=vocabulary, tags=tags)
    return target


def test_labels_are_a_valid_cog_with_the_same_pixels(tmp_path):
    labels = blocks(1, height=1100, width=1300)

    path = labels_cog(tmp_path, labels)

    valid, errors, warnings = cog_validate(path)
    assert (valid, errors, warnings) == (True, [], [])
    with rasterio.open(path) as made:
        np.testing.assert_array_equal(made.read(1), labels)
        assert made.crs.to_epsg() == 32633
        assert made.transform[:6] == NORTH_UP
        assert (made.nodata, made.dtypes, made.descriptions) == (255, ("uint8",), ("class",))
        assert made.block_shapes == [(512, 512)]


def test_overviews_hold_only_labels_of_the_map(tmp_path):
    labels = np.where(blocks(2, height=1500, width=1400, side=3) == 2, 1, 4).astype(np.uint8)

    path = labels_cog(tmp_path, labels)

    with rasterio.open(path) as made:
        levels = made.overviews(1)
    assert levels
    for level in range(len(levels)):
        with rasterio.open(path, OVERVIEW_LEVEL=level) as overview:
            assert set(np.unique(overview.read(1))) <= {1, 4}


def test_palette_shows_classes_unknown_and_transparent_nodata(tmp_path):
    path = labels_cog(tmp_path, blocks(3, height=40, width=50))

    with rasterio.open(path) as made:
        palette = made.colormap(1)
        assert made.colorinterp == (ColorInterp.palette,)
    assert palette[0] == (*UNKNOWN_COLOUR, 255)
    assert [palette[label][:3] for label in range(1, 6)] == list(FIVE.colours)
    assert palette[255][3] == 0


def test_class_names_and_tags_survive_odd_characters(tmp_path):
    path = labels_cog(tmp_path, blocks(4, height=40, width=50, classes=4), vocabulary=ODD_NAMES)

    with rasterio.open(path) as made:
        tags = made.tags(ns="SOVS")
        assert made.tags()["TIFFTAG_SOFTWARE"] == "sovs-map 0.1"
    assert [tags[f"class_{label}"] for label in range(1, 5)] == list(ODD_NAMES.names)
    assert tags["model"] == "tiny & <small>"
    sidecar = ET.parse(path.with_name(path.name + ".aux.xml"))  # noqa: S314 - written by the line above
    assert [entry.text for entry in sidecar.iter("Category")] == ["unknown", *ODD_NAMES.names]
    style = ET.fromstring(path.with_suffix(".qml").read_text("utf-8"))  # noqa: S314
    assert [entry.get("label") for entry in style.iter("paletteEntry")] == ["unknown", *ODD_NAMES.names]


def test_attribute_table_counts_the_pixels(tmp_path):
    labels = blocks(5, height=70, width=90)

    path = labels_cog(tmp_path, labels)

    table = ET.parse(path.with_name(path.name + ".aux.xml")).find(".//GDALRasterAttributeTable")  # noqa: S314
    assert [field.findtext("Name") for field in table.iter("FieldDefn")] == [
        *("Value", "Class", "Red", "Green", "Blue", "Histogram")
    ]
    for row in table.iter("Row"):
        value, _, *_, count = (cell.text for cell in row)
        assert int(count) == np.count_nonzero(labels == int(value))


def test_more_than_254_classes_are_two_bytes_wide(tmp_path):
    vocabulary = many_classes(300)
    labels = np.arange(40 * 50).reshape(40, 50).astype(np.uint16) % 301
    labels[0] = 65_535

    path = labels_cog(tmp_path, labels, vocabulary=vocabulary)

    with rasterio.open(path) as made:
        np.testing.assert_array_equal(made.read(1), labels)
        assert (made.nodata, made.dtypes) == (65_535, ("uint16",))
        assert made.colormap(1)[300][:3] == vocabulary.colours[299]
        assert made.tags(ns="SOVS")["class_300"] == "class 300"


def test_ground_control_points_are_kept(tmp_path):
    labels = blocks(6, height=60, width=80)
    gcps = curved_gcps(60, 80, number=4)

    path = labels_cog(tmp_path, labels, grid=grid_of(labels, crs=read_wkt(4326), transform=IDENTITY, gcps=gcps))

    with rasterio.open(path) as made:
        found, crs = made.gcps
    assert crs.to_epsg() == 4326
    kept = [(point.row, point.col, point.x, point.y, point.z) for point in found]
    np.testing.assert_allclose(kept, [(point.row, point.col, point.x, point.y, point.z) for point in gcps], rtol=1e-12)


@pytest.mark.parametrize(
    "transform",
    [
        pytest.param((10.0, 0.0, 5e5, 0.0, 10.0, 4e6), id="south-up"),
        pytest.param((8.0, 3.0, 5e5, 3.0, -8.0, 4e6), id="rotated"),
        pytest.param(IDENTITY, id="pixels"),
    ],
)
@pytest.mark.parametrize("crs", [UTM, None], ids=["utm", "no-crs"])
def test_any_affine_georeference_is_kept(tmp_path, transform, crs):
    labels = blocks(7, height=60, width=80)

    path = labels_cog(tmp_path, labels, grid=grid_of(labels, crs=crs, transform=transform))

    with rasterio.open(path) as made:
        assert made.transform[:6] == pytest.approx(transform, abs=1e-9)
        assert (made.crs is None) == (crs is None)


def test_confidence_reads_as_probability(tmp_path):
    labels = blocks(8, height=600, width=700)
    source = write(tmp_path / "confidence.tif", confidence_of(labels))

    write_confidence(source, tmp_path / "c.tif", grid=grid_of(labels), tags=(("model", "tiny"),))

    assert cog_validate(tmp_path / "c.tif")[0]
    with rasterio.open(tmp_path / "c.tif") as made:
        assert (made.scales, made.offsets, made.nodata) == ((1 / 250,), (0,), 255)
        np.testing.assert_array_equal(made.read(1), confidence_of(labels))
        assert made.tags(ns="SOVS") == {"model": "tiny"}


def test_scores_have_one_named_band_a_class(tmp_path):
    labels = blocks(9, height=50, width=60, classes=4)
    bands = [confidence_of(np.roll(labels, shift)) for shift in range(4)]
    source = write(tmp_path / "scores-parts.tif", *bands)

    write_scores(source, tmp_path / "s.tif", grid=grid_of(labels), vocabulary=ODD_NAMES, tags=())

    with rasterio.open(tmp_path / "s.tif") as made:
        assert made.descriptions == ODD_NAMES.names
        np.testing.assert_array_equal(made.read(), bands)
        assert made.scales == (1 / 250,) * 4


def test_summary_counts_what_numpy_counts(tmp_path):
    labels = blocks(10, height=90, width=70)
    confidence = confidence_of(labels)
    paths = write(tmp_path / "l.tif", labels), write(tmp_path / "c.tif", confidence)

    areas = summarise(*paths, grid=grid_of(labels), vocabulary=FIVE)

    for area in areas:
        chosen = labels == area.class_id
        assert area.pixels == np.count_nonzero(chosen)
        assert area.area_m2 == pytest.approx(100.0 * np.count_nonzero(chosen))
        assert area.confidence == pytest.approx(confidence[chosen].mean() / 250)
    assert count_values(paths[0], grid=grid_of(labels), values=256)[255] == np.count_nonzero(labels == 255)


def test_class_without_pixels_has_no_confidence(tmp_path):
    labels = np.ones((4, 5), np.uint8)
    paths = write(tmp_path / "l.tif", labels), write(tmp_path / "c.tif", confidence_of(labels))

    areas = summarise(*paths, grid=grid_of(labels, crs=None, transform=IDENTITY), vocabulary=FIVE)

    assert (areas[1].pixels, areas[1].area_m2, areas[1].confidence) == (0, None, None)


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    labels = blocks(11, height=40, width=50)
    broken = tmp_path / "confidence.tif"
    broken.write_bytes(write(tmp_path / "whole.tif", labels).read_bytes()[:600])
    (tmp_path / "whole.tif").unlink()
    target = tmp_path / "out" / "c.tif"
    target.parent.mkdir()
    target.write_text("an older map")

    with pytest.raises(OutputError, match="could not be written"):
        write_confidence(broken, target, grid=grid_of(labels), tags=())

    assert target.read_text() == "an older map"
    assert list(target.parent.iterdir()) == [target]


def test_missing_folder_is_named_with_the_fix(tmp_path):
    labels = blocks(12, height=40, width=50)
    source = write(tmp_path / "c.tif", confidence_of(labels))

    with pytest.raises(OutputError, match="mkdir -p"):
        write_confidence(source, tmp_path / "nowhere" / "c.tif", grid=grid_of(labels), tags=())


def read_wkt(code: int) -> str:
    return rasterio.CRS.from_epsg(code).to_wkt()
