"""Labelled real scenes as a recipe names them: where they lie, and what their codes mean."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sovs_map.errors import OptionError
from sovs_map.taxonomy import load_taxonomy
from sovs_map.training.labels import FIRST_MATERIAL, label_for
from sovs_map.training.real import Fragment, read_fragment
from sovs_map.training.syllabus import Lesson, Syllabus
from sovs_map.training.vocabularies import Cut


@dataclass(frozen=True, slots=True)
class SceneClass:
    """A class of the labels."""

    name: str
    """What it is called, and asked for by in tests."""

    codes: tuple[int, ...]
    """Numbers in the label rasters, 0 to 255."""

    concepts: tuple[str, ...]
    """Concepts of the taxonomy that it covers; the words of the first are its words."""

    @property
    def leaves(self) -> frozenset[int]:
        """Return the leaves that it covers."""
        return frozenset[int]().union(*(load_taxonomy().concept(name).leaves for name in self.concepts))

    @property
    def label(self) -> int:
        """Return its label index."""
        return label_for(self.leaves)


@dataclass(frozen=True, slots=True)
class SceneSet:
    """Labelled scenes of one kind."""

    folder: str
    """Below the folder of the data."""

    pictures: str
    """Scenes, a glob below ``folder``."""

    labels: str
    """The label raster of a scene, below ``folder``; ``{stem}`` is the scene's file name without its ending."""

    splits: str
    """A CSV below ``folder`` with columns ``scene`` or ``fragment`` (a stem) and ``split`` (``train`` or ``val``)."""

    classes: tuple[SceneClass, ...]
    """What the codes mean; other codes are unlabelled."""

    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Coarser groups for tests: name, and the classes in it."""

    credit: str = ""
    """What the card has to say of the data."""


def scene_set(table: dict[str, Any]) -> SceneSet:
    """Return the scene set of a recipe's ``[scenes]`` table.

    Raises:
        OptionError: a class names a concept that is none, or covers leaves that no label stands for.
    """
    table = dict(table)
    classes = tuple(
        SceneClass(name, tuple(facts["codes"]), tuple(facts["concepts"]))
        for name, facts in table.pop("classes").items()
    )
    for one in classes:
        _check(one)
    groups = tuple((name, tuple(members)) for name, members in table.pop("groups", {}).items())
    return SceneSet(classes=classes, groups=groups, **table)


def _check(one: SceneClass) -> None:
    try:
        one.label  # noqa: B018 - looked up to be checked
    except KeyError as error:
        known = ", ".join(concept.name for concept in load_taxonomy().concepts)
        raise OptionError(
            f"class {one.name!r} of the recipe's scenes covers {', '.join(one.concepts)}, of which {error} is unknown or "
            f"stands for no label; concepts are: {known}"
        ) from error


def read_scenes(scenes: SceneSet, data: Path, *, split: str) -> tuple[Fragment, ...]:
    """Return the labelled scenes of a split.

    Raises:
        OptionError: the folder or its table of splits is not there, or no scene is of this split.
    """
    folder = data / scenes.folder
    table = folder / scenes.splits
    if not table.is_file():
        raise OptionError(f"{table} is not there; --data must name the folder that holds {scenes.folder}/")
    with table.open(newline="") as rows:
        chosen = {row.get("scene") or row.get("fragment") for row in csv.DictReader(rows) if row["split"] == split}
    pictures = [path for path in sorted(folder.glob(scenes.pictures)) if path.stem in chosen]
    if not pictures:
        raise OptionError(f"{folder} has no scene {scenes.pictures} that {scenes.splits} puts into {split}")
    lookup = _lookup(scenes)
    return tuple(read_fragment(path, folder / scenes.labels.format(stem=path.stem), lookup) for path in pictures)


def _lookup(scenes: SceneSet) -> NDArray[np.uint8]:
    lookup = np.zeros(256, np.uint8)
    for one in scenes.classes:
        lookup[list(one.codes)] = one.label
    return lookup


def lessons_of(scenes: SceneSet, syllabus: Syllabus) -> tuple[Lesson, ...]:
    """Return the classes as lessons, their names before the other words.

    Classes of whose first concept the syllabus says nothing are left out.
    """
    taught = {lesson.concept.name: lesson for lesson in syllabus.lessons}
    lessons = []
    for one in scenes.classes:
        lesson = taught.get(one.concepts[0])
        if lesson:
            words = tuple(dict.fromkeys((one.name, *lesson.words)))
            lessons.append(Lesson(lesson.concept, one.leaves - syllabus.unseen, words))
    return tuple(lessons)


def closed_cut(scenes: SceneSet) -> Cut:
    """Return the classes under their own names, each right where its own label is and nowhere else."""
    right = torch.zeros(FIRST_MATERIAL, len(scenes.classes), dtype=torch.bool)
    for index, one in enumerate(scenes.classes):
        right[one.label, index] = True
    return Cut(tuple((one.name,) for one in scenes.classes), right, right.any(1, keepdim=True) & ~right)


def class_labels(scenes: SceneSet) -> list[tuple[int, ...]]:
    """Return the label of each class, as `evaluation.confusion` takes it."""
    return [(one.label,) for one in scenes.classes]


def group_labels(scenes: SceneSet) -> list[tuple[int, ...]]:
    """Return the labels of each group."""
    label = {one.name: one.label for one in scenes.classes}
    return [tuple(label[name] for name in members) for _, members in scenes.groups]


def regroup(predicted: NDArray[np.int64], scenes: SceneSet) -> NDArray[np.int64]:
    """Return the groups that predicted classes fall into."""
    owner = {name: index for index, (_, members) in enumerate(scenes.groups) for name in members}
    return np.array([owner[one.name] for one in scenes.classes])[predicted]


def names(scenes: SceneSet) -> Sequence[str]:
    """Return the names of the classes."""
    return [one.name for one in scenes.classes]
