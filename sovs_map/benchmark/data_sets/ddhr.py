"""DDHR: five classes in GF-3 pictures of three regions, whose codes differ."""

from __future__ import annotations

from sovs_map.benchmark.data_set import DataSet
from sovs_map.benchmark.layout import Layout, PictureFile
from sovs_map.benchmark.leaves import CITY, CROPS, GREENERY, PERMANENT_WATER, ROAD
from sovs_map.benchmark.native_class import NativeClass
from sovs_map.benchmark.splits import ListSplit

_CLASSES = (
    ("building", CITY, ("city", "building")),
    ("road", ROAD, ("road",)),
    ("greenery", GREENERY, ("greenery", "forest", "trees")),
    ("water", PERMANENT_WATER, ("water", "river")),
    ("farmland", CROPS, ("farmland", "cropland")),
)


def _region(name: str, title: str, codes: tuple[int, ...], *, inside: str, folder: str, samples: int) -> DataSet:
    """Return a region: codes of building, road, greenery, water, farmland; its folder in the edition with clouds."""
    lists = ListSplit((("train", "train.txt"), ("val", "val.txt")), rest="all")
    return DataSet(
        name=name,
        title=title,
        where="linked from https://github.com/whu-pzhang/ASANet",
        licence="not stated",
        sensor="GF-3",
        band="C",
        polarisations=("unknown",),
        spacing_m=1.0,
        scale="auto",
        calibrated=False,
        classes=tuple(
            NativeClass(one, (code,), leaves, prompts)
            for (one, leaves, prompts), code in zip(_CLASSES, codes, strict=True)
        ),
        layouts=(
            Layout(
                (PictureFile(inside + "/no_cloud/sar/{name}.jpg", ((1, "unknown"),)),),
                (inside + "/no_cloud/label/{name}.png",),
            ),
            Layout(
                (PictureFile("GF3/{name}.jpg", ((1, "unknown"),)),),
                ("label/{name}.png",),
                splits=lists,
                folder=folder,
            ),
        ),
        samples=samples,
        doubts=("6,173 chips in all and pixels of 1 m: from general knowledge",),
        traps=(
            "codes differ from region to region: mixing them swaps classes without a word",
            "which scene a chip was cut from is not told, so chips count as scenes",
            "8-bit JPEG: compression blurs speckle, gain unknown",
            "MM-OVSeg calls building 'city' and greenery 'forest'",
        ),
    )


DDHR_KOREA = _region(
    "ddhr-korea", "DDHR-SK (Pohang)", (0, 1, 2, 3, 4), inside="korea", folder=r".*(korea|ddhr.?sk|pohang).*", samples=0
)
"""Codes of SegEarth-OV-2's editions, as those of the next two."""

DDHR_SHANDONG = _region(
    "ddhr-shandong", "DDHR-CH (Shandong)", (3, 2, 1, 4, 0), inside="shandong", folder=r".*shandong.*", samples=0
)
"""Shandong."""

DDHR_XIAN = _region("ddhr-xian", "DDHR-CH (Xi'an)", (0, 1, 3, 4, 2), inside="xian", folder=r".*xi'?an.*", samples=0)
"""Xi'an."""
