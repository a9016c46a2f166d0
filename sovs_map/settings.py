"""What may be asked of a map besides its scene and classes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from sovs_map.errors import OptionError
from sovs_map.quantity import parse_area, parse_memory

VECTORS = ("gpkg", "parquet", "fgb", "geojson", "none")
SCORES = ("none", "best", "all")
ON_ERROR = ("stop", "nodata")
TEXTS = ("tower", "minilm")


@dataclass(frozen=True, slots=True)
class MapSettings:
    """Everything that may be asked of a map besides its scene and classes. Defaults are the command line's."""

    model: str | Path = "sovs-tiny"
    """A shipped model, or the folder of a bundle."""

    text: str = "tower"
    """Who reads phrases: the model's own text tower, or ``minilm``, the sentence encoder that it learned from."""

    bands: str | None = None
    """Polarisation of each band, ``"VV=1,VH=2"``; None reads it from the file."""

    scale: str = "auto"
    """What the numbers are: auto, db, power, amplitude or dn."""

    tile: int | None = None
    """Side of the square that the network sees [pixels]; None takes the model's."""

    overlap: int | None = None
    """How far neighbouring tiles overlap [pixels]; None takes the model's."""

    chunk: int | None = None
    """Side of a unit of work [pixels]; None takes what fits the memory."""

    batch: int | None = None
    """Tiles in one call of the network; None takes what fits the memory."""

    memory: str = "2GB"
    """Budget of the process."""

    device: str = "auto"
    """auto, cpu, cuda or cuda:N."""

    threads: int | None = None
    """CPU threads of the network, in each process; None shares out all cores."""

    workers: int = 0
    """Processes of this machine that map chunks, each with a model of its own; 0 maps in this process."""

    scheduler: str | None = None
    """Address of a dask scheduler, ``tcp://host:8786``, whose workers map chunks and see the same files."""

    on_error: str = "stop"
    """What broken blocks of a scene do: ``stop`` the map, or become ``nodata`` that is reported."""

    crs: str | None = None
    """Coordinate system that a scene of ground control points is geocoded to; ``auto`` is its UTM zone."""

    aoi: str | None = None
    """Part of the scene: a box ``W,S,E,N`` in degrees, or a vector file with polygons in any coordinate system."""

    unknown: float = 0.0
    """Pixels whose best class is less probable get label 0."""

    bias: tuple[str, ...] = ()
    """``NAME=0.5`` each: added to the logit of a class, so that it is chosen more readily, or less."""

    class_threshold: tuple[str, ...] = ()
    """``NAME=0.4`` each: pixels whose winning class is less probable get label 0."""

    min_area: str | None = None
    """Smaller regions are merged into their neighbours: ``5000m2``, ``0.5ha``, ``1km2``."""

    simplify: float = 0.0
    """Tolerance for polygon edges [m]; 0 keeps every pixel corner."""

    vector: str = "gpkg"
    """Format of the polygons, or none."""

    scores: str = "best"
    """Which probabilities are kept: none, best, all."""

    overwrite: bool = False
    """Replace results and parts that are there."""

    def __post_init__(self) -> None:
        choices = (("vector", VECTORS), ("scores", SCORES), ("on-error", ON_ERROR), ("text", TEXTS))
        for name, known in choices:
            value = getattr(self, name.replace("-", "_"))
            if value not in known:
                raise OptionError(f"--{name} is {value!r}; it must be one of {', '.join(known)}")
        for name, texts in (("bias", self.bias), ("class-threshold", self.class_threshold)):
            if isinstance(texts, str):
                raise OptionError(f"--{name} is {texts!r}; give one or more in a tuple, such as ({texts!r},)")
        if not 0 <= self.unknown <= 1:
            raise OptionError(f"--unknown is {self.unknown}; it is a probability, 0 to 1")
        if not 0 <= self.simplify < math.inf:
            raise OptionError(f"--simplify is {self.simplify}; it is a tolerance in metres, 0 or more")
        if self.workers < 0:
            raise OptionError(f"--workers is {self.workers}; it is a number of processes, or 0 to map in this one")
        if self.workers and self.scheduler:
            raise OptionError("--workers and --scheduler were both given; a scheduler has workers of its own: give one")
        parse_memory(self.memory)
        if self.min_area is not None:
            parse_area(self.min_area)
