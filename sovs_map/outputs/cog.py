"""Turn a raster of the engine into a cloud-optimised GeoTIFF that says what it holds."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree as ET

import rasterio
import rasterio.shutil

from sovs_map.colours import Colour
from sovs_map.outputs.blocks import check_blocks
from sovs_map.outputs.finishing import finished_file
from sovs_map.outputs.grid import Grid

BLOCK = 512
"""Side of the storage blocks [pixels]."""

LEVEL = "1"
"""Of DEFLATE, which every reader knows; 6 takes 1.7 times as long, for 1/3 less labels and no less confidence."""

NAMESPACE = "SOVS"
"""GDAL metadata domain of this program's tags."""


@dataclass(frozen=True, slots=True)
class Band:
    """What a GIS should know of one band."""

    description: str
    """Shown as the name of the band."""

    dtype: Literal["Byte", "UInt16"]
    """GDAL's name of the type."""

    nodata: int
    """Value of pixels without a measurement."""

    scale: float | None
    """Factor from stored numbers to what they mean; None where they are labels."""

    palette: tuple[tuple[int, Colour], ...]
    """Values with their colours, nodata left out since it is transparent; empty where values are quantities."""


def write_cog(
    source: Path,
    target: Path,
    *,
    grid: Grid,
    bands: tuple[Band, ...],
    tags: tuple[tuple[str, str], ...],
    overviews: Literal["MODE", "AVERAGE"],
) -> None:
    """Copy a raster into a valid COG with the given georeference and descriptions; pixels stay as they are.

    Args:
        source: raster with as many bands, of the grid's size; a VRT will do.
        target: file to write; replaced when the copy is whole.
        grid: the georeference to write.
        bands: one description a band.
        tags: written to the namespace ``SOVS``; the tag ``software`` becomes ``TIFFTAG_SOFTWARE`` as well.
        overviews: how overviews are made. ``MODE`` invents no label.

    Raises:
        OutputError: no space, no permission.

    Source:
        https://gdal.org/en/stable/drivers/raster/cog.html
    """
    with (
        finished_file(target) as partial,
        tempfile.TemporaryDirectory(prefix=f".{target.stem}.", dir=target.parent) as folder,
    ):
        description = Path(folder) / "described.vrt"
        ET.ElementTree(_describe(source, grid=grid, bands=bands, tags=tags)).write(description, encoding="utf-8")
        rasterio.shutil.copy(
            str(description),
            str(partial),
            driver="COG",
            COMPRESS="DEFLATE",
            LEVEL=LEVEL,
            PREDICTOR="NO",
            BLOCKSIZE=str(BLOCK),
            OVERVIEW_RESAMPLING=overviews,
            BIGTIFF="IF_SAFER",
            NUM_THREADS="ALL_CPUS",
            COPY_SRC_MDD="YES",
        )
        (partial.parent / f"{partial.name}.aux.xml").unlink(missing_ok=True)
        check_blocks(partial)
    target.with_name(target.name + ".aux.xml").unlink(missing_ok=True)


def _describe(source: Path, *, grid: Grid, bands: tuple[Band, ...], tags: tuple[tuple[str, str], ...]) -> ET.Element:
    """Return a GDAL VRT that shows the source with its georeference, tags and band descriptions."""
    root = ET.Element("VRTDataset", rasterXSize=str(grid.width), rasterYSize=str(grid.height))
    _georeference(root, grid)
    general = ET.SubElement(root, "Metadata")
    own = ET.SubElement(root, "Metadata", domain=NAMESPACE)
    for key, value in tags:
        ET.SubElement(own, "MDI", key=key).text = value
        if key == "software":
            ET.SubElement(general, "MDI", key="TIFFTAG_SOFTWARE").text = value
    for number, band in enumerate(bands, start=1):
        root.append(_describe_band(source, number, band))
    return root


def _georeference(root: ET.Element, grid: Grid) -> None:
    if grid.gcps:
        points = ET.SubElement(root, "GCPList", Projection=grid.crs or "")
        for number, point in enumerate(grid.gcps, start=1):
            place = (("Pixel", point.col), ("Line", point.row), ("X", point.x), ("Y", point.y), ("Z", point.z or 0.0))
            ET.SubElement(points, "GCP", {"Id": str(number)} | {key: repr(float(value)) for key, value in place})
        return
    if grid.crs:
        ET.SubElement(root, "SRS").text = grid.crs
    a, b, c, d, e, f = grid.transform
    if grid.crs or grid.transform != (1.0, 0.0, 0.0, 0.0, 1.0, 0.0):
        ET.SubElement(root, "GeoTransform").text = ", ".join(repr(float(value)) for value in (c, a, b, f, d, e))


def _describe_band(source: Path, number: int, band: Band) -> ET.Element:
    element = ET.Element("VRTRasterBand", dataType=band.dtype, band=str(number))
    ET.SubElement(element, "Description").text = band.description
    ET.SubElement(element, "NoDataValue").text = str(band.nodata)
    if band.scale is not None:
        ET.SubElement(element, "Offset").text = "0"
        ET.SubElement(element, "Scale").text = repr(band.scale)
    if band.palette:
        ET.SubElement(element, "ColorInterp").text = "Palette"
        _palette(ET.SubElement(element, "ColorTable"), band)
    simple = ET.SubElement(element, "SimpleSource")
    ET.SubElement(simple, "SourceFilename", relativeToVRT="0").text = str(source.resolve())
    ET.SubElement(simple, "SourceBand").text = str(number)
    return element


def _palette(table: ET.Element, band: Band) -> None:
    """Fill a colour table; a value with no colour of its own is black, and nodata is transparent."""
    colours = dict(band.palette)
    for value in range(max(band.nodata, *colours) + 1):
        red, green, blue = colours.get(value, (0, 0, 0))
        alpha = 0 if value == band.nodata else 255
        ET.SubElement(table, "Entry", c1=str(red), c2=str(green), c3=str(blue), c4=str(alpha))
