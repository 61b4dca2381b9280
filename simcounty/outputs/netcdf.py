"""NetCDF: everything a run holds, with units, labels and provenance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

SLASH = "∕"  # netCDF takes a name's own slash for a folder


def write(dataset: xr.Dataset, path: Path) -> None:
    """Write every variable at every saved time."""
    names = {name: str(name).replace("/", SLASH) for name in dataset.variables if "/" in str(name)}
    dataset.rename(names).to_netcdf(path, engine="h5netcdf")
