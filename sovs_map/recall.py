"""Model and store facts to a function from stored cells to logits."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from sovs_map.cells import ATTRIBUTES, CELL, GUIDE, VECTORS, Cells, Coding
from sovs_map.errors import BundleError
from sovs_map.model import Model
from sovs_map.network.alignment import Words
from sovs_map.network.asking import Ask
from sovs_map.network.bundle import Bundle, load_bundle
from sovs_map.network.sovs_net import CELL as LOGIT
from sovs_map.scene import Scene
from sovs_map.scene.store import Store, read_basis
from sovs_map.segmenter import asked_fingerprint
from sovs_map.squares import Mosaic
from sovs_map.window import Window


@dataclass(frozen=True, slots=True, eq=False)
class StoredPixels:
    """What the network saw of an image, from a store."""

    guide: Tensor
    """As in `sovs_map.network.sovs_net.Pixels`, and so are the others."""

    vectors: Tensor
    """Unit vectors, but for rounding and where tiles were blended."""

    attributes: Tensor
    """In [0, 1]."""

    calibrated: Tensor
    """1 where dB are absolute."""


@dataclass(frozen=True, slots=True, eq=False)
class Recall:
    """A function from stored cells of one scene to logits. Safe to call from several threads."""

    model: Model
    """Words, and the network's decoder."""

    calibrated: bool
    """Whether the scene's dB are absolute."""

    ask: Ask
    """How the network is asked."""

    fingerprint: str
    """Changes whenever the same cells could give other logits."""

    @property
    def classes(self) -> int:
        """Return how many logits a pixel gets."""
        return self.model.words.classes

    @property
    def pool(self) -> Executor:
        """Return whose threads do the work."""
        return self.model.pool

    def logits(self, cells: Mosaic, *, inner: Window) -> NDArray[np.float32]:
        """Return logits ``(classes, rows, cols)`` of the pixels of the cells ``inner``, counted from the first given one.

        Cells around them are looked at, too.
        """
        device = self.model.device
        with torch.inference_mode():
            vectors = _numbers(cells, lambda part: part.vectors)
            unseen = vectors[0, 0] == VECTORS.missing
            pixels = StoredPixels(
                _scaled(_numbers(cells, lambda part: part.guide), GUIDE, unseen).to(device),
                _scaled(vectors, VECTORS, unseen).to(device),
                _scaled(_numbers(cells, lambda part: part.attributes), ATTRIBUTES, unseen).to(device),
                torch.tensor([float(self.calibrated)], device=device),
            )
            maps = self.ask(self.model.network, pixels, self.model.words)
            fine = F.interpolate(maps, scale_factor=LOGIT, mode="bilinear")[0]
            rows, cols = inner.slices
            asked = fine[:, rows.start * CELL : rows.stop * CELL, cols.start * CELL : cols.stop * CELL]
        return asked.cpu().numpy()


def _numbers(cells: Mosaic, kind: Callable[[Cells], NDArray[np.integer]]) -> Tensor:
    """Return what is stored of one kind, float32 ``(1, count, rows, cols)``."""
    window = cells.window
    whole = torch.empty(1, len(kind(cells.parts[0][1])), window.height, window.width)
    for place, part in cells.parts:
        shared = place & window
        rows, cols = shared.relative_to(window).slices
        whole[0, :, rows, cols] = torch.from_numpy(kind(part.part(shared.relative_to(place))))
    return whole


def _scaled(stored: Tensor, coding: Coding, unseen: Tensor) -> Tensor:
    """Return stored numbers as what they are worth, 0 where the network has not looked."""
    stored.mul_(coding.step)
    if unseen.any():
        stored[:, :, unseen] = 0
    return stored


def bundle_of(store: Store, model: str | Path | None) -> Bundle:
    """Return the bundle that made a store.

    Args:
        store: what the network saw.
        model: a shipped model, or the folder of a bundle; None takes the shipped one that the store names.

    Raises:
        BundleError: there is none, or it is another one.
    """
    bundle = load_bundle(store.model if model is None else model)
    if bundle.hash != store.bundle_hash:
        raise _other(store, bundle)
    return bundle


def recall_for(scene: Scene, store: Store, model: Model, *, ask: Ask) -> Recall:
    """Return the function from a store's cells to logits.

    Args:
        scene: the store's.
        store: what was seen of it.
        model: whose words are asked.
        ask: how the network is asked.

    Raises:
        BundleError: the store was made by another model.
    """
    if store.bundle_hash != model.bundle.hash:
        raise _other(store, model.bundle)
    seen = f"{store.question} {model.device.type}"
    told = replace(model, words=along_basis(model.words, store))
    return Recall(told, scene.calibrated, ask, asked_fingerprint(seen, model, ask))


def along_basis(words: Words, store: Store) -> Words:
    """Return words along the directions that a store's vectors are told along; cosines stay what they are."""
    basis = torch.from_numpy(read_basis(store)).to(words.phrases.device)
    return replace(words, phrases=words.phrases @ basis)


def _other(store: Store, bundle: Bundle) -> BundleError:
    return BundleError(
        f"{store.path} was embedded by model {store.model} (SHA-256 {store.bundle_hash[:12]}…), asked is {bundle.name} "
        f"({bundle.hash[:12]}…); give that model with -m, or embed the scene again with: sovs-map embed SCENE "
        f"-m {bundle.name} -o {store.path}"
    )
