"""How a data set's files are named: path templates with fields, such as ``{split}/sar/{name}.tif``."""

from __future__ import annotations

from dataclasses import dataclass

from sovs_map.benchmark.splits import ALL, Splits


@dataclass(frozen=True, slots=True)
class PictureFile:
    """Files that hold one or more polarisations."""

    path: str
    """Template, relative to the data set's folder."""

    bands: tuple[tuple[int, str], ...] = ()
    """Number of each band used, from 1, and its polarisation, ``unknown`` where nothing tells it; none where the field
    ``{polarisation}`` tells those of all bands, as ``VV-VH``."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One way in which a data set lies on disk."""

    pictures: tuple[PictureFile, ...]
    """Files of a sample; the first names it, and has all fields that other templates use."""

    labels: tuple[str, ...]
    """Templates of its label files, as the data set's `Labelling` needs them; a ``*`` stands for any letters."""

    fields: tuple[tuple[str, str], ...] = ()
    """Fields and the regular expressions that their values match; of others, anything without a slash."""

    scene: str = "{name}"
    """Template of what the sample was cut from: samples of a scene stay on one side of a split."""

    splits: Splits = ALL
    """What tells a sample's split."""

    valid: str = ""
    """Template of a raster that is 1 where picture and label are valid; empty where there is none."""

    without: tuple[str, ...] = ()
    """Names of samples that are left out: files known to be broken."""

    folder: str = ""
    """Regular expression of the name of the data set's own folder, where names of files do not tell it; empty for any."""
