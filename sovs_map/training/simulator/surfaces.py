"""How bright each surface is to a radar: the numbers behind the simulator."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sovs_map.training.simulator.landscape import FIRST_INVENTED

BANDS = ("X", "C", "L")
"""Order of the bands in every tensor of the simulator."""

CHANNELS = ("HH", "HV", "VH", "VV")
"""Order of the polarisations in every tensor of the simulator."""

REFERENCE_DEG = 37.0
"""Angle of incidence that the levels hold for [degrees]."""


@dataclass(frozen=True, slots=True)
class Surface:
    """What a radar gets back from one kind of surface, at 37 degrees of incidence and 10 m spacing.

    Source:
        C band co-polarised levels agree with Ulaby and Dobson, Handbook of Radar Scattering Statistics for Terrain,
        1989, for soil, grass, shrubs, short vegetation and snow; trees, roads, built-up land, all offsets of X and L
        band and spreads are engineering assumptions. Orders of textures of natural surfaces leave even ground the 8 to
        9 equivalent looks, counted in windows of 9 pixels, that ground range Sentinel-1 scenes show.
    """

    name: str
    """For people."""

    level: float
    """Mean sigma nought of VV in C band [dB]."""

    cross: float
    """VH over VV in C band [dB]."""

    x: float = 0.0
    """Co-polarised X band over C band [dB]."""

    l: float = 0.0  # noqa: E741 - the band's name
    """Co-polarised L band over C band [dB]."""

    l_cross: float = 0.0
    """How much more the cross-polarised return differs between L and C band than the co-polarised one [dB]."""

    hh: float = 0.0
    """HH over VV [dB]."""

    spread: float = 1.0
    """Deviation between scenes [dB]."""

    parcels: float = 0.3
    """Deviation between parcels of one scene [dB]."""

    order: float = 12.0
    """Order of the gamma texture; small is spiky."""

    grain_m: float = 0.0
    """Size of the texture's grains [m], as the deviation of a Gaussian."""

    slope: float = -0.1
    """Change with the angle of incidence [dB per degree]."""

    moist: float = 0.0
    """How much of the moisture of the soil shows, 0 to 1."""


_SURFACES = (
    Surface("unlabelled", -12.0, -7.0, 0.0, -2.0, spread=0.98, order=10),  # 0
    Surface("permanent water", -20.0, -7.0, 2.0, -5.0, hh=-1.0, spread=0.78, parcels=0.2, order=60, slope=-0.35),
    Surface("flood water", -19.0, -7.0, 2.0, -4.0, hh=-1.0, spread=0.78, parcels=0.5, order=40, slope=-0.3),
    Surface("herbaceous wetland", -12.0, -7.5, 0.0, -0.5, -1.0, 0.5, 0.65, 0.8, 9, 6.0, -0.15),
    Surface("mangrove", -7.5, -6.0, -0.5, 0.0, 0.0, 0.3, 0.39, 0.3, 20, 5.0, -0.05),
    Surface("tidal flat", -16.0, -8.0, 1.0, -4.0, -2.0, -0.5, 0.78, 0.3, 40, 8.0, -0.3),
    Surface("tree cover", -8.2, -5.6, -0.5, -0.5, 0.5, 0.2, 0.39, 0.5, 25, 4.5, -0.05),
    Surface("shrubland", -11.0, -6.2, 0.0, -5.0, -0.5, 0.0, 0.52, 0.6, 20, 4.0, -0.1),
    Surface("orchard or vineyard", -10.0, -6.5, 0.0, -4.0, 0.0, 0.0, 0.52, 0.8, 16, 3.0, -0.1),
    Surface("grassland", -12.8, -7.0, 1.0, -7.0, -3.0, -0.3, 0.59, 0.8, 40, 6.0, -0.12, 0.5),
    Surface("cropland", -11.0, -6.5, 1.0, -6.0, -2.0, 0.0, 0.59, 1.6, 40, 4.0, -0.12, 0.5),
    Surface("dense built-up", -3.0, -8.5, 1.0, 1.0, 0.0, 2.0, 0.65, 1.0, 2, 6.0, 0.0),
    Surface("residential area", -7.0, -7.5, 0.0, 0.0, 0.0, 1.0, 0.52, 0.8, 8, 5.0, 0.0),
    Surface("building", -3.0, -8.0, 1.0, 1.0, 0.0, 1.5, 0.65, 1.5, 2, 3.0, 0.0),
    Surface("industrial or commercial", -4.0, -9.0, 1.0, 0.0, 0.0, 2.0, 0.65, 1.5, 2.5, 6.0, 0.0),
    Surface("damaged building", -6.0, -6.0, 0.0, 0.0, 0.0, 0.5, 0.65, 1.0, 4, 3.0, 0.0),
    Surface("road or railway", -15.0, -8.0, 1.0, -4.0, -1.0, -0.3, 0.65, 0.6, 15, 2.0, -0.2),
    Surface("paved area", -17.0, -8.0, 1.0, -4.0, -1.0, -0.3, 0.65, 1.0, 20, 4.0, -0.2),
    Surface("bare soil", -14.0, -9.0, 1.0, -4.0, -1.5, -0.2, 0.72, 1.2, 30, 4.0, -0.2, 1.0),
    Surface("sand", -19.0, -8.0, 2.0, -6.0, -1.0, 0.0, 0.78, 0.6, 40, 10.0, -0.2, 0.3),
    Surface("rock or mountain", -9.5, -7.0, 0.0, -2.0, -1.5, 0.0, 0.59, 0.5, 7, 8.0, -0.1),
    Surface("snow or ice", -14.5, -8.0, 1.0, -4.0, -1.0, 0.5, 0.98, 0.5, 40, 10.0, -0.15),
    Surface("quarry or construction", -10.0, -8.0, 1.0, -2.0, -1.0, 0.3, 0.65, 1.0, 8, 6.0, -0.15, 0.5),
    Surface("street", -12.0, -8.0, 1.0, -4.0, -1.0, -0.3, 0.52, 0.6, 10, 2.0, -0.15),  # 23
    Surface("garden", -11.0, -6.5, 0.5, -4.0, -1.0, 0.0, 0.52, 1.0, 10, 3.0, -0.1, 0.3),
    Surface("roof", -11.0, -9.0, 1.0, -1.0, -1.0, 0.5, 0.59, 2.0, 5, 2.0, -0.1),
    Surface("concrete yard", -10.5, -8.0, 1.0, -3.0, -1.0, 0.0, 0.65, 1.5, 5, 4.0, -0.15),
    Surface("hedge or single trees", -8.5, -5.8, -0.5, -2.0, 0.0, 0.0, 0.39, 1.0, 8, 3.0, -0.05),
    Surface("tank or metal", 1.0, -11.0, 1.0, -1.0, 0.0, 1.5, 0.65, 2.0, 1.5, 2.0, 0.0),
    Surface("track or dike", -11.5, -7.5, 0.5, -3.0, -1.0, 0.0, 0.59, 1.0, 15, 3.0, -0.15),
    Surface("flooded vegetation", -8.0, -8.5, -1.0, 3.0, -2.0, 2.0, 0.59, 0.8, 7, 5.0, -0.1),  # 30
    Surface("debris", -6.5, -6.0, 0.0, 0.0, 0.0, 0.3, 0.59, 0.8, 4, 3.0, -0.05),
    Surface("ploughed field", -9.5, -9.0, 0.5, -2.5, -1.0, -0.3, 0.59, 1.2, 30, 3.0, -0.2, 1.0),
    Surface("tall crop", -9.0, -6.2, 0.5, -3.0, -0.5, 0.5, 0.52, 1.0, 30, 3.0, -0.08, 0.2),
    Surface("paddy", -12.5, -7.5, 0.5, -3.0, -1.0, 1.5, 0.65, 3.0, 40, 4.0, -0.12),
    Surface("coniferous forest", -8.6, -5.8, -0.3, -0.5, 0.5, 0.2, 0.39, 0.5, 22, 3.5, -0.05),
    Surface("broadleaf forest", -7.9, -5.4, -0.7, -0.3, 0.5, 0.2, 0.39, 0.5, 28, 5.0, -0.05),
    Surface("wet meadow", -11.5, -7.8, 0.5, -4.0, -2.0, 0.5, 0.59, 0.8, 30, 6.0, -0.15, 0.7),
    Surface("wet snow", -18.0, -8.0, 1.0, -4.0, -1.0, 0.0, 0.65, 0.5, 40, 10.0, -0.2),
    Surface("sea ice", -13.0, -9.0, 1.0, -5.0, -1.0, 0.3, 0.65, 2.5, 20, 12.0, -0.2),
    Surface("glacier ice", -11.0, -6.5, 0.5, -3.0, 0.0, 0.2, 0.65, 0.8, 15, 15.0, -0.12),  # 40
)

TABLE: tuple[Surface, ...] = _SURFACES + (_SURFACES[0],) * (FIRST_INVENTED - len(_SURFACES))
"""By surface number, 0 to 63; numbers that nothing uses yet are like the unlabelled one."""


def level_db(surface: Surface, channel: str, band: str) -> float:
    """Return the table's mean backscatter of a surface [dB], before any spread."""
    level = surface.level + {"X": surface.x, "C": 0.0, "L": surface.l}[band]
    if channel in {"HV", "VH"}:
        return level + surface.cross + (surface.l_cross if band == "L" else 0.0)
    return level + (surface.hh if channel == "HH" else 0.0)


def level_table(device: torch.device) -> Tensor:
    """Return the mean backscatter ``(bands, channels, FIRST_INVENTED)`` [dB], in the order of BANDS and CHANNELS."""
    levels = [[[level_db(surface, name, band) for surface in TABLE] for name in CHANNELS] for band in BANDS]
    return torch.tensor(levels, device=device)


def column(name: str, device: torch.device) -> Tensor:
    """Return one field of every surface, shape ``(FIRST_INVENTED,)``."""
    return torch.tensor([float(getattr(surface, name)) for surface in TABLE], device=device)
