"""Where the width of a forecast comes from: parameters, the model's own error, delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from simcounty.model.graph import variable_of
from simcounty.model_error.futures import ERROR, outcomes_behind
from simcounty.scenario import Target
from simcounty.sweeps.delivery import DELAY, FRACTION
from simcounty.sweeps.futures import Flags, Numbers, inputs_of
from simcounty.sweeps.weights import Weights

PARTS = ("parameters", "model_error", "delivery")
TENTH = 0.1
FEWEST = 100  # draws that a split is told from


def width_of(futures: xr.Dataset, values: Numbers, target: Target) -> Numbers:
    """Return what part of the variance of a target's value each of `PARTS` explains; they add to 1.

    By least squares on the errors of the outcomes behind it and their squares, then on how policies were
    delivered too; parameters have what is left. nan where the value is the same in every
    future, and where there are few.
    """
    year = int(target.year or futures.time.values[-1])
    behind = (variable_of(target.variable), *outcomes_behind(target.variable))
    names = dict.fromkeys(f"{ERROR}{name}_{year}" for name in behind)
    errors = [futures[name].to_numpy() for name in names if name in futures.coords]
    delivered = [
        futures[key].to_numpy() for key in map(str, futures.coords) if key.startswith((FRACTION, DELAY))
    ]
    known = np.isfinite(values)
    if known.sum() < FEWEST or not values[known].std():
        return np.full(len(PARTS), np.nan)
    by_error = _explained(values[known], [column[known] for column in errors])
    both = _explained(values[known], [column[known] for column in (*errors, *delivered)])
    return np.array([1 - both, by_error, both - by_error])


def _explained(values: Numbers, columns: list[Numbers]) -> float:
    """Return what part of the variance columns and their squares explain."""
    apart = [each - each.mean() for each in columns if each.std() > 0]
    if not apart or len(values) <= 2 * len(apart) + 1:
        return 0.0
    table = np.stack([np.ones(len(values)), *apart, *(each**2 for each in apart)], axis=1)
    rest = values - table @ np.linalg.lstsq(table, values, rcond=None)[0]
    return float(np.clip(1 - rest.var() / values.var(), 0.0, 1.0))


@dataclass(frozen=True, eq=False)
class Ends:
    """Which draws have a constant in its lowest tenth, which in its highest, and its standardised ranks."""

    low: Flags
    high: Flags
    ranks: Numbers


def ends_of(futures: xr.Dataset) -> Mapping[str, Ends]:
    """Return the ends of every constant that varies."""
    found = {}
    for key in inputs_of(futures):
        column = futures[key].to_numpy()
        low, high = np.quantile(column, (TENTH, 1 - TENTH)) if len(column) else (0.0, 0.0)
        if low < high:
            found[key] = Ends(column <= low, column >= high, _ranks(column))
    return found


def at_ends(ends: Mapping[str, Ends], value: Numbers, met: Flags, given: Weights | None) -> dict[str, Any]:
    """Return a probability with the constant at its ends that goes with the value most, by rank correlation.

    prior_low, prior_high: of the lowest and the highest tenth of its draws, the lower first; prior: its key.
    nan and "" where nothing varies, or the value does not.
    """
    nothing = {"prior_low": np.nan, "prior_high": np.nan, "prior": ""}
    if not ends or not np.nanstd(value) > 0:
        return nothing
    ranks = _ranks(np.nan_to_num(value, nan=np.nanmin(value)))
    weights = given.values if given else np.ones(met.size)
    key = max(ends, key=lambda each: abs(float(ends[each].ranks @ (weights * ranks))))
    parts = [ends[key].low, ends[key].high]
    if not all(weights[part].sum() > 0 for part in parts):
        return nothing
    low, high = sorted(float(np.average(met[part], weights=weights[part])) for part in parts)
    return {"prior_low": low, "prior_high": high, "prior": key}


def _ranks(values: Numbers) -> Numbers:
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(float)
    return np.asarray((ranks - ranks.mean()) / max(float(ranks.std()), 1.0))
