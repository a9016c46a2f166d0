"""What is known about a product because its family is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sovs_map.radiometry import Scale


@dataclass(frozen=True, slots=True)
class Product:
    """Facts that a family of products lays down, beyond what GDAL tells of a raster."""

    family: str
    """Mission and kind of product."""

    scale: Scale
    """What numbers are once the gain is applied."""

    calibration: str
    """What the numbers are then, and what makes them so; empty when their gain is unknown."""

    doubt: str = ""
    """Why their gain is unknown, as half a sentence."""

    gain: float = 1.0
    """What stored numbers are multiplied by."""

    polarisations: tuple[str, ...] = ()
    """Of the bands, in their order; empty when the family does not tell."""

    acquired: str | None = None
    """When the scene was taken, ISO 8601 with ``Z``; None when the family does not tell."""

    spacing_m: float | None = None
    """Of the pixels on the ground, geometric mean of both axes [m], for rasters without georeference; None when untold."""

    nodata: float | None = None
    """Stored number without data where a file declares none."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What a family is recognised by."""

    path: Path
    """Of the raster."""

    tags: Mapping[str, str]
    """Of the file."""

    dtype: str
    """Of its first band."""

    bands: int
    """How many there are."""


def mean_spacing_m(first: float | None, second: float | None) -> float | None:
    """Return the geometric mean of the pixel spacings of both axes [m]; None when one is unknown or no length."""
    if first is None or second is None or not (0 < first < math.inf and 0 < second < math.inf):
        return None
    return math.sqrt(first * second)


def utc(text: str) -> str | None:
    """Return a time of a product as ISO 8601 with ``Z`` and whole seconds; None when it is no such time.

    A time that names no zone is UTC, as all products of these families count.
    """
    stamp = text.strip()
    if "T" not in stamp and " " not in stamp:
        return None
    try:
        time = datetime.fromisoformat(stamp)
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return time.isoformat(timespec="seconds").removesuffix("+00:00") + "Z"
