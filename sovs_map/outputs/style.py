"""How QGIS draws the map: styles for the label raster and, inside the GeoPackage, for the polygons."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

from sovs_map.clock import now
from sovs_map.colours import UNKNOWN_COLOUR, Colour
from sovs_map.outputs.finishing import finished_file
from sovs_map.vocabulary import Vocabulary

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"

_STYLE_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)"""


def write_raster_style(target: Path, *, vocabulary: Vocabulary) -> None:
    """Write a QGIS style that names and colours labels; QGIS loads it when it lies beside the raster under its name.

    Raises:
        OutputError: no space, no permission.
    """
    root = ET.Element("qgis", version="3.28", styleCategories="Symbology")
    renderer = ET.SubElement(
        ET.SubElement(root, "pipe"), "rasterrenderer", type="paletted", band="1", opacity="1", alphaBand="-1"
    )
    palette = ET.SubElement(renderer, "colorPalette")
    for value, (name, colour) in enumerate((("unknown", UNKNOWN_COLOUR), *_legend(vocabulary))):
        ET.SubElement(palette, "paletteEntry", value=str(value), label=name, color=_hex(colour), alpha="255")
    with finished_file(target) as partial:
        partial.write_text(_DOCTYPE + ET.tostring(root, encoding="unicode"), encoding="utf-8")


def add_layer_style(package: Path, *, layer: str, vocabulary: Vocabulary) -> None:
    """Put a style for a layer of polygons into its GeoPackage, where QGIS finds it.

    Source:
        table ``layer_styles`` of QGIS, QgsOgrProviderMetadata::saveStyle
    """
    date = now()
    with closing(sqlite3.connect(package)) as connection, connection:
        connection.execute(_STYLE_TABLE)
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) VALUES (?, ?, ?, ?, ?)",
            ("layer_styles", "attributes", "layer_styles", "Styles of QGIS", date),
        )
        connection.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, useAsDefault, description, update_time)"
            " VALUES ('', '', ?, 'geom', 'classes', ?, 1, 'One colour a class', ?)",
            (layer, polygon_style(vocabulary), date),
        )


def polygon_style(vocabulary: Vocabulary) -> str:
    """Return a QGIS style, as XML, that colours polygons by ``class_id`` and names the classes in the legend."""
    root = ET.Element("qgis", version="3.28", styleCategories="Symbology")
    renderer = ET.SubElement(root, "renderer-v2", type="categorizedSymbol", attr="class_id", symbollevels="0")
    categories, symbols = ET.SubElement(renderer, "categories"), ET.SubElement(renderer, "symbols")
    for index, (name, colour) in enumerate(_legend(vocabulary)):
        ET.SubElement(
            categories, "category", symbol=str(index), value=str(index + 1), label=name, render="true", type="long"
        )
        symbols.append(_symbol(index, colour))
    return _DOCTYPE + ET.tostring(root, encoding="unicode")


def _symbol(index: int, colour: Colour) -> ET.Element:
    """Return a fill of the class colour under a thin line of the same colour, darker."""
    symbol = ET.Element("symbol", type="fill", name=str(index), alpha="0.75", clip_to_extent="1", force_rhr="0")
    layer = ET.SubElement(symbol, "layer", {"class": "SimpleFill", "pass": "0", "locked": "0", "enabled": "1"})
    options = ET.SubElement(layer, "Option", type="Map")
    darker = tuple(channel * 2 // 3 for channel in colour)
    for name, value in (
        ("color", ",".join(map(str, (*colour, 255)))),
        ("outline_color", ",".join(map(str, (*darker, 255)))),
        ("outline_style", "solid"),
        ("outline_width", "0.1"),
        ("outline_width_unit", "MM"),
        ("style", "solid"),
    ):
        ET.SubElement(options, "Option", type="QString", name=name, value=value)
    return symbol


def _legend(vocabulary: Vocabulary) -> tuple[tuple[str, Colour], ...]:
    return tuple(zip(vocabulary.names, vocabulary.colours, strict=True))


def _hex(colour: Colour) -> str:
    red, green, blue = colour
    return f"#{red:02x}{green:02x}{blue:02x}"
