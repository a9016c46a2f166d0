"""How bright each leaf of the taxonomy is to a radar: the numbers behind the simulator."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backscatter:
    """One leaf's backscatter at 35 to 38 degrees of incidence.

    Source:
        C band co-polarised levels agree with Ulaby and Dobson, Handbook of Radar Scattering Statistics for Terrain,
        1989, for soil, grass, shrubs, short vegetation and snow; trees, roads, built-up land and the offsets of X and
        L band are engineering assumptions.
    """

    level: float
    """Mean sigma nought of VV in C band [dB]."""

    cross: float
    """VH over VV [dB]."""

    x_band: float
    """Co-polarised X band over C band [dB]."""

    l_band: float
    """Co-polarised L band over C band [dB]."""

    spread: float
    """Deviation between scenes [dB]."""

    order: float
    """Order of the gamma texture; small is spiky."""

    parcels: float = 0.3
    """Deviation between parcels of one scene [dB]."""


BACKSCATTER: tuple[Backscatter, ...] = (
    Backscatter(-12.0, -7.0, 0.0, 0.0, 3.0, 10),  # 0 unlabelled
    Backscatter(-20.0, -7.0, 2.0, -5.0, 2.5, 30),  # 1 permanent water
    Backscatter(-19.0, -7.0, 2.0, -4.0, 2.5, 20),  # 2 flood water
    Backscatter(-12.0, -7.5, 0.0, -0.5, 2.0, 7, 0.8),  # 3 herbaceous wetland
    Backscatter(-7.5, -6.0, -0.5, 0.0, 1.2, 10),  # 4 mangrove
    Backscatter(-16.0, -8.0, 1.0, -4.0, 2.5, 20),  # 5 tidal flat
    Backscatter(-8.2, -5.6, -0.5, -0.5, 1.2, 12, 0.5),  # 6 tree cover
    Backscatter(-11.0, -6.2, 0.0, -5.0, 1.6, 9, 0.6),  # 7 shrubland
    Backscatter(-10.0, -6.5, 0.0, -4.0, 1.6, 8, 0.8),  # 8 orchard or vineyard
    Backscatter(-13.0, -7.5, 1.0, -7.0, 1.8, 15, 0.8),  # 9 grassland
    Backscatter(-11.0, -6.8, 1.0, -6.0, 1.8, 12, 2.2),  # 10 cropland
    Backscatter(-3.0, -8.5, 1.0, 1.0, 2.0, 1.2, 1.0),  # 11 dense built-up
    Backscatter(-7.0, -7.5, 0.0, 0.0, 1.6, 2.2, 0.8),  # 12 residential area
    Backscatter(-3.0, -8.0, 1.0, 1.0, 2.0, 1.0, 1.5),  # 13 building
    Backscatter(-3.5, -9.0, 1.0, 0.0, 2.0, 0.8, 2.5),  # 14 industrial or commercial
    Backscatter(-6.0, -6.0, 0.0, 0.0, 2.0, 2.5, 1.0),  # 15 damaged building
    Backscatter(-15.0, -8.0, 1.0, -4.0, 2.0, 8),  # 16 road or railway
    Backscatter(-17.0, -8.0, 1.0, -4.0, 2.0, 8, 1.0),  # 17 paved area
    Backscatter(-14.0, -9.0, 1.0, -4.0, 2.2, 10, 1.2),  # 18 bare soil
    Backscatter(-19.0, -8.0, 2.0, -6.0, 2.5, 20, 0.6),  # 19 sand
    Backscatter(-9.5, -7.0, 0.0, -2.0, 1.8, 4, 0.5),  # 20 rock or mountain
    Backscatter(-14.5, -8.0, 1.0, -4.0, 3.0, 15, 0.5),  # 21 snow or ice
    Backscatter(-10.0, -8.0, 1.0, -2.0, 2.0, 4, 1.0),  # 22 quarry or construction
)
"""By leaf id."""
