"""One chunk of a scene that is embedded: look at it, run its tiles, blend, round, add it to the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio

from sovs_map.allocator import give_back
from sovs_map.area import Area
from sovs_map.cells import ATTRIBUTES, CELL, GUIDE, VECTORS, Cells, encode
from sovs_map.chunk import IsOver, never
from sovs_map.enlarging import cells_around
from sovs_map.errors import Interrupted
from sovs_map.journal import is_marked, mark, write_broken_part
from sovs_map.plan import bound_libraries
from sovs_map.scene.store import Store
from sovs_map.store_writing import Piece, write_piece
from sovs_map.tile_sight import Ground, TileSight
from sovs_map.window import Window


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingJob:
    """Windows of a scene to squares of its store: what every chunk of a run shares."""

    sight: TileSight
    """Runs the tiles, without a margin."""

    area: Area
    """The part of the scene that is wanted."""

    store: Store
    """Where the cells go."""

    attributes: int
    """How many a cell has."""

    parts: Path
    """Folder of the marks."""

    is_over: IsOver = never
    """Tells chunks to give up."""

    def until(self, is_over: IsOver) -> EmbeddingJob:
        """Return the job for those who can be told that it is over."""
        return replace(self, is_over=is_over)

    def is_done(self, window: Window) -> bool:
        """Tell whether a chunk is in the store."""
        return is_marked(self.parts, window)

    def work(self, window: Window) -> None:
        """Embed a chunk.

        Raises:
            SceneError: pixels cannot be read.
            OutputError: no space, no permission, or a folder that only the starting process sees.
            Interrupted: the run was over before the chunk was done; nothing of it is in the store.
        """
        bound_libraries()
        with rasterio.Env(GDAL_NUM_THREADS=1):
            ground = self.sight.look(window, self.area)
            write_broken_part(self.parts, window, ground.broken)
            write_piece(self.store, self._piece(ground))
        mark(self.parts, window)
        self.sight.forget(window)
        give_back()  # or what is freed lies scattered over the threads' heaps, and the process grows from chunk to chunk

    def _piece(self, ground: Ground) -> Piece:
        lattice = self.sight.lattice
        place = self._squares(cells_around(lattice, ground.window, cell=CELL, margin=0))
        cells = Cells(
            *(
                np.full((count, place.height, place.width), coding.missing, coding.dtype)
                for count, coding in zip(self._counts(), (VECTORS, ATTRIBUTES, GUIDE), strict=True)
            )
        )
        for band in self.sight.cells(ground):
            if self.is_over():
                raise Interrupted("the run is over; the same command resumes")
            rows, cols = band.window.relative_to(place).slices
            fields = np.split(band.values, np.cumsum(self._counts())[:2])
            unseen = ~np.any(fields[0], axis=0)
            for target, values, coding in (
                (cells.vectors, fields[0], VECTORS),
                (cells.attributes, fields[1], ATTRIBUTES),
                (cells.guide, fields[2], GUIDE),
            ):
                target[:, rows, cols] = encode(values, coding, missing=unseen)
        return Piece(place, cells, self._backscatter(ground, place))

    def _counts(self) -> tuple[int, int, int]:
        """Return how many numbers a cell has of each kind."""
        dim, attributes = self.store.dim, self.attributes
        return dim, attributes, self.sight.segmenter.classes - dim - attributes

    def _backscatter(self, ground: Ground, place: Window) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """Return the picture of all pixels of ``place``, NaN where they are not the chunk's, or not wanted."""
        lattice = self.sight.lattice
        picture = np.full((place.height * CELL, place.width * CELL), np.nan, np.float32)
        first = Window(lattice.row + place.row * CELL, lattice.col + place.col * CELL, 0, 0)
        inside = ground.block[0][ground.window.relative_to(ground.source).slices]
        picture[ground.window.relative_to(first).slices] = np.where(ground.valid, inside, np.nan)
        return picture

    def _squares(self, cells: Window) -> Window:
        """Return cells made up to whole squares of the store, as far as it has them."""
        side, every = self.store.stride // CELL, self.sight.lattice.cells(CELL).scene
        top, left = cells.row // side * side, cells.col // side * side
        bottom, right = -(-cells.bottom // side) * side, -(-cells.right // side) * side
        return Window(top, left, bottom - top, right - left) & every
