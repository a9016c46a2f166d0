"""Open-vocabulary semantic segmentation of whole SAR scenes: words in, GIS layers out.

Importing this package loads neither torch nor dask; the names below load what they need when they are used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from sovs_map.registration import register

if TYPE_CHECKING:
    from sovs_map.cube import Cube, embed, open_cube
    from sovs_map.embedding import EmbedResult, embed_scene
    from sovs_map.errors import SovsMapError
    from sovs_map.maps import MapResult, map_scene
    from sovs_map.queries import QueryResult, query_scene
    from sovs_map.scene import Scene, open_scene
    from sovs_map.settings import MapSettings
    from sovs_map.vocabulary import Vocabulary, read_vocabulary

__all__ = [
    "Cube",
    "EmbedResult",
    "MapResult",
    "MapSettings",
    "QueryResult",
    "Scene",
    "SovsMapError",
    "Vocabulary",
    "embed",
    "embed_scene",
    "map_scene",
    "open_cube",
    "open_scene",
    "query_scene",
    "read_vocabulary",
]

_HOMES = {
    "Cube": "sovs_map.cube",
    "EmbedResult": "sovs_map.embedding",
    "MapResult": "sovs_map.maps",
    "MapSettings": "sovs_map.settings",
    "QueryResult": "sovs_map.queries",
    "Scene": "sovs_map.scene",
    "SovsMapError": "sovs_map.errors",
    "Vocabulary": "sovs_map.vocabulary",
    "embed": "sovs_map.cube",
    "embed_scene": "sovs_map.embedding",
    "map_scene": "sovs_map.maps",
    "open_cube": "sovs_map.cube",
    "open_scene": "sovs_map.scene",
    "query_scene": "sovs_map.queries",
    "read_vocabulary": "sovs_map.vocabulary",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sovs_map' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


register()
