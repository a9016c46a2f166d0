"""Answers of a query to the files that a user gets: probability, preview, polygons of each phrase."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import rasterio
from rasterio.enums import Resampling

from sovs_map.answering import AnsweredParts
from sovs_map.clock import now
from sovs_map.errors import OptionError
from sovs_map.label_class import LabelClass
from sovs_map.outputs import (
    Grid,
    count_values,
    geocode,
    sieve,
    write_heat_map,
    write_polygons,
    write_probability,
    write_reached,
)
from sovs_map.pages import geocoded_picture, picture_pixel_m
from sovs_map.publication import Request, provenance, scene_grid
from sovs_map.publishing import smallest_region
from sovs_map.scene import Scene
from sovs_map.settings import VECTORS
from sovs_map.vocabulary import Vocabulary

if TYPE_CHECKING:
    from sovs_map.network.bundle import Bundle

SLUG = 60
"""Longest part of a file name that tells the phrase [characters]."""

NOWHERE = 255
"""Of pixels that nothing was measured at."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One phrase, answered."""

    phrase: str
    """What was asked."""

    threshold: float | None
    """Least probability of the polygons; None without polygons."""

    probability: Path
    """COG, probability × 250."""

    preview: Path
    """PNG."""

    polygons: Path | None
    """Where the probability reaches the threshold, if one was given."""

    pixels: int | None
    """How many pixels do."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Return what was written, the raster first."""
        return (self.probability, self.preview, *((self.polygons,) if self.polygons else ()))


@dataclass(frozen=True, slots=True, eq=False)
class Inquiry:
    """A queried scene, and what is wanted of it."""

    scene: Scene
    """What was asked about."""

    bundle: Bundle
    """The model."""

    vocabulary: Vocabulary
    """The phrases."""

    threshold: float | None
    """Least probability of polygons, for phrases that have none of their own."""

    request: Request
    """Which files are wanted."""

    question: str
    """SHA-256 of everything that they depend on."""

    output: Path
    """Folder of the results."""

    work: Path
    """Folder of the parts."""


def file_stems(scene: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return how the file names of each phrase begin.

    Raises:
        OptionError: two phrases would write the same files.
    """
    seen: dict[str, str] = {}
    for name in vocabulary.names:
        slug = slug_of(name)
        if slug in seen:
            raise OptionError(
                f"phrases {seen[slug]!r} and {name!r} would both write {scene}_{slug}_probability.tif; "
                f'name one of them, e.g. "{slug}-2={name}"'
            )
        seen[slug] = name
    return tuple(f"{scene}_{slug}" for slug in seen)


def slug_of(phrase: str) -> str:
    """Return a phrase as part of a file name: letters and digits of any script, the rest as single hyphens."""
    slug = re.sub(r"[\W_]+", "-", phrase.casefold()).strip("-")
    return slug[:SLUG].rstrip("-") or "phrase"


def publish_answers(inquiry: Inquiry, parts: AnsweredParts) -> tuple[Answer, ...]:
    """Write all files of a query, phrase by phrase.

    Raises:
        OutputError: no space, no permission.
    """
    created = now()
    stems = file_stems(inquiry.scene.name, inquiry.vocabulary)
    with rasterio.Env(GDAL_NUM_THREADS=1):
        return tuple(
            _publish(inquiry, parts, entry, source, stem=stem, created=created)
            for entry, source, stem in zip(inquiry.vocabulary.classes, parts.probabilities, stems, strict=True)
        )


def answer_files(output: Path, stems: Sequence[str]) -> Iterator[Path]:
    """Yield the rasters that a query writes."""
    for stem in stems:
        yield output / f"{stem}_probability.tif"


def _publish(
    inquiry: Inquiry, parts: AnsweredParts, entry: LabelClass, source: Path, *, stem: str, created: str
) -> Answer:
    grid, output = scene_grid(inquiry.scene, inquiry.request.area), inquiry.output
    threshold = entry.threshold or inquiry.threshold
    if inquiry.request.crs is not None:
        target = inquiry.work / f"{source.stem}_geocoded.tif"
        grid, source = geocode(source, target, grid=grid, crs=inquiry.request.crs), target
    for kind in VECTORS[:-1]:
        (output / f"{stem}_polygons.{kind}").unlink(missing_ok=True)  # of an older answer
    probability = output / f"{stem}_probability.tif"
    made = provenance(
        inquiry.scene, inquiry.bundle, created,
        request=inquiry.request, question=inquiry.question, broken=parts.course.broken,
    )  # fmt: skip
    tags = (
        *made,
        ("phrase", entry.name),
        ("prompts", entry.typed),
        ("bias", f"{entry.bias:g}"),
        *((("threshold", f"{threshold:g}"),) if threshold else ()),
    )
    write_probability(source, probability, grid=grid, phrase=entry.name, tags=tags)
    preview = output / f"{stem}_preview.png"
    _draw(inquiry, parts, entry.name, source, preview, grid=grid, threshold=threshold)
    if not threshold:
        return Answer(entry.name, None, probability, preview, None, None)
    reached = _reached(inquiry, source, grid=grid, threshold=threshold)
    pixels = int(count_values(reached, grid=grid, values=256)[1])
    if inquiry.request.vector == "none":
        return Answer(entry.name, threshold, probability, preview, None, pixels)
    polygons = output / f"{stem}_polygons.{inquiry.request.vector}"
    write_polygons(
        reached, source, polygons,
        grid=grid, vocabulary=Vocabulary((entry,)), driver=inquiry.request.vector, simplify_m=inquiry.request.simplify_m,
    )  # fmt: skip
    return Answer(entry.name, threshold, probability, preview, polygons, pixels)


def _reached(inquiry: Inquiry, source: Path, *, grid: Grid, threshold: float) -> Path:
    """Return the raster of pixels that reach the threshold, small regions merged into their surroundings."""
    reached = inquiry.work / "reached.tif"
    write_reached(source, reached, grid=grid, threshold=threshold)
    if inquiry.request.min_area_m2 == 0:
        return reached
    merged = inquiry.work / "merged.tif"
    sieve(reached, merged, min_pixels=smallest_region(inquiry.scene, inquiry.request, grid), nodata=NOWHERE)
    return merged


def _draw(
    inquiry: Inquiry,
    parts: AnsweredParts,
    phrase: str,
    source: Path,
    preview: Path,
    *,
    grid: Grid,
    threshold: float | None,
) -> None:
    backscatter, scene = parts.course.quicklook, inquiry.scene
    if inquiry.request.crs is not None:
        backscatter = geocoded_picture(
            backscatter, scene_grid(scene, inquiry.request.area), grid, step=parts.course.step
        )
    with rasterio.open(source) as raster:
        shown = raster.read(1, out_shape=backscatter.shape, resampling=Resampling.nearest)
    pixel_m = picture_pixel_m(scene, grid, inquiry.request, width=shown.shape[1])
    write_heat_map(backscatter, shown, preview, phrase=phrase, threshold=threshold, title=scene.name, pixel_m=pixel_m)
