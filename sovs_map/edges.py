"""Tiles that reach over the edges of chunks: whoever runs one first keeps its logits for the neighbours."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from sovs_map.window import Window

EDGE_BYTES = 150_000_000
"""Logits that are kept at most: a row of chunks of 25 000 pixels, 8 classes; older ones make room."""


class EdgeTiles:
    """Logits of the latest such tiles, shared by the threads of a process; a copy in another process starts empty."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Window, NDArray[np.float32]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[EdgeTiles], tuple[()]]:
        """Leave the logits behind."""
        return EdgeTiles, ()

    def recall(self, place: Window) -> NDArray[np.float32] | None:
        """Return the logits of a tile, if they are still there."""
        with self._lock:
            return self._kept.get(place)

    def keep(self, place: Window, logits: NDArray[np.float32]) -> None:
        """Keep the logits ``(classes, rows, cols)`` of a tile as long as there is room."""
        with self._lock:
            if place not in self._kept:
                self._kept[place] = logits.copy()  # or all of its batch would be kept
                self._bytes += logits.nbytes
            while self._bytes > EDGE_BYTES:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0
