"""What the engine needs of whatever makes fields of tiles."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class TileSegmenter(Protocol):
    """What the engine needs of a segmenter."""

    @property
    def tile(self) -> int:
        """Side of a tile [pixels]."""

    @property
    def overlap(self) -> int:
        """How far neighbouring tiles overlap [pixels]."""

    @property
    def classes(self) -> int:
        """How many logits a pixel gets."""

    @property
    def cell(self) -> int:
        """Side of the square that one logit stands for [pixels]; divides tile and overlap."""

    @property
    def grain(self) -> int:
        """Sides of what it looks at are multiples of it, two at least; a multiple of the cell that divides the tile."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same tiles could give other logits."""

    def logits(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return logits ``(n, classes, rows/cell, cols/cell)`` of tiles, or parts, ``(n, band, rows, cols)`` [dB] without NaN."""
