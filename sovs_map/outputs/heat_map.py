"""The picture of a query: backscatter, the probability of the phrase over it as heat, a colour bar."""

from __future__ import annotations

import textwrap
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from sovs_map.outputs.counting import CERTAIN, NO_CONFIDENCE
from sovs_map.outputs.picture_page import FAINT, INK, Page, draw_panels, legend_axes, start_page, write_page
from sovs_map.outputs.pictures import Picture, blend, draw_backscatter

COLOURS = "inferno"
"""Of matplotlib; its lightness rises evenly, so that it reads the same in grey and to the colour-blind."""

OPACITY = 0.75
"""How much a probability of 1 covers the backscatter; lower ones cover less."""

BAR_HEIGHT, BAR_WIDTH = 2.2, 0.22
"""Of the colour bar [inches]."""

LEGEND_HEIGHT = 4.2
"""[inches]"""


def write_heat_map(
    backscatter: NDArray[np.float32],
    probability: NDArray[np.uint8],
    target: Path,
    *,
    phrase: str,
    threshold: float | None,
    title: str,
    pixel_m: float | None = None,
) -> None:
    """Write a PNG with the backscatter, the probability of a phrase over it, and a colour bar.

    Args:
        backscatter: decimated, shape ``(rows, cols)`` [dB], NaN nodata.
        probability: of the same shape, probability × 250, 255 nodata.
        target: file to write.
        phrase: what was asked.
        threshold: marked on the colour bar, if there is one.
        title: shown above; cut where it is too long.
        pixel_m: width of one pixel of these arrays on the ground [m]; None draws no scale bar.

    Raises:
        OutputError: no space, no permission.
    """
    grey = draw_backscatter(backscatter)
    over = blend(grey, draw_probability(probability), opacity=OPACITY)
    page = start_page(probability.shape, legend_height=LEGEND_HEIGHT, title=title)
    draw_panels(page, (("Backscatter", grey), ("Probability", over)), pixel_m=pixel_m)
    _draw_bar(page, phrase, threshold, _mean(probability))
    write_page(page, target)


def draw_probability(probability: NDArray[np.uint8]) -> Picture:
    """Return probabilities as heat, the more opaque the more probable; nodata is transparent.

    Args:
        probability: × 250, 255 nodata, shape ``(rows, cols)``.
    """
    shares = np.arange(256) / CERTAIN
    palette = np.round(255 * mpl.colormaps[COLOURS](np.clip(shares, 0, 1))).astype(np.uint8)
    palette[:, 3] = np.round(255 * np.clip(shares, 0, 1))
    palette[NO_CONFIDENCE] = 0
    return palette[probability]


def _mean(probability: NDArray[np.uint8]) -> float | None:
    valid = probability != NO_CONFIDENCE
    return float(probability[valid].mean() / CERTAIN) if valid.any() else None


def _draw_bar(page: Page, phrase: str, threshold: float | None, mean: float | None) -> None:
    """Draw the phrase, the bar from 1 at the top to 0, its ticks, and what the picture's mean is."""
    axes = legend_axes(page, height=LEGEND_HEIGHT)
    axes.text(0, 0.19, "Probability of", fontsize=9, color=FAINT, va="center")
    text = textwrap.fill(textwrap.shorten(phrase, 100, placeholder=" …"), 30)
    axes.text(0, 0.34, text, fontsize=9, color=INK, va="top", parse_math=False)
    top = 0.5 + 0.17 * len(text.splitlines())
    ramp = mpl.colormaps[COLOURS](np.linspace(1, 0, 256))[:, None]
    axes.imshow(ramp, extent=(0, BAR_WIDTH, top + BAR_HEIGHT, top), aspect="auto")
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        axes.text(BAR_WIDTH + 0.1, top + BAR_HEIGHT * (1 - share), f"{share:g}", fontsize=8, color=INK, va="center")
    if threshold is not None:
        level = top + BAR_HEIGHT * (1 - threshold)
        axes.plot((0, BAR_WIDTH), (level, level), color="white", linewidth=1.2)
        axes.text(BAR_WIDTH + 0.6, level, f"← polygons from {threshold:g}", fontsize=8, color=INK, va="center")
    if mean is not None:
        axes.text(0, top + BAR_HEIGHT + 0.25, f"mean {mean:.3f}", fontsize=8, color=FAINT, va="center")
