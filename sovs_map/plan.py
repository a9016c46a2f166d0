"""How a scene is cut into chunks and batches so that the process stays within its memory."""

from __future__ import annotations

import os
from dataclasses import dataclass

from sovs_map.allocator import share_heaps
from sovs_map.edges import EDGE_BYTES
from sovs_map.errors import PlanError

BASE_BYTES = 1_150_000_000
"""A process that has loaded torch, GDAL, geopandas and sovs-tiny, and run a first tile; ``python benchmarks/memory.py --base``
measures a peak of 1.14 GB before that tile, while it loads."""

GDAL_CACHE_MB = 64
"""Block cache of GDAL: a few rows of storage blocks; its default is 5 % of the machine's memory."""

IN_FLIGHT = 2
"""Chunks worked on at once: one reads or writes while the other's tiles go through the network."""

PUBLISHING_BYTES = 400_000_000
"""What the files of a map take while they are written, but for a region of more than a million points, which takes
about 50 bytes a point; measured by ``python benchmarks/memory.py``."""

SLACK = 1.25
"""Memory that the allocator holds over what is in use; measured by ``python benchmarks/memory.py``."""

LARGEST_CHUNK = 2304
"""Larger chunks save little, since tiles at their edges run once: 3136 instead of 2240 saves 3 % of the time on 10 000 x 10 000
pixels and takes 160 MB more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Units of work, and what they need."""

    chunk: int
    """Side of a chunk [pixels]; rounded down to whole tiles when it is cut."""

    batch: int
    """Tiles in one call of the network."""

    in_flight: int
    """Chunks worked on at once."""

    bytes_needed: int
    """Projected peak memory of the process."""

    disk_bytes: int
    """Projected size of parts and results together, at most."""

    pixels: int
    """Scene pixels to be worked on."""

    @property
    def sentence(self) -> str:
        """Return the plan in words."""
        return (
            f"chunks of {self.chunk} pixels, {self.in_flight} at once, {self.batch} tile(s) a batch; "
            f"memory up to {self.bytes_needed / 1e9:.2f} GB, disk up to {self.disk_bytes / 1e6:,.0f} MB"
        )


def bound_libraries() -> None:
    """Keep small what libraries hold for themselves: GDAL's block cache, unless the user set it, and the allocator's heaps.

    It must be called before GDAL reads its first block and before threads begin.
    """
    os.environ.setdefault("GDAL_CACHEMAX", str(GDAL_CACHE_MB))
    share_heaps()


def make_plan(  # noqa: PLR0913 - the sizes that memory depends on
    *,
    height: int,
    width: int,
    bands: int,
    classes: int,
    tile: int,
    overlap: int,
    chunk: int | None,
    batch: int | None,
    memory_bytes: int,
    pixel_bytes: float,
    disk_pixel_bytes: float,
    cell: int,
    tile_bytes: int,
    threads: int,
) -> Plan:
    """Return the largest batch, then the largest chunks that fit into the memory, or those asked for.

    Args:
        height: rows of the scene.
        width: columns of the scene.
        bands: polarisations.
        classes: of the vocabulary.
        tile: side of a tile.
        overlap: how far tiles overlap.
        chunk: side of a chunk; None chooses.
        batch: tiles a call; None chooses.
        memory_bytes: the budget.
        pixel_bytes: what a chunk keeps of each pixel until it is written.
        disk_pixel_bytes: what parts and results take of each pixel, at most.
        cell: side of the square that one logit stands for.
        tile_bytes: what the network needs for one tile while it runs.
        threads: tiles that run at once, if there are as many.

    Raises:
        PlanError: it does not fit; the message says what does.
    """
    for name, value, least in (("--chunk", chunk, tile - overlap), ("--batch", batch, 1)):
        if value is not None and value < least:
            raise PlanError(f"{name} is {value}; it must be at least {least}")
    stride = tile - overlap
    sides = [chunk] if chunk else [stride * n for n in range(max(1, LARGEST_CHUNK // stride), 0, -1)]
    batches = [batch] if batch else [4, 2, 1]

    def needed(side: int, tiles: int) -> int:
        rows, cols = min(side, height), min(side, width)
        read = bands * 4 * (rows + tile) * (cols + tile)
        kept = int(rows * cols * pixel_bytes)
        field = classes * 4 * (tile * cols * 3 // cell**2 + 64 * cols)
        queue = tiles * 4 * tile * tile * (bands + 2 * classes // cell**2)
        one = int(1.8 * read) + kept + field + queue
        running = min(threads, IN_FLIGHT * tiles) * tile_bytes
        mapping = int(SLACK * (IN_FLIGHT * one + running)) + EDGE_BYTES
        return BASE_BYTES + GDAL_CACHE_MB * 10**6 + max(mapping, PUBLISHING_BYTES)

    for tiles in batches:
        for side in sides:
            if needed(side, tiles) <= memory_bytes:
                disk = int(height * width * disk_pixel_bytes)
                return Plan(side, tiles, IN_FLIGHT, needed(side, tiles), disk, height * width)
    wanted, least = needed(sides[-1], batches[-1]), needed(stride, 1)
    advice = f"--memory {wanted / 1e9 + 0.05:.1f}GB"
    if least <= memory_bytes:
        advice += f", or --chunk {stride} --batch 1"
    raise PlanError(
        f"the plan needs {wanted / 1e9:.2f} GB (chunk {sides[-1]}, batch {batches[-1]}), --memory allows "
        f"{memory_bytes / 1e9:.2f} GB; try {advice}"
    )
