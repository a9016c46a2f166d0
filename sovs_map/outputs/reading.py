"""Read windows of rasters that this program wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from warnings import catch_warnings, simplefilter

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window as RasterWindow

from sovs_map.errors import OutputError
from sovs_map.outputs.grid import Grid
from sovs_map.window import Window


@contextmanager
def open_raster(path: Path, *, grid: Grid) -> Iterator[DatasetReader]:
    """Open a raster that must have the size of a grid; one without georeference is no reason to warn.

    Raises:
        OutputError: it cannot be read, or is of another size.
    """
    try:
        with catch_warnings():
            simplefilter("ignore", NotGeoreferencedWarning)
            dataset = rasterio.open(path)
    except RasterioError as error:
        raise OutputError(f"{path} cannot be read: {error}. Run the same command again with --overwrite") from error
    with dataset:
        if dataset.shape != (grid.height, grid.width):
            raise OutputError(
                f"{path} has {dataset.height} × {dataset.width} pixels; {grid.height} × {grid.width} were expected. "
                "Run the same command again with --overwrite"
            )
        yield dataset


def read_window(dataset: DatasetReader, window: Window, *, band: int = 1) -> NDArray[np.uint16 | np.uint8]:
    """Return the pixels of a window that lies inside the raster, shape ``(height, width)``."""
    found: NDArray[np.uint16 | np.uint8] = dataset.read(band, window=raster_window(window))
    return found


def raster_window(window: Window) -> RasterWindow:
    """Return the window as rasterio writes it."""
    return RasterWindow(window.col, window.row, window.width, window.height)
