"""What contestants that learn may learn from, as the training code takes it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sovs_map.benchmark.chip import Chip, read_chip
from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.harmonising import harmonise
from sovs_map.benchmark.sample import Sample
from sovs_map.training.labels import LABEL_SETS
from sovs_map.training.real import Fragment

MOST = 256
"""Pictures of a course that are held in memory; of more, so many are taken, evenly spread."""


@dataclass(frozen=True, slots=True)
class Course:
    """Pictures of train splits, and leaves that nothing may be learnt of."""

    name: str
    """Short, safe as a file's name."""

    lessons: tuple[tuple[DataSet, Sample], ...]
    """Labelled pictures, each with its data set."""

    hidden: frozenset[int] = frozenset()
    """Leaves whose pixels are unlabelled: of a label that may be one of them, nothing is told either."""

    @property
    def fingerprint(self) -> str:
        """Return what changes with the lessons."""
        facts = [(data_set.name, sample.name, sample.window) for data_set, sample in self.lessons]
        return hashlib.sha256(repr((facts, sorted(self.hidden))).encode()).hexdigest()


def read_lessons(course: Course) -> tuple[Fragment, ...]:
    """Return the pictures of a course with harmonised labels; those without any label that is told are left out.

    Raises:
        SceneError: a picture cannot be read.
        DataSetError: labels cannot be read.
    """
    places = np.unique(np.linspace(0, len(course.lessons) - 1, min(MOST, len(course.lessons))).astype(int))
    read = (read_chip(*course.lessons[place]) for place in places)
    named = (f"{course.lessons[place][1].data_set}/{course.lessons[place][1].name}" for place in places)
    made = (
        to_fragment(course.lessons[place][0], chip, name=name, hidden=course.hidden)
        for place, chip, name in zip(places, read, named, strict=True)
        if not np.isnan(chip.values[0]).all()
    )
    return tuple(fragment for fragment in made if fragment.labels.any())


def to_fragment(data_set: DataSet, chip: Chip, *, name: str, hidden: frozenset[int]) -> Fragment:
    """Return a chip as training takes it: no NaN, labels of the taxonomy, those unlabelled that may be hidden leaves."""
    told = np.array([bool(leaves) and not leaves & hidden for leaves in LABEL_SETS])
    labels = harmonise(data_set, chip.labels)
    shown = np.where(told[labels], labels, 0).astype(np.uint8)
    return Fragment(name, filled(chip.values), shown, chip.polarisations, chip.calibrated, chip.spacing_m)


def filled(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return backscatter ``(band, row, col)`` whose pixels without data take the nearest one that has some."""
    missing = np.isnan(values[0])
    if not missing.any():
        return values
    nearest = ndimage.distance_transform_edt(missing, return_distances=False, return_indices=True)
    return values[:, nearest[0], nearest[1]]
