"""Model and scene facts to a function from tiles to logits; batching, device."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sovs_map.errors import OptionError, PlanError
from sovs_map.model import Model
from sovs_map.network.asking import Ask, together
from sovs_map.network.bundle import Bundle
from sovs_map.network.clip_encoder import ClipEncoderConfig
from sovs_map.network.encoder import POLARISATIONS, View
from sovs_map.network.normalisation import conditions, standardise
from sovs_map.network.sovs_net import CELL, STRIDE


@dataclass(frozen=True, slots=True, eq=False)
class Segmenter:
    """A function from tiles of one scene to logits. Safe to call from several threads."""

    model: Model
    """Weights and words."""

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

    ask: Ask
    """How the network is asked."""

    fingerprint: str
    """Changes whenever the same tiles could give other logits."""

    @property
    def classes(self) -> int:
        """Return how many classes there are."""
        return self.model.words.classes

    @property
    def cell(self) -> int:
        """Return the side of the square that one logit stands for [pixels]."""
        return CELL

    @property
    def grain(self) -> int:
        """Return what the sides of tiles are multiples of [pixels]."""
        return STRIDE

    def logits(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return logits ``(n, classes, rows/2, cols/2)`` of tiles ``(n, band, rows, cols)`` [dB], which hold no NaN."""
        if self.model.device.type == "cpu":
            return np.concatenate(list(self.model.pool.map(self._run, tiles[:, None])))
        return self._run_halving(tiles)

    def _run_halving(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            return self._run(tiles)
        except torch.cuda.OutOfMemoryError as error:
            if len(tiles) == 1:
                raise PlanError(
                    f"{self.model.device} has too little memory for one tile of {self.tile} pixels and "
                    f"{self.classes} classes; try --tile {max(self.tile // 2 // STRIDE, 2) * STRIDE}, or --device cpu"
                ) from error
        torch.cuda.empty_cache()
        half = len(tiles) // 2
        return np.concatenate([self._run_halving(tiles[:half]), self._run_halving(tiles[half:])])

    def _run(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        device, count = self.model.device, len(tiles)
        kinds = torch.tensor([POLARISATIONS.index(name) for name in self.polarisations], device=device)
        known = conditions(self.spacing_m, calibrated=self.calibrated).to(device)
        view = View(kinds.expand(count, -1), torch.ones_like(kinds).expand(count, -1), known.expand(count, -1))
        with torch.inference_mode():
            image = standardise(torch.from_numpy(np.ascontiguousarray(tiles)).to(device))
            logits = self.ask(self.model.network, image, self.model.words, view)
        return logits.cpu().numpy()


def segmenter_for(
    model: Model,
    *,
    polarisations: Sequence[str],
    spacing_m: float | None,
    calibrated: bool,
    tile: int | None = None,
    overlap: int | None = None,
    ask: Ask = together,
) -> Segmenter:
    """Return the function from tiles to logits for one scene.

    Args:
        model: weights and words.
        polarisations: of each band of the scene's tiles.
        spacing_m: pixel spacing [m]; None if unknown.
        calibrated: whether dB are absolute.
        tile: side of a tile, a multiple of 32; None takes the bundle's.
        overlap: how far tiles overlap; None takes the bundle's, or what fits the tile.
        ask: how the network is asked.

    Raises:
        OptionError: tile or overlap cannot be used.
    """
    side, shared = tile_and_overlap(model.bundle, tile=tile, overlap=overlap)
    facts = [model.bundle.hash, list(polarisations), spacing_m, calibrated, side, shared, model.device.type]
    words = model.words
    digest = hashlib.sha256(json.dumps([*facts, ask.__name__, words.groups.tolist(), words.negatives]).encode())
    digest.update(words.phrases.cpu().numpy().tobytes())
    return Segmenter(model, tuple(polarisations), spacing_m, calibrated, side, shared, ask, digest.hexdigest())


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


def working_bytes(bundle: Bundle, *, tile: int, bands: int, classes: int) -> int:
    """Return about how many bytes the network needs for one tile while it runs.

    The largest of what is held at once: at stride 2 three maps of ``stem`` features a band; at stride 4 the joined
    features and their widened copy, CLIP's vectors several times over; in the end the pixels' vectors, and 28 numbers a
    class for each pixel at stride 4. From a quarter below (tiles of 256) to a third above (40 classes, tiles of 768) the
    peaks of resident memory, measured for 1 to 4 bands, 2 to 64 classes, tiles of 256 to 768; `sovs_map.plan` adds slack.
    """
    encoder = bundle.network.encoder
    half, quarter = tile * tile // 4, tile * tile // 16
    stem = half * encoder.stem * bands * 3
    if isinstance(encoder, ClipEncoderConfig):
        body = quarter * 8 * encoder.fused + (tile // encoder.stride) ** 2 * 14 * encoder.width
    else:
        body = quarter * (encoder.dims[0] * (encoder.expansion + 3) + 4 * encoder.fused)
    asked = quarter * (encoder.fused + 2 * bundle.network.shared_dim + 28 * classes)
    return 4 * (tile * tile * bands + max(stem, body, asked))
