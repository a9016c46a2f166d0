"""Labelled real scenes as a recipe names them: where they lie, and what their codes mean."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sovs_map.errors import OptionError
from sovs_map.taxonomy import load_taxonomy, phrases_of
from sovs_map.training.labels import FIRST_MATERIAL, label_for
from sovs_map.training.real import CODES, Fragment, read_fragment
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

    groups: tuple[tuple[str, tuple[str, ...]], ...]
    """Coarser groups for tests: name, and the classes in it; each class is in one."""

    credit: str = ""
    """What the card has to say of the data."""


def read_scenes(scenes: SceneSet, data: Path, *, split: str) -> tuple[Fragment, ...]:
    """Return the labelled scenes of a split.

    Raises:
        OptionError: the folder or its table of splits is not there, or no scene is of this split, or none has a label.
        SceneError: a scene or its label raster cannot be read, or they do not fit together.
    """
    folder = data / scenes.folder
    chosen = _stems(folder / scenes.splits, scenes, split=split)
    pictures = [path for path in sorted(folder.glob(scenes.pictures)) if path.stem in chosen]
    if not pictures:
        raise OptionError(f"{folder} has no scene {scenes.pictures} that {scenes.splits} puts into {split}")
    twice = [name for name, count in Counter(path.stem for path in pictures).items() if count > 1]
    if twice:
        raise OptionError(f"{folder} has several scenes {twice[0]}; make {scenes.pictures!r} narrower, or rename them")
    lookup = _lookup(scenes)
    truths = [folder / scenes.labels.replace("{stem}", path.stem) for path in pictures]
    fragments = tuple(read_fragment(path, truth, lookup) for path, truth in zip(pictures, truths, strict=True))
    if not any(fragment.labels.any() for fragment in fragments):
        raise OptionError(
            f"no pixel of the {split} scenes of {folder} has a code of the recipe's classes; compare [scenes.classes] with "
            f"the numbers in {truths[0]}"
        )
    return fragments


def _stems(table: Path, scenes: SceneSet, *, split: str) -> set[str]:
    """Return the scenes that a table of splits puts into one."""
    if not table.is_file():
        raise OptionError(f"{table} is not there; --data must name the folder that holds {scenes.folder}/")
    with table.open(newline="", encoding="utf-8-sig") as text:  # spreadsheets begin it with a mark
        rows = csv.DictReader(text)
        columns = set(rows.fieldnames or ())
        name = next((name for name in ("scene", "fragment") if name in columns), None)
        if name is None or "split" not in columns:
            raise OptionError(f"{table} has columns {', '.join(sorted(columns))}; needed are scene and split")
        return {row[name] for row in rows if row["split"] == split}


def check_sides(fragments: Sequence[Fragment], sides: Sequence[int]) -> None:
    """Check that chips can be cut from every scene.

    Raises:
        OptionError: a scene is smaller than the largest chips.
    """
    for fragment in fragments:
        if min(fragment.labels.shape) < max(sides):
            rows, cols = fragment.labels.shape
            raise OptionError(
                f"scene {fragment.name} has {rows} x {cols} pixels and chips have {max(sides)}; leave such scenes out of "
                f"train, or put smaller multiples of 32 into sides of [schedule] and [yardstick]"
            )


def _lookup(scenes: SceneSet) -> NDArray[np.uint8]:
    lookup = np.zeros(CODES, np.uint8)
    for one in scenes.classes:
        lookup[list(one.codes)] = one.label
    return lookup


def lessons_of(scenes: SceneSet, syllabus: Syllabus) -> tuple[Lesson, ...]:
    """Return the classes as lessons, their names before the other words.

    Classes of whose first concept the syllabus says nothing are left out, and so are names that may mean unseen leaves.
    """
    taught = {lesson.concept.name: lesson for lesson in syllabus.lessons}
    forbidden = set(phrases_of(syllabus.unseen))
    lessons = []
    for one in scenes.classes:
        lesson = taught.get(one.concepts[0])
        if lesson:
            words = tuple(word for word in dict.fromkeys((one.name, *lesson.words)) if word.lower() not in forbidden)
            lessons.append(Lesson(lesson.concept, one.leaves - syllabus.unseen, words))
    return tuple(lessons)


def closed_cut(scenes: SceneSet) -> Cut:
    """Return the classes under their own names, each right where its own label is and nowhere else."""
    right = torch.zeros(FIRST_MATERIAL, len(scenes.classes), dtype=torch.bool)
    for index, one in enumerate(scenes.classes):
        right[one.label, index] = True
    return Cut(tuple((one.name,) for one in scenes.classes), right, right, right.any(1, keepdim=True) & ~right)


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
