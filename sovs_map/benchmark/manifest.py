"""The benchmark in one JSON file: what it was built from, and how much of each class it has."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.entry import Entry
from sovs_map.benchmark.hashing import hash_file
from sovs_map.benchmark.leakage import TRAIN, leaking_pairs, shared_scenes
from sovs_map.benchmark.statistics import class_pixels, frequencies, leaf_pixels
from sovs_map.outputs.finishing import write_finished_text
from sovs_map.taxonomy import load_taxonomy

MANIFEST = "benchmark.json"
"""Name of the file."""


@dataclass(frozen=True, slots=True)
class Part:
    """A data set of a built benchmark."""

    data_set: DataSet
    """Its facts."""

    folder: str
    """Where it lies, relative to the base of its rows."""

    entries: tuple[Entry, ...]
    """Its rows."""

    remarks: int
    """Problems and remarks that were said when it was built."""


def write_manifest(parts: Sequence[Part], index: Path, target: Path) -> None:
    """Write the manifest; equal parts and index give equal bytes.

    Raises:
        OutputError: no space, no permission.
    """
    rows = sum(len(part.entries) for part in parts)
    pairs = [_leaf_pixels(part) for part in parts]
    certain, possible = (sum((pair[side] for pair in pairs), np.zeros(22, np.int64)) for side in (0, 1))
    document = {
        "name": "SAR-OVSeg",
        "sovs_map": version("sovs-map"),
        "index": {"file": index.name, "sha256": hash_file(index), "rows": rows},
        "hashed": "SHA-256 of the bytes of each file as it lies on disk",
        "data_sets": [_data_set(part) for part in parts],
        "leaves": _leaves(certain, possible),
        "leaks": [list(pair) for pair in leaking_pairs([part.data_set for part in parts])],
    }
    write_finished_text(target, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _leaf_pixels(part: Part) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return leaf_pixels(part.data_set, class_pixels(part.data_set, part.entries))


def _leaves(certain: NDArray[np.int64], possible: NDArray[np.int64]) -> list[dict[str, object]]:
    return [
        {"leaf": number, "name": leaf.name, "pixels": int(certain[number - 1]), "possible": int(possible[number - 1])}
        for number, leaf in enumerate(load_taxonomy().leaves, start=1)
    ]


def _data_set(part: Part) -> dict[str, object]:
    data_set, entries = part.data_set, part.entries
    return {
        "name": data_set.name,
        "title": data_set.title,
        "where": data_set.where,
        "licence": data_set.licence,
        "folder": part.folder,
        "sensor": data_set.sensor,
        "polarisations": list(data_set.polarisations),
        "spacing_m": data_set.spacing_m,
        "scale": data_set.scale,
        "calibrated": data_set.calibrated,
        "weak": data_set.weak,
        "verified": data_set.is_verified,
        "doubts": list(data_set.doubts),
        "leaks": list(data_set.leaks),
        "splits": dict(sorted(Counter(entry.sample.split for entry in entries).items())),
        "scenes": len({entry.sample.scene for entry in entries}),
        "scenes_in_train_and_test": shared_scenes(entries),
        "left_out": sum(bool(entry.left_out) for entry in entries),
        "unlabelled": sum(not entry.pixels for entry in entries),
        "remarks": part.remarks,
        "classes": _classes(data_set, entries),
    }


def _classes(data_set: DataSet, entries: Sequence[Entry]) -> list[dict[str, object]]:
    learnt = [entry for entry in entries if entry.sample.split == TRAIN and not entry.left_out] or entries
    facts = zip(
        data_set.classes,
        class_pixels(data_set, entries).tolist(),
        frequencies(class_pixels(data_set, learnt)),
        strict=True,
    )
    return [
        {
            "name": one.name,
            "label": one.label,
            "leaves": sorted(one.leaves),
            "prompts": list(one.prompts),
            "pixels": pixels,
            "frequency": frequency,
        }
        for one, pixels, frequency in facts
        if one.counts
    ]
