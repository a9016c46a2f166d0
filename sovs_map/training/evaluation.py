"""What a network answers on labelled scenes, made in blended tiles as maps are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sovs_map.blend import Band, Piece, blend
from sovs_map.network.alignment import Words
from sovs_map.network.encoder import POLARISATIONS, View
from sovs_map.network.normalisation import conditions, standardise
from sovs_map.network.sovs_net import CELL, STRIDE
from sovs_map.tiles import cut_tile
from sovs_map.training.real import Fragment
from sovs_map.window import Window, make_lattice


@dataclass(frozen=True, slots=True)
class Tiling:
    """How scenes are cut."""

    tile: int
    """Side of a tile [pixels]."""

    overlap: int
    """How far neighbours overlap [pixels]."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a network says of one scene."""

    winner: NDArray[np.int64]
    """The most probable class ``(rows, cols)``, 0 first."""

    confidence: NDArray[np.float32]
    """Its probability by softmax over the classes ``(rows, cols)``."""


def answer(model: nn.Module, fragment: Fragment, words: Words, tiling: Tiling) -> Answer:
    """Return what a network, which has ``maps(image, words, view)``, says of a scene."""
    winner, confidence = np.empty(fragment.labels.shape, np.int64), np.empty(fragment.labels.shape, np.float32)
    for band in blended_logits(model, fragment, words, tiling, layers=words.classes):
        best = band.values.max(0)
        winner[band.window.slices] = band.values.argmax(0)
        confidence[band.window.slices] = 1 / np.exp(band.values - best).sum(0)
    return Answer(winner, confidence)


def blended_logits(
    model: nn.Module, fragment: Fragment, words: Words, tiling: Tiling, *, layers: int
) -> Iterator[Band]:
    """Yield the blended logits of a scene in bands of rows from top to bottom.

    Args:
        model: has ``maps(image, words, view)``.
        fragment: the scene.
        words: what is asked.
        tiling: how it is cut.
        layers: how many logits the network gives a pixel.
    """
    rows, cols = fragment.labels.shape
    lattice = make_lattice(height=rows, width=cols, tile=tiling.tile, overlap=tiling.overlap)
    device = next(model.parameters()).device
    known = conditions(fragment.spacing_m, calibrated=fragment.calibrated)
    kinds = torch.tensor([[POLARISATIONS.index(name) for name in fragment.polarisations]])
    view = View(kinds.to(device), torch.ones(kinds.shape, device=device), known[None].to(device))
    asked = words.to(device)

    @torch.inference_mode()
    def piece(row: int, col: int) -> Piece:
        seen = lattice.seen(Window(row, col, tiling.tile, tiling.tile), grain=STRIDE, margin=CELL)
        pixels = cut_tile(fragment.db, lattice.scene, seen)
        image = standardise(torch.from_numpy(np.ascontiguousarray(pixels)))[None].to(device)
        maps: Tensor = model.maps(image, asked, view)  # type: ignore[operator]
        return Piece(seen, nn.functional.interpolate(maps, scale_factor=CELL, mode="bilinear")[0].cpu().numpy())

    tiles = ((row, ((col, piece(row, col)) for col in lattice.all_cols)) for row in lattice.all_rows)
    yield from blend(tiles, lattice=lattice, window=lattice.scene, layers=layers)


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


def harmonic_mean(seen: float, unseen: float) -> float:
    """Return the harmonic mean of two scores, 0 when both are."""
    return 2 * seen * unseen / (seen + unseen) if seen + unseen else 0.0


def calibration_error(confidence: NDArray[np.float32], correct: NDArray[np.bool_], *, bins: int = 15) -> float:
    """Return the expected calibration error of pixels: how far confidence is from accuracy, in bins of equal mass.

    Source:
        Guo et al. 2017, https://proceedings.mlr.press/v70/guo17a.html; bins of equal mass: Nixon et al. 2019,
        arXiv:1904.01685.
    """
    order = np.argsort(confidence, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [len(part) * abs(float(confidence[part].mean()) - float(correct[part].mean())) for part in parts]
    return sum(gaps) / len(order)
