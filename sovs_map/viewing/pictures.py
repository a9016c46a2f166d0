"""Numbers to PNG with a palette: grey values, labels, heat."""

from __future__ import annotations

import io
from collections.abc import Collection
from functools import cache

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sovs_map.outputs.counting import CERTAIN
from sovs_map.outputs.heat_map import COLOURS, OPACITY

Colours = dict[int, tuple[int, int, int, int]]


def grey_png(grey: NDArray[np.uint8]) -> bytes:
    """Return a picture of grey values ``(rows, cols)``; 0 is transparent."""
    return _png(grey, _greys())


def labels_png(labels: NDArray[np.integer], colours: Colours, *, hidden: Collection[int], nodata: int) -> bytes:
    """Return a picture of labels ``(rows, cols)``; hidden ones, and those without data, are transparent.

    A picture has 256 colours: labels above 254 share those of the lower ones.
    """
    shown = np.where(labels == nodata, 255, labels % 255).astype(np.uint8)
    table = np.zeros((256, 4), np.uint8)
    for label, colour in colours.items():
        if label not in hidden and label < 255:
            table[label] = (*colour[:3], 255)
    return _png(shown, table)


def heat_png(probability: NDArray[np.float32]) -> bytes:
    """Return a picture of probabilities ``(rows, cols)``: the more probable, the less transparent; NaN is not drawn."""
    steps = np.where(np.isnan(probability), CERTAIN + 1, np.rint(probability * CERTAIN)).astype(np.uint8)
    return _png(steps, _heat())


@cache
def _greys() -> NDArray[np.uint8]:
    table = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, axis=1)
    table[:, 3] = 255
    table[0, 3] = 0
    return table


@cache
def _heat() -> NDArray[np.uint8]:
    """Return red, green, blue and opacity of each step of a probability, and of none."""
    steps = np.arange(CERTAIN + 1) / CERTAIN
    table = np.zeros((256, 4), np.uint8)
    table[: CERTAIN + 1] = mpl.colormaps[COLOURS](steps, bytes=True)
    table[: CERTAIN + 1, 3] = 255 * OPACITY * np.sqrt(steps)
    return table


def _png(indices: NDArray[np.uint8], table: NDArray[np.uint8]) -> bytes:
    """Return a picture of numbers ``(rows, cols)`` in the colours ``(256, 4)`` of a table."""
    picture = Image.fromarray(indices)
    picture.putpalette(table[:, :3].tobytes())
    content = io.BytesIO()
    picture.save(content, "PNG", transparency=table[:, 3].tobytes(), compress_level=1)
    return content.getvalue()
