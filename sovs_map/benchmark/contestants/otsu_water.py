"""Says that dark is water, by a threshold of each picture's own: what flood mappers do by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from sovs_map.benchmark.chip import Chip
from sovs_map.benchmark.contestants.contestant import Answer, Map
from sovs_map.benchmark.question import AskedClass
from sovs_map.taxonomy import load_taxonomy
from sovs_map.training.simulator.surfaces import TABLE, level_db

WATER = frozenset({1, 2})
"""Leaves that are dark since they are water."""

RANGE_DB = (-25.0, -14.0)
"""Where the threshold of a calibrated co-polarised picture lies [dB]; cross-polarised ones are lower by water's offset."""

BINS = 256
"""Of the histogram."""

SOFT_DB = 1.0
"""Distance from the threshold at which water is about three times as probable as not [dB]: an engineering assumption."""

LIKED = ("VV", "HH", "unknown", "VH", "HV")
"""Polarisations, the one first that water is looked for in; `unknown` is taken as co-polarised."""


@dataclass(frozen=True, slots=True)
class OtsuWater:
    """Knows one threshold; it needs no training."""

    def answer(self, chip: Chip, classes: Sequence[AskedClass]) -> Answer:
        """Return the class that is water where it is dark, elsewhere the one that is most else.

        Where no class is water, or all are, that other class is everywhere.
        """
        wet, dry = pick_classes(classes)
        maps = np.full((len(classes), *chip.labels.shape), 1e-6, np.float32)
        water = water_probability(chip)
        maps[dry] += 1 - water
        maps[wet] += water
        return Answer(maps / maps.sum(0))

    def query(self, chip: Chip, classes: Sequence[AskedClass]) -> Iterator[Map]:
        """Yield the probability of water for classes that are water, and of dry land, their share of it, for others."""
        water = water_probability(chip)
        for one in classes:
            yield np.asarray(_wetness(one) * water + _dryness(one) * (1 - water), np.float32)


def pick_classes(classes: Sequence[AskedClass]) -> tuple[int, int]:
    """Return which class is most surely water, and which covers most of dry land; the first of equals, each."""
    dry = int(np.argmax([_dryness(one) for one in classes]))
    wetness = [_wetness(one) for one in classes]
    wet = int(np.argmax(wetness))
    return (wet, dry) if wetness[wet] > 0 else (dry, dry)


def water_probability(chip: Chip) -> NDArray[np.float32]:
    """Return how probable water is in each pixel, ``(row, col)``."""
    band = min(range(len(chip.polarisations)), key=lambda index: LIKED.index(chip.polarisations[index]))
    db, name = chip.values[band], chip.polarisations[band]
    low, high = RANGE_DB if chip.calibrated else (float(db.min()), float(db.max()))
    is_lower = chip.calibrated and name in {"HV", "VH"}
    shift = level_db(TABLE[1], name, "C") - level_db(TABLE[1], "VV", "C") if is_lower else 0.0
    return np.asarray(expit((otsu(db, low + shift, high + shift) - db) / SOFT_DB), np.float32)


def otsu(db: NDArray[np.float32], low: float, high: float) -> float:
    """Return the threshold within a range that parts a picture's numbers best; the range's middle where none lie in it.

    Source:
        Otsu 1979, doi:10.1109/TSMC.1979.4310076: the largest variance between both parts, over all of the picture.
    """
    if not low < high or not ((db >= low) & (db < high)).any():
        return (low + high) / 2
    edges = np.linspace(low, high, BINS + 1)
    counts = np.concatenate([[(db < low).sum()], np.histogram(db, edges)[0], [(db > high).sum()]]).astype(float)
    kept = np.clip(db, low, high)
    sums = np.concatenate([[kept[db < low].sum()], np.histogram(db, edges, weights=kept)[0], [kept[db > high].sum()]])
    below, total = np.cumsum(counts)[:-1], counts.sum()
    mean_below = np.cumsum(sums)[:-1] / np.maximum(below, 1)
    mean_above = (sums.sum() - np.cumsum(sums)[:-1]) / np.maximum(total - below, 1)
    return float(edges[np.argmax(below * (total - below) * (mean_below - mean_above) ** 2)])


def _wetness(one: AskedClass) -> float:
    """Return how much of a class is water."""
    return len(one.leaves & WATER) / max(len(one.leaves), 1)


def _dryness(one: AskedClass) -> float:
    """Return how much of all that is no water a class is."""
    return len(one.leaves - WATER) / (len(load_taxonomy().leaves) - len(WATER))
