"""Training chips: real fragments and simulated scenes, as standardised dB with label indices."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import torch
from numpy.typing import NDArray
from torch import Tensor

from sovs_map.errors import SceneError
from sovs_map.network.encoder import POLARISATIONS, View
from sovs_map.network.normalisation import conditions, standardise
from sovs_map.scene import open_scene, read
from sovs_map.training.ground import Ground, make_ground, smooth_labels
from sovs_map.training.sensing import clip_to_8_bits, draw_sensor, observe, product_offsets
from sovs_map.window import Window

LOS_ANGELES_LABELS = (0, 1, 6, 23, 10, 12, 14, 25, 24)
"""Label index of each native code; see the data set's README for the codes."""


@dataclass(frozen=True, slots=True, eq=False)
class Fragment:
    """One labelled real scene."""

    name: str
    """Its number."""

    db: NDArray[np.float32]
    """Backscatter ``(rows, cols)``, its median at the reference level [dB]."""

    labels: NDArray[np.uint8]
    """Label indices ``(rows, cols)``."""

    spacing_m: float
    """Pixel spacing on the ground [m]."""


@dataclass(frozen=True, slots=True, eq=False)
class Chip:
    """One training example."""

    db: NDArray[np.float32]
    """Backscatter ``(bands, side, side)`` [dB]."""

    labels: NDArray[np.uint8]
    """Label indices ``(side, side)``."""

    polarisations: tuple[str, ...]
    """Of each band."""

    calibrated: bool
    """Whether the level is absolute."""

    spacing_m: float | None
    """Pixel spacing [m]."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Chips as the network takes them."""

    image: Tensor
    """Standardised ``(n, bands, side, side)``."""

    view: View
    """How each was taken."""

    labels: Tensor
    """Label indices ``(n, side, side)``."""


def read_fragments(folder: Path, *, split: str) -> tuple[Fragment, ...]:
    """Return the labelled Los Angeles fragments of a split, ``train`` or ``val``."""
    with (folder / "splits.csv").open(newline="") as table:
        names = [row["fragment"] for row in csv.DictReader(table) if row["split"] == split]
    return tuple(_read_fragment(folder, name) for name in names)


def _read_fragment(folder: Path, name: str) -> Fragment:
    scene = open_scene(folder / "sar" / f"{name}.tif")
    with rasterio.open(folder / "labels" / f"{name}.tif") as truth:
        codes = truth.read(1)
    if scene.spacing_m is None:
        raise SceneError(f"{name} in {folder / 'sar'} has no pixel spacing; training needs georeferenced fragments")
    db = read(scene, Window(0, 0, scene.height, scene.width))[0]
    return Fragment(name, db, np.asarray(LOS_ANGELES_LABELS, np.uint8)[codes], scene.spacing_m)


class RealChips:
    """Random crops of fragments; half of them around a label that is drawn first, so that rare ones come up."""

    def __init__(self, fragments: Sequence[Fragment], *, side: int) -> None:
        self.fragments, self.side = fragments, side
        self.places = {
            int(label): [
                (index, row * 16, col * 16)
                for index, fragment in enumerate(fragments)
                for row, col in np.argwhere(fragment.labels[::16, ::16] == label)
            ]
            for label in np.unique(np.concatenate([f.labels.ravel()[::97] for f in fragments]))
            if label
        }

    def draw(self, draw: np.random.Generator) -> Chip:
        """Return a random chip, turned over, its gain and speckle changed at random."""
        index, row, col = self._place(draw)
        fragment, side = self.fragments[index], self.side
        top = int(np.clip(row - draw.integers(0, side), 0, fragment.db.shape[0] - side))
        left = int(np.clip(col - draw.integers(0, side), 0, fragment.db.shape[1] - side))
        view = np.s_[top : top + side, left : left + side]
        db, labels = fragment.db[view], fragment.labels[view]
        if draw.random() < 0.5:
            db, labels = db[::-1], labels[::-1]
        if draw.random() < 0.5:
            db, labels = db[:, ::-1], labels[:, ::-1]
        db = db + np.float32(draw.normal(0, 1.5))
        if draw.random() < 0.4:
            looks = np.exp(draw.uniform(np.log(2), np.log(16)))
            db = db + 10 * np.log10(draw.gamma(looks, 1 / looks, db.shape)).astype(np.float32)
        name = "VH" if draw.random() < 0.85 else "unknown"
        spacing = fragment.spacing_m if draw.random() < 0.8 else None
        return Chip(db[None], labels, (name,), calibrated=False, spacing_m=spacing)

    def _place(self, draw: np.random.Generator) -> tuple[int, int, int]:
        if draw.random() < 0.6:
            places = self.places[int(draw.choice(list(self.places)))]
            return places[draw.integers(len(places))]
        fragment = int(draw.integers(len(self.fragments)))
        rows, cols = self.fragments[fragment].db.shape
        return fragment, int(draw.integers(rows)), int(draw.integers(cols))


class SimulatedChips:
    """Crops of invented landscapes, each seen by a new radar."""

    def __init__(self, draw: np.random.Generator, *, landscapes: int, side: int) -> None:
        self.side = side
        self.grounds = [make_ground(draw, (640, 640)) for _ in range(landscapes)]
        self.labels = [smooth_labels(ground.leaf, least=12) for ground in self.grounds]

    def draw(self, draw: np.random.Generator) -> Chip:
        """Return a random crop as a random sensor sees it."""
        index = int(draw.integers(len(self.grounds)))
        whole, side = self.grounds[index], self.side
        top, left = (int(draw.integers(size - side + 1)) for size in whole.leaf.shape)
        view = np.s_[top : top + side, left : left + side]
        ground = Ground(whole.leaf[view], whole.parcel[view], whole.relief[view], whole.streets[view])
        sensor = draw_sensor(draw)
        db = observe(draw, ground, sensor)
        if sensor.eight_bit:
            db = clip_to_8_bits(db)
        if not sensor.calibrated:
            jitter = draw.normal(0, 1.5, (len(db) if sensor.eight_bit else 1, 1, 1))
            db = db + product_offsets(whole, sensor)[:, None, None] + jitter.astype(np.float32)
        keep = [i for i in range(len(db)) if draw.random() < 0.8] or [0]
        names = tuple(sensor.polarisations[i] if draw.random() < 0.93 else "unknown" for i in keep)
        spacing = 10.0 * 2 ** draw.uniform(-0.3, 1.0) if draw.random() < 0.8 else None
        return Chip(db[keep], self.labels[index][view], names, calibrated=sensor.calibrated, spacing_m=spacing)


def collate(chips: Sequence[Chip]) -> Batch:
    """Return chips as one batch; those of fewer bands are padded with absent ones."""
    bands = max(len(chip.db) for chip in chips)
    side = chips[0].labels.shape[0]
    image = torch.zeros(len(chips), bands, side, side)
    kinds = torch.zeros(len(chips), bands, dtype=torch.long)
    present = torch.zeros(len(chips), bands)
    for index, chip in enumerate(chips):
        count = len(chip.db)
        image[index, :count] = standardise(torch.from_numpy(np.ascontiguousarray(chip.db)))
        kinds[index, :count] = torch.tensor([POLARISATIONS.index(name) for name in chip.polarisations])
        present[index, :count] = 1
    known = torch.stack([conditions(chip.spacing_m, calibrated=chip.calibrated) for chip in chips])
    labels = torch.from_numpy(np.stack([np.ascontiguousarray(chip.labels) for chip in chips])).long()
    return Batch(image, View(kinds, present, known), labels)
