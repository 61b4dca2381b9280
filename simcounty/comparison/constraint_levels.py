"""The variables of a comparison year by year, made comparable where the counties differ in size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from simcounty.calendar import by_year, is_total
from simcounty.comparison.request import Asked
from simcounty.comparison.run import attributes
from simcounty.errors import Findings, InputError
from simcounty.judgement import series_of
from simcounty.units import convert, is_extensive, spelled, unit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Numbers = NDArray[np.float64]
BASE = 100.0


@dataclass(frozen=True)
class Row:
    """One variable in every scenario: (scenarios, years), in `unit`.

    `measure` is "level", "per" (divided by another variable) or "index" (100 in the year `base`).
    """

    values: Numbers
    label: str
    unit: str
    total: bool
    measure: str = "level"
    base: float = np.nan


def levels_of(asked: Asked, runs: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Return `level` and `difference` by scenario, variable and year."""
    yearly = {label: by_year(run) for label, run in runs.items()}
    years = np.unique(np.concatenate([run.time.values for run in yearly.values()]))
    findings = Findings()
    rows = {}
    for key in asked.variables:
        try:
            rows[key] = _comparable(asked, yearly, key, years)
        except InputError as error:
            findings.append(f"variable {key}: {error}")
    findings.raise_as(InputError, "these variables cannot be compared:")
    return _laid_out(asked, dict(runs), years, rows)


def _comparable(asked: Asked, yearly: Mapping[str, xr.Dataset], key: str, years: NDArray[Any]) -> Row:
    row = _row(yearly, key, years)
    if asked.one_county or not is_extensive(row.unit):
        return row
    if asked.per and key != asked.per:
        return _divided(row, _row(yearly, asked.per, years))
    return _indexed(row, years)


def _row(yearly: Mapping[str, xr.Dataset], key: str, years: NDArray[Any]) -> Row:
    """Return a variable in the unit it has in the first scenario; nan in years that a run does not hold."""
    series = [series_of(run, key).reindex(time=years) for run in yearly.values()]
    first = series[0].attrs
    unit = str(first.get("units", ""))
    factors = [_factor(str(each.attrs.get("units", "")), unit) for each in series]
    values = np.array([f * each.values for f, each in zip(factors, series, strict=True)])
    return Row(values, str(first.get("long_name", key)), unit, is_total(series[0]))


def _factor(own: str, unit: str) -> float:
    return 1.0 if own == unit else convert(1.0, own, unit)


def _divided(row: Row, size: Row) -> Row:
    """Return what there is for each of something; yuan, not hundred millions of them."""
    unit = spelled(unit_of(f"{row.unit}/({size.unit})"))
    small = unit.replace("YiYuan", "yuan") if unit.startswith("YiYuan") else unit
    with np.errstate(divide="ignore", invalid="ignore"):
        values = _factor(unit, small) * row.values / size.values
    if small == "Dmnl":
        values, small = 100.0 * values, "%"
    return Row(values, row.label, small, row.total, "per")


def _indexed(row: Row, years: NDArray[Any]) -> Row:
    """Return an index with the first year that all runs have; levels where that is nought for one of them."""
    known = np.flatnonzero(np.isfinite(row.values).all(axis=0))
    if not known.size or not (row.values[:, known[0]] > 0.0).all():
        return row
    values = BASE * row.values / row.values[:, known[:1]]
    return Row(values, row.label, "Dmnl", row.total, "index", float(years[known[0]]))


def _laid_out(
    asked: Asked, runs: dict[str, xr.Dataset], years: NDArray[Any], rows: Mapping[str, Row]
) -> xr.Dataset:
    shape = (len(asked.scenarios), len(rows), len(years))
    stacked = [row.values for row in rows.values()]
    levels = np.stack(stacked, axis=1) if stacked else np.empty(shape)
    dims = ("scenario", "variable", "time")
    about = {
        "variable_label": [row.label for row in rows.values()],
        "variable_unit": [row.unit for row in rows.values()],
        "measure": [row.measure for row in rows.values()],
        "total": [row.total for row in rows.values()],
        "base": [row.base for row in rows.values()],
    }
    scenarios = asked.scenarios.values()
    of_scenarios: dict[str, Sequence[Any]] = {
        "title": [each.title for each in scenarios],
        "county": [each.county.title for each in scenarios],
        "first_year": [each.years.start for each in scenarios],
        "last_year": [each.years.end for each in scenarios],
    }
    return xr.Dataset(
        {"level": (dims, levels), "difference": (dims, levels - levels[:1])},
        coords={
            "scenario": list(asked.scenarios),
            "variable": list(rows),
            "time": ("time", years, {"long_name": "时间", "units": "year"}),
            **{name: ("variable", values) for name, values in about.items()},
            **{name: ("scenario", values) for name, values in of_scenarios.items()},
        },
        attrs=attributes(asked, runs),
    )
