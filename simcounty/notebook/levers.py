"""Levers as sliders show them: in a unit people read, with a step, and put back into a scenario."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simcounty.errors import Findings
from simcounty.optimise.decision import DecisionVariable, decision_variable_of
from simcounty.presentation.formatting import NumberFormat, format_of
from simcounty.scenario import LeverPath, Scenario, binding

STEPS = 100  # a slider goes over its range in at least so many
FINER = 5  # powers of ten that a step may be finer than that
EXACT = 1e-6  # of a step


@dataclass(frozen=True)
class AdjustableLever:
    """A lever as a slider shows it; `initial`, `low`, `high` and `step` are in the unit of `shown_in`."""

    key: str
    label: str
    clause: str
    variable: DecisionVariable
    shown_in: NumberFormat
    initial: float
    low: float
    high: float

    @property
    def step(self) -> float:
        """A round number that divides the range into a hundred or more, and from which `initial` is met.

        Sliders snap to whole steps: without that they would not begin at the lever's value.
        """
        largest = (self.high - self.low) / STEPS
        top = math.floor(math.log10(largest))
        rounds = (part * 10.0**power for power in range(top, top - FINER, -1) for part in (5, 2, 1))
        fitting = [each for each in rounds if each <= largest]
        return next((each for each in fitting if self._meets(each)), fitting[0])

    def _meets(self, step: float) -> bool:
        count = (self.initial - self.low) / step
        return abs(count - round(count)) < EXACT

    @property
    def digits(self) -> int:
        """Decimals that show a step."""
        return max(0, -math.floor(math.log10(self.step) + EXACT))

    def is_moved(self, shown: float) -> bool:
        """Return whether a slider is elsewhere than it began; snapping to the nearest step does not count."""
        return abs(shown - self.initial) > self.step / 2

    def path_to(self, shown: float) -> LeverPath:
        """Return the lever's path that ends at a value of the slider."""
        final = min(self.variable.high, max(self.variable.low, shown / self.shown_in.factor))
        return dataclasses.replace(self.variable.path.ending_at(final), solved=False)


def levers_of(
    scenario: Scenario, keys: Iterable[str] | None, findings: Findings
) -> tuple[AdjustableLever, ...]:
    """Return the levers of these keys, by default those a plan sets where its clauses leave them open.

    Where it sets none, all that its clauses leave open. What is no lever, or has no range, is a finding.
    """
    named = [keys] if isinstance(keys, str) else list(keys) if keys is not None else _usual(scenario)
    levers = []
    for key in dict.fromkeys(named):
        with findings.at(f"lever {key}"):
            levers.append(_lever(scenario, key))
    if not named:
        findings.append("it has no lever. Name a document in its `policies`, or set one under `[levers]`.")
    return tuple(levers)


def _usual(scenario: Scenario) -> list[str]:
    free = [key for key, lever in scenario.clause_levers.items() if lever.setting is None]
    own = [key for key in scenario.levers if key in free or key not in scenario.clause_levers]
    return sorted(own, key=lambda key: free.index(key) if key in free else len(free)) or free


def _lever(scenario: Scenario, key: str) -> AdjustableLever:
    binding.constant_of(scenario.model, key)
    variable, constant = decision_variable_of(scenario, key), scenario.model.constants[key]
    shown_in = format_of(constant.unit, constant.label, [variable.low, variable.high])
    initial = scenario.levers[key].final if key in scenario.levers else constant.value
    clause = scenario.clause_levers[key].clause if key in scenario.clause_levers else ""
    numbers = (shown_in.factor * value for value in (initial, variable.low, variable.high))
    return AdjustableLever(key, constant.label, clause, variable, shown_in, *numbers)


def adjusted(scenario: Scenario, levers: Iterable[AdjustableLever], shown: Mapping[str, float]) -> Scenario:
    """Return a scenario with its levers at the values of sliders; one not moved keeps its own path."""
    moved = {each.key: each.path_to(shown[each.key]) for each in levers if each.is_moved(shown[each.key])}
    return scenario.replace(moved) if moved else scenario


def extremes(scenario: Scenario, levers: Iterable[AdjustableLever]) -> list[Scenario]:
    """Return a scenario with each lever alone at either end of its range."""
    return [
        dataclasses.replace(scenario.replace({each.key: each.path_to(end)}), name=f"{each.key} {end:g}")
        for each in levers
        for end in (each.low, each.high)
    ]
