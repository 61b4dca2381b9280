"""Where the width of a forecast comes from: parameters, the model's own error, delivery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from simcounty.model_error.futures import ERROR, outcomes_behind
from simcounty.scenario import Target
from simcounty.sweeps.delivery import DELAY, FRACTION
from simcounty.sweeps.futures import Flags, Numbers, inputs_of
from simcounty.sweeps.weights import Weights

PARTS = ("parameters", "model_error", "delivery")
TENTH = 0.1


def width_of(futures: xr.Dataset, values: Numbers, target: Target) -> Numbers:
    """Return what part of the variance of a target's value each of `PARTS` explains; they add to 1.

    By least squares on the errors of the outcomes behind it and their squares, then on how policies were
    delivered too; parameters have what is left. nan where the value is the same in every future.
    """
    year = int(target.year or futures.time.values[-1])
    names = [f"{ERROR}{name}_{year}" for name in outcomes_behind(target.variable)]
    errors = [futures[name].to_numpy() for name in names if name in futures.coords]
    delivered = [
        futures[key].to_numpy() for key in map(str, futures.coords) if key.startswith((FRACTION, DELAY))
    ]
    known = np.isfinite(values)
    if known.sum() < 2 or not values[known].std():
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


def ends_of(futures: xr.Dataset) -> Mapping[str, tuple[Flags, Flags]]:
    """Return which draws have a varied constant in its lowest tenth, and which in its highest."""
    found = {}
    for key in inputs_of(futures):
        column = futures[key].to_numpy()
        low, high = np.quantile(column, (TENTH, 1 - TENTH)) if len(column) else (0.0, 0.0)
        if low < high:
            found[key] = column <= low, column >= high
    return found


def at_ends(ends: Mapping[str, tuple[Flags, Flags]], met: Flags, given: Weights | None) -> dict[str, Any]:
    """Return a probability with the constant that moves it most at its ends, and which constant that is.

    prior_low, prior_high: of the lowest and the highest tenth of its draws, the lower first; prior: its key.
    nan and "" where nothing varies.
    """
    found, weights = (np.nan, np.nan, ""), given.values if given else np.ones(met.size)
    for key, parts in ends.items():
        total = [weights[part].sum() for part in parts]
        if all(total):
            reached = [weights[part] @ met[part] for part in parts]
            low, high = sorted(float(each / all_of) for each, all_of in zip(reached, total, strict=True))
            if not found[2] or high - low > found[1] - found[0]:
                found = (low, high, key)
    return dict(zip(("prior_low", "prior_high", "prior"), found, strict=True))
