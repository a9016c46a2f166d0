"""Kuro Siwo: permanent water and floods in Sentinel-1 of 43 events."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import FLOOD, NO_WATER_NOR_MARSH, PERMANENT_WATER
from sovs_map.benchmark.native_class import NativeClass, ignored
from sovs_map.benchmark.splits import KnownSplit

_VAL = "514 559 279 520 437 1111003 1111008"
_TEST = "321 561 445 562 411 1111002 277 1111007 205 1111013"
_TRAIN = (
    "130 470 555 118 174 324 421 554 427 518 502 498 497 496 492 147 267 273 275 417 567 "
    "1111011 1111004 1111009 1111010 1111006 1111005"
)


def _below(folder: str) -> Layout:
    tile = folder + "{activation}/{aoi}/{tile}/"
    return Layout(
        (
            PictureFile(tile + "MS1_IVV_{activation}_{aoi}_{date}.tif", ((1, "VV"),)),
            PictureFile(tile + "MS1_IVH_{activation}_{aoi}_{date}.tif", ((1, "VH"),)),
        ),
        (tile + "MK0_MLU_{activation}_{aoi}_*.tif",),
        fields=(("activation", r"\d+"), ("aoi", r"\d+"), ("date", r"\d+")),
        scene="{activation}",
        splits=KnownSplit(
            (
                ("train", frozenset(_TRAIN.split())),
                ("val", frozenset(_VAL.split())),
                ("test", frozenset(_TEST.split())),
            ),
            key="{activation}",
            rest="other",
        ),
        valid=tile + "MK0_MNA_{activation}_{aoi}_*.tif",
    )


KURO_SIWO = DataSet(
    name="kuro-siwo",
    title="Kuro Siwo (GRD)",
    where="https://github.com/Orion-AI-Lab/KuroSiwo",
    licence="CC BY",
    sensor="Sentinel-1",
    band="C",
    polarisations=("VV", "VH"),
    spacing_m=10.0,
    scale="power",
    calibrated=True,
    classes=(
        NativeClass("no water", (0,), NO_WATER_NOR_MARSH, ("land", "dry land")),
        NativeClass("permanent water", (1,), PERMANENT_WATER, ("permanent water", "river", "lake")),
        NativeClass("flood", (2,), FLOOD, ("flood water", "flooded area")),
        ignored("no data", 3),
    ),
    layouts=(_below("data/"), _below("")),
    samples=67490,
    traps=(
        "tiles of the folder 00 have no labels and are not read",
        "grids come as pickles, which run code when they are opened: files are found by their names instead",
        "MK0_MNA is 1 where pixels are valid; others do not count",
        "linear power; the authors' reader clamps it at 0.15, here nothing is clamped",
        "only MS1, taken during the flood, is read; SL1 and SL2 are from before",
    ),
    leaks=("copernicus-bench-flood-s1",),
)
"""Chips of 224 x 224 pixels. Source of the splits: configs/train/data_config.json of the authors' repository."""
