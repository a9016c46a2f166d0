"""Polygons as the bytes that vector formats hold."""

from __future__ import annotations

import struct
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_POLYGON = struct.Struct("<BII")
"""Little-endian, geometry type 3, number of rings."""

_RING = struct.Struct("<I")
"""Number of points."""


def encode_polygons(
    points: NDArray[np.float64], ring_starts: NDArray[np.int64], polygon_starts: NDArray[np.int64]
) -> NDArray[np.object_]:
    """Return polygons as well-known binary; nothing else is made of the points, since one polygon may have millions.

    Args:
        points: x and y of all points, each ring ending where it starts, shape ``(n, 2)``.
        ring_starts: where each ring starts among the points, and the end, shape ``(rings + 1,)``.
        polygon_starts: where each polygon starts among the rings, and the end, shape ``(polygons + 1,)``.

    Returns:
        Bytes, shape ``(polygons,)``.

    Source:
        OGC 06-103r4, section 8.2
    """
    points = np.ascontiguousarray(points, "<f8")
    starts = ring_starts.tolist()
    encoded = np.empty(len(polygon_starts) - 1, object)
    for number, (first, stop) in enumerate(pairwise(polygon_starts.tolist())):
        parts: list[bytes | memoryview] = [_POLYGON.pack(1, 3, stop - first)]
        for start, end in pairwise(starts[first : stop + 1]):
            parts += (_RING.pack(end - start), points[start:end].data)
        encoded[number] = b"".join(parts)
    return encoded
