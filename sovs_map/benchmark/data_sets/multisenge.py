"""MultiSenGE and MultiSenNA: Sentinel-1 with the French land cover OCSGE2."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import (
    BARE,
    CROPS,
    DENSE_TOWN,
    GRASS,
    GREEN_GROUNDS,
    HEDGES,
    INDUSTRY,
    ORCHARD,
    PERMANENT_WATER,
    ROAD,
    SAND,
    TREES,
    VILLAGE,
    WETLAND,
)
from sovs_map.benchmark.native_class import NativeClass, ignored

MULTISENGE = DataSet(
    name="multisenge",
    title="MultiSenGE / MultiSenNA",
    where="https://zenodo.org/records/6375466",
    licence="see Zenodo",
    sensor="Sentinel-1",
    band="C",
    polarisations=("VV", "VH"),
    spacing_m=10.0,
    scale="auto",
    calibrated=True,
    classes=(
        ignored("unlabelled", 0),
        NativeClass("dense built-up", (1,), DENSE_TOWN, ("dense built-up area", "city")),
        NativeClass("sparse built-up", (2,), VILLAGE, ("sparse built-up area", "residential area")),
        NativeClass("specialised built-up", (3,), INDUSTRY, ("industrial or commercial area", "factories")),
        NativeClass("specialised but vegetated", (4,), GREEN_GROUNDS, ("sports grounds and parks",)),
        NativeClass("large-scale networks", (5,), ROAD, ("roads and railways", "motorway")),
        NativeClass("arable land", (6,), CROPS, ("arable land", "cropland")),
        NativeClass("vineyards", (7,), ORCHARD, ("vineyard",)),
        NativeClass("orchards", (8,), ORCHARD, ("orchard",)),
        NativeClass("grasslands", (9,), GRASS, ("grassland", "meadow")),
        NativeClass("groves and hedges", (10,), HEDGES, ("groves and hedges",)),
        NativeClass("forests", (11,), TREES, ("forest", "trees")),
        NativeClass("open spaces", (12,), BARE, ("open mineral ground", "bare ground")),
        NativeClass("wetlands", (13,), WETLAND, ("wetland", "marsh")),
        NativeClass("water", (14,), PERMANENT_WATER, ("water",)),
        NativeClass("beaches and sand", (15,), SAND, ("beach", "sand")),
    ),
    layouts=(
        Layout(
            (PictureFile("s1/{tile}_{date}_S1_{x}_{y}.tif", ((1, "VV"), (2, "VH"))),),
            ("ground_reference/{tile}_GR_{x}_{y}.tif",),
            fields=(("tile", r"\w{5}"), ("date", r"\d+"), ("x", r"\d+"), ("y", r"\d+")),
            scene="{tile}",
        ),
    ),
    samples=8157,
    doubts=("whether numbers are dB or linear: told nowhere, so each file is judged by its numbers",),
    traps=("code 15 occurs in MultiSenNA only", "a patch has several dates; they share one label and one scene"),
)
"""8,157 patches of 256 x 256 pixels in Grand-Est."""
