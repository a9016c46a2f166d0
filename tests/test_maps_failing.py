"""What is refused is refused before the work, and leaves nothing that looks finished."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from conftest import make_scene, speckled_power

import sovs_map
from sovs_map.errors import OptionError, OutputExistsError, SceneError
from sovs_map.lock import sole_run

DB = (10 * np.log10(np.stack([speckled_power((90, 120)), speckled_power((90, 120), level_db=-18.0)]))).astype(
    np.float32
)
ASKED = {"classes": "water,forest", "tile": 64, "overlap": 16}


def scene_in(folder, **options):
    known = {"descriptions": ["VV", "VH"], "units": ["dB", "dB"]} | options
    return make_scene(folder / "scene.tif", DB, **known)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"simplify": 10.0}, OptionError),
        ({"vector": "geojson"}, OptionError),
        ({"min_area": "5000m2"}, OptionError),
        ({"crs": "auto"}, SceneError),
    ],
    ids=["simplify", "geojson", "min-area", "crs"],
)
def test_what_needs_a_georeference_is_refused_before_the_work(tmp_path, settings, error):
    scene, seen = scene_in(tmp_path, transform=None), []

    with pytest.raises(error):
        sovs_map.map_scene(scene, output=tmp_path / "out", on_progress=lambda *f: seen.append(f), **ASKED, **settings)

    assert seen == []
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("settings", [{"memory": "lots"}, {"min_area": "big"}, {"simplify": float("nan")}])
def test_settings_that_mean_nothing_are_refused_at_once(settings):
    with pytest.raises(OptionError, match="--"):
        sovs_map.map_scene("no-such-file.tif", **ASKED, **settings)


def test_an_unknown_coordinate_system_is_refused_before_the_work(tmp_path):
    with pytest.raises(OptionError, match="EPSG"):
        sovs_map.map_scene(scene_in(tmp_path), output=tmp_path / "out", crs="NONSENSE", **ASKED)

    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


def _hold(folder, ready, done):
    with sole_run(folder, "scene"):
        ready.set()
        done.wait(60)


def test_two_runs_never_share_a_work_folder(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(tmp_path, ready, done))
    holder.start()
    assert ready.wait(60)

    with pytest.raises(OutputExistsError, match="another run"):
        sovs_map.map_scene(scene_in(tmp_path), output=tmp_path, **ASKED)
    done.set()
    holder.join()

    assert sovs_map.map_scene(tmp_path / "scene.tif", output=tmp_path, **ASKED).labels.exists()
    assert not list(tmp_path.glob(".*"))


def test_what_a_killed_run_left_is_swept_and_its_lock_is_free(tmp_path):
    (tmp_path / ".scene_labels.4711.partial.tif").write_bytes(b"half")
    (tmp_path / ".scene_polygons.abcd").mkdir()
    (tmp_path / ".scene.sovs.lock").touch()
    (tmp_path / ".scene_2_labels.4711.partial.tif").write_bytes(b"of another scene")

    sovs_map.map_scene(scene_in(tmp_path), output=tmp_path, **ASKED)

    assert [path.name for path in tmp_path.glob(".*")] == [".scene_2_labels.4711.partial.tif"]


def test_overwriting_leaves_no_layer_of_the_older_map(tmp_path):
    scene = scene_in(tmp_path)
    sovs_map.map_scene(scene, output=tmp_path / "out", scores="all", **ASKED)

    result = sovs_map.map_scene(
        scene, output=tmp_path / "out", vector="none", scores="none", overwrite=True, **ASKED | {"classes": "sea,wood"}
    )

    left = {path for path in (tmp_path / "out").iterdir() if path.suffix != ".xml"}
    assert left == set(result.files)


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_ctrl_c_while_files_are_written_exits_with_130_and_resumes(tmp_path):
    scene = scene_in(tmp_path)
    command = [sys.executable, "-m", "sovs_map", scene, "-c", "water,forest", "-o", tmp_path, "--tile", "64"]

    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while not list(tmp_path.glob(".scene.sovs/*/confidence.vrt")) and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()

    assert process.returncode == 130, said
    assert "same command resumes" in said
    assert not (tmp_path / "scene_item.json").exists()
    assert sovs_map.map_scene(scene, output=tmp_path, classes="water,forest", tile=64).labels.exists()
