"""Registers ``array.sovs`` with xarray, without loading it: as soon as it is loaded, by whomever."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

XARRAY, ACCESSOR = "xarray", "sovs_map.accessor"


def register() -> None:
    """Register the accessor now if xarray is loaded, else when it is."""
    if XARRAY in sys.modules:
        import_module(ACCESSOR)
    else:
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds xarray once, as others do, and has the accessor loaded after it."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - importlib's signature
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Return xarray's spec."""
        if fullname != XARRAY:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(XARRAY)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    """Another loader, and the accessor behind it."""

    def __init__(self, own: Loader) -> None:
        self._own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Create the module as its own loader does."""
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module as its own loader does, then load the accessor."""
        if module.__spec__ is not None:
            module.__spec__.loader = self._own
        module.__loader__ = self._own
        self._own.exec_module(module)
        import_module(ACCESSOR)
