"""The protocols of SAR-OVSeg, one file each."""

from __future__ import annotations

from sovs_map.benchmark.protocol import Protocol
from sovs_map.benchmark.protocols.ov_a import OV_A
from sovs_map.benchmark.protocols.ov_b import OV_B
from sovs_map.benchmark.protocols.tq import TQ
from sovs_map.benchmark.protocols.ws import WS
from sovs_map.benchmark.protocols.xd import XD
from sovs_map.errors import OptionError

PROTOCOLS: tuple[Protocol, ...] = (OV_A, OV_B, XD, WS, TQ)
"""All of them."""


def protocol_named(name: str) -> Protocol:
    """Return the protocol of this name.

    Raises:
        OptionError: none is called so.
    """
    for one in PROTOCOLS:
        if one.name == name.lower():
            return one
    raise OptionError(f"{name!r} is no protocol; there are {', '.join(one.name for one in PROTOCOLS)}")
