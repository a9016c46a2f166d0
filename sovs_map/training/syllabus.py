"""What may be taught: concepts, the words each may be called by, and leaves that nothing is said about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sovs_map.taxonomy import Concept, load_lexicon, load_taxonomy
from sovs_map.taxonomy.lexicon import phrases_of

UNSEEN = frozenset({2, 4, 8, 12, 14, 17, 21})
"""Leaves that the protocol OV-A keeps from training: one or more of each kind, each with a sibling that is seen."""

SURE = 0.3
"""A phrase names a concept if nothing else that it means weighs more."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A concept and its words."""

    concept: Concept
    """What is taught."""

    leaves: frozenset[int]
    """The leaves it covers, less those that nothing is said about."""

    words: tuple[str, ...]
    """What it may be called, its name first, no word twice."""


@dataclass(frozen=True, slots=True)
class Syllabus:
    """Everything that may be taught."""

    lessons: tuple[Lesson, ...]
    """In the taxonomy's order."""

    unseen: frozenset[int] = frozenset()
    """Leaves whose pixels are left out of training."""

    def lesson(self, name: str) -> Lesson:
        """Return the lesson of the concept of this name.

        Raises:
            KeyError: it is not taught.
        """
        for lesson in self.lessons:
            if lesson.concept.name == name:
                return lesson
        raise KeyError(name)


@cache
def full_syllabus() -> Syllabus:
    """Return all concepts with all words of theirs that are not held out."""
    named: dict[str, list[str]] = {}
    for entry in load_lexicon():
        if not entry.is_held_out and all(weight <= SURE for _, weight in entry.meaning[1:]):
            named.setdefault(entry.concept, []).append(entry.phrase)
    return Syllabus(
        tuple(
            Lesson(
                concept, concept.leaves, tuple(dict.fromkeys((*concept.teaching_words, *named.get(concept.name, ()))))
            )
            for concept in load_taxonomy().concepts
        )
    )


def without_leaves(syllabus: Syllabus, unseen: frozenset[int]) -> Syllabus:
    """Return a syllabus that says nothing of some leaves: neither their names, nor any phrase that may mean them."""
    forbidden = set(phrases_of(unseen))
    lessons = [
        Lesson(lesson.concept, lesson.leaves - unseen, tuple(word for word in lesson.words if word not in forbidden))
        for lesson in syllabus.lessons
    ]
    return Syllabus(tuple(lesson for lesson in lessons if lesson.leaves and lesson.words), unseen)


def names_only(syllabus: Syllabus) -> Syllabus:
    """Return a syllabus in which every concept is called by its name alone."""
    return Syllabus(
        tuple(Lesson(lesson.concept, lesson.leaves, lesson.words[:1]) for lesson in syllabus.lessons), syllabus.unseen
    )


def every_word(syllabus: Syllabus) -> Sequence[str]:
    """Return each word of the syllabus once."""
    return tuple(dict.fromkeys(word for lesson in syllabus.lessons for word in lesson.words))
