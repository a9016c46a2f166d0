"""What may not be learnt from, since it is tested on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.entry import Entry

TRAIN = "train"
"""The split that is learnt from; all others are tested on."""


def leave_out(entries: Sequence[Entry], data_sets: Sequence[DataSet]) -> tuple[Entry, ...]:
    """Return rows of which those of train are marked that share pictures with what is tested on.

    They do where their very picture is in another split, or where their data set is known to share pictures with
    another one that is tested on. Windows of one picture are one picture only where they are the same window.

    Args:
        entries: of the whole benchmark.
        data_sets: that they are of.
    """
    tested = {key: entry for entry in entries if entry.sample.split != TRAIN for key in _keys(entry)}
    examined = {entry.sample.data_set for entry in entries if entry.sample.split != TRAIN}
    shared = {
        name: other for pair in leaking_pairs(data_sets) for name, other in (pair, pair[::-1]) if other in examined
    }
    return tuple(_marked(one, tested, shared) if one.sample.split == TRAIN else one for one in entries)


def _marked(entry: Entry, tested: Mapping[tuple[str, str], Entry], shared: Mapping[str, str]) -> Entry:
    twin = next((tested[key] for key in _keys(entry) if key in tested), None)
    if twin is not None:
        other = twin.sample
        return replace(entry, left_out=f"same picture as {other.data_set} {other.name} of {other.split}")
    if entry.sample.data_set in shared:
        return replace(entry, left_out=f"shares pictures with {shared[entry.sample.data_set]}, which is tested on")
    return entry


def _keys(entry: Entry) -> tuple[tuple[str, str], ...]:
    return tuple((one, repr(entry.sample.window)) for one in entry.picture_hashes)


def shared_scenes(entries: Sequence[Entry]) -> int:
    """Return how many scenes of one data set are both in train and in another split."""
    train = {entry.sample.scene for entry in entries if entry.sample.split == TRAIN}
    return len(train & {entry.sample.scene for entry in entries if entry.sample.split != TRAIN})


def leaking_pairs(data_sets: Sequence[DataSet]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of data sets that share pictures, each once; the second may be one that is not here."""
    pairs = (sorted((one.name, other)) for one in data_sets for other in one.leaks)
    return tuple(sorted({(first, second) for first, second in pairs}))
