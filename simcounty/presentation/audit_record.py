"""What `simcounty audit --json` prints: the same for the same question, wherever and whenever."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simcounty.presentation.formatting import finite

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Scenario, Target

SHARE = ("probability", "standard_error", "low", "high")
COUNTS = ("seed", "draws", "sought_on", "settings_tried", "settings_over_draws")
TOGETHER = ("joint", "joint_paid", "sought", "sought_paid", "kept")

Record = dict[str, Any]


def record(found: xr.Dataset, scenario: Scenario) -> Record:
    """Return an audit as plain numbers and words; what is not known is None."""
    return {
        "scenario": scenario.name,
        "county": scenario.county.name,
        **{name: int(found.attrs[name]) for name in COUNTS},
        "sought_for": json.loads(found.attrs["sought_for"]),
        "sought_with_lines": bool(found.attrs["sought_paid"]),
        "levers": [_lever(found.sel(lever=key), str(key)) for key in found.lever.values],
        "targets": [_target(found.sel(target=each.name), each) for each in scenario.targets],
        "settings": [_setting(found.sel(setting=name), str(name)) for name in found.setting.values],
        "pairs": list(_pairs(found)),
    }


def _lever(cell: xr.Dataset, key: str) -> Record:
    about = {name: str(cell[f"lever_{name}"].item()) for name in ("label", "unit")}
    ends = {name: float(cell[f"lever_{name}"]) for name in ("low", "high")}
    stands = {name: float(cell.lever_value.sel(setting=name)) for name in ("baseline", "plan")}
    return {"key": key, **about, **ends, **stands}


def _target(cell: xr.Dataset, target: Target) -> Record:
    return {
        "name": target.name,
        "label": target.label,
        "clause": target.clause,
        "operator": target.operator,
        "goal": finite(target.goal),
        "up_to": target.up_to,
        "unit": target.unit,
        "year": target.year,
        "reached": str(cell.reached.item()) or None,
        "best_setting": str(cell.best_setting.item()) or None,
        "paid_setting": str(cell.paid_setting.item()) or None,
        "lowest": finite(float(cell.lowest)),
        "highest": finite(float(cell.highest)),
        "arithmetic": _arithmetic(cell),
    }


def _arithmetic(cell: xr.Dataset) -> Record:
    steps = zip(*(cell[f"record_{name}"].values for name in ("start", "end", "per_year")), strict=True)
    return {
        "pace": str(cell.pace.item()),
        "per_year": finite(float(cell.per_year)),
        "until": finite(float(cell.until)),
        "since": finite(float(cell.since)),
        "since_value": finite(float(cell.since_value)),
        "observed": bool(cell.since_observed),
        "met": bool(cell.since_met),
        "record": [
            {"from": int(start), "to": int(end), "per_year": float(change)}
            for start, end, change in steps
            if finite(start) is not None
        ],
    }


def _setting(cell: xr.Dataset, name: str) -> Record:
    keys = [str(key) for key in cell.lever.values]
    brings = {key: finite(float(each)) for key, each in zip(keys, cell.brings.values, strict=True)}
    return {
        "name": name,
        "levers": dict(zip(keys, cell.lever_value.values.tolist(), strict=True)),
        "brings": brings if any(each is not None for each in brings.values()) else None,
        "targets": {str(key): _outcome(cell.sel(target=key)) for key in cell.target.values},
        "lines": {str(key): _line(cell.sel(line=key)) for key in cell.line.values},
        **{of: _share(cell, f"{of}_") for of in TOGETHER},
    }


def _outcome(cell: xr.Dataset) -> Record:
    quantiles = [f"{100 * each:g}" for each in cell["quantile"].values]
    return {
        "value": finite(float(cell.value)),
        "margin": finite(float(cell.margin)),
        "met": bool(cell.met),
        **_share(cell, ""),
        "with_lines": _share(cell, "paid_"),
        "spread": dict(zip(quantiles, map(finite, cell.spread.values.tolist()), strict=True)),
    }


def _line(cell: xr.Dataset) -> Record:
    return {
        "label": str(cell.line_label.item()),
        "worst": finite(float(cell.worst)),
        "year": int(cell.worst_year),
        "kept": bool(cell.kept),
        **_share(cell, "line_"),
    }


def _share(cell: xr.Dataset, prefix: str) -> Mapping[str, float | None]:
    return {name: finite(float(cell[prefix + name])) for name in SHARE}


def _pairs(found: xr.Dataset) -> Any:
    names = [str(name) for name in found.target.values]
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            stand = str(found.pair.sel(target=one, other=other).item())
            if stand:
                beside = {
                    name: finite(float(found.beside.sel(target=name, other=against)))
                    for name, against in ((one, other), (other, one))
                }
                yield {"targets": [one, other], "stand": stand, "beside": beside}
