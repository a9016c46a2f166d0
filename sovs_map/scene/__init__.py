"""Scenes: what is on disk or in an array, as windows of backscatter in dB."""

from sovs_map.scene.finding import find_scenes
from sovs_map.scene.found import Found, SceneFiles
from sovs_map.scene.georeference import Georeference
from sovs_map.scene.mending import Reading, read_around, read_whole
from sovs_map.scene.opening import open_scene
from sovs_map.scene.reading import read
from sovs_map.scene.scene import Scene

__all__ = [
    "Found",
    "Georeference",
    "Reading",
    "Scene",
    "SceneFiles",
    "find_scenes",
    "open_scene",
    "read",
    "read_around",
    "read_whole",
]
