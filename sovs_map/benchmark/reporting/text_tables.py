"""Tables of text queries and of seams."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sovs_map.benchmark.paraphrases import KINDS
from sovs_map.benchmark.reporting.set_tables import set_names
from sovs_map.benchmark.reporting.table import Table, percent, rate
from sovs_map.benchmark.results import Results
from sovs_map.benchmark.text_scores import query_scores, seam_scores

WORST = 25
"""Prompts that are listed."""


def query_table(runs: Sequence[Results]) -> Table:
    """Return how much classes depend on their words, and what is found of what is not there."""
    rows = []
    for name, title in set_names(runs):
        for run in runs:
            if name in run.run.data_sets:
                found = query_scores(run.of(name))
                words = found.together
                cells = (rate(words.mean), rate(words.worst), rate(words.deviation))
                rows.append((title, run.run.contestant, *cells, percent(found.false_area), rate(found.presence)))
    return Table(
        "Words",
        "Each phrase is asked for alone; pixels above one half are what was found. IoU over the paraphrases of a class: mean, "
        "worst, standard deviation, then the mean over classes. False area: share of a picture that is found of a phrase for "
        "what is not there. Presence: area under the ROC curve of pictures' scores for phrases.",
        ("data set", "contestant", "mean IoU", "worst IoU", "deviation", "false area", "presence AUROC"),
        tuple(rows),
    )


def kind_table(runs: Sequence[Results]) -> Table:
    """Return the mean IoU of each kind of paraphrase, over all classes of all data sets."""
    names = tuple(dict.fromkeys(KINDS))
    rows = []
    for run in runs:
        found = np.concatenate([query_scores(one).found for one in run.sets])
        columns = (found[:, [kind == name for kind in KINDS]] for name in names)
        told = (column[~np.isnan(column)] for column in columns)
        rows.append((run.run.contestant, *(rate(float(some.mean()) if len(some) else float("nan")) for some in told)))
    return Table("Kinds of paraphrases", "Mean IoU over classes.", ("contestant", *names), tuple(rows))


def worst_table(runs: Sequence[Results]) -> Table:
    """Return the prompts that lose most against the best prompt of their class."""
    lost = []
    for run in runs:
        for one in run.sets:
            for index, row in enumerate(query_scores(one).found):
                best = np.nanmax(row) if not np.isnan(row).all() else np.nan
                lost += [
                    (best - value, run.run.contestant, one.exam, index, kind, value)
                    for kind, value in enumerate(row)
                    if best > value
                ]
    worst = sorted(lost, key=lambda entry: -entry[0])[:WORST]
    rows = tuple(
        (
            contestant,
            exam.data_set,
            exam.question.classes[index].name,
            exam.phrases[index][kind],
            KINDS[kind],
            rate(float(value)),
            rate(float(drop)),
        )
        for drop, contestant, exam, index, kind, value in worst
    )
    return Table(
        "Worst prompts",
        "What loses most IoU against the best paraphrase of the same class.",
        ("contestant", "data set", "class", "prompt", "kind", "IoU", "loss"),
        rows,
    )


def seam_table(runs: Sequence[Results]) -> Table:
    """Return whether tiles show."""
    rows = []
    for name, title in set_names(runs):
        for run in runs:
            if name in run.run.data_sets:
                found = seam_scores(run.of(name))
                shares = (percent(found.at_seams), percent(found.elsewhere))
                rows.append((title, run.run.contestant, *shares, rate(found.blended), rate(found.tiled)))
    return Table(
        "Seams",
        "How many pixels tiles of 256 pixels, answered one by one, answer otherwise than the picture blended as maps are: in "
        "bands of 32 pixels around the tiles' borders, and elsewhere; mIoU of both. A dash where pictures have but one tile.",
        ("data set", "contestant", "differ at seams", "differ elsewhere", "mIoU blended", "mIoU tiled"),
        tuple(rows),
    )
