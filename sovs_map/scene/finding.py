"""Which files make up which scene, from the words of a command line."""

from __future__ import annotations

import glob
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath

from sovs_map.errors import SceneError
from sovs_map.scene.polarisation import POLARISATIONS, TOKEN, token_of
from sovs_map.scene.raster import is_local

SUFFIXES = (".tif", ".tiff", ".img", ".vrt", ".jp2")
"""Files that a folder is searched for."""

_OUTPUTS = ("_labels", "_confidence", "_scores")


def find_scenes(arguments: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the files of each scene that the arguments name, in their order.

    An argument is a file, a folder, a pattern, a Sentinel-1 ``.SAFE`` folder, ``@list.txt`` (a path or pattern a line),
    ``-`` (the same from standard input), ``a_vv.tif+a_vh.tif``, or a path that GDAL fetches (``/vsi…``, ``s3://…``).
    Files whose names differ in their polarisation only form one scene.

    Args:
        arguments: as typed.

    Raises:
        SceneError: a folder holds no raster, or a pattern, file or list doesn't exist.
    """
    scenes: dict[tuple[str, ...], list[str]] = {}
    for argument in _expanded(arguments):
        for files in _named(argument):
            key = _join_key(files[0]) if len(files) == 1 else ("joined", *files)
            known = scenes.setdefault(key, [])
            known += [file for file in files if file not in known]
    return [tuple(sorted(files, key=_rank)) if key[0] == "token" else tuple(files) for key, files in scenes.items()]


def joint_stem(paths: Sequence[str]) -> str:
    """Return a name for a scene of several files: their common name without the polarisation."""
    return re.sub(r"[-_. ]+$|^[-_. ]+", "", _without_token(PurePath(paths[0]).stem)) or PurePath(paths[0]).stem


def _expanded(arguments: Iterable[str]) -> Iterator[str]:
    """Yield the arguments, lists replaced by what they hold."""
    for argument in arguments:
        if argument == "-":
            yield from _lines(sys.stdin.read())
        elif argument.startswith("@") and not Path(argument).exists():
            listing = Path(argument[1:])
            if not listing.is_file():
                raise SceneError(f"The list {listing} does not exist; needed is a text file with one scene a line")
            yield from _lines(listing.read_text(encoding="utf-8"))
        else:
            yield argument


def _lines(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _named(argument: str) -> list[tuple[str, ...]]:
    """Return the files that one argument names, each alone unless it joins them itself."""
    if not is_local(argument):
        return [(argument,)]
    path = Path(argument)
    if path.is_dir():
        return [(file,) for file in _folder(path)]
    if path.exists():
        return [(argument,)]
    if "+" in argument and all(part and (not is_local(part) or Path(part).exists()) for part in argument.split("+")):
        return [tuple(argument.split("+"))]
    if glob.has_magic(argument):
        return [(file,) for file in _pattern(argument)]
    raise SceneError(
        f"{argument} does not exist; needed is a raster, a folder of rasters or a pattern such as 'in/*.tif'"
    )


def _pattern(pattern: str) -> list[str]:
    found = [Path(match) for match in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207 - patterns may be absolute
    if not found:
        raise SceneError(f"The pattern {pattern} matches nothing; needed are rasters. Look with: ls {pattern}")
    files = [str(path) for path in found if path.is_file()]
    inside = [file for path in found if path.is_dir() and path.suffix.lower() == ".safe" for file in _folder(path)]
    return _without_outputs(files) + inside


def _folder(folder: Path) -> list[str]:
    searched = folder / "measurement" if folder.suffix.lower() == ".safe" else folder
    here = sorted(searched.iterdir()) if searched.is_dir() else []
    files = _without_outputs([str(path) for path in here if path.is_file() and path.suffix.lower() in SUFFIXES])
    inside = [file for path in here if path.is_dir() and path.suffix.lower() == ".safe" for file in _folder(path)]
    if not files and not inside:
        raise SceneError(
            f"The folder {searched} holds no raster ({', '.join(SUFFIXES)}); needed is at least one. "
            f"For other files give a pattern: '{searched}/*.h5'"
        )
    return files + inside


def _without_outputs(files: list[str]) -> list[str]:
    """Return the files but for maps that an earlier run put beside its scenes."""
    stems = {PurePath(file).stem for file in files} | {joint_stem([file]) for file in files}
    made = {stem + ending for stem in stems for ending in _OUTPUTS}
    return [file for file in files if PurePath(file).stem not in made]


def _join_key(file: str) -> tuple[str, ...]:
    if not is_local(file) or token_of(file) is None:
        return ("alone", file)
    path = PurePath(file)
    return ("token", str(path.parent), _without_token(path.stem).lower(), path.suffix.lower())


def _without_token(stem: str) -> str:
    # Sentinel-1 numbers the measurements of one scene: …-vv-…-001.tiff, …-vh-…-002.tiff.
    numbered = re.sub(r"-00\d$", "", stem) if re.match(r"s1[a-d]-", stem, re.IGNORECASE) else stem
    return re.sub(r"([-_. ])[-_. ]+", r"\1", TOKEN.sub("", numbered))


def _rank(file: str) -> int:
    token = token_of(file)
    return POLARISATIONS.index(token) if token else len(POLARISATIONS)
