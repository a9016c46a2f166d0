"""PolSF: San Francisco as five polarimetric radars saw it."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import (
    BARE_SOIL,
    DENSE_TOWN,
    DEVELOPED,
    GREENERY,
    HOUSES,
    MOUNTAIN,
    PERMANENT_WATER,
    VILLAGE,
)
from sovs_map.benchmark.native_class import NativeClass, ignored

_MEANINGS = {
    "mountain": (MOUNTAIN, ("mountain",)),
    "water": (PERMANENT_WATER, ("water", "sea")),
    "vegetation": (GREENERY, ("vegetation", "trees")),
    "high-density urban": (DENSE_TOWN, ("high-density urban", "city")),
    "low-density urban": (VILLAGE, ("low-density urban", "residential area")),
    "developed": (DEVELOPED, ("developed", "industrial or paved area")),
    "urban": (HOUSES, ("urban", "city")),
    "bare soil": (BARE_SOIL, ("bare soil",)),
}

_SIX = ("mountain", "water", "vegetation", "high-density urban", "low-density urban", "developed")


def _sensor(folder: str, sensor: str, band: str, spacing_m: float, classes: tuple[str, ...]) -> DataSet:
    picture = PictureFile(folder + "/{head}auli{tail}", ((2, "HV"),))
    return DataSet(
        name=f"polsf-{folder.removeprefix('SF-').lower()}",
        title=f"PolSF {sensor}",
        where="https://github.com/liuxuvip/PolSF; polarimetric data: IETR",
        licence="not stated",
        sensor=sensor,
        band=band,
        polarisations=("HV",),
        spacing_m=spacing_m,
        scale="auto",
        calibrated=False,
        classes=(
            ignored("unlabelled", 0),
            *(NativeClass(name, (code,), *_MEANINGS[name]) for code, name in enumerate(classes, start=1)),
        ),
        layouts=(
            Layout(
                (picture,),
                (folder + "/*-label2d.png",),
                fields=(("head", ".*[Pp]"), ("tail", r".*\.(?:png|bmp|tiff?|jpg)")),
                scene=folder,
            ),
        ),
        samples=1,
        doubts=(
            "pixel spacing: from general knowledge of the sensor",
            "the Pauli picture's file name is not told; a picture with 'pauli' in its name is taken",
            "its green is taken as HV, as the Pauli decomposition has it; its stretch to 8 bits is unknown",
        ),
        traps=(
            "codes of classes differ between sensors",
            "the Pauli picture must be cropped to the box of the README, so that it has the labels' size",
        ),
    )


POLSF = (
    _sensor("SF-ALOS2", "ALOS-2 PALSAR-2", "L", 6.0, _SIX),
    _sensor("SF-GF3", "GF-3", "C", 8.0, _SIX),
    _sensor("SF-RISAT", "RISAT-1", "C", 3.0, _SIX),
    _sensor("SF-RS2", "RADARSAT-2", "C", 8.0, _SIX[1:]),
    _sensor("SF-AIRSAR", "AIRSAR", "L", 10.0, ("mountain", "water", "urban", "vegetation", "bare soil")),
)
"""One picture each."""
