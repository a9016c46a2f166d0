"""One labelled picture of a data set, as files on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sovs_map.window import Window


@dataclass(frozen=True, slots=True)
class Picture:
    """One polarisation."""

    path: Path
    """Raster that holds it."""

    band: int
    """Its band there, from 1; the real part where numbers are complex."""

    polarisation: str
    """VV, VH, HV, HH or unknown."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What is evaluated as one piece."""

    data_set: str
    """Name of its data set."""

    split: str
    """Its split there."""

    scene: str
    """What it was cut from; the bootstrap draws scenes, and a scene lies on one side of a split."""

    name: str
    """Unique in its data set; safe as a relative path."""

    pictures: tuple[Picture, ...]
    """One for each polarisation."""

    labels: tuple[Path, ...]
    """Label files in the order of the data set's templates; none when it is unlabelled."""

    valid: Path | None = None
    """Raster that is 1 where picture and labels count; None when the data set has none."""

    window: Window | None = None
    """Part of the files that it is; None for all."""
