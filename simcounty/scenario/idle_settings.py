"""Settings that may be meant and yet do not show: found from the graph, told by name, never refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from simcounty.model.influence import sources_of
from simcounty.scenario.lever_path import LeverPath
from simcounty.scenario.scenario import Scenario


def own_settings(scenario: Scenario) -> dict[str, bool]:
    """Return the constants that a scenario sets itself, and whether each is set after the start alone.

    What its clauses fix and what its county gives are not its own.
    """
    fixed, start = scenario.fixed_levers, scenario.years.start
    dated = {key: path.times[0] > start for key, path in scenario.levers.items() if path != fixed.get(key)}
    return {**dated, **dict.fromkeys(scenario.constants, False)}


def idle_settings(scenario: Scenario, ends: Collection[str]) -> list[str]:
    """Return the constants a scenario sets itself from which no way leads to any of `ends`, elements.

    >>> idle_settings(plan.replace(mortgage_share=0.5), ["gdp"])
    ['mortgage_share']
    """
    return list(without_way(scenario, own_settings(scenario).items(), ends))


def without_way(
    scenario: Scenario, settings: Iterable[tuple[str, bool]], ends: Collection[str]
) -> Iterator[str]:
    """Yield the constants from which no way leads to any of `ends`; of those set later, none from then on."""
    graph = scenario.model.graph
    for key, later in settings:
        if key not in sources_of(graph, ends, later=later):
            yield key


def partly_replaced(scenario: Scenario) -> Iterator[LeverPath]:
    """Yield the lever paths that take the place of a number the scenario gives for the same constant."""
    return (scenario.levers[key] for key in scenario.constants if key in scenario.levers)
