"""The image side of the network, set for one scene: tiles in, what is seen of them out; batching, device."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sovs_map.errors import OptionError, PlanError
from sovs_map.model import Model
from sovs_map.network.bundle import Bundle
from sovs_map.network.encoder import POLARISATIONS, View
from sovs_map.network.normalisation import conditions, standardise
from sovs_map.network.sovs_net import CELL, STRIDE, Pixels

Then = Callable[[Pixels], Tensor]
"""What is made of what is seen: pixels to fields ``(n, layers, rows, cols)``."""


@dataclass(frozen=True, slots=True, eq=False)
class Eye:
    """A function from tiles of one scene to what the network sees of them. Safe to call from several threads."""

    model: Model
    """Weights and device."""

    polarisations: tuple[str, ...]
    """Of each band of the tiles."""

    spacing_m: float | None
    """Pixel spacing of the scene [m]; None if unknown."""

    calibrated: bool
    """Whether the tiles' dB are absolute."""

    tile: int
    """Side of a tile [pixels]."""

    overlap: int
    """How far neighbouring tiles overlap [pixels]."""

    @property
    def fingerprint(self) -> str:
        """Return what changes whenever the same tiles could be seen in another way."""
        bundle, device = self.model.bundle.hash, self.model.device.type
        facts = [bundle, list(self.polarisations), self.spacing_m, self.calibrated, self.tile, self.overlap, device]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    def see(self, tiles: NDArray[np.float32], then: Then) -> NDArray[np.float32]:
        """Return what ``then`` makes of tiles ``(n, band, rows, cols)`` [dB], which hold no NaN."""
        if self.model.device.type == "cpu":
            return np.concatenate(list(self.model.pool.map(lambda one: self._see(one, then), tiles[:, None])))
        return self._see_halving(tiles, then)

    def _see_halving(self, tiles: NDArray[np.float32], then: Then) -> NDArray[np.float32]:
        try:
            return self._see(tiles, then)
        except torch.cuda.OutOfMemoryError as error:
            if len(tiles) == 1:
                raise PlanError(
                    f"{self.model.device} has too little memory for one tile of {self.tile} pixels and what is asked of it; "
                    f"try --tile {max(self.tile // 2 // STRIDE, 2) * STRIDE}, or --device cpu"
                ) from error
        torch.cuda.empty_cache()
        half = len(tiles) // 2
        return np.concatenate([self._see_halving(tiles[:half], then), self._see_halving(tiles[half:], then)])

    def _see(self, tiles: NDArray[np.float32], then: Then) -> NDArray[np.float32]:
        device, count = self.model.device, len(tiles)
        kinds = torch.tensor([POLARISATIONS.index(name) for name in self.polarisations], device=device)
        known = conditions(self.spacing_m, calibrated=self.calibrated).to(device)
        view = View(kinds.expand(count, -1), torch.ones_like(kinds).expand(count, -1), known.expand(count, -1))
        with torch.inference_mode():
            image = standardise(torch.from_numpy(np.ascontiguousarray(tiles)).to(device))
            made = then(self.model.network.see(image, view))
        return made.cpu().numpy()


def eye_for(
    model: Model,
    *,
    polarisations: Sequence[str],
    spacing_m: float | None,
    calibrated: bool,
    tile: int | None = None,
    overlap: int | None = None,
) -> Eye:
    """Return the network's eye for one scene.

    Args:
        model: weights and device.
        polarisations: of each band of the scene's tiles.
        spacing_m: pixel spacing [m]; None if unknown.
        calibrated: whether dB are absolute.
        tile: side of a tile, a multiple of 32; None takes the bundle's.
        overlap: how far tiles overlap; None takes the bundle's, or what fits the tile.

    Raises:
        OptionError: tile or overlap cannot be used.
    """
    side, shared = tile_and_overlap(model.bundle, tile=tile, overlap=overlap)
    return Eye(model, tuple(polarisations), spacing_m, calibrated, side, shared)


def tile_and_overlap(bundle: Bundle, *, tile: int | None, overlap: int | None) -> tuple[int, int]:
    """Return the side of a tile and how far tiles overlap, the bundle's where none is asked for.

    Raises:
        OptionError: tile or overlap cannot be used.
    """
    side = bundle.tile if tile is None else tile
    shared = min(bundle.overlap, side // 2) if overlap is None else overlap
    if side % STRIDE or side < 2 * STRIDE:
        raise OptionError(
            f"--tile is {side}; the network reads multiples of {STRIDE} from {2 * STRIDE}: try --tile 256"
        )
    if not CELL <= shared <= side // 2:
        raise OptionError(f"--overlap is {shared}; it must lie between {CELL} and half the tile, {side // 2}")
    if shared % CELL:
        raise OptionError(f"--overlap is {shared}; logits stand for {CELL} pixels a side: try --overlap {shared + 1}")
    return side, shared
