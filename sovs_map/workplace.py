"""The folder of the results: whether it can be used, and what runs leave in it."""

from __future__ import annotations

import glob
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import rasterio
from rasterio.errors import RasterioIOError

from sovs_map.errors import AlreadyDoneError, OutputError, OutputExistsError
from sovs_map.outputs.cog import NAMESPACE

QUESTION = "question"
"""Tag of a raster: SHA-256 of everything that it depends on."""


def prepare_folder(output: Path) -> None:
    """Make the folder of the results.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output):
            pass
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror}; choose another folder with -o") from error


def sweep(output: Path, stems: Iterable[str], *, work: Path) -> None:
    """Remove what a run that was killed while it wrote files of these stems, or removed its work, has left beside them.

    `sovs_map.lock.sole_run` says that the run is gone.
    """
    shutil.rmtree(_renamed(work), ignore_errors=True)
    for stem in stems:
        for leftover in output.glob(f".{glob.escape(stem)}.*"):
            if leftover.is_dir():
                shutil.rmtree(leftover)
            else:
                leftover.unlink()


def remove_work(work: Path) -> None:
    """Remove the work folder under another name, so that half of it never looks like a run to be resumed."""
    done = _renamed(work)
    shutil.rmtree(done, ignore_errors=True)
    work.rename(done)
    shutil.rmtree(done)


def _renamed(work: Path) -> Path:
    return work.with_name(work.name + ".done")


def refuse_finished(results: Iterable[Path], *, work: Path, question: str, overwrite: bool) -> None:
    """Refuse to touch finished results; those beside a work folder belong to a run that is being resumed.

    Args:
        results: rasters that would be written.
        work: folder of the parts.
        question: what they would answer.
        overwrite: whether the user wants them replaced.

    Raises:
        AlreadyDoneError: all of them are there and answer the same question.
        OutputExistsError: one of them is there.
    """
    there = [result for result in results if result.exists()]
    if not there or work.exists() or overwrite:
        return
    advice = "add --overwrite to replace it, or choose another folder with -o"
    if all(_question_of(result) == question for result in there):
        raise AlreadyDoneError(f"{there[0]} is there already and answers the same question; {advice}")
    raise OutputExistsError(f"{there[0]} is there already; {advice}")


def _question_of(raster: Path) -> str | None:
    """Return the tag that says what a raster answers, None where there is none."""
    try:
        with rasterio.open(raster) as opened:
            return opened.tags(ns=NAMESPACE).get(QUESTION)
    except RasterioIOError:
        return None
