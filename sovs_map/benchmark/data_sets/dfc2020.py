"""DFC2020: Sentinel-1 with land cover of 10 m, the Data Fusion Contest 2020."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import (
    BARE,
    CROPS,
    GRASS,
    IMPERVIOUS,
    LOW_VEGETATION,
    PERMANENT_WATER,
    SHRUBS,
    SNOW,
    TREES,
    WETLAND,
)
from sovs_map.benchmark.native_class import NativeClass, ignored
from sovs_map.benchmark.splits import FieldSplit, ListSplit

_BENCH = "dfc2020_s1s2"

DFC2020 = DataSet(
    name="dfc2020",
    title="IEEE GRSS Data Fusion Contest 2020",
    where="https://ieee-dataport.org/competitions/2020-ieee-grss-data-fusion-contest, or dfc2020.zip of Copernicus-Bench",
    licence="see IEEE DataPort",
    sensor="Sentinel-1",
    band="C",
    polarisations=("VV", "VH"),
    spacing_m=10.0,
    scale="db",
    calibrated=True,
    classes=(
        ignored("background", 0),
        NativeClass("forest", (1,), TREES, ("forest", "trees")),
        NativeClass("shrubland", (2,), SHRUBS, ("shrubland", "shrubs")),
        NativeClass("savanna", (3,), LOW_VEGETATION, ("savanna",)),
        NativeClass("grassland", (4,), GRASS, ("grassland", "grass")),
        NativeClass("wetlands", (5,), WETLAND, ("wetland", "marsh")),
        NativeClass("croplands", (6,), CROPS, ("cropland", "farmland")),
        NativeClass("urban", (7,), IMPERVIOUS, ("urban area", "built-up area")),
        NativeClass("snow or ice", (8,), SNOW, ("snow or ice",)),
        NativeClass("barren", (9,), BARE, ("barren land", "bare ground")),
        NativeClass("water", (10,), PERMANENT_WATER, ("water",)),
    ),
    layouts=(
        Layout(
            (PictureFile("ROIs0000_{split}/s1_{n}/ROIs0000_{split}_s1_{n}_p{p}.tif", ((1, "VV"), (2, "VH"))),),
            ("ROIs0000_{split}/dfc_{n}/ROIs0000_{split}_dfc_{n}_p{p}.tif",),
            fields=(("split", "validation|test"), ("n", r"\d+"), ("p", r"\d+")),
            scene="{split}_{n}",
            splits=FieldSplit((("validation", "val"), ("test", "test"))),
        ),
        Layout(
            (PictureFile(_BENCH + "/s1/{head}_s1_{n}_p{p}.tif", ((1, "VV"), (2, "VH"))),),
            (_BENCH + "/dfc/{head}_dfc_{n}_p{p}.tif",),
            fields=(("n", r"\d+"), ("p", r"\d+")),
            scene="{head}_{n}",
            splits=ListSplit(
                tuple((name, f"{_BENCH}/dfc-{name}-new.csv") for name in ("train", "val", "test")),
                key="{head}_dfc_{n}_p{p}",
            ),
        ),
    ),
    samples=6114,
    doubts=("986 validation and 5,128 test samples: from general knowledge",),
    traps=("savanna and snow hardly occur and are usually dropped",),
)
"""256 x 256 pixels."""
