"""The page of a picture that tells at a glance what a result shows: two panels, a title, room for a legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sovs_map.outputs.finishing import finished_file
from sovs_map.outputs.pictures import Picture

DPI = 150

LARGEST_PANEL = (7.2, 7.2)
"""Largest width and height of a picture [inches]."""

LEGEND = 2.9
"""Width of the legend [inches]."""

MARGIN = 0.25
"""Space around things [inches]."""

ROW = 0.27
"""Height of a legend's row [inches]."""

THINNEST = 12
"""A picture this many times longer than it is wide, or more, has no room for a scale bar."""

INK = "#1f2933"
FAINT = "#7b8794"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are on the page [inches], counted from the lower left."""

    width: float
    height: float
    panels: tuple[tuple[float, float, float, float], ...]
    legend: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A page that is being drawn."""

    figure: Figure
    """Everything on it."""

    layout: Layout
    """Where things are."""


def start_page(shape: tuple[int, ...], *, legend_height: float, title: str) -> Page:
    """Return a page for two pictures of a shape ``(rows, cols)`` and a legend of a height [inches]."""
    layout = _lay_out(shape[0], shape[1], legend_height)
    figure = Figure(figsize=(layout.width, layout.height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    _title(figure, layout, title)
    return Page(figure, layout)


def draw_panels(page: Page, panels: Sequence[tuple[str, Picture]], *, pixel_m: float | None) -> None:
    """Draw both pictures, each under its name, with a scale bar where the width of a pixel is known [m]."""
    for place, (name, picture) in zip(page.layout.panels, panels, strict=True):
        axes = _axes(page, place)
        _show(axes, picture, name)
        shape = picture.shape[:2]
        if pixel_m is not None and max(shape) < THINNEST * min(shape):
            _scale_bar(axes, shape, pixel_m)


def legend_axes(page: Page, *, height: float) -> Axes:
    """Return the place of the legend, in inches from its upper left corner."""
    left, top = page.layout.legend
    width, tall = page.layout.width, page.layout.height
    axes = page.figure.add_axes((left / width, (top - height) / tall, LEGEND / width, height / tall))
    axes.set_xlim(0, LEGEND)
    axes.set_ylim(height, 0)
    axes.axis("off")
    return axes


def write_page(page: Page, target: Path) -> None:
    """Write the page as PNG.

    Raises:
        OutputError: no space, no permission.
    """
    with finished_file(target) as partial:
        page.figure.savefig(
            partial, dpi=DPI, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 1}
        )


def _lay_out(rows: int, cols: int, needed: float) -> Layout:
    """Put both pictures side by side when they are tall and one above the other when they are very wide."""
    is_wide = cols > 1.8 * rows
    widest, tallest = LARGEST_PANEL if not is_wide else (2 * LARGEST_PANEL[0], LARGEST_PANEL[1] / 1.5)
    inch = min(widest / cols, tallest / rows)
    width, height = max(cols * inch, 1.6), max(rows * inch, 1.2)
    head, label = 0.55, 0.3
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
    return Layout(across + 3 * MARGIN + LEGEND, top + head, panels, (across + 2 * MARGIN, top))


def _axes(page: Page, place: tuple[float, float, float, float]) -> Axes:
    layout, (left, bottom, width, height) = page.layout, place
    return page.figure.add_axes(
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


def _title(figure: Figure, layout: Layout, title: str) -> None:
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
