"""The phrases that the text tower meets: general English, the lexicon, and what is kept from it for tests."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass

from sovs_map.taxonomy import Entry, load_lexicon, load_taxonomy, may_teach

KEPT = 12
"""One general phrase of several words in so many is never distilled, so that general understanding can be tested."""

LONGEST_NAME = 26
"""Names of things are shorter [characters], so that combinations fit what the tower reads."""

_TEMPLATES = (
    "{a} {b}", "{a} and {b}", "{a} near {b}", "a {a}", "the {a}", "{a} of {b}", "{a} beside {b}",
    "radar image of {a}", "{a} seen from above", "area of {a}", "{a} or {b}", "{a} with {b}",
)  # fmt: skip

_FRAMES = (
    "the {}", "large {}", "small {}", "old {}", "new {}", "area of {}", "{} seen from above", "radar image of {}",
)  # fmt: skip
"""What may stand around a phrase without changing the leaf that it means."""


@dataclass(frozen=True, slots=True)
class GeneralEnglish:
    """Phrases of general English in two parts that share none."""

    distilled: tuple[str, ...]
    """Phrases whose teacher vectors the tower learns."""

    kept: tuple[str, ...]
    """Phrases of several words that it never meets; the words alone and within other phrases it does."""


def general_english(count: int, *, seed: int) -> GeneralEnglish:
    """Return words, names of things and random combinations, ``count`` in all, none of them of the lexicon.

    Words are those that the tokenizer has a token for, names the short ones of ImageNet's classes. A change of the lexicon
    adds and takes away single phrases; the others stay the same.

    Args:
        count: phrases in all, both parts together.
        seed: of the combinations.
    """
    from open_clip.zero_shot_metadata import IMAGENET_CLASSNAMES  # noqa: PLC0415 - takes seconds

    draw = random.Random(seed)  # noqa: S311 - no secret
    words = vocabulary_words()
    things = [*words, *(name.lower() for name in IMAGENET_CLASSNAMES if len(name) < LONGEST_NAME)]
    ours = set(lexicon_phrases())
    phrases = dict.fromkeys(thing for thing in things if thing not in ours)
    while len(phrases) < count:
        text = draw.choice(_TEMPLATES).format(a=draw.choice(things), b=draw.choice(words))
        if text not in ours:
            phrases[text] = None
    chosen = list(phrases)[:count]
    return GeneralEnglish(
        distilled=tuple(phrase for phrase in chosen if not is_kept(phrase)),
        kept=tuple(phrase for phrase in chosen if is_kept(phrase)),
    )


def is_kept(phrase: str) -> bool:
    """Tell whether a general phrase is kept for tests; single words never are, or the tower would not know them."""
    return " " in phrase and _number(phrase) % KEPT == 0


def vocabulary_words() -> list[str]:
    """Return the whole words that open_clip's tokenizer has a token for, letters only."""
    from open_clip.tokenizer import SimpleTokenizer  # noqa: PLC0415 - takes seconds

    tokens = (token.removesuffix("</w>") for token in SimpleTokenizer().encoder if token.endswith("</w>"))
    return sorted({word for word in tokens if word.isascii() and word.isalpha() and len(word) > 2})


def lexicon_phrases() -> list[str]:
    """Return every phrase of the lexicon and of the taxonomy once, lower case, held out or not.

    Their teacher vectors may be learnt; what they mean may not, see ``training_entries``.
    """
    phrases = [entry.phrase for entry in load_lexicon()]
    return list(dict.fromkeys([*phrases, *(phrase.lower() for phrase in load_taxonomy().phrases)]))


def training_entries() -> tuple[Entry, ...]:
    """Return the entries that may be tied to their concepts: the lexicon's, and each short one once more in a frame.

    What is held out is decided by word family alone, so a frame cannot bring a held-out phrase back in.
    """
    entries = [entry for entry in load_lexicon() if not entry.is_held_out]
    framed = [
        Entry(_FRAMES[_number(entry.phrase) % len(_FRAMES)].format(entry.phrase), entry.meaning)
        for entry in entries
        if len(entry.phrase) < 24
    ]
    apart = {entry.phrase for entry in load_lexicon()}
    fresh = (entry for entry in framed if entry.phrase not in apart and not is_kept(entry.phrase))
    return (*entries, *(entry for entry in fresh if may_teach(entry.phrase)))


def _number(phrase: str) -> int:
    return int.from_bytes(hashlib.sha256(phrase.encode()).digest()[:8], "big")
