"""The other yardstick: a random forest on local statistics, as radar analysts use it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sovs_map.training.real import Fragment

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier

SCALES = (3, 9, 27)
"""Sides of the windows [pixels]."""


def features(db: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return mean, deviation and texture at three scales, ``(pixels, 9)``, of backscatter ``(rows, cols)`` [dB].

    Texture is the mean absolute difference of neighbours, the contrast of a co-occurrence matrix at distance one.
    """
    step = np.abs(np.diff(db, axis=0, append=db[-1:])) + np.abs(np.diff(db, axis=1, append=db[:, -1:]))
    maps = []
    for side in SCALES:
        mean = ndimage.uniform_filter(db, side)
        spread = np.sqrt(np.maximum(ndimage.uniform_filter(db * db, side) - mean * mean, 0))
        maps += [mean, spread, ndimage.uniform_filter(step, side)]
    return np.stack(maps, axis=-1).reshape(-1, len(maps))


def fit_forest(
    fragments: Sequence[Fragment], *, pixels: int = 120_000, trees: int = 200, seed: int = 0
) -> RandomForestClassifier:
    """Return a forest, fitted to labelled pixels drawn evenly over the labels, classes balanced.

    Args:
        fragments: labelled; features of one are held at a time.
        pixels: to be drawn.
        trees: of the forest.
        seed: of draws and trees.
    """
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 - an extra

    draw = np.random.default_rng(seed)
    flat = [fragment.labels.ravel() for fragment in fragments]
    labels = [int(label) for label in np.unique(np.concatenate([np.unique(some) for some in flat])) if label]
    chosen = [_draw_places(draw, flat, label, share=pixels // len(labels)) for label in labels]
    drawn: list[list[NDArray[np.float32]]] = [[np.empty(0, np.float32)] * len(flat) for _ in labels]
    for index, fragment in enumerate(fragments):
        every = features(fragment.db[0])
        for row, places in zip(drawn, chosen, strict=True):
            row[index] = every[places[index]]
    x = np.concatenate([some for row in drawn for some in row])
    y = np.repeat(labels, [sum(map(len, row)) for row in drawn])
    forest = RandomForestClassifier(trees, min_samples_leaf=3, class_weight="balanced", n_jobs=2, random_state=seed)
    return forest.fit(x, y)


def _draw_places(
    draw: np.random.Generator, flat: Sequence[NDArray[np.uint8]], label: int, *, share: int
) -> list[NDArray[np.intp]]:
    """Return places of a label in each of some flat labels, about ``share`` in all."""
    places = [np.flatnonzero(some == label) for some in flat]
    total = sum(map(len, places))
    return [draw.choice(place, min(len(place), round(share * len(place) / total)), replace=False) for place in places]


def predict_forest(forest: RandomForestClassifier, fragment: Fragment) -> NDArray[np.uint8]:
    """Return the label index of each pixel ``(rows, cols)``."""
    rows = np.array_split(features(fragment.db[0]), 8)
    return np.concatenate([forest.predict(part) for part in rows]).reshape(fragment.labels.shape).astype(np.uint8)
