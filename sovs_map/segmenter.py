"""Model and scene facts to a function from tiles to logits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from sovs_map.eye import Eye
from sovs_map.model import Model
from sovs_map.network.asking import Ask, together
from sovs_map.network.bundle import Bundle
from sovs_map.network.clip_encoder import ClipEncoderConfig
from sovs_map.network.sovs_net import CELL, STRIDE, Asked


@dataclass(frozen=True, slots=True, eq=False)
class Segmenter:
    """A function from tiles of one scene to logits. Safe to call from several threads."""

    eye: Eye
    """What looks at the tiles."""

    ask: Ask
    """How the network is asked."""

    fingerprint: str
    """Changes whenever the same tiles could give other logits."""

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
        """Return how many classes there are."""
        return self.eye.model.words.classes

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
        return self.eye.see(tiles, partial(ask_model, self.eye.model, ask=self.ask))


def ask_model(model: Model, pixels: Asked, *, ask: Ask) -> Tensor:
    """Return what a model answers to its words about pixels, logits ``(n, classes, h/2, w/2)``."""
    return ask(model.network, pixels, model.words)


def segmenter_for(eye: Eye, *, ask: Ask = together) -> Segmenter:
    """Return the function from tiles to logits for one scene.

    Args:
        eye: what looks at the tiles.
        ask: how the network is asked.
    """
    return Segmenter(eye, ask, asked_fingerprint(eye.fingerprint, eye.model, ask))


def asked_fingerprint(seen: str, model: Model, ask: Ask) -> str:
    """Return what changes whenever something that was seen could get other logits.

    Args:
        seen: what changes when it is seen in another way.
        model: its words.
        ask: how it is asked.
    """
    words = model.words
    digest = hashlib.sha256(f"{seen} {ask.__name__} {words.groups.tolist()} {words.negatives}".encode())
    digest.update(words.phrases.cpu().numpy().tobytes())
    return digest.hexdigest()


ANSWERS = 28
"""Numbers a class that are held at once of each pixel at stride 4: maps at stride 4 and 2, and what sharpens them."""


def working_bytes(bundle: Bundle, *, tile: int, bands: int, answers: int) -> int:
    """Return about how many bytes the network needs for one tile while it runs.

    The largest of what is held at once: at stride 2 three maps of ``stem`` features a band; at stride 4 the joined
    features and their widened copy, CLIP's vectors several times over; in the end the pixels' vectors, and the numbers of
    the answers for each pixel at stride 4, ANSWERS a class. From a quarter below (tiles of 256) to a third above (40 classes, tiles of 768) the
    peaks of resident memory, measured for 1 to 4 bands, 2 to 64 classes, tiles of 256 to 768; `sovs_map.plan` adds slack.
    """
    encoder = bundle.network.encoder
    half, quarter = tile * tile // 4, tile * tile // 16
    stem = half * encoder.stem * bands * 3
    if isinstance(encoder, ClipEncoderConfig):
        body = quarter * 8 * encoder.fused + (tile // encoder.stride) ** 2 * 14 * encoder.width
    else:
        body = quarter * (encoder.dims[0] * (encoder.expansion + 3) + 4 * encoder.fused)
    asked = quarter * (encoder.fused + 2 * bundle.network.shared_dim + answers)
    return 4 * (tile * tile * bands + max(stem, body, asked))
