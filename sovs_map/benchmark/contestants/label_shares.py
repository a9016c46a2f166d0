"""From probabilities of the taxonomy's labels to those of classes, for contestants that know no words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sovs_map.benchmark.contestants.contestant import Answer, Map, Maps
from sovs_map.benchmark.question import AskedClass
from sovs_map.training.labels import LABEL_SETS


def answer_from_labels(shares: Maps, labels: Sequence[int], classes: Sequence[AskedClass]) -> Answer:
    """Return the classes of pixels whose labels are known.

    A class is as probable as all labels together that may be it: of "grass or shrub", both are. Where no label may be
    any of the classes, all are alike.

    Args:
        shares: probability of each label ``(labels, row, col)``.
        labels: indices of `LABEL_SETS`.
        classes: whose leaves alone are looked at.
    """
    may_be = np.array([[bool(LABEL_SETS[label] & one.leaves) for label in labels] for one in classes], np.float32)
    fits = np.tensordot(may_be, shares, axes=1) + np.float32(1e-6)
    return Answer(fits / fits.sum(0))


def query_from_labels(shares: Maps, labels: Sequence[int], classes: Sequence[AskedClass]) -> Iterator[Map]:
    """Yield how probable each class alone is: a label of several leaves is each of them with the same probability."""
    for one in classes:
        own = [len(LABEL_SETS[label] & one.leaves) / len(LABEL_SETS[label]) for label in labels]
        yield np.clip(np.tensordot(np.array(own, np.float32), shares, axes=1), 0, 1)
