"""Outputs: rasters of labels and confidence on disk → COGs, polygons, styles, pictures, report, STAC item."""

from sovs_map.outputs.areas import middle_cell_area
from sovs_map.outputs.confidence import write_confidence, write_scores
from sovs_map.outputs.counting import ClassArea, count_values, summarise
from sovs_map.outputs.geocoding import gcp_residual_m, geocode, geocoded_grid
from sovs_map.outputs.grid import Grid
from sovs_map.outputs.heat_map import write_heat_map
from sovs_map.outputs.labels import write_labels
from sovs_map.outputs.pictures import draw_backscatter, draw_labels, encode_png
from sovs_map.outputs.polygons import PolygonSummary, write_polygons
from sovs_map.outputs.preview import write_preview
from sovs_map.outputs.probability import write_probability, write_reached
from sovs_map.outputs.report import Fact, OutputFile, Report, write_report
from sovs_map.outputs.sieving import sieve
from sovs_map.outputs.simplify import check_simplify
from sovs_map.outputs.stac import StacAsset, StacFacts, write_stac_item
from sovs_map.outputs.vector_file import check_driver
from sovs_map.outputs.way_back import find_way_back, old_pixels

__all__ = [
    "ClassArea",
    "Fact",
    "Grid",
    "OutputFile",
    "PolygonSummary",
    "Report",
    "StacAsset",
    "StacFacts",
    "check_driver",
    "check_simplify",
    "count_values",
    "draw_backscatter",
    "draw_labels",
    "encode_png",
    "find_way_back",
    "gcp_residual_m",
    "geocode",
    "geocoded_grid",
    "middle_cell_area",
    "old_pixels",
    "sieve",
    "summarise",
    "write_confidence",
    "write_heat_map",
    "write_labels",
    "write_polygons",
    "write_preview",
    "write_probability",
    "write_reached",
    "write_report",
    "write_scores",
    "write_stac_item",
]
