"""Parts on disk: whole or not there, and never of another question."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st

from sovs_map.errors import OutputError, OutputExistsError
from sovs_map.journal import (
    JOURNAL,
    KINDS,
    Question,
    broken_windows,
    is_finished,
    open_journal,
    part_path,
    write_broken_part,
    write_mosaic,
    write_quicklook_part,
    write_raster_part,
)
from sovs_map.window import Lattice, Window

WINDOW = Window(20, 30, 300, 280)
QUESTION = Question(("scene", "model"))


def write_parts(work, window=WINDOW, *, value=3):
    values = np.full((2, window.height, window.width), value, np.uint8)
    write_raster_part(part_path(work, "scores", window), values, window)
    write_quicklook_part(part_path(work, "quicklook", window), np.zeros((4, 5), np.float32))
    write_raster_part(part_path(work, "labels", window), values[:1], window)


@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 40), st.sampled_from(["uint8", "uint16"]))
@settings(deadline=None, max_examples=15)
def test_a_mosaic_of_parts_is_the_whole(tmp_path_factory, height, width, side, dtype):
    work = tmp_path_factory.mktemp("a & b <c>")
    whole = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (2, height, width)).astype(dtype)
    chunks = Lattice(height, width, 16, 4).chunks(side, cell=1)
    for chunk in chunks:
        write_raster_part(part_path(work, "labels", chunk), whole[:, *chunk.slices], chunk)

    within = Window(0, 0, height, width)
    write_mosaic(work / "labels.vrt", "labels", chunks, within=within, bands=[2, 1], dtype=dtype, nodata=255)

    with rasterio.open(work / "labels.vrt") as mosaic:
        np.testing.assert_array_equal(mosaic.read(), whole[::-1])
        assert mosaic.nodatavals == (255, 255)


def test_a_mosaic_moves_with_its_folder(tmp_path):
    work = tmp_path / "old"
    work.mkdir()
    write_parts(work, Window(0, 0, 40, 50))
    whole = Window(0, 0, 40, 50)
    write_mosaic(work / "m.vrt", "labels", [whole], within=whole, bands=[1], dtype="uint8", nodata=255)

    moved = work.rename(tmp_path / "new")

    with rasterio.open(moved / "m.vrt") as mosaic:
        assert (mosaic.read(1) == 3).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_part_that_was_cut_short_is_not_finished(tmp_path, kind, share):
    write_parts(tmp_path)
    assert is_finished(tmp_path, WINDOW, kinds=KINDS)

    path = part_path(tmp_path, kind, WINDOW)
    os.truncate(path, int(path.stat().st_size * share))

    assert not is_finished(tmp_path, WINDOW, kinds=KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_chunk_is_finished_when_all_its_parts_are_there(tmp_path, kind):
    write_parts(tmp_path)
    part_path(tmp_path, kind, WINDOW).unlink()

    assert not is_finished(tmp_path, WINDOW, kinds=KINDS)


def test_a_part_of_another_size_is_not_finished(tmp_path):
    write_parts(tmp_path)

    assert not is_finished(tmp_path, Window(WINDOW.row, WINDOW.col, WINDOW.height, WINDOW.width - 1), kinds=KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_leaves_no_part(tmp_path, kind):
    """A limit on file size fails as a full disk does; GDAL meets it only when it closes a small file."""
    script = textwrap.dedent(f"""
        import resource, signal, sys
        import numpy as np
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_journal import *
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        path = part_path(Path({str(tmp_path)!r}), {kind!r}, WINDOW)
        for limit in (0, 100, 600, 1500):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            try:
                if {kind!r} == "quicklook":
                    write_quicklook_part(path, np.zeros((60, 60), "float32"))
                else:
                    write_raster_part(path, np.full((1, 300, 280), 3, "uint8"), WINDOW)
            except OutputError as error:
                print(error)
    """)

    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout

    assert said.count("free some space and run the same command again") == 4
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b'{"question": "other"}'])
def test_a_journal_of_another_question_or_a_damaged_one_is_refused(tmp_path, content):
    parts = open_journal(tmp_path, QUESTION, overwrite=False)
    write_parts(parts)
    (tmp_path / JOURNAL).write_bytes(content)

    with pytest.raises(OutputExistsError, match="--overwrite"):
        open_journal(tmp_path, QUESTION, overwrite=False)

    assert is_finished(parts, WINDOW, kinds=KINDS)


def test_the_same_question_keeps_the_parts(tmp_path):
    write_parts(open_journal(tmp_path / "work", QUESTION, overwrite=False))

    parts = open_journal(tmp_path / "work", Question(QUESTION.facts), overwrite=False)

    assert is_finished(parts, WINDOW, kinds=KINDS)


def test_parts_without_a_journal_are_not_taken_for_answers(tmp_path):
    old = open_journal(tmp_path, QUESTION, overwrite=False)
    write_parts(old)
    (tmp_path / JOURNAL).unlink()  # as a clean-up that was killed leaves it

    for question in (Question(("another", "question")), QUESTION):
        new = open_journal(tmp_path, question, overwrite=True)
        assert not list(new.iterdir())

    assert {path.name for path in tmp_path.iterdir()} == {JOURNAL, old.name}


def test_a_worker_that_is_late_never_writes_among_the_parts_of_another_question(tmp_path):
    old = open_journal(tmp_path, QUESTION, overwrite=False)
    new = open_journal(tmp_path, Question(("another", "question")), overwrite=True)

    with pytest.raises(OutputError):
        write_parts(old)

    assert not list(new.iterdir())


@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5))), st.integers(1, 400))
@settings(deadline=None, max_examples=25)
def test_broken_windows_are_told_once_and_joined(tmp_path_factory, cells, side):
    parts, whole = tmp_path_factory.mktemp("parts"), np.zeros((384, 384), int)
    windows = [Window(64 * row, 64 * col, 64, 64) for row, col in cells]
    for window in windows:
        whole[window.slices] = 1
    for chunk in Lattice(384, 384, 16, 4).chunks(side, cell=1):
        write_broken_part(parts, chunk, [window & chunk for window in windows])

    told = np.zeros_like(whole)
    for window in broken_windows(parts):
        told[window.slices] += 1

    np.testing.assert_array_equal(told, whole)
    if len(cells) == 36:
        assert len(broken_windows(parts)) == 1


def test_overwriting_spares_files_that_are_no_parts(tmp_path):
    write_parts(open_journal(tmp_path, QUESTION, overwrite=False))
    (tmp_path / "thesis.txt").write_text("years of work")

    parts = open_journal(tmp_path, Question(("another", "question")), overwrite=True)

    assert {path.name for path in tmp_path.iterdir()} == {JOURNAL, "thesis.txt", parts.name}
    assert not list(parts.iterdir())


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("below", [".", "deeper"])
def test_a_work_folder_that_cannot_be_made_is_told(tmp_path, overwrite, below):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(OutputError, match="-o"):
        open_journal(tmp_path / "file" / below, QUESTION, overwrite=overwrite)


@given(st.lists(st.text(max_size=9), max_size=4), st.lists(st.text(max_size=9), max_size=4))
def test_questions_are_equal_only_when_all_facts_are(a, b):
    assert (Question(tuple(a)).digest == Question(tuple(b)).digest) == (a == b)
