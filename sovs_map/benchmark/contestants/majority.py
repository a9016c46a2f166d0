"""Says of every pixel what most pixels of the course are: the floor that anything must beat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.benchmark.chip import Chip
from sovs_map.benchmark.contestants.contestant import Answer, Map, Maps
from sovs_map.benchmark.contestants.label_shares import answer_from_labels, query_from_labels
from sovs_map.benchmark.question import AskedClass
from sovs_map.training.real import Fragment


@dataclass(frozen=True, slots=True, eq=False)
class Majority:
    """Knows how frequent labels are, and nothing else."""

    labels: tuple[int, ...]
    """Indices of `LABEL_SETS`."""

    shares: NDArray[np.float32]
    """Of each label, ``(labels,)``."""

    def answer(self, chip: Chip, classes: Sequence[AskedClass]) -> Answer:
        """Return the most frequent class everywhere."""
        return answer_from_labels(self._everywhere(chip), self.labels, classes)

    def query(self, chip: Chip, classes: Sequence[AskedClass]) -> Iterator[Map]:
        """Yield how frequent each class is."""
        return query_from_labels(self._everywhere(chip), self.labels, classes)

    def _everywhere(self, chip: Chip) -> Maps:
        return np.broadcast_to(self.shares[:, None, None], (len(self.shares), *chip.labels.shape))


def count_labels(fragments: Sequence[Fragment]) -> Majority:
    """Return the contestant of a course; it has at least one labelled pixel."""
    counts = np.sum([np.bincount(one.labels.ravel(), minlength=256) for one in fragments], axis=0)
    counts[0] = 0
    labels = np.flatnonzero(counts)
    return Majority(tuple(labels.tolist()), (counts[labels] / counts.sum()).astype(np.float32))
