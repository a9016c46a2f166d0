"""Runs that stop, fail, are killed or meet parts of another question."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest
import rasterio
from mapped_scenes import VOCABULARY, BoxSegmenter, labels_of, make_array, make_plan, parts_of

from sovs_map.errors import BundleError, Interrupted, OutputExistsError
from sovs_map.scene import open_scene
from sovs_map.vocabulary import adjust


def test_a_run_that_failed_resumes_to_the_same_bytes(tmp_path):
    array = make_array(150, 150)
    undisturbed = labels_of(array, tmp_path / "a")
    calls = []
    with pytest.raises(RuntimeError, match="fell over"):
        labels_of(array, tmp_path / "b", segmenter=BoxSegmenter(fail_after=9, calls=calls), plan=make_plan(in_flight=1))
    kept = len(list((tmp_path / "b").rglob("labels_*.tif")))

    seen = []
    resumed = labels_of(array, tmp_path / "b", on_chunk=lambda *facts: seen.append(facts))

    assert 0 < kept < 9
    assert seen[0][0] == kept
    np.testing.assert_array_equal(resumed[0], undisturbed[0])
    np.testing.assert_array_equal(resumed[1], undisturbed[1])


def test_a_failing_chunk_leaves_no_raster_that_looks_finished(tmp_path):
    with pytest.raises(RuntimeError, match="fell over"):
        labels_of(make_array(100, 100), tmp_path / "work", segmenter=BoxSegmenter(fail_after=2, calls=[]))

    assert not list(tmp_path.rglob("*.vrt"))


def test_no_chunk_is_under_way_when_a_failed_run_returns(tmp_path):
    calls, seen = [], []
    with pytest.raises(RuntimeError, match="fell over"):
        labels_of(
            make_array(300, 300),
            tmp_path / "work",
            segmenter=BoxSegmenter(fail_after=7, calls=calls),
            plan=make_plan(150, 1, 3),
            on_chunk=lambda *facts: seen.append(facts),
        )

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("chunk")]
    assert len(calls) < 40  # the three chunks under way have 36 tiles each
    assert all(pixels < 1000 for _, _, pixels in seen)  # a sliver in the corner has a few and may be done


def test_a_run_that_the_user_stops_tells_how_far_it_got_and_resumes(tmp_path):
    array = make_array(200, 200)

    def press_ctrl_c(done, *_):
        if done == 2:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted, match=r"[2-5] of 16 chunks are done, the same command resumes"):
        labels_of(array, tmp_path / "a", plan=make_plan(48), on_chunk=press_ctrl_c)
    assert not list(tmp_path.rglob("*.vrt"))

    np.testing.assert_array_equal(
        labels_of(array, tmp_path / "a", plan=make_plan(48)), labels_of(array, tmp_path / "b")
    )


def test_damaged_parts_are_made_again(tmp_path):
    array = make_array(150, 150)
    whole = labels_of(array, tmp_path / "work")
    for part in sorted((tmp_path / "work").rglob("*_0_*")):
        os.truncate(part, part.stat().st_size // 2)

    np.testing.assert_array_equal(labels_of(array, tmp_path / "work"), whole)


@pytest.mark.parametrize(
    "change",
    [
        {"unknown": 0.5},
        {"plan": make_plan(32)},
        {"segmenter": BoxSegmenter(fingerprint="new")},
        {"vocabulary": adjust(VOCABULARY, biases=["dark=0.5"])},
        {"vocabulary": adjust(VOCABULARY, thresholds=["dark=0.5"])},
    ],
)
def test_parts_of_another_question_are_refused_and_can_be_replaced(tmp_path, change):
    array = make_array(64, 64)
    labels_of(array, tmp_path / "work")

    with pytest.raises(OutputExistsError, match="--overwrite"):
        labels_of(array, tmp_path / "work", **change)
    labels_of(array, tmp_path / "work", overwrite=True, **change)


def test_a_killed_run_resumes_to_the_same_bytes(tmp_path, write_db):
    path = write_db("scene.tif", make_array(400, 400).values, row=0, col=0)
    script = textwrap.dedent(f"""
        import sys, time
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from pathlib import Path
        from mapped_scenes import *
        class Slow(BoxSegmenter):
            def logits(self, tiles):
                time.sleep(0.02)
                return super().logits(tiles)
        print("ready", flush=True)
        parts_of(open_scene({str(path)!r}), Path({str(tmp_path / "work")!r}), segmenter=Slow(),
                 on_chunk=lambda done, *_: print(done, flush=True))
    """)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.strip() == "5":
                os.kill(process.pid, signal.SIGKILL)
                break
    assert process.wait() == -signal.SIGKILL

    scene, seen = open_scene(path), []
    resumed = parts_of(scene, tmp_path / "work", on_chunk=lambda *f: seen.append(f))
    fresh = parts_of(scene, tmp_path / "fresh")

    assert resumed.course.resumed >= 5
    for name in ("labels", "confidence"):
        with rasterio.open(getattr(resumed, name)) as a, rasterio.open(getattr(fresh, name)) as b:
            np.testing.assert_array_equal(a.read(1), b.read(1))


class BrokenSegmenter(BoxSegmenter):
    """One class of a tile is no number."""

    def logits(self, tiles):
        logits = super().logits(tiles)
        logits[:, 1] = np.nan
        return logits


def test_numbers_that_are_none_never_become_labels(tmp_path):
    with pytest.raises(BundleError, match="choose another --model"):
        labels_of(make_array(60, 60), tmp_path, segmenter=BrokenSegmenter())

    assert not list(tmp_path.rglob("labels_*"))
