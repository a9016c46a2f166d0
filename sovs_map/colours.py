"""Colours of classes: the usual one for a word, else one that is far from the others."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence
from itertools import count, islice

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

UNKNOWN_COLOUR: Colour = (80, 80, 80)
"""How label 0, unknown, is drawn; a class that has this colour has none yet."""

_FAMILIAR: tuple[tuple[str, Colour], ...] = (
    # ESA WorldCover v200 legend, doi:10.5281/zenodo.7254221; the first word that a class name contains wins.
    (r"flood|inundat", (65, 155, 223)),
    (r"mangrove", (0, 207, 117)),
    (r"wetland|marsh|swamp|bog|peat", (0, 150, 160)),
    (r"water|sea|ocean|lake|river|reservoir|canal|harbou?r", (0, 100, 200)),
    (r"forest|tree|wood", (0, 100, 0)),
    (r"shrub|scrub|heath|bush", (255, 187, 34)),
    (r"orchard|vineyard|plantation", (242, 166, 77)),
    (r"crop|farm|agricult|field|arable|paddy", (240, 150, 255)),
    (r"grass|meadow|pasture|rangeland|savanna|lawn", (255, 255, 76)),
    (r"vegetation|green", (88, 160, 60)),
    (r"industr|factory|warehouse|commercial|port", (204, 77, 242)),
    (r"resident|suburb|village|settlement|houses?", (224, 102, 102)),
    (r"urban|city|built|building|town", (250, 0, 0)),
    (r"road|street|rail|highway|runway|pav|parking", (148, 148, 148)),
    (r"sand|beach|desert|dune", (250, 230, 160)),
    (r"bare|barren|soil|rock|mountain|mine|quarry", (180, 160, 120)),
    (r"snow|ice|glacier", (240, 240, 240)),
)


def choose_colours(names: Sequence[str], given: Sequence[Colour]) -> tuple[Colour, ...]:
    """Return a colour a class: what was given, else the field's usual one for its words, else one far from the others.

    Args:
        names: of the classes.
        given: a colour each, UNKNOWN_COLOUR where none is given.
    """
    taken = {UNKNOWN_COLOUR, *given}
    familiar: list[Colour | None] = []
    for name, own in zip(names, given, strict=True):
        usual = _familiar_colour(name) if own == UNKNOWN_COLOUR else own
        familiar.append(None if own == UNKNOWN_COLOUR and usual in taken else usual)
        taken.update({usual} if usual else ())
    done = []
    for index, usual in enumerate(familiar):
        colour = usual or _distant_colour(index, taken)
        taken.add(colour)
        done.append(colour)
    return tuple(done)


def _familiar_colour(name: str) -> Colour | None:
    return next((colour for pattern, colour in _FAMILIAR if re.search(rf"\b(?:{pattern})", name.casefold())), None)


def _distant_colour(index: int, taken: set[Colour]) -> Colour:
    """Return the farthest from the colours taken of up to 32 free ones; among hundreds of classes, of fewer.

    Source:
        Hue, saturation and value follow the sequence R3 of M. Roberts 2018,
        https://extremelearning.com.au/unreasonable-effectiveness-of-quasirandom-sequences/
    """
    free = (colour for step in count(index) if (colour := _spread_colour(step)) not in taken)
    few = list(islice(free, max(1, min(32, 400_000 // len(taken) ** 2))))
    return few[0] if len(few) == 1 else max(few, key=lambda colour: min(_square_distance(colour, c) for c in taken))


def _spread_colour(step: int) -> Colour:
    hue, saturation, value = (step * share % 1.0 for share in (0.8191725, 0.6710436, 0.5497005))
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.4 + 0.6 * saturation, 0.5 + 0.5 * value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _square_distance(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
