"""Leaves of the taxonomy by name, one or several, as native classes mean them."""

from __future__ import annotations

PERMANENT_WATER = frozenset({1})
FLOOD = frozenset({2})
ANY_WATER = frozenset({1, 2})
MARSH = frozenset({3})
WETLAND = frozenset({3, 4, 5})
TREES = frozenset({6})
SHRUBS = frozenset({7})
ORCHARD = frozenset({8})
GRASS = frozenset({9})
LOW_VEGETATION = frozenset({7, 9})
HEDGES = frozenset({7, 8})
GREENERY = frozenset({6, 7, 9})
VEGETATION = frozenset({6, 7, 8, 9})
PLANTS = frozenset({6, 7, 9, 10})
CROPS = frozenset({10})
DENSE_TOWN = frozenset({11})
VILLAGE = frozenset({12})
HOUSES = frozenset({11, 12})
BUILDING = frozenset({13})
INDUSTRY = frozenset({14})
CITY = frozenset({11, 13, 14})
BUILT_UP = frozenset({11, 12, 13, 14, 15})
IMPERVIOUS = frozenset({11, 12, 13, 14, 15, 16, 17})
DAMAGED = frozenset({15})
ROAD = frozenset({16})
PAVED = frozenset({17})
ROAD_OR_PAVED = frozenset({16, 17})
DEVELOPED = frozenset({14, 17})
GREEN_GROUNDS = frozenset({9, 17})
BARE_SOIL = frozenset({18})
SAND = frozenset({19})
BARE = frozenset({18, 19, 20, 22})
ROCK = frozenset({20})
MOUNTAIN = frozenset({6, 20})
SNOW = frozenset({21})
OTHER_USE = frozenset({17, 18, 22})
LAND_IN_USE = frozenset({10, 18, 22})

NOT_WATER = frozenset(range(3, 23))
"""Dry for certain, but for marshes."""

NO_WATER_NOR_MARSH = frozenset(range(4, 23))
"""What flood maps call no water; flooded plants may be among it or not."""

NOT_FLOODED = frozenset(range(1, 23)) - FLOOD
"""What maps of floods leave blank: permanent water is among it."""

NOT_BUILT_UP = frozenset(range(1, 23)) - BUILT_UP
"""What maps of built-up land leave blank."""

NO_BUILDING = frozenset(range(1, 23)) - {13, 15}
"""What maps of single buildings leave blank: yards and streets of a town are among it."""
