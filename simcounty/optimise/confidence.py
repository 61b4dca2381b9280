"""Goal seeking for a probability: targets are aimed at so far inside that most futures meet them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from simcounty.errors import InputError
from simcounty.judgement import judge
from simcounty.optimise.goal_seek import GoalSeekResult, seek
from simcounty.scenario import Scenario, Target
from simcounty.simulation import simulate, variables_needed
from simcounty.sweeps import sweep
from simcounty.sweeps.probabilities import judged_draws, summary
from simcounty.sweeps.weights import quantiles, weights_of

DRAWS = 2000
ROUNDS = 4
CLOSE = 0.01  # of probability: near enough to what was wanted
SIGNS: Mapping[str, float] = {">=": 1.0, ">": 1.0, "<=": -1.0, "<": -1.0}
"""The targets that can be aimed at further inside, and in which direction their goals move."""


@dataclass(frozen=True)
class ConfidentResult:
    """Settings that meet targets with a probability, and what they reach.

    found: the last goal seeking, by goals moved inside; scenario: its scenario, with its own targets.
    probability: of each target sought, by name, in futures that no search has used; summary: of these, with
    the scenario's other targets. reached: whether all sought are as probable as wanted.
    """

    found: GoalSeekResult
    scenario: Scenario
    confidence: float
    probability: Mapping[str, float]
    reached: bool
    summary: xr.Dataset


def seek_confident(
    scenario: Scenario,
    targets: Iterable[str],
    using: Iterable[str],
    confidence: float = 0.8,
    seed: int = 0,
) -> ConfidentResult:
    """Find lever settings that meet each target with a probability, with the least effort.

    The goals are moved inside by what the futures of the settings found miss the central run by, and sought
    anew, until the probabilities are near what was wanted. Targets of an exact value are sought as they are.
    Where not all can be as probable, the settings come as near as they can. Raises InputError for a
    probability outside 0.5 … 0.99 and, as `seek` does, for what cannot be sought.

    >>> plan = load("tonglu/plan-2027")
    >>> found = seek_confident(plan, ["key-investment-2027"], ["platform_investment_plan"], 0.6)
    >>> found.probability["key-investment-2027"] > 0.55
    True
    """
    if not 0.5 <= confidence <= 0.99:
        raise InputError(
            f"confidence = {confidence:g}: a probability between 50 % and 99 % is needed; "
            "0 seeks in the central run."
        )
    names, levers = list(dict.fromkeys(targets)), list(using)
    found = seek(scenario, names, levers, seed=seed)
    for _ in range(ROUNDS):
        wanted = [each for each in scenario.targets if each.name in set(found.verdict.target.values)]
        chances, inside = _chances(found.scenario, wanted, confidence, seed)
        if _is_near(chances, wanted, confidence):
            break
        found = seek(scenario, [_moved(each, inside[each.name]) for each in wanted], levers, seed=seed)
    judged = summary(_futures(found.scenario, found.scenario.targets, seed + 1))
    fresh = judged.probability.sel(scenario=found.scenario.name)
    chances = {each.name: float(fresh.sel(target=each.name)) for each in wanted}
    reached = all(chance >= confidence - CLOSE for chance in chances.values())
    return ConfidentResult(found, found.scenario, confidence, chances, reached, judged)


def _is_near(chances: Mapping[str, float], targets: Iterable[Target], confidence: float) -> bool:
    movable = [chances[each.name] for each in targets if each.operator in SIGNS]
    return all(chance >= confidence - CLOSE / 2 for chance in movable) and min(movable, default=1) < 1


def _chances(
    scenario: Scenario, targets: Iterable[Target], confidence: float, seed: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Return how probable targets are, and how far inside the central run must be for them to be so."""
    futures = _futures(scenario, targets, seed)
    weights = weights_of(futures)
    counted = weights.values if weights else np.ones(DRAWS)
    central = judge(simulate(scenario, keep=variables_needed(scenario.model, *targets)), targets).margin
    chances, inside = {}, {}
    for each in targets:
        draws = judged_draws(futures, scenario.name, each)
        chances[each.name] = float(np.average(draws.met.astype(float), weights=counted))
        low = quantiles(np.nan_to_num(draws.margin, nan=-np.inf), (1 - confidence,), counted)[0]
        inside[each.name] = float(central.sel(target=each.name)) - float(low)
    return chances, inside


def _futures(scenario: Scenario, targets: Iterable[Target], seed: int) -> xr.Dataset:
    return sweep(scenario, DRAWS, seed=seed, keep=variables_needed(scenario.model, *targets))


def _moved(target: Target, inside: float) -> Target:
    """Return a target with its goal moved inside, so that the central run has this margin."""
    return replace(target, goal=target.goal + SIGNS.get(target.operator, 0.0) * max(inside, 0.0))
