"""The picture that tells at a glance what a map shows: backscatter, classes over it, legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from sovs_map.outputs.finishing import finished_file
from sovs_map.outputs.pictures import Picture, blend, draw_backscatter, draw_labels
from sovs_map.vocabulary import UNKNOWN_COLOUR, Colour, Vocabulary

DPI = 150

OPACITY = 0.6
"""How much the class colours cover the backscatter."""

LARGEST_PANEL = (7.2, 7.2)
"""Largest width and height of a picture [inches]."""

LEGEND = 2.9
"""Width of the legend [inches]."""

MARGIN = 0.25
"""Space around things [inches]."""

ROW = 0.27
"""Height of a legend's row [inches]."""

MOST_ROWS = 24
"""More classes than this are summed up in one row."""

THINNEST = 12
"""A picture this many times longer than it is wide, or more, has no room for a scale bar."""

INK = "#1f2933"
FAINT = "#7b8794"


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    colour: Colour
    share: float


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things are on the page [inches], counted from the lower left."""

    width: float
    height: float
    panels: tuple[tuple[float, float, float, float], ...]
    legend: tuple[float, float]


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
    layout = _lay_out(labels.shape[0], labels.shape[1], len(rows))
    figure = Figure(figsize=(layout.width, layout.height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    for place, picture, name in zip(layout.panels, (grey, over), ("Backscatter", "Classes"), strict=True):
        axes = _axes(figure, layout, place)
        _show(axes, picture, name)
        if pixel_m is not None and max(labels.shape) < THINNEST * min(labels.shape):
            _scale_bar(axes, labels.shape, pixel_m)
    _title(figure, layout, title)
    _draw_legend(figure, layout, rows)
    with finished_file(target) as partial:
        figure.savefig(partial, dpi=DPI, format="png", metadata={"Software": None})


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


def _lay_out(rows: int, cols: int, entries: int) -> _Layout:
    """Put both pictures side by side when they are tall and one above the other when they are very wide."""
    is_wide = cols > 1.8 * rows
    widest, tallest = LARGEST_PANEL if not is_wide else (2 * LARGEST_PANEL[0], LARGEST_PANEL[1] / 1.5)
    inch = min(widest / cols, tallest / rows)
    width, height = max(cols * inch, 1.6), max(rows * inch, 1.2)
    head, label = 0.55, 0.3
    needed = entries * ROW + 0.4
    if is_wide:
        body = max(2 * (height + label) + MARGIN, needed)
        top = MARGIN + body
        panels = (
            (MARGIN, top - label - height, width, height),
            (MARGIN, top - 2 * (label + height) - MARGIN, width, height),
        )
        across = width
    else:
        body = max(height + label, needed)
        top = MARGIN + body
        panels = (
            (MARGIN, top - label - height, width, height),
            (2 * MARGIN + width, top - label - height, width, height),
        )
        across = 2 * width + MARGIN
    return _Layout(across + 3 * MARGIN + LEGEND, top + head, panels, (across + 2 * MARGIN, top))


def _axes(figure: Figure, layout: _Layout, place: tuple[float, float, float, float]) -> Axes:
    left, bottom, width, height = place
    return figure.add_axes(
        (left / layout.width, bottom / layout.height, width / layout.width, height / layout.height), facecolor="#f2f4f6"
    )


def _show(axes: Axes, picture: Picture, name: str) -> None:
    axes.imshow(picture, interpolation="antialiased", aspect="equal")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title(name, loc="left", fontsize=9, color=FAINT, pad=4)
    for spine in axes.spines.values():
        spine.set(color="#cbd2d9", linewidth=0.6)


def _scale_bar(axes: Axes, shape: Sequence[int], pixel_m: float) -> None:
    """Draw a bar of a round length, about a fifth of the width, in the lower left corner."""
    metres = _round_length(shape[1] * pixel_m / 5)
    length = metres / pixel_m
    thick = max(shape[0], shape[1]) / 160
    left, low = shape[1] * 0.03 - 0.5, shape[0] - 0.5 - 0.03 * max(shape) - thick  # the first pixel starts at -0.5
    axes.add_patch(Rectangle((left, low), length, thick, facecolor="white", edgecolor=INK, linewidth=0.6))
    text = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    axes.text(
        left,
        low - thick * 0.9,
        text,
        ha="left",
        va="bottom",
        fontsize=7.5,
        color=INK,
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1.2},
    )


def _round_length(metres: float) -> float:
    size = 10.0 ** math.floor(math.log10(metres))
    return max(step * size for step in (1, 2, 5) if step * size <= metres)


def _title(figure: Figure, layout: _Layout, title: str) -> None:
    room = int((layout.width - 2 * MARGIN) / 0.105)
    text = title if len(title) <= room else title[: room - 1] + "…"
    figure.text(
        MARGIN / layout.width,
        1 - 0.22 / layout.height,
        text,
        fontsize=12,
        fontweight="bold",
        color=INK,
        va="top",
        parse_math=False,
    )


def _draw_legend(figure: Figure, layout: _Layout, rows: tuple[_Row, ...]) -> None:
    left, top = layout.legend
    height = ROW * len(rows) + 0.4
    axes = figure.add_axes(
        (left / layout.width, (top - height) / layout.height, LEGEND / layout.width, height / layout.height)
    )
    axes.set_xlim(0, LEGEND)
    axes.set_ylim(height, 0)
    axes.axis("off")
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
