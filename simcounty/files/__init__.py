"""Results as files; the suffix of a file chooses its format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from simcounty.atomic import atomic_write
from simcounty.errors import InputError, did_you_mean
from simcounty.files.data import write_csv, write_netcdf

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["WRITERS", "save", "writer_for"]

Writer = Callable[["xr.Dataset", Path], None]
WRITERS: Mapping[str, Writer] = MappingProxyType({
    ".csv": write_csv,
    ".nc": write_netcdf,
})  # fmt: skip
RUN_DATA = ("run.nc", "run.csv")
RUN_FIGURES = ("headline.png", "headline.svg", "headline.pdf")
"""The files that `folder.save_run` writes."""


def save(dataset: xr.Dataset, path: str | Path) -> Path:
    """Write a dataset to a file, completely or not at all, in the format of its suffix; return the path.

    Raises InputError for an unknown suffix and for a folder that cannot be written.

    >>> save(simulate(plan), "run.csv").name
    'run.csv'
    """
    file = Path(path)
    writer = writer_for(file)
    with atomic_write(file) as part:
        writer(dataset, part)
    return file


def writer_for(path: Path) -> Writer:
    """Return the function that writes files of a path's suffix.

    Raises InputError for an unknown suffix, and lists the known ones.

    >>> writer_for(Path("run.csv")) is write_csv
    True
    """
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        known = f"Choose one of {', '.join(WRITERS)}."
        what = f"cannot write {path.suffix!r}" if path.suffix else "has no suffix to say how it is written"
        raise InputError(f"{path}: {what}.{did_you_mean(suffix, WRITERS)} {known}")
    return WRITERS[suffix]
