"""Several scenes on one command line: what is missing or wrong is said, what is there is done."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
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
    assert "2 of 4 scenes failed: 2 done, 2 failed" in result.stderr


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
    assert "1 of 2 scenes failed: 1 done, 1 failed" in result.stderr


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


def test_a_batch_tells_what_became_of_each_scene_and_tries_again_only_what_failed(scene, tmp_path):
    for number in range(17):
        scene(f"scene_{number:02}.tif")
    (tmp_path / "broken_0.tif").write_bytes(b"no raster at all")
    scene("broken_1.tif")
    os.truncate("broken_1.tif", 9_000)
    scene("broken_2.tif", ["VV", "VV"])

    first = run(*MAP, ".", "-o", "out", "--json")

    assert first.exit_code == 3
    assert len(scenes_in(first)) == 17
    assert "3 of 20 scenes failed: 17 done, 3 failed" in first.stderr
    table = pd.read_csv("out/sovs-map_batch.csv").set_index("scene")
    assert table.state.value_counts().to_dict() == {"done": 17, "failed": 3}
    for name, reason in (("broken_0", "a raster"), ("broken_1", "broken_1.tif"), ("broken_2", "VV 2 times")):
        assert table.loc[f"{name}.tif", "exit_code"] == 5
        assert reason in table.loc[f"{name}.tif", "reason"]
    written = {path: path.stat().st_mtime_ns for path in Path("out").glob("scene_*")}

    second = run(*MAP, ".", "-o", "out", "--json")

    assert second.exit_code == 3
    assert scenes_in(second) == []
    assert "3 of 20 scenes failed: 17 done before, 3 failed" in second.stderr
    assert {path: path.stat().st_mtime_ns for path in Path("out").glob("scene_*")} == written

    scene("broken_2.tif")
    third = run(*MAP, ".", "-o", "out", "--json")

    assert scenes_in(third) == ["broken_2"]
    assert "2 of 20 scenes failed: 1 done, 17 done before, 2 failed" in third.stderr


def test_finished_scenes_of_another_question_are_refused_in_a_batch(scene):
    scene("a.tif")
    scene("b.tif")
    run(*MAP, "a.tif", "b.tif", "-o", "out")

    result = run("map", "-c", "water,sand", *MAP[3:], "a.tif", "b.tif", "-o", "out")

    assert result.exit_code == 3
    assert result.stderr.count("add --overwrite to replace it") == 4  # at once, and in the table
