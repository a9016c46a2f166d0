"""Families of products: recognised by what their specifications lay down, calibrated to numbers computed by hand."""

import json
import re

import numpy as np
import pytest
from conftest import make_scene
from written_products import DN, WRITERS, capella_scene, write_iceye, write_iceye_cog, write_terrasar

from sovs_map.radiometry import Scale
from sovs_map.scene import open_scene, read
from sovs_map.scene.products.document import parse_json, parse_xml
from sovs_map.scene.products.product import utc
from sovs_map.window import Window


@pytest.mark.parametrize(
    ("family", "pol", "offset_db", "factor", "acquired"),
    [
        ("capella", "HH", 20 * np.log10(2e-3), 1, "2024-06-26T15:00:51Z"),
        ("capella beside", "HH", 20 * np.log10(2e-3), 1, "2024-06-26T15:00:51Z"),
        ("iceye", "VV", 10 * np.log10(2e-6), 1, "2021-03-04T05:06:07Z"),
        ("terrasar", "HH", 10 * np.log10(1e-5 * 0.5), 1, "2020-01-01T00:00:00Z"),
        ("palsar mosaic", "HV", -83.0, 8, None),
        ("palsar scene", "HH", -83.0, 8, None),
    ],
)
def test_a_family_is_recognised_and_calibrated_by_its_formula(tmp_path, family, pol, offset_db, factor, acquired):
    scene = open_scene(WRITERS[family](tmp_path))

    assert scene.polarisations == (pol,)
    assert scene.calibrated
    assert scene.acquired == acquired
    got = read(scene, Window(0, 0, 50, 70))
    expected = np.maximum(20 * np.log10(DN[0] * float(factor)) + offset_db, -50)
    np.testing.assert_allclose(got[0], expected, atol=1e-4)


@pytest.mark.parametrize("family", WRITERS)
def test_the_user_overrides_what_a_family_says(tmp_path, family):
    told = open_scene(path := WRITERS[family](tmp_path))

    scene = open_scene(path, bands="VH=1", scale="amplitude")

    assert scene.polarisations == ("VH",)
    assert not scene.calibrated
    assert [(band.gain, band.nodata) for band in scene.bands] == [(1.0, None)]
    assert scene.acquired == told.acquired
    assert scene.remarks[0].endswith("--scale overrides it")
    assert scene.remarks[1].endswith("told by --scale")


@pytest.mark.parametrize(
    "tags",
    [
        [("TIFFTAG_IMAGEDESCRIPTION", "{" * 3000)],
        [("TIFFTAG_IMAGEDESCRIPTION", '{"collect": [1, {"platform": "capella"}]}')],
        [("TIFFTAG_IMAGEDESCRIPTION", '{"collect": {"platform": 7}}')],
        [("PRODUCT_NAME", "ICE"), ("CALIBRATION_FACTOR", "1")],
        [("PRODUCT_NAME", "ICEYE_X7"), ("PRODUCT_LEVEL", "SLC"), ("CALIBRATION_FACTOR", "1e-6")],
        [("ICEYE_PROPERTIES", '{"sar:product_type": ["GRD"]}')],
    ],
)
def test_an_ordinary_raster_is_of_no_family_and_stays_uncalibrated(tmp_path, tags):
    scene = open_scene(make_scene(tmp_path / "scene_VV.tif", DN, tags=tags))

    assert not scene.calibrated
    assert not any(remark.startswith("product:") for remark in scene.remarks)


@pytest.mark.parametrize(
    ("write", "family", "why"),
    [
        (lambda f: capella_scene(f, calibration="none"), "Capella GEO", "no full calibration"),
        (lambda f: capella_scene(f, radiometry="beta_nought"), "Capella GEO", "no full calibration"),
        (lambda f: capella_scene(f, scale_factor=1e6), "Capella GEO", "by the product's scale factor, .* not believed"),
        (lambda f: write_iceye(f, ACQUISITION_MODE="scan"), "ICEYE GRD", "does not calibrate scan mode"),
        (lambda f: write_iceye(f, CALIBRATION_FACTOR="none"), "ICEYE GRD", "no calibration factor"),
        (write_iceye_cog, "ICEYE GRD-COG, taken 2025-06-27T11:24:05Z", "not documented"),
        (
            lambda f: write_iceye_cog(f, **{"iceye:amplitude_mapping": {"function": "power"}}),
            "ICEYE GRD-COG",
            "mapping, power, that is not undone",
        ),
        (lambda f: write_terrasar(f, correction="NOTCALIBRATED"), "TSX-1 MGD", "no calibration"),
        (
            lambda f: make_scene(f / "IMG-HH-ALOS2014410640-140829-UBSR3.1RUD.tif", DN),
            "ALOS-2 PALSAR-2, level 3.1",
            "dynamic range .* compressed",
        ),
    ],
)
def test_a_family_of_unknown_gain_is_named_with_the_reason_and_shifted(tmp_path, write, family, why):
    scene = open_scene(write(tmp_path))

    assert not scene.calibrated
    assert scene.scale is Scale.AMPLITUDE
    assert re.fullmatch(rf"product: {family}.*; .*{why}.*", scene.remarks[0])
    assert np.nanmedian(read(scene, Window(0, 0, 50, 70))) == pytest.approx(-11, abs=0.05)


@pytest.mark.parametrize(("write", "spacing"), [(write_terrasar, 3.0), (write_iceye, 2.5), (write_iceye_cog, 0.5)])
def test_a_family_tells_the_spacing_where_a_raster_has_no_georeference(tmp_path, write, spacing):
    assert open_scene(write(tmp_path)).spacing_m == pytest.approx(spacing)
    assert open_scene(WRITERS["capella"](tmp_path)).spacing_m == pytest.approx(20)


def test_an_umbra_product_gets_polarisation_and_time_from_the_file_beside_it(tmp_path):
    beside = {"vendor": "Umbra Space", "collects": [{"polarizations": ["VV"], "startAtUTC": "2023-02-01T10:11:12.5Z"}]}
    (tmp_path / "2023_UMBRA-05_METADATA.json").write_text(json.dumps(beside))

    scene = open_scene(make_scene(tmp_path / "2023_UMBRA-05_GEC.tif", (DN / 4).astype(np.uint8)))

    assert (scene.polarisations, scene.acquired, scene.calibrated) == (("VV",), "2023-02-01T10:11:12Z", False)
    assert scene.remarks[0] == "product: Umbra GEC, taken 2023-02-01T10:11:12Z; its metadata tell no calibration"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "latin-1"])
@pytest.mark.parametrize("declaration", ["", '<?xml version="1.0"?>'])
def test_metadata_that_could_grow_without_end_is_not_read(encoding, declaration):
    bomb = declaration + '<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx">]><a>&b;</a>'

    assert parse_xml(bomb.encode(encoding)) is None
    assert parse_xml((declaration + "<a><b/></a>").encode(encoding)) is not None
    assert parse_xml(b'<?xml version="1.0" encoding="utf-7"?><a/>') is None
    assert parse_json("[" * 100_000) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-06-26T15:00:51.123456789Z", "2024-06-26T15:00:51Z"),
        ("2020-11-07 01:52:34.9", "2020-11-07T01:52:34Z"),
        ("2023-07-18T02:30:33+02:00", "2023-07-18T00:30:33Z"),
        ("2023-07-18", None),
        ("aaaa-bb-ccTdd:ee:ff", None),
        ("2023-13-18T02:30:33Z", None),
        ("0001-01-01T00:00:00+09:00", None),
        ("", None),
    ],
)
def test_a_time_is_utc_in_whole_seconds_or_none(text, expected):
    assert utc(text) == expected
