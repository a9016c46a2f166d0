"""One chunk: read it with its halo, run its tiles, blend, decide, write its parts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import rasterio
from numpy.typing import NDArray

from sovs_map.allocator import give_back
from sovs_map.area import Area, outside
from sovs_map.blend import Piece, blend
from sovs_map.decision import Decision
from sovs_map.edges import EdgeTiles
from sovs_map.enlarging import cells_around, enlarge
from sovs_map.errors import Interrupted
from sovs_map.journal import part_path, write_broken_part, write_quicklook_part, write_raster_part
from sovs_map.plan import bound_libraries
from sovs_map.quicklook import decimate
from sovs_map.scene import Reading
from sovs_map.tiles import cut_tile
from sovs_map.window import Lattice, Window

Read = Callable[[Window], Reading]
"""A window inside the scene to its pixels."""


class TileSegmenter(Protocol):
    """What the engine needs of a segmenter."""

    @property
    def tile(self) -> int:
        """Side of a tile [pixels]."""

    @property
    def overlap(self) -> int:
        """How far neighbouring tiles overlap [pixels]."""

    @property
    def classes(self) -> int:
        """How many logits a pixel gets."""

    @property
    def cell(self) -> int:
        """Side of the square that one logit stands for [pixels]; divides tile and overlap."""

    @property
    def grain(self) -> int:
        """Sides of what it looks at are multiples of it, two at least; a multiple of the cell that divides the tile."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same tiles could give other logits."""

    def logits(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return logits ``(n, classes, rows/cell, cols/cell)`` of tiles, or parts, ``(n, band, rows, cols)`` [dB] without NaN."""


def never() -> bool:
    """Return False."""
    return False


@dataclass(frozen=True, slots=True, eq=False)
class ChunkJob:
    """What every chunk of a run shares. It can be sent to other processes."""

    read: Read
    """Where pixels come from."""

    segmenter: TileSegmenter
    """Tiles to logits."""

    lattice: Lattice
    """Where tiles lie."""

    area: Area
    """The part of the scene that is wanted; the network sees what lies around it, too."""

    decision: Decision
    """Logits to what is kept."""

    batch: int
    """Tiles in one call of the segmenter."""

    parts: Path
    """Folder of the parts."""

    step: int
    """Scene pixels in one of the quicklook."""

    is_over: Callable[[], bool] = never
    """Tells that nobody wants the chunks any more; those under way give up at their next rows."""

    edges: EdgeTiles = field(default_factory=EdgeTiles)
    """Logits of tiles that reach over the edges of chunks."""


def map_chunk(job: ChunkJob, window: Window) -> None:
    """Read a chunk and its halo once, run its tiles, write its parts.

    Raises:
        SceneError: pixels cannot be read.
        OutputError: no space, no permission, or a folder that only the starting process sees.
        Interrupted: the run was over before the chunk was done; none of its parts are written.
    """
    bound_libraries()
    with rasterio.Env(GDAL_NUM_THREADS=1):
        source, reading = _read_block(job, window)
        block = reading.values
        kept = [np.empty((layer.bands, window.height, window.width), layer.dtype) for layer in job.decision.layers]
        for place, decided in decide_window(block, source, job=job, window=window):
            if job.is_over():
                raise Interrupted("the run is over; the same command resumes")
            rows = slice(place.row - window.row, place.bottom - window.row)
            for whole, part in zip(kept, decided, strict=True):
                whole[:, rows] = part
        write_broken_part(job.parts, window, tuple(broken & window for broken in reading.broken))
        corner = job.area.window
        quicklook = decimate(block[0], source.relative_to(corner), window=window.relative_to(corner), step=job.step)
        write_quicklook_part(part_path(job.parts, "quicklook", window), quicklook)
        for layer, values in zip(job.decision.layers, kept, strict=True):
            write_raster_part(part_path(job.parts, layer.kind, window), values, window)
    job.edges.forget(cells_around(job.lattice, window, cell=job.segmenter.cell))
    give_back()  # or what is freed lies scattered over the threads' heaps, and the process grows from chunk to chunk


def decide_window(
    block: NDArray[np.float32], source: Window, *, job: ChunkJob, window: Window
) -> Iterator[tuple[Window, tuple[NDArray[np.generic], ...]]]:
    """Yield what is kept of a window in bands of rows from top to bottom, with where they lie.

    Args:
        block: the scene's pixels ``(band, row, col)`` [dB] of ``source``, NaN where there is no data.
        source: the scene's part of all tiles that touch the window.
        job: segmenter, lattice, decision, batch.
        window: what to map.
    """
    wanted = ~np.isnan(block[0][window.relative_to(source).slices]) & ~outside(job.area, window)
    cell = job.segmenter.cell
    around = cells_around(job.lattice, window, cell=cell)
    tiles = _tile_rows(block, source, job=job, window=window, wanted=wanted)
    field = blend(tiles, lattice=job.lattice.cells(cell), window=around, layers=job.segmenter.classes)
    for band in enlarge(field, lattice=job.lattice, window=window, cell=cell):
        yield band.window, job.decision.decide(band, wanted[band.window.relative_to(window).slices])


def _tile_rows(
    block: NDArray[np.float32], source: Window, *, job: ChunkJob, window: Window, wanted: NDArray[np.bool_]
) -> Iterator[tuple[int, Iterator[tuple[int, Piece]]]]:
    """Yield the rows of tiles that a window needs, as `blend` takes them, in cells."""
    lattice, cell = job.lattice, job.segmenter.cell
    rows, cols = _reach(job, window)
    for row in rows:
        places = [Window(row, col, lattice.tile, lattice.tile) for col in cols]
        held = [
            place
            for place in places
            if wanted[(place.grow(cell) & window).relative_to(window).slices].any()
            and not np.isnan(block[0][(place & source).relative_to(source).slices]).all()
        ]
        done = _run_tiles(block, source, held, job=job, window=window)
        yield (row - lattice.row) // cell, (((place.col - lattice.col) // cell, piece) for place, piece in done)


def _run_tiles(
    block: NDArray[np.float32], source: Window, places: list[Window], *, job: ChunkJob, window: Window
) -> Iterator[tuple[Window, Piece]]:
    """Yield what a window needs of tiles; those that no other chunk has run yet are run in batches."""
    for start in range(0, len(places), job.batch):
        few = places[start : start + job.batch]
        pieces: dict[Window, Piece] = {}
        for place in few:
            part = _part(job, place, window)
            if (logits := job.edges.recall(place, part)) is not None:
                pieces[place] = Piece(part, logits)
        fresh = [place for place in few if place not in pieces]
        for _, alike in itertools.groupby(fresh, key=lambda place: _shape(_seen(job, place))):
            pieces |= _run_alike(block, source, list(alike), job=job)
        for place in fresh:
            for other in _neighbours(place, job=job, window=window):
                part, whole = _part(job, place, other), pieces[place]
                job.edges.keep(place, part, whole.values[:, *part.relative_to(whole.window).slices])
        yield from ((place, pieces[place]) for place in few)


def _run_alike(
    block: NDArray[np.float32], source: Window, places: list[Window], *, job: ChunkJob
) -> dict[Window, Piece]:
    """Return the logits of tiles that are looked at in the same shape."""
    seen = [_seen(job, place) for place in places]
    logits = job.segmenter.logits(np.stack([cut_tile(block, source, one) for one in seen]))
    return {place: Piece(_in_cells(job, one), values) for place, one, values in zip(places, seen, logits, strict=True)}


def _seen(job: ChunkJob, place: Window) -> Window:
    """Return the pixels of a tile that the segmenter looks at."""
    return job.lattice.seen(place, grain=job.segmenter.grain, margin=job.segmenter.cell)


def _part(job: ChunkJob, place: Window, window: Window) -> Window:
    """Return the cells of a tile that a window needs."""
    return _in_cells(job, _seen(job, place)) & cells_around(job.lattice, window, cell=job.segmenter.cell)


def _in_cells(job: ChunkJob, window: Window) -> Window:
    """Return a window whose sides lie between cells, counted in them from the first tile's corner."""
    lattice, cell = job.lattice, job.segmenter.cell
    row, col = (window.row - lattice.row) // cell, (window.col - lattice.col) // cell
    return Window(row, col, window.height // cell, window.width // cell)


def _shape(window: Window) -> tuple[int, int]:
    return window.height, window.width


def _neighbours(place: Window, *, job: ChunkJob, window: Window) -> list[Window]:
    """Return the parts of other chunks that need a tile: those beyond an edge that it reaches over, or beyond a corner."""
    reached = place.grow(job.segmenter.cell) & job.area.window
    rows = _cut(reached.row, reached.bottom, window.row, window.bottom)
    cols = _cut(reached.col, reached.right, window.col, window.right)
    parts = [Window(top, left, bottom - top, right - left) for top, bottom in rows for left, right in cols]
    return [part for part in parts if (part & window).is_empty]


def _cut(low: int, high: int, first: int, last: int) -> list[tuple[int, int]]:
    """Return a range as what lies before another one, in it, and behind it, as far as there is any."""
    parts = ((low, min(high, first)), (max(low, first), min(high, last)), (max(low, last), high))
    return [(start, stop) for start, stop in parts if start < stop]


def _reach(job: ChunkJob, window: Window) -> tuple[range, range]:
    """Return the first rows and columns of the tiles whose cells a window needs."""
    lattice, cell = job.lattice, job.segmenter.cell
    around, cells = cells_around(lattice, window, cell=cell), lattice.cells(cell)
    rows, cols = cells.rows(around), cells.cols(around)
    return (
        range(lattice.row + rows.start * cell, lattice.row + rows.stop * cell, lattice.stride),
        range(lattice.col + cols.start * cell, lattice.col + cols.stop * cell, lattice.stride),
    )


def _read_block(job: ChunkJob, window: Window) -> tuple[Window, Reading]:
    (rows, cols), tile = _reach(job, window), job.lattice.tile
    reach = Window(rows[0], cols[0], rows[-1] + tile - rows[0], cols[-1] + tile - cols[0])
    source = reach & job.lattice.scene
    return source, job.read(source)
