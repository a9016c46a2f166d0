"""Scenes that GDAL fetches: read as local ones are, whatever their server does, and never a way into this computer."""

import os
import re
import socket
import time
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import rasterio.shutil
from click.testing import CliRunner
from conftest import make_scene
from served_files import fail_until, redirect_to, served

import sovs_map
from sovs_map.cli import cli
from sovs_map.errors import OutputExistsError, SceneError
from sovs_map.scene import find_scenes, open_scene, read
from sovs_map.window import Window

DB = np.random.default_rng(0).normal(-14, 4, (2, 256, 320)).astype(np.float32)
WHOLE = Window(0, 0, *DB.shape[1:])


pytestmark = pytest.mark.usefixtures("impatient")


def cog(folder):
    """Write the scene as a COG."""
    path = folder / "cog.tif"
    rasterio.shutil.copy(tiff(folder), path, driver="COG", blocksize=128)
    return path


def tiff(folder, values=DB, name="a.tif", **facts):
    described = {"descriptions": ("VV", "VH")[: len(values)], "units": ["dB"] * len(values), "block": 64}
    return Path(make_scene(folder / name, values, nodata=np.nan, **(described | facts)))


def run(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


def test_a_remote_scene_is_read_as_the_local_one(tmp_path):
    path = cog(tmp_path)
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.write(path, "a.tif")

    with served({"/in/a.tif": path.read_bytes(), "/a.zip": archive.getvalue()}) as site:
        host = site.address
        for name in (
            f"{host}/in/a.tif",
            f"{host}/in/a.tif?token=x%2By+z",
            f"/vsicurl/{host}/in/a.tif",
            f"/vsizip//vsicurl/{host}/a.zip/a.tif",
            f"zip+{host}/a.zip!a.tif",
        ):
            (found,) = find_scenes([name]).scenes
            scene = open_scene(found)
            assert scene.name == "a"
            np.testing.assert_array_equal(read(scene, WHOLE), DB)
        assert {request.split()[1].partition("?")[0] for request in site.requests} == {"/in/a.tif", "/a.zip"}


def test_a_map_of_a_remote_scene_is_that_of_the_local_one_and_resumes_unless_the_scene_changed(tmp_path):
    def stop(done, *_):
        if done == 2:
            raise KeyboardInterrupt

    path = tiff(tmp_path)
    asked = {"classes": "water,forest", "tile": 128, "overlap": 32, "chunk": 128, "vector": "none", "scores": "none"}
    local = sovs_map.map_scene(path, output=tmp_path / "local", **asked)
    asked["output"] = tmp_path / "remote"

    with served({"/a.tif": path.read_bytes()}, Last_Modified="Mon, 01 Jan 2024 00:00:00 GMT") as site:
        with pytest.raises(KeyboardInterrupt):
            sovs_map.map_scene(f"{site.address}/a.tif?signed=secret", on_progress=stop, **asked)
        site.headers = {"Last-Modified": "Tue, 02 Jan 2024 00:00:00 GMT"}
        with pytest.raises(OutputExistsError):
            sovs_map.map_scene(f"{site.address}/a.tif", **asked)
        site.headers = {"Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}
        remote = sovs_map.map_scene(f"{site.address}/a.tif?signed=secret2", **asked)

    assert Path(remote.labels).name == "a_labels.tif"
    assert remote.areas == local.areas
    assert not any(b"secret" in file.read_bytes() for file in remote.files)


def test_remote_polarisations_are_joined_by_a_plus(tmp_path):
    files = {
        f"/s_{name}.tif": tiff(tmp_path, DB[band, None], f"s_{name}.tif", descriptions=[])
        for band, name in ((0, "vv"), (1, "vh"))
    }

    with served({name: path.read_bytes() for name, path in files.items()}) as site:
        (found,) = find_scenes(["+".join(site.address + name for name in files)]).scenes
        scene = open_scene(found)
        got = read(scene, WHOLE)

    assert (scene.name, scene.polarisations) == ("s", ("VV", "VH"))
    np.testing.assert_array_equal(got, DB)


@pytest.mark.parametrize("count", [1, 3, 5])
def test_a_server_that_is_busy_at_first_is_asked_again(tmp_path, count):
    with served({"/a.tif": tiff(tmp_path).read_bytes()}, fail_until(count)) as site:
        np.testing.assert_array_equal(read(open_scene(f"{site.address}/a.tif"), WHOLE), DB)


@pytest.mark.parametrize("cut", [{1}, {2}, {3}, {4}, {3, 4}, {4, 5}, set(range(2, 100, 5))], ids=str)
def test_a_connection_that_is_cut_is_taken_up_again(tmp_path, cut):
    content = cog(tmp_path).read_bytes()

    with served({"/a.tif": content}, lambda _, number: "cut" if number in cut else "") as site:
        np.testing.assert_array_equal(read(open_scene(f"{site.address}/a.tif"), WHOLE), DB)


def test_a_server_that_gives_up_is_an_error_that_names_file_and_window(tmp_path):
    def cut_pixels(handler, _number):
        return "" if handler.headers.get("Range", "bytes=0-").startswith("bytes=0-") else "cut"

    with served({"/a.tif": cog(tmp_path).read_bytes()}, cut_pixels) as site:
        result = run("info", f"{site.address}/a.tif")

    assert result.exit_code == 5
    assert re.search(r"a\.tif: rows 0 to 0, columns 0 to 319 cannot be read, tried 3 times.*again", result.stderr)


def test_a_file_that_is_not_there_is_refused_at_once():
    with served({}) as site:
        result = run("info", f"{site.address}/a.tif")

    assert result.exit_code == 5
    assert "response code: 404" in result.stderr
    assert len(site.requests) < 3


@pytest.mark.parametrize(
    "address", ["http://[/a.tif", "http://[/a.json", "http://", "https:///a.json", "http://h:x/a.json"]
)
def test_an_address_that_is_none_is_refused(address):
    result = run("info", address)

    assert result.exit_code == 5
    assert "needed is" in result.stderr


@pytest.mark.parametrize("listens", [False, True], ids=["refuses", "stays silent"])
@pytest.mark.parametrize("name", ["a.tif", "item.json"])
def test_a_dead_server_ends_in_bounded_time(monkeypatch, listens, name):
    monkeypatch.setenv("GDAL_HTTP_LOW_SPEED_TIME", "1")
    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))
        if listens:
            dead.listen(20)
        started = time.monotonic()
        result = run("info", f"http://127.0.0.1:{dead.getsockname()[1]}/{name}")

    assert result.exit_code == 5
    assert "needed is" in result.stderr
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("name", ["a.tif", "item.json"])
@pytest.mark.parametrize(
    "target", ["file://{}", "file:///etc/hostname", "/vsicurl/file://{}", "gopher://127.0.0.1:1/", "{}"]
)
def test_no_redirect_leads_into_this_computer(tmp_path, target, name):
    secret = tiff(tmp_path)

    with served({}, redirect_to(target.format(secret))) as site:
        result = run("info", f"{site.address}/{name}")

    assert result.exit_code == 5
    assert not result.stdout
    assert "cannot be" in result.stderr


def test_a_redirect_to_another_server_is_followed(tmp_path):
    content = tiff(tmp_path).read_bytes()
    with served({"/b.tif": content}) as other, served({}, redirect_to(f"{other.address}/b.tif")) as site:
        np.testing.assert_array_equal(read(open_scene(f"{site.address}/a.tif"), WHOLE), DB)


def test_remote_files_that_point_to_local_ones_are_refused(tmp_path):
    secret = tiff(tmp_path)
    virtual = (
        '<VRTDataset rasterXSize="320" rasterYSize="256"><VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
        f"<SourceFilename>{secret}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    overviews = tiff(tmp_path, name="o.tif")
    with rasterio.open(overviews, "r+") as file:
        file.update_tags(ns="OVERVIEWS", OVERVIEW_FILE=str(secret))

    with served({"/v.tif": virtual.encode(), "/o.tif": overviews.read_bytes()}) as site:
        for name in ("v", "o"):
            with pytest.raises(SceneError, match=r"may point to files of this computer.*curl -LO"):
                open_scene(f"{site.address}/{name}.tif")


def identity(site, query=""):
    return open_scene(f"{site.address}/a.tif{query}").identity


def test_a_remote_file_that_changed_is_another_scene(tmp_path):
    first = tiff(tmp_path).read_bytes()
    changed = DB.copy()
    changed[0, 100, 100] += 1
    second = tiff(tmp_path, changed).read_bytes()

    with served({"/a.tif": first}, Last_Modified="Mon, 01 Jan 2024 00:00:00 GMT") as site:
        known = identity(site)
        assert identity(site, "?signed=tomorrow") == known
        site.headers = {"Last-Modified": "Tue, 02 Jan 2024 00:00:00 GMT"}
        assert identity(site) != known
    with served({"/a.tif": first}) as site:
        silent = identity(site)
        assert identity(site) == silent
        site.files = {"/a.tif": second}
        assert identity(site, "?") != silent


def test_what_the_user_set_stays_and_sidecars_of_local_files_are_seen(tmp_path, monkeypatch):
    monkeypatch.setenv("GDAL_HTTP_MAX_RETRY", "7")
    content = tiff(tmp_path).read_bytes()
    valid = np.full(DB.shape[1:], 255, np.uint8)
    valid[:50] = 0
    (tmp_path / "local").mkdir()
    with served({"/a.tif": content}) as site:
        scene = open_scene(f"{site.address}/a.tif")
        local = tiff(tmp_path / "local")
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False), rasterio.open(local, "r+") as file:
            file.write_mask(valid)
        masked = read(open_scene(local), WHOLE)
        read(scene, WHOLE)

    assert os.environ["GDAL_HTTP_MAX_RETRY"] == "7"
    assert local.with_suffix(".tif.msk").exists()
    assert np.isnan(masked[:, :50]).all()
    assert np.isfinite(masked[:, 50:]).all()
