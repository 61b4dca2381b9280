"""Forecasts of counties left out of the fit, compared with rules that need no model.

    model      the MAP estimate of the other counties, from the county's own start
    constant   the end is as the start was
    province   the mean change of the other counties of the province, added to the start
    trend      natural growth goes on as it was at the start (of people alone; no earlier census is at hand)

Changes are those on the scale of the observable: logarithms of people, points of fractions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simcounty.calibration.forward import Forward
from simcounty.calibration.log_posterior import LogPosterior, MapEstimate, map_estimate
from simcounty.calibration.posterior import in_units
from simcounty.calibration.sampling import draw_chains, r_hat
from simcounty.errors import RunError
from simcounty.scoring.measures import THEIL, theil_parts

if TYPE_CHECKING:
    import xarray as xr


Floats = NDArray[np.float64]

FOLDS = 10
RULES = ("model", "constant", "province", "trend")
SCORES = ("mape", "bias", "rmse", *THEIL)
FEWEST = 4  # counties: with fewer there is nothing to learn from the others
STEPS = 60  # of every ensemble: intervals need fewer draws than their tails do
INTERVAL = (0.05, 0.95)
PATIENCE = 50  # truths drawn in a row, each with a run that fails


def hold_out(best: MapEstimate, folds: int = FOLDS, seed: int = 0) -> xr.Dataset | None:
    """Return forecasts of every county by a fit without it, and their scores; None where there are too few.

    Counties are dealt into folds at random, each province evenly; the MAP estimate is found anew for each.
    """
    import xarray as xr

    log_posterior = best.log_posterior
    counties, observables = log_posterior.counties, log_posterior.calibration.observables
    wanted = [place for place, each in enumerate(observables) if each.forecast]
    number = min(folds, len(counties))
    left = log_posterior.data * (1 - 1 / max(number, 1))
    if not wanted or len(counties) < FEWEST or left < len(log_posterior.coordinates):
        return None
    start = _at_start(best)[:, wanted]
    observed = log_posterior.observed[0][:, wanted]
    made = {rule: np.full(observed.shape, np.nan) for rule in RULES}
    made["constant"] = start.copy()
    made["trend"] = start + _natural_growth(log_posterior)[:, wanted]
    provinces = [each.province for each in counties]
    for fold in _deal(provinces, number, seed):
        others = [place for place in range(len(counties)) if place not in fold]
        fitted = map_estimate(log_posterior.subset(others), seed, best.point)
        made["model"][fold] = log_posterior.subset(fold).predict(fitted.point[None])[0][:, wanted]
        made["province"][fold] = start[fold] + _mean_changes(provinces, fold, others, observed - start)
    data = {
        "forecast_start": (("county", "forecast"), start),
        "forecast_observed": (("county", "forecast"), observed),
        "forecast_end": (("rule", "county", "forecast"), np.stack([made[rule] for rule in RULES])),
    }
    coordinates = {
        "county": [each.name for each in counties],
        "province": ("county", provinces),
        "forecast": [observables[place].name for place in wanted],
        "log": ("forecast", [observables[place].log for place in wanted]),
        "rule": list(RULES),
    }
    return _scored(xr.Dataset(data, coordinates, {"folds": number}))


def _at_start(best: MapEstimate) -> Floats:
    """Return what would have been observed at the start of the run: (counties, observables)."""
    calibration = best.log_posterior.calibration
    at_start = Forward(calibration.levels_at(int(calibration.years.start)), best.log_posterior.counties)
    predicted: Floats = at_start.predict(best.log_posterior.parameters(best.point[None]))[0]
    return predicted


def _natural_growth(log_posterior: LogPosterior) -> Floats:
    """Return how natural growth alone would change the logarithms of people: (counties, observables)."""
    calibration = log_posterior.calibration
    years = calibration.years.end - calibration.years.start
    growth = np.array([each.trend for each in log_posterior.counties]) * years
    log = np.array([each.log for each in calibration.observables])
    return np.where(log, growth[:, None], np.nan)


def _deal(provinces: list[str], folds: int, seed: int) -> list[list[int]]:
    """Deal counties into folds, province after province, so that each fold has its part of each."""
    random = np.random.default_rng([seed, 2])
    order = [
        int(place)
        for province in dict.fromkeys(sorted(provinces))
        for place in random.permutation([i for i, each in enumerate(provinces) if each == province])
    ]
    return [sorted(order[fold::folds]) for fold in range(folds)]


def _mean_changes(provinces: list[str], fold: list[int], others: list[int], changes: Floats) -> Floats:
    """Return for counties left out the mean change of the others of their province, else of all others."""
    beside = [[place for place in others if provinces[place] == provinces[one]] or others for one in fold]
    return np.array([np.nanmean(changes[each], axis=0) for each in beside])


def _scored(found: xr.Dataset) -> xr.Dataset:
    """Return forecasts with their scores, of all counties together and of each province."""
    import xarray as xr

    province = found.province.to_numpy()
    areas = ["", *sorted(set(province.tolist()) - {""})]
    sizes = (len(RULES), len(areas), found.sizes["forecast"])
    scores, losses = np.full((*sizes, len(SCORES)), np.nan), np.full(sizes, np.nan)
    for (i, rule), (j, area), k in product(enumerate(RULES), enumerate(areas), range(sizes[2])):
        rows = found.isel(forecast=k, county=(province == area) | (not area))
        start, observed = rows.forecast_start.to_numpy(), rows.forecast_observed.to_numpy()
        forecast, model = (rows.forecast_end.sel(rule=each).to_numpy() for each in (rule, "model"))
        scores[i, j, k] = score_forecast(start, observed, forecast, bool(rows.log))
        losses[i, j, k] = loss_difference(model - observed, forecast - observed)
    dims = ("rule", "area", "forecast")
    data = {"score": ((*dims, "measure"), scores), "loss_difference": (dims, losses)}
    scored = xr.Dataset(data, {"area": areas, "measure": list(SCORES)})
    return found.drop_vars(("province", "log")).merge(scored)


def loss_difference(model: Floats, rule: Floats) -> float:
    """Return the mean of the model's squared errors minus a rule's, in its standard errors over counties.

    Below −2 the model errs less, above 2 more than chance explains.
    """
    difference = (model**2 - rule**2)[np.isfinite(model) & np.isfinite(rule)]
    if len(difference) < FEWEST or not difference.std():
        return np.nan
    return float(difference.mean() / (difference.std(ddof=1) / len(difference) ** 0.5))


def score_forecast(start: Floats, observed: Floats, forecast: Floats, log: bool) -> Floats:
    """Return the scores of forecasts, in the order of `SCORES`.

    Mean absolute error over the observed value, mean error and root mean squared error, the last two as a
    fraction of people or in points of a fraction; then Theil's decomposition of the mean squared error: the
    parts of a wrong mean, of a wrong spread of changes, and of changes in the wrong places.
    """
    known = np.isfinite(observed) & np.isfinite(forecast) & np.isfinite(start)
    if not known.any():
        return np.full(len(SCORES), np.nan)
    error = (forecast - observed)[known]
    relative = np.expm1(error) if log else error / observed[known]
    theil = theil_parts((forecast - start)[known], (observed - start)[known])
    bias = relative.mean() if log else error.mean()
    return np.array([np.abs(relative).mean(), bias, np.mean(error**2) ** 0.5, *theil])


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
