"""What a training label may stand for: sets of leaves, and invented materials that no leaf names."""

from __future__ import annotations

LABEL_SETS: tuple[frozenset[int], ...] = (
    frozenset(),  # 0 unlabelled
    *(frozenset({leaf}) for leaf in range(1, 23)),
    frozenset({7, 9}),  # 23 grass and shrub
    frozenset({18, 19, 20, 22}),  # 24 bare ground or sand
    frozenset({16, 17}),  # 25 paved
    frozenset({11, 13}),  # 26 building of a dense town: the district's and the building's name are both right
    frozenset({12, 13}),  # 27 house of a residential area
    frozenset({14, 13}),  # 28 hall of an industrial area
    frozenset({15, 13}),  # 29 damaged building
    frozenset({11, 16}),  # 30 street of a dense town
    frozenset({12, 16}),  # 31 street of a residential area
    frozenset({14, 17}),  # 32 yard of an industrial area
    frozenset({12, 9, 6, 7}),  # 33 garden
    frozenset({1, 2}),  # 34 any water
    frozenset({3, 4, 5}),  # 35 any wetland
    frozenset({6, 7, 8, 9}),  # 36 vegetation
    frozenset({6, 7, 9}),  # 37 greenery
    frozenset({6, 7, 8, 9, 10}),  # 38 all vegetation and crops
    frozenset({7, 8}),  # 39 groves and hedges
    frozenset({6, 20}),  # 40 wooded mountains
    frozenset({11, 12}),  # 41 urban, houses
    frozenset({11, 13, 14}),  # 42 city
    frozenset({11, 12, 13, 14, 15}),  # 43 built-up
    frozenset({11, 12, 13, 14, 15, 16, 17}),  # 44 impervious
    frozenset({9, 17}),  # 45 specialised but vegetated
    frozenset({17, 18, 22}),  # 46 other, of maps of land use
    frozenset({10, 18, 22}),  # 47 land in use
    frozenset({16, 17, 18, 19, 20, 22}),  # 48 paved or bare
    frozenset(range(3, 23)),  # 49 not water
    frozenset(range(4, 23)),  # 50 neither water nor marsh
    frozenset(range(1, 23)) - {2},  # 51 not flooded
    frozenset(range(1, 23)) - {11, 12, 13, 14, 15},  # 52 not built-up
    frozenset(range(1, 23)) - {13, 15},  # 53 no building, whole or damaged
    frozenset({6, 7, 9, 10}),  # 54 plants that are no orchard
)
"""Leaves that a label may stand for, by label index; where there are several, a class that holds any of them is right."""

BOTH = range(26, 34)
"""Labels of parts of a settlement, which the part's and the district's leaf both name; other labels of several leaves are
coarse: one of the leaves is right, nobody knows which."""

FIRST_MATERIAL = 64
"""Labels from here on are invented materials, numbered within the batch."""


def label_for(leaves: frozenset[int]) -> int:
    """Return the label that stands for a set of leaves.

    Raises:
        KeyError: there is none.
    """
    for label, some in enumerate(LABEL_SETS):
        if some == leaves:
            return label
    raise KeyError(sorted(leaves))
