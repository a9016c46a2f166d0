"""What a kind of country is described by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Cover:
    """A natural surface of a biome."""

    surface: int
    """See `Landscape.surface`."""

    weight: float
    """How common it is, in deviations of the fields that compete: 0 is usual, 1 covers most."""

    height: float = 0.0
    """Height where it is at home, in deviations of the relief."""

    pull: float = 0.0
    """How strongly it keeps to that height."""


class Shore(Enum):
    """What a sea's edge looks like."""

    NONE = "no sea"
    BEACH = "sand, then land"
    MUD = "tidal flats and marsh"
    MANGROVE = "tidal flats, mangroves and channels"
    CLIFF = "rock"
    ICE = "sea ice"


@dataclass(frozen=True, slots=True)
class Biome:
    """A kind of country."""

    name: str
    """In words."""

    weight: float
    """How common it is, against the other biomes' weights."""

    covers: tuple[Cover, ...]
    """What competes for the open country."""

    crops: tuple[int, ...] = ()
    """Surfaces of parcels, the common ones several times; none where nobody farms."""

    farmed: tuple[float, float] = (0.0, 0.0)
    """Smallest and largest share of farmland."""

    steepness: tuple[float, float] = (0.01, 0.08)
    """Smallest and largest mean slope of the ground [m per m]: plains 0 to 0.03, hills 0.1 to 0.25, mountains
    0.3 to 0.7."""

    shore: Shore = Shore.NONE
    """Of the sea, if any."""

    lakes: float = 0.3
    """Chance of lakes."""

    rivers: tuple[int, int] = (0, 2)
    """Fewest and most rivers."""

    river_m: tuple[float, float] = (8.0, 120.0)
    """Narrowest and widest river [m]."""

    braided: bool = False
    """Whether rivers split into channels."""

    towns: float = 1.2
    """Expected settlements on 40 square kilometres."""

    town_m: tuple[float, float] = (250.0, 1200.0)
    """Smallest and largest radius of a settlement [m]."""

    flood: float = 0.03
    """Chance that the rivers or the sea are out."""

    pivots: bool = False
    """Whether fields are watered circles."""
