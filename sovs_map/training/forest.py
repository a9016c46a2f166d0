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


def fit_forest(fragments: Sequence[Fragment], *, pixels: int = 120_000, seed: int = 0) -> RandomForestClassifier:
    """Return a forest of 200 trees, fitted to labelled pixels drawn evenly over the labels, classes balanced."""
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 - an extra

    draw = np.random.default_rng(seed)
    every = [(features(fragment.db[0]), fragment.labels.ravel()) for fragment in fragments]
    labels = np.unique(np.concatenate([np.unique(label) for _, label in every]))
    labels = labels[labels > 0]
    share = pixels // len(labels)
    x, y = [], []
    for label in labels:
        places = [np.flatnonzero(found == label) for _, found in every]
        total = sum(map(len, places))
        for (feature, _), place in zip(every, places, strict=True):
            count = min(len(place), round(share * len(place) / total))
            chosen = draw.choice(place, count, replace=False)
            x.append(feature[chosen])
            y.append(np.full(count, label))
    forest = RandomForestClassifier(200, min_samples_leaf=3, class_weight="balanced", n_jobs=2, random_state=seed)
    return forest.fit(np.concatenate(x), np.concatenate(y))


def predict_forest(forest: RandomForestClassifier, fragment: Fragment) -> NDArray[np.uint8]:
    """Return the label index of each pixel ``(rows, cols)``."""
    rows = np.array_split(features(fragment.db[0]), 8)
    return np.concatenate([forest.predict(part) for part in rows]).reshape(fragment.labels.shape).astype(np.uint8)
