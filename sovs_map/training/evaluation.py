"""How good a network is on labelled fragments: one global confusion matrix, unlabelled pixels left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sovs_map.blend import blend
from sovs_map.network.alignment import Words
from sovs_map.network.encoder import POLARISATIONS, View
from sovs_map.network.normalisation import conditions, standardise
from sovs_map.taxonomy import Concept, load_taxonomy
from sovs_map.tiles import cut_tile
from sovs_map.training.chips import Fragment
from sovs_map.training.vocabularies import Cut
from sovs_map.window import Window, make_lattice

EIGHT = (
    ("water", 1), ("tree cover", 6), ("grass and shrub", 23), ("cropland", 10),
    ("residential area", 12), ("industrial or commercial", 14), ("paved area", 25), ("bare ground", 24),
)  # fmt: skip
"""Prompt and label index of the eight Los Angeles classes."""

FIVE = (
    ("water", (1,)), ("vegetation", (6, 23)), ("cropland", (10,)), ("built-up", (12, 14)), ("paved or bare", (25, 24)),
)  # fmt: skip
"""Prompt and label indices of the five groups."""


def eight_cut() -> Cut:
    """Return the eight Los Angeles classes as concepts, prompted by their names."""
    names = ("permanent water", "tree cover", "low vegetation", "cropland", "residential area",
             "industrial or commercial", "paved area", "bare")  # fmt: skip
    taxonomy = load_taxonomy()
    concepts = tuple(taxonomy.concept(name) for name in names)
    roads = Concept("paved area", frozenset({16, 17}), concepts[6].phrases, concepts[6].looks)
    return Cut((*concepts[:6], roads, concepts[7]), tuple((prompt,) for prompt, _ in EIGHT))


def predict(model: nn.Module, fragment: Fragment, words: Words, *, tile: int, overlap: int) -> NDArray[np.int64]:
    """Return the winning class ``(rows, cols)``, 0 first, of a fragment seen in blended tiles, as maps are made."""
    rows, cols = fragment.db.shape
    lattice = make_lattice(height=rows, width=cols, tile=tile, overlap=overlap)
    known = conditions(fragment.spacing_m, calibrated=False)
    view = View(torch.tensor([[POLARISATIONS.index("VH")]]), torch.ones(1, 1), known[None])

    @torch.inference_mode()
    def logits(row: int, col: int) -> NDArray[np.float32]:
        pixels = cut_tile(fragment.db[None], lattice.scene, Window(row, col, tile, tile))
        maps: Tensor = model.maps(standardise(torch.from_numpy(pixels))[None], words, view)  # type: ignore[operator]
        return nn.functional.interpolate(maps, scale_factor=2, mode="bilinear")[0].numpy()

    tiles = ((row, ((col, logits(row, col)) for col in lattice.all_cols)) for row in lattice.all_rows)
    winner = np.empty((rows, cols), np.int64)
    for band in blend(tiles, lattice=lattice, window=lattice.scene, layers=words.classes):
        winner[band.window.slices] = band.values.argmax(0)
    return winner


def confusion(
    predicted: Sequence[NDArray[np.int64]], truth: Sequence[NDArray[np.uint8]], groups: Sequence[tuple[int, ...]]
) -> NDArray[np.int64]:
    """Return counts ``(classes, classes)``, truth by row, of the labels that the groups list."""
    classes = len(groups)
    lookup = np.full(256, classes, np.int64)
    for index, labels in enumerate(groups):
        lookup[list(labels)] = index
    matrix = np.zeros((classes, classes), np.int64)
    for guess, label in zip(predicted, truth, strict=True):
        true = lookup[label]
        known = true < classes
        matrix += np.bincount(true[known] * classes + guess[known], minlength=classes**2).reshape(classes, classes)
    return matrix


def intersection_over_union(matrix: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the IoU of each class; NaN for one that is neither true nor predicted anywhere."""
    hits = np.diag(matrix).astype(float)
    union = matrix.sum(0) + matrix.sum(1) - hits
    return np.divide(hits, union, out=np.full(len(hits), np.nan), where=union > 0)
