"""Recovery: how often 90 % intervals hold the truth that made-up data were made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simcounty.calibration.forward import Forward
from simcounty.calibration.log_posterior import LogPosterior, map_estimate
from simcounty.calibration.posterior import in_units
from simcounty.calibration.sampling import draw_chains, r_hat
from simcounty.errors import RunError

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]

STEPS = 60  # of every ensemble: intervals need fewer draws than their tails do
INTERVAL = (0.05, 0.95)
PATIENCE = 50  # truths drawn in a row, each with a run that fails


def recover(
    log_posterior: LogPosterior,
    number: int,
    walkers: int,
    seed: int = 0,
    watch: Callable[[int], None] = lambda done: None,
) -> xr.Dataset:
    """Draw truths from the prior, make data from them, fit these, and see whether 90 % intervals hold them.

    Data are made as the calibration supposes: every county off the common values by its own offsets, with
    errors and discrepancies on top. The same code fits the same counties, in `STEPS` steps.
    """
    import xarray as xr

    rows = []
    for place in range(number):
        point, made = draw_truth(log_posterior, np.random.default_rng([seed, 3, place]))
        chains = draw_chains(map_estimate(made, seed), walkers, STEPS, seed)
        low, high = np.quantile(in_units(made, chains.flat), INTERVAL, axis=0)
        rows.append((in_units(made, point[None])[0], low, high, r_hat(chains).max()))
        watch(place + 1)
    truth, low, high, agreement = (np.array(each) for each in zip(*rows, strict=True))
    dims = ("truth", "coordinate")
    data = {
        "recovery_truth": (dims, truth),
        "recovery_low": (dims, low),
        "recovery_high": (dims, high),
        "recovery_covered": (dims, (low <= truth) & (truth <= high)),
        "recovery_r_hat": (("truth",), agreement),
    }
    return xr.Dataset(data, {"coordinate": [each.name for each in log_posterior.coordinates]})


def draw_truth(log_posterior: LogPosterior, random: np.random.Generator) -> tuple[Floats, LogPosterior]:
    """Draw a point from the prior, and return it with the log posterior given data made from it.

    A point with a run that fails is drawn again. Raises RunError where that does not help.
    """
    for _ in range(PATIENCE):
        point = random.normal(size=len(log_posterior.coordinates))
        own = random.normal(size=(len(log_posterior.counties), len(log_posterior.varying)))
        own *= log_posterior.spreads(point[None])[0] if log_posterior.varying else 1.0
        predicted = log_posterior.predict(point[None], own)[0]
        if np.isfinite(predicted).all():
            error = np.nan_to_num(log_posterior.observed[1])
            noise = np.hypot(error, log_posterior.discrepancies(point[None]))
            return point, _with_data(log_posterior, predicted + noise * random.normal(size=predicted.shape))
    raise RunError(f"{PATIENCE} draws from the prior in a row have runs that fail. Narrow the priors.")


def _with_data(log_posterior: LogPosterior, values: Floats) -> LogPosterior:
    """Return the log posterior given other data, where there were data."""
    names = [each.name for each in log_posterior.calibration.observables]
    counties = []
    for county, row in zip(log_posterior.counties, values, strict=True):
        made = dict(zip(names, row.tolist(), strict=True))
        observed = {
            name: replace(each, value=made[name], source="made up") for name, each in county.observed.items()
        }
        counties.append(replace(county, observed=observed))
    return LogPosterior(Forward(log_posterior.calibration, tuple(counties)), log_posterior.groups)
