"""The ordered classes of one run, and how users write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sovs_map.colours import UNKNOWN_COLOUR, Colour, choose_colours
from sovs_map.errors import VocabularyError
from sovs_map.label_class import NEGATIVE, LabelClass
from sovs_map.vocabulary_file import read_classes

MAX_CLASSES = 65_534
"""uint16 labels, less 0 for unknown and 65535 for nodata."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The ordered classes of one run; class ``i`` has label ``i + 1``."""

    classes: tuple[LabelClass, ...]
    """At least one class; names differ from each other."""

    def __post_init__(self) -> None:
        if not self.classes:
            raise VocabularyError('no classes were given; name at least one, e.g. --classes "water,forest,urban"')
        _check_count(len(self.classes))
        seen: dict[str, str] = {}
        for entry in self.classes:
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
        classes: ``"water,forest=forest|woodland|!orchard"``, ``"@vocabulary.toml"``, a list of such entries, or a
            vocabulary. A phrase after ``!`` is what the class is not.

    Raises:
        VocabularyError: no class, an empty name or prompt, a class given twice, an unreadable file.
    """
    if isinstance(classes, Vocabulary):
        return classes
    if isinstance(classes, str):
        if classes.strip().startswith("@"):
            return _coloured(read_classes(Path(classes.strip()[1:])))
        classes = _split(classes)
    return _coloured([_parse_class(entry) for entry in classes])


def read_phrases(phrases: str | Sequence[str] | Vocabulary, *, negatives: Sequence[str] = ()) -> Vocabulary:
    """Return the vocabulary of a query: each phrase is a class of its own.

    Args:
        phrases: one phrase, which may hold commas, ``"@vocabulary.toml"``, a list of phrases, or a vocabulary; a phrase
            may be ``name=prompt|prompt|!negative``.
        negatives: what none of the phrases means.

    Raises:
        VocabularyError: no phrase, an empty one, one given twice, an unreadable file.
    """
    if isinstance(phrases, str) and not phrases.strip().startswith("@"):
        phrases = [phrases]
    found = read_vocabulary(phrases)
    more = tuple(_cleaned(word) for word in negatives)
    return Vocabulary(tuple(replace(entry, negatives=(*entry.negatives, *more)) for entry in found.classes))


def adjust(vocabulary: Vocabulary, *, biases: Sequence[str] = (), thresholds: Sequence[str] = ()) -> Vocabulary:
    """Return a vocabulary with the biases and thresholds that a user gives by class name.

    Args:
        vocabulary: the classes.
        biases: ``NAME=0.5`` each, as for ``--bias``.
        thresholds: ``NAME=0.4`` each, as for ``--class-threshold``.

    Raises:
        VocabularyError: no such class, a class twice, no number.
    """
    bias = _by_name(vocabulary, biases, "--bias")
    threshold = _by_name(vocabulary, thresholds, "--class-threshold")
    return Vocabulary(
        tuple(
            replace(entry, bias=bias.get(entry.name, entry.bias), threshold=threshold.get(entry.name, entry.threshold))
            for entry in vocabulary.classes
        )
    )


def _by_name(vocabulary: Vocabulary, texts: Sequence[str], option: str) -> dict[str, float]:
    names = {name.casefold(): name for name in vocabulary.names}
    found: dict[str, float] = {}
    for text in texts:
        asked, equals, value = text.rpartition("=")
        name = names.get(_cleaned(asked).casefold())
        if not equals or name is None:
            raise VocabularyError(
                f"{option} {text!r} names no class; the classes are {', '.join(vocabulary.names)}: "
                f'type e.g. {option} "{vocabulary.names[0]}=0.5"'
            )
        if name in found:
            raise VocabularyError(f"{option} was given twice for {name!r}; give it once a class")
        try:
            found[name] = float(value)
        except ValueError as error:
            raise VocabularyError(
                f'{option} {text!r}: {value!r} is no number; type e.g. {option} "{name}=0.5"'
            ) from error
    return found


def _split(text: str) -> list[str]:
    entries = text.split(",")
    if len(entries) > 1 and not entries[-1].strip():
        entries.pop()  # a trailing comma is harmless
    return entries


def _parse_class(text: str) -> LabelClass:
    name, equals, words = text.partition("=")
    name = _cleaned(name)
    if not name:
        raise VocabularyError(f'{text!r} names no class; write e.g. "water" or "water=river|lake"')
    if name.startswith(NEGATIVE):
        raise VocabularyError(
            f"{text!r} begins with {NEGATIVE}, which is for phrases that a class is not; "
            f'write it with the class, e.g. "water=water|{name}"'
        )
    phrases = [_cleaned(word) for word in words.split("|")] if equals else [name]
    negatives = tuple(_cleaned(word[1:]) for word in phrases if word.startswith(NEGATIVE))
    prompts = tuple(word for word in phrases if not word.startswith(NEGATIVE))
    return LabelClass(name=name, prompts=prompts or (name,), colour=UNKNOWN_COLOUR, negatives=negatives)


def _cleaned(phrase: str) -> str:
    return " ".join(phrase.split())


def _check_count(classes: int) -> None:
    if classes > MAX_CLASSES:
        raise VocabularyError(
            f"{classes} classes were given; labels have room for {MAX_CLASSES}: give fewer in one run"
        )


def _coloured(entries: Sequence[LabelClass]) -> Vocabulary:
    _check_count(len(entries))
    colours = choose_colours([entry.name for entry in entries], [entry.colour for entry in entries])
    return Vocabulary(tuple(replace(entry, colour=colour) for entry, colour in zip(entries, colours, strict=True)))
