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
)
"""Leaves that a label may stand for, by label index; where there are several, a class that holds any of them is right."""

FIRST_MATERIAL = 64
"""Labels from here on are invented materials, numbered within the batch."""
