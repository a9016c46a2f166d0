"""A protocol run with one contestant: picture by picture, each kept when it is done."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from tqdm import tqdm

from sovs_map.benchmark.chip import read_chip
from sovs_map.benchmark.contestants.contestant import Contestant
from sovs_map.benchmark.course import filled
from sovs_map.benchmark.entrant import Entrant, learn
from sovs_map.benchmark.exam import Sitting, Stage
from sovs_map.benchmark.exam_file import write_exam
from sovs_map.benchmark.hashing import hash_file
from sovs_map.benchmark.holding import read_holdings
from sovs_map.benchmark.index import INDEX
from sovs_map.benchmark.protocol import Protocol
from sovs_map.benchmark.record import ENDING, write_record
from sovs_map.errors import DataSetError, OptionError
from sovs_map.lock import sole_run
from sovs_map.outputs.finishing import write_finished_text

LOG = logging.getLogger(__name__)

RUN = "run.json"
"""Name of the file that says what a run is."""

LEARNT = ".learnt"
"""Folder of checkpoints, shared by the runs of one folder."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a benchmark lies."""

    benchmark: Path
    """Folder that `sovs-map benchmark build` wrote."""

    folder: Path
    """Folder of the data sets."""

    only: tuple[str, ...] = ()
    """Names of the data sets that are wanted; all when none is named."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run is; runs of one folder are equal in all of it."""

    protocol: str
    """Its name."""

    contestant: str
    """Its name."""

    fingerprint: str
    """Of the contestant."""

    remark: str
    """What readers of the scores must know."""

    index: str
    """SHA-256 of the benchmark's index."""

    data_sets: tuple[str, ...]
    """That are examined."""

    most: int
    """Pictures of each data set, at most; 0 for all."""

    sovs_map: str
    """Version that made it."""


def run_protocol(protocol: Protocol, entrant: Entrant, place: Place, output: Path, *, most: int = 0) -> Path:
    """Run a protocol; return the folder of its results. What is there already is not done again.

    Args:
        protocol: what to do.
        entrant: who is examined.
        place: of the benchmark.
        output: folder of runs.
        most: pictures of each data set that are asked about, evenly spread; 0 for all.

    Raises:
        DataSetError: the benchmark is not there, gives the protocol nothing to do, or a label cannot be read.
        SceneError: a picture cannot be read.
        OptionError: the folder holds another run of the same name, or a package is missing.
        OutputExistsError: the same run is under way.
        OutputError: no space, no permission.
    """
    stages = protocol.plan(read_holdings(place.benchmark, place.folder, only=place.only), most)
    run = Run(
        protocol=protocol.name,
        contestant=entrant.name,
        fingerprint=entrant.fingerprint,
        remark=entrant.remark,
        index=hash_file(place.benchmark / INDEX),
        data_sets=tuple(sitting.exam.data_set for stage in stages for sitting in stage.sittings),
        most=most,
        sovs_map=version("sovs-map"),
    )
    folder = output / protocol.name / entrant.name
    folder.mkdir(parents=True, exist_ok=True)
    with sole_run(folder, protocol.name):
        claim(folder, run)
        for unfinished in folder.rglob(f".*.partial{ENDING}"):
            unfinished.unlink()  # of a run that was killed
        for stage in stages:
            _run_stage(protocol, entrant, stage, folder, learnt=output / LEARNT)
    return folder


def claim(folder: Path, run: Run) -> None:
    """Say in the folder of a run what it is, and see to it that it holds no other one.

    Raises:
        OptionError: it does.
    """
    mark, text = folder / RUN, json.dumps(asdict(run), indent=1, ensure_ascii=False) + "\n"
    if not mark.exists():
        write_finished_text(mark, text)
        return
    found, wanted = json.loads(mark.read_text(encoding="utf-8")), json.loads(text)
    differ = [key for key in wanted if wanted[key] != found.get(key)]
    if differ:
        raise OptionError(
            f"{folder} holds a run that differs in {', '.join(differ)}; choose another folder with -o, or delete this one"
        )


def record_path(folder: Path, data_set: str, name: str) -> Path:
    """Return the file of what is kept of a picture."""
    return folder / data_set / "pictures" / f"{name}{ENDING}"


def _run_stage(protocol: Protocol, entrant: Entrant, stage: Stage, folder: Path, *, learnt: Path) -> None:
    missing = [(sitting, _missing(sitting, folder)) for sitting in stage.sittings]
    contestant: Contestant | None = None
    for sitting, places in missing:
        write_exam(sitting.exam, folder / sitting.exam.data_set)
        if places and contestant is None:
            contestant = learn(entrant, stage.course, learnt)
        if contestant is not None:
            _run_sitting(protocol, contestant, sitting, places, folder)
        LOG.info(
            "%s %s %s: %d pictures, %d of them from before",
            protocol.name,
            entrant.name,
            sitting.exam.data_set,
            len(sitting.samples),
            len(sitting.samples) - len(places),
        )


def _missing(sitting: Sitting, folder: Path) -> list[int]:
    paths = [record_path(folder, sitting.exam.data_set, name) for name, _ in sitting.exam.images]
    if len(set(paths)) < len(paths):
        raise DataSetError(f"{sitting.exam.data_set} has pictures of one name; report it: names must be unique")
    return [index for index, path in enumerate(paths) if not path.exists()]


def _run_sitting(
    protocol: Protocol, contestant: Contestant, sitting: Sitting, places: Sequence[int], folder: Path
) -> None:
    exam = sitting.exam
    for index in tqdm(places, desc=exam.data_set, disable=not sys.stderr.isatty()):
        sample = sitting.samples[index]
        chip = read_chip(sitting.data_set, sample)
        if not np.isnan(chip.values[0]).all():
            chip = replace(chip, values=filled(chip.values))
        write_record(record_path(folder, exam.data_set, sample.name), protocol.look(contestant, chip, exam))
