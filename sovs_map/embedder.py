"""Model and scene facts to a function from tiles to what is stored of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sovs_map.cells import CELL
from sovs_map.errors import OptionError
from sovs_map.eye import Eye
from sovs_map.network.decoder import GUIDE
from sovs_map.network.sovs_net import STRIDE, Pixels, SovsNet
from sovs_map.network.text import ATTRIBUTES


@dataclass(frozen=True, slots=True, eq=False)
class Embedder:
    """A function from tiles of one scene to fields of cells: vectors, then attributes, then what guides the decoder."""

    eye: Eye
    """What looks at the tiles."""

    basis: NDArray[np.float32]
    """Orthonormal directions ``(dim, dim)``, a column each, along which vectors are told."""

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
        return self.eye.see(tiles, partial(stacked, basis=torch.from_numpy(self.basis)))


def layers(dim: int) -> int:
    """Return how many numbers are stored of a cell whose vector has so many components."""
    return dim + ATTRIBUTES + GUIDE


def stacked(pixels: Pixels, *, basis: Tensor) -> Tensor:
    """Return vectors along the directions of a basis ``(dim, dim)``, attributes and guide as one field."""
    vectors = torch.einsum("ndhw,dk->nkhw", pixels.vectors, basis.to(pixels.vectors.device))
    return torch.cat([vectors, pixels.attributes, pixels.guide], dim=1)


def principal_directions(network: SovsNet) -> NDArray[np.float32]:
    """Return orthonormal directions ``(dim, dim)``, a column each, along which vectors vary most to least.

    They are the left singular vectors of the last layer before the vectors, so that they do not depend on any scene: on
    real scenes vectors told along them take 0.6 to 0.7 of the room, directions of the scene's own 0.5 to 0.6. A network
    whose vectors come from elsewhere keeps its own.
    """
    if not isinstance(network.embed, nn.Conv2d):
        return np.eye(network.config.shared_dim, dtype=np.float32)
    directions = np.linalg.svd(network.embed.weight.detach().cpu().double().numpy()[:, :, 0, 0])[0]
    signs = np.sign(np.take_along_axis(directions, np.abs(directions).argmax(0)[None], axis=0))
    return (directions * signs).astype(np.float32)


def embedder_for(eye: Eye, basis: NDArray[np.float32]) -> Embedder:
    """Return the function from tiles to what is stored of them.

    Args:
        eye: what looks at the tiles.
        basis: see `principal_directions`.

    Raises:
        OptionError: tiles overlap by a part of a cell.
    """
    if eye.overlap % CELL or eye.overlap < CELL:
        raise OptionError(
            f"--overlap is {eye.overlap}; what is stored stands for {CELL} pixels a side: try --overlap "
            f"{max(eye.overlap // CELL, 1) * CELL}"
        )
    return Embedder(eye, basis)
