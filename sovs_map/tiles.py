"""A tile's pixels, made whole for the network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sovs_map.window import Window


def cut_tile(block: NDArray[np.float32], source: Window, tile: Window) -> NDArray[np.float32]:
    """Return a tile's pixels ``(band, rows, cols)`` without NaN; some of them hold data.

    Pixels without data take the nearest pixel that has some, so that the edge of the data does not look like water;
    past the scene's border the scene is mirrored. Both look at this tile's pixels alone.

    Args:
        block: pixels ``(band, row, col)`` of ``source``.
        source: where the block lies.
        tile: where the tile, or the part that is looked at, lies; it may reach past the block where the scene ends.
    """
    inside = tile & source
    rows, cols = inside.relative_to(source).slices
    pixels = block[:, rows, cols]
    missing = np.isnan(pixels[0])
    if missing.any():
        nearest = ndimage.distance_transform_edt(missing, return_distances=False, return_indices=True)
        pixels = pixels[:, nearest[0], nearest[1]]
    if (inside.height, inside.width) == (tile.height, tile.width):
        return pixels
    around = (
        (0, 0),
        (inside.row - tile.row, tile.bottom - inside.bottom),
        (inside.col - tile.col, tile.right - inside.right),
    )
    return np.pad(pixels, around, mode="symmetric")
