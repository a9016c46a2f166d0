"""The squares that a store is made of, read once while several questions and neighbours need them."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from sovs_map.cells import CELL, Cells
from sovs_map.scene.store import Store, read_square
from sovs_map.window import Window

SHELF_BYTES = 260_000_000
"""Squares that are held at most: four rows of them in a scene 13 000 pixels wide."""

Key = tuple[Store, int, int]
"""A square: its store, and its number from the top and from the left."""


@dataclass(frozen=True, slots=True, eq=False)
class Mosaic:
    """A window of cells in several squares."""

    window: Window
    """Which cells."""

    parts: tuple[tuple[Window, Cells], ...]
    """The squares that touch it, and where they lie; they may reach past the last cells of the store."""


class Shelf:
    """Squares that were read lately. Safe to use from several threads: who wants one that is being read waits for it."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self._held: OrderedDict[Key, Future[Cells]] = OrderedDict()
        self._lock = threading.Lock()

    def square(self, store: Store, row: int, col: int) -> Cells:
        """Return the cells of a square, from the shelf or from the store.

        Raises:
            BrokenBlocksError: a part of the store is damaged.
        """
        key = (store, row, col)
        with self._lock:
            held = self._held.get(key)
            if held is None:
                mine = self._held[key] = Future[Cells]()
            else:
                self._held.move_to_end(key)
        return held.result() if held is not None else self._read(key, mine)

    def _read(self, key: Key, promised: Future[Cells]) -> Cells:
        try:
            cells = read_square(*key)
        except BaseException as error:
            with self._lock:
                del self._held[key]
            promised.set_exception(error)
            raise
        promised.set_result(cells)
        with self._lock:
            self._bytes += cells.bytes
            while self._bytes > self._most and next(iter(self._held.values())).done():
                self._bytes -= self._held.popitem(last=False)[1].result().bytes
        return cells


_SHELF = Shelf(SHELF_BYTES)


def mosaic(store: Store, window: Window, *, shelf: Shelf = _SHELF) -> Mosaic:
    """Return a window of cells of a store.

    Args:
        store: what was seen.
        window: of cells.
        shelf: where squares are held.

    Raises:
        BrokenBlocksError: a part of the store is damaged.
    """
    side = store.stride // CELL
    return Mosaic(
        window,
        tuple(
            (Window(row * side, col * side, side, side), shelf.square(store, row, col))
            for row, col in squares_of(store, window)
        ),
    )


def squares_of(store: Store, window: Window) -> list[tuple[int, int]]:
    """Return the squares that touch a window of cells, by their number from the top and from the left."""
    side = store.stride // CELL
    rows, cols = (
        range(window.row // side, -(-window.bottom // side)),
        range(window.col // side, -(-window.right // side)),
    )
    return list(itertools.product(rows, cols))


def fetch(store: Store, windows: Iterable[Window], pool: Executor, *, shelf: Shelf = _SHELF) -> None:
    """Read the squares of windows of cells, several at once, so that nobody waits for one that another is reading.

    Raises:
        BrokenBlocksError: a part of the store is damaged.
    """
    places = dict.fromkeys(place for window in windows for place in squares_of(store, window))
    for _ in pool.map(lambda place: shelf.square(store, *place), places):
        pass
