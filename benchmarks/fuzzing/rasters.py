"""Scenes: opened, read window by window, some mapped; compared with what GDAL itself says of the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError

from fuzzing.case import Case, UndefinedError, WrongError
from fuzzing.scrambling import ODD_TEXTS, scramble_bytes, scramble_text
from fuzzing.tiffs import VARIANTS, scramble_tags, valid
from sovs_map.crew import threads
from sovs_map.errors import OptionError, SceneError
from sovs_map.mapping import map_labels
from sovs_map.plan import Plan
from sovs_map.radiometry import to_db
from sovs_map.run import Run
from sovs_map.scene import Scene, open_scene, read
from sovs_map.tile_sight import tile_sight
from sovs_map.vocabulary import read_vocabulary
from sovs_map.window import Window

MOST = 1 << 23
"""Scenes of more pixels, such as of a size that is only claimed, are read in their first windows [pixels]."""

MAPPED = 1 << 17
"""Scenes of more pixels are read and not mapped [pixels]."""

VRT = """<VRTDataset rasterXSize="96" rasterYSize="112"><SRS>EPSG:32631</SRS>
<GeoTransform>5e5, 20, 0, 4.9e6, 0, -20</GeoTransform><VRTRasterBand dataType="Float32" band="1"><NoDataValue>nan</NoDataValue>
<SimpleSource><SourceFilename relativeToVRT="1">a.tif</SourceFilename><SourceBand>1</SourceBand>
<SrcRect xOff="0" yOff="0" xSize="96" ySize="112"/><DstRect xOff="0" yOff="0" xSize="96" ySize="112"/></SimpleSource>
</VRTRasterBand></VRTDataset>"""


@dataclass(frozen=True, slots=True)
class Brightness:
    """A segmenter for two classes by the brightness of each pixel."""

    tile: int = 32
    overlap: int = 8
    classes: int = 2
    cell: int = 1
    grain: int = 8
    fingerprint: str = "brightness"

    def logits(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return logits ``(n, 2, h, w)``."""
        return np.stack([-np.abs(tiles[:, 0] - level) for level in (-20, -8)], axis=1).astype(np.float32)


def make(folder: Path, draw: np.random.Generator) -> Case:
    """Return a damaged raster."""
    variant = int(draw.integers(len(VARIANTS)))
    content, name = valid(variant), VARIANTS[variant][0]
    match draw.integers(10):
        case 0:
            (folder / "a.tif").write_bytes(content)
            text, mutation = scramble_text(VRT, draw)
            if draw.random() < 0.2:
                text, mutation = VRT.replace("a.tif", "a.vrt"), "a VRT of itself"
            (folder / "a.vrt").write_text(text, errors="surrogatepass")
            return Case(str(folder / "a.vrt"), f"VRT: {mutation}")
        case 1:
            word = ODD_TEXTS[draw.integers(len(ODD_TEXTS))]
            return Case(str(folder / word) if draw.random() < 0.5 else word, f"path {word[:40]!r}")
        case 2 | 3 | 4:
            content, mutation = scramble_bytes(content, draw, head=len(content) if name == "large" else 512)
        case _:
            content, mutation = scramble_tags(content, draw)
    (folder / "a.tif").write_bytes(content)
    return Case(str(folder / "a.tif"), f"{name}: {mutation}")


def check(case: Case) -> None:
    """Open, read and map; whatever comes must be what GDAL reads, and a block that it cannot read must be an error.

    Raises:
        WrongError: it isn't.
        UndefinedError: GDAL contradicts itself.
    """
    scene = _opened(case.subject)
    for window in _windows(scene):
        got = _or_error(scene, window)
        expected = _expected(scene, window)
        if expected is None and got is not None:
            raise WrongError(f"{window} was read, and GDAL cannot read it")
        if got is None or expected is None:
            raise SceneError("a window cannot be read")
        if not np.array_equal(got, expected, equal_nan=True):
            _check_defined(scene, window)
            raise WrongError(f"{window} differs from what GDAL reads in {np.sum(got != expected)} numbers")
    if scene.height * scene.width <= MAPPED:
        _check_map(scene)


def _opened(path: str) -> Scene:
    """Return the scene, told to be amplitude where its scale cannot be found."""
    try:
        return open_scene(path)
    except (SceneError, OptionError):
        return open_scene(path, scale="amplitude")


def _windows(scene: Scene) -> list[Window]:
    whole = Window(0, 0, scene.height, scene.width)
    pixels = scene.height * scene.width
    side, few = 64 if pixels <= MAPPED else 512, scene.height + scene.width if pixels <= MOST else 4
    rows, cols = range(0, scene.height, side)[:few], range(0, scene.width, side)[:few]
    return [Window(row, col, side, side) & whole for row in rows for col in cols]


def _or_error(scene: Scene, window: Window) -> NDArray[np.float32] | None:
    try:
        return read(scene, window)
    except SceneError:
        return None


def _expected(scene: Scene, window: Window) -> NDArray[np.float32] | None:
    """Return the dB of a window from numbers that GDAL reads, None where it cannot."""
    place = rasterio.windows.Window(window.col, window.row, window.width, window.height)
    planes, missing, zero = (
        [],
        np.zeros((window.height, window.width), bool),
        np.ones((window.height, window.width), bool),
    )
    try:
        for band in scene.bands:
            with rasterio.open(str(band.source), sharing=False) as file:
                stored = file.read(band.index, window=place)
                # A float's nodata is compared as such by us, and with a tolerance by GDAL, so its masks are read only if own.
                valid_pixels = file.read_masks(band.index, window=place) if band.mask == "file" else None
                alpha = file.read(band.alpha, window=place) if band.alpha else None
            with np.errstate(all="ignore"):
                plane = stored.astype(np.float32) * np.float32(band.gain) + np.float32(band.bias)
                nodata = band.nodata is not None and stored == np.array(band.nodata).astype(stored.dtype)
            exact = band.nodata is not None and (stored.dtype.kind == "f" or float(band.nodata).is_integer())
            missing |= ~np.isfinite(plane) if stored.dtype.kind == "f" else False
            missing |= (nodata if exact else False) | (valid_pixels == 0 if valid_pixels is not None else False)
            missing |= alpha == 0 if alpha is not None else False
            zero &= stored == 0
            planes.append(plane)
    except RasterioError:
        return None
    if scene.border is not None:
        missing |= zero & scene.border.reached(window)
    done = [to_db(one, scale=scene.scale, offset_db=shift) for one, shift in zip(planes, scene.offsets_db, strict=True)]
    return np.where(missing, np.float32(np.nan), np.stack(done))


def _check_defined(scene: Scene, window: Window) -> None:
    """Read a window at once, and column by column from the right; GDAL shall give the same numbers."""
    for path in {str(band.source) for band in scene.bands}:
        place = rasterio.windows.Window(window.col, window.row, window.width, window.height)
        with rasterio.open(path, sharing=False) as file:
            whole = file.read(window=place)
        with rasterio.open(path, sharing=False) as file:
            for col in reversed(range(window.width)):
                line = file.read(window=rasterio.windows.Window(window.col + col, window.row, 1, window.height))
                if not np.array_equal(line[..., 0], whole[..., col], equal_nan=line.dtype.kind == "f"):
                    raise UndefinedError(f"column {window.col + col} of {window} differs from one reading to the next")


def _check_map(scene: Scene) -> None:
    """Map a scene, and see that its labels have a value where its pixels do."""
    with TemporaryDirectory() as folder, threads(2) as crew:
        vocabulary = read_vocabulary("dark,bright")
        run = Run(Path(folder), Plan(64, 4, 2, 0, 0, 0), crew)
        parts = map_labels(scene, tile_sight(scene, Brightness(), batch=4), run, vocabulary=vocabulary)
        with rasterio.open(parts.labels) as file:
            labels = file.read(1)
    values = read(scene, Window(0, 0, scene.height, scene.width))
    if not np.array_equal(labels == vocabulary.nodata, np.isnan(values[0])):
        raise WrongError("labels are missing where pixels are not, or the other way round")
