"""Which data sets lie below a folder, and what samples they have there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.data_sets import DATA_SETS
from sovs_map.benchmark.labels import read_key
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.sample import Picture, Sample
from sovs_map.benchmark.splitting import SplitOf, read_splitting, without_ending
from sovs_map.benchmark.template import Folders, Match, find_files
from sovs_map.errors import DataSetError
from sovs_map.scene.raster import open_raster
from sovs_map.window import Window

DEPTH = 2
"""Folders below the given one in which a data set's own folder may lie."""

MOST_PROBLEMS = 20
"""Problems of a data set that are told one by one."""


@dataclass(frozen=True, slots=True)
class LocalSet:
    """A data set as it lies on this computer."""

    data_set: DataSet
    """Its facts, with the colours of the user's key where it needs one."""

    root: Path
    """Folder that its layout begins at."""

    layout: Layout
    """How it lies there."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a data set has on this computer."""

    samples: tuple[Sample, ...]
    """Whole ones, by split and name."""

    problems: tuple[str, ...]
    """What is missing or odd, a line each."""

    remarks: tuple[str, ...]
    """What is worth knowing and no fault."""


def find_sets(folder: Path, *, known: Sequence[DataSet] = DATA_SETS) -> tuple[LocalSet, ...]:
    """Return the data sets below a folder, in the order of ``known``; one that lies there twice is there twice.

    Raises:
        DataSetError: there is no such folder, or a key of colours cannot be used.
    """
    if not folder.is_dir():
        raise DataSetError(f"{folder} is no folder; give the one that holds the data sets")
    folders = Folders()
    roots = tuple(_roots(folders, folder))
    found: list[LocalSet] = []
    for data_set in known:
        for root in roots:
            # Folders inside that of a data set, and files in them, are its own.
            inside = any(one.data_set.name == data_set.name and one.root in root.parents for one in found)
            local = None if inside else _find(folders, data_set, root)
            found += [] if local is None else [local]
    return tuple(found)


def pick_sets(found: Sequence[LocalSet], *, only: Sequence[str] = ()) -> tuple[LocalSet, ...]:
    """Return the sets of these names, all when none is named.

    Raises:
        DataSetError: one that was asked for is not there, or one lies in two places.
    """
    names = [one.data_set.name for one in found]
    missing = [name for name in only if name not in names]
    if missing:
        listed = ", ".join(dict.fromkeys(names)) or "none"
        raise DataSetError(
            f"{', '.join(missing)} is not there; found: {listed}. sovs-map benchmark list shows all names"
        )
    chosen = tuple(one for one in found if not only or one.data_set.name in only)
    for one in chosen:
        places = [other.root for other in chosen if other.data_set.name == one.data_set.name]
        if len(places) > 1:
            raise DataSetError(f"{one.data_set.name} lies in {places[0]} and in {places[1]}; take one of them away")
    return chosen


def list_samples(local: LocalSet) -> Contents:
    """Return the samples of a data set, and all that is missing: no file is opened, but those that are cut into tiles.

    Raises:
        DataSetError: the files that tell its splits are missing or unreadable.
    """
    folders, layout = Folders(), local.layout
    splitting = read_splitting(local.root, layout.splits)
    split_of = SplitOf(splitting)
    samples: list[Sample] = []
    problems: list[str] = []
    for match in find_files(folders, local.root, layout.pictures[0].path, dict(layout.fields)):
        sample = _sample(folders, local, match, split_of)
        if isinstance(sample, str):
            problems.append(sample)
        elif sample.name not in layout.without:
            samples += _tiles(sample, local.data_set.tile)
    problems += split_of.absent()
    remarks = [*splitting.remarks, *_unlabelled(local, samples)]
    ordered = sorted(samples, key=lambda one: (one.split, one.name))
    return Contents(tuple(ordered), _shortened(problems), tuple(remarks))


def _roots(folders: Folders, folder: Path) -> Iterator[Path]:
    level = [folder]
    yield folder
    for _ in range(DEPTH):
        level = [one / name for one in level for name in folders.names(one) if _is_folder(one / name)]
        yield from level


def _is_folder(path: Path) -> bool:
    # A name with a picture's ending is not asked for at the file system: folders may hold a hundred thousand.
    return without_ending(path.name) == path.name and path.is_dir()


def _find(folders: Folders, data_set: DataSet, root: Path) -> LocalSet | None:
    """Return a data set at a folder; of several layouts that fit, the first whose labels are there, else the first."""
    fitting = []
    for layout in data_set.layouts:
        if layout.folder and not re.fullmatch(layout.folder, root.absolute().name, re.IGNORECASE):
            continue
        match = next(find_files(folders, root, layout.pictures[0].path, dict(layout.fields)), None)
        if match is not None:
            whole = all(folders.fitting(root / match.fill(template)) for template in layout.labels)
            fitting.append((not whole, layout, match.path))
    if not fitting:
        return None
    _, layout, first = min(fitting, key=lambda one: one[0])
    homes = [home for home in (*first.parents, root) if root in (home, *home.parents)]
    keys = [home / data_set.key for home in homes if data_set.key and (home / data_set.key).is_file()]
    return LocalSet(read_key(data_set, keys[0]) if keys else data_set, root, layout)


def _sample(folders: Folders, local: LocalSet, match: Match, split_of: SplitOf) -> Sample | str:
    """Return the sample of a picture file, or what is wrong with it."""
    layout, name = local.layout, without_ending(str(match.path.relative_to(local.root)))
    split = split_of(match)
    if split is None:
        return f"{match.path}: nothing tells its split; the data set has {', '.join(layout.splits.names)}"
    pictures: list[Picture] = []
    for file in layout.pictures:
        path = _only(folders, local.root / match.fill(file.path))
        if isinstance(path, str):
            return f"{match.path}: its picture {path}"
        pictures += (Picture(path, band, polarisation) for band, polarisation in _bands(file, match))
    labels: list[Path] = []
    for template in layout.labels if _is_readable(local.data_set) else ():
        path = _only(folders, local.root / match.fill(template))
        if isinstance(path, str):
            return f"{match.path}: its label {path}"
        labels.append(path)
    valid = _only(folders, local.root / match.fill(layout.valid)) if layout.valid else None
    if isinstance(valid, str):
        return f"{match.path}: its mask of valid pixels {valid}"
    return Sample(local.data_set.name, split, match.fill(layout.scene), name, tuple(pictures), tuple(labels), valid)


def _bands(file: PictureFile, match: Match) -> tuple[tuple[int, str], ...]:
    if file.bands:
        return file.bands
    return tuple(enumerate(dict(match.fields)["polarisation"].split("-"), start=1))


def _is_readable(data_set: DataSet) -> bool:
    """Tell whether the meaning of label files is known."""
    return not data_set.key or any(one.colours for one in data_set.classes)


def _only(folders: Folders, path: Path) -> Path | str:
    """Return the one file of a path with ``*``, or what is wrong."""
    found = folders.fitting(path)
    if len(found) == 1:
        return found[0]
    if found:
        return f"is {len(found)} files ({found[0].name}, {found[1].name}, …); needed is one {path.name}"
    return f"{path} is missing"


def _tiles(sample: Sample, side: int) -> Iterator[Sample]:
    """Yield the whole squares of a picture, or the picture when it is not cut."""
    if not side:
        yield sample
        return
    source = open_raster(str(sample.pictures[0].path))
    if min(source.height, source.width) < side or max(source.height, source.width) == side:
        yield sample
        return
    for row in range(0, source.height - side + 1, side):
        for col in range(0, source.width - side + 1, side):
            yield Sample(
                sample.data_set,
                sample.split,
                sample.scene,
                f"{sample.name}_r{row}_c{col}",
                sample.pictures,
                sample.labels,
                sample.valid,
                Window(row, col, side, side),
            )


def _unlabelled(local: LocalSet, samples: Sequence[Sample]) -> tuple[str, ...]:
    bare = sum(not sample.labels for sample in samples)
    if not bare:
        return ()
    remark = (
        f"{bare} samples are unlabelled, since what the colours mean is not known. Write it, from the authors' paper, into "
        f"{local.root / local.data_set.key} (columns red,green,blue,class; classes: "
        f"{', '.join(one.name for one in local.data_set.classes)}, ignore)"
    )
    return (remark,)


def _shortened(problems: Sequence[str]) -> tuple[str, ...]:
    more = len(problems) - MOST_PROBLEMS
    return (*problems[:MOST_PROBLEMS], *((f"… and {more} more like these",) if more > 0 else ()))
