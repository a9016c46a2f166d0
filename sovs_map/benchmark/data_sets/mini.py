"""The mini edition: a handful of real scenes with which all of the benchmark runs in minutes."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import (
    BARE,
    CROPS,
    FLOOD,
    IMPERVIOUS,
    INDUSTRY,
    LOW_VEGETATION,
    MARSH,
    NOT_FLOODED,
    NOT_WATER,
    PERMANENT_WATER,
    ROAD_OR_PAVED,
    SNOW,
    TREES,
    VILLAGE,
)
from sovs_map.benchmark.native_class import NativeClass, ignored
from sovs_map.benchmark.splits import TableSplit

S1_LOS_ANGELES = DataSet(
    name="s1-los-angeles",
    title="Sentinel-1 of Los Angeles",
    where="shared with this project, see its data's README",
    licence="Copernicus Sentinel terms (free, open)",
    sensor="Sentinel-1",
    band="C",
    polarisations=("VH",),
    spacing_m=10.0,
    scale="auto",
    calibrated=False,
    classes=(
        ignored("unlabelled", 0),
        NativeClass("water", (1,), PERMANENT_WATER, ("water",)),
        NativeClass("tree cover", (2,), TREES, ("tree cover",)),
        NativeClass("grass and shrub", (3,), LOW_VEGETATION, ("grass and shrub",)),
        NativeClass("cropland", (4,), CROPS, ("cropland",)),
        NativeClass("residential", (5,), VILLAGE, ("residential area",)),
        NativeClass("industrial or commercial", (6,), INDUSTRY, ("industrial or commercial",)),
        NativeClass("paved", (7,), ROAD_OR_PAVED, ("paved area",)),
        NativeClass("bare ground or sand", (8,), BARE, ("bare ground",)),
    ),
    layouts=(
        Layout(
            (PictureFile("sar/{name}.tif", ((1, "VH"),)),),
            ("labels/{name}.tif",),
            fields=(("name", r"\d{3}"),),
            splits=TableSplit("splits.csv", "split", ("train", "val"), column="fragment"),
            folder=r"s1_los_angeles",
        ),
    ),
    samples=30,
    traps=(
        "28 % of the pixels, transitions above all, are unlabelled, so scores flatter",
        "most tree pixels of val lie in fragment 168: report trees separately",
        "8-bit amplitude, stretched fragment by fragment",
    ),
)
"""30 fragments of 1024 x 1024 pixels."""

S1_CEMS_FLOOD = DataSet(
    name="s1-cems-flood",
    title="Sentinel-1 after the flood EMSR763",
    where="shared with this project, see its data's README",
    licence="Copernicus; CEMS © European Union, EMSR763",
    sensor="Sentinel-1",
    band="C",
    polarisations=("VV", "VH"),
    spacing_m=10.0,
    scale="auto",
    calibrated=False,
    classes=(
        NativeClass("not flooded", (0,), NOT_FLOODED, ("dry land", "land")),
        NativeClass("flooded", (1,), FLOOD, ("flood water", "flooded area")),
        ignored("outside", 255),
    ),
    layouts=(
        Layout(
            (PictureFile("{name}.tif", ((1, "VV"), (2, "VH"))),),
            ("{name}_label.tif",),
            fields=(("name", r"\d+_\d+"),),
            folder=r"s1_cems_flood",
        ),
    ),
    samples=3,
    doubts=("pixel spacing: files are not georeferenced; 10 m as Sentinel-1 has",),
    traps=("permanent water is not labelled and counts as not flooded", "8-bit display stretch"),
)
"""3 tiles."""

S1RTC_TERRAMESH = DataSet(
    name="s1rtc-terramesh",
    title="Sentinel-1 RTC of TerraMesh",
    where="shared with this project, see its data's README",
    licence="CC BY-SA 4.0 (to be confirmed)",
    sensor="Sentinel-1",
    band="C",
    polarisations=("VV", "VH"),
    spacing_m=10.0,
    scale="db",
    calibrated=True,
    classes=(
        NativeClass("water", (1,), PERMANENT_WATER, ("water",)),
        NativeClass("trees", (2,), TREES, ("trees", "forest")),
        NativeClass("flooded vegetation", (3,), MARSH, ("flooded vegetation", "marsh")),
        NativeClass("crops", (4,), CROPS, ("cropland", "crops")),
        NativeClass("built", (5,), IMPERVIOUS, ("built-up area", "urban area")),
        NativeClass("bare", (6,), BARE, ("bare ground",)),
        NativeClass("snow or ice", (7,), SNOW, ("snow or ice",)),
        NativeClass("rangeland", (9,), LOW_VEGETATION, ("rangeland", "grass and shrub")),
        ignored("no data or clouds", 0, 8, 255),
    ),
    layouts=(
        Layout(
            (PictureFile("s1rtc/{name}.tif", ((1, "VV"), (2, "VH"))),),
            ("lulc/{name}.tif",),
        ),
    ),
    samples=3,
    doubts=("licence is to be confirmed",),
    traps=("labels were drawn by a model from optical pictures",),
    weak=True,
)
"""3 chips of 224 x 224 pixels."""

ALOS2_HAWAII = DataSet(
    name="alos2-hawaii",
    title="ALOS-2 mosaic 2020 of Hawaii",
    where="shared with this project, see its data's README",
    licence="© JAXA, attribution",
    sensor="ALOS-2 PALSAR-2",
    band="L",
    polarisations=("HH", "HV"),
    spacing_m=25.0,
    scale="auto",
    calibrated=True,
    classes=(
        ignored("none", 0),
        NativeClass("ocean", (50,), PERMANENT_WATER, ("ocean", "water")),
        ignored("shadow or layover", 100, 150),
        NativeClass("land", (255,), NOT_WATER, ("land",)),
    ),
    layouts=(
        Layout(
            (PictureFile("{name}_HH_HV_DN.tif", ((1, "HH"), (2, "HV"))),),
            ("{name}_mask.tif",),
        ),
    ),
    samples=1,
    traps=("20 log10(DN) - 83 is gamma nought in dB; 1 is no data",),
)
"""One strip of 550 x 3115 pixels."""

MINI = (S1_LOS_ANGELES, S1_CEMS_FLOOD, S1RTC_TERRAMESH, ALOS2_HAWAII)
"""All of them."""
