"""Packages whose names are loaded when they are first used (PEP 562): importing them costs nothing."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # importing `typing` would cost as much as all else here
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def lazy_names(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package: `homes` names the module in it that defines each name.

    >>> lazy_names("simcounty", {"did_you_mean": "errors"})("did_you_mean")("gpd", ["gdp"])
    " Did you mean 'gdp'?"
    """

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"{package} has no {name!r}; it has {', '.join(sorted(homes))}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return load
