"""The probability raster of a phrase, and where it reaches a threshold."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import rasterio

from sovs_map.outputs.blocks import check_blocks
from sovs_map.outputs.cog import Band, write_cog
from sovs_map.outputs.counting import CERTAIN, NO_CONFIDENCE
from sovs_map.outputs.finishing import finished_file
from sovs_map.outputs.grid import Grid, strips
from sovs_map.outputs.reading import open_raster, raster_window, read_window


def write_probability(
    source: Path, target: Path, *, grid: Grid, phrase: str, tags: tuple[tuple[str, str], ...]
) -> None:
    """Write the probability of a phrase as a COG; scale 1/250 makes a GIS show 0 to 1.

    Args:
        source: raster of the grid's size, ``uint8``: probability × 250, 255 nodata.
        target: the COG.
        grid: georeference.
        phrase: what was asked, the name of the band.
        tags: provenance, written to the namespace ``SOVS``.

    Raises:
        OutputError: no space, no permission.
    """
    band = Band(phrase, "Byte", NO_CONFIDENCE, scale=1 / CERTAIN, palette=())
    write_cog(source, target, grid=grid, bands=(band,), tags=tags, overviews="AVERAGE")


def write_reached(source: Path, target: Path, *, grid: Grid, threshold: float) -> None:
    """Write where a probability reaches a threshold as a label raster: 1 there, 0 elsewhere, 255 nodata.

    What is compared is the stored probability, so that the result agrees with the raster that users see.

    Args:
        source: raster of the grid's size, probability × 250, 255 nodata.
        target: GeoTIFF to write.
        grid: where the pixels lie.
        threshold: least probability.

    Raises:
        OutputError: no space, no permission, or the source cannot be read.
    """
    least = math.ceil(threshold * CERTAIN - 1e-9)
    with open_raster(source, grid=grid) as raster, finished_file(target) as partial:
        profile = {"driver": "GTiff", "height": grid.height, "width": grid.width, "count": 1, "dtype": "uint8"}
        # A transform that is none makes GDAL warn, and these pixels are placed by the grid anyway.
        place = rasterio.Affine(2, 0, 0, 0, -2, 0)
        with rasterio.open(
            partial,
            "w",
            nodata=NO_CONFIDENCE,
            transform=place,
            compress="LZW",
            tiled=True,
            BIGTIFF="IF_SAFER",
            **profile,
        ) as out:
            for window in strips(grid):
                stored = read_window(raster, window)
                reached = np.where(stored == NO_CONFIDENCE, NO_CONFIDENCE, stored >= least).astype(np.uint8)
                out.write(reached, 1, window=raster_window(window))
        check_blocks(partial)
