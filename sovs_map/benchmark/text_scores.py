"""Scores of text queries and of seams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sovs_map.benchmark.measures import MIOU
from sovs_map.benchmark.metrics.presence import area_under_curve
from sovs_map.benchmark.metrics.robustness import Robustness, robustness
from sovs_map.benchmark.results import SetResults


@dataclass(frozen=True, slots=True, eq=False)
class QueryScores:
    """How well single phrases find what they mean on one data set."""

    found: NDArray[np.float64]
    """IoU of each phrase of each class ``(classes, kinds)``; NaN where it was not asked or the class is nowhere."""

    classes: tuple[Robustness, ...]
    """Of each class over its phrases."""

    false_area: float
    """Share of a picture that is found of a phrase for what is not there, on average."""

    presence: float
    """Area under the ROC curve of pictures' scores: paraphrases of what is there against those of what is not."""

    @property
    def together(self) -> Robustness:
        """Return the means over classes: of means, of worsts, of deviations."""
        told = [one for one in self.classes if not np.isnan(one.mean)]
        if not told:
            return Robustness(float("nan"), float("nan"), float("nan"))
        parts = ((one.mean, one.worst, one.deviation) for one in told)
        return Robustness(*(float(np.mean(part)) for part in zip(*parts, strict=True)))


@dataclass(frozen=True, slots=True)
class SeamScores:
    """What tiles show on one data set; NaN where pictures have but one tile."""

    at_seams: float
    """Share of pixels near borders of tiles that tiles answer otherwise than the blended picture."""

    elsewhere: float
    """The same of all other pixels."""

    blended: float
    """mIoU of the blended pictures."""

    tiled: float
    """mIoU of the tiles."""


def query_scores(results: SetResults) -> QueryScores:
    """Return the scores of the queries on one data set."""
    hits, alarms, misses = np.moveaxis(np.sum([one.found for one in results.queries], axis=0), -1, 0).astype(float)
    union = hits + alarms + misses
    asked = np.array([[bool(phrase) for phrase in some] or [False] * hits.shape[1] for some in results.exam.phrases])
    there = np.asarray(np.array([one.present for one in results.queries]).any(0))
    is_told = asked & there[:, None] & (union > 0)
    found = np.divide(hits, union, out=np.full(hits.shape, np.nan), where=is_told)
    pixels, wrong = np.sum([one.absent for one in results.queries], axis=0).sum(0)
    scores = np.concatenate(
        [np.array([one.scores for one in results.queries]).ravel(), *(one.absent_scores for one in results.queries)]
    )
    kinds = hits.shape[1]
    present = np.concatenate(
        [
            np.array([one.present for one in results.queries]).repeat(kinds, axis=1).ravel(),
            np.zeros(sum(len(one.absent_scores) for one in results.queries), bool),
        ]
    )
    told = ~np.isnan(scores)
    return QueryScores(
        found=found,
        classes=tuple(robustness(row) for row in found),
        false_area=float(wrong / pixels) if pixels else float("nan"),
        presence=area_under_curve(scores[told], present[told]),
    )


def seam_scores(results: SetResults) -> SeamScores:
    """Return the scores of the seams on one data set."""
    pixels, differ = np.sum([one.differ for one in results.seams], axis=0).T.astype(float)
    rates = np.divide(differ, pixels, out=np.full(2, np.nan), where=pixels > 0)
    if not pixels[0]:
        rates[:] = np.nan
    counts, tiled = (
        np.sum(parts, axis=0)
        for parts in ([one.counts for one in results.answered], [one.tiled for one in results.seams])
    )
    return SeamScores(
        float(rates[0]),
        float(rates[1]),
        float(MIOU.of(counts, results.exam)),
        float(MIOU.of(tiled, results.exam)),
    )
