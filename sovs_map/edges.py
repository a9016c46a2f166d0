"""Tiles that reach over the edges of chunks: whoever runs one first keeps for its neighbours what they need of it."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from sovs_map.window import Window

EDGE_BYTES = 60_000_000
"""Logits that are held at most: of a scene 100 000 pixels wide, with 8 classes. What does not fit is run again."""


class EdgeTiles:
    """Parts of such tiles, shared by the threads of a process; a copy in another process starts empty."""

    def __init__(self) -> None:
        self._held: dict[tuple[Window, Window], NDArray[np.float32]] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[EdgeTiles], tuple[()]]:
        """Leave the logits behind."""
        return EdgeTiles, ()

    def recall(self, tile: Window, part: Window) -> NDArray[np.float32] | None:
        """Return the logits of a part of a tile and let them go, or None if they are not there."""
        with self._lock:
            logits = self._held.pop((tile, part), None)
            self._bytes -= 0 if logits is None else logits.nbytes
            return logits

    def keep(self, tile: Window, part: Window, logits: NDArray[np.float32]) -> None:
        """Keep the logits ``(classes, rows, cols)`` of the part that another chunk needs of a tile, if there is room."""
        with self._lock:
            if (tile, part) not in self._held and self._bytes + logits.nbytes <= EDGE_BYTES:
                self._held[tile, part] = logits.copy()  # or all of its batch would be kept
                self._bytes += logits.nbytes

    def forget(self, inside: Window | None = None) -> None:
        """Let go of what no chunk will ask for any more: the parts that lie in a window, or all."""
        with self._lock:
            kept = {key: some for key, some in self._held.items() if inside is not None and key[1] & inside != key[1]}
            self._held, self._bytes = kept, sum(logits.nbytes for logits in kept.values())
