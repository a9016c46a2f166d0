"""One chunk: read it with its halo, run its tiles, blend, decide, write its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import rasterio
from numpy.typing import NDArray

from sovs_map.allocator import give_back
from sovs_map.area import Area, outside
from sovs_map.blend import blend
from sovs_map.decision import Decision
from sovs_map.edges import EdgeTiles
from sovs_map.enlarging import cells_around, enlarge
from sovs_map.errors import Interrupted
from sovs_map.journal import part_path, write_broken_part, write_quicklook_part, write_raster_part
from sovs_map.plan import bound_gdal_cache
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
    def fingerprint(self) -> str:
        """Changes whenever the same tiles could give other logits."""

    def logits(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return logits ``(n, classes, tile/cell, tile/cell)`` of tiles ``(n, band, tile, tile)`` [dB] without NaN."""


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
    bound_gdal_cache()
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
) -> Iterator[tuple[int, Iterator[tuple[int, NDArray[np.float32]]]]]:
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
        yield (row - lattice.row) // cell, (((place.col - lattice.col) // cell, logits) for place, logits in done)


def _run_tiles(
    block: NDArray[np.float32], source: Window, places: list[Window], *, job: ChunkJob, window: Window
) -> Iterator[tuple[Window, NDArray[np.float32]]]:
    """Yield tiles with their logits; those that no other chunk has run yet are run in batches."""
    for start in range(0, len(places), job.batch):
        few = places[start : start + job.batch]
        known = {place: logits for place in few if (logits := job.edges.recall(place)) is not None}
        fresh = [place for place in few if place not in known]
        if fresh:
            tiles = np.stack([cut_tile(block, source, place) for place in fresh])
            known |= zip(fresh, job.segmenter.logits(tiles), strict=True)
        for place in fresh:
            if neighbours := _neighbours(place, job=job, window=window):
                job.edges.keep(place, known[place], neighbours=neighbours)
        yield from ((place, known[place]) for place in few)


def _neighbours(place: Window, *, job: ChunkJob, window: Window) -> int:
    """Return how many other chunks need a tile: those on the other side of an edge that it reaches over, or of a corner."""
    reached = place.grow(job.segmenter.cell) & job.area.window
    over_rows = (reached.row < window.row) + (reached.bottom > window.bottom)
    over_cols = (reached.col < window.col) + (reached.right > window.right)
    return (1 + over_rows) * (1 + over_cols) - 1


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
