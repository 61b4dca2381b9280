"""What moves a target: the indices that the design of a sweep allows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from simcounty.errors import Findings, InputError
from simcounty.sensitivity_analysis.indices import BY_DESIGN, SPEARMAN, Method, varies
from simcounty.sweeps.futures import (
    Flags,
    Numbers,
    by_target,
    judgeable_targets,
    sources_of,
    target_fields,
    target_values,
)

Outcomes = Mapping[str, Numbers]
"""The values of targets in every member of one scenario."""


def sensitivity(futures: xr.Dataset, targets: Iterable[str] = (), repair: bool = False) -> xr.Dataset:
    """Return how much each varied input moves the value of each target, as the design of the sweep allows.

    Along `scenario`, `target` and `input`; the attribute `method` says which fields there are:
    "sobol" (a Saltelli design): first and total, fractions of the variance, with the half-width of their 95 %
    interval as first_error and total_error; "morris": mu, mu_star with mu_star_error, and sigma, in the
    target's unit over the full range of an input; "factorial": effect, from the lowest level's mean to the
    highest's in the target's unit, and share, of the variance; "spearman" (any sample): correlation of ranks
    with low and high (95 %) and p_value. A target whose value does not vary is `constant`, without indices.
    Raises InputError, all findings at once, on a design that was not run to its end, that has failed runs,
    or whose inputs are correlated where indices need them independent. `repair` drops the failed runs,
    each with the block or trajectory it belongs to; `dropped` is the number of members left out.

    >>> sensitivity(futures, ["gdp-2027"]).method
    'spearman'
    """
    judged = judgeable_targets(futures, tuple(targets))
    method = BY_DESIGN.get(futures.attrs["design"], SPEARMAN)
    outcomes = {
        scenario: {each.name: target_values(futures, scenario, each) for each in own}
        for scenario, own in judged.items()
    }
    unusable = {scenario: _unusable(futures, scenario, own, method) for scenario, own in outcomes.items()}
    table = np.column_stack([futures[key].values for key in sources_of(futures)])
    _assert_allowed(futures, method, unusable, repair)
    if not method.fits(table):
        raise InputError(f"its members do not lie as in a {futures.attrs['design']} design. Sweep again.")
    rows = {}
    for scenario, own in judged.items():
        found = _indices(method, table, outcomes[scenario], ~unusable[scenario])
        for target, fields in zip(own, found, strict=True):
            rows[scenario, target.name] = {**target_fields(target), **fields}
    return _dataset(futures, rows, method, unusable)


def strongest(indices: xr.Dataset, count: int | None = None) -> list[str]:
    """Return the inputs of one scenario and target, strongest first; none if its value is constant.

    >>> strongest(sensitivity(futures, ["gdp-2027"]).isel(scenario=0, target=0), 1)
    ['forward_inflation']
    """
    power = np.abs(indices[indices.attrs["key"]].values)
    if not np.isfinite(power).all():
        return []
    return [str(indices.input.values[place]) for place in np.argsort(-power, kind="stable")[:count]]


def _unusable(futures: xr.Dataset, scenario: str, outcomes: Outcomes, method: Method) -> Flags:
    """Return which members cannot be used: those of a block in which a run failed."""
    failed: Flags = futures.failed.sel(scenario=scenario).values.copy()
    for outcome in outcomes.values():
        failed |= ~np.isfinite(outcome)
    rows = method.rows(len(sources_of(futures)))
    if failed.size % rows:
        return failed  # an incomplete design: refused by `_assert_allowed`
    return np.repeat(failed.reshape(-1, rows).any(axis=1), rows)


def _assert_allowed(futures: xr.Dataset, method: Method, unusable: Mapping[str, Flags], repair: bool) -> None:
    """Refuse what would silently make the indices wrong."""
    findings = Findings()
    design, rows = futures.attrs["design"], method.rows(len(sources_of(futures)))
    unfinished = int(futures.attrs["unfinished"])
    if method.entire and (unfinished or futures.sizes["member"] % rows):
        findings.append(
            f"{unfinished} members of its {design} design were not run, and its indices need them all. "
            "Resume it first: simcounty sweep … --resume"
        )
    groups = [", ".join(group["keys"]) for group in json.loads(futures.attrs["correlated"])]
    if method.independent and groups:
        findings.append(
            f"its inputs are correlated ({'; '.join(groups)}), but {method.name} indices need independent "
            "ones. Sweep with --design random for rank correlations, or without the correlation."
        )
    for scenario, flags in unusable.items():
        with findings.at(scenario):
            _assert_enough(int(futures.failed.sel(scenario=scenario).sum()), flags, method, rows, repair)
    findings.raise_as(InputError, "the sensitivity of this sweep cannot be computed:")


def _assert_enough(failed: int, unusable: Flags, method: Method, rows: int, repair: bool) -> None:
    dropped, left = int(unusable.sum()) // rows, (unusable.size - int(unusable.sum())) // rows
    if unusable.any() and not repair:
        what = f"blocks of {rows}" if rows > 1 else "members"
        raise InputError(
            f"{failed} of {unusable.size} runs failed. Mend what fails, or use --repair, "
            f"which drops {dropped} {what} and keeps {left}."
        )
    if left < method.least:
        what = f"blocks of {rows} members" if rows > 1 else "members"
        raise InputError(
            f"{left} {what} are left; at least {method.least} are needed. Sweep with a larger -n."
        )


def _indices(method: Method, table: Numbers, outcomes: Outcomes, usable: Flags) -> list[Mapping[str, Any]]:
    """Measure every outcome of one scenario over the usable members."""
    prepared = method.prepare(table[usable])
    found: list[Mapping[str, Any]] = []
    for outcome in outcomes.values():
        values = outcome[usable]
        constant = not varies(values)
        none = {field: np.full(table.shape[1], np.nan) for field in method.fields}
        found.append({"constant": constant, **(none if constant else method.measure(prepared, values))})
    return found


def _dataset(
    futures: xr.Dataset,
    rows: Mapping[tuple[str, str], Mapping[str, Any]],
    method: Method,
    unusable: Mapping[str, Flags],
) -> xr.Dataset:
    inputs = sources_of(futures)
    about = {
        f"input_{name}": ("input", [str(futures[key].attrs.get(attribute, "")) for key in inputs])
        for name, attribute in (("label", "long_name"), ("unit", "units"), ("role", "role"))
    }
    counts = {
        "dropped": ("scenario", [int(flags.sum()) for flags in unusable.values()]),
        "failed": ("scenario", [int(each) for each in futures.failed.sum("member").values]),
    }
    return (
        by_target(futures, rows, dict.fromkeys(method.fields, ("input",)))
        .assign(counts)
        .assign_coords({"input": inputs, **about})
        .assign_attrs(method=method.name, key=method.key, finished=futures.sizes["member"])
    )
