"""CSV as Chinese Excel opens it: one row a year, and one column a variable, headed in Chinese."""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simcounty.calendar import by_year, is_total

if TYPE_CHECKING:
    import xarray as xr


ROWS = {"scenario": "情景", "member": "成员"}
FORMULA = ("=", "+", "-", "@")
PLACES = {"stock": 0, "auxiliary": 1, "constant": 2}  # behind the headline variables


def write_csv(dataset: xr.Dataset, path: Path) -> None:
    """Write one row a scenario, member and year: levels at its end, accumulated flows as its total.

    UTF-8 with a byte order mark. A column is headed `标签 [unit] (key)`; a total says 全年. The
    headline variables come first, then the other stocks, auxiliaries and, last, constants.
    """
    yearly = by_year(dataset)
    rows = [dim for dim in ROWS if dim in yearly.dims]
    columns = [*_keys(yearly, rows), *_columns(yearly, rows)]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([_plain(heading) for heading, _ in columns])
        writer.writerows(zip(*(cells for _, cells in columns), strict=True))


Column = tuple[str, list[object]]


def _keys(dataset: xr.Dataset, rows: list[str]) -> Iterator[Column]:
    """Yield the columns that say which run and year a row is about."""
    labels = [dataset[dim].values.tolist() for dim in (*rows, "time")]
    lines = list(itertools.product(*labels))
    for place, dim in enumerate(rows):
        yield f"{ROWS[dim]} ({dim})", [line[place] for line in lines]
    yield "年份 [year] (time)", [line[-1] for line in lines]


def _columns(dataset: xr.Dataset, rows: list[str]) -> Iterator[Column]:
    """Yield a column for each element of each variable."""
    lines = [*rows, "time"]
    for name in ordered(dataset):
        variable = dataset[name]
        inner = [str(dim) for dim in variable.dims if dim not in lines]
        own = variable.transpose(*(dim for dim in lines if dim in variable.dims), *inner)
        shape = [dataset.sizes[dim] if dim in own.dims else 1 for dim in lines]
        cells = list(itertools.product(*(dataset[dim].values.tolist() for dim in inner)))
        array = own.values.reshape(*shape, len(cells))
        table = np.broadcast_to(array, (*(dataset.sizes[dim] for dim in lines), len(cells)))
        for cell, column in zip(cells, table.reshape(-1, len(cells)).T.tolist(), strict=True):
            yield _heading(name, variable, cell), [_cell(value) for value in column]


def ordered(dataset: xr.Dataset) -> list[str]:
    """Return the variables in the order a reader looks for them."""
    headline = [key for key in dataset.attrs.get("headline", "").split(", ") if key in dataset.data_vars]
    kinds = {str(key): variable.attrs.get("kind", "") for key, variable in dataset.data_vars.items()}
    others = sorted(kinds, key=lambda key: PLACES.get(kinds[key], len(PLACES)))
    return list(dict.fromkeys([*headline, *others]))


def _heading(key: str, variable: xr.DataArray, cell: tuple[object, ...]) -> str:
    inside = "，".join(map(str, cell))
    label = variable.attrs.get("long_name", key) + (f"（{inside}）" if inside else "")
    subscripts = f"[{','.join(map(str, cell))}]" if cell else ""
    total = "（全年）" if is_total(variable) else ""
    return f"{label}{total} [{variable.attrs.get('units', '')}] ({key}{subscripts})"


def _cell(value: object) -> object:
    return "" if isinstance(value, float) and math.isnan(value) else value


def _plain(heading: str) -> str:
    """Keep a spreadsheet from taking a heading for a formula."""
    return f"'{heading}" if heading.startswith(FORMULA) else heading


SLASH = "∕"  # stands for the slash that netCDF forbids in names


def write_netcdf(dataset: xr.Dataset, path: Path) -> None:
    """Write every variable at every saved time."""
    names = {name: str(name).replace("/", SLASH) for name in dataset.variables if "/" in str(name)}
    plain = dataset.rename(names)
    if all(str(name).isascii() for name in (*plain.variables, *plain.dims)) and all(plain.sizes.values()):
        plain.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")
    else:
        plain.to_netcdf(path, engine="h5netcdf")
