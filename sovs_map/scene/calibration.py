"""Calibration tables: what a product's digital numbers are divided by, pixel by pixel."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.window import Window


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationTable:
    """A smooth function A of the pixel, given on a coarse grid; backscatter is (DN / A)².

    Source:
        Sentinel-1 Product Specification, S1-RS-MDA-52-7441, section 6.3.2; ESA, Radiometric Calibration of S-1 Level-1
        Products, ESA-EOPG-CSCOP-TN-0002: bilinear interpolation of the vectors, then value = |DN|² / A².
    """

    lines: NDArray[np.float64]
    """Rows of the vectors, growing, shape ``(v,)``; rows beyond take the nearest vector."""

    pixels: NDArray[np.float64]
    """Columns of their entries, growing, shape ``(p,)``; columns beyond take the nearest entry."""

    values: NDArray[np.float64]
    """A, shape ``(v, p)``."""

    @property
    def identity(self) -> str:
        """Return SHA-256 of the table."""
        token = hashlib.sha256()
        for part in (self.lines, self.pixels, self.values):
            token.update(repr(part.shape).encode() + part.tobytes())
        return token.hexdigest()

    def divisors(self, window: Window) -> NDArray[np.float32]:
        """Return A for the pixels of a window, shape ``(row, col)``; each depends on its pixel alone."""
        cols = np.arange(window.col, window.right, dtype=np.float64)
        rows = np.clip(np.arange(window.row, window.bottom, dtype=np.float64), self.lines[0], self.lines[-1])
        after = np.clip(np.searchsorted(self.lines, rows, side="right"), 1, max(len(self.lines) - 1, 1))
        first, last = int(after[0]) - 1, min(int(after[-1]), len(self.lines) - 1)
        along = np.stack([np.interp(cols, self.pixels, self.values[line]) for line in range(first, last + 1)])
        if len(along) == 1:
            return np.broadcast_to(along.astype(np.float32), (window.height, window.width))
        low, high = self.lines[after - 1], self.lines[after]
        share = ((rows - low) / (high - low))[:, None].astype(np.float32)
        near, far = along[after - 1 - first].astype(np.float32), along[after - first].astype(np.float32)
        return near + share * (far - near)
