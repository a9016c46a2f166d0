"""SEN12MS: Sentinel-1 of the whole world with land cover of 500 m."""

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
from sovs_map.benchmark.splits import ListSplit

SEN12MS = DataSet(
    name="sen12ms",
    title="SEN12MS",
    where="https://dataserv.ub.tum.de/s/m1474000",
    licence="CC BY 4.0",
    sensor="Sentinel-1",
    band="C",
    polarisations=("VV", "VH"),
    spacing_m=10.0,
    scale="db",
    calibrated=True,
    classes=(
        NativeClass("forest", (1, 2, 3, 4, 5), TREES, ("forest", "trees")),
        NativeClass("shrubland", (6, 7), SHRUBS, ("shrubland", "shrubs")),
        NativeClass("savanna", (8, 9), LOW_VEGETATION, ("savanna",)),
        NativeClass("grassland", (10,), GRASS, ("grassland", "grass")),
        NativeClass("wetlands", (11,), WETLAND, ("wetland", "marsh")),
        NativeClass("croplands", (12, 14), CROPS, ("cropland", "farmland")),
        NativeClass("urban", (13,), IMPERVIOUS, ("urban area", "built-up area")),
        NativeClass("snow or ice", (15,), SNOW, ("snow or ice",)),
        NativeClass("barren", (16,), BARE, ("barren land", "bare ground")),
        NativeClass("water", (17,), PERMANENT_WATER, ("water",)),
        ignored("unclassified", 0, 254, 255),
    ),
    layouts=(
        Layout(
            (PictureFile("{season}/s1_{n}/{season}_s1_{n}_p{p}.tif", ((1, "VV"), (2, "VH"))),),
            ("{season}/lc_{n}/{season}_lc_{n}_p{p}.tif",),
            fields=(("season", r"ROIs(?:1158_spring|1868_summer|1970_fall|2017_winter)"), ("n", r"\d+"), ("p", r"\d+")),
            scene="{season}_{n}",
            splits=ListSplit((("test", "SEN12MS_holdOutScenes.txt"),), key="{season}/s1_{n}", rest="train"),
            without=("ROIs1868_summer/s1_146/ROIs1868_summer_s1_146_p202",),
        ),
    ),
    samples=180662,
    doubts=(
        "licence: from general knowledge",
        "lines of SEN12MS_holdOutScenes.txt are taken to read ROIs1158_spring/s1_106",
    ),
    traps=(
        "labels are MODIS classes of IGBP (1 to 17) in the first band of lc, pixels of 500 m: to train with, not to test",
        "one picture, summer 146 p202, is NaN and left out",
        "other readers clip at -25 and 0 dB; here nothing is clipped",
    ),
    leaks=("sarcap",),
    weak=True,
)
"""256 x 256 pixels; IGBP's classes joined as the Data Fusion Contest 2020 has them."""
