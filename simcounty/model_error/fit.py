"""Fitting the model error to a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcounty.accounts.panel import Panel, shipped
from simcounty.model_error.error_model import FARTHEST, ErrorModel
from simcounty.model_error.growth import Growth, fit_growth, variances
from simcounty.model_error.record import FEW, FIRST, NOW, Record, start_of_now
from simcounty.model_error.regression import Regression, fit
from simcounty.model_error.specification import Floats, specification

EARLIER, SINCE = 2006, 2011  # years of which nearly all counties have accounts
SHRINK = 10.0  # provinces: correlations between their effects are drawn towards none as by so many more
LEAST, MOST = 2.5, 30.0  # degrees of freedom of the tails


@dataclass(frozen=True, eq=False)
class OutcomeFit:
    """The regression of one outcome, which rows it was fitted to, and what is left of them."""

    regression: Regression
    rows: NDArray[np.int64]
    rest: Floats


def design(record: Record, k: int) -> Floats:
    """Return what the misses of an outcome are regressed on, standardised over the record."""
    columns = np.hstack([record.predictors, record.pace[:, k : k + 1]])
    apart: Floats = np.clip((columns - columns.mean(axis=0)) / columns.std(axis=0), -FARTHEST, FARTHEST)
    return apart


def fit_outcome(record: Record, k: int, among: NDArray[np.bool_] | None = None) -> OutcomeFit:
    """Regress what was missed of an outcome to its last year, for the counties that have it."""
    missed = record.at_end(k)
    known = np.isfinite(missed) if among is None else np.isfinite(missed) & among
    rows = np.flatnonzero(known)
    x, group = design(record, k)[rows], record.province[rows]
    found = fit(x, missed[rows], group)
    return OutcomeFit(found, rows, missed[rows] - found.predict(x, group)[0])


def fit_error_model(record: Record, panel: Panel | None = None) -> ErrorModel:
    """Return the model error of a record; drifts hold in another decade as those of accounts did."""
    fits = [fit_outcome(record, k) for k in range(len(record.outcomes))]
    tails, scale = tails_of(fits)
    shocks = shocks_of(record, fits)
    centres, spread = _centres(record)
    return ErrorModel(
        outcomes=tuple(each.variable for each in record.outcomes),
        predictors=tuple(each.name for each in specification().predictor),
        centres=centres,
        spread=spread,
        drift=np.stack([each.regression.common / record.span(k) for k, each in enumerate(fits)]),
        persistence=persistence(record, panel),
        county=_covariance(scale * shocks.county, county_correlation(record, fits)),
        province=_covariance(shocks.province, province_correlation(fits)),
        county_growth=shocks.county_growth,
        province_growth=shocks.province_growth,
        tails=tails,
        fitted=_about(record, fits),
    )


def tails_of(fits: list[OutcomeFit]) -> tuple[float, float]:
    """Return the degrees of freedom of what is left of all outcomes, and the scale beside the deviation."""
    from scipy.stats import t

    apart = np.concatenate([each.rest / each.rest.std() for each in fits])
    freedom, _, scale = t.fit(apart, floc=0.0)
    return float(np.clip(freedom, LEAST, MOST)), float(scale)


@dataclass(frozen=True, eq=False)
class Shocks:
    """The deviations of a year's shocks to counties and to provinces, by outcome, and how they go on."""

    county: Floats
    province: Floats
    county_growth: tuple[Growth, ...]
    province_growth: tuple[Growth, ...]


def shocks_of(record: Record, fits: list[OutcomeFit], among: NDArray[np.bool_] | None = None) -> Shocks:
    """Return the shocks that end with what fits leave over, and grow as figures of earlier years did."""
    rows = np.ones(len(record.units), bool) if among is None else among
    ends, growths = [], []
    for k, one in enumerate(fits):
        span = record.span(k)
        rest = float(one.rest @ one.rest) / max(len(one.rest) - len(one.regression.groups), 1)
        known, *sizes = variances(record.yearly[rows, k], record.province[rows])
        both = rest, one.regression.between
        grown = [fit_growth(known, size, end, span) for size, end in zip(sizes, both, strict=True)]
        ends.append([(end / float(g.variance(span))) ** 0.5 for g, end in zip(grown, both, strict=True)])
        growths.append(grown)
    own, province = np.array(ends).T
    return Shocks(own, province, *map(tuple, zip(*growths, strict=True)))


def county_correlation(record: Record, fits: list[OutcomeFit]) -> Floats:
    """Return how what is left of outcomes goes together over counties that have both."""
    rest = np.full((len(record.units), len(fits)), np.nan)
    for k, each in enumerate(fits):
        rest[each.rows, k] = each.rest
    return _correlation(rest, 0.0)


def province_correlation(fits: list[OutcomeFit]) -> Floats:
    """Return how effects of outcomes go together over provinces."""
    names = sorted({name for each in fits for name in each.regression.groups})
    effects = np.full((len(names), len(fits)), np.nan)
    for k, each in enumerate(fits):
        effects[[names.index(name) for name in each.regression.groups], k] = each.regression.effects
    return _correlation(effects, SHRINK)


def _correlation(columns: Floats, shrink: float) -> Floats:
    """Return correlations of columns with gaps, made possible together: no negative eigenvalue."""
    size = columns.shape[1]
    found = np.eye(size)
    for i in range(size):
        for j in range(i):
            both = np.isfinite(columns[:, i] + columns[:, j])
            if both.sum() > 2:
                r = np.corrcoef(columns[both, i], columns[both, j])[0, 1]
                found[i, j] = found[j, i] = r * both.sum() / (both.sum() + shrink)
    values, vectors = np.linalg.eigh(found)
    mended = vectors * np.maximum(values, 1e-3) @ vectors.T
    root = np.sqrt(np.diag(mended))
    return np.asarray(mended / np.outer(root, root))


def _covariance(deviations: Floats, correlation: Floats) -> Floats:
    return np.asarray(np.outer(deviations, deviations) * correlation)


def persistence(record: Record, panel: Panel | None = None) -> float:
    """Return what part of a drift learnt in 2006–2011 held in 2011–2023, over the accounts that have both.

    Changes of accounts are regressed on the county's start in the first period; the changes of the second are
    then regressed on what that tells of them, within provinces.
    """
    own, foretold, changed = shipped() if panel is None else panel, [], []
    for k, outcome in enumerate(record.outcomes):
        if not outcome.account:
            continue
        before, since = (_level(record, own, outcome.account, year) for year in (EARLIER, SINCE))
        later = record.came[:, k, record.years.index(outcome.years[1])]
        known = np.isfinite(before + since + later)
        if known.sum() < FEW:
            continue
        people, group = record.predictors[known], record.province[known]
        first, second = (_standardised(people, level[known]) for level in (before, since))
        learnt = fit(first, (since - before)[known] / (SINCE - EARLIER), group)
        span = outcome.years[1] - SINCE
        foretold.append(_within(second @ learnt.common[1:] * span, group))
        changed.append(_within(later[known], group))
    if not foretold:
        return 0.0
    x, y = np.concatenate(foretold), np.concatenate(changed)
    return float(np.clip(x @ y / (x @ x), 0.0, 1.0))


def _level(record: Record, panel: Panel, figure: str, year: int) -> Floats:
    """Return the logarithm of a figure of a year for one resident of the census."""
    values = [panel.years(unit.code, figure).get(year, np.nan) for unit in record.units]
    residents = np.exp(record.start[:, 0])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(np.array(values) / residents))


def _standardised(people: Floats, level: Floats) -> Floats:
    """Return the predictors that are of people, and a figure's level, over these counties."""
    of_people = [not each.figure for each in specification().predictor]
    columns = np.hstack([people[:, of_people], level[:, None]])
    apart = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    return np.asarray(np.clip(apart, -FARTHEST, FARTHEST))


def _within(values: Floats, group: NDArray[np.str_]) -> Floats:
    place = np.unique(group, return_inverse=True)[1]
    return np.asarray(values - (np.bincount(place, values) / np.bincount(place))[place])


def _centres(record: Record) -> tuple[dict[int, Floats], Floats]:
    then = np.hstack([record.predictors, record.pace])
    now = np.hstack(start_of_now(record.units, record.outcomes))
    return {FIRST: then.mean(axis=0), NOW: now.mean(axis=0)}, then.std(axis=0)


def _about(record: Record, fits: list[OutcomeFit]) -> dict[str, Any]:
    return {
        "counties": len(record.units),
        "provinces": len(set(record.province.tolist())),
        "by_outcome": {
            outcome.variable: {"counties": len(each.rows), "years": outcome.years}
            for outcome, each in zip(record.outcomes, fits, strict=True)
        },
    }
