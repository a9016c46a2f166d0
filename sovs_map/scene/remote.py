"""Rasters that GDAL fetches: how long it waits for them, and what a server may make it read."""

from __future__ import annotations

import os
import re

import rasterio

from sovs_map.errors import SceneError

PAUSES_S = (0.0, 1.0, 3.0)
"""What is waited before each attempt to open or read [s]; GDAL's own retries cover refusals such as 503 only."""

FORMATS = ("GTiff", "JP2OpenJPEG", "HFA", "PNG")
"""GDAL's drivers whose files hold all their pixels; others, such as VRT, may point to files of this computer."""

SETTINGS = (
    ("GDAL_HTTP_CONNECTTIMEOUT", "10"),
    ("GDAL_HTTP_LOW_SPEED_TIME", "30"),
    ("GDAL_HTTP_LOW_SPEED_LIMIT", "1000"),
    ("GDAL_HTTP_MAX_RETRY", "3"),
    ("GDAL_HTTP_RETRY_DELAY", "1"),
    ("GDAL_INGESTED_BYTES_AT_OPEN", "32768"),
    ("CPL_VSIL_CURL_NON_CACHED", "/vsicurl/:/vsis3/:/vsigs/:/vsiaz/:/vsioss/:/vsiswift/"),
)
"""Settings of network reads: seconds, bytes a second, attempts, bytes. Whatever was fetched is forgotten when its handle
is closed; otherwise GDAL would keep an answer that was cut short, and give it again to every later attempt.

``VSI_CACHE`` stays off: it keeps 25 MB a handle, beyond what ``--memory`` plans for.

Source:
    https://gdal.org/en/stable/user/configoptions.html#networking-options,
    https://gdal.org/en/stable/user/virtual_file_systems.html#vsicurl-http-https-ftp-files-random-access
"""

_NETWORK = r"(curl|s3|gs|az|adls|oss|swift|hdfs|webhdfs)(_streaming)?(/|\?)"
_REMOTE = re.compile(
    rf"((zip|gzip|tar)\+)?(https?|ftp|s3|gs|az|oss)://|/vsi{_NETWORK}|/vsi(zip|gzip|tar|7z|rar|subfile).*/vsi{_NETWORK}",
    re.IGNORECASE,
)


def is_remote(path: str) -> bool:
    """Tell whether a path leads over the network."""
    return _REMOTE.match(path) is not None


def remote_environment() -> rasterio.Env:
    """Return the environment in which a remote raster is opened, unless the user's own says otherwise.

    Nothing is looked for beside it: neither listings of its folder nor sidecars. Timeouts and retries are put into the
    environment of the process, so that workers and handles that GDAL opens later have them as well.

    Source:
        https://gdal.org/en/stable/user/configoptions.html#general-options, ``GDAL_DISABLE_READDIR_ON_OPEN``
    """
    for name, value in SETTINGS:
        os.environ.setdefault(name, value)
    if "GDAL_DISABLE_READDIR_ON_OPEN" in os.environ:
        return rasterio.Env()
    return rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR")


def patience_s() -> float:
    """Return how long a server may stay silent [s]: GDAL's setting, which also holds for what we fetch ourselves."""
    try:
        return max(0.1, float(os.environ.get("GDAL_HTTP_LOW_SPEED_TIME", "30")))
    except ValueError:
        return 30.0


def check_self_contained(path: str, dataset: rasterio.DatasetReader) -> None:
    """Refuse a remote raster through which its server could name other files, those of this computer included.

    Raises:
        SceneError: it is of a format that refers to others, or its overviews lie elsewhere.
    """
    points_out = "OVERVIEW_FILE" in dataset.tags(ns="OVERVIEWS")
    if dataset.driver in FORMATS and not points_out:
        return
    found = "keeps its overviews in another file" if points_out else f"is a raster of GDAL's format {dataset.driver}"
    raise SceneError(
        f"{path} {found}, which may point to files of this computer; needed from the network is a file that holds its "
        f"pixels itself, such as a GeoTIFF. If you trust it, fetch it and give the copy: curl -LO '{path}'"
    )
