"""Which inputs a target hangs on: Sobol' or Morris indices, main effects, or rank correlations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.errors import Findings, InputError
from simcounty.sensitivity_analysis.indices import BY_DESIGN, SPEARMAN, Method, varies
from simcounty.sweeps import futures as reading
from simcounty.sweeps.futures import Flags, Numbers, inputs_of

if TYPE_CHECKING:
    import xarray as xr

Values = Mapping[str, Numbers]


def sensitivity(futures: xr.Dataset, targets: Iterable[str] = (), repair: bool = False) -> xr.Dataset:
    """Return how much each varied input moves the value of each target, as the design of the sweep allows.

    Along `scenario`, `target` and `input`; the attribute `method` says which fields there are:
    "sobol" (a Saltelli design): first and total, shares of the variance, with the half-width of their 95 %
    interval as first_error and total_error; "morris": mu, mu_star with mu_star_error, and sigma, in the
    target's unit over the whole range of an input; "factorial": effect, from the lowest level's mean to the
    highest's in the target's unit, and share, of the variance; "spearman" (any sample): correlation of ranks
    with low and high (95 %) and p_value. A target whose value does not vary is `constant`, without indices.
    Raises InputError, all findings at once, on a design that was not run to its end, that has failed runs,
    or whose inputs are correlated where indices need them independent. `repair` drops the failed runs,
    and with them the whole block or trajectory they stand in; `dropped` says how many members went.

    >>> sensitivity(futures, ["gdp-2027"]).method
    'spearman'
    """
    asked = reading.judged_by(futures, tuple(targets))
    method = BY_DESIGN.get(futures.attrs["design"], SPEARMAN)
    inputs = inputs_of(futures)
    outcomes = {
        scenario: {each.name: reading.values(futures, scenario, each) for each in own}
        for scenario, own in asked.items()
    }
    gone = {scenario: _gone(futures, scenario, own, method) for scenario, own in outcomes.items()}
    table = np.column_stack([futures[key].values for key in inputs])
    _insist(futures, method, gone, repair)
    if not method.fits(table):
        raise InputError(f"its members do not lie as in a {futures.attrs['design']} design. Sweep again.")
    rows = {}
    for scenario, own in asked.items():
        found = _indices(method, table, outcomes[scenario], gone[scenario])
        for target, cells in zip(own, found, strict=True):
            rows[scenario, target.name] = {**reading.about(target), **cells}
    return _laid_out(futures, rows, method, gone)


def strongest(indices: xr.Dataset, count: int | None = None) -> list[str]:
    """Return the inputs of one scenario and target, strongest first; none if its value is constant.

    >>> strongest(sensitivity(futures, ["gdp-2027"]).isel(scenario=0, target=0), 1)
    ['forward_inflation']
    """
    power = np.abs(indices[indices.attrs["key"]].values)
    if not np.isfinite(power).all():
        return []
    return [str(indices.input.values[place]) for place in np.argsort(-power, kind="stable")[:count]]


def _gone(futures: xr.Dataset, scenario: str, outcomes: Values, method: Method) -> Flags:
    """Tell which members cannot be used: those of a block in which a run failed."""
    failed: Flags = futures.failed.sel(scenario=scenario).values.copy()
    for outcome in outcomes.values():
        failed |= ~np.isfinite(outcome)
    rows = method.rows(len(inputs_of(futures)))
    if failed.size % rows:
        return failed  # refused in a moment
    return np.repeat(failed.reshape(-1, rows).any(axis=1), rows)


def _insist(futures: xr.Dataset, method: Method, gone: Mapping[str, Flags], repair: bool) -> None:
    """Refuse what would make indices wrong without a word."""
    findings = []
    design, rows = futures.attrs["design"], method.rows(len(inputs_of(futures)))
    unfinished = int(futures.attrs["unfinished"])
    if method.entire and (unfinished or futures.sizes["member"] % rows):
        findings.append(
            f"{unfinished} members of its {design} design were not run, and its indices need them all. "
            "Resume it first: simcounty sweep … --resume"
        )
    groups = json.loads(futures.attrs["correlated"])
    if method.independent and groups:
        findings.append(
            f"its inputs are correlated ({_grouped(groups)}), but {method.name} indices need independent "
            "ones. Sweep with --design random for rank correlations, or without the correlation."
        )
    for scenario, bad in gone.items():
        findings += _shortage(futures, scenario, bad, method, repair)
    Findings(findings).raise_as(InputError, "the sensitivity of this sweep cannot be told:")


def _shortage(futures: xr.Dataset, scenario: str, gone: Flags, method: Method, repair: bool) -> list[str]:
    rows = method.rows(len(inputs_of(futures)))
    left = (gone.size - int(gone.sum())) // rows
    if gone.any() and not repair:
        failed = int(futures.failed.sel(scenario=scenario).sum())
        what = "blocks of " + str(rows) if rows > 1 else "members"
        return [
            f"{scenario}: {failed} of {gone.size} runs failed. Mend what fails, or use --repair, "
            f"which drops {int(gone.sum()) // rows} {what} and keeps {left}."
        ]
    if left < method.least:
        what = f"blocks of {rows} members" if rows > 1 else "members"
        least = method.least
        return [f"{scenario}: {left} {what} are left; at least {least} are needed. Sweep with a larger -n."]
    return []


def _grouped(groups: list[Any]) -> str:
    named = [each.get("keys", each) if isinstance(each, dict) else each for each in groups]
    return "; ".join(", ".join(map(str, each)) for each in named)


def _indices(method: Method, table: Numbers, outcomes: Values, gone: Flags) -> list[Mapping[str, Any]]:
    """Measure every outcome of one scenario, by the members that can be used."""
    prepared = method.prepare(table[~gone])
    found: list[Mapping[str, Any]] = []
    for outcome in outcomes.values():
        kept = outcome[~gone]
        constant = not varies(kept)
        none = {field: np.full(table.shape[1], np.nan) for field in method.fields}
        found.append({"constant": constant, **(none if constant else method.measure(prepared, kept))})
    return found


def _laid_out(
    futures: xr.Dataset,
    rows: Mapping[tuple[str, str], Mapping[str, Any]],
    method: Method,
    gone: Mapping[str, Flags],
) -> xr.Dataset:
    inputs = inputs_of(futures)
    found = reading.table(futures, rows, dict.fromkeys(method.fields, ("input",)))
    told: dict[str, Any] = {
        f"input_{name}": ("input", [str(futures[key].attrs.get(attr, "")) for key in inputs])
        for name, attr in (("label", "long_name"), ("unit", "units"), ("role", "role"))
    }
    dropped = {"dropped": ("scenario", [int(bad.sum()) for bad in gone.values()])}
    failed = {"failed": ("scenario", [int(each) for each in futures.failed.sum("member").values])}
    return (
        found.assign(dropped | failed)
        .assign_coords(input=inputs, **told)
        .assign_attrs(method=method.name, key=method.key, finished=futures.sizes["member"])
    )
