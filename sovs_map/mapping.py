"""The engine: scene and segmenter to parts on disk, one dask task a chunk. The only file that knows dask."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import dask
import numpy as np
import rasterio
from numpy.typing import NDArray

from sovs_map.chunk import ChunkJob, TileSegmenter, map_chunk
from sovs_map.competition import Rule, competition
from sovs_map.decision import NO_SCORE, Decision
from sovs_map.errors import Interrupted, OutputError
from sovs_map.journal import Question, is_finished, open_journal, part_path, write_mosaic
from sovs_map.plan import Plan
from sovs_map.quicklook import quicklook_window
from sovs_map.scene import Scene, read
from sovs_map.vocabulary import Vocabulary
from sovs_map.window import Lattice, Window, make_lattice

Progress = Callable[[int, int, int], None]
"""Called with chunks done, chunks in all, and scene pixels of the chunk."""

QUICKLOOK = 1400
"""Longest side of the decimated picture of the scene [pixels]."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """How a scene was run through the network, and its picture."""

    quicklook: NDArray[np.float32]
    """Decimated backscatter of the first band, at most QUICKLOOK a side [dB], NaN where there is no data."""

    step: int
    """Scene pixels along a side of one of the quicklook."""

    chunks: int
    """How many chunks the scene has."""

    resumed: int
    """How many of them an earlier run had finished."""

    seconds: float
    """How long this run mapped."""


@dataclass(frozen=True, slots=True, eq=False)
class MappedParts:
    """A mapped scene as rasters over its parts, ready for the outputs."""

    labels: Path
    """Labels, one band."""

    confidence: Path
    """Probability of the winning class, one band; 250 is certain, 255 nodata."""

    scores: Path | None
    """Probability of each class, one band a class, if they were asked for."""

    course: Course
    """Picture and figures of the run."""


def scene_lattice(scene: Scene, segmenter: TileSegmenter) -> Lattice:
    """Return the lattice of a scene, counted from its coordinate system's origin where the pixels are north-up."""
    a, b, c, d, e, f = scene.georeference.transform
    north_up = b == d == 0 and a > 0 and e < 0 and not scene.georeference.gcps
    return make_lattice(
        height=scene.height,
        width=scene.width,
        tile=segmenter.tile,
        overlap=segmenter.overlap,
        row_on_grid=f / e if north_up else 0.0,
        col_on_grid=c / a if north_up else 0.0,
    )


def map_labels(
    scene: Scene,
    segmenter: TileSegmenter,
    *,
    work: Path,
    plan: Plan,
    vocabulary: Vocabulary,
    unknown: float = 0.0,
    all_scores: bool = False,
    overwrite: bool = False,
    on_chunk: Progress | None = None,
) -> MappedParts:
    """Map a scene chunk by chunk into a work folder; parts that an earlier run finished are kept.

    Args:
        scene: what to map.
        segmenter: tiles to logits.
        work: folder for the parts.
        plan: chunk, batch, chunks at once.
        vocabulary: the classes, with their thresholds and biases.
        unknown: pixels whose winning class is less probable get label 0.
        all_scores: keep the probability of every class.
        overwrite: throw away parts that are there.
        on_chunk: called after each chunk, also for those that were done before.

    Raises:
        SceneError: pixels cannot be read.
        OutputExistsError: the folder holds parts of another question.
        OutputError: no space, no permission.
        Interrupted: the user stopped the run.
    """
    thresholds, biases = zip(*((entry.threshold, entry.bias) for entry in vocabulary.classes), strict=True)
    rule = Rule(thresholds, biases, unknown, vocabulary.dtype, vocabulary.nodata, all_scores)
    course, job = run_scene(
        scene, segmenter, competition(rule), work=work, plan=plan, overwrite=overwrite, on_chunk=on_chunk
    )
    labels = layer_raster(job, plan, "labels", "labels", [1], dtype=rule.dtype, nodata=rule.nodata)
    confidence = layer_raster(job, plan, "confidence", "scores", [1])
    every = list(range(2, rule.probabilities + 1))
    scores = layer_raster(job, plan, "scores", "scores", every) if all_scores else None
    return MappedParts(labels, confidence, scores, course)


def run_scene(
    scene: Scene,
    segmenter: TileSegmenter,
    decision: Decision,
    *,
    work: Path,
    plan: Plan,
    overwrite: bool,
    on_chunk: Progress | None,
) -> tuple[Course, ChunkJob]:
    """Make the parts of all chunks and return how it went, and the job; parts that an earlier run finished are kept.

    What is kept of a pixel does not depend on chunk size, batch, threads or restarts: a tile's logits depend on the
    tile alone, and a pixel's logits are summed over its tiles in the lattice's order.

    Raises:
        SceneError: pixels cannot be read.
        OutputExistsError: the folder holds parts of another question.
        OutputError: no space, no permission.
        Interrupted: the user stopped the run.
    """
    started = time.monotonic()
    lattice = scene_lattice(scene, segmenter)
    question = Question(
        (version("sovs-map"), scene.identity, segmenter.fingerprint, str(lattice), decision.identity, str(plan.chunk))
    )
    open_journal(work, question, overwrite=overwrite)
    _check_disk(work, plan)
    step = max(1, -(-max(scene.height, scene.width) // QUICKLOOK))
    job = ChunkJob(lambda window: read(scene, window), segmenter, lattice, decision, plan.batch, work, step)
    windows = lattice.chunks(plan.chunk)
    resumed = _run(job, windows, plan, on_chunk)
    quicklook = _assemble_quicklook(job, windows)
    return Course(quicklook, step, len(windows), resumed, time.monotonic() - started), job


def _run(job: ChunkJob, windows: tuple[Window, ...], plan: Plan, on_chunk: Progress | None) -> int:
    """Run the chunks that are not finished yet and return how many were."""
    open_windows = [window for window in windows if not is_finished(job.work, window, kinds=job.decision.kinds)]
    done, lock = len(windows) - len(open_windows), threading.Lock()
    if on_chunk and done:
        todo = set(open_windows)
        on_chunk(done, len(windows), sum(w.height * w.width for w in windows if w not in todo))

    def work(window: Window) -> None:
        nonlocal done
        with rasterio.Env(GDAL_NUM_THREADS=1):
            map_chunk(job, window)
        with lock:
            done += 1
            if on_chunk:
                on_chunk(done, len(windows), window.height * window.width)

    tasks = [dask.delayed(work)(window) for window in open_windows]
    try:
        with ThreadPoolExecutor(plan.in_flight, thread_name_prefix="chunk") as pool:
            try:
                dask.compute(*tasks, scheduler="threads", pool=pool)
            finally:
                job.stop.set()  # or leaving the pool would wait for whole chunks that nobody wants any more
    except KeyboardInterrupt as error:
        raise Interrupted(f"interrupted; {done} of {len(windows)} chunks are done, the same command resumes") from error
    return len(windows) - len(open_windows)


def layer_raster(
    job: ChunkJob,
    plan: Plan,
    name: str,
    kind: str,
    bands: list[int],
    *,
    dtype: str = "uint8",
    nodata: int = NO_SCORE,
) -> Path:
    """Return a raster over bands of all parts of a kind, in the work folder."""
    path = job.work / f"{name}.vrt"
    size = {"height": job.lattice.height, "width": job.lattice.width}
    write_mosaic(path, kind, job.lattice.chunks(plan.chunk), bands=bands, dtype=dtype, nodata=nodata, **size)
    return path


def _assemble_quicklook(job: ChunkJob, windows: tuple[Window, ...]) -> NDArray[np.float32]:
    whole = quicklook_window(job.lattice.scene, step=job.step)
    picture = np.full((whole.height, whole.width), np.nan, np.float32)
    for window in windows:
        rows, cols = quicklook_window(window, step=job.step).slices
        picture[rows, cols] = np.load(part_path(job.work, "quicklook", window), allow_pickle=False)
    return picture


def _check_disk(work: Path, plan: Plan) -> None:
    free = shutil.disk_usage(work).free
    if (
        free < plan.disk_bytes // 3
    ):  # compressed, parts and results of real maps take about that; a full disk is survived
        raise OutputError(
            f"{work.parent} has {free / 1e9:.2f} GB free; the run may need up to {plan.disk_bytes / 1e9:.2f} GB: "
            "free some space, or choose another folder with -o"
        )
