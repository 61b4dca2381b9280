"""Data files: CSV as Chinese Excel opens it, and netCDF."""

from __future__ import annotations

import csv
import itertools
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simcounty.calendar import by_year, is_total, is_yearly
from simcounty.input_files import number_of
from simcounty.seals import seal

if TYPE_CHECKING:
    import xarray as xr

ROW_HEADINGS = {"scenario": "情景", "member": "成员"}
FORMULA = tuple("=+-@＝＋－＠\t\r")
PLACES = {"stock": 0, "auxiliary": 1, "constant": 2}  # after the headline variables
SLASH = "∕"  # replaces the slash, which netCDF forbids in names

DataColumn = tuple[str, list[object]]


def write_csv(dataset: xr.Dataset, path: Path) -> None:
    """Write a row for each scenario, member and year: levels at its end, accumulated flows as its total.

    A run in another unit of time than the year has a row for each saved instant, headed by that unit.

    The headline variables come first, then the other stocks, auxiliaries and, last, constants. A column is
    headed `标签 [unit] (key)`; that of a total says 全年.
    """
    yearly = by_year(dataset)
    dims = [dim for dim in ROW_HEADINGS if dim in yearly.dims]
    columns = [*_row_labels(yearly, dims), *_columns(yearly, [*dims, "time"])]
    rows = zip(*(cells for _, cells in columns), strict=True)
    write_rows(path, [each for each, _ in columns], rows)


def write_rows(path: Path, headings: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Write rows under headings as UTF-8 with a byte order mark; what is not a number is an empty cell.

    A text that a spreadsheet would take for a formula is written behind an apostrophe.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(map(_cell, headings))
        writer.writerows([_cell(cell) for cell in row] for row in rows)


def _cell(value: object) -> object:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) and math.isnan(number_of(value)) else value
    return "" if value != value else value  # nan


def write_netcdf(dataset: xr.Dataset, path: Path) -> None:
    """Write every variable at every saved time; netCDF 3 where its names allow it, else netCDF 4."""
    names = {name: str(name).replace("/", SLASH) for name in dataset.variables if "/" in str(name)}
    plain = dataset.rename(names)
    if all(str(name).isascii() for name in (*plain.variables, *plain.dims)) and all(plain.sizes.values()):
        from xarray.backends import ScipyDataStore

        with closing(ScipyDataStore(str(path), mode="w", format="NETCDF3_64BIT", lock=False)) as store:
            plain.dump_to_store(store)  # `to_netcdf` would look for a dask cluster, and load it to look
    else:
        plain.to_netcdf(path, engine="h5netcdf")
    seal(path)


def ordered(dataset: xr.Dataset) -> list[str]:
    """Return the variables in the order a reader looks for them: headline, stocks, auxiliaries, constants."""
    headline = [key for key in json.loads(dataset.attrs.get("headline", "[]")) if key in dataset.data_vars]
    kinds = {str(key): dataset.variables[key].attrs.get("kind", "") for key in dataset}
    others = sorted(kinds, key=lambda key: PLACES.get(kinds[key], len(PLACES)))
    return list(dict.fromkeys([*headline, *others]))


def element_names(dataset: xr.Dataset, key: str, dims: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the key and the label of every cell of a variable along its subscripts `dims`, in C order."""
    label = dataset.variables[key].attrs.get("long_name", key)
    for cell in itertools.product(*(map(str, dataset.variables[dim].values.tolist()) for dim in dims)):
        yield (f"{key}[{','.join(cell)}]", f"{label}（{'，'.join(cell)}）") if cell else (key, label)


def _row_labels(dataset: xr.Dataset, dims: list[str]) -> Iterator[DataColumn]:
    """Yield the columns that say which run and year a row is about."""
    labels = list(itertools.product(*(dataset[dim].values.tolist() for dim in (*dims, "time"))))
    headings = [*(f"{ROW_HEADINGS[dim]} ({dim})" for dim in dims), time_heading(dataset)]
    for place, heading in enumerate(headings):
        yield heading, [row[place] for row in labels]


def time_heading(dataset: xr.Dataset) -> str:
    """Return the heading of a column of times: years, or instants in another unit of time."""
    name, unit = "年份" if is_yearly(dataset) else "时间", dataset.time.attrs.get("units", "year")
    return f"{name} [{unit}] (time)"


def _columns(dataset: xr.Dataset, dims: list[str]) -> Iterator[DataColumn]:
    """Yield a column for each element of each variable, its values along `dims`."""
    sizes = [dataset.sizes[dim] for dim in dims]
    for name in ordered(dataset):
        variable = dataset.variables[name]
        inner = [str(dim) for dim in variable.dims if dim not in dims]
        own = variable.transpose(*(dim for dim in dims if dim in variable.dims), *inner)
        shape = [size if dim in own.dims else 1 for dim, size in zip(dims, sizes, strict=True)]
        elements = list(element_names(dataset, name, inner))
        array = own.values.reshape(*shape, len(elements))
        table = np.broadcast_to(array, (*sizes, len(elements)))
        values = table.reshape(-1, len(elements)).T.tolist()
        about = f"{'（全年）' if is_total(variable) else ''} [{variable.attrs.get('units', '')}]"
        for (key, label), column in zip(elements, values, strict=True):
            yield f"{label}{about} ({key})", column
