"""Draws that settings are scored on: of what is uncertain, the model error, the delivery of policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from simcounty.model_error.futures import errors_of
from simcounty.model_error.specification import Floats
from simcounty.optimise.decision import Draws
from simcounty.sampling import Ensemble
from simcounty.sampling.draws import Draws as Design
from simcounty.scenario import Scenario
from simcounty.scenario.delivery import Delivered
from simcounty.simulation import simulate
from simcounty.sweeps.delivery import deliveries, draw, levers_delivered
from simcounty.sweeps.weights import smoothed


@dataclass(frozen=True, eq=False)
class FutureDraws:
    """Equally likely draws: a column a constant, errors (draws, outcomes, years) or None, and deliveries."""

    columns: Draws
    errors: Floats | None = None
    delivered: Mapping[str, Delivered] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def ensemble(self, scenario: Scenario) -> Ensemble:
        """Return a scenario with every draw."""
        policies = levers_delivered(scenario, self.columns).items()
        arriving = {key: self.delivered[name] for key, name in policies if name in self.delivered}
        return Ensemble(scenario, self.columns, delivered=arriving)


def future_draws(scenario: Scenario, design: Design, rows: range, seed: int) -> FutureDraws:
    """Return some draws of a design as futures of a scenario's county.

    They are drawn again by how well the baseline's runs foretold what was observed since the start, so that
    all are equally likely.
    """
    columns = design.columns(rows)
    place = scenario.county.identity
    delivered = draw(deliveries([scenario]), place, rows, seed)
    baseline = scenario.baseline
    process = errors_of([baseline], [], seed)
    if process is None:
        return FutureDraws(columns, None, delivered)
    if not process.observed:
        return FutureDraws(columns, process.of_members(None, {0: rows})[0], delivered)
    run = simulate(Ensemble(baseline, columns), "compiled", keep=process.needed)
    errors, logs = process.of_members(run, {0: rows})
    chosen = _drawn_again(np.where(run.failed, -np.inf, logs), seed)
    again = {
        name: replace(each, fraction=each.fraction[chosen], delay=each.delay[chosen])
        for name, each in delivered.items()
    }
    return FutureDraws({key: column[chosen] for key, column in columns.items()}, errors[chosen], again)


def _drawn_again(logs: Floats, seed: int) -> NDArray[np.int64]:
    """Return as many members, each as often as it weighs, give or take one (systematic resampling)."""
    weights = smoothed(logs).values
    points = (np.random.default_rng([seed, 8]).random() + np.arange(len(logs))) / len(logs)
    ends = np.cumsum(weights) / weights.sum()
    return np.minimum(np.searchsorted(ends, points), len(logs) - 1)
