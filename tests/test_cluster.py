"""Crews of other processes: the same bytes whoever works, and lost workers are survived."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import dask
import numpy as np
import pytest
from conftest import make_scene, speckled_power
from mapped_scenes import VOCABULARY, BoxSegmenter, make_array, make_plan

import sovs_map
from sovs_map.cluster import hire
from sovs_map.crew import Crew
from sovs_map.errors import Interrupted, OptionError, SceneError, WorkerError
from sovs_map.mapping import map_labels
from sovs_map.run import Run
from sovs_map.scene import open_scene
from sovs_map.settings import MapSettings
from sovs_map.tile_sight import tile_sight

DB = (10 * np.log10(np.stack([speckled_power((260, 300)), speckled_power((260, 300), level_db=-18.0)]))).astype(
    np.float32
)
ASKED = {"classes": "water,forest", "tile": 64, "overlap": 16, "chunk": 96}


class SlowSegmenter(BoxSegmenter):
    """Takes its time, so that something can happen meanwhile."""

    def logits(self, tiles):
        time.sleep(0.02)
        return super().logits(tiles)


class DeadlySegmenter(BoxSegmenter):
    """Takes its process with it."""

    def logits(self, tiles):  # noqa: ARG002 - takes another's place
        os._exit(1)


def map_with(crew: Crew, scene, work, segmenter, on_chunk=None):
    plan = make_plan()
    sight = tile_sight(scene, segmenter, batch=plan.batch)
    parts = map_labels(scene, sight, Run(work, plan, crew, on_chunk=on_chunk), vocabulary=VOCABULARY)
    return {path.name: path.read_bytes() for path in parts.labels.parent.iterdir()}


@pytest.fixture
def found_by_workers(monkeypatch):
    """Let worker processes find the segmenters of these tests."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(Path(__file__).parent), os.environ.get("PYTHONPATH", ""))))


@contextmanager
def dask_process(*arguments):
    command = [sys.executable, "-m", "dask", *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as run:
        try:
            yield run
        finally:
            os.killpg(run.pid, signal.SIGKILL)


@pytest.fixture
def scheduler(tmp_path, found_by_workers):  # noqa: ARG001 - the processes inherit it
    """Return the address of a dask scheduler with two worker processes, and the processes."""
    file = tmp_path / "scheduler.json"
    started = ("--scheduler-file", str(file), "--no-dashboard")
    worker = ("worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", "--no-dashboard")
    with dask_process("scheduler", "--host", "127.0.0.1", "--port", "0", *started):
        while not file.exists():
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        with dask_process(*worker) as first, dask_process(*worker) as second:
            yield address, (first, second)


@pytest.mark.slow
def test_worker_processes_write_the_bytes_of_one_process(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    scene = make_scene(tmp_path / "scene.tif", DB, descriptions=["VV", "VH"], units=["dB", "dB"])

    one = sovs_map.map_scene(scene, output=tmp_path / "one", **ASKED)
    two = sovs_map.map_scene(scene, output=tmp_path / "two", workers=2, threads=1, **ASKED)

    assert [path.name for path in one.files] == [path.name for path in two.files]
    for path in one.files:
        if not path.name.endswith("_report.html"):  # tells how long it took
            assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_nothing_but_time(tmp_path, scheduler):
    address, workers = scheduler
    scene, killed = open_scene(make_array(500, 500), bands="VV=1", scale="db"), []

    def kill_one(done, *_):
        if done == 5 and not killed:
            killed.append(workers[0])
            os.killpg(workers[0].pid, signal.SIGKILL)

    with hire(MapSettings(scheduler=address)) as crew:
        far = map_with(crew, scene, tmp_path / "far", SlowSegmenter(), on_chunk=kill_one)
    with hire(MapSettings()) as crew:
        near = map_with(crew, scene, tmp_path / "near", SlowSegmenter())

    assert killed
    assert far == near


@pytest.mark.slow
@pytest.mark.usefixtures("found_by_workers")
def test_what_workers_have_under_way_is_finished_when_the_user_stops(tmp_path):
    scene, moments = open_scene(make_array(400, 400), bands="VV=1", scale="db"), []

    def stop(done, *_):
        moments.append(done)
        raise KeyboardInterrupt

    with hire(MapSettings(workers=2)) as crew:
        with pytest.raises(Interrupted, match=r"interrupted; \d of 81 chunks are done"):
            map_with(crew, scene, tmp_path / "work", SlowSegmenter(), on_chunk=stop)
        done = len(list((tmp_path / "work").rglob("labels_*")))
        time.sleep(1.0)

        assert 1 < done < 10
        assert len(list((tmp_path / "work").rglob("labels_*"))) == done
        resumed = map_with(crew, scene, tmp_path / "work", BoxSegmenter())
    with hire(MapSettings()) as crew:
        assert resumed == map_with(crew, scene, tmp_path / "fresh", BoxSegmenter())


@pytest.mark.usefixtures("found_by_workers")
def test_a_chunk_that_no_worker_survives_fails_with_advice(tmp_path):
    scene = open_scene(make_array(60, 60), bands="VV=1", scale="db")

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        hire(MapSettings(workers=1)) as crew,
        pytest.raises(WorkerError, match="smaller --chunk"),
    ):
        map_with(crew, scene, tmp_path / "work", DeadlySegmenter())


def test_an_error_of_a_scene_comes_back_from_a_worker_as_it_is(tmp_path, write_db):
    path = write_db("scene.tif", make_array(400, 400).values, row=0, col=0)
    scene = open_scene(path)
    os.truncate(path, 200_000)

    with hire(MapSettings(workers=1)) as crew, pytest.raises(SceneError, match=r"scene\.tif"):
        map_with(crew, scene, tmp_path / "work", BoxSegmenter())


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "no address at all"])
def test_a_scheduler_that_does_not_answer_is_told_with_what_to_type(address):
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(OptionError, match="dask scheduler"),
        hire(MapSettings(scheduler=address)),
    ):
        pass


def test_workers_and_a_scheduler_exclude_each_other():
    with pytest.raises(OptionError, match="give one"):
        MapSettings(workers=2, scheduler="tcp://127.0.0.1:8786")


@pytest.mark.slow
def test_a_scheduler_that_dies_ends_the_run_with_advice(tmp_path, found_by_workers):  # noqa: ARG001 - for the workers
    file = tmp_path / "scheduler.json"
    scene = open_scene(make_array(500, 500), bands="VV=1", scale="db")
    worker = ("worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", "--no-dashboard")
    command = ("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file), "--no-dashboard")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "2s"}),
        dask_process(*command) as scheduler,
        dask_process(*worker),
    ):
        while not file.exists():
            time.sleep(0.05)

        def kill(done, *_):
            if done == 3:
                os.killpg(scheduler.pid, signal.SIGKILL)

        with (
            pytest.raises(WorkerError, match="scheduler was lost"),
            hire(MapSettings(scheduler=json.loads(file.read_text())["address"])) as crew,
        ):
            map_with(crew, scene, tmp_path / "work", SlowSegmenter(), on_chunk=kill)
