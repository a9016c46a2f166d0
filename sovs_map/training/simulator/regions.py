"""Open country: stands of natural surfaces that compete for the ground."""

from __future__ import annotations

import math

import torch

from sovs_map.training.simulator.biome import Biome
from sovs_map.training.simulator.canvas import BROADLEAVES, CONIFERS, Canvas, number, paint_kinds
from sovs_map.training.simulator.noise import cells, choices, fates, fractal
from sovs_map.training.simulator.relief import Drainage


def cover_country(canvas: Canvas, biome: Biome, drainage: Drainage) -> None:
    """Cover all of the ground with the biome's natural surfaces, in regions of 30 to 500 pixels."""
    draw, generator = canvas.draw, canvas.generator
    size = math.exp(draw.uniform(math.log(30), math.log(160))) * canvas.spacing_m
    stands = cells(generator, canvas.bent_down, canvas.bent_right, size=size)
    crispness, raggedness = draw.uniform(0.1, 0.9), draw.uniform(2.3, 3.0)
    best = torch.full_like(canvas.down, -torch.inf)
    surface = torch.zeros_like(canvas.surface)
    for cover in biome.covers:
        outer = math.exp(draw.uniform(math.log(80), math.log(500)))
        field = fractal(generator, canvas.side, slope=raggedness, outer=outer)
        score = (
            field * (1 - 0.3 * cover.pull)
            + crispness * 2 * (fates(generator, stands.number) - 0.5)
            + cover.weight
            + draw.gauss(0, 0.35)
        )
        score = score - cover.pull * (drainage.height - cover.height).abs()
        better = score > best
        best = torch.where(better, score, best)
        surface.masked_fill_(better, cover.surface)
    everywhere = torch.ones_like(surface, dtype=torch.bool)
    surface = _vary_forest(canvas, surface, stands.number)
    paint_kinds(canvas, everywhere, surface)
    number(canvas, everywhere, stands.number + TORUS_OF_COVERS * surface.long())


TORUS_OF_COVERS = 4096
"""Parcels of different covers in one stand are numbered this far apart."""


def _vary_forest(canvas: Canvas, surface: torch.Tensor, stand: torch.Tensor) -> torch.Tensor:
    """Let some stands of mixed forest be of needles, some of leaves."""
    species = choices(canvas.generator, stand, among=(6, 6, BROADLEAVES, CONIFERS))
    return torch.where(surface == 6, species, surface)
