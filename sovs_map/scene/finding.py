"""Which files make up which scene, from the words of a command line."""

from __future__ import annotations

import glob
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import TypeVar

from sovs_map.errors import SceneError
from sovs_map.scene.found import Found, SceneFiles
from sovs_map.scene.polarisation import POLARISATIONS, TOKEN, token_of
from sovs_map.scene.products.sentinel1 import is_safe
from sovs_map.scene.raster import file_name, is_local
from sovs_map.scene.stac import find_stac_scenes, is_stac
from sovs_map.scene.store import is_store

SUFFIXES = (".tif", ".tiff", ".img", ".vrt", ".jp2", ".nc", ".h5", ".hdf5")
"""Files that a folder is searched for."""

_OUTPUTS = ("_labels", "_confidence", "_scores", "_item")


_Things = TypeVar("_Things", list[str], list[tuple[str, ...]])


def find_scenes(arguments: Sequence[str]) -> Found:
    """Return the files of each scene that the arguments name, and what is wrong with those that name none.

    An argument is a file, a store of a scene that was embedded, a folder, a pattern, a Sentinel-1 product (``.SAFE`` folder or zip of it), ``@list.txt`` (a path
    or pattern a line), ``-`` (the same from standard input), ``a_vv.tif+a_vh.tif``, a path that GDAL fetches (``/vsi…``,
    ``s3://…``), or a STAC item, item collection or catalogue. Files whose names differ in their polarisation only form one
    scene.

    Args:
        arguments: as typed.
    """
    errors: list[SceneError] = []
    scenes: dict[tuple[str, ...], list[str]] = {}
    listed: dict[tuple[str, ...], SceneFiles] = {}
    words = [word for argument in arguments for word in _or_noted(_expanded, argument, errors)]
    for files in (files for word in words for files in _or_noted(_named, word, errors)):
        if len(files) == 1 and is_stac(files[0]):
            found = find_stac_scenes(files[0])
            errors += found.errors
            named = {("listed", one.name, *one.files): one for one in found.scenes}
            listed |= named
            scenes |= {key: [] for key in named}
            continue
        key = _join_key(files[0]) if len(files) == 1 else ("joined", *files)
        known = scenes.setdefault(key, [])
        known += [file for file in files if file not in known]
    return Found(tuple(listed.get(key) or _scene_files(key, files) for key, files in scenes.items()), tuple(errors))


def _scene_files(key: tuple[str, ...], files: list[str]) -> SceneFiles:
    ordered = tuple(sorted(files, key=_rank) if key[0] == "token" else files)
    return SceneFiles(scene_name(ordered), ordered)


def scene_name(files: Sequence[str]) -> str:
    """Return the name of a scene and of what is written for it: the file's, or what the names of several share."""
    stem = PurePath(file_name(files[0])).stem
    return stem if len(files) == 1 else _joint_stem(stem)


def _joint_stem(stem: str) -> str:
    """Return a file's name without its polarisation, unless nothing is left of it."""
    return re.sub(r"[-_. ]+$|^[-_. ]+", "", _without_token(stem)) or stem


def _or_noted(look_up: Callable[[str], _Things], word: str, errors: list[SceneError]) -> _Things:
    """Return what a word leads to; when that is nothing, put the reason on the list of errors."""
    try:
        return look_up(word)
    except SceneError as error:
        errors.append(error)
        return []


def _expanded(argument: str) -> list[str]:
    """Return the argument, or what the list holds that it names."""
    if argument != "-" and (not argument.startswith("@") or _is_there(argument)):
        return [argument]
    what = "Standard input" if argument == "-" else f"The list {_cut(argument[1:])}"
    lines = [line.strip() for line in _text(argument, what).splitlines()]
    named = [line for line in lines if line and not line.startswith("#")]
    if not named:
        raise SceneError(f"{what} names no scene; needed is one path or pattern a line, such as in/*.tif")
    return named


def _text(argument: str, what: str) -> str:
    if argument != "-" and not _is_there(argument[1:]):
        raise SceneError(f"{what} does not exist; needed is a text file with one scene a line")
    try:
        return sys.stdin.read() if argument == "-" else Path(argument[1:]).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SceneError(
            f"{what} cannot be read: {error.strerror}; needed is a text file with one scene a line"
        ) from error
    except UnicodeDecodeError as error:
        raise SceneError(
            f"{what} is not UTF-8 text (it holds the byte {error.object[error.start]:#04x}); needed is one scene a line "
            "in UTF-8. Convert it, for example with: iconv -f latin1 -t utf-8 list.txt > utf8.txt"
        ) from error


def _is_there(path: str) -> bool:
    """Tell whether a path leads somewhere; an empty one, or one that the system cannot take, leads nowhere."""
    try:
        return bool(path) and Path(path).exists()
    except OSError:  # no permission to look, or a name that is too long
        return False


def _cut(argument: str) -> str:
    return argument if len(argument) <= 200 else f"{argument[:200]}… ({len(argument)} characters)"


def _named(argument: str) -> list[tuple[str, ...]]:
    """Return the files that one argument names, each alone unless it joins them itself."""
    if _is_there(argument):
        path = Path(argument)
        if is_store(argument):
            return [(argument,)]
        if is_safe(argument):
            return [(str(path.parent) if path.name == "manifest.safe" else argument,)]
        return [(file,) for file in _folder(path)] if path.is_dir() else [(argument,)]
    if "+" in argument and all(part and (not is_local(part) or _is_there(part)) for part in argument.split("+")):
        return [tuple(argument.split("+"))]
    if not is_local(argument):
        return [(argument,)]
    if glob.has_magic(argument):
        return [(file,) for file in _pattern(argument)]
    raise SceneError(
        f"{_cut(argument) or 'An empty name'} does not exist; needed is a raster, a folder of rasters or a pattern "
        "such as 'in/*.tif'"
    )


def _pattern(pattern: str) -> list[str]:
    found = [Path(match) for match in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207 - patterns may be absolute
    if not found:
        raise SceneError(f"The pattern {pattern} matches nothing; needed are rasters. Look with: ls {pattern}")
    files = [str(path) for path in found if path.is_file()]
    scenes = _without_outputs(files) + [
        str(path) for path in found if path.is_dir() and (is_safe(str(path)) or is_store(str(path)))
    ]
    if not scenes:
        raise SceneError(
            f"The pattern {pattern} matches {len(found)} folder(s) and no file; needed are rasters. "
            f"For those inside give: '{pattern}/*.tif'"
        )
    return scenes


def _folder(folder: Path) -> list[str]:
    here = _listed(folder)
    files = _without_outputs([str(path) for path in here if path.is_file() and path.suffix.lower() in SUFFIXES])
    inside = [str(path) for path in here if path.suffix.lower() in {".safe", ".zip"} and is_safe(str(path))]
    if not files and not inside:
        raise SceneError(
            f"The folder {folder} holds no raster ({', '.join(SUFFIXES)}); needed is at least one. "
            f"For other files give a pattern: '{folder}/*.h5'"
        )
    return files + inside


def _listed(folder: Path) -> list[Path]:
    """Return what lies in a folder, but for hidden names: those of files half written and of the work of a run."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise SceneError(
            f"The folder {folder} cannot be read: {error.strerror}; needed is a folder of rasters. "
            f"Look at it with: ls -la '{folder}'"
        ) from error


def _without_outputs(files: list[str]) -> list[str]:
    """Return the files but for maps that an earlier run put beside its scenes."""
    stems = {PurePath(file).stem for file in files} | {_joint_stem(PurePath(file).stem) for file in files}
    made = {stem + ending for stem in stems for ending in _OUTPUTS}
    return [file for file in files if PurePath(file).stem not in made]


def _join_key(file: str) -> tuple[str, ...]:
    if not is_local(file) or token_of(file) is None or is_store(file):
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
