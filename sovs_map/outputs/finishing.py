"""Write under a temporary name and rename, so that a file which looks finished is finished."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyogrio.errors import DataLayerError, DataSourceError
from rasterio._err import CPLE_BaseError  # rasterio 1.4 lets some of GDAL's own errors through
from rasterio.errors import RasterioError

from sovs_map.allocator import give_back
from sovs_map.errors import OutputError

_WRITING = (OSError, RasterioError, CPLE_BaseError, DataSourceError, DataLayerError, sqlite3.Error)
_COMPANIONS = ("", ".aux.xml", ".ovr.tmp", ".msk.ovr.tmp", "-journal", "-wal", "-shm")


@contextmanager
def finished_file(target: Path) -> Iterator[Path]:
    """Give a temporary path beside ``target``, and rename it to ``target`` when the block ends well.

    When the block fails nothing of the temporary file stays behind, and an older ``target`` is left as it was. In any
    case the memory that the block has freed goes back to the system, before the next file needs other sizes of it.

    Raises:
        OutputError: the file system or GDAL refused; the message says where and how much space is left.
    """
    partial = target.with_name(f".{target.stem}.{os.getpid()}.partial{target.suffix}")
    try:
        yield partial
        partial.replace(target)
    except OutputError:
        raise
    except _WRITING as error:
        raise OutputError(_advice(target, error)) from error
    finally:
        for ending in _COMPANIONS:
            partial.with_name(partial.name + ending).unlink(missing_ok=True)
        give_back()


def write_finished_text(target: Path, text: str) -> None:
    """Write a text file as UTF-8, whole or not at all.

    Raises:
        OutputError: the file system refused.
    """
    with finished_file(target) as partial:
        partial.write_text(text, encoding="utf-8")


def _advice(target: Path, error: Exception) -> str:
    folder = target.parent
    reason = str(error) or type(error).__name__
    if not folder.is_dir():
        return f"{target} could not be written: the folder {folder} does not exist. Make it: mkdir -p '{folder}'"
    if not os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        return f"{target} could not be written: no permission in {folder}. Choose another folder with -o DIR"
    free = shutil.disk_usage(folder).free / 1e9
    return (
        f"{target} could not be written: {reason}. {folder} has {free:.1f} GB free; "
        "make room or choose another folder with -o DIR, and run the same command again"
    )
