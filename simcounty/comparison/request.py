"""What a comparison is asked, and whether the scenarios can answer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcounty.conditions.constraints import Constraint, constraints_of
from simcounty.errors import Findings, InputError, did_you_mean
from simcounty.model.graph import variable_of
from simcounty.scenario import Scenario, Target, binding

if TYPE_CHECKING:
    from simcounty.model.graph import Element


@dataclass(frozen=True)
class Asked:
    """A comparison that can be made: scenarios by what they are called, and what of them is compared.

    `targets` are, by scenario, those it is judged by. `years` are in every run.
    """

    scenarios: Mapping[str, Scenario]
    variables: tuple[str, ...]
    targets: Mapping[str, tuple[Target, ...]]
    years: tuple[int, ...]
    per: str
    constraints: Mapping[str, tuple[Constraint, ...]]

    @property
    def one_county(self) -> bool:
        """Whether all scenarios are of one county, so that amounts compare as they are."""
        return len({each.county.code or each.county.name for each in self.scenarios.values()}) == 1

    def element(self, label: str, key: str) -> Element:
        """Return what a key means in the model of a scenario."""
        return binding.element_of(self.scenarios[label].model, key)


def asked(
    given: Scenario | Sequence[Scenario] | Mapping[str, Scenario],
    variables: Sequence[str],
    targets: Sequence[str],
    years: Sequence[int],
    per: str,
) -> Asked:
    """Put a comparison together; raise InputError, all findings at once, for what cannot be compared."""
    findings = Findings()
    scenarios = _called(given, findings)
    findings.raise_as(InputError, "nothing can be compared:")
    wanted = tuple(variables) or _headline(scenarios)
    findings += [each for key in (*wanted, *filter(None, [per])) for each in _unknown(scenarios, key)]
    known = dict.fromkeys(target.name for each in scenarios.values() for target in each.targets)
    findings += [
        f"target {name}: none of the scenarios has it.{did_you_mean(name, known)} "
        f"Targets: {', '.join(known) or 'none; name a document in `policies`'}."
        for name in targets
        if name not in known
    ]
    chosen = {label: tuple(_judging(s, scenarios, targets)) for label, s in scenarios.items()}
    chosen_years = _years(scenarios, chosen, years, findings)
    findings.raise_as(InputError, f"{', '.join(scenarios)}: these cannot be compared:")
    constraints = {label: constraints_of(each.model) for label, each in scenarios.items()}
    return Asked(scenarios, tuple(dict.fromkeys(wanted)), chosen, chosen_years, per, constraints)


def _called(
    given: Scenario | Sequence[Scenario] | Mapping[str, Scenario], findings: Findings
) -> dict[str, Scenario]:
    """Return scenarios by what they are called; names that stand twice are counted."""
    if isinstance(given, Mapping):
        named = dict(given)
    else:
        named = {}
        for each in [given] if isinstance(given, Scenario) else given:
            same = sum(label.partition(" #")[0] == each.name for label in named)
            named[f"{each.name} #{same + 1}" if same else each.name] = each
    if len(named) == 1:
        (label, only) = next(iter(named.items()))
        if not only.levers:
            findings.append(f"{label}: it sets no lever, so it is its own baseline. Name a second scenario.")
        return {f"{label} baseline": only.baseline, label: only}
    if not named:
        findings.append("no scenario; name at least one.")
    return named


def _headline(scenarios: Mapping[str, Scenario]) -> tuple[str, ...]:
    """Return the headline variables that all models hold, but those with dimensions of their own."""
    asked = dict.fromkeys(key for each in scenarios.values() for key in each.headline)
    return tuple(
        key for key in asked if all(len(s.model.variables.get(key, ())) == 1 for s in scenarios.values())
    )


def _unknown(scenarios: Mapping[str, Scenario], key: str) -> list[str]:
    findings, one = [], len({each.model.hash for each in scenarios.values()}) == 1
    for label, scenario in scenarios.items():
        try:
            binding.element_of(scenario.model, key)
        except InputError as error:
            said = f"variable {error}"
            findings.append(said if one else f"{label}: {said}")
    return list(dict.fromkeys(findings))


def _judging(scenario: Scenario, scenarios: Mapping[str, Scenario], names: Sequence[str]) -> list[Target]:
    """Return the targets a scenario is judged by: its own, and those of others that are meant for it too."""
    own = {target.name: target for target in scenario.targets}
    for other in scenarios.values():
        same = (other.county.code or other.county.name) == (scenario.county.code or scenario.county.name)
        for target in other.targets:
            meant = same or scenario.county.is_meant_by(target.scope)
            if meant and _is_held(target, scenario):
                own.setdefault(target.name, target)
    order = names or list(dict.fromkeys(t.name for s in scenarios.values() for t in s.targets))
    return [own[name] for name in order if name in own]


def _is_held(target: Target, scenario: Scenario) -> bool:
    """Tell whether a scenario's run holds what a target measures."""
    known = variable_of(target.variable) in scenario.model.variables
    return known and all(time in scenario.years for time in target.times)


def _years(
    scenarios: Mapping[str, Scenario],
    targets: Mapping[str, Sequence[Target]],
    years: Sequence[int],
    findings: Findings,
) -> tuple[int, ...]:
    """Return the years a table shows; what lies outside a run, or if there is none for all, is a finding."""
    for year in years:
        outside = [f"{label} ({_span(each)})" for label, each in scenarios.items() if year not in each.years]
        if outside:
            findings.append(f"year {year}: is outside the run of {', '.join(outside)}. Choose a year inside.")
    first = max(scenario.years.start for scenario in scenarios.values())
    last = min(scenario.years.end for scenario in scenarios.values())
    if first > last:
        spans = ", ".join(f"{label} {_span(each)}" for label, each in scenarios.items())
        findings.append(f"the runs have no year in common: {spans}. Change `years`.")
    if years:
        return tuple(sorted(set(years)))
    asked_for = [t.year for each in targets.values() for t in each if t.year and first <= t.year <= last]
    return (max(asked_for, default=int(last)),)


def _span(scenario: Scenario) -> str:
    return f"{scenario.years.start:g} to {scenario.years.end:g}"
