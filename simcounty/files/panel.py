"""Published figures as files: a row a figure with its source; in a workbook also a table by year."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.atomic import atomic_write, writable_folder
from simcounty.errors import InputError
from simcounty.files.data import write_netcdf, write_rows
from simcounty.files.workbook import Cell, SheetColumn, Worksheet, save_workbook
from simcounty.presentation.records import Record

if TYPE_CHECKING:
    import xarray as xr

SUFFIXES = (".csv", ".xlsx", ".nc")
COLUMNS: Mapping[str, tuple[str, float]] = {
    "code": ("代码 (code)", 10),
    "name": ("名称 (name)", 14),
    "variable": ("指标 (variable)", 28),
    "label": ("指标名称 (label)", 26),
    "year": ("年份 (year)", 10),
    "value": ("数值 (value)", 14),
    "unit": ("单位 (unit)", 10),
    "source": ("来源 (source)", 50),
    "grade": ("可靠程度 (confidence)", 24),
    "set_aside": ("未采用的原因 (set_aside)", 40),
}
"""The columns of the rows: their headings, and how wide they are in characters."""


def check_suffix(path: Path) -> Path:
    """Return a path that figures can be written to; raise InputError for another suffix."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path}: published figures are written as {', '.join(SUFFIXES)}. Choose one.")
    return path


def save_panel(record: Record, dataset: Callable[[], xr.Dataset], path: Path) -> Path:
    """Write the record of places to a file, completely or not at all; a .nc file takes their Dataset."""
    suffix = check_suffix(path).suffix.lower()
    if suffix == ".xlsx":
        return save_workbook(path, [_by_year(record), _by_figure(record)])
    with atomic_write(path) as part:
        if suffix == ".nc":
            write_netcdf(dataset(), part)
        else:
            write_rows(part, [heading for heading, _ in COLUMNS.values()], _rows(record))
    return path


def save_panel_figures(dataset: xr.Dataset, folder: Path, width: str = "full") -> list[Path]:
    """Write the figure of the accounts of places."""
    from simcounty.files.figure import save_figures
    from simcounty.plot.published import accounts

    name = "-".join(map(str, dataset.name.values))
    return save_figures(accounts(dataset, width=width), writable_folder(folder), f"data-{name}")


def _rows(record: Record) -> Iterator[list[Cell]]:
    for place in record["places"]:
        for variable in place["variables"]:
            about = {
                "code": place["code"],
                "name": place["name"],
                "variable": variable["key"],
                "label": variable["label"],
                "unit": variable["unit"],
            }
            for figure in variable["figures"]:
                row = about | figure
                yield [row[column] for column in COLUMNS]


def _by_figure(record: Record) -> Worksheet:
    columns = [SheetColumn(heading, width) for heading, width in COLUMNS.values()]
    return Worksheet("明细", columns, list(_rows(record)), fixed=2)


def _by_year(record: Record) -> Worksheet:
    """Return a sheet with a row a figure and a column a year; what is set aside is left out."""
    found = [(place, each) for place in record["places"] for each in place["variables"]]
    years = sorted({figure["year"] for _, each in found for figure in each["figures"]})
    heads = [SheetColumn(*COLUMNS["name"]), SheetColumn(*COLUMNS["label"]), SheetColumn(*COLUMNS["unit"])]
    rows = [_year_row(place["name"], each, years) for place, each in found]
    return Worksheet("历年", [*heads, *(SheetColumn(year) for year in years)], rows, fixed=3)


def _year_row(name: str, variable: Record, years: Sequence[int]) -> list[Cell]:
    used = {each["year"]: each["value"] for each in variable["figures"] if not each["set_aside"]}
    return [name, variable["label"], variable["unit"], *(used.get(year) for year in years)]
