"""STAC documents are not trusted: they reach nothing that they must not, stay within bounds, and are refused in words."""

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
from stac_documents import asset, found, make_catalog, make_item, write

from sovs_map.cli import cli
from sovs_map.errors import SceneError, SovsMapError
from sovs_map.scene import find_scenes, open_scene, stac
from sovs_map.scene.href import resolve

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make the test's own folder the current one, with a raster in it."""
    monkeypatch.chdir(tmp_path)
    make_scene(tmp_path / "a.tif", np.full((1, 8, 8), -14, np.float32), units=["dB"])
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


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
