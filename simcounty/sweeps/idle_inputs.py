"""Varied numbers that do not act on what a sweep keeps: found from the graph, and by a few runs before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcounty.language import said
from simcounty.model.influence import without_way
from simcounty.sampling import Ensemble
from simcounty.sampling.draws import Draws
from simcounty.scenario import Scenario
from simcounty.scenario.distributions import Column
from simcounty.simulation import simulate

if TYPE_CHECKING:
    from simcounty.sweeps.specification import Sweep

TRIED = (0.05, 0.95)
"""The quantiles of a varied number at which it is tried."""


def named_inputs(scenarios: Sequence[Scenario], drawn: Draws) -> list[str]:
    """Return the varied constants that the caller names, other than county, policy and scenario files do."""
    each, own = drawn.uncertain.each, [scenario.uncertain.each for scenario in scenarios]
    return [key for key in drawn.keys if key not in each or all(each[key] != one.get(key) for one in own)]


def without_way_to(scenarios: Sequence[Scenario], keys: Sequence[str], kept: Sequence[str]) -> list[str]:
    """Return the constants from which in no scenario a way leads to the variables that are kept."""
    idle = [_idle(each, keys, kept) for each in scenarios]
    return [key for key in keys if all(key in each for each in idle)]


def _idle(scenario: Scenario, keys: Sequence[str], kept: Sequence[str]) -> list[str]:
    model, levers = scenario.model, {*scenario.levers, *scenario.clause_levers}
    ends = [element.key for variable in kept for element in model.variables[variable]]
    later = {key: key in levers and scenario.starts(key) > scenario.years.start for key in keys}
    return without_way(model.graph, later, ends)


def idle_findings(scenarios: Sequence[Scenario], drawn: Draws, kept: Sequence[str]) -> Iterator[str]:
    """Yield a finding for each constant named to vary that cannot change what is kept.

    A posterior is taken whole: of its constants some may act on other results.
    """
    joint = drawn.uncertain.joint
    named = [key for key in named_inputs(scenarios, drawn) if not (joint and key in joint.columns)]
    for key in without_way_to(scenarios, named, kept):
        yield f"{key}: {said('vary.no_way')}"


def input_remarks(sweep: Sweep) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the code and the parts of a message for varied constants that change nothing, or replace a path.

    That a way leads from a constant to a result does not say that it acts: an exponent of 1 changes nothing.
    """
    scenarios, drawn = sweep.scenarios, sweep.draws
    named = named_inputs(scenarios, drawn)
    if still := _without_effect(scenarios, drawn, named, sweep.keep):
        yield "vary_without_effect", {"names": ", ".join(still)}
    for scenario in scenarios:
        for key in named:
            if key in scenario.levers:
                since = scenario.model.graph.clock.named(scenario.starts(key))
                yield "vary_replaces", {"name": key, "scenario": scenario.name, "since": since}


def _without_effect(
    scenarios: Sequence[Scenario], drawn: Draws, named: Sequence[str], kept: Sequence[str]
) -> list[str]:
    """Return the constants that leave every number that is kept as it is, at both ends of their range.

    Where chance moves every member, or counties differ, nothing is tried.
    """
    if scenarios[0].model.graph.streams or len(drawn.counties) > 1:
        return []
    still = [key for key in named if key not in kept]
    for scenario in scenarios:
        still = _still(scenario, {key: _ends(drawn, key) for key in still}, kept)
    return still


def _ends(drawn: Draws, key: str) -> Column:
    """Return a low and a high value of a varied constant."""
    if drawn.table is not None:
        return np.array([drawn.table[key].min(), drawn.table[key].max()])
    one, joint = drawn.uncertain.each.get(key), drawn.uncertain.joint
    if one is not None:
        return one.distribution.quantile(np.array(TRIED))
    assert joint is not None, "what varies has a distribution, or rows"
    return np.quantile(joint.columns[key], TRIED)


def _still(scenario: Scenario, ends: dict[str, Column], kept: Sequence[str]) -> list[str]:
    """Return the constants that move nothing in one scenario: a pair of members each, the others level."""
    if not ends:
        return []
    table = {key: np.full(2 * len(ends), pair[0]) for key, pair in ends.items()}
    for place, (key, pair) in enumerate(ends.items()):
        table[key][2 * place + 1] = pair[1]
    runs = simulate(Ensemble(scenario, table), keep=list(kept))
    values = [run.transpose("member", ...).to_numpy() for run in runs.data_vars.values()]
    return [
        key
        for place, key in enumerate(ends)
        if all(np.array_equal(each[2 * place], each[2 * place + 1]) for each in values)
    ]
