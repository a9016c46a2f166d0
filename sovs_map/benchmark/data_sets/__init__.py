"""The data sets of SAR-OVSeg, one file each."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet

DATA_SETS: tuple[DataSet, ...] = ()
"""All of them, in the order in which they are listed."""
