"""What is compared: scenarios, variables, targets and years, checked against what their runs will hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcounty.calendar import instant
from simcounty.conditions.constraints import Constraint, constraints_of
from simcounty.errors import Findings, InputError
from simcounty.model.graph import variable_of
from simcounty.scenario import Scenario, Target, binding
from simcounty.scenario.target import target_names

if TYPE_CHECKING:
    from simcounty.model.graph import Element


@dataclass(frozen=True)
class Comparison:
    """A comparison that can be made: scenarios by name, and what of them is compared.

    targets, constraints: by scenario, those it is judged by. years: those a table shows; all runs have them.
    per: the variable that amounts of different counties are divided by, or "".
    """

    scenarios: Mapping[str, Scenario]
    variables: tuple[str, ...]
    targets: Mapping[str, tuple[Target, ...]]
    years: tuple[float, ...]
    per: str
    constraints: Mapping[str, tuple[Constraint, ...]]

    @property
    def is_of_one_county(self) -> bool:
        """Whether all scenarios are of one county, so that amounts compare as they are."""
        return len({each.county.identity for each in self.scenarios.values()}) == 1

    def element(self, name: str, key: str) -> Element:
        """Return the element of a key in the model of a scenario."""
        return binding.element_of(self.scenarios[name].model, key)


def comparison_of(
    given: Scenario | Sequence[Scenario] | Mapping[str, Scenario],
    variables: Sequence[str],
    targets: Sequence[str],
    years: Sequence[float],
    per: str,
) -> Comparison:
    """Return a comparison; raise InputError, all findings at once, for what cannot be compared."""
    findings = Findings()
    scenarios = _by_name(given, findings)
    findings.raise_as(InputError, "nothing can be compared:")
    keys = tuple(_keys(scenarios, variables, findings)) or _headline(scenarios)
    over = "".join(_keys(scenarios, [per] if per else [], findings))
    names = target_names(targets, [t for each in scenarios.values() for t in each.targets], findings)
    judged = {name: _targets(each, scenarios, names) for name, each in scenarios.items()}
    shown = _years(scenarios, judged, years, findings)
    findings.raise_as(InputError, f"{', '.join(scenarios)}: these cannot be compared:")
    constraints = {name: constraints_of(each.model) for name, each in scenarios.items()}
    return Comparison(scenarios, keys, judged, shown, over, constraints)


def _by_name(
    given: Scenario | Sequence[Scenario] | Mapping[str, Scenario], findings: Findings
) -> dict[str, Scenario]:
    """Return scenarios by name, a single one beside its baseline; later ones of one name are numbered."""
    if isinstance(given, Mapping):
        named = dict(given)
    else:
        named = {}
        for each in [given] if isinstance(given, Scenario) else given:
            same = sum(name.partition(" #")[0] == each.name for name in named)
            named[f"{each.name} #{same + 1}" if same else each.name] = each
    if len(named) == 1:
        (name, only) = next(iter(named.items()))
        if not only.levers:
            findings.append(f"{name}: it sets no lever, so it is its own baseline. Name a second scenario.")
        return {f"{name} baseline": only.baseline, name: only}
    if not named:
        findings.append("no scenario; name at least one.")
    return named


def _headline(scenarios: Mapping[str, Scenario]) -> tuple[str, ...]:
    """Return the headline variables that all models have as scalars."""
    keys = dict.fromkeys(key for each in scenarios.values() for key in each.headline)
    return tuple(
        key for key in keys if all(len(s.model.variables.get(key, ())) == 1 for s in scenarios.values())
    )


def _keys(scenarios: Mapping[str, Scenario], names: Sequence[str], findings: Findings) -> list[str]:
    """Return the keys of variables by name; why one cannot be compared is said once if all have one model."""
    one = len({each.model.hash for each in scenarios.values()}) == 1
    wrong, found = dict[str, None](), dict[str, None]()
    for key in names:
        for name, scenario in scenarios.items():
            try:
                key = binding.element_of(scenario.model, key).key  # a label's key in the first of them
                found[key] = None
            except InputError as error:
                wrong[f"variable {error}" if one else f"{name}: variable {error}"] = None
    findings += wrong
    return list(found)


def _targets(
    scenario: Scenario, scenarios: Mapping[str, Scenario], names: Sequence[str]
) -> tuple[Target, ...]:
    """Return the targets a scenario is judged by: its own, and those of others that are meant for it too."""
    own = {target.name: target for target in scenario.targets}
    for other in scenarios.values():
        same = other.county.identity == scenario.county.identity
        for target in other.targets:
            meant = same or scenario.county.is_meant_by(target.scope)
            if meant and _is_measured(target, scenario):
                own.setdefault(target.name, target)
    order = names or dict.fromkeys(t.name for each in scenarios.values() for t in each.targets)
    return tuple(own[name] for name in order if name in own)


def _is_measured(target: Target, scenario: Scenario) -> bool:
    """Return whether a scenario's run holds what a target measures."""
    known = variable_of(target.variable) in scenario.model.variables
    return known and all(time in scenario.years for time in target.times)


def _years(
    scenarios: Mapping[str, Scenario],
    targets: Mapping[str, Sequence[Target]],
    years: Sequence[float],
    findings: Findings,
) -> tuple[float, ...]:
    """Return the times a table shows; one outside a run is a finding, and so is it if all runs share none.

    Times of models in years are years.
    """
    for year in years:
        outside = [f"{name} ({_span(each)})" for name, each in scenarios.items() if year not in each.years]
        if outside:
            findings.append(f"time {year:g}: is outside the run of {', '.join(outside)}. Choose one inside.")
    first = max(scenario.years.start for scenario in scenarios.values())
    last = min(scenario.years.end for scenario in scenarios.values())
    if first > last:
        spans = ", ".join(f"{name} {_span(each)}" for name, each in scenarios.items())
        findings.append(f"the runs have no time in common: {spans}. Change `years`.")
    yearly = all(scenario.model.graph.clock.is_yearly for scenario in scenarios.values())
    if years:
        return tuple(sorted(set(map(instant, years))))
    ends = [t.year for each in targets.values() for t in each if t.year and first <= t.year <= last]
    return (max(ends, default=math.floor(last) if yearly else instant(last)),)


def _span(scenario: Scenario) -> str:
    return f"{scenario.years.start:g} to {scenario.years.end:g}"
