"""Forecasts of counties left out of the fit, held against rules that need no model.

    model      the likeliest point of the other counties, from the county's own start
    constant   the end is as the start was
    province   the mean change of the other counties of the province, added to the start
    trend      natural growth goes on as it was at the start (of people alone; no earlier census is at hand)

Changes are those on the scale of the observable: logarithms of people, points of shares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simcounty.calibration.forward import Forward
from simcounty.calibration.log_posterior import Likeliest, likeliest
from simcounty.calibration.problem import Calibration

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]

FOLDS = 10
RULES = ("model", "constant", "province", "trend")
SCORES = ("mape", "bias", "rmse", "theil_bias", "theil_variance", "theil_covariance")
FEWEST = 4  # counties: with less there is nothing to learn from the others


@dataclass(frozen=True, eq=False)
class Outlook:
    """The forecasts of a rule: start, end as observed and as forecast, each (counties, forecasts)."""

    start: Floats
    observed: Floats
    forecast: Mapping[str, Floats]


def hindcast(best: Likeliest, folds: int = FOLDS, seed: int = 0) -> xr.Dataset | None:
    """Return forecasts of every county by a fit without it, and their scores; None where there are too few.

    Counties are dealt into folds at random, each province evenly; the likeliest point is found anew for each.
    """
    belief, wanted = best.belief, _forecasts(best.belief.calibration)
    number = min(folds, len(belief.cases))
    left = belief.data * (1 - 1 / max(number, 1))
    if not wanted or len(belief.cases) < FEWEST or left < len(belief.coordinates):
        return None
    start = _at_start(best)[:, wanted]
    observed = belief.seen[0][:, wanted]
    made = {rule: np.full(observed.shape, np.nan) for rule in RULES}
    made["constant"] = start.copy()
    made["trend"] = start + _trends(best)[:, wanted]
    for fold in _dealt([case.province for case in belief.cases], number, seed):
        others = [place for place in range(len(belief.cases)) if place not in fold]
        fitted = likeliest(belief.only(others), seed, best.point)
        made["model"][fold] = belief.only(fold).predicted(fitted.point[None])[0][:, wanted]
        made["province"][fold] = start[fold] + _mean_changes(best, fold, others, observed - start)
    return _told(best, wanted, Outlook(start, observed, made), number)


def _forecasts(calibration: Calibration) -> list[int]:
    return [place for place, each in enumerate(calibration.observables) if each.forecast]


def _at_start(best: Likeliest) -> Floats:
    """Return what would have been observed at the start of the run: (counties, observables)."""
    forward = best.belief.forward
    year = int(forward.calibration.years.start)
    first = tuple(
        replace(each, year=year, since=None, flow=False) for each in forward.calibration.observables
    )
    at_start = Forward(replace(forward.calibration, observables=first), forward.cases)
    predicted: Floats = at_start.predicted(best.belief.values(best.point[None]))[0]
    return predicted


def _trends(best: Likeliest) -> Floats:
    """Return how natural growth alone would change the logarithms of people: (counties, observables)."""
    calibration = best.belief.calibration
    years = calibration.years.end - calibration.years.start
    growth = np.array([case.trend for case in best.belief.cases]) * years
    log = np.array([each.log for each in calibration.observables])
    return np.where(log, growth[:, None], np.nan)


def _dealt(provinces: list[str], folds: int, seed: int) -> list[list[int]]:
    """Deal counties into folds, province after province, so that each fold has its share of each."""
    random = np.random.default_rng([seed, 2])
    order = [
        int(place)
        for province in dict.fromkeys(sorted(provinces))
        for place in random.permutation([i for i, each in enumerate(provinces) if each == province])
    ]
    return [sorted(order[fold::folds]) for fold in range(folds)]


def _mean_changes(best: Likeliest, fold: list[int], others: list[int], changes: Floats) -> Floats:
    """Return for counties left out what the others of their province changed by; all, where it has none."""
    province = [case.province for case in best.belief.cases]
    beside = [[place for place in others if province[place] == province[one]] or others for one in fold]
    return np.array([np.nanmean(changes[each], axis=0) for each in beside])


def _told(best: Likeliest, wanted: list[int], outlook: Outlook, folds: int) -> xr.Dataset:
    import xarray as xr

    belief = best.belief
    observables = [belief.calibration.observables[place] for place in wanted]
    province = np.array([case.province for case in belief.cases])
    areas = ["", *dict.fromkeys(sorted(set(province) - {""}))]
    inside = [np.ones(len(province), bool) if not area else province == area for area in areas]
    scores = np.full((len(RULES), len(areas), len(observables), len(SCORES)), np.nan)
    edges = np.full(scores.shape[:3], np.nan)
    places = product(enumerate(RULES), enumerate(inside), enumerate(observables))
    for (i, rule), (j, rows), (k, each) in places:
        start, observed, forecast = outlook.start, outlook.observed, outlook.forecast[rule]
        scores[i, j, k] = scored(start[rows, k], observed[rows, k], forecast[rows, k], each.log)
        edges[i, j, k] = edge((outlook.forecast["model"] - observed)[rows, k], (forecast - observed)[rows, k])
    data: dict[str, Any] = {
        "forecast_start": (("county", "forecast"), outlook.start),
        "forecast_observed": (("county", "forecast"), outlook.observed),
        "forecast_end": (
            ("rule", "county", "forecast"),
            np.stack([outlook.forecast[rule] for rule in RULES]),
        ),
        "score": (("rule", "area", "forecast", "measure"), scores),
        "edge": (("rule", "area", "forecast"), edges),
    }
    coordinates = {
        "county": [case.name for case in belief.cases],
        "forecast": [each.name for each in observables],
        "rule": list(RULES),
        "area": areas,
        "measure": list(SCORES),
    }
    return xr.Dataset(data, coordinates, {"folds": folds})


def edge(model: Floats, rule: Floats) -> float:
    """Return the mean of the model's squared errors less a rule's, in its standard errors over counties.

    Below −2 the model errs less, above 2 more than chance explains.
    """
    difference = (model**2 - rule**2)[np.isfinite(model) & np.isfinite(rule)]
    if len(difference) < FEWEST or not difference.std():
        return np.nan
    return float(difference.mean() / (difference.std(ddof=1) / len(difference) ** 0.5))


def scored(start: Floats, observed: Floats, forecast: Floats, log: bool) -> Floats:
    """Return the scores of forecasts, in the order of `SCORES`.

    Mean absolute error over the observed value, mean error and root mean squared error, the last two as a
    share of people or in points of a share; then Theil's shares of the mean squared error: of a wrong mean,
    of a wrong spread of changes, and of changes in the wrong places.
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
    shares = parts / square if square > 0 else np.full(3, np.nan)
    return np.array([np.abs(relative).mean(), relative.mean() if log else error.mean(), square**0.5, *shares])
