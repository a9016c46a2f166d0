"""The query command: which files it prints, what it refuses, what it leaves alone."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import make_scene, speckled_power

from sovs_map.cli import cli

DB = 10 * np.log10(np.stack([speckled_power((90, 120)), speckled_power((90, 120), seed=1) / 5]))


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    known = {"units": ["dB", "dB"], "descriptions": ["VV", "VH"]}
    return make_scene(tmp_path_factory.mktemp("scene") / "scene.tif", DB, **known)


def run(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


SMALL = ("--tile", 64, "--overlap", 16)


def test_the_command_prints_the_files_of_each_phrase_and_replaces_none_unless_told(scene, tmp_path):
    ask = ("query", scene, "ships", "flooded fields, beside a river", "--threshold", 0.5, "-o", tmp_path, *SMALL)

    result = run(*ask)

    assert result.exit_code == 0, result.output
    assert [line.rsplit("/", 1)[1] for line in result.stdout.splitlines()] == [
        f"scene_{slug}_{kind}"
        for slug in ("ships", "flooded-fields-beside-a-river")
        for kind in ("probability.tif", "preview.png", "polygons.gpkg")
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        line.rsplit("/", 1)[1] for line in result.stdout.splitlines()
    )
    assert run(*ask).exit_code == 4
    again = run(*ask[:-4], "--vector", "none", "--overwrite", "--json", "-o", tmp_path, *SMALL)
    assert [answer["phrase"] for answer in json.loads(again.stdout)["answers"]] == [
        "ships",
        "flooded fields, beside a river",
    ]


def test_a_dry_run_tells_the_plan_and_writes_nothing(scene, tmp_path):
    result = run("query", scene, "ships", "-o", tmp_path / "out", "--dry-run")

    assert result.exit_code == 0
    assert "memory up to" in result.stdout
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "advice"),
    [
        (["ships", "Ships!"], 2, 'name one of them, e.g. "ships-2=Ships!"'),
        (["ships", "ships"], 2, "once"),
        ([" "], 2, "names no class"),
        (["!ships"], 2, "begins with !"),
        (["ships", "--negative", " "], 2, "empty negative"),
        (["ships", "--threshold", "0"], 2, "0<x<=1"),
        (["ships " * 40], 2, "Shorten it"),
        (["ships", "--scale", "power"], 5, "--scale"),
    ],
)
def test_wrong_questions_are_refused_with_advice(scene, tmp_path, arguments, code, advice):
    result = run("query", scene, *arguments, "-o", tmp_path, *SMALL)

    assert result.exit_code == code, result.output
    assert advice in result.stderr
    assert not list(tmp_path.iterdir())


def test_several_scenes_are_queried_and_a_bad_one_is_told(tmp_path):
    known = {"units": ["dB", "dB"], "descriptions": ["VV", "VH"]}
    make_scene(tmp_path / "a.tif", DB[:, :70, :70], **known)
    (tmp_path / "b.tif").write_bytes(b"no raster at all")

    result = run("query", tmp_path, "ships", "-o", tmp_path / "out", "--json", *SMALL)

    assert result.exit_code == 3
    assert [json.loads(line)["scene"] for line in result.stdout.splitlines()] == ["a"]
    assert not list((tmp_path / "out").glob("b_*"))
