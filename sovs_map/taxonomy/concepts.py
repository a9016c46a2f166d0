"""Concepts of land cover: leaves, the coarser nodes above them, and the phrases for each."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


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

    @property
    def is_leaf(self) -> bool:
        """Tell whether the concept is a leaf."""
        return len(self.leaves) == 1

    @property
    def words(self) -> tuple[str, ...]:
        """Return everything the concept may be prompted with, its name first, each once."""
        return tuple(dict.fromkeys((self.name, *self.phrases, *self.looks)))


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
    leaves = [
        Concept(entry["name"], frozenset({entry["id"]}), tuple(entry["phrases"]), tuple(entry["looks"]))
        for entry in document["leaf"]
    ]
    nodes = [Concept(entry["name"], frozenset(entry["leaves"]), tuple(entry["phrases"])) for entry in document["node"]]
    return Taxonomy(tuple(leaves + nodes))
