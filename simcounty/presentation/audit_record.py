"""An audit as plain data: what `simcounty audit --json` prints, and what its tables are made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

from simcounty.presentation.formatting import finite

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Scenario, Target

PROBABILITY = ("probability", "standard_error", "low", "high")
COUNTS = ("seed", "draws", "search_draws", "settings_tried", "settings_tried_over_draws")
JOINT = ("joint", "joint_feasible", "sought", "sought_feasible", "all_constraints")

Record = Mapping[str, Any]


def audit_record(found: xr.Dataset, scenario: Scenario) -> Record:
    """Return an audit as plain data, the same whenever it is made; what is not known is None."""
    names = [str(name) for name in found.target.values]
    return {
        "scenario": scenario.name,
        "county": scenario.county.name,
        **{name: int(found.attrs[name]) for name in COUNTS},
        "sought_for": json.loads(found.attrs["sought_for"]),
        "sought_feasible": bool(found.attrs["sought_feasible"]),
        "levers": {str(key): _lever(found.sel(lever=key)) for key in found.lever.values},
        "targets": [_target(found.sel(target=each.name), each) for each in scenario.targets],
        "settings": {str(name): _setting(found.sel(setting=name)) for name in found.setting.values},
        "pairs": [_pair(found, *pair) for pair in combinations(names, 2)] if found.lever.size else [],
    }


def _lever(found: xr.Dataset) -> Record:
    return {
        **{name: str(found[f"lever_{name}"].item()) for name in ("label", "unit")},
        **{name: float(found[f"lever_{name}"]) for name in ("low", "high")},
        **{name: float(found.lever_value.sel(setting=name)) for name in ("baseline", "plan")},
    }


def _target(found: xr.Dataset, target: Target) -> Record:
    settings = ("attainable", "best_setting", "feasible_setting")
    return {
        "name": target.name,
        "label": target.label,
        "clause": target.clause,
        "operator": target.operator,
        "goal": finite(target.goal),
        "up_to": target.up_to,
        "unit": target.unit,
        "year": target.year,
        **{name: str(found[name].item()) or None for name in settings},
        **_numbers(found, "lowest", "highest"),
        "required_pace": _required_pace(found),
    }


def _required_pace(found: xr.Dataset) -> Record:
    periods = zip(*(found[f"observed_{name}"].values for name in ("start", "end", "per_year")), strict=True)
    return {
        "unit": str(found.pace_unit.item()),
        "per_year": finite(float(found.required_per_year)),
        **_numbers(found, "until", "since", "since_value"),
        "since_observed": bool(found.since_observed),
        "since_met": bool(found.since_met),
        "observed": [
            {"from": int(start), "to": int(end), "per_year": float(change)}
            for start, end, change in periods
            if finite(start) is not None
        ],
    }


def _setting(found: xr.Dataset) -> Record:
    keys = [str(key) for key in found.lever.values]
    contributions = dict(zip(keys, map(finite, found.contribution.values.tolist()), strict=True))
    return {
        "levers": dict(zip(keys, found.lever_value.values.tolist(), strict=True)),
        "contributions": contributions if any(each is not None for each in contributions.values()) else None,
        "targets": {str(key): _outcome(found.sel(target=key)) for key in found.target.values},
        "constraints": [_constraint(found.isel(constraint=i)) for i in range(found.sizes["constraint"])],
        **{event: _probability(found, f"{event}_") for event in JOINT},
    }


def _outcome(found: xr.Dataset) -> Record:
    quantiles = [f"{100 * each:g}" for each in found["quantile"].values]
    return {
        **_numbers(found, "value", "margin"),
        "met": bool(found.met),
        **_probability(found, ""),
        "feasible": _probability(found, "feasible_"),
        "spread": dict(zip(quantiles, map(finite, found.spread.values.tolist()), strict=True)),
    }


def _constraint(found: xr.Dataset) -> Record:
    return {
        "variable": str(found.constraint.item()),
        "label": str(found.constraint_label.item()),
        **_numbers(found, "worst"),
        "year": int(found.worst_year),
        "satisfied": bool(found.satisfied),
        **_probability(found, "constraint_"),
    }


def _pair(found: xr.Dataset, one: str, other: str) -> Record:
    cells = {name: found.sel(target=name, other=beside) for name, beside in ((one, other), (other, one))}
    return {
        "targets": [one, other],
        "status": str(cells[one].pair.item()),
        "best_with": {name: finite(float(cell.best_with)) for name, cell in cells.items()},
    }


def _probability(found: xr.Dataset, prefix: str) -> Record:
    return {name: finite(float(found[prefix + name])) for name in PROBABILITY}


def _numbers(found: xr.Dataset, *names: str) -> Record:
    return {name: finite(float(found[name])) for name in names}
