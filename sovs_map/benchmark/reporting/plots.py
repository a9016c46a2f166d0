"""Plots of results, as SVG elements to be put into a page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from sovs_map.benchmark.measures import MIOU
from sovs_map.benchmark.metrics.calibration import reliability
from sovs_map.benchmark.reporting.set_tables import set_names
from sovs_map.benchmark.results import Results
from sovs_map.benchmark.scoring import Score, mean_score, scores, winners
from sovs_map.benchmark.text_scores import query_scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = (
    "#0b5cad", "#d1495b", "#2e8b57", "#e09f3e", "#7b4fa3", "#3aa6b9", "#8c564b", "#5c6770", "#c06c9b", "#a3b18a",
)  # fmt: skip
"""Of contestants, in turn."""

STYLE = {
    "font.family": "sans-serif",
    "font.size": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9aa5b1",
    "svg.fonttype": "none",
    "svg.hashsalt": "sovs-map",
}
"""Text stays text, and equal plots are equal bytes."""


def plot_means(runs: Sequence[Results]) -> str:
    """Return mIoU by contestant, with intervals: the mean over data sets, then each data set."""
    sets = set_names(runs)
    kept = [("mean", [mean_score(run, MIOU) for run in runs])]
    for name, title in sets:
        if all(name in run.run.data_sets for run in runs):
            found = [scores(run.of(name), (MIOU,))[0] for run in runs]
            kept.append((title.replace(" (weak labels)", "\n(weak labels)"), found))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(2.1 + 1.75 * len(kept), 0.9 + 0.28 * len(runs)), layout="constrained")
        for index, (axes, (title, found)) in enumerate(
            zip(np.atleast_1d(figure.subplots(1, len(kept), sharey=True)), kept, strict=True)
        ):
            _dots(axes, found)
            axes.set_title(title, fontsize=10, fontweight="bold" if index == 0 else "normal")
            _settle(axes, runs)
        figure.supxlabel("mIoU, with where 95 % of draws of scenes lie", fontsize=10, color="#52606d")
        return _svg(figure, "mIoU by contestant and data set")


def plot_reliability(runs: Sequence[Results]) -> str:
    """Return how often winners are right against how probable they said they were, over all data sets."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.4, 3.9), layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color="#9aa5b1", linewidth=1, linestyle="--", label="as it should be")
        for index, run in enumerate(runs):
            said, was = reliability(np.sum([winners(one) for one in run.sets], axis=0))
            colour = COLOURS[index % len(COLOURS)]
            axes.plot(said, was, marker="o", markersize=3.5, linewidth=1.4, color=colour, label=run.run.contestant)
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability of the winner", ylabel="share that is right")
        axes.set_aspect("equal")
        axes.grid(visible=True, color="#e4e7eb")
        figure.legend(loc="outside right upper", frameon=False)
        return _svg(figure, "Reliability of the winners' probabilities, all data sets")


def plot_words(runs: Sequence[Results]) -> str:
    """Return mean and worst IoU over paraphrases by contestant, a panel a data set."""
    sets = set_names(runs)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(2.1 + 1.75 * len(sets), 0.9 + 0.28 * len(runs)), layout="constrained")
        panels = np.atleast_1d(figure.subplots(1, len(sets), sharey=True))
        for axes, (name, title) in zip(panels, sets, strict=True):
            for row, run in enumerate(runs):
                if name in run.run.data_sets:
                    found = query_scores(run.of(name)).together
                    colour = COLOURS[row % len(COLOURS)]
                    axes.plot([found.worst, found.mean], [row, row], color=colour, linewidth=2, alpha=0.6)
                    axes.plot([found.mean], [row], marker="o", color=colour)
            axes.set_title(title.replace(" (weak labels)", "\n(weak labels)"), fontsize=10)
            _settle(axes, runs)
        figure.supxlabel("IoU over paraphrases: the dot is the mean, the line ends at the worst", fontsize=10)
        return _svg(figure, "IoU over paraphrases by contestant and data set")


def _dots(axes: Axes, found: Sequence[Score]) -> None:
    for row, one in enumerate(found):
        colour = COLOURS[row % len(COLOURS)]
        axes.plot([one.interval.low, one.interval.high], [row, row], color=colour, linewidth=2, alpha=0.6)
        axes.plot([one.value], [row], marker="o", color=colour)


def _settle(axes: Axes, runs: Sequence[Results]) -> None:
    axes.set_yticks(range(len(runs)), [run.run.contestant for run in runs])
    axes.set_ylim(len(runs) - 0.5, -0.5)
    axes.set_xlim(-0.03, 1.03)
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.grid(visible=True, axis="x", color="#e4e7eb")
    axes.tick_params(length=0)


def _svg(figure: Figure, title: str) -> str:
    """Return a figure as an SVG element: without the heading of a file, which names a document elsewhere."""
    stream = io.StringIO()
    figure.savefig(
        stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None, "Title": title}
    )
    text = stream.getvalue()
    return text[text.index("<svg") :]
