"""Landscapes before any radar has seen them."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

SLOTS = 4
"""Invented materials that one landscape has room for."""

FIRST_INVENTED = 64
"""Surfaces from here on are the landscape's invented materials, slot by slot."""

SURFACES = FIRST_INVENTED + SLOTS
"""How many kinds of surface there can be in a landscape."""


@dataclass(frozen=True, slots=True, eq=False)
class Landscape:
    """``n`` landscapes, or crops of them; all tensors on one device."""

    label: Tensor
    """What a map shows, uint8 ``(n, rows, cols)``: an index of `sovs_map.training.labels.LABEL_SETS`, 0 where no map
    would tell (specks of few pixels, mixed pixels), FIRST_MATERIAL plus slot for invented materials."""

    surface: Tensor
    """What a radar sees, uint8 ``(n, rows, cols)``: 1 to 22 the leaves, 23 to 63 parts of them, see `canvas` and `surfaces`;
    FIRST_INVENTED plus slot for invented materials."""

    parcel: Tensor
    """Number of the field, stand, block or building, int32 ``(n, rows, cols)``; equal numbers look alike."""

    terrain: Tensor
    """Height of the ground, float32 ``(n, rows, cols)`` [m]."""

    building: Tensor
    """Height of buildings above the ground, float32 ``(n, rows, cols)`` [m]; 0 where there is none."""

    facing: Tensor
    """Direction of the walls, float32 ``(n, rows, cols)`` [radians from the column axis]; meant inside settlements."""

    materials: Tensor
    """What the invented materials are like, float32 ``(n, SLOTS, 8)``; see `materials`."""

    shares: Tensor
    """Share of each surface in the whole landscape that a crop was cut from, float32 ``(n, SURFACES)``."""

    spacing_m: Tensor
    """Pixel spacing, float32 ``(n,)`` [m]."""
