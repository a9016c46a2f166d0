"""The results of a run, read from its folder and summed up scene by scene."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sovs_map.benchmark.answered import Answered
from sovs_map.benchmark.exam import Exam
from sovs_map.benchmark.exam_file import EXAM, read_exam
from sovs_map.benchmark.queries import Queries
from sovs_map.benchmark.record import SomePart, read_part
from sovs_map.benchmark.running import RUN, Run, record_path
from sovs_map.benchmark.seams import Seams
from sovs_map.errors import DataSetError


@dataclass(frozen=True, slots=True, eq=False)
class SetResults:
    """What a contestant answered on one data set; each tuple has a member a picture, and none where none was asked."""

    exam: Exam
    """What was asked."""

    scenes: NDArray[np.int64]
    """Number of the scene of each picture, ``(pictures,)``, from 0."""

    answered: tuple[Answered, ...]
    """Of questions to all classes."""

    seams: tuple[Seams, ...]
    """Of tiles."""

    queries: tuple[Queries, ...]
    """Of single phrases."""

    @property
    def scene_count(self) -> int:
        """Return how many scenes there are."""
        return int(self.scenes.max(initial=-1)) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """A run and what came of it."""

    run: Run
    """What it was."""

    sets: tuple[SetResults, ...]
    """In the order of the run."""

    def of(self, data_set: str) -> SetResults:
        """Return the results on a data set.

        Raises:
            KeyError: it was not examined.
        """
        for one in self.sets:
            if one.exam.data_set == data_set:
                return one
        raise KeyError(data_set)


def find_runs(folder: Path) -> tuple[Path, ...]:
    """Return the folders of runs below a folder, or the folder itself, by protocol and contestant.

    Raises:
        DataSetError: there is none.
    """
    found = tuple(sorted(path.parent for pattern in (RUN, f"*/{RUN}", f"*/*/{RUN}") for path in folder.glob(pattern)))
    if not found:
        raise DataSetError(f"{folder} holds no run; make one: sovs-map benchmark run ov-a --model physics -o {folder}")
    return found


def read_run(folder: Path) -> Run:
    """Return what a run is.

    Raises:
        DataSetError: the folder holds none.
    """
    try:
        facts = json.loads((folder / RUN).read_text(encoding="utf-8"))
        return Run(**{**facts, "data_sets": tuple(facts["data_sets"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataSetError(
            f"{folder} holds no run ({type(error).__name__}: {error}); name a folder such as runs/ov-a/physics"
        ) from error


def read_results(folder: Path) -> Results:
    """Return the results of a run that is done.

    Raises:
        DataSetError: the folder holds none, or the run is not done.
    """
    run = read_run(folder)
    return Results(run, tuple(_read_set(folder, run, name) for name in run.data_sets))


def by_scene(results: SetResults, parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return sums of parts ``(…)``, one a picture, over the pictures of each scene: ``(scenes, …)``."""
    sums = np.zeros((results.scene_count, *parts[0].shape), parts[0].dtype)
    np.add.at(sums, results.scenes, np.stack(parts))
    return sums


def _read_set(folder: Path, run: Run, name: str) -> SetResults:
    place = folder / name
    again = f"the same command as before goes on: sovs-map benchmark run {run.protocol} --model {run.contestant} …"
    if not (place / EXAM).is_file():
        raise DataSetError(f"{folder} is not done, {name} is missing; {again}")
    exam = read_exam(place)
    paths = [record_path(folder, name, picture) for picture, _ in exam.images]
    missing = sum(not path.is_file() for path in paths)
    if missing:
        raise DataSetError(f"{folder} is not done, {missing} of {len(paths)} pictures of {name} are missing; {again}")
    _, scenes = np.unique([scene for _, scene in exam.images], return_inverse=True)
    return SetResults(
        exam,
        scenes.astype(np.int64),
        _parts(paths, Answered),
        _parts(paths, Seams),
        _parts(paths, Queries),
    )


def _parts(paths: Sequence[Path], kind: type[SomePart]) -> tuple[SomePart, ...]:
    return tuple(part for path in paths if (part := read_part(path, kind)) is not None)
