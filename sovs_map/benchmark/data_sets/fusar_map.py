"""FUSAR-Map: blocks of buildings, vegetation, water and roads in GF-3 pictures of 3 m."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet, Labelling
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import BUILT_UP, PERMANENT_WATER, ROAD, VEGETATION
from sovs_map.benchmark.native_class import NativeClass, ignored


def _labels_in(folder: str) -> Layout:
    return Layout(
        (PictureFile("SAR_1024/{scene}_SAR_{number}.tif", ((1, "unknown"),)),),
        (folder + "/{scene}_Label_{number}.tif",),
        fields=(("scene", r".+?"), ("number", r"\d+")),
        scene="{scene}",
    )


FUSAR_MAP = DataSet(
    name="fusar-map",
    title="FUSAR-Map",
    where="https://shixianzheng.github.io/FUSAR-Map",
    licence="not stated",
    sensor="GF-3",
    band="C",
    polarisations=("unknown",),
    spacing_m=3.0,
    scale="auto",
    calibrated=False,
    classes=(
        ignored("unknown", colours=((0, 0, 0),)),
        NativeClass("building", (), BUILT_UP, ("building", "built-up area", "houses"), ((255, 0, 0),)),
        NativeClass("vegetation", (), VEGETATION, ("vegetation", "plants"), ((0, 255, 0),)),
        NativeClass("water", (), PERMANENT_WATER, ("water", "river"), ((0, 0, 255),)),
        NativeClass("road", (), ROAD, ("road",), ((255, 255, 0),)),
    ),
    layouts=tuple(_labels_in(folder) for folder in ("LAB_1024", "Labels_1024", "Label_1024")),
    samples=610,
    doubts=(
        "polarisation: HH in all likelihood, not stated",
        "610 tiles from 25 scenes, spacing of 3 m: from general knowledge",
    ),
    traps=(
        "labels are pictures in red, green and blue; converted editions with codes have other classes",
        "labels of buildings cover whole blocks, with their streets and yards",
    ),
    labelling=Labelling.COLOURS,
)
"""610 tiles of 1024 x 1024 pixels."""
