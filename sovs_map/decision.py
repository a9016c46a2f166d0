"""What is made of logits: which layers are kept, and the function that fills them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.blend import Band
from sovs_map.errors import BundleError

CERTAIN = 250
"""How a probability of 1 is stored."""

NO_SCORE = 255
"""How a probability is stored where there is no data."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One raster that is kept, a part a chunk."""

    kind: str
    """What its parts are called."""

    bands: int
    """How many there are."""

    dtype: str
    """uint8 or uint16."""


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """How logits become what is kept."""

    layers: tuple[Layer, ...]
    """What is kept."""

    decide: Callable[[Band, NDArray[np.bool_]], tuple[NDArray[np.generic], ...]]
    """Blended logits ``(classes, rows, cols)``, and where there is data, to an array ``(bands, rows, cols)`` a layer."""

    identity: str
    """Changes whenever the same logits could give other layers."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return what the parts of a chunk are called, its picture included."""
        return ("quicklook", *(layer.kind for layer in self.layers))


def check_finite(values: NDArray[np.float32]) -> None:
    """Refuse numbers that are none.

    Raises:
        BundleError: the network's weights are broken.
    """
    if not np.isfinite(values).all():
        raise BundleError(
            "the network answered with numbers that are none: its weights are broken; choose another --model"
        )
