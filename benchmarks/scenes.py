"""Big scenes for measuring, made block by block: smooth ground, speckle, a border without data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import Affine
from rasterio.windows import Window
from scipy import ndimage

BLOCK = 512


def make_big_scene(path: Path, side: int, *, bands: int = 2) -> Path:
    """Write a float32 scene in dB of ``side`` x ``side`` pixels of 10 m, unless it is there."""
    if path.exists():
        return path
    draw = np.random.default_rng(side)
    coarse = ndimage.gaussian_filter(draw.normal(size=(side // 32 + 3, side // 32 + 3)), 2) * 60 - 12
    transform = Affine(10.0, 0.0, 500_000.0, 0.0, -10.0, 4_900_000.0)
    with rasterio.open(
        path, "w", driver="GTiff", height=side, width=side, count=bands, dtype="float32", nodata=np.nan,
        crs="EPSG:32631", transform=transform, tiled=True, blockxsize=BLOCK, blockysize=BLOCK, BIGTIFF="IF_SAFER",
    ) as target:  # fmt: skip
        target.descriptions = ("VV", "VH", "HH", "HV")[:bands]
        for row in range(0, side, BLOCK):
            for col in range(0, side, BLOCK):
                height, width = min(BLOCK, side - row), min(BLOCK, side - col)
                places = np.mgrid[row : row + height, col : col + width] / 32
                ground = ndimage.map_coordinates(coarse, places, order=1)
                speckle = 10 * np.log10(draw.standard_gamma(4.4, (bands, height, width), np.float32) / 4.4)
                db = np.clip(ground - 7 * np.arange(bands)[:, None, None], -28, 5) + speckle
                db[:, places[0] + places[1] / 8 < 4] = np.nan
                target.write(db.astype(np.float32), window=Window(col, row, width, height))
        for index, name in enumerate(target.descriptions, start=1):
            target.update_tags(index, units="dB", polarisation=name)
    return path
