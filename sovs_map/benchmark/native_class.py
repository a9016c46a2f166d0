"""A class as a data set itself has it, and what it means in the taxonomy."""

from __future__ import annotations

from dataclasses import dataclass

from sovs_map.training.labels import label_for

RGB = tuple[int, int, int]
"""A colour: red, green, blue, each 0 to 255."""


@dataclass(frozen=True, slots=True)
class NativeClass:
    """One class of a data set's own labels."""

    name: str
    """What the data set calls it; also what it is asked for by, unless ``prompts`` begin with another word."""

    codes: tuple[int, ...]
    """Numbers that stand for it in label rasters of codes; for masks and polygons see `Labelling`."""

    leaves: frozenset[int]
    """Leaves of the taxonomy that it may be; none for what is not evaluated."""

    prompts: tuple[str, ...] = ()
    """Words that it is asked for by, the first is its name there; none for what is never asked for."""

    colours: tuple[RGB, ...] = ()
    """Colours that stand for it in coloured label rasters."""

    @property
    def counts(self) -> bool:
        """Tell whether pixels of the class are evaluated."""
        return bool(self.leaves)

    @property
    def label(self) -> int:
        """Return its harmonised label, an index of `LABEL_SETS`; 0 for what is not evaluated."""
        return label_for(self.leaves)


def ignored(name: str, *codes: int, colours: tuple[RGB, ...] = ()) -> NativeClass:
    """Return a class that is not evaluated."""
    return NativeClass(name, codes, frozenset(), colours=colours)
