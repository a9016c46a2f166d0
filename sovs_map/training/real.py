"""Real scenes with labels, and random crops of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import rasterio.errors
import torch
from numpy.typing import NDArray
from torch import Tensor

from sovs_map.errors import SceneError
from sovs_map.network.encoder import POLARISATIONS, View
from sovs_map.network.normalisation import conditions, standardise
from sovs_map.scene import open_scene, read
from sovs_map.training.batch import Batch
from sovs_map.window import Window

CODES = 256
"""Codes of label rasters that a class may have, 0 the first."""

GRAIN = 16
"""Places of a label are looked up on a grid of so many pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Fragment:
    """One labelled real scene."""

    name: str
    """What it is called."""

    db: NDArray[np.float32]
    """Backscatter ``(bands, rows, cols)`` as `sovs_map.scene` gives it [dB]; no NaN."""

    labels: NDArray[np.uint8]
    """Label indices ``(rows, cols)``."""

    polarisations: tuple[str, ...]
    """Of each band."""

    calibrated: bool
    """Whether the level is absolute."""

    spacing_m: float
    """Pixel spacing on the ground [m]."""


def read_fragment(picture: Path, truth: Path, lookup: NDArray[np.uint8]) -> Fragment:
    """Return a scene with its labels.

    Args:
        picture: a scene that `sovs_map.scene` opens, with its pixel spacing.
        truth: its label raster, on the same grid.
        lookup: label index of each native code, ``(CODES,)``; other codes are unlabelled.

    Raises:
        SceneError: no pixel spacing, no valid pixel, or a label raster that is none, or has another size.
    """
    scene = open_scene(picture)
    labels = _read_labels(truth, lookup)
    if scene.spacing_m is None:
        raise SceneError(f"{picture} has no pixel spacing; training needs georeferenced scenes")
    if labels.shape != (scene.height, scene.width):
        raise SceneError(
            f"{truth} has {labels.shape} pixels and {picture} {(scene.height, scene.width)}; they must share one grid"
        )
    db = read(scene, Window(0, 0, scene.height, scene.width))
    missing = np.isnan(db).any(0)
    if missing.all():
        raise SceneError(f"{picture} has no pixel that is valid in all its bands; leave it out of the splits")
    labels[missing] = 0
    filled = np.where(missing, np.nanmedian(db, axis=(1, 2), keepdims=True), db).astype(np.float32)
    return Fragment(scene.name, filled, labels, scene.polarisations, scene.calibrated, scene.spacing_m)


def _read_labels(truth: Path, lookup: NDArray[np.uint8]) -> NDArray[np.uint8]:
    try:
        with rasterio.open(truth) as source:
            codes = source.read(1)
    except rasterio.errors.RasterioIOError as error:
        raise SceneError(
            f"the labels {truth} cannot be read: {error}; see labels in the recipe's [scenes] for where they are looked for"
        ) from error
    if not np.issubdtype(codes.dtype, np.integer):
        raise SceneError(
            f"{truth} holds {codes.dtype}; needed are whole numbers: rio convert --dtype uint8 {truth} OUT.tif"
        )
    told = (codes >= 0) & (codes < CODES)
    return np.where(told, lookup[np.where(told, codes, 0)], 0).astype(np.uint8)


class RealChips:
    """Random crops of fragments; most of them around a label that is drawn first, so that rare ones come up."""

    def __init__(self, fragments: Sequence[Fragment]) -> None:
        self.fragments = fragments
        self.places: dict[int, list[tuple[int, int, int]]] = {}
        for index, fragment in enumerate(fragments):
            thin = fragment.labels[::GRAIN, ::GRAIN]
            for row, col in np.argwhere(thin):
                self.places.setdefault(int(thin[row, col]), []).append((index, int(row) * GRAIN, int(col) * GRAIN))

    def draw(self, draw: np.random.Generator, *, count: int, side: int) -> Batch:
        """Return random chips, turned over, their gain, speckle and spacing changed at random.

        They are not turned by right angles: a radar looks sideways, so rows and columns are not alike.
        """
        chips = [self._chip(draw, side) for _ in range(count)]
        bands = max(len(db) for db, _, _ in chips)
        image, labels = torch.zeros(count, bands, side, side), torch.zeros(count, side, side, dtype=torch.int64)
        kinds, present = torch.zeros(count, bands, dtype=torch.int64), torch.zeros(count, bands)
        known = torch.stack([_conditions(draw, fragment, step) for _, _, (fragment, step) in chips])
        for index, (db, label, (fragment, _)) in enumerate(chips):
            image[index, : len(db)] = standardise(torch.from_numpy(np.ascontiguousarray(db)))
            labels[index] = torch.from_numpy(np.ascontiguousarray(label)).long()
            names = fragment.polarisations if draw.random() < 0.85 else ("unknown",) * len(db)
            kinds[index, : len(db)] = torch.tensor([POLARISATIONS.index(name) for name in names])
            present[index, : len(db)] = 1
        return Batch(image, View(kinds, present, known), labels)

    def _chip(
        self, draw: np.random.Generator, side: int
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], tuple[Fragment, int]]:
        index, row, col = self._place(draw)
        fragment = self.fragments[index]
        step = 2 if draw.random() < 0.15 and min(fragment.labels.shape) >= 2 * side else 1
        reach = side * step
        top = int(np.clip(row - draw.integers(0, reach), 0, fragment.labels.shape[0] - reach))
        left = int(np.clip(col - draw.integers(0, reach), 0, fragment.labels.shape[1] - reach))
        view = np.s_[top : top + reach, left : left + reach]
        db, labels = fragment.db[:, *view], fragment.labels[view]
        if step == 2:
            db, labels = coarsen(db, labels)
        if draw.random() < 0.5:
            db, labels = db[:, ::-1], labels[::-1]
        if draw.random() < 0.5:
            db, labels = db[:, :, ::-1], labels[:, ::-1]
        if not fragment.calibrated:
            db = db + np.float32(draw.normal(0, 1.5))
        if draw.random() < 0.4:
            looks = np.exp(draw.uniform(np.log(2), np.log(16)))
            db = db + 10 * np.log10(draw.gamma(looks, 1 / looks, db.shape)).astype(np.float32)
        return db, labels, (fragment, step)

    def _place(self, draw: np.random.Generator) -> tuple[int, int, int]:
        if draw.random() < 0.6 and self.places:
            places = self.places[int(draw.choice(sorted(self.places)))]
            return places[draw.integers(len(places))]
        fragment = int(draw.integers(len(self.fragments)))
        rows, cols = self.fragments[fragment].labels.shape
        return fragment, int(draw.integers(rows)), int(draw.integers(cols))


def coarsen(db: NDArray[np.float32], labels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return scene ``(bands, 2 h, 2 w)`` and labels at twice the pixel spacing: power averaged, labels where they agree."""
    power = 10 ** (db / 10)
    corners = [np.s_[..., row::2, col::2] for row in (0, 1) for col in (0, 1)]
    mean = np.mean([power[corner] for corner in corners], axis=0)
    agreed = np.all([labels[corner] == labels[corners[0]] for corner in corners], axis=0)
    return (10 * np.log10(mean)).astype(np.float32), np.where(agreed, labels[corners[0]], 0).astype(np.uint8)


def _conditions(draw: np.random.Generator, fragment: Fragment, step: int) -> Tensor:
    spacing = fragment.spacing_m * step if draw.random() < 0.8 else None
    return conditions(spacing, calibrated=fragment.calibrated)
