"""Data sets on disk → the benchmark: index, manifest, and harmonised labels when asked for."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from sovs_map.benchmark.entry import DATA, OUTPUT, Entry, make_entries, placed
from sovs_map.benchmark.finding import LocalSet, find_sets, list_samples, pick_sets
from sovs_map.benchmark.harmonising import write_harmonised
from sovs_map.benchmark.hashing import files_of, fingerprint
from sovs_map.benchmark.index import INDEX, check_pyarrow, read_entries, read_note, write_entries
from sovs_map.benchmark.leakage import leave_out
from sovs_map.benchmark.manifest import MANIFEST, Part, write_manifest
from sovs_map.benchmark.sample import Sample
from sovs_map.errors import DataSetError

LOG = logging.getLogger(__name__)

PARTS = ".parts"
"""Folder of finished data sets of a build that was stopped; it goes when the build is done."""

LABELS = "labels"
"""Folder of harmonised labels."""


def build_benchmark(
    folder: Path,
    output: Path,
    *,
    only: Sequence[str] = (),
    simulated: int = 0,
    labels: bool = False,
) -> tuple[Path, ...]:
    """Index the data sets below a folder; return the paths of index and manifest.

    Nothing is copied, and samples that are not whole are left out and told in the log. The same input gives the same
    bytes. A build that was stopped goes on after the last data set that was finished.

    Args:
        folder: that holds the data sets.
        output: of the benchmark, made when it is not there.
        only: names of the data sets that are wanted; all that are there when empty.
        simulated: number of simulated scenes that are made, as a data set of their own.
        labels: whether harmonised labels are written as COGs.

    Raises:
        DataSetError: nothing is found, a data set is there twice, or a label is none of its data set's.
        OptionError: pyarrow is missing.
        OutputError: no space, no permission.
    """
    check_pyarrow()
    found = pick_sets([one for one in find_sets(folder) if output not in (one.root, *one.root.parents)], only=only)
    if not found and not simulated:
        raise DataSetError(f"no data set is found below {folder}; sovs-map benchmark list shows what there is")
    output.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="index") as pool:
        parts = [_index(one, folder, DATA, output, pool) for one in found]
        if simulated:
            from sovs_map.benchmark.simulated_edition import write_simulated  # noqa: PLC0415 - it alone needs torch

            parts.append(_index(write_simulated(output, simulated), output, OUTPUT, output, pool))
        parts = _without_leaks(parts)
        write_entries((entry for part in parts for entry in part.entries), output / INDEX)
        write_manifest(parts, output / INDEX, output / MANIFEST)
        if labels:
            for part in parts:
                _write_labels(part, folder, output, pool)
    shutil.rmtree(output / PARTS, ignore_errors=True)
    return output / INDEX, output / MANIFEST


def read_benchmark(output: Path, folder: Path) -> tuple[Sample, ...]:
    """Return the samples of a built benchmark that may be used, with paths as they are on this computer.

    Args:
        output: of the benchmark.
        folder: that holds the data sets.

    Raises:
        DataSetError: there is no index.
        OptionError: pyarrow is missing.
    """
    check_pyarrow()
    if not (output / INDEX).is_file():
        raise DataSetError(f"{output} has no {INDEX}; make it with: sovs-map benchmark build DIR -o {output}")
    bases = {DATA: folder, OUTPUT: output}
    return tuple(placed(entry, bases[entry.base]) for entry in read_entries(output / INDEX) if not entry.left_out)


def _index(local: LocalSet, folder: Path, base: str, output: Path, pool: Executor) -> Part:
    """Return a data set's rows, those of a build that was stopped when its files are as they were."""
    name = local.data_set.name
    contents = list_samples(local)
    for line in (*contents.problems, *contents.remarks):
        LOG.warning("%s: %s", name, line)
    kept = output / PARTS / f"{name}.parquet"
    state = hashlib.sha256(f"{local}{contents.samples}".encode())
    state.update(fingerprint(files_of(contents.samples)).encode())
    if read_note(kept) == state.hexdigest():
        LOG.info("%s: %d samples, as a build that was stopped has left them", name, len(contents.samples))
        entries = read_entries(kept)
    else:
        entries = make_entries(local, contents.samples, folder=folder, base=base, pool=pool)
        kept.parent.mkdir(exist_ok=True)
        write_entries(entries, kept, note=state.hexdigest())
        LOG.info("%s: %d samples", name, len(entries))
    said = len(contents.problems) + len(contents.remarks)
    return Part(local.data_set, local.root.relative_to(folder).as_posix(), entries, said)


def _without_leaks(parts: Sequence[Part]) -> list[Part]:
    marked = iter(leave_out([entry for part in parts for entry in part.entries], [part.data_set for part in parts]))
    return [replace(part, entries=tuple(next(marked) for _ in part.entries)) for part in parts]


def _write_labels(part: Part, folder: Path, output: Path, pool: Executor) -> None:
    labelled = [entry for entry in part.entries if entry.sample.labels]
    list(pool.map(partial(_write_label, part, folder, output), labelled))
    LOG.info("%s: %d harmonised labels", part.data_set.name, len(labelled))


def _write_label(part: Part, folder: Path, output: Path, entry: Entry) -> None:
    source = hashlib.sha256(
        repr((entry.label_hashes, entry.valid_hash, entry.sample.window, part.data_set.classes)).encode()
    )
    target = output / LABELS / part.data_set.name / f"{entry.sample.name}.tif"
    sample = placed(entry, folder if entry.base == DATA else output)
    write_harmonised(part.data_set, sample, target, source=source.hexdigest())
