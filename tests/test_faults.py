"""Oddities of file systems, clocks and locales change nothing, and what cannot go on can be resumed."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import rasterio
from conftest import make_scene, speckled_power

import sovs_map
from sovs_map.errors import OptionError, OutputError, OutputExistsError

DB = (10 * np.log10(np.stack([speckled_power((130, 190)), speckled_power((130, 190), level_db=-18.0)]))).astype(
    np.float32
)
ASKED = {"classes": "water,forest", "tile": 64, "overlap": 16, "chunk": 64}
COMMAND = ("-c", "water,forêt=forest", "--tile", "64", "--overlap", "16", "--chunk", "64")


def scene_in(folder, name="scene.tif", seed=0):
    folder.mkdir(parents=True, exist_ok=True)
    db = np.roll(DB, seed, axis=-1)
    return make_scene(folder / name, db, descriptions=["VV", "VH"], units=["dB", "dB"])


def labels_of(path):
    with rasterio.open(path) as source:
        return source.read(1)


def run_cli(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "sovs_map", *map(str, arguments)],
        env=os.environ | {name: str(value) for name, value in environment.items()},
        check=False,
        capture_output=True,
        text=True,
    )


def test_odd_homes_locales_clocks_and_names_change_no_label(tmp_path):
    plain = sovs_map.map_scene(scene_in(tmp_path / "plain"), output=tmp_path / "out", **ASKED)
    odd = scene_in(tmp_path / "été à la mer & <b> 'x' %20", "Ωmega scène #1+.tif")
    home = tmp_path / "file" / "home"  # nobody can write below a file, not even root
    home.parent.write_text("in the way")

    done = run_cli(
        odd, *COMMAND, "-o", tmp_path / "out put ü", HOME=home, LC_ALL="C", LANG="C", TZ="Pacific/Kiritimati",
        SOURCE_DATE_EPOCH=1, XDG_CACHE_HOME=home, MPLCONFIGDIR=home,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(
        labels_of(tmp_path / "out put ü" / "Ωmega scène #1+_labels.tif"), labels_of(plain.labels)
    )


def test_a_clock_that_is_none_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")

    with pytest.raises(OptionError, match="seconds since 1970"):
        sovs_map.map_scene(scene_in(tmp_path), output=tmp_path / "out", **ASKED)


def test_a_scene_that_changed_under_a_stopped_run_is_not_mixed_with_its_parts(tmp_path):
    def stop(done, *_):
        if done == 2:
            raise KeyboardInterrupt

    scene = scene_in(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        sovs_map.map_scene(scene, output=tmp_path / "out", on_progress=stop, **ASKED)
    scene_in(tmp_path, seed=7)

    with pytest.raises(OutputExistsError, match="have changed"):
        sovs_map.map_scene(scene, output=tmp_path / "out", **ASKED)

    changed = sovs_map.map_scene(scene, output=tmp_path / "out", overwrite=True, **ASKED)
    fresh = sovs_map.map_scene(scene, output=tmp_path / "fresh", **ASKED)
    np.testing.assert_array_equal(labels_of(changed.labels), labels_of(fresh.labels))


@pytest.mark.parametrize("limit", [2_000, 12_000, 40_000])
def test_a_disk_that_fills_up_stops_the_map_which_resumes_when_there_is_space(tmp_path, limit):
    """A limit on file size fails as a full disk does, at parts, at rasters or at polygons."""
    scene = scene_in(tmp_path)
    script = textwrap.dedent(f"""
        import resource, signal
        import sovs_map
        from sovs_map.errors import OutputError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
        try:
            sovs_map.map_scene({scene!r}, output={str(tmp_path / "out")!r}, **{ASKED!r})
        except OutputError as error:
            print("refused:", error)
    """)

    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert said.stdout.startswith("refused:"), said.stderr
    assert not (tmp_path / "out" / "scene_item.json").exists()
    resumed = sovs_map.map_scene(scene, output=tmp_path / "out", **ASKED)
    fresh = sovs_map.map_scene(scene, output=tmp_path / "fresh", **ASKED)
    np.testing.assert_array_equal(labels_of(resumed.labels), labels_of(fresh.labels))
    assert not list((tmp_path / "out").glob(".*"))


def test_a_disk_that_cannot_hold_the_result_is_refused_before_the_work(tmp_path, monkeypatch):
    scene, seen = scene_in(tmp_path), []
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10_000})())

    with pytest.raises(OutputError, match="free some space"):
        sovs_map.map_scene(scene, output=tmp_path / "out", on_progress=lambda *f: seen.append(f), **ASKED)

    assert seen == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_output_without_permission_is_refused_before_the_work(tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)

    with pytest.raises(OutputError, match="choose another folder"):
        sovs_map.map_scene(scene_in(tmp_path), output=locked / "out", **ASKED)


def test_an_output_that_is_a_file_is_refused_before_the_work(tmp_path):
    (tmp_path / "out").write_text("in the way")

    done = run_cli(scene_in(tmp_path), *COMMAND, "-o", Path(tmp_path / "out" / "deeper"))

    assert done.returncode == 1
    assert "choose another folder with -o" in done.stderr
    assert "Traceback" not in done.stderr
