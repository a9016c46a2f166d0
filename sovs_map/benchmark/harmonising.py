"""Native labels → labels of the taxonomy, in memory or as COGs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.labels import read_labels
from sovs_map.benchmark.sample import Sample
from sovs_map.outputs.finishing import finished_file
from sovs_map.scene.raster import open_raster
from sovs_map.taxonomy import load_taxonomy
from sovs_map.training.labels import LABEL_SETS

BLOCK = 256
"""Side of the blocks of a COG [pixels]."""


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
    target.parent.mkdir(parents=True, exist_ok=True)
    picture = open_raster(str(sample.pictures[0].path))
    offset = (0, 0) if sample.window is None else (sample.window.col, sample.window.row)
    placed = {"crs": picture.crs, "transform": picture.transform * picture.transform.translation(*offset)}
    tags = {"SOURCE": source, "DATA_SET": data_set.name, "SAMPLE": sample.name, **dict(legend(data_set))}
    with (
        finished_file(target) as partial,
        rasterio.MemoryFile() as memory,
        memory.open(
            driver="GTiff",
            dtype="uint8",
            count=1,
            height=labels.shape[0],
            width=labels.shape[1],
            nodata=0,
            **(placed if picture.crs else {}),
        ) as raw,
    ):
        raw.write(labels, 1)
        raw.update_tags(ns="SOVS", **tags)
        rasterio.shutil.copy(
            raw, partial, driver="COG", blocksize=BLOCK, compress="deflate", overview_resampling="mode"
        )


def _source_of(path: Path) -> str:
    with rasterio.open(path) as written:
        return str(written.tags(ns="SOVS").get("SOURCE", ""))
