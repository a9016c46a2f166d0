"""Pictures of backscatter and of labels, as arrays of colours and as PNG bytes."""

from __future__ import annotations

import io

import matplotlib.image
import numpy as np
from numpy.typing import NDArray

from sovs_map.colours import UNKNOWN_COLOUR
from sovs_map.vocabulary import Vocabulary

STRETCH = (1.0, 99.0)
"""Percentiles of the backscatter that become black and white."""

Picture = NDArray[np.uint8]
"""Red, green, blue, opacity, shape ``(rows, cols, 4)``."""


def draw_backscatter(backscatter: NDArray[np.float32]) -> Picture:
    """Return backscatter as shades of grey; where there is none the picture is transparent.

    Args:
        backscatter: shape ``(rows, cols)`` [dB], NaN where nothing was measured.
    """
    valid = np.isfinite(backscatter)
    picture = np.zeros((*backscatter.shape, 4), np.uint8)
    if not valid.any():
        return picture
    low, high = np.percentile(backscatter[valid], STRETCH)
    shade = np.clip((np.where(valid, backscatter, low) - low) / max(high - low, 1e-6), 0, 1)
    picture[..., :3] = np.round(255 * shade)[..., None]
    picture[..., 3] = np.where(valid, 255, 0)
    return picture


def draw_labels(labels: NDArray[np.integer], *, vocabulary: Vocabulary) -> Picture:
    """Return labels in their colours; nodata is transparent.

    Args:
        labels: shape ``(rows, cols)``.
        vocabulary: classes in label order.
    """
    palette = np.zeros((len(vocabulary.classes) + 2, 4), np.uint8)
    palette[:-1, :3] = [UNKNOWN_COLOUR, *vocabulary.colours]
    palette[:-1, 3] = 255
    return palette[np.where(labels == vocabulary.nodata, len(palette) - 1, labels)]


def blend(below: Picture, above: Picture, *, opacity: float) -> Picture:
    """Return one picture over another; where the upper one is transparent the lower one shows.

    Args:
        below: picture.
        above: picture of the same shape.
        opacity: how much of the upper one is seen, 0 to 1.
    """
    share = opacity * above[..., 3:] / 255
    mixed = below.astype(np.float64)
    mixed[..., :3] = mixed[..., :3] * (1 - share) + above[..., :3] * share
    mixed[..., 3] = np.maximum(below[..., 3], above[..., 3])
    return np.round(mixed).astype(np.uint8)


def encode_png(picture: Picture) -> bytes:
    """Return a picture as the bytes of a PNG file."""
    stream = io.BytesIO()
    matplotlib.image.imsave(stream, picture, format="png", pil_kwargs={"compress_level": 1})
    return stream.getvalue()
