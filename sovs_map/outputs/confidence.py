"""The confidence raster, and the probabilities of all classes."""

from __future__ import annotations

from pathlib import Path

from sovs_map.outputs.cog import Band, write_cog
from sovs_map.outputs.counting import CERTAIN, NO_CONFIDENCE
from sovs_map.outputs.grid import Grid
from sovs_map.vocabulary import Vocabulary


def write_confidence(source: Path, target: Path, *, grid: Grid, tags: tuple[tuple[str, str], ...]) -> None:
    """Write the probability of the winning class as a COG; scale 1/250 makes a GIS show 0 to 1.

    Args:
        source: raster of the grid's size, ``uint8``: probability × 250, 255 nodata.
        target: the COG.
        grid: georeference.
        tags: provenance, written to the namespace ``SOVS``.

    Raises:
        OutputError: no space, no permission.
    """
    write_cog(source, target, grid=grid, bands=(_probability("confidence"),), tags=tags, overviews="AVERAGE")


def write_scores(
    source: Path, target: Path, *, grid: Grid, vocabulary: Vocabulary, tags: tuple[tuple[str, str], ...]
) -> None:
    """Write the probability of every class as a COG with one band a class, named after it.

    Args:
        source: raster with as many bands as classes, coded as for `write_confidence`.
        target: the COG.
        grid: georeference.
        vocabulary: classes in the order of the bands.
        tags: provenance, written to the namespace ``SOVS``.

    Raises:
        OutputError: no space, no permission.
    """
    bands = tuple(_probability(name) for name in vocabulary.names)
    write_cog(source, target, grid=grid, bands=bands, tags=tags, overviews="AVERAGE")


def _probability(description: str) -> Band:
    return Band(description, "Byte", NO_CONFIDENCE, scale=1 / CERTAIN, palette=())
