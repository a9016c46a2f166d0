"""Flood water: it stands on fields and streets, and what they were still shows."""

from __future__ import annotations

from torch import Tensor

from sovs_map.training.simulator.biome import Biome, Shore
from sovs_map.training.simulator.canvas import (
    BROADLEAVES,
    CONIFERS,
    DIKE,
    EMERGENT,
    GARDEN,
    HEDGE,
    PADDY,
    PLOUGHED,
    STREET,
    TALL_CROP,
    WET_MEADOW,
    Canvas,
    among,
    paint,
)
from sovs_map.training.simulator.noise import fates, level_below, smooth
from sovs_map.training.simulator.relief import NO_RIVER_M, Drainage

DROWNED = (5, 9, 10, 18, 19, PLOUGHED, TALL_CROP, PADDY, WET_MEADOW, DIKE)
"""Surfaces that flood water covers; trees, hedges, roads and houses stand out of it."""

STANDING = (3, 7, 8, TALL_CROP, 10)
"""Surfaces whose plants can stand out of flood water."""


def flood(canvas: Canvas, biome: Biome, drainage: Drainage, wet: Tensor) -> None:
    """Let rivers or the sea out over the lowland, field by field."""
    draw, generator = canvas.draw, canvas.generator
    has_river = bool((drainage.from_river < NO_RIVER_M / 2).any())
    if draw.random() >= biome.flood or not (has_river or biome.shore is not Shore.NONE):
        return
    reach = draw.uniform(0.08, 0.35) * canvas.extent_m
    nearest = (drainage.from_river / reach).clamp(0, 3) if has_river else drainage.above_sea.clamp(0, 3)
    dryness = nearest + 0.5 * drainage.height + 0.35 * smooth(generator, canvas.side, slope=1.8, outer=120)
    # Banks of a field hold the water back or in, so its edge follows them.
    dryness = dryness + draw.uniform(0.2, 0.7) * fates(generator, canvas.parcel.long())
    level = level_below(dryness, draw.uniform(0.15, 0.5))
    under = (dryness < level) & ~wet
    depth = level - dryness
    fate = fates(generator, canvas.parcel.long() + 7)
    standing = under & among(canvas.surface, STANDING) & (fate < draw.uniform(0.1, 0.5)) & (depth < 0.6)
    marsh = standing & (canvas.surface == 3)
    water = under & among(canvas.surface, (*DROWNED, 7, 8))
    if canvas.is_fine:
        water = water | (under & among(canvas.surface, (STREET, GARDEN)) & (depth > 0.2))
    paint(canvas, water & ~standing, 2, label=2)
    paint(canvas, standing, EMERGENT, label=2)
    canvas.label.masked_fill_(marsh, 3)
    canvas.label.masked_fill_(under & among(canvas.surface, (6, BROADLEAVES, CONIFERS)), 6)
    canvas.label.masked_fill_(under & (canvas.surface == HEDGE) & (canvas.label == 0), 6)
    _raise_dikes(canvas, drainage)


def _raise_dikes(canvas: Canvas, drainage: Drainage) -> None:
    """Draw a dike along the rivers, at a distance, with breaches."""
    draw = canvas.draw
    width = draw.uniform(10, 25)
    if width < 0.7 * canvas.spacing_m or draw.random() < 0.4:
        return
    width = max(width, canvas.spacing_m)
    offset = draw.uniform(40, 250)
    gaps = smooth(canvas.generator, canvas.side, slope=2.0, outer=150) > -1.0
    dike = (drainage.from_river > offset) & (drainage.from_river < offset + width) & gaps
    dike &= among(canvas.surface, (2, EMERGENT, *DROWNED))
    paint(canvas, dike, 9, label=0)
    canvas.surface.masked_fill_(dike, DIKE)
