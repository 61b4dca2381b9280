"""What moves a target: as records for machines, and as one table a target for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from simcounty.presentation.formatting import error_digits, finite
from simcounty.presentation.probabilities import cells, year_of
from simcounty.presentation.terminal import Terminal, say

if TYPE_CHECKING:
    import xarray as xr

SHOWN = 10  # inputs a table
SIGNED = ("mu", "effect", "correlation")
MOST_DIGITS = 6
SMALLEST = 1e-16  # a p-value below is not told apart from nought
COLUMNS = {
    "sobol": ("first", "total"),
    "morris": ("mu", "mu_star", "sigma"),
    "factorial": ("effect", "share"),
    "spearman": ("correlation", "interval", "p_value"),
}


def record(indices: xr.Dataset) -> dict[str, Any]:
    """Return what `sensitivity --json` prints; a constant target has no inputs."""
    return {
        "members": indices.attrs["finished"],
        "failed": int(indices.failed.sum()),
        "dropped": {str(each.scenario.item()): int(each) for each in indices.dropped},
        "design": indices.attrs["design"],
        "method": indices.attrs["method"],
        "targets": [_target(cell) for cell in cells(indices)],
    }


def _target(cell: xr.Dataset) -> dict[str, Any]:
    return {
        "scenario": str(cell.scenario.item()),
        "name": str(cell.target.item()),
        "label": str(cell.label.item()),
        "clause": str(cell.clause.item()),
        "unit": str(cell.unit.item()),
        "constant": bool(cell.constant),
        "inputs": [_input(cell, key) for key in _ordered(cell)],
    }


def _input(cell: xr.Dataset, key: str) -> dict[str, Any]:
    own = cell.sel(input=key)
    told = {name: str(own[f"input_{name}"].item()) for name in ("label", "unit", "role")}
    return {"key": key, **told, **{name: finite(float(own[name])) for name in _fields(cell)}}


def _fields(cell: xr.Dataset) -> list[str]:
    return [str(name) for name, each in cell.items() if each.dims == ("input",)]


def _ordered(cell: xr.Dataset) -> list[str]:
    from simcounty.sensitivity_analysis.sensitivity import strongest

    return strongest(cell)


def tell(indices: xr.Dataset, terminal: Terminal) -> None:
    """Print a table a target, strongest inputs first, and what its numbers mean."""
    columns = ("input", "role", *COLUMNS[indices.attrs["method"]])
    for cell in cells(indices):
        say(_heading(cell, terminal))
        order = _ordered(cell)
        if not order:
            terminal.result("constant")
        else:
            terminal.table(columns, (_row(cell, key, terminal) for key in order[:SHOWN]), right=columns[2:])
        if len(order) > SHOWN:
            terminal.result("rest", count=len(order) - SHOWN)
        say("")
    terminal.result(f"method_{indices.attrs['method']}")
    for name, sentence in _remarks(indices):
        terminal.result(name, **sentence)


def _heading(cell: xr.Dataset, terminal: Terminal) -> str:
    told = {"target": str(cell.label.item()), "year": year_of(cell), "clause": str(cell.clause.item())}
    return terminal.word("moved", scenario=str(cell.scenario.item()), **told)


def _row(cell: xr.Dataset, key: str, terminal: Terminal) -> tuple[str, ...]:
    own = cell.sel(input=key)
    name = f"{own.input_label.item()} ({key})"
    shown = (_shown(own, column) for column in COLUMNS[cell.attrs["method"]])
    return (name, terminal.word(f"role_{own.input_role.item()}"), *shown)


def _shown(own: xr.Dataset, column: str) -> str:
    if column == "interval":
        return f"{float(own.low):+.3f} … {float(own.high):+.3f}"
    if column == "p_value":
        return f"{float(own.p_value):.2g}" if own.p_value >= SMALLEST else f"< {SMALLEST:g}"
    value = float(own[column])
    if f"{column}_error" in own:
        error = float(own[f"{column}_error"])
        digits = min(error_digits(error), MOST_DIGITS)
        return f"{value:.{digits}f} ± {error:.{digits}f}"
    return f"{value:+.3g}" if column in SIGNED else f"{value:.3g}"


def _remarks(indices: xr.Dataset) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what must be known beside the numbers: members dropped, inputs correlated."""
    if json.loads(indices.attrs["correlated"]):
        yield "correlated", {}
    for each in indices.scenario.values:
        own = indices.sel(scenario=each)
        if int(own.dropped):
            counted = {"dropped": int(own.dropped), "failed": int(own.failed)}
            yield "dropped", {"scenario": str(each), "members": f"{indices.attrs['finished']:,}", **counted}
