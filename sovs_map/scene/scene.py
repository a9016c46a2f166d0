"""Scene: everything that is known about one acquisition before its pixels are read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from sovs_map.radiometry import Scale
from sovs_map.scene.array import ArraySource
from sovs_map.scene.border import BorderZeros
from sovs_map.scene.calibration import CalibrationTable
from sovs_map.scene.georeference import Georeference
from sovs_map.scene.raster import full_path
from sovs_map.scene.store import Store


class Mask(StrEnum):
    """Where a file keeps its own mask of valid pixels."""

    NONE = "none"
    FILE = "file"
    """Inside the file, or in a ``.msk`` beside it."""

    ALPHA = "alpha"
    """In an alpha band."""


@dataclass(frozen=True, slots=True)
class Band:
    """One polarisation of a scene: where its numbers lie and how to read them."""

    source: str | ArraySource
    """Path as GDAL takes it, or an array."""

    index: int
    """Number of the band in its source, from 1."""

    polarisation: str
    """VV, VH, HV, HH or unknown."""

    gain: float
    """What stored numbers are multiplied by."""

    bias: float
    """What is added afterwards."""

    nodata: float | None
    """Declared stored number of a pixel without data; NaN and infinity never are data."""

    mask: Mask
    """Where the source keeps a mask."""

    alpha: int
    """Number of the alpha band; 0 when the mask isn't one."""

    table: CalibrationTable | None = None
    """What stored numbers are divided by, and then squared, in place of gain and bias."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One SAR acquisition. It holds facts only and no open file, so that it can be sent to workers."""

    name: str
    """Stem of the output files."""

    bands: tuple[Band, ...]
    """One to four polarisations on one grid."""

    height: int
    """Rows."""

    width: int
    """Columns."""

    georeference: Georeference
    """Where the pixels lie."""

    scale: Scale
    """What the numbers are once gain and bias are applied."""

    calibrated: bool
    """True when the numbers are absolute backscatter, False when their gain is unknown."""

    offsets_db: tuple[float, ...]
    """Added to each band so that an uncalibrated scene sits at the reference level [dB]; 0 when calibrated."""

    spacing_m: float | None
    """Pixel spacing at the centre on the ground, geometric mean of both axes [m]; None when unknown."""

    border: BorderZeros | None
    """Zeros that reach in from the border and so are no data; None when there are none or a nodata number is declared."""

    remarks: tuple[str, ...]
    """What was detected and why, a line each."""

    acquired: str | None
    """When it was taken, ISO 8601 with ``Z``; None when nothing tells."""

    identity: str
    """SHA-256 over files and settings: equal for equal numbers, different after any change."""

    store: Store | None = None
    """What the network has seen of it, when it was embedded; its pixels are not read then."""

    @property
    def polarisations(self) -> tuple[str, ...]:
        """Return the polarisation of each band."""
        return tuple(band.polarisation for band in self.bands)

    def with_full_paths(self) -> Scene:
        """Return the scene for processes that work in other folders."""
        bands = (
            replace(band, source=full_path(band.source)) if isinstance(band.source, str) else band
            for band in self.bands
        )
        store = self.store and replace(self.store, path=full_path(self.store.path))
        return replace(self, bands=tuple(bands), store=store)
