"""Files to keep: one module a format, chosen by suffix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from simcounty.errors import InputError, did_you_mean
from simcounty.outputs import csv, netcdf
from simcounty.outputs.whole import whole

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["WRITERS", "save", "whole"]

WRITERS: Mapping[str, Callable[[xr.Dataset, Path], None]] = MappingProxyType({
    ".csv": csv.write,
    ".nc": netcdf.write,
})  # fmt: skip


def save(dataset: xr.Dataset, path: str | Path) -> Path:
    """Write a dataset to a file, whole or not at all; its suffix says how. Return the path.

    Raises InputError for a suffix of no known format and for a folder that cannot be written.

    >>> save(simulate(plan), "run.csv")  # doctest: +SKIP
    PosixPath('run.csv')
    """
    file = Path(path)
    writer = WRITERS.get(file.suffix.lower())
    if writer is None:
        guess = did_you_mean(file.suffix, WRITERS)
        raise InputError(
            f"{file}: cannot write {file.suffix or 'a name without suffix'!r}.{guess} "
            f"Choose one of {', '.join(WRITERS)}."
        )
    with whole(file) as part:
        writer(dataset, part)
    return file
