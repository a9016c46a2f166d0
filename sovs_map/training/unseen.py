"""The protocol OV-A: leaves that training never hears of, asked for together with those that it knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from torch import nn

from sovs_map.network.sovs_net import SovsNet
from sovs_map.training.evaluation import Tiling, answer, confusion, harmonic_mean, intersection_over_union
from sovs_map.training.real import Fragment
from sovs_map.training.syllabus import UNSEEN
from sovs_map.training.trial import LEAVES, leaf_words, trial_scenes
from sovs_map.training.vocabularies import Phrasebook


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """The result."""

    leaves: NDArray[np.float64]
    """IoU of each leaf of the trial, in its order."""

    penalty: float
    """What was taken off the logits of seen leaves."""

    @property
    def seen(self) -> float:
        """Return the mean IoU of the leaves that were taught."""
        return float(np.nanmean([value for leaf, value in zip(LEAVES, self.leaves, strict=True) if leaf not in UNSEEN]))

    @property
    def unseen(self) -> float:
        """Return the mean IoU of the leaves that were not."""
        return float(np.nanmean([value for leaf, value in zip(LEAVES, self.leaves, strict=True) if leaf in UNSEEN]))

    @property
    def harmonic(self) -> float:
        """Return the harmonic mean of both."""
        return harmonic_mean(self.seen, self.unseen)
