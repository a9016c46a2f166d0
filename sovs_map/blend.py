"""Overlapping tiles to one field: tapered weights that add up to one, rows given out as they become complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.window import Lattice, Window


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A finished part of a field."""

    window: Window
    """Where they lie, in scene coordinates."""

    values: NDArray[np.float32]
    """Weighted means ``(layers, rows, cols)``; zero where no tile was given. Changed by the next step of the blend."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A tile's field, or a part of it."""

    window: Window
    """Where it lies, in scene coordinates."""

    values: NDArray[np.float32]
    """The field ``(layers, rows, cols)``."""


def taper(starts: range, index: int, *, tile: int) -> NDArray[np.float32]:
    """Return how much each row (or column) of a tile counts among its neighbours.

    A network sees least context at a tile's rim, so the weight falls linearly over the overlap, from 1 to almost 0;
    it never is 0. The weights of neighbours add up to 1. Sides without a neighbour, at the scene's border, keep 1.

    Args:
        starts: first rows of all tiles of the lattice.
        index: which of them.
        tile: side of a tile [pixels].

    Returns:
        Weights in (0, 1], shape ``(tile,)``.
    """
    overlap = tile - starts.step
    weights = np.ones(tile, np.float32)
    ramp = ((np.arange(overlap) + 0.5) / overlap).astype(np.float32)
    if index > 0:
        weights[:overlap] = ramp
    if index < len(starts) - 1:
        weights[tile - overlap :] = 1 - ramp
    return weights


def blend(
    tile_rows: Iterable[tuple[int, Iterable[tuple[int, Piece]]]],
    *,
    lattice: Lattice,
    window: Window,
    layers: int,
) -> Iterator[Band]:
    """Yield the weighted mean of tiles over a window, in bands of rows from top to bottom.

    One row of tiles is held at a time. A pixel's mean is summed over its tiles in the lattice's order, so that it is
    the same to the last bit whatever the window.

    Args:
        tile_rows: for each tile row that touches the window, from the top: its first row, and (first column, piece) of its
            tiles from the left, a piece with all that the window needs of the tile. Tiles may be missing where nothing is
            wanted.
        lattice: where tiles lie.
        window: inside the scene.
        layers: how many fields are blended at once.
    """
    rows = lattice.rows(window)
    field = np.zeros((layers, lattice.tile, window.width), np.float32)
    for place, (row, tiles) in enumerate(tile_rows):
        down = taper(lattice.all_rows, lattice.all_rows.index(row), tile=lattice.tile)
        for col, piece in tiles:
            across = taper(lattice.all_cols, lattice.all_cols.index(col), tile=lattice.tile)
            shared = piece.window & Window(row, window.col, lattice.tile, window.width)
            down_rows, across_cols = shared.relative_to(Window(row, col, 0, 0)).slices
            part = piece.values[:, *shared.relative_to(piece.window).slices]
            places = shared.relative_to(Window(row, window.col, 0, 0)).slices
            field[:, *places] += part * np.outer(down[down_rows], across[across_cols])
        last = place == len(rows) - 1
        finished = Window(row, window.col, lattice.tile if last else lattice.stride, window.width) & window
        if not finished.is_empty:
            top = finished.row - row
            yield Band(finished, field[:, top : top + finished.height])
        field[:, : lattice.overlap] = field[:, lattice.stride :]
        field[:, lattice.overlap :] = 0
