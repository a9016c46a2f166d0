"""``array.sovs``: backscatter in an xarray DataArray to labels and probabilities, lazy if the array is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import xarray as xr

if TYPE_CHECKING:
    from sovs_map.vocabulary import Vocabulary


@xr.register_dataarray_accessor("sovs")  # type: ignore[no-untyped-call]
class SovsAccessor:
    """What can be asked of a DataArray of backscatter, ``(band, y, x)`` or ``(y, x)``."""

    def __init__(self, array: xr.DataArray) -> None:
        self._array = array

    def segment(self, classes: str | Sequence[str] | Vocabulary, **settings: object) -> xr.DataArray:
        """Return the label of each pixel among classes that compete, the same numbers as ``sovs-map map`` writes.

        Args:
            classes: as `sovs_map.map_scene` takes them.
            settings: fields of `sovs_map.MapSettings` that say how the network is asked.

        Returns:
            uint8 or uint16 ``(y, x)``, lazy if the array is: 1 to the number of classes, 0 unknown, 255 or 65535 without data;
            the names are in the attributes ``flag_values`` and ``flag_meanings``. A lazy one does not look at the array
            until it is computed, and then raises what is wrong with its numbers.

        Raises:
            SovsMapError: classes or settings cannot be understood, or the array is no scene.
        """
        from sovs_map.array_answers import segment_array  # noqa: PLC0415 - loads torch

        return segment_array(self._array, classes, **settings)

    def query(self, phrase: str, *, negatives: Sequence[str] = (), **settings: object) -> xr.DataArray:
        """Return the probability that a phrase is true of each pixel, the same numbers as ``sovs-map query`` writes.

        Args:
            phrase: any words, or ``name=prompt|prompt|!negative``.
            negatives: what the phrase does not mean.
            settings: fields of `sovs_map.MapSettings` that say how the network is asked.

        Returns:
            float32 ``(y, x)``, lazy if the array is, in steps of 1/250, NaN without data; see `segment`.

        Raises:
            SovsMapError: phrase or settings cannot be understood, or the array is no scene.
        """
        from sovs_map.array_answers import query_array  # noqa: PLC0415 - loads torch

        return query_array(self._array, phrase, negatives=negatives, **settings)
