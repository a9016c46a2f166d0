"""SHA-256 of files as they lie on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import Executor
from pathlib import Path

from sovs_map.benchmark.sample import Sample
from sovs_map.errors import DataSetError


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal.

    Raises:
        DataSetError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataSetError(f"{path} cannot be read: {error.strerror}") from error


def files_of(samples: Iterable[Sample]) -> tuple[Path, ...]:
    """Return all files of samples, each once."""
    found: dict[Path, None] = {}
    for sample in samples:
        found.update(dict.fromkeys(picture.path for picture in sample.pictures))
        found.update(dict.fromkeys(sample.labels))
        if sample.valid is not None:
            found[sample.valid] = None
    return tuple(found)


def hash_files(files: Iterable[Path], pool: Executor) -> tuple[str, ...]:
    """Return the hashes of files, in their order."""
    return tuple(pool.map(hash_file, files))


def fingerprint(files: Iterable[Path]) -> str:
    """Return what changes when a file's name, size or time does: no file is read."""
    token = hashlib.sha256()
    for path in files:
        status = path.stat()
        token.update(f"{path}\n{status.st_size} {status.st_mtime_ns}\n".encode())
    return token.hexdigest()
