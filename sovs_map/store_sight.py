"""Logits of a window from the store of a scene that was embedded: no tile is run."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sovs_map.area import Area, outside
from sovs_map.blend import Band, Piece
from sovs_map.cells import BACKSCATTER, CELL, decode
from sovs_map.scene import Scene
from sovs_map.scene.store import Store, read_picture
from sovs_map.sight import Seen
from sovs_map.squares import Mosaic, fetch, mosaic
from sovs_map.window import Window


class CellSegmenter(Protocol):
    """What is needed of a function from stored cells to logits."""

    @property
    def classes(self) -> int:
        """How many logits a pixel gets."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same cells could give other logits."""

    @property
    def pool(self) -> Executor:
        """Whose threads do the work."""

    def logits(self, cells: Mosaic, *, inner: Window) -> NDArray[np.float32]:
        """Return logits ``(classes, rows, cols)`` of the pixels of the cells ``inner``, counted from the first given one."""


HALO = 5
"""Cells around a window that its logits depend on: the decoder's filters reach 1, 2 and 1 cells, enlarging half a one."""


@dataclass(frozen=True, slots=True, eq=False)
class StoreSight:
    """Logits from what the network has seen before.

    The squares that the store is made of are asked one by one, each with the same cells around it, so that a pixel's
    logits are the same to the last bit whatever the window.
    """

    store: Store
    """What was seen."""

    scene: Window
    """All of the scene."""

    segmenter: CellSegmenter
    """Cells to logits."""

    @property
    def fingerprint(self) -> str:
        """Return what changes whenever the same scene could get other logits."""
        return self.segmenter.fingerprint

    def chunks(self, side: int) -> tuple[Window, ...]:
        """Return windows that cover the scene once, row by row, of about ``side`` pixels squared.

        They are a square high, so that a square is still held when the next row needs its rim.
        """
        width = max(1, side * side // self.store.stride**2) * self.store.stride
        rows, cols = (
            range(self.store.row, self.scene.height, self.store.stride),
            range(self.store.col, self.scene.width, width),
        )
        windows = (Window(row, col, self.store.stride, width) & self.scene for row in rows for col in cols)
        return tuple(window for window in windows if not window.is_empty)

    def see(self, window: Window, area: Area) -> Seen:
        """Return the logits of a window as far as it lies in an area.

        Raises:
            SceneError: a part of the store is damaged.
        """
        place = Window(window.row - self.store.row, window.col - self.store.col, window.height, window.width)
        grey = read_picture(self.store, place)
        valid = (grey != BACKSCATTER.missing) & ~outside(area, window)
        broken = tuple(part for one in self.store.broken if not (part := one & window).is_empty)
        return Seen(valid, self._bands(window, valid), partial(decode, grey, BACKSCATTER), window, broken)

    def forget(self, window: Window | None = None) -> None:
        """Do nothing: nothing is held."""

    def _bands(self, window: Window, wanted: NDArray[np.bool_]) -> Iterator[Band]:
        """Yield the logits of a window, a square at a time; where nothing is wanted they are 0."""
        squares = _squares(self.store, window)
        ask = partial(_asked, self.segmenter, store=self.store, scene=self.scene)
        for row in sorted({square.row for square in squares}):
            few = [square for square in squares if square.row == row]
            held = [one for one in few if wanted[(one & window).relative_to(window).slices].any()]
            fetch(self.store, (_around(self.store, square, self.scene) for square in held), self.segmenter.pool)
            for piece in self.segmenter.pool.map(ask, held):
                shared = piece.window & window
                yield Band(shared, piece.values[:, *shared.relative_to(piece.window).slices])
            for square in few:
                if square not in held:
                    empty = square & window
                    yield Band(empty, np.zeros((self.segmenter.classes, empty.height, empty.width), np.float32))


def store_sight(scene: Scene, store: Store, segmenter: CellSegmenter) -> StoreSight:
    """Return what gives logits of a scene that was embedded."""
    return StoreSight(store, Window(0, 0, scene.height, scene.width), segmenter)


def _squares(store: Store, window: Window) -> list[Window]:
    """Return the squares that touch a window, row by row."""
    side = store.stride
    top, left = (window.row - store.row) // side * side + store.row, (window.col - store.col) // side * side + store.col
    return [
        Window(row, col, side, side)
        for row in range(top, window.bottom, side)
        for col in range(left, window.right, side)
    ]


def _asked(segmenter: CellSegmenter, square: Window, *, store: Store, scene: Window) -> Piece:
    """Return the logits of a square's pixels.

    Cells that do not touch the scene are not looked at: the decoder continues the last ones that do.
    """
    own, seen = cells_of(store, square) & cells_of(store, scene), _around(store, square, scene)
    logits = segmenter.logits(mosaic(store, seen), inner=own.relative_to(seen))
    return Piece(pixels_of(store, own), logits)


def _around(store: Store, square: Window, scene: Window) -> Window:
    """Return the cells that the logits of a square depend on."""
    touched = cells_of(store, scene)
    return (cells_of(store, square) & touched).grow(HALO) & touched


def cells_of(store: Store, window: Window) -> Window:
    """Return the cells that a window of the scene touches."""
    top, left = (window.row - store.row) // CELL, (window.col - store.col) // CELL
    bottom, right = -((store.row - window.bottom) // CELL), -((store.col - window.right) // CELL)
    return Window(top, left, bottom - top, right - left)


def pixels_of(store: Store, cells: Window) -> Window:
    """Return the window of the scene that cells stand for."""
    row, col = store.row + cells.row * CELL, store.col + cells.col * CELL
    return Window(row, col, cells.height * CELL, cells.width * CELL)
