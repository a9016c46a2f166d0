"""What the network is trained on: pictures with label indices, and what invented materials in them are like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from sovs_map.network.encoder import View
from sovs_map.training.labels import FIRST_MATERIAL


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Chips of one size as the network takes them."""

    image: Tensor
    """Standardised ``(n, bands, side, side)``; absent bands are zero."""

    view: View
    """How each was taken."""

    labels: Tensor
    """Label indices, int64 ``(n, side, side)``; see `labels`."""

    phrases: tuple[str, ...] = ()
    """What each invented material is like, in words; label FIRST_MATERIAL + i has phrase i."""

    attributes: Tensor | None = None
    """The physical attributes of each invented material, ``(materials, 12)``; None without materials."""

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        view = View(self.view.polarisations.to(device), self.view.present.to(device), self.view.conditions.to(device))
        attributes = None if self.attributes is None else self.attributes.to(device)
        return Batch(self.image.to(device), view, self.labels.to(device), self.phrases, attributes)


def join(batches: Sequence[Batch]) -> Batch:
    """Return batches of one chip size as one; materials are numbered on, and absent bands pad the narrower ones."""
    bands = max(batch.image.shape[1] for batch in batches)
    labels, count = [], 0
    for batch in batches:
        labels.append(torch.where(batch.labels >= FIRST_MATERIAL, batch.labels + count, batch.labels))
        count += len(batch.phrases)
    attributes = [batch.attributes for batch in batches if batch.attributes is not None]
    view = View(
        torch.cat([_widen(batch.view.polarisations, bands) for batch in batches]),
        torch.cat([_widen(batch.view.present, bands) for batch in batches]),
        torch.cat([batch.view.conditions for batch in batches]),
    )
    image = torch.cat([F.pad(b.image, (0, 0, 0, 0, 0, bands - b.image.shape[1])) for b in batches])
    return Batch(
        image,
        view,
        torch.cat(labels),
        tuple(phrase for batch in batches for phrase in batch.phrases),
        torch.cat(attributes) if attributes else None,
    )


def _widen(facts: Tensor, bands: int) -> Tensor:
    return F.pad(facts, (0, bands - facts.shape[1]))
