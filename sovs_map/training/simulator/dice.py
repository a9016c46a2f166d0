"""Random numbers, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Dice:
    """Throws of so many numbers at a time, float32 ``(count,)`` where nothing else is said."""

    generator: torch.Generator
    """Where the randomness comes from."""

    count: int
    """Numbers in a throw."""

    def between(self, low: float, high: float) -> Tensor:
        """Return numbers evenly spread between two."""
        return low + (high - low) * torch.rand(self.count, generator=self.generator, device=self.generator.device)

    def within(self, bounds: Tensor) -> Tensor:
        """Return numbers between the columns of ``(count, 2)``."""
        return bounds[:, 0] + (bounds[:, 1] - bounds[:, 0]) * self.between(0, 1)

    def chance(self, share: float) -> Tensor:
        """Return true for such a share of throws, bool."""
        return self.between(0, 1) < share

    def one_of(self, weights: Sequence[float]) -> Tensor:
        """Return places in a list, int64, each as likely as its weight says."""
        table = torch.tensor(weights, device=self.generator.device)
        return torch.multinomial(table, self.count, replacement=True, generator=self.generator)

    def normal(self, *shape: int) -> Tensor:
        """Return normal numbers of mean 0 and deviation 1, ``(count, *shape)``."""
        return torch.randn((self.count, *shape), generator=self.generator, device=self.generator.device)
