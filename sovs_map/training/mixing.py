"""Real and simulated chips in one batch, random cuts and the real data's own classes in one step."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from sovs_map.training.batch import Batch, join
from sovs_map.training.loop import DrawBatch
from sovs_map.training.objective import DrawCut
from sovs_map.training.real import RealChips
from sovs_map.training.simulated import SimulatedChips
from sovs_map.training.syllabus import Lesson, Syllabus
from sovs_map.training.vocabularies import Cut, cut_of, draw_cut, draw_words


def mixed_chips(real: RealChips, simulated: SimulatedChips, *, real_share: float, pixels: int) -> DrawBatch:
    """Return a source of batches of ``pixels`` pixels, of which a share is real, but at least one chip of each kind."""

    def draw(chance: np.random.Generator, step: int, side: int) -> Batch:
        count = max(2, pixels // side**2)
        few = min(max(round(real_share * count), 1), count - 1)
        others = simulated.draw(chance, step, count=count - few, side=side)
        return join([real.draw(chance, count=few, side=side).to(others.image.device), others])

    return draw


def real_chips(real: RealChips, *, pixels: int) -> DrawBatch:
    """Return a source of batches of real chips alone."""
    return lambda chance, _, side: real.draw(chance, count=max(1, pixels // side**2), side=side)


def mixed_cuts(syllabus: Syllabus, fixed: Sequence[Lesson], *, share: float) -> DrawCut:
    """Return a source of vocabularies: a share of them are the classes of ``fixed`` under new words, the rest random cuts.

    Where ``fixed`` is empty, all are random cuts.
    """

    def draw(chance: random.Random) -> Cut:
        if fixed and chance.random() < share:
            return cut_of(fixed, [draw_words(chance, lesson) for lesson in fixed], unseen=syllabus.unseen)
        return draw_cut(chance, syllabus)

    return draw
