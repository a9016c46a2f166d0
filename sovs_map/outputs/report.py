"""One self-contained page about a map: to look at, to print, to hand on."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from sovs_map.colours import UNKNOWN_COLOUR, Colour
from sovs_map.outputs.counting import ClassArea
from sovs_map.outputs.finishing import finished_file
from sovs_map.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a report: a name and what it is."""

    name: str
    """What is told."""

    value: str
    """Shown as it is."""


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file that the run wrote."""

    name: str
    """File name, relative to the report."""

    purpose: str
    """What it is for, in a few words."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page shows."""

    title: str
    """The scene."""

    created: str
    """When the map was made."""

    scene: tuple[Fact, ...]
    """What was detected: size, polarisations, scale, coordinate system, time."""

    remarks: tuple[str, ...]
    """What the reader should know about the scene, warnings first."""

    vocabulary: Vocabulary
    """What was asked."""

    areas: tuple[ClassArea, ...]
    """Classes in label order, from `summarise`."""

    unknown_pixels: int
    """Pixels that no class was probable enough for."""

    model: tuple[Fact, ...]
    """Name, hash, licence."""

    settings: tuple[Fact, ...]
    """Settings of the run."""

    timings: tuple[Fact, ...]
    """How long each stage took."""

    outputs: tuple[OutputFile, ...]
    """Files beside the page."""

    backscatter_png: bytes
    """Picture of the backscatter; see `draw_backscatter` and `encode_png`."""

    labels_png: bytes
    """Picture of the classes, of the same size; see `draw_labels`."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table of areas, as text."""

    name: str
    colour: str
    prompts: str
    pixels: str
    area: str
    share: float
    bar: float
    confidence: str


def write_report(target: Path, *, report: Report) -> None:
    """Write the page. Every text is escaped; pictures are inside; nothing is fetched from anywhere.

    Raises:
        OutputError: no space, no permission.
    """
    environment = Environment(
        loader=PackageLoader("sovs_map.outputs", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html").render(
        report=report,
        rows=_rows(report),
        has_area=any(area.area_m2 is not None for area in report.areas),
        backscatter=_data_uri(report.backscatter_png),
        labels=_data_uri(report.labels_png),
    )
    with finished_file(target) as partial:
        partial.write_text(page, encoding="utf-8")


def _rows(report: Report) -> tuple[_Row, ...]:
    total = max(sum(area.pixels for area in report.areas) + report.unknown_pixels, 1)
    largest = max([report.unknown_pixels, *(area.pixels for area in report.areas)]) or 1
    rows = [
        _Row(
            name=area.name,
            colour=_hex(entry.colour),
            prompts=" · ".join((*entry.prompts, *entry.conditions)),
            pixels=f"{area.pixels:,}".replace(",", "\u202f"),
            area="" if area.area_m2 is None else _square_kilometres(area.area_m2),
            share=100 * area.pixels / total,
            bar=100 * area.pixels / largest,
            confidence="–" if area.confidence is None else f"{area.confidence:.2f}",
        )
        for area, entry in zip(report.areas, report.vocabulary.classes, strict=True)
    ]
    if report.unknown_pixels:
        pixels = f"{report.unknown_pixels:,}".replace(",", "\u202f")
        share, bar = 100 * report.unknown_pixels / total, 100 * report.unknown_pixels / largest
        rows.append(_Row("unknown", _hex(UNKNOWN_COLOUR), "no class was probable enough", pixels, "", share, bar, "–"))
    return tuple(rows)


def _square_kilometres(area_m2: float) -> str:
    area = area_m2 / 1e6
    digits = 0 if area >= 1000 else 1 if area >= 10 else 3
    return f"{area:,.{digits}f}".replace(",", "\u202f")


def _hex(colour: Colour) -> str:
    red, green, blue = colour
    return f"#{red:02x}{green:02x}{blue:02x}"


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
