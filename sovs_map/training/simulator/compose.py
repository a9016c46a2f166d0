"""Whole landscapes, and pieces of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from sovs_map.training.simulator.biome import Biome
from sovs_map.training.simulator.biomes import BIOMES
from sovs_map.training.simulator.canvas import Canvas, blank
from sovs_map.training.simulator.doubt import forget
from sovs_map.training.simulator.fields import fell_squares, lay_fields
from sovs_map.training.simulator.flood import flood
from sovs_map.training.simulator.invented import invent_regions
from sovs_map.training.simulator.landscape import SURFACES, Landscape
from sovs_map.training.simulator.materials import draw_materials
from sovs_map.training.simulator.regions import cover_country
from sovs_map.training.simulator.relief import raise_crags, shape_relief
from sovs_map.training.simulator.roads import build_roads, found_towns
from sovs_map.training.simulator.towns import build_town
from sovs_map.training.simulator.waters import fill_waters
from sovs_map.training.simulator.works import build_works


def make_landscapes(
    generator: torch.Generator, *, count: int, side: int, spacing_m: Tensor, biomes: Sequence[Biome] = BIOMES
) -> Landscape:
    """Return invented landscapes, the same ones for the same state of the generator on the same device.

    Args:
        generator: where the randomness comes from; its device is the landscapes'.
        count: how many.
        side: rows and columns; sizes of regions grow with it, so fewer than 128 make a poor landscape.
        spacing_m: pixel spacings, float32 ``(count,)`` [m].
        biomes: kinds of country to draw from, by their weights.

    Source:
        Layers, sizes and chances are engineering assumptions; see `biomes`.
    """
    spacings = zip(range(count), spacing_m.tolist(), strict=True)
    canvases = [_compose(generator, biomes, side=side, spacing_m=spacing) for _, spacing in spacings]
    surface = torch.stack([canvas.surface for canvas in canvases])
    return Landscape(
        label=torch.stack([canvas.label for canvas in canvases]),
        surface=surface,
        parcel=torch.stack([canvas.parcel for canvas in canvases]),
        terrain=torch.stack([canvas.terrain for canvas in canvases]),
        building=torch.stack([canvas.building for canvas in canvases]),
        facing=torch.stack([canvas.facing for canvas in canvases]),
        materials=draw_materials(generator, count),
        shares=torch.stack([torch.bincount(one.flatten(), minlength=SURFACES) for one in surface]) / side**2,
        spacing_m=spacing_m.to(generator.device, torch.float32),
    )


def make_landscape(generator: torch.Generator, biome: Biome, *, side: int, spacing_m: float) -> Canvas:
    """Return one landscape of a biome, ``(side, side)``."""
    canvas = blank(generator, side=side, spacing_m=spacing_m)
    drainage = shape_relief(canvas, biome)
    cover_country(canvas, biome, drainage)
    raise_crags(canvas)
    fell_squares(canvas)
    lay_fields(canvas, biome, drainage)
    wet = fill_waters(canvas, biome, drainage)
    towns = found_towns(canvas, biome, wet)
    from_railway = build_roads(canvas, towns, wet & ~drainage.is_river)
    for town in towns:
        build_town(canvas, town, from_railway=from_railway)
    build_works(canvas, biome, drainage, wet)
    flood(canvas, biome, drainage, wet)
    invent_regions(canvas)
    return replace(canvas, label=forget(canvas.label, generator))


def _compose(generator: torch.Generator, biomes: Sequence[Biome], *, side: int, spacing_m: float) -> Canvas:
    weights = torch.tensor([biome.weight for biome in biomes], dtype=torch.float32, device=generator.device)
    drawn = int(torch.multinomial(weights, 1, generator=generator))
    return make_landscape(generator, biomes[drawn], side=side, spacing_m=spacing_m)


def crop(landscapes: Landscape, which: Tensor, tops: Tensor, lefts: Tensor, side: int) -> Landscape:
    """Return squares of landscapes, ``(n, side, side)``; shares stay those of the whole.

    Args:
        landscapes: to be cut.
        which: landscape of each square, int64 ``(n,)``, on the landscapes' device as all that follow.
        tops: first row of each square, int64 ``(n,)``.
        lefts: first column of each square, int64 ``(n,)``.
        side: rows and columns of the squares.
    """
    reach = torch.arange(side, device=which.device)
    place = (which[:, None, None], tops[:, None, None] + reach[:, None], lefts[:, None, None] + reach)
    return Landscape(
        label=landscapes.label[place],
        surface=landscapes.surface[place],
        parcel=landscapes.parcel[place],
        terrain=landscapes.terrain[place],
        building=landscapes.building[place],
        facing=landscapes.facing[place],
        materials=landscapes.materials[which],
        shares=landscapes.shares[which],
        spacing_m=landscapes.spacing_m[which],
    )
