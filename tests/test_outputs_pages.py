from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import matplotlib.image
import numpy as np
import pytest
from outputs_rasters import EVIL, FIVE, blocks, many_classes

from sovs_map.outputs import (
    ClassArea,
    Fact,
    OutputFile,
    Report,
    draw_backscatter,
    draw_labels,
    encode_png,
    write_preview,
    write_report,
)
from sovs_map.vocabulary import read_vocabulary


def scene(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    labels = blocks(1, height=height, width=width)
    backscatter = np.where(labels == 255, np.nan, -20.0 + labels).astype(np.float32)
    return backscatter, labels


@pytest.mark.parametrize(
    ("height", "width", "pixel_m"),
    [(1, 1, None), (300, 200, 10.0), (60, 400, 0.5), (500, 3, 1e5)],
    ids=["one pixel", "tall", "wide", "thin"],
)
def test_preview_of_any_shape_is_a_picture_that_fits_a_screen(tmp_path, height, width, pixel_m):
    backscatter, labels = scene(height, width)

    write_preview(
        backscatter, labels, tmp_path / "p.png", vocabulary=FIVE, title="a $title$ with \\signs", pixel_m=pixel_m
    )

    picture = matplotlib.image.imread(tmp_path / "p.png")
    assert max(picture.shape[:2]) < 3000
    assert picture.std() > 0.01


def test_preview_shows_every_class_colour_in_its_legend(tmp_path):
    backscatter, labels = scene(100, 120)

    write_preview(backscatter, labels, tmp_path / "p.png", vocabulary=FIVE, title="colours")

    pixels = np.round(matplotlib.image.imread(tmp_path / "p.png")[..., :3] * 255).astype(int).reshape(-1, 3)
    shown = {tuple(colour) for colour in np.unique(pixels, axis=0).tolist()}
    assert set(FIVE.colours) <= shown


@pytest.mark.parametrize("classes", [40, 300], ids=["one byte", "two bytes"])
def test_preview_of_many_classes_and_of_nothing_valid(tmp_path, classes):
    vocabulary = many_classes(classes)
    labels = np.full((30, 40), vocabulary.nodata, vocabulary.dtype)
    backscatter = np.full((30, 40), np.nan, np.float32)

    write_preview(backscatter, labels, tmp_path / "p.png", vocabulary=vocabulary, title="nothing")

    assert (tmp_path / "p.png").stat().st_size > 1000


def test_pictures_are_transparent_where_nothing_was_measured():
    backscatter, labels = scene(50, 60)

    for picture in (draw_backscatter(backscatter), draw_labels(labels, vocabulary=FIVE)):
        np.testing.assert_array_equal(picture[..., 3] == 0, labels == 255)
    assert tuple(draw_labels(np.array([[3]]), vocabulary=FIVE)[0, 0, :3]) == FIVE.colours[2]


def report() -> Report:
    backscatter, labels = scene(20, 30)
    vocabulary = read_vocabulary([f"{EVIL}=lake|<i>pond</i>", "forest"])
    areas = (ClassArea(1, EVIL, 1234567, 4.5e6, 0.75), ClassArea(2, "forest", 0, 0.0, None))
    return Report(
        title=EVIL,
        created="2026-01-02",
        scene=(Fact("Size", EVIL),),
        remarks=(EVIL,),
        vocabulary=vocabulary,
        areas=areas,
        unknown_pixels=100,
        model=(Fact("Name", EVIL),),
        settings=(),
        timings=(Fact("Mapping", "3 s"),),
        outputs=(OutputFile('a "b" & c.tif', EVIL),),
        backscatter_png=encode_png(draw_backscatter(backscatter)),
        labels_png=encode_png(draw_labels(labels, vocabulary=FIVE)),
    )


class Page(HTMLParser):
    """What a page holds: tags with what they point at, and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in {"meta", "img", "input", "br", "link"}:
            self.open.append(tag)
        self.targets += [value for name, value in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_report_escapes_every_text_and_fetches_nothing(tmp_path):
    write_report(tmp_path / "r.html", report=report())

    page = Page((tmp_path / "r.html").read_text("utf-8"))
    assert page.tags.count("script") == 1  # its own
    assert "i" not in page.tags
    assert page.text.count(EVIL) >= 6
    assert page.open == []
    assert all(
        target.startswith("data:image/png;base64,") or target == "a%20%22b%22%20%26%20c.tif" for target in page.targets
    )


def test_report_tells_areas_and_shares(tmp_path):
    write_report(tmp_path / "r.html", report=report())

    page = Page((tmp_path / "r.html").read_text("utf-8"))
    for said in ("1\u202f234\u202f567", "4.500", "99.99", "0.75", "unknown", "lake · <i>pond</i>"):
        assert said in page.text


def test_report_without_coordinate_system_has_no_areas(tmp_path):
    areas = tuple(replace(area, area_m2=None) for area in report().areas)

    write_report(tmp_path / "r.html", report=replace(report(), areas=areas))

    assert "km²" not in (tmp_path / "r.html").read_text("utf-8")
