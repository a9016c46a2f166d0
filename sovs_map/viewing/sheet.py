"""What the page is told of one scene: size, place, layers, classes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShownClass:
    """A class of a label raster."""

    label: int
    """Its number in the raster."""

    name: str
    """What it is called."""

    colour: str
    """As ``#rrggbb``."""

    share: float
    """Share of the pixels that have a label."""

    area_m2: float | None
    """Area on the ground [m²]; None where it is unknown."""


@dataclass(frozen=True, slots=True)
class ShownLayer:
    """A raster that can be laid over the others."""

    key: str
    """What it is called in addresses."""

    title: str
    """What it is called on the page."""

    kind: str
    """picture, labels, confidence, or probability."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One scene."""

    name: str
    """Stem of its files."""

    height: int
    """Rows of the grid that is shown [pixels]."""

    width: int
    """Columns of it."""

    tile: int
    """Side of the squares that pictures come in [pixels]."""

    pixel_m: float | None
    """How wide a pixel is on the ground [m]; None where it is unknown."""

    layers: tuple[ShownLayer, ...]
    """From the lowest to the highest."""

    classes: tuple[ShownClass, ...]
    """Of the labels; empty where there are none."""

    has_polygons: bool
    """Whether outlines can be shown."""

    can_be_asked: bool
    """Whether it is a store."""

    @property
    def levels(self) -> int:
        """Return how often the grid is halved until one square holds it."""
        return max(0, (-(-max(self.height, self.width) // self.tile) - 1).bit_length())
