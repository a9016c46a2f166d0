"""Networks that learn a course in a few steps, from their last checkpoint if there is one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from sovs_map.benchmark.contestants.networks import ClosedNetwork, OpenNetwork
from sovs_map.errors import DataSetError
from sovs_map.network.bundle import Bundle, load_tower
from sovs_map.network.encoder import EncoderConfig
from sovs_map.network.sovs_net import STRIDE, SovsNet
from sovs_map.training.closed_set import ClosedSet
from sovs_map.training.evaluation import Tiling
from sovs_map.training.labels import FIRST_MATERIAL
from sovs_map.training.loop import Schedule, start
from sovs_map.training.mixing import real_chips
from sovs_map.training.objective import Emphasis, closed_set_objective, objective_for
from sovs_map.training.progress import train
from sovs_map.training.real import Fragment, RealChips
from sovs_map.training.syllabus import full_syllabus, without_leaves
from sovs_map.training.vocabularies import Cut, Phrasebook, draw_cut

SIDE = 128
"""Of training chips [pixels]; less where pictures are smaller."""

LEAST = 2 * STRIDE
"""Smaller pictures are not learnt from [pixels]."""

PIXELS = 65_536
"""Of the chips of one step."""


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """What a network learns from, and where its checkpoint lies."""

    fragments: tuple[Fragment, ...]
    """Labelled pictures."""

    hidden: frozenset[int]
    """Leaves of which no word may be said."""

    steps: int
    """How long."""

    folder: Path
    """Of the checkpoint."""

    device: torch.device
    """Where it is trained, and asked afterwards."""


def learn_open(lessons: Lessons, bundle: Bundle, network: type[SovsNet], *, attributes: bool) -> OpenNetwork:
    """Return a network that has learnt a course by words, from nothing; of the bundle it has shape and text tower alone.

    No word that may mean a hidden leaf is said. The text tower has read the whole lexicon, but never a pixel.

    Args:
        lessons: the course.
        bundle: whose shape and tower it has.
        network: SOVS-Net or a variant.
        attributes: whether physical attributes are learnt, too.

    Raises:
        DataSetError: no picture is large enough.
    """
    schedule, fragments = plan(lessons)
    book = Phrasebook(load_tower(bundle))
    syllabus = without_leaves(full_syllabus(), lessons.hidden)
    torch.manual_seed(schedule.seed)
    training = start(network(bundle.network), schedule, device=lessons.device)

    def cuts(chance: random.Random) -> Cut:
        return draw_cut(chance, syllabus)

    emphasis = Emphasis() if attributes else replace(Emphasis(), attributes=0.0)
    objective = objective_for(syllabus, book, cuts=cuts, count=1, emphasis=emphasis, labelled=schedule.labelled)
    chips = real_chips(RealChips(fragments), pixels=schedule.pixels)
    train(training, schedule, draw=chips, objective=objective, folder=lessons.folder)
    learnt = training.averaged.eval()
    assert isinstance(learnt, SovsNet)  # noqa: S101 - the average is a copy of the model
    return OpenNetwork(learnt, book, Tiling(bundle.tile, bundle.overlap))


def learn_closed(lessons: Lessons, bundle: Bundle) -> ClosedNetwork:
    """Return the encoder and decoder of SOVS-Net after a course with its labels as fixed classes.

    Raises:
        DataSetError: no picture is large enough.
    """
    schedule, fragments = plan(lessons)
    labels = tuple(sorted({int(label) for one in fragments for label in np.unique(one.labels)} - {0}))
    right = torch.zeros(FIRST_MATERIAL, len(labels), dtype=torch.bool)
    right[list(labels), range(len(labels))] = True
    cut = Cut((), right, right, right.any(1, keepdim=True) & ~right)
    shape = bundle.network.encoder
    torch.manual_seed(schedule.seed)
    closed = ClosedSet(shape if isinstance(shape, EncoderConfig) else EncoderConfig(), classes=len(labels))
    training = start(closed, schedule, device=lessons.device)
    chips = real_chips(RealChips(fragments), pixels=schedule.pixels)
    objective = closed_set_objective(cut, labelled=schedule.labelled)
    train(training, schedule, draw=chips, objective=objective, folder=lessons.folder)
    learnt = training.averaged.eval()
    assert isinstance(learnt, ClosedSet)  # noqa: S101 - the average is a copy of the model
    return ClosedNetwork(learnt, labels, Tiling(bundle.tile, bundle.overlap))


def plan(lessons: Lessons) -> tuple[Schedule, Sequence[Fragment]]:
    """Return how a course is learnt, and the pictures that are large enough for it.

    Raises:
        DataSetError: none is.
    """
    large = [one for one in lessons.fragments if min(one.labels.shape) >= LEAST]
    if not large:
        most = max(min(one.labels.shape) for one in lessons.fragments)
        raise DataSetError(
            f"the pictures of the train splits are {most} pixels wide at most and networks learn from {LEAST}; build "
            "with larger ones, e.g. --simulated 8"
        )
    side = min(SIDE, *(min(one.labels.shape) // STRIDE * STRIDE for one in large))
    schedule = Schedule(
        steps=lessons.steps, sides=(side,), pixels=PIXELS, average=0.98, warm=lessons.steps // 4, labelled=20_000
    )
    return schedule, large
