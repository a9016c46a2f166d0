"""Big scenes for measuring, made block by block: smooth ground, speckle, a border without data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import Affine
from rasterio.windows import Window
from scipy import ndimage

BLOCK = 512

REPEATED = 5000
"""Side of the raster that wide scenes repeat [pixels]."""


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


def make_wide_scene(folder: Path, side: int) -> Path:
    """Write a two-band uint16 scene of any size as a VRT that repeats one raster of ``REPEATED`` pixels a side."""
    raster, wide = folder / f"repeated_{REPEATED}.tif", folder / f"wide_{side}.vrt"
    if not raster.exists():
        with rasterio.open(make_big_scene(folder / f"scene_{REPEATED}.tif", REPEATED)) as source:
            profile = source.profile | {"dtype": "uint16", "nodata": 0, "compress": "DEFLATE"}
            with rasterio.open(raster, "w", **profile) as target:
                for _, window in source.block_windows():
                    amplitude = 2000 * 10 ** (source.read(window=window) / 20)
                    target.write(np.nan_to_num(amplitude).clip(0, 65535).astype(np.uint16), window=window)
    count = -(-side // REPEATED)
    size = f'xSize="{REPEATED}" ySize="{REPEATED}"'
    bands = "".join(
        f'<VRTRasterBand dataType="UInt16" band="{band}"><Description>{name}</Description><NoDataValue>0</NoDataValue>'
        + "".join(
            f'<SimpleSource><SourceFilename relativeToVRT="1">{raster.name}</SourceFilename><SourceBand>{band}</SourceBand>'
            f'<SrcRect xOff="0" yOff="0" {size}/>'
            f'<DstRect xOff="{col * REPEATED}" yOff="{row * REPEATED}" {size}/></SimpleSource>'
            for row in range(count)
            for col in range(count)
        )
        + "</VRTRasterBand>"
        for band, name in ((1, "VV"), (2, "VH"))
    )
    wide.write_text(
        f'<VRTDataset rasterXSize="{side}" rasterYSize="{side}"><SRS>EPSG:32631</SRS>'
        f"<GeoTransform>500000, 10, 0, 4900000, 0, -10</GeoTransform>{bands}</VRTDataset>",
        encoding="utf-8",
    )
    return wide
