"""Sensitivity of targets to inputs, and the regions of inputs in which targets are missed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from simcounty.presentation.formatting import error_digits, year_text
from simcounty.presentation.messages import Messages
from simcounty.presentation.probabilities import cells, target_record
from simcounty.presentation.records import Record, fields, time_unit, year_of
from simcounty.presentation.tables import Table, table_of
from simcounty.units import as_percentage, in_chinese

if TYPE_CHECKING:
    import xarray as xr

SHOWN = 10  # inputs a table
SIGNED = ("mu", "effect", "correlation")
MOST_DIGITS = 6
SMALLEST = 1e-16  # smaller p-values are rounding
COLUMNS = {
    "sobol": ("first", "total"),
    "morris": ("mu", "mu_star", "sigma"),
    "factorial": ("effect", "share"),
    "spearman": ("correlation", "interval", "p_value"),
}


def sensitivity_record(indices: xr.Dataset, discovered: Sequence[xr.Dataset] | None = None) -> Record:
    """Return indices as plain data, and the regions `discover_each` found if it was asked.

    The inputs of a target are ordered by strength; a constant target has none.
    """
    found = {
        "members": indices.attrs["finished"],
        "failed": int(indices.failed.sum()),
        "scenarios": {
            name: fields(indices.sel(scenario=name), "failed", "dropped")
            for name in indices.scenario.values.tolist()
        },
        "design": indices.attrs["design"],
        "method": indices.attrs["method"],
        "time_unit": time_unit(indices),
        "correlated": bool(json.loads(indices.attrs["correlated"])),
        "targets": [_target(cell) for cell in cells(indices)],
    }
    return found if discovered is None else {**found, "discovery": list(map(_discovery, discovered))}


def _target(cell: xr.Dataset) -> Record:
    from simcounty.sensitivity_analysis import strongest

    return {
        **target_record(cell),
        "constant": bool(cell.constant),
        "inputs": [_input(cell.sel(input=key)) for key in strongest(cell)],
    }


def _input(cell: xr.Dataset) -> Record:
    numbers = [str(name) for name, each in cell.items() if each.dtype.kind == "f"]
    about = fields(cell, "label", "unit", "role", prefix="input_")
    return {"key": cell.input.item(), **about, **fields(cell, *numbers)}


def _discovery(found: xr.Dataset) -> Record:
    return {
        "scenario": found.attrs["scenario"],
        "name": found.attrs["target"] or None,
        "label": found.attrs["label"],
        "year": year_of(found.attrs["year"]),
        **{name: found.attrs[name] for name in ("found", "misses", "counted")},
        "regions": [_region(found.isel(box=place)) for place in range(found.sizes["box"])],
    }


def _region(box: xr.Dataset) -> Record:
    cells = {key: box.sel(input=key) for key in box.input.values.tolist()}
    limits = {
        key: fields(cell, "label", "unit", prefix="input_") | fields(cell, "low", "high")
        for key, cell in cells.items()
    }
    return {
        "limits": {key: each for key, each in limits.items() if (each["low"], each["high"]) != (None, None)},
        **fields(box, "coverage", "density", "members"),
    }


def sensitivity_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield a table a target, strongest inputs first, what its numbers mean, and a sentence a region."""
    columns = ("input", "role", *COLUMNS[record["method"]])
    for target in record["targets"]:
        yield words("moved", **{**target, "year": year_text(target["year"])})
        inputs = target["inputs"]
        if inputs:
            yield table_of(
                words, columns, (_row(each, columns, words) for each in inputs[:SHOWN]), columns[2:]
            )
        else:
            yield words("constant")
        if len(inputs) > SHOWN:
            yield words("rest", count=len(inputs) - SHOWN)
        yield ""
    yield words(f"method_{record['method']}")
    if record["correlated"]:
        yield words("correlated")
    for name, counts in record["scenarios"].items():
        if counts["dropped"]:
            yield words("dropped", scenario=name, members=f"{record['members']:,}", **counts)
    yield from _discovery_view(record, words)


def _row(each: Record, columns: Sequence[str], words: Messages) -> tuple[str, ...]:
    numbers = (_shown(each, column) for column in columns[2:])
    return f"{each['label']} ({each['key']})", words(f"role_{each['role']}"), *numbers


def _shown(each: Record, column: str) -> str:
    if column == "interval":
        return f"{each['low']:+.3f} … {each['high']:+.3f}"
    value = each[column]
    if column == "p_value":
        return f"{value:.2g}" if value >= SMALLEST else f"< {SMALLEST:g}"
    if f"{column}_error" in each:
        error = each[f"{column}_error"]
        digits = min(error_digits(error), MOST_DIGITS)
        return f"{value:.{digits}f} ± {error:.{digits}f}"
    return f"{value:+.3g}" if column in SIGNED else f"{value:.3g}"


def _discovery_view(record: Record, words: Messages) -> Iterator[str]:
    """Yield a sentence a region, or why there is none."""
    found = record.get("discovery", ())
    if found:
        yield ""
    for each in found:
        name = f"{each['label']} {year_text(each['year'])}" if each["name"] else words("plan_missed")
        target = words("in_scenario", target=name, scenario=each["scenario"])
        if not each["regions"]:
            counts = {"misses": f"{each['misses']:,}", "counted": f"{each['counted']:,}"}
            yield words(f"regions_{each['found']}", target=target, **counts)
        for place, region in enumerate(each["regions"]):
            limits = (_limit_text(key, limit, words) for key, limit in region["limits"].items())
            yield words(
                "region_further" if place else "region",
                limits=words("and").join(limits),
                density=f"{100 * region['density']:.3g}",
                coverage=f"{100 * region['coverage']:.3g}",
                target=target,
            )
    if found and record["design"] in ("morris", "factorial"):
        yield words("regions_grid")


def _end(value: float) -> str:
    """Write the end of a region; what is nearly all or nothing of a fraction is not written as that."""
    text = f"{value:.3g}"
    return f"{value:.6g}" if float(text) in (0, 1) and float(text) != value else text


def _limit_text(key: str, limit: Record, words: Messages) -> str:
    """Write the limits of an input in a unit people use."""
    factor, unit = as_percentage(1.0, limit["unit"])
    ends = {name: _end(factor * limit[name]) for name in ("low", "high") if limit[name] is not None}
    code = "between" if len(ends) == 2 else "above" if "low" in ends else "below"
    if len(set(ends.values())) < len(ends):
        code = "exactly"
    name = limit["label"] if words.is_chinese else key
    return words(
        code, input=name, unit=in_chinese(unit) if words.is_chinese else unit.replace("Dmnl", ""), **ends
    ).strip()
