"""Model and scene facts to a function from tiles to what is stored of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sovs_map.cells import CELL
from sovs_map.errors import OptionError
from sovs_map.eye import Eye
from sovs_map.network.decoder import GUIDE
from sovs_map.network.sovs_net import STRIDE, Pixels
from sovs_map.network.text import ATTRIBUTES


@dataclass(frozen=True, slots=True, eq=False)
class Embedder:
    """A function from tiles of one scene to fields of cells: vectors, then attributes, then what guides the decoder."""

    eye: Eye
    """What looks at the tiles."""

    @property
    def tile(self) -> int:
        """Return the side of a tile [pixels]."""
        return self.eye.tile

    @property
    def overlap(self) -> int:
        """Return how far neighbouring tiles overlap [pixels]."""
        return self.eye.overlap

    @property
    def classes(self) -> int:
        """Return how many numbers a cell gets."""
        return layers(self.dim)

    @property
    def dim(self) -> int:
        """Return how many components a vector has."""
        return self.eye.model.bundle.network.shared_dim

    @property
    def cell(self) -> int:
        """Return the side of the square that one number stands for [pixels]."""
        return CELL

    @property
    def grain(self) -> int:
        """Return what the sides of tiles are multiples of [pixels]."""
        return STRIDE

    @property
    def fingerprint(self) -> str:
        """Return what changes whenever the same tiles could give other numbers."""
        return self.eye.fingerprint

    def logits(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return fields ``(n, layers, rows/4, cols/4)`` of tiles ``(n, band, rows, cols)`` [dB], which hold no NaN."""
        return self.eye.see(tiles, stacked)


def layers(dim: int) -> int:
    """Return how many numbers are stored of a cell whose vector has so many components."""
    return dim + ATTRIBUTES + GUIDE


def stacked(pixels: Pixels) -> Tensor:
    """Return vectors, attributes and guide as one field."""
    return torch.cat([pixels.vectors, pixels.attributes, pixels.guide], dim=1)


def embedder_for(eye: Eye) -> Embedder:
    """Return the function from tiles to what is stored of them.

    Raises:
        OptionError: tiles overlap by a part of a cell.
    """
    if eye.overlap % CELL or eye.overlap < CELL:
        raise OptionError(
            f"--overlap is {eye.overlap}; what is stored stands for {CELL} pixels a side: try --overlap "
            f"{max(eye.overlap // CELL, 1) * CELL}"
        )
    return Embedder(eye)
