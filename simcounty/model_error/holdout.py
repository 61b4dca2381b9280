"""Forecasts of counties left out of the fit: how far off, beside rules without a model, and how often inside.

    model       the county model, moved by what the other counties' misses tell
    unchanged   the first figure stands
    others      the mean change of the other provinces; of a known province, of its other counties
    regression  least squares on a few columns of the start of the others; of a known province, with its mean

Left out are whole provinces, one by one (`province`), or a tenth of the counties, their province known
(`county`). Every regression, variance and correlation is fitted anew without what is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from simcounty.model_error.fit import OutcomeFit, design, fit_outcome, shocks_of, tails_of
from simcounty.model_error.record import FEW, Record
from simcounty.model_error.regression import fit
from simcounty.model_error.specification import Floats, specification

if TYPE_CHECKING:
    import xarray as xr

LEFT_OUT = ("province", "county")
RULES = ("model", "unchanged", "others", "regression")
INTERVALS = (0.5, 0.8, 0.9)
FOLDS = 10
DRAWS = 2000  # of an error: the quantiles of its size
FEWEST = 10  # counties from which a coverage is said
SCORES = ("rmse", "median", "bias")
START = (0, 1, 2, 5)  # predictors that a rule without a model takes: size, town share, outsiders, age

Flags = NDArray[np.bool_]


def leave_out(record: Record, seed: int = 0) -> xr.Dataset:
    """Forecast all counties by fits without them; return errors, scores and coverage.

    `error` (left_out, rule, county, outcome, year) is forecast minus what came on the outcome's scale (of
    fractions in points); `score` (left_out, rule, outcome, measure) to the last year; `coverage` (left_out,
    outcome, interval, year) is the part of counties whose figure was inside, `counted` of how many; `spread`
    (left_out, outcome) the deviation of what was foretold, errors drawn, over that of what came.
    """
    import xarray as xr

    changes, inside, spread = zip(*(_forecast(record, how, seed) for how in LEFT_OUT), strict=True)
    error = np.stack([[_error(record, rule) for rule in each] for each in changes])
    data = {
        "error": (("left_out", "rule", "county", "outcome", "year"), error),
        "score": (("left_out", "rule", "outcome", "measure"), _scores(record, error)),
        "coverage": (("left_out", "outcome", "interval", "year"), np.stack(inside)),
        "spread": (("left_out", "outcome"), np.stack(spread)),
    }
    coordinates = {
        "left_out": list(LEFT_OUT),
        "rule": list(RULES),
        "interval": list(INTERVALS),
        "measure": list(SCORES),
    }
    return of_record(record).merge(xr.Dataset(data, coordinates))


def of_record(record: Record) -> xr.Dataset:
    """Return what a record is of: counties, outcomes and years, and how many counties have each figure."""
    import xarray as xr

    counted = np.isfinite(record.came).sum(axis=0)
    coordinates = {
        "county": [unit.code for unit in record.units],
        "outcome": [each.variable for each in record.outcomes],
        "label": ("outcome", [each.label for each in record.outcomes]),
        "scale": ("outcome", [each.scale for each in record.outcomes]),
        "first": ("outcome", [each.years[0] for each in record.outcomes]),
        "last": ("outcome", [each.years[1] for each in record.outcomes]),
        "year": list(record.years),
    }
    return xr.Dataset({"counted": (("outcome", "year"), counted)}, coordinates)


def _folds(record: Record, how: str, seed: int) -> Iterator[Flags]:
    """Yield which counties are left out, part by part."""
    if how == "province":
        for province in sorted(set(record.province.tolist())):
            yield record.province == province
        return
    dealt = np.random.default_rng([seed, 5]).permutation(len(record.units)) % FOLDS
    yield from (dealt == fold for fold in range(FOLDS))


def _forecast(record: Record, how: str, seed: int) -> tuple[list[Floats], Floats, Floats]:
    """Return changes by each rule, coverage, and the spread of forecasts against that of what came."""
    made = [np.full(record.came.shape, np.nan) for _ in RULES]
    size = np.full((*record.came.shape, len(INTERVALS)), np.nan)
    total = np.full(record.came.shape, np.nan)
    made[1][:] = 0.0
    draws = _draws(seed)
    for out in _folds(record, how, seed):
        fits = [fit_outcome(record, k, ~out) for k in range(len(record.outcomes))]
        tails, scale = tails_of(fits)
        shocks = shocks_of(record, fits, ~out)
        for k, one in enumerate(fits):
            h, span = np.maximum(record.horizon(k), 0.0)[None], record.span(k)
            mean, doubt = one.regression.predict(design(record, k)[out], record.province[out])
            nation = _nation(record, k, out, one)
            made[0][out, k] = record.foretold[out, k] + mean[:, None] * h / span + nation
            grown = shocks.province_growth[k].variance
            # a province that is known moves in a straight line to where it was seen
            by = (h / span) ** 2 if how == "county" else grown(h) / grown(span)
            normal = doubt[:, None] * by
            heavy = (scale * shocks.county[k]) ** 2 * shocks.county_growth[k].variance(h)
            heavy = np.broadcast_to(heavy, normal.shape)
            known = np.isfinite(record.came[out, k])
            sizes = np.full((*known.shape, len(INTERVALS)), np.nan)
            sizes[known] = _sizes(np.sqrt(normal[known]), np.sqrt(heavy[known]), draws, tails)
            size[out, k], total[out, k] = sizes, normal + heavy * tails / (tails - 2)
            made[2][out, k], made[3][out, k] = _naive(record, k, out, how, one)
    missed = np.abs(record.came - made[0])[..., None]
    known = np.isfinite(missed)
    inside = np.where(known, missed <= size, np.nan)
    counted = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        covered = np.where(counted >= FEWEST, np.nansum(inside, axis=0) / counted, np.nan)
    return made, np.moveaxis(covered, -1, 1), _spread(record, made[0], total)


def _nation(record: Record, k: int, out: Flags, one: OutcomeFit) -> Floats:
    """Return how far the other counties were off the straight line in each year: the nation's own path.

    A future has it from the uncertain parameters of the nation; 0 where few counties tell.
    """
    ahead = record.horizon(k)[None] / record.span(k)
    line = one.regression.predict(design(record, k), record.province)[0][:, None] * ahead
    missed = (record.came - record.foretold)[~out, k] - line[~out]
    enough = np.isfinite(missed).sum(axis=0) >= FEW
    found = np.zeros(len(record.years))
    found[enough] = np.nanmean(missed[:, enough], axis=0)
    return found


def _draws(seed: int) -> tuple[Floats, Floats]:
    random = np.random.default_rng([seed, 6])
    return random.normal(size=DRAWS), random.uniform(size=DRAWS)


def _sizes(normal: Floats, heavy: Floats, draws: tuple[Floats, Floats], tails: float) -> Floats:
    """Return the sizes of errors that intervals reach to, (errors, intervals); one part has heavy tails."""
    from scipy.stats import t

    drawn = np.outer(normal, draws[0]) + np.outer(heavy, t.ppf(draws[1], tails))
    return np.asarray(np.quantile(np.abs(drawn), INTERVALS, axis=1).T)


def _naive(record: Record, k: int, out: Flags, how: str, one: OutcomeFit) -> tuple[Floats, Floats]:
    """Return changes by rules without a model, of the counties left out: (counties, years) each."""
    change = record.came[:, k, record.years.index(record.outcomes[k].years[1])]
    along = (record.horizon(k) / record.span(k))[None]
    rows, group = one.rows, record.province
    columns = record.predictors[:, _columns_for(record, k)]
    columns = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    if how == "province":
        mean = np.full(out.sum(), change[rows].mean())
        table = np.hstack([np.ones((len(rows), 1)), columns[rows]])
        slopes = np.linalg.lstsq(table, change[rows], rcond=None)[0]
        told = np.hstack([np.ones((out.sum(), 1)), columns[out]]) @ slopes
    else:
        mean = fit(np.zeros((len(rows), 0)), change[rows], group[rows]).predict(
            np.zeros((out.sum(), 0)), group[out]
        )[0]
        told = fit(columns[rows], change[rows], group[rows]).predict(columns[out], group[out])[0]
    return mean[:, None] * along, told[:, None] * along


def _columns_for(record: Record, k: int) -> list[int]:
    """Return the predictors of a rule without a model: for accounts the own level, size and GDP a head."""
    figures = [each.figure for each in specification().predictor]
    figure = record.outcomes[k].account
    return sorted({0, figures.index(figure), figures.index("gdp")}) if figure else list(START)


def _error(record: Record, changes: Floats) -> Floats:
    """Return forecast minus what came, on the outcome's scale; of fractions as fractions."""
    found = changes - record.came
    for k, outcome in enumerate(record.outcomes):
        if outcome.scale == "logit":
            level = record.start[:, k, None]
            found[:, k] = expit(level + changes[:, k]) - expit(level + record.came[:, k])
    return found


def _scores(record: Record, error: Floats) -> Floats:
    found = np.full((*error.shape[:2], len(record.outcomes), len(SCORES)), np.nan)
    for i, j, k in product(*map(range, found.shape[:3])):
        last = error[i, j, :, k, record.years.index(record.outcomes[k].years[1])]
        known = last[np.isfinite(last)]
        if known.size:
            found[i, j, k] = (known**2).mean() ** 0.5, np.median(np.abs(known)), known.mean()
    return found


def _spread(record: Record, made: Floats, variance: Floats) -> Floats:
    """Return the deviation over counties of forecasts with their errors, over that of what came."""
    found = np.full(len(record.outcomes), np.nan)
    for k, outcome in enumerate(record.outcomes):
        j = record.years.index(outcome.years[1])
        known = np.isfinite(record.came[:, k, j])
        if known.any():
            total = made[known, k, j].var() + variance[known, k, j].mean()
            found[k] = (total / record.came[known, k, j].var()) ** 0.5
    return found
