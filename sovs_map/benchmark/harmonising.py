"""Native labels → labels of the taxonomy, in memory or as COGs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.labels import read_labels
from sovs_map.benchmark.sample import Sample
from sovs_map.colours import Colour
from sovs_map.outputs.cog import NAMESPACE, Band, write_cog
from sovs_map.outputs.grid import Grid
from sovs_map.scene.raster import open_raster
from sovs_map.taxonomy import load_taxonomy
from sovs_map.training.labels import LABEL_SETS

SOMEWHERE = Affine(2, 0, 0, 0, -2, 0)
"""Of rasters that are written to be read again only: GDAL warns of those without a place."""


def harmonise(data_set: DataSet, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the label in `LABEL_SETS` of each pixel.

    Args:
        data_set: whose classes they are.
        labels: numbers of classes from 1, 0 where nothing is counted, any shape.
    """
    return np.array([0, *(one.label for one in data_set.classes)], np.uint8)[labels]


def legend(data_set: DataSet) -> tuple[tuple[str, str], ...]:
    """Return what the harmonised labels of a data set mean: ``label_<number>`` and the names of its leaves."""
    names = load_taxonomy().leaves
    used = sorted({one.label for one in data_set.classes} - {0})
    return tuple(
        (f"label_{label}", ", ".join(names[leaf - 1].name for leaf in sorted(LABEL_SETS[label]))) for label in used
    )


def write_harmonised(data_set: DataSet, sample: Sample, target: Path, *, source: str) -> None:
    """Write the harmonised labels of a sample as a COG; one that is there already and has the same source is kept.

    Values are indices of `LABEL_SETS`, 0 (nodata) where nothing is counted; tags say what each value means.

    Args:
        data_set: of the sample.
        sample: labelled.
        target: the COG.
        source: hash of the label files, kept as a tag.

    Raises:
        DataSetError: labels cannot be read.
        OutputError: no space, no permission.
    """
    if target.is_file() and _source_of(target) == source:
        return
    labels = harmonise(data_set, read_labels(data_set, sample))
    grid = _grid(sample, labels.shape[0], labels.shape[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    tags = (("source", source), ("data_set", data_set.name), ("sample", sample.name), *legend(data_set))
    band = Band("label", "Byte", 0, scale=None, palette=_palette(data_set))
    with tempfile.TemporaryDirectory(prefix=f".{target.stem}.", dir=target.parent) as folder:
        raw = Path(folder) / "labels.tif"
        profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "height": grid.height, "width": grid.width}
        with rasterio.open(raw, "w", **profile, transform=SOMEWHERE) as written:
            written.write(labels, 1)
        write_cog(raw, target, grid=grid, bands=(band,), tags=tags, overviews="MODE")


def _grid(sample: Sample, height: int, width: int) -> Grid:
    """Return where a sample lies: as its picture does, its window's corner first."""
    picture = open_raster(str(sample.pictures[0].path))
    row, col = (0, 0) if sample.window is None else (sample.window.row, sample.window.col)
    a, b, c, d, e, f = picture.transform[:6]
    place = (a, b, a * col + b * row + c, d, e, d * col + e * row + f)
    return Grid(height, width, picture.crs.to_wkt() if picture.crs else None, place, ())


def _palette(data_set: DataSet) -> tuple[tuple[int, Colour], ...]:
    """Return labels with the colours of the taxonomy, of several leaves that of the first."""
    leaves = load_taxonomy().leaves
    used = sorted({one.label for one in data_set.classes} - {0})
    colours = (bytes.fromhex(leaves[min(LABEL_SETS[label]) - 1].colour.removeprefix("#")) for label in used)
    return tuple((label, (red, green, blue)) for label, (red, green, blue) in zip(used, colours, strict=True))


def _source_of(path: Path) -> str:
    with rasterio.open(path) as written:
        return str(written.tags(ns=NAMESPACE).get("source", ""))
