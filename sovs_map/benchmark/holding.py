"""A built benchmark as protocols use it: each data set with what is learnt from and what is tested on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.data_sets import data_set_named
from sovs_map.benchmark.entry import DATA, OUTPUT, Entry, placed
from sovs_map.benchmark.finding import find_sets, pick_sets
from sovs_map.benchmark.index import INDEX, check_pyarrow, read_entries
from sovs_map.benchmark.leakage import TRAIN
from sovs_map.benchmark.sample import Sample
from sovs_map.benchmark.statistics import class_pixels
from sovs_map.errors import DataSetError

TESTS = ("test", "val", "valid", "validation")
"""Splits to test on, the first that a data set has; where it has none of them, all that are not for training."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One data set of a built benchmark."""

    data_set: DataSet
    """Its facts."""

    train: tuple[Sample, ...]
    """What may be learnt from."""

    test: tuple[Sample, ...]
    """What is tested on."""

    pixels: tuple[int, ...]
    """Pixels of each class of what is learnt from, or, where that is nothing, of all."""


def read_holdings(benchmark: Path, folder: Path, *, only: Sequence[str] = ()) -> tuple[Holding, ...]:
    """Return what a built benchmark holds, labelled samples alone.

    Args:
        benchmark: folder that `sovs-map benchmark build` wrote.
        folder: that the data sets lie in.
        only: names of data sets; all when none is named.

    Raises:
        DataSetError: there is no index, the files of a data set are not below ``folder``, or a named one is not there.
        OptionError: pyarrow is missing.
    """
    check_pyarrow()
    if not (benchmark / INDEX).is_file():
        raise DataSetError(f"{benchmark} has no {INDEX}; make it with: sovs-map benchmark build DIR -o {benchmark}")
    entries = [entry for entry in read_entries(benchmark / INDEX) if entry.pixels]
    names = tuple(dict.fromkeys(entry.sample.data_set for entry in entries))
    missing = [name for name in only if name not in names]
    if missing:
        raise DataSetError(f"{', '.join(missing)} is not in {benchmark}; it has: {', '.join(names) or 'nothing'}")
    bases = {DATA: folder, OUTPUT: benchmark}
    return tuple(
        _holding(_facts(name, folder), [entry for entry in entries if entry.sample.data_set == name], bases)
        for name in names
        if not only or name in only
    )


def _facts(name: str, folder: Path) -> DataSet:
    """Return a data set's facts, with the user's key of colours where it needs one."""
    data_set = data_set_named(name)
    return pick_sets(find_sets(folder, known=(data_set,)))[0].data_set if data_set.key else data_set


def _holding(data_set: DataSet, entries: Sequence[Entry], bases: dict[str, Path]) -> Holding:
    first = placed(entries[0], bases[entries[0].base]).pictures[0].path
    if not first.is_file():
        raise DataSetError(f"{first} is not there; name the folder that the benchmark was built from: --folder DIR")
    learnt = [entry for entry in entries if entry.sample.split == TRAIN and not entry.left_out]
    tested = _tested(entries)
    pixels = class_pixels(data_set, learnt or entries)
    train, test = (tuple(placed(entry, bases[entry.base]) for entry in some) for some in (learnt, tested))
    return Holding(data_set, train, test, tuple(np.asarray(pixels).tolist()))


def _tested(entries: Sequence[Entry]) -> list[Entry]:
    splits = {entry.sample.split for entry in entries}
    chosen = next((split for split in TESTS if split in splits), None)
    return [
        entry for entry in entries if entry.sample.split == chosen or (chosen is None and entry.sample.split != TRAIN)
    ]


def spread(samples: Sequence[Sample], most: int) -> tuple[Sample, ...]:
    """Return at most so many samples, evenly spread; all when ``most`` is 0."""
    if not most or len(samples) <= most:
        return tuple(samples)
    return tuple(samples[int(place)] for place in np.linspace(0, len(samples) - 1, most))


def whole_pictures(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """Return the pictures that samples are windows of, each once and whole, named by its scene's first sample."""
    found: dict[tuple[object, ...], Sample] = {}
    for sample in samples:
        name = sample.name if sample.window is None else sample.name.rpartition("_r")[0]
        found.setdefault(sample.pictures, replace(sample, name=name, window=None))
    return tuple(found.values())
