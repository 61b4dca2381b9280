"""The weights of futures that were held against what was observed since the start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from simcounty.model_error.futures import WEIGHT
from simcounty.sweeps.futures import Flags, Numbers

RELIABLE = 0.7  # Pareto k up to which weighted means are to be trusted: Vehtari and others (2024), JMLR 25
FEWEST = 30  # members: of fewer no tail can be seen
POWERS = tuple(0.5**step for step in range(8))


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights of members whose mean is 1, how many equal members they are worth, and what they rest on.

    pareto_k: of the tail before it was smoothed. `power` below 1: the density was raised to it, because few
    members would have carried all; such futures are drawn towards the observations less than they ask.
    nearest: the logarithm of the largest density over that of a run that foretold all exactly.
    """

    values: Numbers
    effective: float
    pareto_k: float
    power: float
    nearest: float = 0.0


def weights_of(futures: xr.Dataset) -> Weights | None:
    """Return the weights of the members of a sweep; None where nothing was observed since the start.

    The tail is smoothed by the Pareto rule (Vehtari, Simpson, Gelman, Yao and Gabry). Where k says that they
    are not reliable, the density is raised to a power of one half, a quarter and so on until it does not.
    Members of each county of a sweep over counties are weighed among themselves.
    """
    if WEIGHT not in futures.coords:
        return None
    logs = futures[WEIGHT].to_numpy()
    if "county" not in futures.coords:
        return smoothed(logs)
    _, place = np.unique(futures.county.to_numpy(), return_inverse=True)
    parts = [smoothed(logs[place == each]) for each in range(place.max() + 1)]
    values = np.empty(len(logs))
    for each, part in enumerate(parts):
        values[place == each] = part.values
    worst = max(parts, key=lambda part: part.pareto_k)
    effective, nearest = sum(part.effective for part in parts), min(part.nearest for part in parts)
    return Weights(values, effective, worst.pareto_k, worst.power, nearest)


def smoothed(logs: Numbers) -> Weights:
    """Return weights whose logarithms these are, their tail smoothed; 0 where there is none."""
    from arviz_stats.base import array_stats

    known = np.isfinite(logs)
    if not known.any() or np.ptp(logs[known]) < 1e-12:
        return Weights(np.ones(len(logs)), float(len(logs)), 0.0, 1.0)
    if known.sum() < FEWEST:
        return _weights(logs, known, logs[known] - logs[known].max(), np.nan, 1.0)
    for power in POWERS:
        with np.errstate(all="ignore"):  # it takes the logarithms of what is left out
            found, k = array_stats.psislw(-power * logs[known])
        if float(k) <= RELIABLE and np.isfinite(found).all():
            break
    return _weights(logs, known, found, float(k), power)


def _weights(logs: Numbers, known: Flags, found: Numbers, k: float, power: float) -> Weights:
    weights = np.zeros(len(logs))  # of a run that failed
    weights[known] = np.exp(found)
    effective = weights.sum() ** 2 / (weights**2).sum()
    values = weights * len(logs) / weights.sum()
    return Weights(values, float(effective), k, power, float(logs[known].max()))


def quantiles(values: Numbers, points: tuple[float, ...], weights: Numbers | None) -> Numbers:
    """Return quantiles of values, each with its weight.

    >>> quantiles(np.array([1.0, 2.0, 3.0]), (0.5,), np.array([0.0, 0.0, 1.0])).tolist()
    [3.0]
    """
    if weights is None:
        return np.asarray(np.quantile(values, points))
    return np.asarray(np.quantile(values, points, weights=weights, method="inverted_cdf"))
