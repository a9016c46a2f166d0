"""Merge regions that are too small into their neighbours, on rasters of any size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from warnings import catch_warnings, simplefilter

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import DatasetReader

from sovs_map.outputs.blocks import check_blocks
from sovs_map.outputs.finishing import finished_file
from sovs_map.outputs.grid import STRIP_ROWS, strip_rows
from sovs_map.outputs.merging import Neighbourhood, joined_regions, merged_labels, unique_pairs
from sovs_map.outputs.reading import raster_window, read_window
from sovs_map.outputs.runs import Above, Runs, borders, connect, find_runs
from sovs_map.window import Window

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Numbered:
    """A strip whose runs know their region."""

    window: Window
    """Which rows."""

    runs: Runs
    """Runs of its labels plus one; 0 is nodata."""

    region: Ints
    """Region of each run, counted from 0 over the whole raster, -1 for nodata, shape ``(runs,)``."""

    labels: NDArray[np.int32]
    """Labels plus one, shape ``(rows, width)``."""

    above: Above
    """The row above, with the regions of the whole raster."""

    same: tuple[Ints, Ints]
    """Pairs of region numbers that turned out to be one region."""


def sieve(source: Path, target: Path, *, min_pixels: int, nodata: int) -> None:
    """Merge 4-connected regions smaller than ``min_pixels`` into their largest neighbour.

    Unknown (0) is a label like the others. Nodata stays as it is: it neither takes a region nor is taken. What has no
    neighbour but nodata stays, however small. The result does not depend on how the raster is read. The raster is
    read twice; memory follows the number of regions.

    Args:
        source: label raster.
        target: GeoTIFF with the same pixels otherwise, and the same georeference.
        min_pixels: smallest size of a region that stays [pixels].
        nodata: label that is no region.

    Raises:
        OutputError: no space, no permission, or the source cannot be read.
    """
    with finished_file(target) as partial, catch_warnings():
        simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(source) as raster:
            _sieve(raster, partial, min_pixels=min_pixels, nodata=nodata, rows=strip_rows(raster.width))
        check_blocks(partial)


def _sieve(raster: DatasetReader, target: Path, *, min_pixels: int, nodata: int, rows: int) -> None:
    labels = _new_labels(number_regions(raster, nodata=nodata, rows=rows), min_pixels=min_pixels)
    labels = np.append(labels - 1, nodata).astype(raster.dtypes[0])
    profile = {
        "driver": "GTiff",
        "height": raster.height,
        "width": raster.width,
        "count": 1,
        "dtype": raster.dtypes[0],
        "nodata": nodata,
        "crs": raster.crs,
        "transform": None if raster.transform.is_identity else raster.transform,
        "tiled": True,
        "blockxsize": 512,
        "blockysize": STRIP_ROWS,
        "compress": "ZSTD",
        "zstd_level": 1,
        "bigtiff": "IF_SAFER",
    }
    with rasterio.open(target, "w", **profile) as out:
        for strip in number_regions(raster, nodata=nodata, rows=rows):
            pixels = np.repeat(labels[strip.region], strip.runs.pixels).reshape(strip.window.height, -1)
            out.write(pixels, 1, window=raster_window(strip.window))


def number_regions(raster: DatasetReader, *, nodata: int, rows: int) -> Iterator[Numbered]:
    """Yield strips of a label raster with the region of each run; twice the same raster gives the same numbers."""
    width, numbered = raster.width, 0
    above_label, above_id = np.zeros(width, np.int32), np.full(width, -1, np.int64)
    for row in range(0, raster.height, rows):
        window = Window(row, 0, min(rows, raster.height - row), width)
        found = read_window(raster, window)
        labels = np.where(found == nodata, 0, found.astype(np.int32) + 1)
        runs = find_runs(labels)
        opened = np.unique(above_id[above_id >= 0])
        above = Above(np.searchsorted(opened, above_id), above_label)
        member = connect(above, labels, runs, regions=len(opened))
        of_open, of_run = member[: len(opened)], member[len(opened) :]
        number = np.full(int(member.max()) + 1, np.iinfo(np.int64).max)
        np.minimum.at(number, of_open, opened)
        fresh = np.zeros(len(number), np.bool_)
        fresh[of_run[runs.label > 0]] = True
        fresh &= number == np.iinfo(np.int64).max
        number[fresh] = numbered + np.arange(np.count_nonzero(fresh))
        numbered += int(np.count_nonzero(fresh))
        region = np.where(runs.label > 0, number[of_run], -1)
        yield Numbered(window, runs, region, labels, Above(above_id, above_label), same=(opened, number[of_open]))
        above_label, above_id = labels[-1], region[runs.at(np.arange(width) + (len(labels) - 1) * width)]


def _neighbours(strip: Numbered) -> tuple[Ints, Ints]:
    """Return pairs of regions that share an edge in a strip or across its upper seam, each once."""
    one, other = borders(strip.labels, strip.runs)
    first, label = strip.labels[0], strip.above.label
    across = np.flatnonzero((label != first) & (label > 0) & (first > 0))
    return unique_pairs(
        np.concatenate([strip.region[one], strip.above.region[across]]),
        np.concatenate([strip.region[other], strip.region[strip.runs.at(across)]]),
    )


def _new_labels(strips: Iterator[Numbered], *, min_pixels: int) -> Ints:
    """Return the label plus one of each region number after merging, shape ``(numbers,)``."""
    facts: list[tuple[Ints, Ints, Ints, Ints]] = []
    pairs: list[tuple[Ints, Ints]] = []
    same: list[tuple[Ints, Ints]] = []
    for strip in strips:
        inside = strip.region >= 0
        region, leads, index = np.unique(strip.region[inside], return_index=True, return_inverse=True)
        pixels = np.bincount(index, weights=strip.runs.pixels[inside], minlength=len(region)).astype(np.int64)
        first = strip.runs.start[inside][leads] + strip.window.row * strip.window.width
        facts.append((region, strip.runs.label[inside][leads].astype(np.int64), pixels, first))
        pairs.append(_neighbours(strip))
        same.append(strip.same)
    region, part_label, part_pixels, part_first = (np.concatenate(part) for part in zip(*facts, strict=True))
    count = int(region.max()) + 1 if len(region) else 0
    if count == 0:
        return np.empty(0, np.int64)
    label, first = np.zeros(count, np.int64), np.full(count, np.iinfo(np.int64).max)
    label[region] = part_label
    np.minimum.at(first, region, part_first)
    size = np.bincount(region, weights=part_pixels, minlength=count).astype(np.int64)
    one, other = unique_pairs(*(np.concatenate(part) for part in zip(*pairs, strict=True)))
    whole, moved = joined_regions(
        Neighbourhood(label, size, first, one, other),
        *(np.concatenate(part) for part in zip(*same, strict=True)),
    )
    return merged_labels(whole, min_pixels=min_pixels)[moved]
