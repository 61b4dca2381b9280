"""NetCDF: everything a run holds, with units, labels and provenance.

Written as netCDF-3 by SciPy: for the hundreds of small variables of a run thirty times quicker
than netCDF-4, whose bookkeeping grows with the square of their number. What netCDF-3 cannot hold, such
as Chinese names of a stranger's model and dimensions without length, makes it netCDF-4.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

SLASH = "∕"  # stands for the slash that netCDF forbids in names


def write(dataset: xr.Dataset, path: Path) -> None:
    """Write every variable at every saved time."""
    names = {name: str(name).replace("/", SLASH) for name in dataset.variables if "/" in str(name)}
    plain = dataset.rename(names)
    if all(str(name).isascii() for name in (*plain.variables, *plain.dims)) and all(plain.sizes.values()):
        plain.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")
    else:
        plain.to_netcdf(path, engine="h5netcdf")
