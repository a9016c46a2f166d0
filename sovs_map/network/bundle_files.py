"""The files of a bundle: they lie in its own folder, and are read with a bound."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sovs_map.errors import BundleError

MAX_DESCRIPTION = 1 << 20
"""A ``bundle.toml`` of more bytes is none."""


def description_of(folder: Path) -> bytes:
    """Return the bytes of ``bundle.toml``.

    Raises:
        BundleError: it is missing, too large, or not the folder's own.
    """
    path = own_file(folder, "bundle.toml")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_DESCRIPTION + 1)
    except OSError as error:
        raise BundleError(f"bundle {folder}: bundle.toml cannot be read: {error}") from error
    if len(content) > MAX_DESCRIPTION:
        raise BundleError(f"bundle {folder}: bundle.toml has more than {MAX_DESCRIPTION} bytes; fetch the bundle again")
    return content


def own_file(folder: Path, name: str) -> Path:
    """Return the path of a file that lies in the folder itself, not behind a link that leads out of it.

    Raises:
        BundleError: it is missing, no file, or lies elsewhere.
    """
    path = folder / name
    try:
        found, is_file = path.resolve(strict=True), path.is_file()
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError before Python 3.13
        raise BundleError(f"bundle {folder}: {name} cannot be read: {error}; fetch the bundle again") from error
    if not is_file:
        raise BundleError(
            f"bundle {folder}: {name} is a folder, a pipe or a device; needed is a file: fetch the bundle again"
        )
    if found.parent != folder.resolve():
        raise BundleError(
            f"bundle {folder}: {name} is a link to {found}, out of the folder; needed is the file itself. "
            f"Copy what you trust with: cp -rL '{folder}' mine, and use it with: -m mine"
        )
    return path


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file of a bundle.

    Raises:
        BundleError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BundleError(f"bundle {path.parent}: {path.name} cannot be read: {error}") from error
