"""The command line: what is printed, where, with which exit code, and what is left behind."""

import json
import subprocess
import sys

import numpy as np
import pytest
import rasterio
from click.testing import CliRunner
from conftest import make_scene
from rasterio.errors import NotGeoreferencedWarning

from sovs_map.cli import cli

FAST = ["--tile", "64", "--overlap", "16"]


def run(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


def make_db(path, side=70, *, seed=0, **options):
    draw = np.random.default_rng(seed)
    db = draw.normal(-14, 4, (2, side, side)).astype(np.float32)
    known = {"nodata": np.nan, "units": ["dB", "dB"], "descriptions": ["VV", "VH"]} | options
    return make_scene(path, db, **known)


def test_help_is_fast_to_load_and_imports_neither_torch_nor_dask():
    code = (
        "import sys; from sovs_map.cli import cli; cli.main(['--help'], standalone_mode=False); "
        "import sovs_map; sys.exit(bool({'torch', 'dask', 'rasterio'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0


@pytest.mark.parametrize("command", ["map", "query", "embed", "view", "classes", "info", "models"])
def test_every_command_has_help_with_an_example(command):
    result = run(command, "--help")

    assert result.exit_code == 0
    example = result.stdout.split("  Example:\n")[1].splitlines()[0]
    assert example.startswith(f"    sovs-map {command}")


def test_a_scene_without_a_command_is_mapped(tmp_path):
    scene = make_db(tmp_path / "my scene.tif")

    result = run(scene, "-c", "water,forest", "-o", tmp_path / "out", *FAST)

    assert result.exit_code == 0, result.output
    names = [line.rsplit("/", 1)[1] for line in result.stdout.splitlines()]
    assert names == [
        "my scene_labels.tif",
        "my scene_labels.qml",
        "my scene_confidence.tif",
        "my scene_polygons.gpkg",
        "my scene_preview.png",
        "my scene_report.html",
        "my scene_item.json",
    ]
    assert not list((tmp_path / "out").glob(".*"))
    with rasterio.open(tmp_path / "out" / names[0]) as labels:
        assert set(np.unique(labels.read(1))) <= {1, 2}


def test_finished_results_are_not_replaced_unless_told(tmp_path):
    scene = make_db(tmp_path / "scene.tif")
    ask = (scene, "-c", "water,forest", "-o", tmp_path, "--vector", "none", "--scores", "none", *FAST)
    run(*ask)

    again = run(*ask)

    assert again.exit_code == 4
    assert "--overwrite" in again.stderr
    assert run(*ask, "--overwrite").exit_code == 0


def test_a_bad_scene_does_not_stop_the_others(tmp_path):
    folder = tmp_path / "scenes"
    folder.mkdir()
    make_db(folder / "a.tif")
    (folder / "b.tif").write_bytes(b"no raster at all")
    make_db(folder / "c.tif", seed=1)

    result = run(folder, "-c", "water,forest", "-o", tmp_path / "out", "--vector", "none", "--json", *FAST)

    assert result.exit_code == 3
    assert [json.loads(line)["scene"] for line in result.stdout.splitlines()] == ["a", "c"]
    assert "b.tif" in result.stderr
    assert "1 of 3 scenes failed" in result.stderr
    assert not list((tmp_path / "out").glob("b_*"))


def test_a_dry_run_tells_the_plan_and_writes_nothing(tmp_path):
    scene = make_db(tmp_path / "scene.tif")

    result = run(scene, "-c", "water,forest", "-o", tmp_path / "out", "--dry-run")

    assert result.exit_code == 0
    assert "memory up to" in result.stdout
    assert not (tmp_path / "out").exists()


def test_info_tells_scale_and_polarisations(tmp_path):
    result = run("info", make_db(tmp_path / "scene.tif"), "--json")

    facts = json.loads(result.stdout)
    assert (facts["scale"], facts["calibrated"], facts["polarisations"]) == ("db", True, ["VV", "VH"])


def test_models_lists_what_is_shipped_with_its_hash():
    facts = [json.loads(line) for line in run("models", "--json").stdout.splitlines()]

    assert [entry["name"] for entry in facts] == ["sovs-tiny"]
    assert len(facts[0]["sha256"]) == 64


@pytest.mark.parametrize(
    ("extra", "code", "advice"),
    [
        (["-c", "water,water"], 2, "name each class once"),
        (["-c", " "], 2, "names no class"),
        (["-c", "water=" + "very long river " * 9], 2, "Shorten it"),
        (["-c", "water", "--min-area", "5 acres"], 2, "0.5ha"),
        (["-c", "water", "--memory", "lots"], 2, "2GB"),
        (["-c", "water", "--memory", "100MB"], 2, "--memory"),
        (["-c", "water", "--tile", "100"], 2, "multiples of 32"),
        (["-c", "water", "--device", "cuda:77"], 2, "--device cpu"),
        (["-c", "water", "--model", "nowhere"], 1, "sovs-map models"),
        (["-c", "water", "--bands", "VV=9"], 5, "9"),
        (["-c", "water", "--scale", "power"], 5, "--scale"),
        (["-c", "water", "--crs", "EPSG:999999"], 2, "999999"),
    ],
)
def test_wrong_options_are_refused_with_advice(tmp_path, extra, code, advice):
    scene = make_db(tmp_path / "scene.tif")

    result = run(scene, "-o", tmp_path / "out", *FAST, *extra) if "--tile" not in extra else run(scene, *extra)

    assert result.exit_code == code, result.output
    assert advice in result.stderr
    assert "Traceback" not in result.output
    assert not list((tmp_path / "out").glob("*_labels.tif"))


def test_truncated_scenes_are_refused(tmp_path):
    path = tmp_path / "scene.tif"
    make_db(path, 300)
    path.write_bytes(path.read_bytes()[:300_000])

    result = run(path, "-c", "water", "-o", tmp_path / "out", *FAST)

    assert result.exit_code == 5, result.output
    assert "scene.tif" in result.stderr
    assert not list((tmp_path / "out").glob("scene_*"))


def test_a_scene_without_georeference_is_mapped_in_pixels_with_a_remark(tmp_path):
    scene = make_db(tmp_path / "scene.tif", transform=None)

    result = run(scene, "-c", "water,forest", "-o", tmp_path, *FAST)

    assert result.exit_code == 0, result.output
    assert "pixel" in run("info", scene).stdout
    with pytest.warns(NotGeoreferencedWarning), rasterio.open(tmp_path / "scene_labels.tif") as source:
        assert source.crs is None
