"""Sentinel-1 ground range detected products: SAFE folders and zips of them, calibrated by their own tables."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET

import numpy as np

from sovs_map.errors import SceneError
from sovs_map.radiometry import Scale
from sovs_map.scene.calibration import CalibrationTable
from sovs_map.scene.products.document import LARGEST, parse_xml
from sovs_map.scene.products.product import Product, utc

_MEASUREMENT = re.compile(r"s1[a-d]-\w+-\w+-(vv|vh|hh|hv)-.*\.tiff?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """One polarisation of a product."""

    raster: str
    """As GDAL takes it."""

    polarisation: str
    """VV, VH, HH or HV."""

    table: CalibrationTable
    """Sigma nought of the digital numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class SafeProduct:
    """A product, and its measurements."""

    facts: Product
    """What the family lays down."""

    measurements: tuple[Measurement, ...]
    """Co-polarisation first."""

    fingerprint: str
    """What changes when the files that are read do."""


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of a product, in a folder or in a zip."""

    label: str
    """How messages call it."""

    container: Path
    """The folder, or the zip."""

    root: PurePosixPath
    """Of the product, inside its container."""

    names: tuple[str, ...]
    """Of all files, below the root."""

    def gdal_path(self, name: str) -> str:
        """Return a file as GDAL takes it."""
        if self.container.is_dir():
            return str(self.container / self.root / name)
        return f"/vsizip/{self.container}/{self.root / name}"

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        if self.container.is_dir():
            path = self.container / self.root / name
            return path.read_bytes() if path.stat().st_size <= LARGEST else b""
        with zipfile.ZipFile(self.container) as packed:
            member = packed.getinfo(str(self.root / name))
            return packed.read(member) if member.file_size <= LARGEST else b""


def is_safe(path: str) -> bool:
    """Tell whether a path names a SAFE product: its folder, its manifest, or a zip that holds one."""
    place = Path(path)
    if place.suffix.lower() == ".zip":
        return place.is_file() and zipfile.is_zipfile(place) and bool(_roots(_names(place)))
    return place.suffix.lower() == ".safe" and (place.is_dir() or place.name == "manifest.safe")


def read_safe(path: str) -> SafeProduct:
    """Return a product and its measurements.

    Args:
        path: such that `is_safe` is true.

    Raises:
        SceneError: it is no ground range product, or lacks a measurement or a calibration table.

    Source:
        Sentinel-1 Product Specification, S1-RS-MDA-52-7441: measurement/NAME.tiff, annotation/NAME.xml,
        annotation/calibration/calibration-NAME.xml. GDAL's SAFE driver does not calibrate detected products (3.10).
    """
    files = _files(path)
    rasters = [name for name in files.names if _MEASUREMENT.fullmatch(name.removeprefix("measurement/"))]
    if not rasters:
        raise SceneError(
            f"{path} holds no measurement of Sentinel-1 (measurement/s1…-grd-….tiff); needed is a whole ground range "
            "product (GRD). Fetch it again"
        )
    measurements = sorted((_measurement(files, name) for name in rasters), key=lambda one: one.polarisation[::-1])
    order = {"VV": 0, "HH": 0, "VH": 1, "HV": 1}
    measurements.sort(key=lambda one: order[one.polarisation])
    facts = Product(
        family="Sentinel-1 GRD",
        scale=Scale.POWER,
        calibration="sigma nought by the product's own tables",
        polarisations=tuple(one.polarisation for one in measurements),
        acquired=_acquired(files, rasters[0]),
    )
    return SafeProduct(facts, tuple(measurements), _fingerprint(files, measurements))


def _files(path: str) -> _Files:
    place = Path(path).absolute()
    if place.name == "manifest.safe":
        place = place.parent
    try:
        if place.is_dir():
            names = [found.relative_to(place).as_posix() for found in sorted(place.rglob("*")) if found.is_file()]
            return _Files(path, place, PurePosixPath(), tuple(names))
        every = _names(place)
    except (OSError, zipfile.BadZipFile) as error:
        raise SceneError(f"{path} cannot be read ({error}); needed is a whole Sentinel-1 product") from error
    root, *others = _roots(every)
    if others:
        raise SceneError(
            f"{path} holds {1 + len(others)} products ({root}, {others[0]}, …); needed is one a zip. Unpack it, and give "
            f"the folders: unzip '{path}' -d products"
        )
    return _Files(path, place, root, tuple(_below(every, root)))


def _names(packed: Path) -> list[str]:
    with zipfile.ZipFile(packed) as opened:
        return opened.namelist()


def _roots(names: Iterable[str]) -> list[PurePosixPath]:
    """Return the folders of a zip that hold a manifest."""
    return sorted({PurePosixPath(name).parent for name in names if PurePosixPath(name).name == "manifest.safe"})


def _below(names: Iterable[str], root: PurePosixPath) -> list[str]:
    return [str(PurePosixPath(name).relative_to(root)) for name in names if PurePosixPath(name).is_relative_to(root)]


def _measurement(files: _Files, name: str) -> Measurement:
    stem = PurePosixPath(name).stem
    if "-slc-" in stem.lower():
        raise SceneError(
            f"{files.label} is a single-look product with phase (SLC); needed is the ground range product (GRD) of the scene"
        )
    wanted = f"annotation/calibration/calibration-{stem}.xml"
    if wanted not in files.names:
        raise SceneError(
            f"{files.label} has no calibration table {wanted}; needed is a whole product. Fetch it again, or map its "
            f"numbers without calibration: sovs-map {files.gdal_path(name)} --scale amplitude"
        )
    found = _MEASUREMENT.fullmatch(name.removeprefix("measurement/"))
    assert found is not None  # noqa: S101 - the names were chosen so
    return Measurement(files.gdal_path(name), found[1].upper(), _table(files, wanted))


def _table(files: _Files, name: str) -> CalibrationTable:
    """Return sigmaNought of all vectors, on the pixels of the first."""
    root = parse_xml(files.read(name))
    vectors = [] if root is None else root.findall("./calibrationVectorList/calibrationVector")
    try:
        lines = np.array([float(vector.findtext("line") or "") for vector in vectors])
        pixels = [_numbers(vector.find("pixel")) for vector in vectors]
        values = [_numbers(vector.find("sigmaNought")) for vector in vectors]
        grid = np.stack([np.interp(pixels[0], at, value) for at, value in zip(pixels, values, strict=True)])
    except (ValueError, IndexError) as error:
        raise _no_table(files, name, "its vectors cannot be read") from error
    growing = all((np.diff(at) > 0).all() for at in (lines, *pixels))
    if not growing or not np.isfinite(grid).all() or (grid <= 0).any():
        raise _no_table(files, name, "its vectors are no positive numbers at growing lines and pixels")
    return CalibrationTable(lines, pixels[0], grid)


def _numbers(element: ET.Element | None) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    words = (element.text or "").split() if element is not None else []
    return np.array([float(word) for word in words])


def _no_table(files: _Files, name: str, reason: str) -> SceneError:
    return SceneError(f"{files.label}: {name} is no calibration table, {reason}; fetch the product again")


def _acquired(files: _Files, raster: str) -> str | None:
    name = f"annotation/{PurePosixPath(raster).stem}.xml"
    root = parse_xml(files.read(name)) if name in files.names else None
    return None if root is None else utc(root.findtext("./adsHeader/startTime") or "")


def _fingerprint(files: _Files, measurements: Iterable[Measurement]) -> str:
    if files.container.is_dir():
        rasters = [Path(one.raster) for one in measurements]
        stated = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in rasters]
    else:
        stated = [(files.container.name, files.container.stat().st_size, files.container.stat().st_mtime_ns)]
    return repr((stated, [one.table.identity for one in measurements]))
