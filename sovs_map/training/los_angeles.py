"""The classes of the labelled Los Angeles fragments, and their scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from sovs_map.training.evaluation import confusion, intersection_over_union
from sovs_map.training.labels import FIRST_MATERIAL
from sovs_map.training.real import Fragment
from sovs_map.training.syllabus import Lesson, Syllabus
from sovs_map.training.vocabularies import Cut

EIGHT = (
    ("water", (1,)), ("tree cover", (6,)), ("grass and shrub", (23,)), ("cropland", (10,)),
    ("residential area", (12,)), ("industrial or commercial", (14,)), ("paved area", (25,)), ("bare ground", (24,)),
)  # fmt: skip
"""Prompt and label indices of the eight classes."""

FIVE = (
    ("water", (1,)), ("vegetation", (6, 23)), ("cropland", (10,)), ("built-up", (12, 14)), ("paved or bare", (25, 24)),
)  # fmt: skip
"""Prompt and label indices of the five groups."""

EIGHT_CONCEPTS = ("permanent water", "tree cover", "low vegetation", "cropland", "residential area",
                  "industrial or commercial", "paved area", "bare")  # fmt: skip
"""What the eight classes are in the taxonomy."""

Classes = Sequence[tuple[str, tuple[int, ...]]]


def eight_lessons(syllabus: Syllabus) -> tuple[Lesson, ...]:
    """Return the eight classes as lessons, their prompts before the other words; streets count as paved.

    Classes of which the syllabus says nothing are left out.
    """
    taught = {lesson.concept.name: lesson for lesson in syllabus.lessons}
    lessons = []
    for (prompt, _), name in zip(EIGHT, EIGHT_CONCEPTS, strict=True):
        if name not in taught:
            continue
        lesson = taught[name]
        leaves = lesson.leaves | ({16} if name == "paved area" else set())
        words = lesson.words if prompt in lesson.words else (prompt, *lesson.words)
        lessons.append(Lesson(lesson.concept, frozenset(leaves), words))
    return tuple(lessons)


def eight_cut() -> Cut:
    """Return the eight classes under their own names, each right where its own labels are and nowhere else."""
    right = torch.zeros(FIRST_MATERIAL, len(EIGHT), dtype=torch.bool)
    for index, (_, labels) in enumerate(EIGHT):
        right[list(labels), index] = True
    return Cut(tuple((prompt,) for prompt, _ in EIGHT), right, right.any(1, keepdim=True) & ~right)


def score(predicted: Sequence[NDArray[np.int64]], truth: Sequence[Fragment], classes: Classes) -> NDArray[np.float64]:
    """Return the IoU of each class, from one confusion matrix over all fragments."""
    return intersection_over_union(
        confusion(predicted, [fragment.labels for fragment in truth], [labels for _, labels in classes])
    )


def regroup(predicted: NDArray[np.int64], *, asked: Classes, groups: Classes) -> NDArray[np.int64]:
    """Return the groups that predicted classes fall into."""
    owner = {label: index for index, (_, labels) in enumerate(groups) for label in labels}
    return np.array([owner[labels[0]] for _, labels in asked])[predicted]
