"""What every contestant can do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sovs_map.benchmark.chip import Chip
from sovs_map.benchmark.question import AskedClass

Maps = NDArray[np.float32]
"""Probabilities ``(classes, row, col)``."""

Map = NDArray[np.float32]
"""Probabilities of one class ``(row, col)``."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a contestant says of a picture."""

    probabilities: Maps
    """Of each class ``(classes, row, col)``; those of a pixel add up to 1."""

    @property
    def winner(self) -> NDArray[np.int64]:
        """Return the most probable class of each pixel ``(row, col)``, 0 first, the first of equals."""
        winner: NDArray[np.int64] = self.probabilities.argmax(0)
        return winner


class Contestant(Protocol):
    """Answers questions about pictures."""

    def answer(self, chip: Chip, classes: Sequence[AskedClass]) -> Answer:
        """Return which of the classes each pixel is.

        Args:
            chip: without NaN; its labels are not looked at.
            classes: one at least.
        """

    def query(self, chip: Chip, classes: Sequence[AskedClass]) -> Iterator[Map]:
        """Yield how probable each class is of each pixel, as if it were the only one that is asked for."""
