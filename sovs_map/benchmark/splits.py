"""What tells which split a sample belongs to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OneSplit:
    """All samples are of one split: the data set has no split of its own, or is there to test with."""

    name: str = "all"
    """Of the split."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all splits."""
        return (self.name,)


@dataclass(frozen=True, slots=True)
class FieldSplit:
    """A field of the path tells the split."""

    values: tuple[tuple[str, str], ...]
    """Value of the field, and the split it means."""

    field: str = "split"
    """Name of the field."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all splits."""
        return tuple(dict.fromkeys(name for _, name in self.values))


@dataclass(frozen=True, slots=True)
class ListSplit:
    """Text files list the samples of each split, one a line; what follows a comma or a space is not read."""

    files: tuple[tuple[str, str], ...]
    """Split, and its list, below the data set's folder."""

    key: str = "{name}"
    """Template of what the lists call a sample, without the ending of a file."""

    rest: str = ""
    """Split of samples that no list has; empty when each sample must be in one."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all splits."""
        return tuple(dict.fromkeys((*(name for name, _ in self.files), *((self.rest,) if self.rest else ()))))


@dataclass(frozen=True, slots=True)
class TableSplit:
    """A CSV with a header, or a JSON object of objects, gives each sample's split."""

    file: str
    """Below the data set's folder; its ending tells which it is."""

    split: str
    """Column or member that holds the split."""

    names: tuple[str, ...]
    """Of all splits."""

    column: str = ""
    """Column that holds the sample's name; in JSON the object's key does."""

    key: str = "{name}"
    """Template of what the table calls a sample."""


@dataclass(frozen=True, slots=True)
class KnownSplit:
    """Published lists that this package carries."""

    values: tuple[tuple[str, frozenset[str]], ...]
    """Split, and keys of its samples."""

    key: str
    """Template of a sample's key."""

    rest: str
    """Split of all others."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all splits."""
        return tuple(dict.fromkeys((*(name for name, _ in self.values), self.rest)))


Splits = OneSplit | FieldSplit | ListSplit | TableSplit | KnownSplit
"""Whatever tells the split."""

ALL = OneSplit()
"""One split of all."""
