"""One row of the index: a sample, what its files hash to, and how many pixels of each class it has."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.finding import LocalSet
from sovs_map.benchmark.hashing import files_of, hash_files
from sovs_map.benchmark.labels import read_labels
from sovs_map.benchmark.sample import Sample

DATA, OUTPUT = "data", "output"
"""What paths of a row are relative to: the folder of the data sets, or that of the benchmark."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row."""

    sample: Sample
    """The sample, its paths relative to ``base``."""

    base: str
    """What its paths are relative to."""

    picture_hashes: tuple[str, ...]
    """SHA-256 of the file of each picture."""

    label_hashes: tuple[str, ...]
    """SHA-256 of each label file."""

    valid_hash: str
    """SHA-256 of the mask of valid pixels; empty without one."""

    pixels: tuple[int, ...]
    """Pixels of each class of its data set, those that are not counted first; empty when it is unlabelled."""

    left_out: str = ""
    """Why nothing may be learnt from it; empty when it may."""


def make_entries(
    local: LocalSet, samples: tuple[Sample, ...], *, folder: Path, base: str, pool: Executor
) -> tuple[Entry, ...]:
    """Return the rows of a data set.

    Raises:
        DataSetError: a file cannot be read, or a label is none of the data set's.
    """
    files = files_of(samples)
    hashes = dict(zip(files, hash_files(files, pool), strict=True))
    counts = pool.map(partial(count_pixels, local.data_set), samples, chunksize=16)
    return tuple(
        Entry(
            sample=_relative(sample, folder),
            base=base,
            picture_hashes=tuple(hashes[picture.path] for picture in sample.pictures),
            label_hashes=tuple(hashes[path] for path in sample.labels),
            valid_hash="" if sample.valid is None else hashes[sample.valid],
            pixels=pixels,
        )
        for sample, pixels in zip(samples, counts, strict=True)
    )


def count_pixels(data_set: DataSet, sample: Sample) -> tuple[int, ...]:
    """Return how many pixels of each class a sample has, those that are not counted first; none when unlabelled."""
    if not sample.labels:
        return ()
    labels = read_labels(data_set, sample)
    return tuple(np.bincount(labels.ravel(), minlength=len(data_set.classes) + 1).tolist())


def placed(entry: Entry, folder: Path) -> Sample:
    """Return the sample of a row with paths below ``folder``."""
    sample = entry.sample
    return replace(
        sample,
        pictures=tuple(replace(picture, path=folder / picture.path) for picture in sample.pictures),
        labels=tuple(folder / path for path in sample.labels),
        valid=None if sample.valid is None else folder / sample.valid,
    )


def _relative(sample: Sample, folder: Path) -> Sample:
    return replace(
        sample,
        pictures=tuple(replace(picture, path=picture.path.relative_to(folder)) for picture in sample.pictures),
        labels=tuple(path.relative_to(folder) for path in sample.labels),
        valid=None if sample.valid is None else sample.valid.relative_to(folder),
    )
