"""One input that is tried."""

from __future__ import annotations

from dataclasses import dataclass


class WrongError(Exception):
    """Something was accepted that is not what the input says."""


@dataclass(frozen=True, slots=True)
class Case:
    """One input that is tried."""

    subject: str
    """A path, or what a user types."""

    mutation: str
    """What was done to a valid input, in words."""
