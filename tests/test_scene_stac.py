"""STAC documents lead to scenes: the right assets, a safe name, within bounds, and to nothing that they must not reach."""

import copy
import json
import random
import re
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import make_scene
from served_files import served

from sovs_map.cli import cli
from sovs_map.errors import SceneError, SovsMapError
from sovs_map.scene import find_scenes, open_scene, read, stac
from sovs_map.scene.href import resolve
from sovs_map.window import Window

DB = np.random.default_rng(0).normal(-14, 4, (2, 48, 64)).astype(np.float32)
COG = "image/tiff; application=geotiff; profile=cloud-optimized"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    for module in ("raster", "fetching"):
        monkeypatch.setattr(f"sovs_map.scene.{module}.PAUSES_S", (0.0, 0.01, 0.02))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def asset(href, **facts):
    return {"href": href, "type": COG, "roles": ["data"], **facts}


VV_VH = {"vv": asset("./a.tif"), "vh": asset("./b.tif")}


def make_item(name="S1A_x", assets=VV_VH, **properties):
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": name,
        "geometry": None,
        "properties": {"datetime": "2024-01-01T00:00:00Z", **properties},
        "links": [],
        "assets": assets,
    }


def make_catalog(*links, kind="Catalog"):
    told = [{"rel": rel, "href": href} for rel, href in links]
    return {"type": kind, "stac_version": "1.0.0", "id": "c", "description": "c", "links": told}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make the test's own folder the current one, with two rasters that say nothing of their polarisations."""
    monkeypatch.chdir(tmp_path)
    for name, plane in zip("ab", DB, strict=True):
        make_scene(tmp_path / f"{name}.tif", plane[None], nodata=np.nan, units=["dB"])
    return tmp_path


def write(path, document):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document))
    return str(path)


def found(document, folder):
    return find_scenes([write(folder / "in.json", document)])


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


ESCAPES = [
    "/etc/hostname", "file:///etc/hostname", "FILE:/etc/hostname", "/vsizip/x.zip/a.tif", "/vsicurl/http://h/a.tif",
    "//vsicurl/x", "../../../../../../../../vsizip/x", "NETCDF:/etc/x.nc:a", "HDF5:/a.h5://x", "GTIFF_DIR:1:/etc/x.tif",
    "<VRTDataset/>", "vrt:///etc/x.tif", "zip+file:///x.zip!a.tif", "zip:///x.zip!a.tif", "C:\\x.tif", "ftp://h/a.tif",
    "data:image/tiff;base64,AAAA", "", "  ", "http:///a.tif", "http://[/a.tif", "s3:bucket/a.tif", "a\nb.tif", "a\x00.tif",
    "file:///a%00.tif", "MEM:::DATAPOINTER=1", "/dev/stdin", "..", "\ud800.tif",
]  # fmt: skip
PLAIN = {"/etc/hostname", "file:///etc/hostname", "FILE:/etc/hostname"}
"""What an item on disk may point to."""
ON_THE_SERVER = {"//vsicurl/x", "../../../../../../../../vsizip/x", "/etc/hostname", "/dev/stdin", ".."}
"""What is a path on its own server when an item of the network says it."""


@pytest.mark.parametrize("href", ESCAPES, ids=repr)
def test_references_lead_nowhere_but_to_files_and_the_network(folder, href):
    for base, allowed in ((str(folder / "in.json"), PLAIN), ("https://h/x/in.json", ON_THE_SERVER)):
        if href not in allowed:
            with pytest.raises(SceneError, match=r"(?s)points to .* needed is .*give the file itself"):
                resolve(href, base=base)
        elif base.startswith("https"):
            assert resolve(href, base=base).startswith("https://")
        else:
            assert resolve(href, base=base) == "/etc/hostname"


@pytest.mark.parametrize(
    ("href", "base", "target"),
    [
        ("a.tif", "https://h/x/in.json?sig=1", "https://h/x/a.tif"),
        ("../a.tif?sig=2", "https://h/x/in.json", "https://h/a.tif?sig=2"),
        ("S3://b/a.tif", "https://h/x/in.json", "s3://b/a.tif"),
        ("https://g/a b.tif", "/in/in.json", "https://g/a b.tif"),
        ("../a.tif", "/in/x/in.json", "/in/a.tif"),
        ("file:///in/a%20b.tif", "/in/x/in.json", "/in/a b.tif"),
    ],
)
def test_references_resolve_against_their_document(href, base, target):
    assert resolve(href, base=base) == target


def test_an_item_of_the_network_reaches_no_local_file(folder):
    secret = folder / "a.tif"
    assets = [asset(secret.as_uri()), asset(f"/vsicurl/{secret.as_uri()}"), asset(str(secret))]
    documents = {f"/{number}.json": make_item(assets={"vv": one}) for number, one in enumerate(assets)}
    documents["/catalog.json"] = make_catalog(("item", (folder / "in.json").as_uri()))
    write(folder / "in.json", make_item())

    with served({name: json.dumps(one).encode() for name, one in documents.items()}) as site:
        for name in documents:
            result = run("info", site.address + name)
            assert result.exit_code == 5
            assert not result.stdout


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("", "is no JSON"),
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("1" * 5000, "is no JSON"),
        ("\xff", "is no JSON"),
        ("[]", "no STAC object"),
        ("{}", "no links"),
        ('{"type": "Feature"}', "cannot be read"),
        ('{"type": "FeatureCollection"}', "lists no features"),
        ('{"type": "FeatureCollection", "features": [1]}', "Feature 1 of .* is no STAC item"),
        ('{"type": "FeatureCollection", "features": []}', "leads to no item"),
        ('{"links": [1, {"rel": "item"}]}', "cannot be followed"),
        (json.dumps(make_item("///")), "letters or digits"),
        (json.dumps(make_item(1)), "needed is a text"),
    ],
)
def test_documents_that_are_no_stac_are_refused(folder, text, fix):
    (folder / "in.json").write_bytes(text.encode("latin-1"))

    got = find_scenes(["in.json"])

    assert not got.scenes
    assert re.search(fix, str(got.errors[0]))
    assert "needed " in str(got.errors[0])


def test_documents_items_and_levels_are_bounded(folder, monkeypatch):
    monkeypatch.setattr(stac, "LARGEST", 2000)
    monkeypatch.setattr(stac, "MOST", 10)
    large = write(folder / "large.json", make_item("x" * 2000))
    many = write(folder / "many.json", make_catalog(*(("item", f"{n}.json") for n in range(11))))

    with served({}) as site:
        for depth in range(60):
            site.files[f"/{depth}.json"] = json.dumps(make_catalog(("child", f"{depth + 1}.json"))).encode()
        site.files["/large.json"] = b" " * 2001
        arguments = (large, f"{site.address}/large.json", many, f"{site.address}/0.json")
        told = [str(find_scenes([argument]).errors[-1]) for argument in arguments]

    assert [re.search("larger than|leads to more than 10", text)[0] for text in told] == ["larger than"] * 2 + [
        "leads to more than 10"
    ] * 2


def test_catalogues_are_followed_to_a_depth_only():
    with served(
        {f"/{n}.json": json.dumps(make_catalog(("child", f"{n + 1}.json"))).encode() for n in range(60)}
    ) as site:
        (error,) = find_scenes([f"{site.address}/0.json"]).errors

        assert "more than 32 levels" in str(error)
        assert len(site.requests) < 40


def test_names_of_items_leave_room_for_the_endings_of_files(folder):
    (one,) = found(make_item("ß" * 300), folder).scenes

    assert 100 < len(one.name.encode()) <= 150


def test_without_pystac_the_message_says_how_to_install_it(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "pystac", None)

    (error,) = found(make_item(), folder).errors

    assert "pip install 'sovs-map[stac]'" in str(error)


WRONG = (
    None,
    True,
    0,
    -1e308,
    10**30,
    "",
    "x",
    "\ud800",
    "../" * 50,
    "vv",
    [],
    [[]],
    {},
    {"href": []},
    [None],
    "2024-13-45",
    float("nan"),
)


def mutate(document, draw):
    """Replace, remove or double something anywhere in a document."""
    places = []

    def walk(node):
        for key in node if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], (dict, list)):
                walk(node[key])

    walk(document)
    node, key = draw.choice(places)
    if draw.random() < 0.2:
        del node[key]
    else:
        node[key] = copy.deepcopy(draw.choice([*WRONG, document.get("assets", 0)]))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_wrong_in_an_item_is_an_error_of_ours(folder, seed):
    draw = random.Random(seed)  # noqa: S311 - no secret
    full = {
        "vv": asset(
            "a.tif", title="VV", bands=[{"name": "VV"}], **{"sar:polarizations": ["VV"], "eo:bands": [{"name": "VV"}]}
        )
    }
    whole = make_item(assets=full, **{"sar:polarizations": ["VV"], "sar:frequency_band": "C", "proj:epsg": 32631})
    whole |= {
        "stac_extensions": ["https://stac-extensions.github.io/sar/v1.0.0/schema.json", "eo"],
        "collection": "s1",
        "bbox": [1, 2, 3, 4],
    }
    whole["links"] = [{"rel": "self", "href": "https://h/x"}, {"rel": "collection", "href": "c.json"}]
    listed = {"type": "FeatureCollection", "features": [whole], "links": [{"rel": "next", "href": "none.json"}]}
    catalog = make_catalog(("item", "none.json"), ("child", "in.json"))

    for number in range(60):
        document = copy.deepcopy((whole, whole, listed, catalog)[number % 4])
        for _ in range(draw.randint(1, 3)):
            mutate(document, draw)
            if not document:
                break
        raw = json.dumps(document)
        if draw.random() < 0.1:
            raw = raw[: draw.randrange(len(raw))]
        (folder / "in.json").write_text(raw)
        got = find_scenes(["in.json"])
        assert got.scenes or got.errors
        for scene in got.scenes:
            assert re.fullmatch(r"[\w.-]{1,150}", scene.name)
            try:
                open_scene(scene)
            except SovsMapError:
                continue
