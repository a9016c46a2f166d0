"""Broken blocks: they stop a map, or are nodata in it and told, and never anything else."""

import os
from pathlib import Path

import numpy as np
import pytest
import rasterio
from click.testing import CliRunner
from conftest import make_scene
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mapped_scenes import PixelSegmenter, make_array, make_plan, parts_of

from sovs_map.cli import cli
from sovs_map.errors import BrokenBlocksError
from sovs_map.scene import open_scene, read, read_around, read_whole
from sovs_map.scene.mending import CELL
from sovs_map.window import Window

DB = make_array(300, 420).values
FAST = ("-c", "water,forest", "--tile", "64", "--overlap", "16", "--chunk", "96", "-q")


def break_block(path, row, col, *, garbage=b"\x00\xff" * 30):
    """Overwrite the beginning of a storage block, and return its window."""
    with rasterio.open(path) as source:
        height, width = source.block_shapes[0]
        offset = int(source.get_tag_item(f"BLOCK_OFFSET_{col // width}_{row // height}", "TIFF", bidx=1))
        whole = Window(0, 0, source.height, source.width)
    with Path(path).open("r+b") as file:
        file.seek(offset)
        file.write(garbage)
    return Window(row // height * height, col // width * width, height, width) & whole


def cells_of(window, whole):
    """Return where the cells lie that touch a window."""
    around = Window(
        window.row // CELL * CELL,
        window.col // CELL * CELL,
        -(-window.bottom // CELL) * CELL - window.row // CELL * CELL,
        -(-window.right // CELL) * CELL - window.col // CELL * CELL,
    )
    return around & whole


@pytest.fixture
def broken(tmp_path):
    """Return a scene with one broken block of 48 x 48 pixels, and the block's window."""
    path = make_scene(
        tmp_path / "scene.tif", DB, nodata=np.nan, units=["dB"], descriptions=["VV"], block=48, compress="DEFLATE"
    )
    return path, break_block(path, 100, 150)


def test_a_broken_block_stops_the_map_and_is_named(broken, tmp_path):
    path, block = broken

    result = CliRunner().invoke(cli, ["map", path, "-o", str(tmp_path / "out"), *FAST])

    assert result.exit_code == 5
    assert "scene.tif is broken: rows" in result.stderr
    assert "--on-error nodata" in result.stderr
    assert not list((tmp_path / "out").glob("scene_*"))
    with pytest.raises(BrokenBlocksError):
        read_whole(open_scene(path, on_error="nodata"), block)


@given(st.integers(0, 299), st.integers(0, 419), st.integers(1, 300), st.integers(1, 420))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_everything_but_the_cells_of_a_broken_block_is_read(broken, row, col, height, width):
    path, block = broken
    whole = Window(0, 0, 300, 420)
    window, lost = Window(row, col, height, width) & whole, np.zeros((300, 420), bool)
    lost[cells_of(block, whole).slices] = True
    scene = open_scene(path, on_error="nodata")

    found = read_around(scene, window)

    expected = np.where(lost, np.nan, DB)[:, *window.slices]
    np.testing.assert_array_equal(found.values, expected)
    told = np.zeros((300, 420), bool)
    for one in found.broken:
        told[one.slices] = True
    np.testing.assert_array_equal(told[window.slices], lost[window.slices])


def test_a_scene_without_broken_blocks_reads_the_same_either_way(write_db):
    scene = open_scene(write_db("scene.tif", DB, row=0, col=0), on_error="nodata")

    found = read_around(scene, Window(5, 7, 200, 300))

    assert found.broken == ()
    np.testing.assert_array_equal(found.values, read(scene, Window(5, 7, 200, 300)))


@pytest.mark.parametrize("chunk", [24, 96, 4096])
def test_the_map_around_a_broken_block_does_not_depend_on_chunks(broken, tmp_path, chunk):
    path, block = broken
    scene = open_scene(path, on_error="nodata")
    distance = np.abs(DB - np.array([-20, -12, -4])[:, None, None])
    expected = (distance.argmin(0) + 1).astype(np.uint8)
    expected[cells_of(block, Window(0, 0, 300, 420)).slices] = 255

    parts = parts_of(scene, tmp_path / "work", segmenter=PixelSegmenter(), plan=make_plan(chunk), on_error="nodata")

    with rasterio.open(parts.labels) as source:
        labels = source.read(1)
    first, second, _ = np.sort(distance, axis=0)
    clear = second - first > 1e-4  # ties are settled by rounding
    np.testing.assert_array_equal(labels[clear], expected[clear])
    np.testing.assert_array_equal(labels == 255, expected == 255)
    assert sum(one.height * one.width for one in parts.course.broken) == (expected == 255).sum()


def test_gaps_are_reported_with_exit_code_3_in_every_file(broken, tmp_path):
    path, _ = broken
    out = tmp_path / "out"

    result = CliRunner().invoke(cli, ["map", path, "-o", str(out), "--on-error", "nodata", *FAST])

    told = "pixels could not be read and are nodata: rows 64 to 191, columns 128 to 191"
    assert result.exit_code == 3
    assert told in result.stderr
    assert told in (out / "scene_report.html").read_text()
    with rasterio.open(out / "scene_labels.tif") as labels:
        assert told in labels.tags(ns="SOVS")["unreadable"]
        assert (labels.read(1)[64:192, 128:192] == 255).all()


def test_a_file_that_was_cut_short_is_mapped_as_far_as_it_goes(tmp_path):
    path = make_scene(tmp_path / "scene.tif", DB, nodata=np.nan, units=["dB"], descriptions=["VV"])
    os.truncate(path, Path(path).stat().st_size // 2)

    result = CliRunner().invoke(cli, ["map", path, "-o", str(tmp_path), "--on-error", "nodata", *FAST])

    assert result.exit_code in (3, 5), result.stderr
    assert "Error" in result.stderr or "could not be read" in result.stderr


def test_a_scene_of_which_nothing_can_be_read_is_refused(tmp_path):
    path = make_scene(tmp_path / "scene.tif", DB, units=["dB"], descriptions=["VV"], block=512, compress="DEFLATE")
    break_block(path, 0, 0)

    result = CliRunner().invoke(cli, ["map", path, "-o", str(tmp_path), "--on-error", "nodata", *FAST])

    assert result.exit_code == 5
    assert "no valid pixel" in result.stderr
