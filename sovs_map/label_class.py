"""One class: its name, the phrases that mean it, the phrases that do not, and how readily it is chosen."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

from sovs_map.colours import Colour
from sovs_map.errors import VocabularyError

NEGATIVE = "!"
"""What a user puts before a phrase that a class is not."""

_NO_LETTERS = frozenset("\ufffe\uffff")
"""Neither control characters by name nor letters; XML cannot hold them."""


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

    bias: float = 0.0
    """Added to the logit of the class: above 0 it is chosen more readily [logit units]."""

    def __post_init__(self) -> None:
        _check_letters(self)
        for what, words in (("prompt", self.prompts), ("negative", self.negatives)):
            if any(not word.strip() for word in words):
                raise VocabularyError(
                    f"class {self.name!r} has an empty {what}; remove the stray | or write a word there"
                )
        if not self.prompts:
            raise VocabularyError(
                f'class {self.name!r} has no prompt; write e.g. "{self.name}=a phrase|another phrase"'
            )
        if not 0 <= self.threshold <= 1:
            raise VocabularyError(f"class {self.name!r} has threshold {self.threshold}; it is a probability, 0 to 1")
        if not math.isfinite(self.bias):
            raise VocabularyError(f"class {self.name!r} has bias {self.bias}; it is a finite number, e.g. 0.5 or -1")

    @property
    def typed(self) -> str:
        """Return what a user types for its words: ``water=river|lake|!sea``."""
        return f"{self.name}={'|'.join((*self.prompts, *(NEGATIVE + word for word in self.negatives)))}"

    @property
    def conditions(self) -> tuple[str, ...]:
        """Return in words what holds besides the prompts: negatives, threshold, bias."""
        return (
            *(f"not {word}" for word in self.negatives),
            *((f"at least {self.threshold:g}",) if self.threshold else ()),
            *((f"bias {self.bias:+g}",) if self.bias else ()),
        )


def _check_letters(entry: LabelClass) -> None:
    for what, words in (("class name", (entry.name,)), ("prompt", entry.prompts), ("negative", entry.negatives)):
        for word in words:
            kinds = set(map(unicodedata.category, word))
            if kinds & {"Cc", "Cs"} or _NO_LETTERS & set(word):
                found = "bytes that are not UTF-8" if "Cs" in kinds else "a control character"
                raise VocabularyError(f"{what} {word!r} holds {found}; use printable words")
