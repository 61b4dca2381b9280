"""Made-up data: whether the fit finds what they were made from."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from simcounty.model_error.fit import design, fit_outcome
from simcounty.model_error.record import Record
from simcounty.model_error.regression import fit
from simcounty.model_error.specification import Floats

INTERVAL = 0.9


def recover(record: Record, number: int, seed: int = 0) -> Floats:
    """Return how often 90 % intervals hold what made-up data were made from, by outcome.

    Slopes, effects of provinces and what is left over are drawn from normal distributions as wide as those
    fitted to the record, for the same counties; the same code fits them. Level, slopes and effects count.
    """
    reach = ndtri(0.5 + INTERVAL / 2)
    found = np.zeros(len(record.outcomes))
    for k in range(len(record.outcomes)):
        one = fit_outcome(record, k)
        x, group = design(record, k)[one.rows], record.province[one.rows]
        held = []
        for place in range(number):
            random = np.random.default_rng([seed, 7, k, place])
            slopes = one.regression.common[1:].std() * random.normal(size=one.regression.slopes)
            effects = one.regression.between**0.5 * random.normal(size=len(one.regression.groups))
            truth = np.concatenate([one.regression.common[:1], slopes, effects])
            rest = one.regression.within**0.5 * random.normal(size=len(x))
            place_of = np.searchsorted(one.regression.groups, group)
            made = fit(x, truth[0] + x @ slopes + effects[place_of] + rest, group)
            off = np.abs(made.coefficients - truth)
            held.append(off <= reach * np.sqrt(np.diag(made.covariance)))
        found[k] = np.mean(held)
    return found
