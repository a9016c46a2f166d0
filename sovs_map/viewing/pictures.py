"""Numbers to PNG: grey values, palettes, heat."""

from __future__ import annotations

from collections.abc import Collection

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from rio_tiler.utils import render

from sovs_map.outputs.heat_map import COLOURS, OPACITY

Colours = dict[int, tuple[int, int, int, int]]


def grey_png(grey: NDArray[np.uint8]) -> bytes:
    """Return a picture of grey values ``(rows, cols)``; 0 is transparent."""
    return _png(np.stack([grey] * 3), np.where(grey > 0, 255, 0).astype(np.uint8))


def palette_png(labels: NDArray[np.integer], colours: Colours, *, hidden: Collection[int], nodata: int) -> bytes:
    """Return a picture of labels ``(rows, cols)``; hidden ones, and those without data, are transparent."""
    table = np.zeros((max(int(labels.max(initial=0)), nodata) + 1, 4), np.uint8)
    for label, colour in colours.items():
        if label < len(table) and label not in hidden and label != nodata:
            table[label] = (*colour[:3], 255)
    rgba = np.moveaxis(table[labels], -1, 0)
    return _png(rgba[:3], rgba[3])


def heat_png(probability: NDArray[np.float32]) -> bytes:
    """Return a picture of probabilities ``(rows, cols)``: the more probable, the less transparent; NaN is not drawn."""
    known = np.nan_to_num(probability)
    rgba = mpl.colormaps[COLOURS](known, bytes=True)
    alpha = np.where(np.isnan(probability), 0, 255 * OPACITY * np.sqrt(known))
    return _png(np.moveaxis(rgba[..., :3], -1, 0), alpha.astype(np.uint8))


def _png(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> bytes:
    picture: bytes = render(np.ascontiguousarray(rgb), mask=alpha, img_format="PNG", zlevel=1)
    return picture
