"""How errors grow from year to year: what of a shock is left in later years, of counties and of provinces.

A year's shock s adds to a momentum m, and the momentum to the error e:

    m = momentum · m + s,    e = stays · e + m

With momentum 0 and stays 1 that is a random walk, with stays below 1 an error that fades, with momentum a
growth that goes on for a while.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from simcounty.model_error.specification import Floats, Numbers

FEWEST = 100  # counties for a variance of changes over some years
FARTHEST = 1.0  # of a logarithm from the median: no change of a county in a few years
HORIZONS = range(1, 7)
STAYS = np.linspace(0.5, 1.0, 11)
MOMENTA = np.linspace(0.0, 0.9, 10)


@dataclass(frozen=True)
class Growth:
    """What of an error stays after a year, and what of a year's movement goes on in the next."""

    stays: float = 1.0
    momentum: float = 0.0

    def response(self, years: int) -> Floats:
        """Return the error of a shock of 1 in its own year and those after it.

        >>> Growth(0.5).response(3).tolist()
        [1.0, 0.5, 0.25]
        """
        return self.errors(np.eye(1, years)[0])

    def variance(self, years: float | Numbers) -> Floats:
        """Return the variance of an error after years, over that of a year's shock.

        >>> Growth().variance(np.array([0.0, 1.0, 12.0])).tolist()
        [0.0, 1.0, 12.0]
        """
        total = np.concatenate([[0.0], np.cumsum(self.response(math.ceil(np.max(years))) ** 2)])
        return np.asarray(np.interp(years, np.arange(len(total)), total))

    def covariance(self, other: Growth, one: Numbers, two: Numbers) -> Floats:
        """Return covariances of an error after `one` years and another's after `two`, of equal shocks.

        one, two: arrays that fit together.
        """
        years = int(max(one.max(initial=0), two.max(initial=0)))
        return np.asarray(_table(self, other, years)[one.astype(int), two.astype(int)])

    def errors(self, shocks: Floats) -> Floats:
        """Return the errors that shocks make along the last axis, a year each."""
        found = np.empty_like(shocks)
        error, momentum = np.zeros(shocks.shape[:-1]), np.zeros(shocks.shape[:-1])
        for year in range(shocks.shape[-1]):
            momentum = self.momentum * momentum + shocks[..., year]
            error = self.stays * error + momentum
            found[..., year] = error
        return found


@cache
def _table(one: Growth, two: Growth, years: int) -> Floats:
    """Return the covariance of two errors after every two numbers of years, of equal shocks."""
    products = np.outer(one.response(years), two.response(years))
    table = np.zeros((years + 1, years + 1))
    for t, u in product(range(1, years + 1), repeat=2):
        table[t, u] = table[t - 1, u - 1] + products[t - 1, u - 1]
    return table


def variances(yearly: Floats, province: NDArray[np.str_]) -> tuple[Floats, Floats, Floats]:
    """Return horizons with the variances of changes over them within provinces, and between provinces.

    yearly: (counties, years). Each is the mean over the pairs of years in which enough counties have both.
    """
    found: dict[int, list[tuple[float, float]]] = {}
    for years, first in product(HORIZONS, range(yearly.shape[1])):
        if first + years < yearly.shape[1]:
            change = yearly[:, first + years] - yearly[:, first]
            if np.isfinite(change).sum() >= FEWEST:
                found.setdefault(years, []).append(_variances(change, province))
    means = [np.mean(each, axis=0) for each in found.values()]
    within, between = np.array(means).reshape(-1, 2).T
    return np.array(list(found), float), within, between


def _variances(change: Floats, province: NDArray[np.str_]) -> tuple[float, float]:
    """Return the variance of changes within provinces, and that of their means without what chance adds."""
    known = np.isfinite(change)
    known[known] = np.abs(change[known] - np.median(change[known])) <= FARTHEST
    values, place = change[known], np.unique(province[known], return_inverse=True)[1]
    number = np.bincount(place)
    means = np.bincount(place, values) / number
    apart = values - means[place]
    within = float(apart @ apart / max(len(values) - len(number), 1))
    several = number > 2
    between = (
        float(means[several].var(ddof=1) - within * np.mean(1 / number[several]))
        if several.sum() > 2
        else 0.0
    )
    return within, max(between, 0.0)


def fit_growth(horizons: Floats, variance: Floats, end: float, span: float) -> Growth:
    """Return the growth whose deviations fit those known best, and that ends with `end` after `span` years.

    Where only the end is known it is a random walk.
    """
    if not len(horizons):
        return Growth()
    misses = {
        (stays, momentum): _miss(Growth(stays, momentum), horizons, variance, end, span)
        for stays, momentum in product(STAYS.tolist(), MOMENTA.tolist())
    }
    return Growth(*min(misses, key=lambda each: misses[each]))


def _miss(growth: Growth, horizons: Floats, variance: Floats, end: float, span: float) -> float:
    made = end * growth.variance(horizons) / growth.variance(np.array([span]))
    return float(np.mean((np.sqrt(made) - np.sqrt(variance)) ** 2))
