"""Knows how bright and how rough each kind of ground is in the book, and reads any words; it is never trained.

Each leaf of the taxonomy is a Gaussian over mean and contrast of backscatter in a window, with the means and spreads of
the simulator's surfaces. Words are what they say of leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import logsumexp, softmax

from sovs_map.benchmark.chip import Chip
from sovs_map.benchmark.contestants.contestant import Answer, Map, Maps
from sovs_map.benchmark.contestants.word_meanings import class_weights
from sovs_map.benchmark.question import AskedClass
from sovs_map.taxonomy import load_taxonomy
from sovs_map.training.simulator.surfaces import BANDS, TABLE, level_db

WINDOW = 9
"""Side of the window of the statistics [pixels]."""

GAIN_DB = 3.0
"""Deviation of the level of pictures whose gain is not known [dB]: an engineering assumption."""

DOUBT_DB = 1.5
"""Deviation of a leaf's mean from its table within one scene, besides its parcels [dB]: an engineering assumption."""

CONTRAST_DOUBT = 0.4
"""Deviation of the logarithm of local contrast from what texture and looks give: an engineering assumption."""

EVEN = 0.05
"""Share of the windows that are taken to be even ground, whose contrast tells the number of looks."""

THIN = 16
"""The radar's band is chosen on one pixel of so many."""


@dataclass(frozen=True, slots=True)
class PhysicsPrior:
    """Knows the book."""

    def answer(self, chip: Chip, classes: Sequence[AskedClass]) -> Answer:
        """Return the classes by how likely backscatter is for what their words mean."""
        weights = np.stack([class_weights(one.prompts) for one in classes]).astype(np.float32)
        leaves = leaf_probabilities(chip)
        shares = np.tensordot(weights, leaves, axes=1) + np.float32(1e-6)
        return Answer(shares / shares.sum(0))

    def query(self, chip: Chip, classes: Sequence[AskedClass]) -> Iterator[Map]:
        """Yield how probable it is, among all leaves, that a pixel is one that the words mean."""
        leaves = leaf_probabilities(chip)
        for one in classes:
            weights = class_weights(one.prompts).astype(np.float32)
            yield np.clip(np.tensordot(weights / weights.max(), leaves, axes=1), 0, 1)


def leaf_probabilities(chip: Chip) -> Maps:
    """Return the probability of each leaf, all equally frequent, ``(22, row, col)``.

    Which band the radar has is not told: the one counts that makes the picture most likely.
    """
    level, contrast = window_statistics(chip.values)
    looks = 1 / np.clip(np.quantile(np.exp(2 * contrast), EVEN), 1 / 30, 1)
    thin = [part[:, ::THIN, ::THIN] for part in (level, contrast)]
    chosen = max(BANDS, key=lambda band: float(logsumexp(_fit(chip, *thin, band=band, looks=looks), axis=0).mean()))
    return softmax(_fit(chip, level, contrast, band=chosen, looks=looks), axis=0)


def window_statistics(db: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean power [dB] and the logarithm of its deviation over its mean in a window, both ``(band, row, col)``."""
    power = 10 ** (db.astype(np.float64) / 10)
    size = (0, WINDOW, WINDOW)
    mean = ndimage.uniform_filter(power, size)
    square = ndimage.uniform_filter(power**2, size)
    contrast = np.sqrt(np.maximum(square / mean**2 - 1, 1e-4))
    return (10 * np.log10(mean)).astype(np.float32), np.log(contrast).astype(np.float32)


def _fit(
    chip: Chip, level: NDArray[np.float32], contrast: NDArray[np.float32], *, band: str, looks: float
) -> NDArray[np.float32]:
    """Return the Gaussian's logarithm for each leaf, ``(22, row, col)``."""
    fits = [_fit_leaf(chip, level, contrast, leaf, band=band, looks=looks) for leaf in range(1, _leaves() + 1)]
    return np.stack(fits).astype(np.float32)


def _fit_leaf(
    chip: Chip,
    level: NDArray[np.float32],
    contrast: NDArray[np.float32],
    leaf: int,
    *,
    band: str,
    looks: float,
) -> NDArray[np.float32]:
    surface, count = TABLE[leaf], len(level)
    means = [level_db(surface, "VV" if name == "unknown" else name, band) for name in chip.polarisations]
    off = level - np.array(means, np.float32)[:, None, None]
    # All polarisations of a scene are off by one amount together, and each by one of its own.
    shared = surface.spread**2 + (0.0 if chip.calibrated else GAIN_DB**2)
    own = surface.parcels**2 + DOUBT_DB**2
    together = off.sum(0) ** 2 * (shared / (own + count * shared))
    distance = ((off**2).sum(0) - together) / own
    size = (count - 1) * np.log(own) + np.log(own + count * shared)
    expected = 0.5 * np.log(1 / surface.order + (1 + 1 / surface.order) / looks)
    rough = ((contrast - expected) ** 2).mean(0) / CONTRAST_DOUBT**2  # contrasts of bands tell the same
    fit: NDArray[np.float32] = -0.5 * (distance + size + rough)
    return fit


def _leaves() -> int:
    return len(load_taxonomy().leaves)
