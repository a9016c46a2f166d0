"""Exams as JSON beside their results, so that reports need no data."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from sovs_map.benchmark.exam import Exam
from sovs_map.benchmark.question import AskedClass, Question, TruthClass
from sovs_map.errors import DataSetError
from sovs_map.outputs.finishing import write_finished_text

EXAM = "exam.json"
"""Name of the file."""


def exam_text(exam: Exam) -> str:
    """Return an exam as JSON; equal exams give equal texts."""
    return json.dumps(asdict(exam), indent=1, ensure_ascii=False, default=sorted) + "\n"


def write_exam(exam: Exam, folder: Path) -> None:
    """Write an exam into the folder of its results.

    Raises:
        OutputError: no space, no permission.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_finished_text(folder / EXAM, exam_text(exam))


def read_exam(folder: Path) -> Exam:
    """Return the exam of a folder of results.

    Raises:
        DataSetError: it is missing or none.
    """
    try:
        document = json.loads((folder / EXAM).read_text(encoding="utf-8"))
        asked = document["question"]
        classes = tuple(
            AskedClass(one["name"], tuple(one["prompts"]), frozenset(one["leaves"])) for one in asked["classes"]
        )
        truths = tuple(
            TruthClass(one["name"], one["number"], frozenset(one["leaves"]), one["is_scored"])
            for one in asked["truths"]
        )
        return Exam(
            document["data_set"],
            Question(classes, truths, tuple(map(tuple, asked["right"]))),
            frozenset(document["hidden"]),
            tuple(document["frequencies"]),
            document["gap"],
            document["is_weak"],
            tuple(map(tuple, document["phrases"])),
            tuple((name, scene) for name, scene in document["images"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataSetError(
            f"{folder / EXAM} is no exam ({type(error).__name__}: {error}); delete its run and make it again: "
            "sovs-map benchmark run"
        ) from error
