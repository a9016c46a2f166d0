"""What a source says about itself, before anyone has decided which of its layers are polarisations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sovs_map.scene.array import ArraySource
from sovs_map.scene.calibration import CalibrationTable
from sovs_map.scene.georeference import Georeference
from sovs_map.scene.products import Product
from sovs_map.scene.scene import Mask

TELLS_SCALE = re.compile(r"unit|calib|scale|radiom|quantity|long_?name|standard_?name|desc|backscatter", re.IGNORECASE)
"""Names of tags that may tell the scale."""

TELLS_POLARISATION = re.compile(r"polari[sz]", re.IGNORECASE)
"""Names of tags that may tell the polarisation."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One band of a file, or one slice of an array."""

    source: str | ArraySource
    """Path as GDAL takes it, or an array."""

    index: int
    """Number of the band in its source, from 1."""

    dtype: str
    """As stored."""

    description: str
    """Band description; empty when there is none."""

    notes: str
    """Unit and tags that may tell the scale, in one string."""

    polarisation_note: str
    """Tags that may tell the polarisation of this band, in one string."""

    colour: str
    """Colour interpretation, in lower case; empty when it says nothing."""

    gain: float
    """Band scale."""

    bias: float
    """Band offset."""

    nodata: float | None
    """Declared stored number of a pixel without data."""

    mask: Mask
    """Where the source keeps a mask."""

    alpha: int
    """Number of the alpha band; 0 when the mask isn't one."""

    table: CalibrationTable | None = None
    """What the stored numbers are calibrated by, pixel by pixel."""

    @property
    def is_rescaled(self) -> bool:
        """Tell whether stored numbers are turned into physical ones by a gain or a bias."""
        return self.gain != 1.0 or self.bias != 0.0


@dataclass(frozen=True, slots=True)
class Source:
    """One file or array, and its layers."""

    label: str
    """How messages call it."""

    stem: str
    """Name without folder and suffix."""

    height: int
    """Rows."""

    width: int
    """Columns."""

    block: tuple[int, int]
    """Rows and columns of a storage block."""

    georeference: Georeference
    """Where the pixels lie."""

    layers: tuple[Layer, ...]
    """In stored order."""

    polarisation_note: str
    """Tags of the whole source that may list polarisations, in one string."""

    remarks: tuple[str, ...]
    """What is unusual about the source, a line each."""

    fingerprint: str
    """What changes when the source does: name, size and time, or shape and coordinates."""

    product: Product | None = None
    """What is known because the source belongs to a family of products."""


def words(text: str) -> tuple[str, ...]:
    """Return the words of a tag or name in lower case, split at signs, digits and changes of case."""
    return tuple(word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", text.replace("dB", " db ")))


def notes(tags: Iterable[tuple[object, object]], wanted: re.Pattern[str]) -> str:
    """Return those of a source's tags whose names are wanted, in one string."""
    return " ".join(f"{key} {value}" for key, value in tags if wanted.search(str(key)))
