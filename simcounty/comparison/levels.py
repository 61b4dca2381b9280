"""The variables of a comparison year by year, made comparable where the counties differ in size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simcounty.calendar import CLOSE, by_year, is_total
from simcounty.comparison.specification import Comparison
from simcounty.errors import Findings, InputError
from simcounty.judgement import series_of
from simcounty.units import convert, is_extensive, unit_of, unit_text

if TYPE_CHECKING:
    import xarray as xr

Numbers = NDArray[np.float64]
BASE = 100.0


@dataclass(frozen=True)
class VariableLevels:
    """One variable in every scenario: (scenarios, years), in `unit`.

    `measure` is "level", "per" (divided by another variable) or "index" (100 in the year `base`).
    """

    values: Numbers
    label: str
    unit: str
    total: bool
    measure: str = "level"
    base: float = np.nan


def levels_of(comparison: Comparison, runs: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Return `level` and `difference` by scenario, variable and year."""
    units = {str(run.time.attrs["units"]): name for name, run in runs.items()}
    if len(units) > 1:
        each = "; ".join(f"{name} counts in {unit}" for unit, name in units.items())
        raise InputError(f"models in different units of time cannot be compared: {each}.")
    yearly = {name: by_year(run) for name, run in runs.items()}
    years = np.unique(np.concatenate([run.time.values for run in yearly.values()]))
    findings, found = Findings(), {}
    findings += [
        f"time {time:g}: nothing is saved then. Choose among {years[0]:g} … {years[-1]:g}."
        for time in comparison.years
        if np.abs(years - time).min() > CLOSE
    ]
    for key in comparison.variables:
        with findings.at(f"variable {key}"):
            found[key] = _comparable(comparison, yearly, key, years)
    findings.raise_as(InputError, "these variables cannot be compared:")
    return _dataset(comparison, years, found).assign_coords(
        time=("time", years, next(iter(runs.values())).time.attrs)
    )


def _comparable(
    comparison: Comparison, yearly: Mapping[str, xr.Dataset], key: str, years: NDArray[Any]
) -> VariableLevels:
    levels = _levels(yearly, key, years)
    if comparison.is_of_one_county or not is_extensive(levels.unit):
        return levels
    if comparison.per and key != comparison.per:
        return _divided(levels, _levels(yearly, comparison.per, years))
    return _indexed(levels, years)


def _levels(yearly: Mapping[str, xr.Dataset], key: str, years: NDArray[Any]) -> VariableLevels:
    """Return a variable in the unit it has in the first scenario; nan in years that a run does not hold."""
    series = [series_of(run, key).reindex(time=years) for run in yearly.values()]
    first = series[0].attrs
    unit = str(first.get("units", ""))
    factors = [_factor(str(each.attrs.get("units", "")), unit) for each in series]
    values = np.array([factor * each.values for factor, each in zip(factors, series, strict=True)])
    return VariableLevels(values, str(first.get("long_name", key)), unit, is_total(series[0]))


def _factor(own: str, unit: str) -> float:
    return 1.0 if own == unit else convert(1.0, own, unit)


def _divided(levels: VariableLevels, size: VariableLevels) -> VariableLevels:
    """Return levels per unit of another variable, money in yuan rather than in hundred millions."""
    unit = unit_text(unit_of(f"{levels.unit}/({size.unit})"))
    small = unit.replace("YiYuan", "yuan") if unit.startswith("YiYuan") else unit
    with np.errstate(divide="ignore", invalid="ignore"):
        values = _factor(unit, small) * levels.values / size.values
    if small == "Dmnl":
        values, small = 100.0 * values, "%"
    return VariableLevels(values, levels.label, small, levels.total, "per")


def _indexed(levels: VariableLevels, years: NDArray[Any]) -> VariableLevels:
    """Return an index of the first year that all runs have; the levels where one of them is zero then."""
    known = np.flatnonzero(np.isfinite(levels.values).all(axis=0))
    if not known.size or not (levels.values[:, known[0]] > 0.0).all():
        return levels
    values = BASE * levels.values / levels.values[:, known[:1]]
    return VariableLevels(values, levels.label, "Dmnl", levels.total, "index", float(years[known[0]]))


def _dataset(comparison: Comparison, years: NDArray[Any], found: Mapping[str, VariableLevels]) -> xr.Dataset:
    import xarray as xr

    every, scenarios = found.values(), comparison.scenarios.values()
    shape = (len(scenarios), len(found), len(years))
    levels = np.stack([each.values for each in every], axis=1) if found else np.empty(shape)
    dims = ("scenario", "variable", "time")
    of_variables: dict[str, Sequence[Any]] = {
        "variable_label": [each.label for each in every],
        "variable_unit": [each.unit for each in every],
        "measure": [each.measure for each in every],
        "total": [each.total for each in every],
        "base": [each.base for each in every],
    }
    of_scenarios: dict[str, Sequence[Any]] = {
        "title": [each.title for each in scenarios],
        "county": [each.county.title for each in scenarios],
        "first_year": [each.years.start for each in scenarios],
        "last_year": [each.years.end for each in scenarios],
    }
    return xr.Dataset(
        {"level": (dims, levels), "difference": (dims, levels - levels[:1])},
        coords={
            "scenario": list(comparison.scenarios),
            "variable": list(found),
            "time": years,
            **{name: ("variable", values) for name, values in of_variables.items()},
            **{name: ("scenario", values) for name, values in of_scenarios.items()},
        },
    )
