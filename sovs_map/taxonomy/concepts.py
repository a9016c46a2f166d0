"""Concepts of land cover: leaves, the coarser nodes above them, and the phrases for each."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sovs_map.taxonomy.attributes import Attributes
from sovs_map.taxonomy.holdout import may_teach

_MEDIUM = Attributes(*[0.5] * 12)


@dataclass(frozen=True, slots=True)
class Concept:
    """A leaf of the tree, or a node that stands for several leaves."""

    name: str
    """What the concept is called; unique in the taxonomy."""

    leaves: frozenset[int]
    """The leaves it covers, 1 to 22; one for a leaf."""

    phrases: tuple[str, ...]
    """What people call it; the name itself is not repeated."""

    looks: tuple[str, ...] = ()
    """How it looks to a radar, in words."""

    group: str = ""
    """The group that all its leaves belong to, one of eight; empty for a node that reaches across groups."""

    colour: str = "#505050"
    """How it is drawn, as ``#rrggbb``."""

    attributes: Attributes = _MEDIUM
    """What it is to a radar; a concept made on the fly is of medium everything."""

    @property
    def is_leaf(self) -> bool:
        """Tell whether the concept is a leaf."""
        return len(self.leaves) == 1

    @property
    def words(self) -> tuple[str, ...]:
        """Return everything the concept may be prompted with, its name first, each once."""
        return tuple(dict.fromkeys((self.name, *self.phrases, *self.looks)))

    @property
    def teaching_words(self) -> tuple[str, ...]:
        """Return the words that training may use with this concept: none of a held-out family but the name."""
        phrases = (phrase for phrase in (*self.phrases, *self.looks) if may_teach(phrase))
        return tuple(dict.fromkeys((self.name, *phrases)))


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The tree SAR-OVSeg-22."""

    concepts: tuple[Concept, ...]
    """Leaves in the order of their ids, then nodes."""

    @property
    def leaves(self) -> tuple[Concept, ...]:
        """Return the leaves in the order of their ids."""
        return tuple(concept for concept in self.concepts if concept.is_leaf)

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the groups of the leaves once, in the order of the leaves."""
        return tuple(dict.fromkeys(leaf.group for leaf in self.leaves))

    @property
    def phrases(self) -> tuple[str, ...]:
        """Return every phrase of every concept once, in order."""
        return tuple(dict.fromkeys(word for concept in self.concepts for word in concept.words))

    def concept(self, name: str) -> Concept:
        """Return the concept of this name.

        Raises:
            KeyError: no concept is called so.
        """
        for concept in self.concepts:
            if concept.name == name:
                return concept
        raise KeyError(name)


@cache
def load_taxonomy() -> Taxonomy:
    """Return the taxonomy that this package carries."""
    document = tomllib.loads((files("sovs_map.taxonomy") / "concepts.toml").read_text(encoding="utf-8"))
    groups = {entry["id"]: entry["group"] for entry in document["leaf"]}
    concepts = []
    for entry in (*document["leaf"], *document["node"]):
        leaves = frozenset(entry["leaves"] if "leaves" in entry else {entry["id"]})
        shared = {groups[leaf] for leaf in leaves}
        concepts.append(
            Concept(
                name=entry["name"],
                leaves=leaves,
                phrases=tuple(entry["phrases"]),
                looks=tuple(entry["looks"]),
                group=shared.pop() if len(shared) == 1 else "",
                colour=entry["colour"],
                attributes=Attributes(**entry["attributes"]),
            )
        )
    return Taxonomy(tuple(concepts))
