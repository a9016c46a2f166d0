"""A random forest on local statistics of one polarisation, as radar analysts use it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from sovs_map.benchmark.chip import Chip
from sovs_map.benchmark.contestants.contestant import Answer, Map, Maps
from sovs_map.benchmark.contestants.label_shares import answer_from_labels, query_from_labels
from sovs_map.benchmark.question import AskedClass
from sovs_map.errors import OptionError
from sovs_map.training.forest import features, fit_forest
from sovs_map.training.real import Fragment

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier

PIXELS = 40_000
"""Labelled pixels that are learnt from, drawn evenly over the labels."""

TREES = 50
"""Of the forest."""

AT_ONCE = 1 << 16
"""Pixels that are looked up together."""


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """A fitted forest."""

    forest: RandomForestClassifier
    """Whose classes are indices of `LABEL_SETS`."""

    def answer(self, chip: Chip, classes: Sequence[AskedClass]) -> Answer:
        """Return the classes of the labels that the forest sees."""
        return answer_from_labels(self._shares(chip), self.forest.classes_.tolist(), classes)

    def query(self, chip: Chip, classes: Sequence[AskedClass]) -> Iterator[Map]:
        """Yield how many of the trees see the class."""
        return query_from_labels(self._shares(chip), self.forest.classes_.tolist(), classes)

    def _shares(self, chip: Chip) -> Maps:
        x = features(chip.values[0])
        parts = [x[start : start + AT_ONCE] for start in range(0, len(x), AT_ONCE)]
        with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="forest") as pool:
            shares = np.concatenate(list(pool.map(self.forest.predict_proba, parts)))
        return shares.T.astype(np.float32).reshape(-1, *chip.labels.shape)


def grow_trees(fragments: Sequence[Fragment]) -> Trees:
    """Return the contestant of a course.

    Raises:
        OptionError: scikit-learn is missing.
    """
    if find_spec("sklearn") is None:
        raise OptionError("the forest needs scikit-learn, which is not installed; type: pip install 'sovs-map[train]'")
    forest = fit_forest(fragments, pixels=PIXELS, trees=TREES)
    forest.n_jobs = 1  # its threads add up trees in any order, which changes the last digit from run to run
    return Trees(forest)
