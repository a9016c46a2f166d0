"""Networks that answer in blended tiles, as maps are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import expit, softmax
from torch import nn

from sovs_map.benchmark.chip import Chip
from sovs_map.benchmark.contestants.contestant import Answer, Map, Maps
from sovs_map.benchmark.contestants.label_shares import answer_from_labels, query_from_labels
from sovs_map.benchmark.question import AskedClass
from sovs_map.network.alignment import Words
from sovs_map.network.sovs_net import SovsNet
from sovs_map.training.closed_set import ClosedSet
from sovs_map.training.evaluation import Tiling, blended_logits
from sovs_map.training.real import Fragment
from sovs_map.training.vocabularies import Phrasebook

NO_WORDS = Words(torch.zeros(0, 1), torch.zeros(0, 1), torch.zeros(0, dtype=torch.int64), 0)
"""What a network is asked that knows none."""

AT_ONCE = 16
"""Phrases of queries that are asked together: their logits are held for all of a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenNetwork:
    """SOVS-Net, or a variant of it, and the text tower that reads for it."""

    network: SovsNet
    """For inference."""

    book: Phrasebook
    """Vectors of phrases."""

    tiling: Tiling
    """How pictures are cut."""

    def answer(self, chip: Chip, classes: Sequence[AskedClass]) -> Answer:
        """Return the softmax over the classes' logits."""
        words = self.book.words([one.prompts for one in classes])
        return Answer(blended(self.network, chip, words, self.tiling, layers=len(classes), become=_compete))

    def query(self, chip: Chip, classes: Sequence[AskedClass]) -> Iterator[Map]:
        """Yield the network's own probability that each class alone is true."""
        scale, bias = (np.float32(one.item()) for one in (self.network.query_scale, self.network.query_bias))
        for start in range(0, len(classes), AT_ONCE):
            some = classes[start : start + AT_ONCE]
            words = self.book.words([one.prompts for one in some])
            yield from blended(
                self.network, chip, words, self.tiling, layers=len(some), become=lambda x: expit(scale * x + bias)
            )


@dataclass(frozen=True, slots=True, eq=False)
class ClosedNetwork:
    """The same encoder and decoder with a fixed list of labels."""

    network: ClosedSet
    """For inference."""

    labels: tuple[int, ...]
    """Indices of `LABEL_SETS`, in the order of its logits."""

    tiling: Tiling
    """How pictures are cut."""

    def answer(self, chip: Chip, classes: Sequence[AskedClass]) -> Answer:
        """Return the classes of the labels that the network sees."""
        return answer_from_labels(self._shares(chip), self.labels, classes)

    def query(self, chip: Chip, classes: Sequence[AskedClass]) -> Iterator[Map]:
        """Yield how probable the labels are that are the class."""
        return query_from_labels(self._shares(chip), self.labels, classes)

    def _shares(self, chip: Chip) -> Maps:
        return blended(self.network, chip, NO_WORDS, self.tiling, layers=len(self.labels), become=_compete)


def blended(
    network: nn.Module, chip: Chip, words: Words, tiling: Tiling, *, layers: int, become: Callable[[Maps], Maps]
) -> Maps:
    """Return what blended logits become, ``(layers, row, col)``.

    Args:
        network: has ``maps(image, words, view)``.
        chip: the picture.
        words: what is asked.
        tiling: how it is cut.
        layers: how many logits the network gives a pixel.
        become: logits of some rows to probabilities.
    """
    fragment = Fragment("", chip.values, chip.labels, chip.polarisations, chip.calibrated, chip.spacing_m)
    maps = np.empty((layers, *chip.labels.shape), np.float32)
    for band in blended_logits(network, fragment, words, tiling, layers=layers):
        maps[:, *band.window.slices] = become(band.values)
    return maps


def _compete(logits: Maps) -> Maps:
    shares: Maps = softmax(logits, axis=0)
    return shares
