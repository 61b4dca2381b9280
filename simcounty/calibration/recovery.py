"""Recovery: does the fit find back what made-up data were made from, as often as its intervals promise?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simcounty.calibration.forward import Forward
from simcounty.calibration.log_posterior import Belief, likeliest
from simcounty.calibration.posterior import natural
from simcounty.calibration.problem import Case, Seen
from simcounty.calibration.sampling import r_hat, sampled
from simcounty.errors import RunError

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]

STEPS = 60  # of every ensemble: intervals need fewer draws than their ends do
ENDS = (0.05, 0.95)
PATIENCE = 50  # truths drawn in a row, each with a run that fails


@dataclass(frozen=True, eq=False)
class Truth:
    """What made-up data were made from: the point, the own numbers of every case, the data."""

    point: Floats
    belief: Belief


def recovery(
    belief: Belief, number: int, walkers: int, seed: int = 0, watch: Callable[[int], None] = lambda done: None
) -> xr.Dataset:
    """Draw truths from the prior, make data of them, fit these, and see whether 90 % intervals hold them.

    Data are made as the calibration says they come about: every case off the common values by its own
    numbers, errors and discrepancies on top. The same code fits the same counties, in `STEPS` steps.
    """
    import xarray as xr

    truth, low, high, agreed = [], [], [], []
    for place in range(number):
        made = drawn_truth(belief, np.random.default_rng([seed, 3, place]))
        chains = sampled(likeliest(made.belief, seed), walkers, STEPS, seed)
        ends = np.quantile(natural(made.belief, chains.flat), ENDS, axis=0)
        truth.append(natural(made.belief, made.point[None])[0])
        low.append(ends[0])
        high.append(ends[1])
        agreed.append(r_hat(chains).max())
        watch(place + 1)
    dims = ("truth", "coordinate")
    held = (np.array(low) <= np.array(truth)) & (np.array(truth) <= np.array(high))
    return xr.Dataset(
        {
            "recovery_truth": (dims, np.array(truth)),
            "recovery_low": (dims, np.array(low)),
            "recovery_high": (dims, np.array(high)),
            "recovery_held": (dims, held),
            "recovery_r_hat": (("truth",), np.array(agreed)),
        },
        coords={"coordinate": [each.name for each in belief.coordinates]},
    )


def drawn_truth(belief: Belief, random: np.random.Generator) -> Truth:
    """Draw a truth from the prior, and data from it; a truth with a run that fails is drawn again."""
    for _ in range(PATIENCE):
        point = random.normal(size=len(belief.coordinates))
        own = random.normal(size=(len(belief.cases), len(belief.varying)))
        own *= belief.spreads(point[None])[0] if belief.varying else 1.0
        predicted = belief.predicted(point[None], own)[0]
        if np.isfinite(predicted).all():
            return Truth(point, _seeing(belief, _noisy(belief, point, predicted, random)))
    raise RunError(f"{PATIENCE} draws from the prior in a row have runs that fail. Narrow the priors.")


def _noisy(belief: Belief, point: Floats, predicted: Floats, random: np.random.Generator) -> Floats:
    error = np.nan_to_num(belief.seen[1])
    spread = np.hypot(error, belief.discrepancies(point[None]))
    return predicted + spread * random.normal(size=predicted.shape)


def _seeing(belief: Belief, values: Floats) -> Belief:
    """Return the same belief with other data, where there were data."""
    names = [each.name for each in belief.calibration.observables]
    cases = [
        replace(case, seen={name: _with(case, name, row[names.index(name)]) for name in case.seen})
        for case, row in zip(belief.cases, values, strict=True)
    ]
    return Belief(Forward(belief.calibration, tuple(cases)), belief.groups)


def _with(case: Case, name: str, value: float) -> Seen:
    return replace(case.seen[name], value=float(value), source="made up")
