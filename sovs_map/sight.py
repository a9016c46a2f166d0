"""What a chunk is made from: whatever gives a window's logits, by running tiles or from a store of what was seen before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sovs_map.area import Area
from sovs_map.blend import Band
from sovs_map.window import Window


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A window of a scene, and the answers to the question that was asked."""

    valid: NDArray[np.bool_]
    """Where the window holds data that is wanted, ``(rows, cols)``."""

    bands: Iterator[Band]
    """Its logits, in bands of rows or in squares that make it up."""

    backscatter: Callable[[], NDArray[np.float32]]
    """Gives the first band ``(rows, cols)`` of ``around`` [dB], NaN where there is no data."""

    around: Window
    """The window, and pixels around it as far as they were read."""

    broken: tuple[Window, ...]
    """Windows that could not be read."""


class Sight(Protocol):
    """Gives logits, window by window. It can be sent to other processes."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same scene could get other logits."""

    def chunks(self, side: int) -> tuple[Window, ...]:
        """Return windows that cover the scene once, row by row, about ``side`` pixels a side."""

    def see(self, window: Window, area: Area) -> Seen:
        """Return the logits of a window as far as it lies in an area."""

    def forget(self, window: Window | None = None) -> None:
        """Let go of what is held for a chunk that is done, or for all."""
