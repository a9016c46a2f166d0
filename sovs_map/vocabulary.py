"""The ordered classes of one run: names, prompts, negatives, thresholds, colours."""

from __future__ import annotations

import colorsys
import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from sovs_map.errors import VocabularyError

Colour = tuple[int, int, int]

UNKNOWN_COLOUR: Colour = (80, 80, 80)
"""How label 0, unknown, is drawn."""

MAX_CLASSES = 65_534
"""uint16 labels, less 0 for unknown and 65535 for nodata."""

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


@dataclass(frozen=True, slots=True)
class LabelClass:
    """One class of the map."""

    name: str
    """What the class is called in every output."""

    prompts: tuple[str, ...]
    """The phrases that describe it, synonyms of each other; at least one."""

    colour: Colour
    """Red, green, blue, 0 to 255."""

    negatives: tuple[str, ...] = ()
    """Phrases that the class is not."""

    threshold: float = 0.0
    """Pixels whose probability for this winning class is below it become unknown."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The ordered classes of one run; class ``i`` has label ``i + 1``."""

    classes: tuple[LabelClass, ...]
    """At least one class; names differ from each other."""

    def __post_init__(self) -> None:
        if not self.classes:
            raise VocabularyError('no classes were given; name at least one, e.g. --classes "water,forest,urban"')
        if len(self.classes) > MAX_CLASSES:
            raise VocabularyError(f"{len(self.classes)} classes were given; labels have room for {MAX_CLASSES}")
        seen: dict[str, str] = {}
        for entry in self.classes:
            _check_class(entry)
            key = entry.name.casefold()
            if key in seen:
                raise VocabularyError(
                    f"class {entry.name!r} was given twice; name each class once and join synonyms with |, "
                    f'e.g. "{entry.name}={entry.name}|another word"'
                )
            seen[key] = entry.name

    @property
    def names(self) -> tuple[str, ...]:
        """Return the class names in label order."""
        return tuple(entry.name for entry in self.classes)

    @property
    def colours(self) -> tuple[Colour, ...]:
        """Return the class colours in label order."""
        return tuple(entry.colour for entry in self.classes)

    @property
    def nodata(self) -> int:
        """Return the label of pixels that hold no measurement: 255, or 65535 above 254 classes."""
        return 255 if len(self.classes) <= 254 else 65_535

    @property
    def dtype(self) -> str:
        """Return the dtype of label rasters: ``uint8``, or ``uint16`` above 254 classes."""
        return "uint8" if len(self.classes) <= 254 else "uint16"


def read_vocabulary(classes: str | Sequence[str] | Vocabulary) -> Vocabulary:
    """Return the vocabulary that a user's words mean.

    Args:
        classes: ``"water,forest=forest|woodland"``, ``"@vocabulary.toml"``, a list of such entries, or a vocabulary.

    Raises:
        VocabularyError: no class, an empty name or prompt, a class given twice, an unreadable file.
    """
    if isinstance(classes, Vocabulary):
        return classes
    if isinstance(classes, str):
        if classes.strip().startswith("@"):
            return _from_toml(Path(classes.strip()[1:]))
        classes = _split(classes)
    return Vocabulary(_coloured([_parse_class(entry) for entry in classes]))


def _check_class(entry: LabelClass) -> None:
    _check_letters(entry)
    for what, words in (("prompt", entry.prompts), ("negative", entry.negatives)):
        if any(not word.strip() for word in words):
            raise VocabularyError(f"class {entry.name!r} has an empty {what}; remove the stray | or write a word there")
    if not entry.prompts:
        raise VocabularyError(f'class {entry.name!r} has no prompt; write e.g. "{entry.name}=a phrase|another phrase"')
    if not 0 <= entry.threshold <= 1:
        raise VocabularyError(f"class {entry.name!r} has threshold {entry.threshold}; it is a probability, 0 to 1")


def _check_letters(entry: LabelClass) -> None:
    for what, words in (("class name", (entry.name,)), ("prompt", entry.prompts), ("negative", entry.negatives)):
        for word in words:
            kinds = set(map(unicodedata.category, word))
            if kinds & {"Cc", "Cs"}:
                found = "a control character" if "Cc" in kinds else "bytes that are not UTF-8"
                raise VocabularyError(f"{what} {word!r} holds {found}; use printable words")


def _split(text: str) -> list[str]:
    entries = text.split(",")
    if len(entries) > 1 and not entries[-1].strip():
        entries.pop()  # a trailing comma is harmless
    return entries


def _parse_class(text: str) -> LabelClass:
    name, equals, prompts = text.partition("=")
    name = " ".join(name.split())
    if not name:
        raise VocabularyError(f'{text!r} names no class; write e.g. "water" or "water=river|lake"')
    words = tuple(" ".join(prompt.split()) for prompt in prompts.split("|")) if equals else (name,)
    return LabelClass(name=name, prompts=words, colour=UNKNOWN_COLOUR)


def _coloured(entries: Sequence[LabelClass]) -> tuple[LabelClass, ...]:
    """Give each class that has none yet a colour: the field's usual one for its words, else one far from the others."""
    taken = {UNKNOWN_COLOUR, *(entry.colour for entry in entries)}
    familiar: list[Colour | None] = []
    for entry in entries:
        usual = _familiar_colour(entry.name) if entry.colour == UNKNOWN_COLOUR else entry.colour
        familiar.append(None if entry.colour == UNKNOWN_COLOUR and usual in taken else usual)
        taken.update({usual} if usual else ())
    done = []
    for index, (entry, usual) in enumerate(zip(entries, familiar, strict=True)):
        colour = usual or _distant_colour(index, taken)
        taken.add(colour)
        done.append(LabelClass(entry.name, entry.prompts, colour, negatives=entry.negatives, threshold=entry.threshold))
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
    few = list(islice(free, max(1, min(32, 4_000 // len(taken)))))
    return few[0] if len(few) == 1 else max(few, key=lambda colour: min(_square_distance(colour, c) for c in taken))


def _spread_colour(step: int) -> Colour:
    hue, saturation, value = (step * share % 1.0 for share in (0.8191725, 0.6710436, 0.5497005))
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.4 + 0.6 * saturation, 0.5 + 0.5 * value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _square_distance(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _from_toml(path: Path) -> Vocabulary:
    """Read ``[[class]]`` tables with name, prompts, negatives, threshold and colour."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise VocabularyError(f"vocabulary {path} cannot be read: {error}") from error
    tables = document.get("class")
    example = '[[class]]\nname = "water"\nprompts = ["river", "lake"]'
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise VocabularyError(f"vocabulary {path} has no [[class]] tables; write for example:\n{example}")
    return Vocabulary(_coloured([_class_from_table(table, path) for table in tables]))


def _class_from_table(table: dict[str, object], path: Path) -> LabelClass:
    known = {"name", "prompts", "negatives", "threshold", "colour"}
    if surplus := sorted(set(table) - known):
        raise VocabularyError(f"vocabulary {path}: unknown key {surplus[0]!r}; known are {', '.join(sorted(known))}")
    name = table.get("name")
    if not isinstance(name, str) or not name.strip():
        raise VocabularyError(f'vocabulary {path}: a class has no name; write name = "water"')
    threshold = table.get("threshold", 0.0)
    if not isinstance(threshold, int | float):
        raise VocabularyError(f"vocabulary {path}: threshold of {name!r} is {threshold!r}; write a number, 0 to 1")
    return LabelClass(
        name=" ".join(name.split()),
        prompts=_words(table.get("prompts", [name]), f"prompts of {name!r}", path),
        colour=_colour(table.get("colour"), name, path),
        negatives=_words(table.get("negatives", []), f"negatives of {name!r}", path),
        threshold=float(threshold),
    )


def _words(value: object, what: str, path: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise VocabularyError(f'vocabulary {path}: {what} must be a list of phrases, e.g. ["river", "lake"]')
    return tuple(" ".join(word.split()) for word in value)


def _colour(value: object, name: str, path: Path) -> Colour:
    if value is None:
        return UNKNOWN_COLOUR
    if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise VocabularyError(f'vocabulary {path}: colour of {name!r} is {value!r}; write e.g. "#0064c8"')
    return (int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16))
