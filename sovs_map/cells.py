"""What is stored of a scene that was embedded: cells of pixels, in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sovs_map.window import Window

CELL = 4
"""Side of the square of pixels that a cell stands for; the stride of the decoder's input."""


@dataclass(frozen=True, slots=True)
class Coding:
    """How a number is stored: as a whole number of steps."""

    dtype: str
    """numpy's name."""

    step: float
    """What one is worth."""

    least: int
    """Smallest stored number."""

    most: int
    """Largest stored number; what lies beyond either is clipped."""

    missing: int
    """Stored where there is nothing."""

    offset: float = 0.0
    """What a stored 0 is worth."""

    shuffle: Literal["shuffle", "bitshuffle"] = "bitshuffle"
    """How blosc arranges the numbers before it compresses them, whichever takes less room."""

    packing: Literal["lz4", "zstd"] = "zstd"
    """What it compresses them with: zstd takes less room, lz4 a third of the time to read."""


VECTORS = Coding("int8", 1 / 127, -127, 127, -128, packing="lz4")
"""Of the components of unit vectors. Of seven real scenes' labels of 8 classes it changes 0.06 %; a scale for each channel
would change 0.03 % and take half as much room again."""

ATTRIBUTES = Coding("uint8", 1 / 254, 0, 254, 255, packing="lz4")
"""Of physical attributes, which are 0 to 1; changes 0.004 % of the labels."""

GUIDE = Coding("int16", 0.1, 0, 32767, -1, shuffle="shuffle")
"""Of what guides the decoder, mostly 0 and seldom above 20; changes 0.03 % of the labels."""

BACKSCATTER = Coding("uint8", 45 / 126, 1, 127, 0, -35 - 45 / 126)
"""Of the picture of the scene [dB], from -35 to 10, the range that the network is given: a third of the deviation of speckle."""

VECTORS_AFAR = Coding("int8", 1 / 32, -127, 127, -128)
"""Of vectors of coarser cells, which pictures are made from."""

ATTRIBUTES_AFAR = Coding("uint8", 1 / 63, 0, 63, 255)
"""Of attributes of coarser cells."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The stored numbers of a window of cells."""

    vectors: NDArray[np.int8]
    """Of the space shared with phrases, along the store's basis, ``(dim, rows, cols)``, see VECTORS."""

    attributes: NDArray[np.uint8]
    """Physical attributes ``(12, rows, cols)``, see ATTRIBUTES."""

    guide: NDArray[np.int16]
    """What guides the decoder ``(48, rows, cols)``, see GUIDE."""

    @property
    def bytes(self) -> int:
        """Return how much memory the numbers take."""
        return self.vectors.nbytes + self.attributes.nbytes + self.guide.nbytes

    def part(self, window: Window) -> Cells:
        """Return the numbers of some of the cells, counted from the first one."""
        rows, cols = window.slices
        return Cells(self.vectors[:, rows, cols], self.attributes[:, rows, cols], self.guide[:, rows, cols])


def encode(values: NDArray[np.float32], coding: Coding, *, missing: NDArray[np.bool_]) -> NDArray[np.integer]:
    """Return numbers ``(…, rows, cols)`` as they are stored, which those at ``missing`` ``(rows, cols)`` are not."""
    steps = np.rint((values - np.float32(coding.offset)) * np.float32(1 / coding.step))
    stored = np.clip(steps, coding.least, coding.most, out=steps).astype(coding.dtype)
    stored[..., missing] = coding.missing
    return stored


def decode(stored: NDArray[np.integer], coding: Coding, *, missing: float = np.nan) -> NDArray[np.float32]:
    """Return the numbers that are stored, and a number where there are none."""
    values: NDArray[np.float32] = stored * np.float32(coding.step) + np.float32(coding.offset)
    values[stored == coding.missing] = missing
    return values
