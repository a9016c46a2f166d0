"""Public data sets in small: their folders, names, types and codes as their authors have them, with made numbers.

Meanings of codes are written here once more, from the same research as the adapters', so that either can be wrong alone.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning

ROWS = 12
"""Of every picture."""

WIDTH = 4
"""Columns that a class is wide."""

NOTHING = frozenset()
NOT_WATER = frozenset(range(4, 23))
NOT_FLOODED = frozenset(range(1, 23)) - {2}
BUILT_UP = frozenset({11, 12, 13, 14, 15})
NOT_BUILT_UP = frozenset(range(1, 23)) - BUILT_UP
CITY = frozenset({11, 13, 14})
BARE = frozenset({18, 19, 20, 22})
WETLAND = frozenset({3, 4, 5})
IMPERVIOUS = frozenset(range(11, 18))


def leaves(*numbers: int) -> frozenset[int]:
    return frozenset(numbers)


@dataclass(frozen=True, slots=True)
class Made:
    """What one sample of a made data set must turn out as."""

    data_set: str
    sample: str
    split: str
    leaves: tuple[frozenset[int], ...]
    """Of each class, in the order of the columns."""

    db: NDArray
    """What the network must see, ``(band, row, col)``."""

    label: Path
    """A label file of the sample."""

    picture: Path
    """A picture of it."""


Maker = Callable[[Path], Made]


def write(path: Path, values: NDArray, *, geo: bool = True, nodata: float | None = None) -> Path:
    """Write ``(band, row, col)`` or ``(row, col)`` as what the path's ending says."""
    values = values if values.ndim == 3 else values[None]
    path.parent.mkdir(parents=True, exist_ok=True)
    driver = {".png": "PNG", ".jpg": "JPEG", ".bmp": "BMP"}.get(path.suffix, "GTiff")
    profile = {"driver": driver, "count": len(values), "height": values.shape[1], "width": values.shape[2]}
    place = {"crs": "EPSG:32631", "transform": Affine(10, 0, 500_000, 0, -10, 4_900_000)} if geo else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        place = place if driver == "GTiff" else {"quality": 100} if driver == "JPEG" else {}
        with rasterio.open(path, "w", **profile, dtype=values.dtype, nodata=nodata, **place) as raster:
            raster.write(values)
    path.with_name(path.name + ".aux.xml").unlink(missing_ok=True)
    return path


def read_back(path: Path) -> NDArray:
    """Return what a raster holds, ``(band, row, col)``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path) as raster:
            return raster.read()


def columns(codes: Sequence, dtype: str = "uint8") -> NDArray:
    """Return labels ``(row, col)``, or ``(band, row, col)`` of colours, each class some columns wide."""
    wide = np.repeat(np.array(codes, dtype), WIDTH, axis=0)
    return (
        np.moveaxis(np.broadcast_to(wide, (ROWS, *wide.shape)), -1, 0) if wide.ndim == 2 else np.tile(wide, (ROWS, 1))
    )


def amplitude(classes: int, *, bands: int = 1, level: float = 40.0, seed: int = 0) -> NDArray:
    """Return speckled amplitude ``(band, row, col)`` from 4 to 250."""
    draw = np.random.default_rng((seed, classes, bands))
    return np.clip(draw.rayleigh(level, (bands, ROWS, classes * WIDTH)), 4, 250).round()


def decibels(classes: int, *, bands: int = 2, seed: int = 0) -> NDArray:
    """Return calibrated backscatter [dB]."""
    draw = np.random.default_rng((seed, classes, bands))
    means = np.array([-11.0, -17.5])[:bands, None, None]
    return (means + draw.normal(0, 3, (bands, ROWS, classes * WIDTH))).astype(np.float32)


def at_reference(values: NDArray, *references: float, shared: bool = False) -> NDArray:
    """Return dB of amplitude whose medians are put at references, by one gain for all bands where shared."""
    db = 20 * np.log10(values.astype(np.float64))
    shift = np.array(references)[:, None, None] - 20 * np.log10(np.median(values, axis=(1, 2), keepdims=True))
    return db + (shift.mean() if shared else shift)


def whu(root: Path, part: str = "crop512") -> Made:
    codes = [0, 10, 20, 30, 40, 50, 60, 70]
    meant = (NOTHING, leaves(10), CITY, leaves(12), leaves(1), leaves(6), leaves(16), leaves(17, 18, 22))
    values = amplitude(len(codes))
    picture = write(root / part / "test/sar_dir/NH49E004021_0_512.tif", values.astype("uint8"))
    label = write(root / part / "test/ann_dir/NH49E004021_0_512.png", columns(codes))
    sample = "crop512/test/sar_dir/NH49E004021_0_512"
    return Made("whu-opt-sar", sample, "test", meant, at_reference(values, -14), label, picture)


def openearthmap(root: Path) -> Made:
    codes = list(range(9))
    meant = (NOTHING, *map(leaves, (18, 9, 17, 16, 6, 1, 10, 13)))
    values = amplitude(len(codes))
    picture = write(root / "val/sar_images/TrainArea_379.tif", values.astype("uint8"))
    label = write(root / "val/labels/TrainArea_379.tif", columns(codes))
    return Made(
        "openearthmap-sar", "val/sar_images/TrainArea_379", "val", meant, at_reference(values, -14), label, picture
    )


def fusar(root: Path) -> Made:
    colours = [(0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (240, 12, 9)]
    meant = (NOTHING, BUILT_UP, leaves(6, 7, 8, 9), leaves(1), leaves(16), BUILT_UP)
    values = amplitude(len(colours))
    picture = write(root / "SAR_1024/JiuJiang_01_01_01_01_SAR_001.tif", values.astype("uint8"))
    label = write(root / "LAB_1024/JiuJiang_01_01_01_01_Label_001.tif", columns(colours))
    sample = "SAR_1024/JiuJiang_01_01_01_01_SAR_001"
    return Made("fusar-map", sample, "all", meant, at_reference(values, -14), label, picture)


def air_polsar(root: Path) -> Made:
    colours = [(0, 0, 0), (255, 255, 0), (0, 0, 255), (0, 255, 0), (255, 0, 0), (0, 255, 255), (255, 255, 255)]
    meant = (NOTHING, leaves(11, 12), leaves(14), leaves(6, 7, 9), leaves(10, 18, 22), leaves(1), NOTHING)
    values = amplitude(len(colours), bands=4, level=60)
    for values_of, name in zip(values, ("HH", "HV", "VH", "VV"), strict=True):
        picture = write(root / f"test_set/12_{name}.tiff", values_of.astype("uint16"), geo=False)
    label = write(root / "test_set/12_gt.png", columns(colours))
    db = at_reference(values, -11, -18, -18, -11, shared=True)
    return Made("air-polsar-seg", "test_set/12_HH", "test", meant, db, label, picture)


def air_polsar_2(root: Path, *, key: bool = True) -> Made:
    colours = [(255, 255, 0), (0, 255, 0), (0, 255, 255), (0, 0, 255), (255, 0, 0), (255, 0, 255), (250, 250, 250)]
    names = ["water", "vegetation", "bare land", "buildings", "roads", "mountains", "ignore"]
    meant = (leaves(1), leaves(6, 7, 9, 10), leaves(18), BUILT_UP, leaves(16), leaves(6, 20), NOTHING)
    draw = np.random.default_rng(0)
    parts = draw.normal(0, 300, (4, 2, ROWS, len(colours) * WIDTH)).round()
    for pair, name in zip(parts, ("hh", "hv", "vh", "vv"), strict=True):
        picture = write(root / f"Beijing/bj_{name}.tiff", pair.astype("int16"), geo=False)
    label = write(root / "Beijing/modified/bj_gt_modify.tiff", columns(colours), geo=False)
    if key:  # made up for the test: what the colours mean is not known
        lines = [f"{red},{green},{blue},{name}" for (red, green, blue), name in zip(colours, names, strict=True)]
        (root / "colours.csv").write_text("\n".join(["red,green,blue,class", *lines]), encoding="utf-8")
    db = at_reference(np.hypot(*parts.transpose(1, 0, 2, 3)), -11, -18, -18, -11, shared=True)
    return Made("air-polsar-seg-2", "Beijing/bj_hh", "all", meant, db, label, picture)


DDHR = {
    "korea": (CITY, leaves(16), leaves(6, 7, 9), leaves(1), leaves(10)),
    "shandong": (leaves(10), leaves(6, 7, 9), leaves(16), CITY, leaves(1)),
    "xian": (CITY, leaves(16), leaves(10), leaves(6, 7, 9), leaves(1)),
}
"""What the codes 0 to 4 mean in each region."""


def ddhr(root: Path, region: str) -> Made:
    values = np.repeat(amplitude(5), 3, axis=0)  # JPEG in three channels
    picture = write(root / region / "no_cloud/sar/7.jpg", values.astype("uint8"))
    stored = read_back(picture)[:1]  # JPEG loses something
    label = write(root / region / "no_cloud/label/7.png", columns(range(5)))
    db = at_reference(stored, -14)
    return Made(f"ddhr-{region}", f"{region}/no_cloud/sar/7", "all", DDHR[region], db, label, picture)


def pie(root: Path) -> Made:
    root = root / "PIE-RGB-SAR"
    meant = (NOTHING, CITY, leaves(16), leaves(1), leaves(6), leaves(10))
    values = amplitude(6)
    picture = write(root / "sar/scene_3.tif", values.astype("uint8"))
    label = write(root / "label/scene_3.tif", columns(range(6)))
    (root / "train.txt").write_text("", encoding="utf-8")
    (root / "val.txt").write_text("scene_3.tif\n", encoding="utf-8")
    return Made("pie-rgb-sar", "sar/scene_3", "val", meant, at_reference(values, -14), label, picture)


def yeseg(root: Path) -> Made:
    root = root / "YESeg-OPT-SAR"
    meant = (NOTHING, leaves(18), leaves(7, 9), leaves(6), leaves(13), leaves(1), leaves(16), NOTHING)
    values = amplitude(8)
    picture = write(root / "sar/HY_C/41.png", values.astype("uint8"))
    label = write(root / "label/HY_C/41.png", columns(range(8)))
    return Made("yeseg-opt-sar", "sar/HY_C/41", "all", meant, at_reference(values, -14), label, picture)


_TOWN = (leaves(11), leaves(12), leaves(14, 17))
_NATURE = (leaves(6, 20), leaves(1), leaves(6, 7, 9))

POLSF = {
    "SF-ALOS2": (*_NATURE, *_TOWN),
    "SF-GF3": (*_NATURE, *_TOWN),
    "SF-RISAT": (*_NATURE, *_TOWN),
    "SF-RS2": (*_NATURE[1:], *_TOWN),
    "SF-AIRSAR": (leaves(6, 20), leaves(1), leaves(11, 12), leaves(6, 7, 9), leaves(18)),
}
"""What the codes from 1 mean for each sensor."""


def polsf(root: Path, sensor: str) -> Made:
    meant = (NOTHING, *POLSF[sensor])
    values = np.repeat(amplitude(len(meant)), 3, axis=0)
    values[[0, 2]] = 7  # only green is HV
    picture = write(root / sensor / f"{sensor}-Pauli.bmp", values.astype("uint8"))
    label = write(root / sensor / f"{sensor}-label2d.png", columns(range(len(meant))))
    db = at_reference(values[1:2], -18)
    return Made(f"polsf-{sensor[3:].lower()}", f"{sensor}/{sensor}-Pauli", "all", meant, db, label, picture)


_DFC = (leaves(6), leaves(7), leaves(7, 9), leaves(9), WETLAND, leaves(10), IMPERVIOUS, leaves(21), BARE, leaves(1))


def dfc2020(root: Path) -> Made:
    db = decibels(11)
    picture = write(root / "ROIs0000_validation/s1_0/ROIs0000_validation_s1_0_p100.tif", db)
    label = write(root / "ROIs0000_validation/dfc_0/ROIs0000_validation_dfc_0_p100.tif", columns(range(11)))
    sample = "ROIs0000_validation/s1_0/ROIs0000_validation_s1_0_p100"
    return Made("dfc2020", sample, "val", (NOTHING, *_DFC), db, label, picture)


def sen12ms(root: Path) -> Made:
    igbp = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]
    dfc = [0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 5, 7, 8, 9]
    db = decibels(len(igbp))
    home = root / "ROIs1868_summer"
    picture = write(home / "s1_146/ROIs1868_summer_s1_146_p5.tif", db)
    label = write(home / "lc_146/ROIs1868_summer_lc_146_p5.tif", np.stack([columns(igbp)] * 4).astype("uint16"))
    write(home / "s1_146/ROIs1868_summer_s1_146_p202.tif", np.full_like(db, np.nan))  # the broken one
    write(home / "lc_146/ROIs1868_summer_lc_146_p202.tif", np.stack([columns(igbp)] * 4).astype("uint16"))
    (root / "SEN12MS_holdOutScenes.txt").write_text("ROIs1868_summer/s1_146\n", encoding="utf-8")
    meant = tuple(_DFC[place] for place in dfc)
    return Made("sen12ms", "ROIs1868_summer/s1_146/ROIs1868_summer_s1_146_p5", "test", meant, db, label, picture)


def multisenge(root: Path) -> Made:
    ones = (11, 12, 14, (9, 17), 16, 10, 8, 8, 9, (7, 8), 6)
    meant = tuple(leaves(*one) if isinstance(one, tuple) else leaves(one) for one in ones)
    meant = (NOTHING, *meant, BARE, WETLAND, leaves(1), leaves(19))
    db = decibels(len(meant))
    picture = write(root / "s1/32ULU_20200114_S1_256_512.tif", db)
    label = write(root / "ground_reference/32ULU_GR_256_512.tif", columns(range(16)))
    return Made("multisenge", "s1/32ULU_20200114_S1_256_512", "all", meant, db, label, picture)


def mmhunan(root: Path) -> Made:
    raw = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255]
    table = [None, 0, 1, 2, 1, 3, 4, 6, 6, 5, 6, None, None]
    seven = (leaves(10), leaves(6), leaves(9), WETLAND, leaves(1), leaves(18), BUILT_UP)
    meant = tuple(NOTHING if place is None else seven[place] for place in table)
    db = decibels(len(raw))
    picture = write(root / "test/s1/s1_2604.tif", db)
    label = write(root / "test/lc/lc_2604.tif", columns(raw))
    return Made("mmhunan", "test/s1/s1_2604", "test", meant, db, label, picture)


def sen1floods11(root: Path) -> Made:
    home = root / "v1.1/data/flood_events/HandLabeled"
    db = decibels(3)
    for chip in ("Bolivia_103757", "Ghana_103272"):
        picture = write(home / f"S1Hand/{chip}_S1Hand.tif", db)
        label = write(home / f"LabelHand/{chip}_LabelHand.tif", columns([-1, 0, 1], "int16"))
    lists = root / "v1.1/splits/flood_handlabeled"
    lists.mkdir(parents=True)
    for split, chip in (("train", "Ghana_103272"), ("valid", ""), ("test", ""), ("bolivia", "Bolivia_103757")):
        line = f"{chip}_S1Hand.tif,{chip}_LabelHand.tif\n" if chip else ""
        (lists / f"flood_{split}_data.csv").write_text(line, encoding="utf-8")
    meant = (NOTHING, NOT_WATER, leaves(1, 2))
    sample = "v1.1/data/flood_events/HandLabeled/S1Hand/Ghana_103272_S1Hand"
    return Made("sen1floods11", sample, "train", meant, db, label, picture)


def kuro_siwo(root: Path) -> Made:
    home = root / "data/514/01/ab12"
    bare = root / "data/514/00/cd/cd34"  # tiles without labels
    db = decibels(5)
    valid = columns([1, 1, 1, 0, 1])
    for values, name in zip(10 ** (db / 10), ("IVV", "IVH"), strict=True):
        picture = write(home / f"MS1_{name}_514_01_20200101.tif", values)
        write(home / f"SL1_{name}_514_01_20191201.tif", values / 2)
        write(bare / f"MS1_{name}_514_NA_20200101.tif", values)
    label = write(home / "MK0_MLU_514_01_20200101.tif", columns([0, 1, 2, 2, 3]), nodata=3)
    write(home / "MK0_MNA_514_01_20200101.tif", valid)
    meant = (NOT_WATER, leaves(1), leaves(2), NOTHING, NOTHING)
    seen = np.where(valid == 1, db, np.nan)
    return Made("kuro-siwo", "data/514/01/ab12/MS1_IVV_514_01_20200101", "val", meant, seen, label, picture)


def mmflood(root: Path) -> Made:
    db = decibels(3)
    power = 10 ** (db / 10)
    power[:, 3:9, 1:3] = 0  # no data inside the picture
    home = root / "activations/EMSR107-1"
    picture = write(home / "s1_raw/EMSR107-1-0.tif", power.astype(np.float32))
    truth = columns([0, 1, 255])
    truth[3:9, 1:3] = 255
    label = write(home / "mask/EMSR107-1-0.tif", truth)
    (root / "activations.json").write_text(json.dumps({"EMSR107": {"subset": "val"}}), encoding="utf-8")
    seen = np.where(power > 0, db, np.nan)
    sample = "activations/EMSR107-1/s1_raw/EMSR107-1-0"
    return Made("mmflood", sample, "val", (NOT_FLOODED, leaves(2), NOTHING), seen, label, picture)


def etci(root: Path) -> Made:
    home, name = root / "test/florence_20180510t231343/tiles", "florence_20180510t231343_x-0_y-0"
    values = amplitude(4, bands=2)
    picture = write(home / f"vv/{name}_vv.png", np.repeat(values[:1], 3, axis=0).astype("uint8"))
    write(home / f"vh/{name}_vh.png", np.repeat(values[1:], 3, axis=0).astype("uint8"))
    write(home / f"water_body_label/{name}.png", columns([0, 255, 0, 255]))
    label = write(home / f"flood_label/{name}.png", columns([0, 0, 255, 255]))
    meant = (NOT_WATER, leaves(1), leaves(2), leaves(2))
    sample = f"test/florence_20180510t231343/tiles/vv/{name}_vv"
    return Made("etci2021", sample, "val", meant, at_reference(values, -11, -18), label, picture)


def urbansarfloods(root: Path) -> Made:
    home = root / "urban_sar_floods"
    db = decibels(3)
    coherence = np.full((4, *db.shape[1:]), 0.3, np.float32)
    picture = write(home / "03_FU/SAR/20170830_Houston_ID_1_SAR.tif", np.concatenate([coherence, db - 5, db[::-1]]))
    label = write(home / "03_FU/GT/20170830_Houston_ID_1_GT.tif", columns(range(3)))
    (home / "Train_dataset.txt").write_text("", encoding="utf-8")
    (home / "Valid_dataset.txt").write_text("./03_FU/GT/20170830_Houston_ID_1_GT.tif\n", encoding="utf-8")
    sample = "urban_sar_floods/03_FU/SAR/20170830_Houston_ID_1_SAR"
    return Made("urbansarfloods", sample, "val", (NOT_FLOODED, leaves(2), leaves(2)), db, label, picture)


def spacenet6(root: Path) -> Made:
    home, tile = root / "train/AOI_11_Rotterdam", "20190804111224_20190804111453_tile_8685"
    values = amplitude(3, bands=4)
    values[:, 2:5, 5:7] = 0  # no data inside the picture
    picture = write(
        home / f"SAR-Intensity/SN6_Train_AOI_11_Rotterdam_SAR-Intensity_{tile}.tif", values.astype("float32")
    )
    west, east = 500_000 + 10 * WIDTH, 500_000 + 20 * WIDTH
    ring = [[west, 4_900_000], [east, 4_900_000], [east, 4_899_000], [west, 4_899_000], [west, 4_900_000]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    label = home / f"geojson_buildings/SN6_Train_AOI_11_Rotterdam_Buildings_{tile}.geojson"
    label.parent.mkdir(parents=True)
    label.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    ground = frozenset(range(1, 23)) - {13, 15}
    there = np.where(values > 0, values, np.nan)
    shift = np.array([-11, -18, -18, -11]) - 20 * np.log10(np.median(values, axis=(1, 2)))
    db = 20 * np.log10(there) + shift.mean()
    sample = f"train/AOI_11_Rotterdam/SAR-Intensity/SN6_Train_AOI_11_Rotterdam_SAR-Intensity_{tile}"
    return Made("spacenet6", sample, "all", (ground, leaves(13), ground), db, label, picture)


def sarbud(root: Path) -> Made:
    values = amplitude(2)
    picture = write(root / "images/17.png", values.astype("uint8"))
    label = write(root / "Labelimgs/17.png", columns([0, 1]))
    return Made("sarbud", "images/17", "all", (NOT_BUILT_UP, BUILT_UP), at_reference(values, -14), label, picture)


def bright(root: Path) -> Made:
    values = amplitude(4)
    chip = "bata-explosion_00000002"
    write(root / f"pre-event/{chip}_pre_disaster.tif", np.full((3, ROWS, 16), 90, "uint8"))
    picture = write(root / f"post-event/{chip}_post_disaster.tif", values.astype("uint8"))
    label = write(root / f"target/{chip}_building_damage.tif", columns(range(4)))
    for split in ("train", "val", "test"):
        (root / f"{split}_set.txt").write_text(f"{chip}\n" if split == "test" else "", encoding="utf-8")
    ground = frozenset(range(1, 23)) - {13, 15}
    meant = (ground, leaves(13), leaves(15), leaves(15))
    return Made("bright", f"post-event/{chip}_post_disaster", "test", meant, at_reference(values, -14), label, picture)


MAKERS: dict[str, Maker] = {
    "whu-opt-sar": whu,
    "openearthmap-sar": openearthmap,
    "fusar-map": fusar,
    "air-polsar-seg": air_polsar,
    "air-polsar-seg-2": air_polsar_2,
    **{f"ddhr-{region}": lambda root, region=region: ddhr(root, region) for region in DDHR},
    "pie-rgb-sar": pie,
    "yeseg-opt-sar": yeseg,
    **{f"polsf-{one[3:].lower()}": lambda root, one=one: polsf(root, one) for one in POLSF},
    "dfc2020": dfc2020,
    "sen12ms": sen12ms,
    "multisenge": multisenge,
    "mmhunan": mmhunan,
    "sen1floods11": sen1floods11,
    "kuro-siwo": kuro_siwo,
    "mmflood": mmflood,
    "etci2021": etci,
    "urbansarfloods": urbansarfloods,
    "spacenet6": spacenet6,
    "sarbud": sarbud,
    "bright": bright,
}
"""How each public data set is made, by its name."""


def make_all(folder: Path) -> tuple[Made, ...]:
    """Write every data set into a folder of its own."""
    return tuple(maker(folder / name) for name, maker in MAKERS.items())
