"""The numbers between decibels and what the network sees."""

from __future__ import annotations

import math

import torch
from torch import Tensor

FLOOR_DB, CEILING_DB = -35.0, 10.0
"""Backscatter outside is cut off: below is noise, above are single reflectors [dB]."""

CENTRE_DB, SPREAD_DB = -14.0, 6.0
"""About the mean and deviation of Sentinel-1 land scenes, both polarisations together.

Source:
    DFC2020 statistics (VV −12.6, deviation 5.3; VH −20.2, deviation 5.9), https://github.com/torchgeo/torchgeo
"""


def standardise(db: Tensor) -> Tensor:
    """Return the network's input of backscatter of any shape [dB]."""
    return (db.clamp(FLOOR_DB, CEILING_DB) - CENTRE_DB) / SPREAD_DB


def conditions(spacing_m: float | None, *, calibrated: bool) -> Tensor:
    """Return what is known of a scene, ``(3,)``: spacing known, log2 of it over 10 m, calibrated.

    Spacing counts in eighths of an octave: degrees shrink within a scene, and its parts shall get the whole's labels.
    """
    if spacing_m is None:
        return torch.tensor([0.0, 0.0, float(calibrated)])
    octaves = round(min(max(math.log2(spacing_m / 10), -4.0), 3.0) * 8) / 8
    return torch.tensor([1.0, octaves, float(calibrated)])
