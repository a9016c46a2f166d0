"""Regions of materials that no taxonomy names, so that a model must go by what a description says."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from sovs_map.training.labels import FIRST_MATERIAL
from sovs_map.training.simulator.canvas import Canvas, paint
from sovs_map.training.simulator.landscape import FIRST_INVENTED, SLOTS
from sovs_map.training.simulator.noise import fates, fractal, level_below

SHARE_INVENTED = 0.3
"""Landscapes that have invented materials."""


def invent_regions(canvas: Canvas) -> None:
    """Replace one to four regions by the landscape's invented materials, in some landscapes."""
    draw = canvas.draw
    if draw.random() >= SHARE_INVENTED:
        return
    known = canvas.surface.clone()
    for slot in range(draw.randint(1, SLOTS)):
        shape = draw.choice((_blobs, _parcels, _stripes, _block, _replaced))
        where = shape(canvas, known)
        paint(canvas, where, FIRST_INVENTED + slot, label=FIRST_MATERIAL + slot)


def _blobs(canvas: Canvas, _: Tensor) -> Tensor:
    outer = canvas.draw.uniform(40, 250)
    field = fractal(canvas.generator, canvas.side, slope=canvas.draw.uniform(1.5, 2.3), outer=outer)
    return field < level_below(field, canvas.draw.uniform(0.02, 0.12))


def _parcels(canvas: Canvas, _: Tensor) -> Tensor:
    return fates(canvas.generator, canvas.parcel.long()) < canvas.draw.uniform(0.03, 0.15)


def _stripes(canvas: Canvas, _: Tensor) -> Tensor:
    angle, period = canvas.draw.uniform(0, math.pi), canvas.draw.uniform(40, 200) * canvas.spacing_m
    along = canvas.bent_right * math.cos(angle) + canvas.bent_down * math.sin(angle)
    field = fractal(canvas.generator, canvas.side, slope=2.2, outer=200)
    return (along % period < canvas.draw.uniform(0.15, 0.4) * period) & (field < -0.4)


def _block(canvas: Canvas, _: Tensor) -> Tensor:
    angle = canvas.draw.uniform(0, math.pi)
    down, right = (canvas.draw.uniform(0, 1) * canvas.extent_m for _ in range(2))
    along = (canvas.right - right) * math.cos(angle) + (canvas.down - down) * math.sin(angle)
    across = (canvas.down - down) * math.cos(angle) - (canvas.right - right) * math.sin(angle)
    half = [canvas.draw.uniform(20, 120) * canvas.spacing_m for _ in range(2)]
    return (along.abs() < half[0]) & (across.abs() < half[1])


def _replaced(canvas: Canvas, known: Tensor) -> Tensor:
    """Return where a surface of some place is: its shapes stay, its material changes."""
    row, col = torch.randint(canvas.side, (2, 1), generator=canvas.generator, device=canvas.generator.device)
    same = known == known[row, col]
    return same if float(same.float().mean()) < 0.35 else _blobs(canvas, known)
