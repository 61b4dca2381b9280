"""Forecasts of counties left out of the fit, compared with rules that need no model.

    model      the MAP estimate of the other counties, from the county's own start
    constant   the end is as the start was
    province   the mean change of the other counties of the province, added to the start
    trend      natural growth goes on as it was at the start (of people alone; no earlier census is at hand)

Changes are those on the scale of the observable: logarithms of people, points of fractions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simcounty.calibration.forward import Forward
from simcounty.calibration.log_posterior import LogPosterior, MapEstimate, map_estimate
from simcounty.calibration.problem import Observable

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]

FOLDS = 10
RULES = ("model", "constant", "province", "trend")
SCORES = ("mape", "bias", "rmse", "theil_bias", "theil_variance", "theil_covariance")
FEWEST = 4  # counties: with fewer there is nothing to learn from the others


@dataclass(frozen=True, eq=False)
class Forecasts:
    """Forecasts by each rule: start, end as observed and as forecast, each (counties, forecasts)."""

    observables: tuple[Observable, ...]
    start: Floats
    observed: Floats
    by_rule: Mapping[str, Floats]


def hold_out(best: MapEstimate, folds: int = FOLDS, seed: int = 0) -> xr.Dataset | None:
    """Return forecasts of every county by a fit without it, and their scores; None where there are too few.

    Counties are dealt into folds at random, each province evenly; the MAP estimate is found anew for each.
    """
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
    forecasts = Forecasts(tuple(observables[place] for place in wanted), start, observed, made)
    return _dataset(log_posterior, forecasts, number)


def _at_start(best: MapEstimate) -> Floats:
    """Return what would have been observed at the start of the run: (counties, observables)."""
    forward = best.log_posterior.forward
    year = int(forward.calibration.years.start)
    first = tuple(each.level_at(year) for each in forward.calibration.observables)
    at_start = Forward(replace(forward.calibration, observables=first), forward.counties)
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


def _dataset(log_posterior: LogPosterior, forecasts: Forecasts, folds: int) -> xr.Dataset:
    import xarray as xr

    start, observed, observables = forecasts.start, forecasts.observed, forecasts.observables
    province = np.array([each.province for each in log_posterior.counties])
    areas = ["", *dict.fromkeys(sorted(set(province) - {""}))]
    inside = [np.ones(len(province), bool) if not area else province == area for area in areas]
    scores = np.full((len(RULES), len(areas), len(observables), len(SCORES)), np.nan)
    losses = np.full(scores.shape[:3], np.nan)
    off = forecasts.by_rule["model"] - observed
    places = product(enumerate(RULES), enumerate(inside), enumerate(observables))
    for (i, rule), (j, rows), (k, each) in places:
        forecast = forecasts.by_rule[rule]
        scores[i, j, k] = score_forecast(start[rows, k], observed[rows, k], forecast[rows, k], each.log)
        losses[i, j, k] = loss_difference(off[rows, k], (forecast - observed)[rows, k])
    data: dict[str, Any] = {
        "forecast_start": (("county", "forecast"), start),
        "forecast_observed": (("county", "forecast"), observed),
        "forecast_end": (
            ("rule", "county", "forecast"),
            np.stack([forecasts.by_rule[rule] for rule in RULES]),
        ),
        "score": (("rule", "area", "forecast", "measure"), scores),
        "loss_difference": (("rule", "area", "forecast"), losses),
    }
    coordinates = {
        "county": [each.name for each in log_posterior.counties],
        "forecast": [each.name for each in observables],
        "rule": list(RULES),
        "area": areas,
        "measure": list(SCORES),
    }
    return xr.Dataset(data, coordinates, {"folds": folds})


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
    changed, moved = (forecast - start)[known], (observed - start)[known]
    square = np.mean(error**2)
    spread, wanted = changed.std(), moved.std()
    together = np.mean((changed - changed.mean()) * (moved - moved.mean()))
    parts = np.array([error.mean() ** 2, (spread - wanted) ** 2, 2 * (spread * wanted - together)])
    theil = parts / square if square > 0 else np.full(3, np.nan)
    return np.array([np.abs(relative).mean(), relative.mean() if log else error.mean(), square**0.5, *theil])
