"""What the words of a command line lead to: the files of each scene, and the name they go by."""

from __future__ import annotations

from dataclasses import dataclass

from sovs_map.errors import SceneError


@dataclass(frozen=True, slots=True)
class SceneFiles:
    """The files that make up one scene."""

    name: str
    """Stem of what is written for the scene."""

    files: tuple[str, ...]
    """As GDAL takes them, at least one."""

    polarisations: tuple[str, ...] = ()
    """What a catalogue says of each file's bands, such as ``VV`` or ``VV VH``; empty when the files speak for themselves."""

    @property
    def label(self) -> str:
        """Return how messages call the scene."""
        return " + ".join(self.files)


@dataclass(frozen=True, slots=True)
class Found:
    """Scenes, and what was wrong with the words that led to none."""

    scenes: tuple[SceneFiles, ...]
    """In the order of the words."""

    errors: tuple[SceneError, ...]
    """What each word that led to no scene is told."""
