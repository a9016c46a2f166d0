"""Whether the data sets below a folder are whole: counts, and what is missing or odd."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sovs_map.benchmark.chip import read_chip
from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.entry import count_pixels
from sovs_map.benchmark.finding import Contents, LocalSet, find_sets, list_samples, pick_sets
from sovs_map.benchmark.sample import Sample
from sovs_map.errors import DataSetError, SovsMapError

LOG = logging.getLogger(__name__)

MOST_ODD = 20
"""Unreadable files of a data set that are told one by one."""


@dataclass(frozen=True, slots=True)
class SplitCount:
    """What a split has."""

    name: str
    """Of the split."""

    samples: int
    """Whole ones."""

    scenes: int
    """That they were cut from."""

    pixels: tuple[tuple[str, int], ...]
    """Classes that are evaluated, and their pixels."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A data set as it was found."""

    data_set: DataSet
    """Its facts."""

    root: Path
    """Where it lies."""

    splits: tuple[SplitCount, ...]
    """By name."""

    problems: tuple[str, ...]
    """What is wrong: file, value, and what was needed."""

    remarks: tuple[str, ...]
    """What is worth knowing."""


def check_sets(folder: Path, *, only: Sequence[str] = ()) -> tuple[Checked, ...]:
    """Return what the data sets below a folder hold. All labels are read, and the first picture of each split.

    Raises:
        DataSetError: there is no such folder, or no data set in it, or one is there twice.
    """
    found = pick_sets(find_sets(folder), only=only)
    if not found:
        raise DataSetError(f"no data set is found below {folder}; sovs-map benchmark list shows what there is")
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="check") as pool:
        return tuple(_check(one, pool) for one in found)


def _check(local: LocalSet, pool: Executor) -> Checked:
    try:
        contents = list_samples(local)
    except DataSetError as error:
        return Checked(local.data_set, local.root, (), (str(error),), ())
    LOG.info("%s: %d samples", local.data_set.name, len(contents.samples))
    counts = list(pool.map(partial(_count, local.data_set), contents.samples, chunksize=16))
    odd = [count for count in counts if isinstance(count, str)]
    problems = (*contents.problems, *odd[:MOST_ODD], *_more(odd), *_pictures(local.data_set, contents))
    if not contents.samples:
        problems = (*problems, f"{local.root}: no sample is whole")
    splits = _split_counts(local.data_set, contents.samples, counts)
    return Checked(local.data_set, local.root, splits, problems, (*contents.remarks, *_number(local, contents)))


def _count(data_set: DataSet, sample: Sample) -> NDArray[np.int64] | str:
    """Return the pixels of each class, or what is wrong with the labels."""
    try:
        return np.array(count_pixels(data_set, sample) or [0] * (len(data_set.classes) + 1), np.int64)
    except SovsMapError as error:
        return str(error)


def _pictures(data_set: DataSet, contents: Contents) -> tuple[str, ...]:
    """Return what is wrong with the first labelled picture of each split."""
    first = {sample.split: sample for sample in reversed(contents.samples) if sample.labels}
    problems = []
    for sample in first.values():
        try:
            read_chip(data_set, sample)
        except SovsMapError as error:
            problems.append(str(error))
    return tuple(problems)


def _split_counts(
    data_set: DataSet, samples: Sequence[Sample], counts: Sequence[NDArray[np.int64] | str]
) -> tuple[SplitCount, ...]:
    numbers = Counter(sample.split for sample in samples)
    found = []
    for name in sorted(numbers):
        total = np.zeros(len(data_set.classes) + 1, np.int64)
        for sample, count in zip(samples, counts, strict=True):
            if sample.split == name and not isinstance(count, str):
                total += count
        scenes = len({sample.scene for sample in samples if sample.split == name})
        pixels = tuple(
            (one.name, int(total[place])) for place, one in enumerate(data_set.classes, start=1) if one.counts
        )
        found.append(SplitCount(name, numbers[name], scenes, pixels))
    return tuple(found)


def _number(local: LocalSet, contents: Contents) -> tuple[str, ...]:
    """Return a remark when there are fewer samples than the authors publish."""
    published, here = local.data_set.samples, len(contents.samples)
    if not published or here >= published:
        return ()
    return (f"{here} of about {published} samples are here",)


def _more(odd: Sequence[str]) -> tuple[str, ...]:
    more = len(odd) - MOST_ODD
    return (f"… and {more} more label files like these",) if more > 0 else ()
