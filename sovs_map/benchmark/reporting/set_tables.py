"""Tables of contestants by data set."""

from __future__ import annotations

from collections.abc import Sequence

from sovs_map.benchmark.measures import FREQUENT, MEASURES, MIOU
from sovs_map.benchmark.reporting.table import Table, rate, with_interval
from sovs_map.benchmark.results import Results
from sovs_map.benchmark.scoring import mean_score, scores, trust

WEAK = " (weak labels)"
"""Follows the names of data sets that have no place in means."""


def set_names(runs: Sequence[Results]) -> tuple[tuple[str, str], ...]:
    """Return names of data sets, and what tables call them."""
    exams = {one.exam.data_set: one.exam for run in runs for one in run.sets}
    return tuple((name, name + (WEAK if exam.is_weak else "")) for name, exam in exams.items())


def mean_table(runs: Sequence[Results]) -> Table:
    """Return the mean over data sets of each contestant's mIoU, and that of each data set."""
    sets = set_names(runs)
    rows = []
    for run in runs:
        found = {one.exam.data_set: scores(one, (MIOU,))[0] for one in run.sets}
        cells = [with_interval(found[name]) if name in found else rate(float("nan")) for name, _ in sets]
        rows.append((run.run.contestant, with_interval(mean_score(run, MIOU)), *cells))
    return Table(
        "mIoU by data set",
        "One confusion matrix a data set; absent classes are left out. In brackets where 95 % of 1,000 draws of scenes lie; "
        "none where there is one scene. The mean is over data sets without weak labels.",
        ("contestant", "mean", *(title for _, title in sets)),
        tuple(rows),
    )


def set_table(runs: Sequence[Results]) -> Table:
    """Return all scores of each contestant on each data set."""
    rows = []
    for name, title in set_names(runs):
        for run in runs:
            if name not in run.run.data_sets:
                continue
            one = run.of(name)
            pixels = int(sum(part.counts.sum() for part in one.answered))
            told = [rate(each.value) for each in scores(one, MEASURES)]
            rows.append((title, run.run.contestant, *told, f"{len(one.answered)} / {one.scene_count}", f"{pixels:,}"))
    return Table(
        "All scores",
        "OA counts a coarse truth as right when the answer lies in it; the tree distance is how many steps an answer is off "
        "in the taxonomy, 0 to 2.",
        ("data set", "contestant", *(one.title for one in MEASURES), "pictures / scenes", "pixels"),
        tuple(rows),
    )


def frequency_table(runs: Sequence[Results]) -> Table:
    """Return the mIoU of frequent and rare classes."""
    rows = [
        (title, run.run.contestant, *(with_interval(each) for each in scores(run.of(name), FREQUENT)))
        for name, title in set_names(runs)
        for run in runs
        if name in run.run.data_sets
    ]
    return Table(
        "Frequent and rare classes",
        "Head: the classes with the first 80 % of the pixels that are learnt from; medium: the next 15 %; tail: the rest.",
        ("data set", "contestant", *(one.title for one in FREQUENT)),
        tuple(rows),
    )


def trust_table(runs: Sequence[Results]) -> Table:
    """Return how far probabilities can be trusted."""
    rows = []
    for name, title in set_names(runs):
        for run in runs:
            if name in run.run.data_sets:
                found = trust(run.of(name))
                cells = (found.error, found.classwise, found.brier, found.presence)
                rows.append((title, run.run.contestant, *map(rate, cells)))
    return Table(
        "Calibration and presence",
        "ECE in 15 bins of equal mass, of the winner and as the mean over classes; Brier score; presence: area under the ROC "
        "curve of pictures' scores against whether the class is in them, the mean over classes.",
        ("data set", "contestant", "ECE", "classwise ECE", "Brier", "presence AUROC"),
        tuple(rows),
    )
