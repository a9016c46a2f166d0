"""One input that is tried."""

from __future__ import annotations

from dataclasses import dataclass


class WrongError(Exception):
    """Something was accepted that is not what the input says."""


class UndefinedError(Exception):
    """GDAL itself reads other numbers each time, so that nobody can say which are right."""


@dataclass(frozen=True, slots=True)
class Case:
    """One input that is tried."""

    subject: str
    """A path, or what a user types."""

    mutation: str
    """What was done to a valid input, in words."""
