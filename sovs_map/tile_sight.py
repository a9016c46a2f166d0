"""Logits of a window from the scene's pixels: read it with its halo, run its tiles, blend, enlarge."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sovs_map.area import Area, outside
from sovs_map.blend import Band, Piece, blend
from sovs_map.edges import EdgeTiles
from sovs_map.enlarging import cells_around, enlarge
from sovs_map.scene import Reading, Scene, read_around, read_whole
from sovs_map.sight import Seen
from sovs_map.tile_segmenter import TileSegmenter
from sovs_map.tiles import cut_tile
from sovs_map.window import Lattice, Window, make_lattice

Read = Callable[[Window], Reading]
"""A window inside the scene to its pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The pixels of a window with its halo."""

    block: NDArray[np.float32]
    """Of ``source``, ``(band, rows, cols)`` [dB], NaN where there is no data."""

    source: Window
    """The part of all tiles that touch the window which lies in the scene."""

    window: Window
    """What is wanted."""

    valid: NDArray[np.bool_]
    """Where the window holds data that is wanted, ``(rows, cols)``; tiles that touch none of it are not run."""

    within: Window
    """The part of the scene that is wanted by anybody."""

    broken: tuple[Window, ...]
    """Windows that could not be read."""


@dataclass(frozen=True, slots=True, eq=False)
class TileSight:
    """Logits by running tiles."""

    read: Read
    """Where pixels come from."""

    segmenter: TileSegmenter
    """Tiles to logits."""

    lattice: Lattice
    """Where tiles lie."""

    batch: int
    """Tiles in one call of the segmenter."""

    on_error: str
    """What broken blocks do."""

    margin: int = 1
    """Cells around those of a window that its pixels look at."""

    edges: EdgeTiles = field(default_factory=EdgeTiles)
    """Logits of tiles that reach over the edges of chunks."""

    @property
    def fingerprint(self) -> str:
        """Return what changes whenever the same scene could get other logits."""
        return f"{self.segmenter.fingerprint} {self.lattice} {self.on_error}"

    def chunks(self, side: int) -> tuple[Window, ...]:
        """Return windows that cover the scene once; few tiles belong to two of them."""
        return self.lattice.chunks(side, cell=self.margin * self.segmenter.cell)

    def see(self, window: Window, area: Area) -> Seen:
        """Return the logits of a window as far as it lies in an area.

        Raises:
            SceneError: pixels cannot be read.
        """
        ground = self.look(window, area)
        bands = enlarge(self.cells(ground), lattice=self.lattice, window=window, cell=self.segmenter.cell)
        return Seen(ground.valid, bands, lambda: ground.block[0], ground.source, ground.broken)

    def look(self, window: Window, area: Area) -> Ground:
        """Read a window and its halo.

        Raises:
            SceneError: pixels cannot be read.
        """
        (rows, cols), tile = _reach(self, window), self.lattice.tile
        reach = Window(rows[0], cols[0], rows[-1] + tile - rows[0], cols[-1] + tile - cols[0])
        source = reach & self.lattice.scene
        reading = self.read(source)
        valid = ~np.isnan(reading.values[0][window.relative_to(source).slices]) & ~outside(area, window)
        broken = tuple(one & window for one in reading.broken)
        return Ground(reading.values, source, window, valid, area.window, broken)

    def cells(self, ground: Ground) -> Iterator[Band]:
        """Yield the blended logits of the cells of a window, and the margin around them, in rows from top to bottom."""
        cell = self.segmenter.cell
        around = cells_around(self.lattice, ground.window, cell=cell, margin=self.margin)
        return blend(
            _tile_rows(self, ground), lattice=self.lattice.cells(cell), window=around, layers=self.segmenter.classes
        )

    def forget(self, window: Window | None = None) -> None:
        """Let go of the logits that other chunks have kept for one that is done, or of all."""
        cell = self.segmenter.cell
        self.edges.forget(window and cells_around(self.lattice, window, cell=cell, margin=self.margin))


def tile_sight(scene: Scene, segmenter: TileSegmenter, *, batch: int, on_error: str = "stop") -> TileSight:
    """Return what gives logits of a scene by running tiles.

    Args:
        scene: what is looked at.
        segmenter: tiles to logits.
        batch: tiles in one call of it.
        on_error: ``stop`` fails when blocks of the scene are broken; ``nodata`` marks and reports them.
    """
    look = read_around if on_error == "nodata" else read_whole
    lattice = scene_lattice(scene, tile=segmenter.tile, overlap=segmenter.overlap)
    return TileSight(partial(look, scene.with_full_paths()), segmenter, lattice, batch, on_error)


def scene_lattice(scene: Scene, *, tile: int, overlap: int) -> Lattice:
    """Return the lattice of a scene, counted from its coordinate system's origin where the pixels are north-up."""
    a, b, c, d, e, f = scene.georeference.transform
    north_up = b == d == 0 and a > 0 and e < 0 and not scene.georeference.gcps
    return make_lattice(
        height=scene.height,
        width=scene.width,
        tile=tile,
        overlap=overlap,
        row_on_grid=f / e if north_up else 0.0,
        col_on_grid=c / a if north_up else 0.0,
    )


def _tile_rows(sight: TileSight, ground: Ground) -> Iterator[tuple[int, Iterator[tuple[int, Piece]]]]:
    """Yield the rows of tiles that a window needs, as `blend` takes them, in cells."""
    lattice, cell, window = sight.lattice, sight.segmenter.cell, ground.window
    rows, cols = _reach(sight, window)
    for row in rows:
        places = [Window(row, col, lattice.tile, lattice.tile) for col in cols]
        held = [
            place
            for place in places
            if ground.valid[(place.grow(sight.margin * cell) & window).relative_to(window).slices].any()
            and not np.isnan(ground.block[0][(place & ground.source).relative_to(ground.source).slices]).all()
        ]
        done = _run_tiles(sight, ground, held)
        yield (row - lattice.row) // cell, (((place.col - lattice.col) // cell, piece) for place, piece in done)


def _run_tiles(sight: TileSight, ground: Ground, places: list[Window]) -> Iterator[tuple[Window, Piece]]:
    """Yield what a window needs of tiles; those that no other chunk has run yet are run in batches."""
    for start in range(0, len(places), sight.batch):
        few = places[start : start + sight.batch]
        pieces: dict[Window, Piece] = {}
        for place in few:
            part = _part(sight, place, ground.window)
            if (logits := sight.edges.recall(place, part)) is not None:
                pieces[place] = Piece(part, logits)
        fresh = [place for place in few if place not in pieces]
        for _, alike in itertools.groupby(fresh, key=lambda place: _shape(_seen(sight, place))):
            pieces |= _run_alike(sight, ground, list(alike))
        for place in fresh:
            for other in _neighbours(sight, ground, place):
                part, whole = _part(sight, place, other), pieces[place]
                sight.edges.keep(place, part, whole.values[:, *part.relative_to(whole.window).slices])
        yield from ((place, pieces[place]) for place in few)


def _run_alike(sight: TileSight, ground: Ground, places: list[Window]) -> dict[Window, Piece]:
    """Return the logits of tiles that are looked at in the same shape."""
    seen = [_seen(sight, place) for place in places]
    logits = sight.segmenter.logits(np.stack([cut_tile(ground.block, ground.source, one) for one in seen]))
    return {
        place: Piece(_in_cells(sight, one), values) for place, one, values in zip(places, seen, logits, strict=True)
    }


def _seen(sight: TileSight, place: Window) -> Window:
    """Return the pixels of a tile that the segmenter looks at."""
    return sight.lattice.seen(place, grain=sight.segmenter.grain, margin=sight.segmenter.cell)


def _part(sight: TileSight, place: Window, window: Window) -> Window:
    """Return the cells of a tile that a window needs."""
    around = cells_around(sight.lattice, window, cell=sight.segmenter.cell, margin=sight.margin)
    return _in_cells(sight, _seen(sight, place)) & around


def _in_cells(sight: TileSight, window: Window) -> Window:
    """Return a window whose sides lie between cells, counted in them from the first tile's corner."""
    lattice, cell = sight.lattice, sight.segmenter.cell
    row, col = (window.row - lattice.row) // cell, (window.col - lattice.col) // cell
    return Window(row, col, window.height // cell, window.width // cell)


def _shape(window: Window) -> tuple[int, int]:
    return window.height, window.width


def _neighbours(sight: TileSight, ground: Ground, place: Window) -> list[Window]:
    """Return the parts of other chunks that need a tile: those beyond an edge that it reaches over, or beyond a corner."""
    reached, window = place.grow(sight.margin * sight.segmenter.cell) & ground.within, ground.window
    rows = _cut(reached.row, reached.bottom, window.row, window.bottom)
    cols = _cut(reached.col, reached.right, window.col, window.right)
    parts = [Window(top, left, bottom - top, right - left) for top, bottom in rows for left, right in cols]
    return [part for part in parts if (part & window).is_empty]


def _cut(low: int, high: int, first: int, last: int) -> list[tuple[int, int]]:
    """Return a range as what lies before another one, in it, and behind it, as far as there is any."""
    parts = ((low, min(high, first)), (max(low, first), min(high, last)), (max(low, last), high))
    return [(start, stop) for start, stop in parts if start < stop]


def _reach(sight: TileSight, window: Window) -> tuple[range, range]:
    """Return the first rows and columns of the tiles whose cells a window needs."""
    lattice, cell = sight.lattice, sight.segmenter.cell
    around, cells = cells_around(lattice, window, cell=cell, margin=sight.margin), lattice.cells(cell)
    rows, cols = cells.rows(around), cells.cols(around)
    return (
        range(lattice.row + rows.start * cell, lattice.row + rows.stop * cell, lattice.stride),
        range(lattice.col + cols.start * cell, lattice.col + cols.stop * cell, lattice.stride),
    )
