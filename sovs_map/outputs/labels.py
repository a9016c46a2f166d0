"""The label raster: palette, class names, an attribute table and a style, so that a GIS shows it as it is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from sovs_map.colours import UNKNOWN_COLOUR, Colour
from sovs_map.outputs.cog import Band, write_cog
from sovs_map.outputs.counting import count_values
from sovs_map.outputs.finishing import finished_file
from sovs_map.outputs.grid import Grid
from sovs_map.outputs.style import write_raster_style
from sovs_map.vocabulary import Vocabulary

UNKNOWN = "unknown"
"""What label 0 is called."""


def write_labels(
    source: Path, target: Path, *, grid: Grid, vocabulary: Vocabulary, tags: tuple[tuple[str, str], ...]
) -> None:
    """Write labels as a COG with palette, class names, attribute table and QGIS style beside it.

    Args:
        source: raster of the grid's size, ``uint8`` or ``uint16``: 0 unknown, 1…N classes, 255 or 65535 nodata.
        target: the COG; ``<target>.aux.xml`` and ``<target stem>.qml`` are written beside it.
        grid: georeference.
        vocabulary: classes in label order.
        tags: provenance, written to the namespace ``SOVS`` after the class names.

    Raises:
        OutputError: no space, no permission.
    """
    dtype: Literal["Byte", "UInt16"] = "Byte" if vocabulary.dtype == "uint8" else "UInt16"
    band = Band("class", dtype, vocabulary.nodata, scale=None, palette=_colours(vocabulary))
    names = tuple((f"class_{label}", name) for label, name in enumerate(vocabulary.names, start=1))
    counts = count_values(source, grid=grid, values=vocabulary.nodata + 1)
    write_cog(source, target, grid=grid, bands=(band,), tags=(*names, *tags), overviews="MODE")
    with finished_file(target.with_name(target.name + ".aux.xml")) as partial:
        ET.ElementTree(_attributes(vocabulary, counts)).write(partial, encoding="utf-8")
    write_raster_style(target.with_suffix(".qml"), vocabulary=vocabulary)


def _colours(vocabulary: Vocabulary) -> tuple[tuple[int, Colour], ...]:
    return ((0, UNKNOWN_COLOUR), *enumerate(vocabulary.colours, start=1))


def _attributes(vocabulary: Vocabulary, counts: NDArray[np.int64]) -> ET.Element:
    """Return GDAL's sidecar metadata: category names and a raster attribute table.

    Source:
        GDALRATFieldUsage and GDALRATFieldType in gdal/gcore/gdal.h
    """
    root = ET.Element("PAMDataset")
    band = ET.SubElement(root, "PAMRasterBand", band="1")
    ET.SubElement(band, "Description").text = "class"
    categories = ET.SubElement(band, "CategoryNames")
    table = ET.SubElement(band, "GDALRasterAttributeTable", tableType="thematic")
    integer, text, count, name, value = "0", "2", "1", "2", "5"
    columns = (
        ("Value", integer, value),
        ("Class", text, name),
        *((channel, integer, usage) for channel, usage in (("Red", "6"), ("Green", "7"), ("Blue", "8"))),
        ("Histogram", "1", count),  # a real number, since integers have 32 bits only
    )
    for index, (title, kind, usage) in enumerate(columns):
        column = ET.SubElement(table, "FieldDefn", index=str(index))
        for key, entry in (("Name", title), ("Type", kind), ("Usage", usage)):
            ET.SubElement(column, key).text = entry
    names = (UNKNOWN, *vocabulary.names)
    for label, colour in _colours(vocabulary):
        ET.SubElement(categories, "Category").text = names[label]
        row = ET.SubElement(table, "Row", index=str(label))
        for cell in (label, names[label], *colour, int(counts[label])):
            ET.SubElement(row, "F").text = str(cell)
    return root
