"""The protocol OV-A: leaves that training never hears of, asked for together with those that it knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from sovs_map.network.alignment import Words
from sovs_map.network.encoder import View
from sovs_map.network.sovs_net import SovsNet
from sovs_map.taxonomy import load_taxonomy
from sovs_map.training.evaluation import Tiling, answer, confusion, harmonic_mean, intersection_over_union
from sovs_map.training.real import Fragment
from sovs_map.training.syllabus import UNSEEN
from sovs_map.training.trial import LEAVES
from sovs_map.training.vocabularies import Phrasebook

FOLD = frozenset({3, 6, 11, 18, 20})
"""Seen leaves that a second, shorter training leaves out too, to choose the penalty without looking at UNSEEN."""

PENALTIES = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Candidates."""


class Handicap(nn.Module):
    """A network whose logits of the classes that it was taught are lowered.

    Source:
        Calibrated stacking: Chao et al. 2016, doi:10.1007/978-3-319-46475-6_4
    """

    lowered: Tensor

    def __init__(self, network: SovsNet, *, taught: Tensor, penalty: float) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("lowered", penalty * taught)

    def maps(self, image: Tensor, words: Words, view: View) -> Tensor:
        """Return logits at stride 2, ``(n, classes, h/2, w/2)``."""
        return self.network.maps(image, words, view) - self.lowered[:, None, None]


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """The result."""

    names: tuple[str, ...]
    """Leaves that were asked for."""

    taught: tuple[bool, ...]
    """Whether training had spoken of each."""

    iou: NDArray[np.float64]
    """Of each."""

    penalty: float
    """What was taken off the logits of the taught leaves."""

    @property
    def seen(self) -> float:
        """Return the mean IoU of the leaves that were taught."""
        return float(np.nanmean(self.iou[list(self.taught)]))

    @property
    def unseen(self) -> float:
        """Return the mean IoU of the leaves that were not."""
        return float(np.nanmean(self.iou[[not taught for taught in self.taught]]))

    @property
    def harmonic(self) -> float:
        """Return the harmonic mean of both."""
        return harmonic_mean(self.seen, self.unseen)


def examine(
    network: SovsNet,
    book: Phrasebook,
    scenes: Sequence[Fragment],
    tiling: Tiling,
    *,
    asked: Sequence[int],
    unseen: frozenset[int],
    penalty: float,
) -> Unseen:
    """Return how well a network finds leaves by their names, some of which it was never taught.

    Args:
        network: trained without ``unseen``.
        book: vectors of phrases.
        scenes: labelled.
        tiling: how they are cut.
        asked: leaves, by id; pixels of others do not count.
        unseen: leaves that were not taught.
        penalty: taken off the logits of the taught ones.
    """
    names = [load_taxonomy().leaves[leaf - 1].name for leaf in asked]
    taught = tuple(leaf not in unseen for leaf in asked)
    words = book.words([[name] for name in names])
    model = Handicap(network, taught=words.phrases.new_tensor(taught), penalty=penalty)
    guesses = [answer(model, scene, words, tiling).winner for scene in scenes]
    matrix = confusion(guesses, [scene.labels for scene in scenes], [(leaf,) for leaf in asked])
    return Unseen(tuple(names), taught, intersection_over_union(matrix), penalty)


def choose_penalty(network: SovsNet, book: Phrasebook, scenes: Sequence[Fragment], tiling: Tiling) -> float:
    """Return the penalty with the best harmonic mean for a network trained without FOLD and UNSEEN, on seen leaves alone."""
    asked = [leaf for leaf in LEAVES if leaf not in UNSEEN]
    results = [
        examine(network, book, scenes, tiling, asked=asked, unseen=FOLD, penalty=penalty) for penalty in PENALTIES
    ]
    return max(results, key=lambda result: result.harmonic).penalty


def unseen_section(result: Unseen, *, without: Unseen, steps: int) -> str:
    """Return the card's section on leaves that were never taught, in Markdown.

    Args:
        result: with the penalty.
        without: without it.
        steps: of the network's training.
    """
    rows = (
        f"| {name} | {'yes' if taught else 'no'} | {value:.3f} |"
        for name, taught, value in zip(result.names, result.taught, result.iou, strict=True)
    )
    return "\n".join(
        (
            "## Leaves that training never heard of",
            "",
            f"A second network, same recipe, {steps} steps: pixels of {sum(not one for one in result.taught)} leaves are left out and none of",
            "their names or synonyms is a word of its training; the text tower is the same, which has read the whole lexicon",
            "but never a pixel. Then all leaves are asked for by name on the simulated scenes.",
            f"mIoU of taught leaves {result.seen:.3f}, of the others {result.unseen:.3f}, harmonic mean **{result.harmonic:.3f}**;",
            f"{result.penalty:g} is taken off the logits of taught leaves, chosen on a fold of them. Without it the harmonic mean",
            f"is {without.harmonic:.3f}.",
            "",
            "| leaf | taught | IoU |",
            "|---|---|---|",
            *rows,
            "",
        )
    )
