"""An audit as plain data: what is attainable, how probably, and what the goals ask a year."""

from __future__ import annotations

import json
import math
from itertools import combinations
from typing import TYPE_CHECKING

from simcounty.presentation.formatting import ESTIMATE
from simcounty.presentation.records import Record, by_percent, fields, finite, time_unit
from simcounty.scenario.target import target_record

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Scenario, Target

TARGET = ("name", "label", "clause", "operator", "goal", "up_to", "unit", "year")
COUNTS = ("seed", "draws", "search_draws", "settings_tried", "settings_tried_over_draws")
JOINT = ("joint", "joint_feasible", "sought", "sought_feasible", "all_constraints")


def audit_record(found: xr.Dataset, scenario: Scenario) -> Record:
    """Return an audit as plain data, the same whenever it is made; what is not known is None."""
    names = found.target.values.tolist()
    return {
        "scenario": scenario.name,
        "county": scenario.county.name,
        "time_unit": time_unit(found),
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
        **fields(found, "label", "unit", "low", "high", prefix="lever_"),
        **{name: float(found.lever_value.sel(setting=name)) for name in ("baseline", "plan")},
    }


def _target(found: xr.Dataset, target: Target) -> Record:
    about, settings = target_record(target), ("attainable", "best_setting", "feasible_setting")
    return {
        **{name: about[name] for name in TARGET},
        **{name: found[name].item() or None for name in settings},
        **fields(found, "lowest", "highest"),
        "required_pace": _required_pace(found),
    }


def _required_pace(found: xr.Dataset) -> Record:
    periods = zip(*(found[f"observed_{name}"].values for name in ("start", "end", "per_year")), strict=True)
    return {
        **fields(found, unit="pace_unit", per_year="required_per_year"),
        "until": float(found.until),
        "since": finite(float(found.since)),
        **fields(found, "since_value", "since_observed", "since_met"),
        "observed": [
            {"from": int(start), "to": int(end), "per_year": float(change)}
            for start, end, change in periods
            if math.isfinite(start)
        ],
    }


def _setting(found: xr.Dataset) -> Record:
    keys = found.lever.values.tolist()
    contributions = dict(zip(keys, map(finite, found.contribution.values.tolist()), strict=True))
    return {
        "levers": dict(zip(keys, found.lever_value.values.tolist(), strict=True)),
        "contributions": contributions if any(each is not None for each in contributions.values()) else None,
        "targets": {str(key): _outcome(found.sel(target=key)) for key in found.target.values},
        "constraints": [_constraint(found.isel(constraint=i)) for i in range(found.sizes["constraint"])],
        **{event: fields(found, *ESTIMATE, prefix=f"{event}_") for event in JOINT},
    }


def _outcome(found: xr.Dataset) -> Record:
    return {
        **fields(found, "value", "margin", "met", *ESTIMATE),
        "feasible": fields(found, *ESTIMATE, prefix="feasible_"),
        "spread": by_percent(found.spread),
    }


def _constraint(found: xr.Dataset) -> Record:
    return {
        **fields(found, variable="constraint", label="constraint_label", worst="worst"),
        "year": int(found.worst_year),
        "satisfied": bool(found.satisfied),
        **fields(found, *ESTIMATE, prefix="constraint_"),
    }


def _pair(found: xr.Dataset, one: str, other: str) -> Record:
    cells = {name: found.sel(target=name, other=beside) for name, beside in ((one, other), (other, one))}
    return {
        "targets": [one, other],
        "status": cells[one].pair.item(),
        "best_with": {name: finite(float(cell.best_with)) for name, cell in cells.items()},
    }
