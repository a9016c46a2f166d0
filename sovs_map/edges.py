"""Tiles that reach over the edges of chunks: whoever runs one first keeps its logits for the neighbours."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from sovs_map.window import Window

EDGE_BYTES = 150_000_000
"""Logits that are held at most: of a scene 30 000 pixels wide, with 8 classes. What does not fit is run again."""


class EdgeTiles:
    """Logits of such tiles, shared by the threads of a process; a copy in another process starts empty."""

    def __init__(self) -> None:
        self._held: dict[Window, tuple[NDArray[np.float32], int]] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[EdgeTiles], tuple[()]]:
        """Leave the logits behind."""
        return EdgeTiles, ()

    def recall(self, place: Window) -> NDArray[np.float32] | None:
        """Return the logits of a tile, if they are there; after as many times as there are neighbours they are let go."""
        with self._lock:
            if place not in self._held:
                return None
            logits, neighbours = self._held.pop(place)
            if neighbours > 1:
                self._held[place] = logits, neighbours - 1
            else:
                self._bytes -= logits.nbytes
            return logits

    def keep(self, place: Window, logits: NDArray[np.float32], *, neighbours: int) -> None:
        """Keep the logits ``(classes, rows, cols)`` of a tile that other chunks need, if there is room."""
        with self._lock:
            if place not in self._held and self._bytes + logits.nbytes <= EDGE_BYTES:
                self._held[place] = logits.copy(), neighbours  # or all of its batch would be kept
                self._bytes += logits.nbytes

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._held.clear()
            self._bytes = 0
