"""Whether tiles show: the whole picture blended as maps are, against tiles that are answered one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sovs_map.benchmark.answered import Answered, mark, nothing
from sovs_map.benchmark.chip import Chip
from sovs_map.benchmark.contestants.contestant import Contestant
from sovs_map.benchmark.metrics.counts import count_pixels
from sovs_map.benchmark.question import Question

TILE = 256
"""Side of the tiles that are answered one by one [pixels]."""

BAND = 32
"""Width of the band around the borders of tiles [pixels]."""


@dataclass(frozen=True, slots=True, eq=False)
class Seams:
    """What is kept of a picture's seams."""

    differ: NDArray[np.int64]
    """Pixels, and those answered otherwise by tiles, in the bands and elsewhere ``(2, 2)``."""

    tiled: NDArray[np.int64]
    """Pixels by truth and class as tiles answer them ``(truths, classes)``."""


def ask_whole(contestant: Contestant, chip: Chip, question: Question) -> tuple[Answered, Seams]:
    """Return the answer to a whole picture, and how it differs from that of its tiles."""
    truth = question.rows(chip.labels)
    shape = question.table.shape
    if not (truth >= 0).any():
        return nothing(question), Seams(np.zeros((2, 2), np.int64), np.zeros(shape, np.int64))
    answer = contestant.answer(chip, question.classes)
    tiled = answer_tiles(contestant, chip, question)
    band, other = seam_band(truth.shape), answer.winner != tiled
    differ = [[part.sum(), (other & part).sum()] for part in (band, ~band)]
    return mark(answer, truth, question), Seams(np.array(differ), count_pixels(truth, tiled, shape=shape))


def answer_tiles(contestant: Contestant, chip: Chip, question: Question) -> NDArray[np.int64]:
    """Return the winning classes ``(row, col)`` of tiles that do not overlap, each answered as a picture of its own.

    A last tile that the picture is too small for is moved back into it; what the one before had is kept.
    """
    rows, cols = chip.labels.shape
    winner = np.full((rows, cols), -1, np.int64)
    for top in range(0, rows, TILE):
        for left in range(0, cols, TILE):
            view = np.s_[max(0, min(top, rows - TILE)) :, max(0, min(left, cols - TILE)) :]
            tile = replace(chip, values=chip.values[:, *view][:, :TILE, :TILE], labels=chip.labels[view][:TILE, :TILE])
            found, place = contestant.answer(tile, question.classes).winner, winner[view][:TILE, :TILE]
            np.copyto(place, found, where=place < 0)
    return winner


def seam_band(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which pixels lie within half a band of a border between two tiles, ``(row, col)``."""
    rows, cols = (_beside(size) for size in shape)
    return rows[:, None] | cols[None]


def _beside(size: int) -> NDArray[np.bool_]:
    places = np.arange(size)
    borders = np.arange(TILE, size, TILE)
    near = (places[:, None] >= borders - BAND // 2) & (places[:, None] < borders + BAND // 2)
    return np.asarray(near.any(1))
