"""``sovs-map embed``: what it prints, where the store goes, and that the other commands take it."""

import json

import pytest
import rasterio
from test_cli import FAST, make_db, run


@pytest.fixture
def scene(tmp_path):
    return make_db(tmp_path / "scene.tif")


def test_the_store_is_named_after_the_scene_and_its_path_is_printed(scene, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    result = run("embed", scene, *FAST)

    assert (result.exit_code, result.stdout) == (0, "scene.zarr\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scene.tif", "scene.zarr"]


def test_maps_and_queries_take_the_store_and_name_their_files_after_it(scene, tmp_path):
    store = tmp_path / "bay.zarr"
    run("embed", scene, "-o", store, *FAST)

    mapped = run(store, "-c", "water,forest", "-o", tmp_path / "maps", "--vector", "none")
    asked = run("query", store, "open water", "-o", tmp_path / "found", "--threshold", "0.5")

    assert (mapped.exit_code, asked.exit_code) == (0, 0)
    assert (tmp_path / "maps" / "bay_labels.tif").exists()
    with rasterio.open(tmp_path / "found" / "bay_open-water_probability.tif") as answer, rasterio.open(scene) as source:
        assert (answer.shape, answer.crs, answer.transform) == (source.shape, source.crs, source.transform)


def test_a_dry_run_tells_the_plan_and_makes_nothing(scene, tmp_path):
    result = run("embed", scene, "-o", tmp_path / "x.zarr", "--dry-run", *FAST)

    assert "chunks of" in result.stdout
    assert not (tmp_path / "x.zarr").exists()


def test_json_tells_what_was_made(scene, tmp_path):
    result = run("embed", scene, "-o", tmp_path / "x.zarr", "--json", *FAST)

    told = json.loads(result.stdout)
    assert told["store"] == str(tmp_path / "x.zarr")
    assert told["bytes"] == sum(path.stat().st_size for path in (tmp_path / "x.zarr").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [(FAST, 4, "holds the same scene"), (["--tile", "96", "--overlap", "16"], 4, "--overwrite"), (["--overlap", "31"], 2, "try --overlap")],
    ids=["the same", "another", "odd"],
)  # fmt: skip
def test_what_stands_in_the_way_is_told_with_its_exit_code(scene, tmp_path, options, code, told):
    store = tmp_path / "x.zarr"
    run("embed", scene, "-o", store, *FAST)

    result = run("embed", scene, "-o", store, *options)

    assert result.exit_code == code
    assert told in result.stderr


def test_a_folder_of_stores_and_rasters_may_be_named_by_a_pattern(scene, tmp_path):
    run("embed", scene, "-o", tmp_path / "bay.zarr", *FAST)

    result = run(
        "map", str(tmp_path / "*.zarr"), "-c", "water,forest", "-o", tmp_path / "maps", "--vector", "none", "-q"
    )

    assert result.exit_code == 0
    assert "bay_labels.tif" in result.stdout
