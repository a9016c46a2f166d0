"""Sizes as people write them: areas and amounts of memory."""

from __future__ import annotations

import re

from sovs_map.errors import OptionError

_AREAS = {"m2": 1.0, "m²": 1.0, "ha": 1e4, "km2": 1e6, "km²": 1e6}
_BYTES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_BYTES |= {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def parse_area(text: str) -> float:
    """Return square metres of ``5000m2``, ``0.5ha`` or ``1km2``.

    Raises:
        OptionError: it is not an area.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(m2|m²|ha|km2|km²)\s*", text)
    if not match:
        raise OptionError(f"--min-area is {text!r}; write a number and a unit: 5000m2, 0.5ha, 1km2")
    return float(match[1]) * _AREAS[match[2]]


def parse_memory(text: str) -> int:
    """Return bytes of ``2GB``, ``512MB`` or ``1.5GiB``.

    Raises:
        OptionError: it is not an amount of memory.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([KMGT]?I?B?)\s*", text.upper())
    if not match or match[2] not in _BYTES:
        raise OptionError(f"--memory is {text!r}; write a number and a unit: 2GB, 512MB, 1.5GiB")
    return int(float(match[1]) * _BYTES[match[2]])
