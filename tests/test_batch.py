"""Several scenes on one command line: what is missing or wrong is said, what is there is done."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import make_scene

from sovs_map.cli import cli

MAP = ("map", "-c", "water,forest", "--tile", "64", "--overlap", "16", "--vector", "none", "--scores", "none")
COMMANDS = [
    pytest.param(MAP, id="map"),
    pytest.param((*MAP, "--dry-run"), id="plan"),
    pytest.param(("info",), id="info"),
]


def run(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


def scenes_in(result):
    return [json.loads(line)["scene"] for line in result.stdout.splitlines()]


@pytest.fixture
def scene(tmp_path, monkeypatch):
    """Return a function that writes a scene into the current folder, which is the test's own."""
    monkeypatch.chdir(tmp_path)

    def write(name, bands=("VV", "VH")):
        db = np.random.default_rng(0).normal(-14, 4, (len(bands), 64, 64)).astype(np.float32)
        make_scene(tmp_path / name, db, nodata=np.nan, units=["dB"] * len(bands), descriptions=bands)

    return write


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_scene_is_an_error_of_the_batch_and_the_others_are_done(scene, command):
    scene("a.tif")
    scene("b.tif")

    result = run(*command, "--json", "a.tif", "missing.tif", "b.tif", "@nowhere.txt")

    assert result.exit_code == 3
    assert scenes_in(result) == ["a", "b"]
    assert "missing.tif does not exist; needed is" in result.stderr
    assert "nowhere.txt does not exist; needed is" in result.stderr
    assert "2 of 4 scenes failed; the others are done" in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("argument", ["missing.tif", "@empty.txt", "@latin.txt", "x" * 5000, "."])
def test_a_scene_that_is_missing_alone_keeps_its_exit_code(tmp_path, monkeypatch, command, argument):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.txt").touch()
    (tmp_path / "latin.txt").write_bytes(b"Orl\xe9ans.tif")

    result = run(*command, argument)

    assert result.exit_code == 5
    assert "needed " in result.stderr
    assert not result.stdout
    assert not list(tmp_path.glob("*_*"))


def test_info_goes_on_after_a_scene_that_cannot_be_used(scene, tmp_path):
    (tmp_path / "a.tif").write_bytes(b"no raster at all")
    scene("b.tif")

    result = run("info", "--json", "a.tif", "b.tif")

    assert result.exit_code == 3
    assert scenes_in(result) == ["b"]
    assert "1 of 2 scenes failed" in result.stderr


def test_scenes_that_would_write_the_same_files_are_refused(scene):
    scene("x.tif")
    scene("x_vv.tif", ["VV"])
    scene("x_vh.tif", ["VH"])

    result = run(*MAP, ".", "-o", "out")

    assert result.exit_code == 2
    assert "x_vv.tif + x_vh.tif and x.tif would both write x_labels.tif" in result.stderr
    assert run(*MAP, "x_vv.tif", "x_vh.tif", "-o", "out").stdout.splitlines()[0] == "out/x_labels.tif"


def test_words_that_are_no_utf_8_are_refused(scene):
    scene("a.tif")

    for words in ("Orl\udce9ans", "town=Orl\udce9ans"):
        result = run("map", "a.tif", "-c", words)
        assert result.exit_code == 2
        assert "bytes that are not UTF-8" in result.stderr
