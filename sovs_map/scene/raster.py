"""Files as sources: handles that threads don't share, and the pixels behind them."""

from __future__ import annotations

import os
import re
import threading
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path, PurePath

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from sovs_map.errors import BrokenBlocksError, SceneError
from sovs_map.scene.remote import PAUSES_S, check_self_contained, is_remote, remote_environment
from sovs_map.window import Window

HANDLES = 8
"""Files that a thread keeps open: two scenes of four polarisations."""

DAMAGE = (RasterioError, CPLE_BaseError, UnicodeError)
"""What rasterio raises about files: its own errors, GDAL's where rasterio lets them through, and those of messages or
names that are no UTF-8."""

_CONTAINER = re.compile(
    r"""(?:/vsizip/\{?|(?:NETCDF|HDF5):"?)(?P<file>[^"]+?\.(?:zip|nc4?|h5|he5|hdf5?))(?=["}:/]|$)""", re.IGNORECASE
)
"""GDAL's names of what lies in a zip, a NetCDF or an HDF5 file."""

# warnings.catch_warnings changes the filters of the whole process, so only one thread may do it at a time.
_opening = threading.Lock()


class _Handles(threading.local):
    """The open files of one thread, the one used longest ago first."""

    def __init__(self) -> None:
        self.opened: OrderedDict[tuple[object, ...], rasterio.DatasetReader] = OrderedDict()


_handles = _Handles()


def is_local(path: str) -> bool:
    """Tell whether a path names a file of this computer, rather than one that GDAL fetches."""
    return not path.startswith("/vsi") and "://" not in path and not _is_subdataset(path)


def full_path(path: str) -> str:
    """Return a path that means the same in every working folder; those of files that GDAL fetches do already."""
    return str(Path(path).absolute()) if is_local(path) else path


def file_name(path: str) -> str:
    """Return the name of a file, without the query of its address and the archive that it lies in."""
    return PurePath(path if is_local(path) else path.partition("?")[0].rpartition("!")[2]).name


def place_inside(path: str) -> str:
    """Return where in a zip, a NetCDF or an HDF5 file a raster lies; empty for one that is a file of its own."""
    container = _CONTAINER.match(path)
    return path[container.end() :] if container else ""


def signature(path: str) -> tuple[int, int]:
    """Return size [bytes] and time of change [ns] of a file, or of that which holds it; zeros when it isn't a local one."""
    container = _CONTAINER.match(path)
    file = container["file"] if container else path
    try:
        status = Path(file).stat() if is_local(file) else None
    except (OSError, ValueError):  # it isn't there, or its name is none that a file may have
        return 0, 0
    return (status.st_size, status.st_mtime_ns) if status else (0, 0)


def open_raster(path: str) -> rasterio.DatasetReader:
    """Return this thread's handle of a raster, opened when it isn't yet. The caller doesn't close it.

    Raises:
        SceneError: GDAL can't open it, or it is a remote one that may point to local files.
    """
    key = _key(path)
    if key in _handles.opened:
        _handles.opened.move_to_end(key)
        return _handles.opened[key]
    _handles.opened[key] = _opened(path)
    while len(_handles.opened) > HANDLES:
        _handles.opened.popitem(last=False)[1].close()
    return _handles.opened[key]


def _key(path: str) -> tuple[object, ...]:
    # A forked child would share the file position of its parent, so the process is part of the key.
    return path, os.getpid(), *signature(path)


def _opened(path: str) -> rasterio.DatasetReader:
    """Open a raster; a remote one several times, unless its server says that there is none."""
    for pause in _pauses(path):
        time.sleep(pause)
        try:
            return _open(path)
        except SceneError:
            raise
        except (*DAMAGE, ValueError) as error:  # the last: an address that is none
            problem = error
            if "response code: 4" in str(error):
                break
    raise SceneError(
        f"{path} cannot be opened as a raster ({problem}); needed is a file that GDAL reads, such as a GeoTIFF. "
        f"Look at it with: rio info '{path}'"
    ) from problem


def _open(path: str) -> rasterio.DatasetReader:
    with _opening, warnings.catch_warnings(), remote_environment() if is_remote(path) else nullcontext():
        # A missing georeference becomes a remark of the scene.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        opened = rasterio.open(path, sharing=False)
        if is_remote(path):
            check_self_contained(path, opened)
        return opened


def read_raster(path: str, indexes: tuple[int, ...], window: Window) -> NDArray[np.generic]:
    """Return stored numbers of some bands, shape ``(band, row, col)``, in the file's type.

    Raises:
        BrokenBlocksError: blocks of the file are broken or missing, or its server gave them up.
    """
    return read_raster_sparsely(path, indexes, window, shape=(window.height, window.width))


def read_raster_sparsely(
    path: str, indexes: tuple[int, ...], window: Window, *, shape: tuple[int, int]
) -> NDArray[np.generic]:
    """Return every so many-th pixel of a window, ``shape`` of them, from overviews where the file has them.

    Raises:
        BrokenBlocksError: blocks of the file are broken or missing, or its server gave them up.
    """

    def read(dataset: rasterio.DatasetReader) -> NDArray[np.generic]:
        return dataset.read(
            list(indexes),
            window=_rasterio_window(window),
            out_shape=(len(indexes), *shape),
            resampling=Resampling.nearest,
        )

    return _read(path, window, read)


def read_file_mask(path: str, index: int, window: Window) -> NDArray[np.bool_]:
    """Return where a file's own mask says that there is no data, shape ``(row, col)``.

    Raises:
        BrokenBlocksError: blocks of the mask are broken or missing, or its server gave them up.
    """
    valid = _read(path, window, lambda dataset: dataset.read_masks(index, window=_rasterio_window(window)))
    return valid == 0


def _read(
    path: str, window: Window, read: Callable[[rasterio.DatasetReader], NDArray[np.generic]]
) -> NDArray[np.generic]:
    """Read a window; that of a remote file several times, each time with a new handle."""
    for pause in _pauses(path):
        time.sleep(pause)
        dataset = open_raster(path)
        try:
            return read(dataset)
        except DAMAGE as error:
            problem = error
            if is_remote(path):
                _handles.opened.pop(_key(path)).close()
    raise _broken(path, window, problem) from problem


def _pauses(path: str) -> tuple[float, ...]:
    return PAUSES_S if is_remote(path) else PAUSES_S[:1]


def _rasterio_window(window: Window) -> rasterio.windows.Window:
    return rasterio.windows.Window(window.col, window.row, window.width, window.height)


def _broken(path: str, window: Window, error: Exception) -> BrokenBlocksError:
    place = f"rows {window.row} to {window.bottom - 1}, columns {window.col} to {window.right - 1}"
    reason = error.__cause__ or error
    if is_remote(path):
        return BrokenBlocksError(
            f"{path}: {place} cannot be read, tried {len(PAUSES_S)} times ({reason}); needed is a server that answers. "
            f"Give the same command again to go on from here, or fetch the file: curl -LO '{path}'"
        )
    return BrokenBlocksError(
        f"{path} is broken: {place} cannot be read ({reason}). Fetch the file again, or check it with: "
        f"gdalinfo -checksum '{path}'; with --on-error nodata the rest is mapped"
    )


def _is_subdataset(path: str) -> bool:
    """Tell whether a path is a GDAL connection string such as ``SENTINEL1_DS:…``, not a drive letter."""
    head, colon, _ = path.partition(":")
    # rasterio lists variables of NetCDF files as netcdf:…, in lower case.
    return bool(colon) and len(head) > 1 and head.replace("_", "").isalnum() and (head.isupper() or head == "netcdf")
