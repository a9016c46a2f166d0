"""The engine: scene and segmenter to parts on disk, one task a chunk, worked on by whatever crew there is."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import CancelledError
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sovs_map.allocator import give_back
from sovs_map.area import Area
from sovs_map.chunk import ChunkJob, Job
from sovs_map.competition import Rule, competition
from sovs_map.crew import as_finished, drop, let_finish
from sovs_map.decision import NO_SCORE, Decision
from sovs_map.errors import Interrupted, OutputError
from sovs_map.journal import Question, broken_windows, open_journal, part_path, write_mosaic
from sovs_map.plan import Plan
from sovs_map.quicklook import quicklook_window
from sovs_map.run import Run
from sovs_map.scene import Scene
from sovs_map.sight import Sight
from sovs_map.vocabulary import Vocabulary
from sovs_map.window import Window

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

    broken: tuple[Window, ...]
    """Windows that could not be read, and so are nodata."""


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


def map_labels(
    scene: Scene,
    sight: Sight,
    run: Run,
    *,
    vocabulary: Vocabulary,
    unknown: float = 0.0,
    all_scores: bool = False,
) -> MappedParts:
    """Map a scene chunk by chunk.

    Args:
        scene: what to map.
        sight: gives its logits.
        run: where, and by whom.
        vocabulary: the classes, with their thresholds and biases.
        unknown: pixels whose winning class is less probable get label 0.
        all_scores: keep the probability of every class.

    Raises:
        SovsMapError: see `run_scene`.
    """
    thresholds, biases = zip(*((entry.threshold, entry.bias) for entry in vocabulary.classes), strict=True)
    rule = Rule(thresholds, biases, unknown, vocabulary.dtype, vocabulary.nodata, all_scores)
    course, job = run_scene(scene, sight, competition(rule), run)
    labels = layer_raster(job, run, "labels", "labels", [1], dtype=rule.dtype, nodata=rule.nodata)
    confidence = layer_raster(job, run, "confidence", "scores", [1])
    every = list(range(2, rule.probabilities + 1))
    scores = layer_raster(job, run, "scores", "scores", every) if all_scores else None
    return MappedParts(labels, confidence, scores, course)


def run_scene(scene: Scene, sight: Sight, decision: Decision, run: Run) -> tuple[Course, ChunkJob]:
    """Make the parts of all chunks and return how it went, and the job; parts that an earlier run finished are kept.

    What is kept of a pixel does not depend on chunk size, batch, crew or restarts: a tile's logits depend on the
    tile alone, and a pixel's logits are summed over its tiles in the lattice's order.

    Raises:
        SceneError: pixels cannot be read.
        OutputExistsError: the folder holds parts of another question.
        OutputError: no space, no permission.
        WorkerError: workers were lost too often.
        Interrupted: the user stopped the run.
    """
    started = time.monotonic()
    area = run.area or whole_area(scene)
    facts = (scene.identity, sight.fingerprint, decision.identity, str(run.plan.chunk), area.identity)
    parts = open_journal(run.work, Question((version("sovs-map"), *facts)), overwrite=run.overwrite)
    check_disk(run.work, run.plan)
    step = max(1, -(-max(area.window.height, area.window.width) // QUICKLOOK))
    job = ChunkJob(sight, area, decision, parts.absolute(), step)
    windows = chunk_windows(sight, area, run.plan)
    resumed = work_through(job, windows, run)
    sight.forget()
    give_back()
    quicklook = _assemble_quicklook(job, windows)
    broken = broken_windows(parts)
    return Course(quicklook, step, len(windows), resumed, time.monotonic() - started, broken), job


def whole_area(scene: Scene) -> Area:
    """Return the area that holds all of a scene."""
    return Area(Window(0, 0, scene.height, scene.width), None)


def chunk_windows(sight: Sight, area: Area, plan: Plan) -> tuple[Window, ...]:
    """Return the parts of a scene's chunks that lie in the window of the area, row by row."""
    windows = (chunk & area.window for chunk in sight.chunks(plan.chunk))
    return tuple(window for window in windows if not window.is_empty)


def work_through(job: Job, windows: tuple[Window, ...], run: Run) -> int:
    """Have the chunks worked on that are not done yet, and return how many were.

    Raises:
        SovsMapError: see `run_scene`.
    """
    open_windows = [window for window in windows if not job.is_done(window)]
    resumed = done = len(windows) - len(open_windows)
    if run.on_chunk and done:
        todo = set(open_windows)
        run.on_chunk(done, len(windows), sum(w.height * w.width for w in windows if w not in todo))
    shift = run.crew.begin(job)
    tasks = {shift.submit(window): window for window in open_windows}
    try:
        for task in as_finished(tasks):
            task.result()
            done += 1
            if run.on_chunk:
                run.on_chunk(done, len(windows), tasks[task].height * tasks[task].width)
    except (KeyboardInterrupt, CancelledError) as error:
        let_finish(tasks, shift)
        done = resumed + sum(task.done() and not task.cancelled() and not task.exception() for task in tasks)
        raise Interrupted(f"interrupted; {done} of {len(windows)} chunks are done, the same command resumes") from error
    except BaseException:
        drop(tasks)
        shift.stop()  # or leaving would wait for whole chunks that nobody wants any more
        raise
    return resumed


def layer_raster(
    job: ChunkJob,
    run: Run,
    name: str,
    kind: str,
    bands: list[int],
    *,
    dtype: str = "uint8",
    nodata: int = NO_SCORE,
) -> Path:
    """Return a raster over bands of all parts of a kind, beside them."""
    path = job.parts / f"{name}.vrt"
    windows = chunk_windows(job.sight, job.area, run.plan)
    write_mosaic(path, kind, windows, within=job.area.window, bands=bands, dtype=dtype, nodata=nodata)
    return path


def _assemble_quicklook(job: ChunkJob, windows: tuple[Window, ...]) -> NDArray[np.float32]:
    corner = job.area.window
    whole = quicklook_window(corner.relative_to(corner), step=job.step)
    picture = np.full((whole.height, whole.width), np.nan, np.float32)
    for window in windows:
        rows, cols = quicklook_window(window.relative_to(corner), step=job.step).slices
        picture[rows, cols] = np.load(part_path(job.parts, "quicklook", window), allow_pickle=False)
    return picture


def check_disk(work: Path, plan: Plan) -> None:
    """Refuse a run whose results will hardly fit on the disk.

    Raises:
        OutputError: there is too little room.
    """
    free = shutil.disk_usage(work).free
    if (
        free < plan.disk_bytes // 3
    ):  # compressed, parts and results of real maps take about that; a full disk is survived
        raise OutputError(
            f"{work.parent} has {free / 1e9:.2f} GB free; the run may need up to {plan.disk_bytes / 1e9:.2f} GB: "
            "free some space, or choose another folder with -o"
        )
