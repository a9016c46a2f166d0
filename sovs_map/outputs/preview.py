"""The picture that tells at a glance what a map shows: backscatter, classes over it, legend."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from sovs_map.colours import UNKNOWN_COLOUR, Colour
from sovs_map.outputs.picture_page import (
    FAINT,
    INK,
    LEGEND,
    ROW,
    Page,
    draw_panels,
    legend_axes,
    start_page,
    write_page,
)
from sovs_map.outputs.pictures import blend, draw_backscatter, draw_labels
from sovs_map.vocabulary import Vocabulary

OPACITY = 0.6
"""How much the class colours cover the backscatter."""

MOST_ROWS = 24
"""More classes than this are summed up in one row."""


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    colour: Colour
    share: float


def write_preview(
    backscatter: NDArray[np.float32],
    labels: NDArray[np.integer],
    target: Path,
    *,
    vocabulary: Vocabulary,
    title: str,
    pixel_m: float | None = None,
) -> None:
    """Write a PNG with the backscatter, the classes over it, and a legend with their share of the valid area.

    Args:
        backscatter: decimated to at most about 1600 pixels a side, shape ``(rows, cols)`` [dB], NaN nodata.
        labels: of the same shape: 0 unknown, 1…N, nodata.
        target: file to write.
        vocabulary: classes in label order.
        title: shown above; cut where it is too long.
        pixel_m: width of one pixel of these arrays on the ground, along the row [m]; None, where it is unknown, draws
            no scale bar. Neither has a very thin picture one.

    Raises:
        OutputError: no space, no permission.
    """
    grey = draw_backscatter(backscatter)
    over = blend(grey, draw_labels(labels, vocabulary=vocabulary), opacity=OPACITY)
    rows = _legend_rows(labels, vocabulary)
    page = start_page(labels.shape, legend_height=_legend_height(rows), title=title)
    draw_panels(page, (("Backscatter", grey), ("Classes", over)), pixel_m=pixel_m)
    _draw_legend(page, rows)
    write_page(page, target)


def _legend_height(rows: tuple[_Row, ...]) -> float:
    return ROW * len(rows) + 0.4


def _legend_rows(labels: NDArray[np.integer], vocabulary: Vocabulary) -> tuple[_Row, ...]:
    """Return the classes in label order, unknown last; too many are cut to the largest and one row for the rest."""
    counts = np.bincount(labels.ravel(), minlength=vocabulary.nodata + 1)
    valid = max(int(counts[: vocabulary.nodata].sum()), 1)
    classes = list(zip(vocabulary.names, vocabulary.colours, range(1, len(vocabulary.classes) + 1), strict=True))
    rows = [_Row(name, colour, float(counts[label]) / valid) for name, colour, label in classes]
    if len(rows) > MOST_ROWS:
        kept = sorted(rows, key=lambda row: -row.share)[: MOST_ROWS - 1]
        rest = 1 - sum(row.share for row in kept) - float(counts[0]) / valid
        rows = [*kept, _Row(f"{len(rows) - len(kept)} other classes", (255, 255, 255), max(rest, 0.0))]
    if counts[0]:
        rows.append(_Row("unknown", UNKNOWN_COLOUR, float(counts[0]) / valid))
    return tuple(rows)


def _draw_legend(page: Page, rows: tuple[_Row, ...]) -> None:
    axes = legend_axes(page, height=_legend_height(rows))
    axes.text(0, 0.19, "Share of the mapped area", fontsize=9, color=FAINT, va="center")
    largest = max((row.share for row in rows), default=0.0) or 1.0
    for index, row in enumerate(rows):
        middle = 0.34 + ROW * (index + 0.5)
        colour = tuple(channel / 255 for channel in row.colour)
        axes.add_patch(Rectangle((0, middle - 0.08), 0.16, 0.16, facecolor=colour, edgecolor=INK, linewidth=0.5))
        name = row.name if len(row.name) <= 20 else row.name[:19] + "…"
        axes.text(0.25, middle, name, fontsize=9, color=INK, va="center", parse_math=False)
        length = 0.55 * row.share / largest
        axes.add_patch(Rectangle((1.75, middle - 0.045), length, 0.09, facecolor=colour, edgecolor=INK, linewidth=0.3))
        axes.text(LEGEND, middle, f"{row.share:.1%}", fontsize=9, color=INK, va="center", ha="right")
