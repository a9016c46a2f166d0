"""The engine: labels must depend on the scene and the question alone."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import rasterio
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from sovs_map.blend import taper
from sovs_map.errors import Interrupted, OutputExistsError
from sovs_map.mapping import map_labels, scene_lattice
from sovs_map.plan import Plan
from sovs_map.quicklook import decimate, quicklook_window
from sovs_map.scene import open_scene
from sovs_map.tiles import cut_tile
from sovs_map.vocabulary import read_vocabulary
from sovs_map.window import Window

VOCABULARY = read_vocabulary("dark,middle,bright")


@dataclass(frozen=True)
class BoxSegmenter:
    """Logits from box means with zero padding, so that the rim of a tile is as bad as a network's."""

    tile: int = 32
    overlap: int = 8
    classes: int = 3
    fingerprint: str = "box"
    fail_after: int = 10**9
    calls: list = None

    def logits(self, tiles):
        assert not np.isnan(tiles).any()
        if self.calls is not None:
            self.calls.append(len(tiles))
            if len(self.calls) > self.fail_after:
                raise RuntimeError("the network fell over")
        mean = ndimage.uniform_filter(tiles.mean(1), (0, 5, 5), mode="constant")
        return np.stack([-np.abs(mean - level) for level in (-20, -12, -4)], axis=1).astype(np.float32)


@dataclass(frozen=True)
class PixelSegmenter(BoxSegmenter):
    """Logits from each pixel alone, so that tiles cannot differ where they overlap."""

    def logits(self, tiles):
        return np.stack([-np.abs(tiles[:, 0] - level) for level in (-20, -12, -4)], axis=1).astype(np.float32)


def make_plan(chunk=64, batch=3, in_flight=2):
    return Plan(chunk, batch, in_flight, 0, 0)


def make_array(height, width, *, holes=0.0, seed=0):
    draw = np.random.default_rng(seed)
    db = ndimage.gaussian_filter(draw.normal(0, 40, (height, width)), 3) * 3 - 12 + draw.normal(0, 2, (height, width))
    db = np.clip(db, -40, 10).astype(np.float32)
    db[ndimage.gaussian_filter(draw.random((height, width)), 2) < holes] = np.nan
    return xr.DataArray(db[None], dims=("band", "y", "x"), attrs={"units": "dB"}, name="scene")


def labels_of(array, work, *, segmenter=None, plan=None, **options):
    scene = open_scene(array, bands="VV=1", scale="db")
    parts = map_labels(
        scene, segmenter or BoxSegmenter(), work=work, plan=plan or make_plan(), vocabulary=VOCABULARY, **options
    )
    with rasterio.open(parts.labels) as labels, rasterio.open(parts.confidence) as confidence:
        return labels.read(1), confidence.read(1)


@given(
    st.integers(1, 96), st.integers(1, 96), st.sampled_from([0.0, 0.49]), st.sampled_from([(24, 1), (48, 5), (96, 2)])
)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_labels_do_not_depend_on_chunks_and_batches(tmp_path_factory, height, width, holes, units):
    array = make_array(height, width, holes=holes)
    if np.isnan(array.values).all():
        return

    one = labels_of(array, tmp_path_factory.mktemp("a"), plan=make_plan(4096, 1, 1))
    other = labels_of(array, tmp_path_factory.mktemp("b"), plan=make_plan(*units))

    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])
    np.testing.assert_array_equal(one[0] == 255, np.isnan(array.values[0]))


@given(st.integers(1, 100), st.integers(1, 100), st.sampled_from([0.0, 0.49, 0.5]), st.sampled_from([8, 33, 64]))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_pixel_gets_its_own_label_where_the_network_sees_one_pixel(tmp_path_factory, height, width, holes, chunk):
    array = make_array(height, width, holes=holes)
    if np.isnan(array.values).all():
        return
    distance = np.abs(array.values - np.array([-20, -12, -4])[:, None, None])
    first, second, _ = np.sort(distance, axis=0)
    expected = np.where(np.isnan(first), 255, distance.argmin(0) + 1)

    got, _ = labels_of(array, tmp_path_factory.mktemp("a"), segmenter=PixelSegmenter(), plan=make_plan(chunk))

    clear = ~(second - first < 1e-4)  # ties are settled by rounding
    np.testing.assert_array_equal(got[clear], expected[clear])


@pytest.mark.parametrize("holes", [0.0, 0.49])
def test_labels_equal_tiles_accumulated_on_the_whole_scene(tmp_path, holes):
    array, segmenter = make_array(90, 117, holes=holes), BoxSegmenter()
    lattice = scene_lattice(open_scene(array, bands="VV=1", scale="db"), segmenter)
    total, margin = np.zeros((3, 90 + 64, 117 + 64)), 32
    for i, row in enumerate(lattice.all_rows):
        for j, col in enumerate(lattice.all_cols):
            place = Window(row, col, 32, 32)
            if np.isnan(array.values[0][(place & lattice.scene).slices]).all():
                continue
            tile = cut_tile(array.values, lattice.scene, place)
            weights = np.outer(taper(lattice.all_rows, i, tile=32), taper(lattice.all_cols, j, tile=32))
            rows, cols = Window(row + margin, col + margin, 32, 32).slices
            total[:, rows, cols] += weights * segmenter.logits(tile[None])[0]
    total = total[:, margin:-margin, margin:-margin]
    odds = np.exp(total - total.max(0))

    labels, confidence = labels_of(array, tmp_path / "work", segmenter=segmenter)

    valid, ordered = ~np.isnan(array.values[0]), np.sort(total, axis=0)
    clear = valid & (ordered[2] - ordered[1] > 1e-4)
    np.testing.assert_array_equal(labels[clear], (total.argmax(0) + 1)[clear])
    np.testing.assert_allclose(confidence[valid], (250 / odds.sum(0))[valid], atol=0.6)


def test_labels_equal_one_shot_segmentation_where_no_rim_is_near(tmp_path):
    array = make_array(100, 130)
    mean = ndimage.uniform_filter(array.values[0], 5)
    expected = np.abs(mean[None] - np.array([-20, -12, -4])[:, None, None]).argmin(0) + 1
    segmenter = BoxSegmenter(tile=64, overlap=32)

    got, _ = labels_of(array, tmp_path / "work", segmenter=segmenter)

    # Tiles blend over 32 pixels, of which the outer two are wrong by zero padding, at hardly any weight.
    assert (got == expected)[5:-5, 5:-5].mean() > 0.99


def test_a_crop_gets_the_labels_of_the_whole_away_from_its_border(tmp_path, write_db):
    array = make_array(200, 220).values
    whole, crop = (
        write_db("whole.tif", array, row=0, col=0),
        write_db("crop.tif", array[:, 37:170, 51:200], row=37, col=51),
    )

    labels = []
    for number, path in enumerate((whole, crop)):
        parts = map_labels(
            open_scene(path), BoxSegmenter(), work=tmp_path / str(number), plan=make_plan(), vocabulary=VOCABULARY
        )
        with rasterio.open(parts.labels) as source:
            labels.append(source.read(1))

    np.testing.assert_array_equal(labels[0][37:170, 51:200][32:-32, 32:-32], labels[1][32:-32, 32:-32])


def test_a_run_that_failed_resumes_to_the_same_bytes(tmp_path):
    array = make_array(150, 150)
    undisturbed = labels_of(array, tmp_path / "a")
    calls = []
    with pytest.raises(RuntimeError, match="fell over"):
        labels_of(array, tmp_path / "b", segmenter=BoxSegmenter(fail_after=9, calls=calls), plan=make_plan(in_flight=1))
    kept = len(list((tmp_path / "b").glob("labels_*.tif")))

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
    assert not seen


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
    for part in sorted((tmp_path / "work").glob("*_0_*")):
        os.truncate(part, part.stat().st_size // 2)

    np.testing.assert_array_equal(labels_of(array, tmp_path / "work"), whole)


def test_the_scores_of_all_classes_add_up_and_the_winner_is_the_label(tmp_path):
    scene = open_scene(make_array(70, 90, holes=0.49), bands="VV=1", scale="db")

    parts = map_labels(
        scene, BoxSegmenter(), work=tmp_path / "w", plan=make_plan(), vocabulary=VOCABULARY, all_scores=True
    )

    labels, scores, confidence = (rasterio.open(p) for p in (parts.labels, parts.scores, parts.confidence))
    with labels, scores, confidence:
        label, every, best = labels.read(1), scores.read().astype(int), confidence.read(1)
    valid = label != 255
    assert every.shape == (3, 70, 90)
    assert (every[:, ~valid] == 255).all()
    assert np.abs(every.sum(0)[valid] - 250).max() <= 2
    np.testing.assert_array_equal(every.max(0), best)
    for index in range(3):
        np.testing.assert_array_equal(every[index][label == index + 1], best[label == index + 1])


@pytest.mark.parametrize(
    "change", [{"unknown": 0.5}, {"plan": make_plan(32)}, {"segmenter": BoxSegmenter(fingerprint="new")}]
)
def test_parts_of_another_question_are_refused_and_can_be_replaced(tmp_path, change):
    array = make_array(64, 64)
    labels_of(array, tmp_path / "work")

    with pytest.raises(OutputExistsError, match="--overwrite"):
        labels_of(array, tmp_path / "work", **change)
    labels_of(array, tmp_path / "work", overwrite=True, **change)


def test_tiles_without_data_never_reach_the_network(tmp_path):
    array, calls = make_array(32, 320), []
    array.values[:, :, 40:] = np.nan

    labels, confidence = labels_of(array, tmp_path / "work", segmenter=BoxSegmenter(calls=calls))

    assert sum(calls) == 2
    assert (labels[:, 40:] == 255).all()
    assert (confidence[:, 40:] == 255).all()


def test_pixels_below_the_threshold_are_unknown(tmp_path):
    array = make_array(60, 60)
    plain, confidence = labels_of(array, tmp_path / "a")
    cut, _ = labels_of(array, tmp_path / "b", unknown=0.9)

    assert 0 < (cut == 0).mean() < 1
    np.testing.assert_array_equal(cut[confidence > 226], plain[confidence > 226])
    assert (cut[confidence < 224] == 0).all()


@given(st.integers(1, 40), st.integers(1, 40))
@settings(deadline=None)
def test_a_tile_past_the_border_mirrors_the_scene(height, width):
    block = np.random.default_rng(0).normal(size=(1, height, width)).astype(np.float32)

    tile = cut_tile(block, Window(0, 0, height, width), Window(-7, -9, 48, 64))

    assert tile.shape == (1, 48, 64)
    np.testing.assert_array_equal(tile[:, 7 : 7 + height, 9 : 9 + width], block[:, :41, :55])
    assert set(tile.ravel()) <= set(block.ravel())


def test_missing_pixels_take_the_nearest_number():
    block = np.full((2, 4, 4), np.nan, np.float32)
    block[:, :, 1] = [[1, 2, 3, 4], [5, 6, 7, 8]]

    tile = cut_tile(block, Window(0, 0, 4, 4), Window(0, 0, 4, 4))

    np.testing.assert_array_equal(tile[0], np.repeat([[1], [2], [3], [4]], 4, axis=1))


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 39))
def test_quicklook_windows_of_two_halves_join(size, step, cut):
    whole = quicklook_window(Window(0, 0, size, 1), step=step)
    above, below = (
        quicklook_window(w, step=step) for w in (Window(0, 0, min(cut, size), 1), Window(cut, 0, max(0, size - cut), 1))
    )

    assert above.bottom == below.row or cut >= size
    assert cut >= size or above.height + below.height == whole.height


def test_decimation_is_the_mean_of_squares():
    plane = np.arange(36, dtype=np.float32).reshape(6, 6)

    got = decimate(plane, Window(0, 0, 6, 6), window=Window(0, 0, 6, 6), step=2)

    np.testing.assert_allclose(got, plane.reshape(3, 2, 3, 2).mean((1, 3)))


def test_a_killed_run_resumes_to_the_same_bytes(tmp_path, write_db):
    path = write_db("scene.tif", make_array(400, 400).values, row=0, col=0)
    script = textwrap.dedent(f"""
        import sys, time
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_mapping import *
        class Slow(BoxSegmenter):
            def logits(self, tiles):
                time.sleep(0.02)
                return super().logits(tiles)
        print("ready", flush=True)
        map_labels(open_scene({str(path)!r}), Slow(), work=Path({str(tmp_path / "work")!r}), plan=make_plan(), vocabulary=VOCABULARY,
                   on_chunk=lambda done, *_: print(done, flush=True))
    """)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.strip() == "5":
                os.kill(process.pid, signal.SIGKILL)
                break
    assert process.wait() == -signal.SIGKILL

    scene, seen = open_scene(path), []
    resumed = map_labels(
        scene,
        BoxSegmenter(),
        work=tmp_path / "work",
        plan=make_plan(),
        vocabulary=VOCABULARY,
        on_chunk=lambda *f: seen.append(f),
    )
    fresh = map_labels(scene, BoxSegmenter(), work=tmp_path / "fresh", plan=make_plan(), vocabulary=VOCABULARY)

    assert resumed.resumed >= 5
    for name in ("labels", "confidence"):
        with rasterio.open(getattr(resumed, name)) as a, rasterio.open(getattr(fresh, name)) as b:
            np.testing.assert_array_equal(a.read(1), b.read(1))
