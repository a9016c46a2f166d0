"""How much of each class there is, and how sure the model is of it, counted strip by strip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sovs_map.outputs.areas import CellAreas, cell_areas, row_areas
from sovs_map.outputs.grid import Grid, strips
from sovs_map.outputs.placement import place
from sovs_map.outputs.reading import open_raster, read_window
from sovs_map.vocabulary import Vocabulary
from sovs_map.window import Window

CERTAIN = 250
"""Stored confidence that means probability 1."""

NO_CONFIDENCE = 255
"""Stored confidence of pixels without a measurement."""


@dataclass(frozen=True, slots=True)
class ClassArea:
    """How much of a map one label covers."""

    class_id: int
    """Label: 0 unknown, 1 the first class."""

    name: str
    """What the label is called."""

    pixels: int
    """Pixels with this label."""

    area_m2: float | None
    """Area on the ground [m²], by the rule of `sovs_map.outputs.areas`; None without coordinate system."""

    confidence: float | None
    """Mean probability of the pixels, 0 to 1; None when there are none."""


def summarise(labels: Path, confidence: Path, *, grid: Grid, vocabulary: Vocabulary) -> tuple[ClassArea, ...]:
    """Return pixels, area and mean confidence of every class, in label order.

    Args:
        labels: raster of the grid's size: 1…N are classes; unknown and nodata are not counted.
        confidence: raster of the same size, probability × 250, 255 nodata.
        grid: where the pixels lie.
        vocabulary: classes in label order.

    Raises:
        OutputError: a raster cannot be read or has another size.
    """
    values = vocabulary.nodata + 1
    pixels, certainty, measured = (np.zeros(values, np.int64) for _ in range(3))
    area: NDArray[np.float64] = np.zeros(values)
    cells = cell_areas(place(grid))
    with open_raster(labels, grid=grid) as label_raster, open_raster(confidence, grid=grid) as confidence_raster:
        for window in strips(grid):
            label = read_window(label_raster, window)
            joint = _joint_histogram(label, read_window(confidence_raster, window), values)
            pixels += joint.sum(axis=1)
            certainty += joint[:, :NO_CONFIDENCE] @ np.arange(NO_CONFIDENCE)
            measured += joint[:, :NO_CONFIDENCE].sum(axis=1)
            if cells is not None and cells.constant is None:
                for of_row in _areas_of_rows(label, cells, window, values):
                    area += of_row
    if cells is not None and cells.constant is not None:
        area = pixels.astype(np.float64) * cells.constant
    return tuple(
        ClassArea(
            class_id=label,
            name=name,
            pixels=int(pixels[label]),
            area_m2=None if cells is None else float(area[label]),
            confidence=float(certainty[label] / measured[label] / CERTAIN) if measured[label] else None,
        )
        for label, name in enumerate(vocabulary.names, start=1)
    )


def count_values(source: Path, *, grid: Grid, values: int) -> NDArray[np.int64]:
    """Return how many pixels of a label raster have each value, shape ``(values,)``.

    Raises:
        OutputError: the raster cannot be read or has another size.
    """
    counts = np.zeros(values, np.int64)
    with open_raster(source, grid=grid) as raster:
        for window in strips(grid):
            counts += np.bincount(read_window(raster, window).ravel(), minlength=values)
    return counts


def _joint_histogram(label: NDArray[np.integer], confidence: NDArray[np.integer], values: int) -> NDArray[np.int64]:
    """Return how many pixels have each label and each confidence, shape ``(values, 256)``."""
    both = label.astype(np.intp)
    both <<= 8
    both |= confidence
    return np.bincount(both.ravel(), minlength=values * 256).reshape(values, 256)


def _areas_of_rows(
    label: NDArray[np.integer], cells: CellAreas, window: Window, values: int
) -> Iterator[NDArray[np.float64]]:
    """Yield the area of each label in one row after the other, so that sums don't depend on the strips."""
    for row, line in enumerate(label, start=window.row):
        areas = np.bincount(line, weights=row_areas(cells, row, window.width), minlength=values)
        yield np.asarray(areas, np.float64)
