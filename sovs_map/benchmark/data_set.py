"""A public data set as facts: where it comes from, how its files lie, what its labels mean, what is not certain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sovs_map.benchmark.layout import Layout
from sovs_map.benchmark.native_class import NativeClass


class Labelling(StrEnum):
    """How label files say what is where."""

    CODES = "codes"
    """The first band of a raster holds a class's code."""

    COLOURS = "colours"
    """A raster in red, green and blue, or with a palette; a pixel is of the class with the nearest colour."""

    MASKS = "masks"
    """Rasters in which a class is above zero, one for each code from 1, later ones on top; 0 is none of them."""

    POLYGONS = "polygons"
    """GeoJSON: inside a polygon is code 1, outside 0."""


class Form(StrEnum):
    """How picture files hold backscatter."""

    BANDS = "bands"
    """Each band is a real number a pixel."""

    COMPLEX = "complex"
    """Two bands, the real and the imaginary part of one polarisation."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """One data set, or the part of one whose labels mean the same throughout."""

    name: str
    """Short name, of lower-case letters, digits and ``-``."""

    title: str
    """What its authors call it."""

    where: str
    """Where to get it."""

    licence: str
    """What may be done with it; ``not stated`` when nobody says."""

    sensor: str
    """Who took it."""

    band: str
    """Letter of the radar's band."""

    polarisations: tuple[str, ...]
    """All that occur in it."""

    spacing_m: float
    """Pixel spacing [m], where files do not tell it themselves."""

    scale: str
    """What the stored numbers are, as `open_scene` takes it; ``auto`` judges each file as `map` does."""

    calibrated: bool
    """Whether the authors give absolute backscatter."""

    classes: tuple[NativeClass, ...]
    """Of its labels, in the order of their chip's numbers from 1."""

    layouts: tuple[Layout, ...]
    """Ways in which it lies on disk; the first that fits counts."""

    samples: int
    """How many its authors publish, once cut as here; 0 when not known."""

    doubts: tuple[str, ...] = ()
    """Facts above that no public source states, or only a second-hand one."""

    traps: tuple[str, ...] = ()
    """What readers of it get wrong."""

    leaks: tuple[str, ...] = ()
    """Names of data sets, in here or elsewhere, that share pictures with it: never on the other side of a split."""

    labelling: Labelling = Labelling.CODES
    """How label files say what is where."""

    form: Form = Form.BANDS
    """How picture files hold backscatter."""

    nodata: float | None = None
    """Stored number of pixels without data that files do not declare; None for none."""

    tile: int = 0
    """Side of the squares that pictures are cut into, whole ones only [pixels]; 0 for pictures as they are."""

    key: str = ""
    """CSV (red, green, blue, class) that users put beside the data to say what colours mean; empty when none is needed."""

    weak: bool = False
    """Whether labels are far coarser than pixels or drawn by a model: to train with, not to test."""

    @property
    def is_verified(self) -> bool:
        """Tell whether a public source states all of it."""
        return not self.doubts

    @property
    def splits(self) -> tuple[str, ...]:
        """Return the names of its splits over all layouts."""
        return tuple(dict.fromkeys(name for layout in self.layouts for name in layout.splits.names))

    @property
    def asked(self) -> tuple[NativeClass, ...]:
        """Return the classes that are asked for: evaluated ones with prompts."""
        return tuple(one for one in self.classes if one.counts and one.prompts)
