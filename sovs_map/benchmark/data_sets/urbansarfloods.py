"""UrbanSARFloods: floods in the open and in towns, with coherence."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import FLOOD, NOT_FLOODED
from sovs_map.benchmark.native_class import NativeClass
from sovs_map.benchmark.splits import ListSplit


def _below(folder: str) -> Layout:
    return Layout(
        (PictureFile(folder + "{kind}/SAR/{name}_SAR.tif", ((8, "VV"), (7, "VH"))),),
        (folder + "{kind}/GT/{name}_GT.tif",),
        fields=(("kind", "01_NF|02_FO|03_FU"),),
        splits=ListSplit(
            (("train", f"{folder}Train_dataset.txt"), ("val", f"{folder}Valid_dataset.txt")), key="{name}_GT"
        ),
    )


URBANSARFLOODS = DataSet(
    name="urbansarfloods",
    title="UrbanSARFloods v1",
    where="https://huggingface.co/datasets/S1Floodbenchmark/UrbanSARFloods_v1",
    licence="CC BY 4.0",
    sensor="Sentinel-1",
    band="C",
    polarisations=("VV", "VH"),
    spacing_m=20.0,
    scale="db",
    calibrated=True,
    classes=(
        NativeClass("not flooded", (0,), NOT_FLOODED, ("dry land", "land")),
        NativeClass("open flood", (1,), FLOOD, ("flood water", "flooded fields")),
        NativeClass("urban flood", (2,), FLOOD, ("flooded town", "flooded streets")),
    ),
    layouts=(_below("urban_sar_floods/"), _below("")),
    samples=0,
    doubts=("lists of splits are taken to name the truth, _GT.tif, as a public reader has them",),
    traps=(
        "eight bands: coherence VH, VV before and during the flood, then intensity in dB VH, VV before and during it",
        "only intensities during the flood, bands 8 and 7, are read: coherence is no backscatter",
    ),
)
"""512 x 512 pixels of 18 events.

Source of the bands' order: card of AugmentedUrbanSARFloods, https://huggingface.co/datasets/Ehzoahis.
"""
