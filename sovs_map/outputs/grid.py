"""Where the pixels of a raster lie: size, coordinate system, affine or control points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyproj import CRS
from rasterio.control import GroundControlPoint

from sovs_map.window import Window

STRIP_PIXELS = 1 << 20
"""Most pixels of a strip, of which a raster of any size is read one at a time, but that it has a row."""

STRIP_ROWS = 256
"""Most rows of a strip. Where rows are long it has half of them, a quarter …, so that strips end where blocks do."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Size and georeference of a raster."""

    height: int
    """Rows."""

    width: int
    """Columns."""

    crs: str | None
    """Coordinate system as WKT, that of the control points where there are some; None without georeference."""

    transform: tuple[float, float, float, float, float, float]
    """``x = a col + b row + c`` and ``y = d col + e row + f``, for the corner of a pixel."""

    gcps: tuple[GroundControlPoint, ...]
    """Ground control points; where there are some, they place the pixels and `transform` does not."""

    @property
    def determinant(self) -> float:
        """Return the signed area of a pixel [CRS units squared]."""
        a, b, _, d, e, _ = self.transform
        return a * e - b * d


def read_crs(grid: Grid) -> CRS | None:
    """Return the coordinate system of a grid, or None without one."""
    return CRS.from_wkt(grid.crs) if grid.crs else None


def metres_per_unit(crs: CRS) -> float:
    """Return the length of one unit of a projected coordinate system [m]."""
    return float(crs.axis_info[0].unit_conversion_factor)


def strips(grid: Grid) -> Iterator[Window]:
    """Yield full-width windows from top to bottom that cover every pixel once."""
    rows = strip_rows(grid.width)
    for row in range(0, grid.height, rows):
        yield Window(row, 0, min(rows, grid.height - row), grid.width)


def strip_rows(width: int) -> int:
    """Return how many rows of ``width`` pixels a strip has, a power of two."""
    rows = STRIP_ROWS
    while rows > 1 and rows * width > STRIP_PIXELS:
        rows //= 2
    return rows
