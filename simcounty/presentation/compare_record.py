"""Comparisons and waterfalls as records for machines; the tables for people are made from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from simcounty.presentation.formatting import finite

if TYPE_CHECKING:
    import xarray as xr

Record = dict[str, Any]


def record(found: xr.Dataset, falls: Iterable[xr.Dataset] = ()) -> Record:
    """Return what `compare --json` prints; numbers are in the unit beside them."""
    return {
        "scenarios": [_scenario(found.sel(scenario=label)) for label in found.scenario.values],
        "reference": str(found.scenario.values[0]),
        "per": str(found.attrs["per"]),
        "targets": [_target(found.sel(target=name)) for name in found.target.values],
        "variables": [
            _variable(found.sel(variable=key, time=int(year)))
            for key in found.variable.values
            for year in str(found.attrs["years"]).split(", ")
        ],
        "lines": [_line(found.sel(line=name)) for name in found.line.values],
        "waterfalls": [_fall(each) for each in falls],
    }


def _scenario(cell: xr.Dataset) -> Record:
    texts = {name: str(cell[name].item()) for name in ("title", "county")}
    years = {name: float(cell[name]) for name in ("first_year", "last_year")}
    return {"name": str(cell.scenario.item()), **texts, **years}


def _target(row: xr.Dataset) -> Record:
    about = {name: str(row[name].item()) for name in ("label", "operator", "unit", "clause", "document")}
    year = finite(float(row.year))
    return {
        "name": str(row.target.item()),
        "variable": str(row.target_variable.item()),
        **about,
        "year": None if year is None else int(year),
        "values": [
            {
                "scenario": str(label),
                **{name: finite(float(cell[name])) for name in ("value", "goal", "margin")},
                "met": bool(cell.met) if finite(float(cell.value)) is not None else None,
                "difference": finite(float(cell.value_difference)),
            }
            for label, cell in _by_scenario(row)
        ],
    }


def _variable(row: xr.Dataset) -> Record:
    base = finite(float(row.base))
    return {
        "key": str(row.variable.item()),
        "label": str(row.variable_label.item()),
        "unit": str(row.variable_unit.item()),
        "measure": str(row.measure.item()),
        "base": None if base is None else int(base),
        "total": bool(row.total),
        "year": int(row.time),
        "values": [
            {
                "scenario": str(label),
                "level": finite(float(cell.level)),
                "difference": finite(float(cell.difference)),
            }
            for label, cell in _by_scenario(row)
        ],
    }


def _line(row: xr.Dataset) -> Record:
    return {
        "name": str(row.line_name.item()),
        "name_label": str(row.line_label.item()),
        "label": str(row.line_variable.item()),
        "unit": str(row.line_unit.item()),
        "bound": [finite(float(row.line_low)), finite(float(row.line_high))],
        "values": [
            {
                "scenario": str(label),
                "worst": finite(float(cell.worst)),
                "year": None if finite(float(cell.worst_year)) is None else int(cell.worst_year),
                "kept": bool(cell.kept) if finite(float(cell.worst_year)) is not None else None,
            }
            for label, cell in _by_scenario(row)
        ],
    }


def _by_scenario(row: xr.Dataset) -> list[tuple[str, xr.Dataset]]:
    return [(str(label), row.sel(scenario=label)) for label in row.scenario.values]


def _fall(fall: xr.Dataset) -> Record:
    return {
        "before": str(fall.attrs["before"]),
        "after": str(fall.attrs["after"]),
        "runs": int(fall.attrs["runs"]),
        "by_clause": bool(fall.attrs["by_clause"]),
        "outcomes": [_outcome(fall.sel(outcome=name)) for name in fall.outcome.values],
    }


def _outcome(cell: xr.Dataset) -> Record:
    about = {name: str(cell[name].item()) for name in ("variable", "label", "operator", "unit", "clause")}
    year = finite(float(cell.year))
    return {
        "name": str(cell.outcome.item()),
        **about,
        "year": None if year is None else int(year),
        "goal": finite(float(cell.goal)),
        "before": finite(float(cell.value_before)),
        "after": finite(float(cell.value_after)),
        "levers": [_lever(cell.sel(lever=name)) for name in cell.lever.values],
    }


def _lever(cell: xr.Dataset) -> Record:
    return {
        "name": str(cell.lever.item()),
        "label": str(cell.lever_label.item()),
        "keys": str(cell.lever_keys.item()).split(", "),
        "clause": str(cell.lever_clause.item()),
        "from": finite(float(cell.lever_before)),
        "to": finite(float(cell.lever_after)),
        "unit": str(cell.lever_unit.item()),
        **{name: finite(float(cell[name])) for name in ("share", "alone", "last")},
    }
