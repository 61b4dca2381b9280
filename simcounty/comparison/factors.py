"""What two scenarios of one county differ in: levers and constants by name, or taken together in groups."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simcounty.errors import Findings, InputError, did_you_mean
from simcounty.model import Model
from simcounty.scenario import LeverPath, Scenario

MOST_FACTORS = 12
"""Factors a change is divided among: 2 to this power are the runs that it takes, 4,096."""

Groups = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Factor:
    """What changes at once from one scenario to the other: a lever or constant, or a group of them.

    `before` and `after` are the values a single one ends at, in `unit`; nan for a group.
    """

    name: str
    label: str
    clause: str
    keys: tuple[str, ...]
    before: float = math.nan
    after: float = math.nan
    unit: str = ""


@dataclass(frozen=True)
class Pair:
    """Two scenarios of one county, model and span, and what they differ in."""

    before: Scenario
    after: Scenario
    factors: tuple[Factor, ...]
    by_clause: bool

    def mixture(self, mask: int) -> Scenario:
        """Return the first scenario with the second's settings of those factors whose bits are set."""
        changed = {key for place, each in enumerate(self.factors) if mask >> place & 1 for key in each.keys}
        first, second = self.before.model.constants, self.after.model.constants
        constants = {key: second[key].value for key in changed if first[key].value != second[key].value}
        keys = sorted({*self.before.levers, *self.after.levers})
        levers = {key: self._path(key, key in changed) for key in keys}
        model = self.before.model.replace(constants) if constants else self.before.model
        name = f"{self.before.name} with {', '.join(sorted(changed)) or 'nothing'} of {self.after.name}"
        return dataclasses.replace(self.before, name=name, model=model, levers=levers)

    def _path(self, key: str, changed: bool) -> LeverPath:
        """Return the path of a lever; where a scenario sets none, a constant path at the value it has there.

        So all mixtures move the same constants at the same dates, and are run side by side.
        """
        one, other = (self.after, self.before) if changed else (self.before, self.after)
        if key in one.levers:
            return one.levers[key]
        path, still = other.levers[key], one.model.constants[key].value
        return dataclasses.replace(path, values=(still,) * len(path.values))


def pair_of(
    before: Scenario, after: Scenario, groups: Groups | None, by_clause: bool, findings: Findings
) -> Pair:
    """Return what two scenarios differ in; what cannot be divided becomes a finding.

    Where they differ in more than `MOST_FACTORS`, the levers of one clause are taken together.
    Raise InputError where the two do not compare at all.
    """
    headline = f"{before.name}, {after.name}: the change from one to the other cannot be divided:"
    _obstacles(before, after).raise_as(InputError, headline)
    keys = _differing(before, after)
    ends = (before, after)
    factors = _factors(ends, keys, groups, by_clause, findings)
    if not factors:
        findings.append("they differ in no lever and no constant. Change a lever in one of them.")
    fallen_back = len(factors) > MOST_FACTORS and not (groups or by_clause)
    if fallen_back:
        factors = _factors(ends, keys, None, True, findings)
    if len(factors) > MOST_FACTORS:
        findings.append(
            f"{len(factors)} levers or groups change, and a change is divided among at most {MOST_FACTORS}. "
            f"Take levers together, such as --group NAME={factors[0].keys[0]},{factors[1].keys[0]}."
        )
    return Pair(before, after, tuple(factors), by_clause or fallen_back)


def _obstacles(before: Scenario, after: Scenario) -> Findings:
    """Return why two scenarios do not compare."""
    findings = Findings()
    if before.county.identity != after.county.identity:
        findings.append(
            f"they are of two counties, {before.county.title} and {after.county.title}, which differ in more "
            "than levers. Compare two scenarios of one county."
        )
    if before.model.hash != after.model.hash:
        findings.append(f"they have two models, {before.model.path} and {after.model.path}. Use one.")
    if before.years != after.years:
        spans = [f"{each.years.start:g} to {each.years.end:g}" for each in (before, after)]
        findings.append(f"they run over other years, {spans[0]} and {spans[1]}. Give them the same `years`.")
    return findings


def _differing(before: Scenario, after: Scenario) -> list[str]:
    """Return the constants that differ at any time, in the order of the second's levers."""
    order = [*after.levers, *before.levers, *after.model.constants]
    return [key for key in dict.fromkeys(order) if _course(before, key) != _course(after, key)]


def _course(scenario: Scenario, key: str) -> tuple[float, tuple[tuple[float, float], ...]]:
    """Return the value of a constant and the path it follows; a path that never departs from it is none."""
    still, path = scenario.model.constants[key].value, scenario.levers.get(key)
    if path is None or all(value == still for value in path.values):
        return still, ()
    return still, tuple(zip(path.times, path.values, strict=True))


def _factors(
    ends: tuple[Scenario, Scenario],
    keys: Sequence[str],
    groups: Groups | None,
    by_clause: bool,
    findings: Findings,
) -> list[Factor]:
    """Return the factors: every key of a group together, any other by itself."""
    group_of = _groups(ends[1].model, keys, groups or {}, findings)
    if by_clause:
        clauses = {key: _clause(ends, key) for key in keys if key not in group_of}
        group_of |= {key: clause for key, clause in clauses.items() if clause}
    names = dict.fromkeys(group_of.get(key, key) for key in keys)
    together = {name: tuple(key for key in keys if group_of.get(key, key) == name) for name in names}
    return [_factor(ends, name, own, name in group_of.values()) for name, own in together.items()]


def _groups(model: Model, keys: Sequence[str], groups: Groups, findings: Findings) -> dict[str, str]:
    """Return the group of each lever that is named in one."""
    group_of: dict[str, str] = {}
    for group, own in groups.items():
        for name in own:
            with findings.at(f"group {group}: {name}"):
                key = model.key_of(name)
                if key not in keys:
                    known = f"{did_you_mean(key, keys)} They differ in {', '.join(keys)}."
                    raise InputError(f"is no lever they differ in.{known}")
                if key in group_of:
                    raise InputError(f"is already in {group_of[key]}. Keep one of the two.")
                group_of[key] = group
    return group_of


def _factor(ends: tuple[Scenario, Scenario], name: str, keys: tuple[str, ...], grouped: bool) -> Factor:
    constants = ends[1].model.constants
    clauses = dict.fromkeys(filter(None, (_clause(ends, key) for key in keys)))
    if len(keys) > 1 or grouped:
        label = name if name not in clauses else "、".join(constants[key].label for key in keys)
        return Factor(name, label, "; ".join(clauses), keys)
    before, after = (_final(each, name) for each in ends)
    return Factor(name, constants[name].label, "; ".join(clauses), keys, before, after, constants[name].unit)


def _final(scenario: Scenario, key: str) -> float:
    """Return the value a constant ends at."""
    return scenario.levers[key].final if key in scenario.levers else scenario.model.constants[key].value


def _clause(ends: tuple[Scenario, Scenario], key: str) -> str:
    """Return the clause of a lever, as the later scenario gives it."""
    for each in reversed(ends):
        if key in each.clause_levers:
            return each.clause_levers[key].clause
        if key in each.levers and each.levers[key].clause:
            return each.levers[key].clause
    return ""
