"""Storage blocks of a GeoTIFF: whether a file that was closed without complaint is all there."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path
from warnings import catch_warnings, simplefilter

import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import DatasetReader


def check_blocks(path: Path) -> None:
    """Check that every block of a GeoTIFF lies inside the file, overviews included, and push the file to the disk.

    GDAL writes the last blocks when it closes a file and drops the error when the disk is full by then.

    Raises:
        OSError: the file is cut short.
        RasterioIOError: it is so short that it cannot be opened.
    """
    with path.open("rb") as file:
        os.fsync(file.fileno())
        size = os.fstat(file.fileno()).st_size
    with catch_warnings():
        simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path) as raster:
            ends = [_end(raster, raster.shape, overview=None)]
            for level in range(len(raster.overviews(1))):
                with rasterio.open(path, overview_level=level) as smaller:
                    ends.append(_end(raster, smaller.shape, overview=level))
    if max(ends) > size:
        raise OSError(f"the disk took only {size} bytes of it")


def _end(raster: DatasetReader, shape: tuple[int, int], *, overview: int | None) -> float:
    """Return the offset behind the last block of a level [bytes]; infinite when a block was never written."""
    end = 0.0
    down, across = (-(-length // block) for length, block in zip(shape, raster.block_shapes[0], strict=True))
    for band, row, col in product(raster.indexes, range(down), range(across)):
        offset, length = (
            raster.get_tag_item(f"BLOCK_{what}_{col}_{row}", "TIFF", bidx=band, ovr=overview)
            for what in ("OFFSET", "SIZE")
        )
        end = max(end, int(offset) + int(length) if offset and length else float("inf"))
    return end
