"""What is kept of one picture, as a file that is whole or not there."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TypeVar

import numpy as np

from sovs_map.benchmark.answered import Answered
from sovs_map.benchmark.protocol import Part
from sovs_map.benchmark.queries import Queries
from sovs_map.benchmark.seams import Seams
from sovs_map.errors import DataSetError
from sovs_map.outputs.finishing import finished_file

SomePart = TypeVar("SomePart", Answered, Seams, Queries)

ENDING = ".npz"
"""Of the files."""


def write_record(path: Path, parts: Sequence[Part]) -> None:
    """Write what is kept of a picture; equal parts give equal bytes.

    Raises:
        OutputError: no space, no permission.
    """
    arrays = {
        f"{type(part).__name__}.{field.name}": getattr(part, field.name) for part in parts for field in fields(part)
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with finished_file(path) as partial, partial.open("wb") as file:
        np.savez_compressed(file, **arrays)


def read_part(path: Path, kind: type[SomePart]) -> SomePart | None:
    """Return one part of what was kept; None where the picture has no such part.

    Raises:
        DataSetError: the file is missing or broken.
    """
    names = [field.name for field in fields(kind)]
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            if not any(name.startswith(f"{kind.__name__}.") for name in kept.files):
                return None
            return kind(*(kept[f"{kind.__name__}.{name}"] for name in names))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataSetError(
            f"{path} cannot be read ({type(error).__name__}: {error}); delete it and run the same command again"
        ) from error
