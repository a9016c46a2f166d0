"""STAC documents lead to scenes: the right assets, once each, under the names of their items."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import make_scene
from served_files import served
from stac_documents import VV_VH, asset, found, make_catalog, make_item, write

from sovs_map.cli import cli
from sovs_map.errors import SceneError
from sovs_map.scene import find_scenes, open_scene, read
from sovs_map.window import Window

DB = np.random.default_rng(0).normal(-14, 4, (2, 48, 64)).astype(np.float32)

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make the test's own folder the current one, with two rasters that say nothing of their polarisations."""
    monkeypatch.chdir(tmp_path)
    for name, plane in zip("ab", DB, strict=True):
        make_scene(tmp_path / f"{name}.tif", plane[None], nodata=np.nan, units=["dB"])
    return tmp_path


def rasters(folder):
    return {f"/{path.name}": path.read_bytes() for path in folder.glob("*.tif")}


def run(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


def test_an_item_is_one_scene_named_by_its_id_with_the_polarisations_of_its_assets(folder):
    (one,) = found(make_item("S1/A: x", {**VV_VH, "thumbnail": asset("t.tif", roles=["thumbnail"])}), folder).scenes
    scene = open_scene(one)

    assert (scene.name, scene.polarisations) == ("S1_A_x", ("VV", "VH"))
    np.testing.assert_array_equal(read(scene, Window(0, 0, 48, 64)), DB)


def test_an_item_is_read_from_the_network_as_from_disk(folder):
    documents = {"/x/item.json": make_item("far", {"vv": asset("/a.tif"), "vh": asset("/b.tif")})}
    documents["/collections/s1/items/S1A.0"] = documents["/x/item.json"]

    with served(rasters(folder) | {name: json.dumps(one).encode() for name, one in documents.items()}) as site:
        for name in documents:
            (one,) = find_scenes([site.address + name]).scenes
            scene = open_scene(one)
            np.testing.assert_array_equal(read(scene, Window(0, 0, 48, 64)), DB)
            assert scene.name == "far"


def test_lists_globs_and_catalogues_lead_to_their_items_once(folder):
    listing = {"type": "FeatureCollection", "features": [make_item("f1"), make_item("f2")]}
    write(folder / "list.json", listing | {"links": [{"rel": "next", "href": "page.json"}]})
    write(folder / "page.json", listing | {"features": [make_item("f3")]})
    write(folder / "sub" / "one.json", make_item("one", {"vv": asset("../a.tif")}))
    write(folder / "sub" / "two.json", make_item("two", {"vv": asset("../a.tif")}))
    write(
        folder / "sub" / "collection.json",
        make_catalog(("item", "one.json"), ("item", "two.json"), ("child", "../catalog.json")),
    )
    write(
        folder / "catalog.json",
        make_catalog(("self", "x"), ("child", "sub/collection.json"), ("child", "./catalog.json")),
    )

    def names(*arguments):
        got = find_scenes(arguments)
        assert not got.errors
        return [scene.name for scene in got.scenes]

    assert names("catalog.json") == names("sub/*.json") == names("catalog.json", "sub/two.json") == ["one", "two"]
    assert names("list.json", "a.tif") == ["f1", "f2", "f3", "a"]


def test_info_and_plans_take_items_and_say_which_are_wrong(folder):
    write(folder / "catalog.json", make_catalog(("item", "good.json"), ("item", "bad.json"), ("item", "missing.json")))
    write(folder / "good.json", make_item("good"))
    write(folder / "bad.json", make_item("bad", {"B02": asset("a.tif"), "B03": asset("b.tif")}))

    for command in (["info"], ["map", "-c", "water,forest", "--dry-run"], ["query", "--dry-run"]):
        phrases = ["ships"] if command[0] == "query" else []
        result = run(*command, "--json", "catalog.json", *phrases)
        assert result.exit_code == 3
        assert [json.loads(line)["scene"] for line in result.stdout.splitlines()] == ["good"]
        assert "'bad'" in result.stderr
        assert "missing.json does not exist" in result.stderr


PICKED = {
    "keys": (VV_VH, ["VV", "VH"]),
    "order": ({"VH": asset("b.tif"), "VV": asset("a.tif")}, ["VV", "VH"]),
    "sar:polarizations": ({"x": asset("a.tif", **{"sar:polarizations": ["HH"]})}, ["HH"]),
    "bands": ({"x": asset("a.tif", bands=[{"name": "HV"}])}, ["HV"]),
    "eo:bands": ({"x": asset("a.tif", **{"eo:bands": [{"name": "VH"}]})}, ["VH"]),
    "title": ({"x": asset("a.tif", title="Gamma nought, VV")}, ["VV"]),
    "file name": ({"x": asset("s1_vh.tif"), "y": asset("s1_vv.tif")}, ["VV", "VH"]),
    "both in one": ({"x": asset("a.tif", bands=[{"name": "VH"}, {"name": "VV"}])}, ["VH VV"]),
    "no roles": ({"vv": {"href": "a.tif"}, "vh": {"href": "b.tiff?x=1"}}, ["VV", "VH"]),
    "others": (
        {
            "vv": asset("a.tif"),
            "vv-preview": asset("p.tif", roles=["overview"]),
            "vv_angle": asset("c.tif"),
            "mask": asset("m.tif"),
            "safe-vv": {"href": "x.xml", "type": "application/xml", "roles": ["metadata"]},
            "vv-calibration": {"href": "vv.csv"},
        },
        ["VV"],
    ),
    "two places": ({"0_VV": asset("https://h/x/s.tif"), "s3_0_VV": asset("s3://b/s.tif")}, ["VV"]),
    "key itself": ({"vv": asset("a.tif"), "rtc-vv": asset("b.tif")}, ["VV"]),
    "alone": ({"GEC": asset("a.tif"), "quicklook": {"href": "q.png", "type": "image/png"}}, [""]),
}


@pytest.mark.parametrize(("assets", "polarisations"), PICKED.values(), ids=PICKED)
def test_backscatter_is_told_from_other_assets(folder, assets, polarisations):
    (one,) = found(make_item(assets=assets), folder).scenes

    assert list(one.polarisations) == polarisations


def test_the_only_raster_has_the_polarisation_of_its_item(folder):
    (one,) = found(make_item(assets={"GEC": asset("a.tif")}, **{"sar:polarizations": ["HH"]}), folder).scenes

    assert open_scene(one).polarisations == ("HH",)


@pytest.mark.parametrize(
    "assets",
    [
        {},
        {"B02": asset("a.tif"), "B03": asset("b.tif")},
        {"x-vv": asset("a.tif"), "y-vv": asset("b.tif")},
        {"vv": {"href": "a.xml"}},
    ],
    ids=["none", "optical", "two claim one", "no raster"],
)
def test_an_item_without_backscatter_is_refused_with_what_it_has(folder, assets):
    (error,) = found(make_item(assets=assets), folder).errors

    assert error.exit_code == 5
    assert re.search(r"found: .*needed are GeoTIFFs whose key, .* VV, VH, HH or HV.*a_vv\.tif\+a_vh\.tif", str(error))
    assert all(key in str(error) for key in assets)


def test_python_takes_an_item_as_the_command_line_does(folder):
    write(folder / "item.json", make_item("one", VV_VH))
    write(folder / "list.json", {"type": "FeatureCollection", "features": [make_item("f1"), make_item("f2")]})

    assert open_scene("item.json").name == "one"
    with pytest.raises(SceneError, match=r"2 scenes \(f1, f2"):
        open_scene("list.json")
