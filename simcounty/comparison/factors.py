"""What two scenarios of one county differ in: levers and constants by name, or taken together in groups."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simcounty.errors import Findings, InputError, did_you_mean
from simcounty.scenario import LeverPath, Scenario

MOST = 12
"""Levers or groups a change is divided among: 2 to this power are the runs that it takes, 4,096."""

Groups = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Player:
    """What changes at once from one scenario to the other: a lever, or a group of them.

    `before` and `after` are the values a single lever ends at, in `unit`; nan for a group.
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
    players: tuple[Player, ...]
    by_clause: bool

    def mixed(self, mask: int) -> Scenario:
        """Return the first scenario with those players' settings of the second whose bits are set."""
        moved = {key for place, each in enumerate(self.players) if mask >> place & 1 for key in each.keys}
        constants = {key: self.after.model.constants[key].value for key in moved if self._is_reset(key)}
        keys = sorted({*self.before.levers, *self.after.levers})
        levers = {key: self._path(key, key in moved) for key in keys}
        model = self.before.model.replace(constants) if constants else self.before.model
        return dataclasses.replace(self.before, name=self._called(moved), model=model, levers=levers)

    def _called(self, moved: set[str]) -> str:
        """Name a mixture, so that one that fails can be told."""
        return f"{self.before.name} with {', '.join(sorted(moved)) or 'nothing'} of {self.after.name}"

    def _is_reset(self, key: str) -> bool:
        return self.before.model.constants[key].value != self.after.model.constants[key].value

    def _path(self, key: str, moved: bool) -> LeverPath:
        """Return the path of a lever; where a scenario sets none, one that stays at what it is without.

        So all mixtures move the same constants at the same dates, and are run side by side.
        """
        one, other = (self.after, self.before) if moved else (self.before, self.after)
        if key in one.levers:
            return one.levers[key]
        path, still = other.levers[key], one.model.constants[key].value
        return dataclasses.replace(path, values=(still,) * len(path.values))


def pair_of(
    before: Scenario, after: Scenario, groups: Groups | None, by_clause: bool, findings: Findings
) -> Pair:
    """Return what two scenarios differ in; what cannot be divided becomes a finding.

    Where they differ in more than `MOST` levers, those of one clause are taken together.
    Raises InputError where the two do not compare at all.
    """
    headline = f"{before.name}, {after.name}: no waterfall leads from one to the other:"
    Findings(_apart(before, after)).raise_as(InputError, headline)
    keys = _differing(before, after)
    players = _players(before, after, keys, groups, by_clause, findings)
    if not players:
        findings.append("they differ in no lever and no constant. Change a lever in one of them.")
    fallen_back = len(players) > MOST and not (groups or by_clause)
    if fallen_back:
        players = _players(before, after, keys, None, True, findings)
    if len(players) > MOST:
        findings.append(
            f"{len(players)} levers or groups change, and a change is divided among at most {MOST}. Take "
            f"levers together, such as --group NAME={players[0].keys[0]},{players[1].keys[0]}."
        )
    return Pair(before, after, tuple(players), by_clause or fallen_back)


def _apart(before: Scenario, after: Scenario) -> list[str]:
    findings = []
    places = [each.county.code or each.county.name for each in (before, after)]
    if places[0] != places[1]:
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
    """Return the value of a constant and the path it follows; a path that never leaves it is none."""
    still, path = scenario.model.constants[key].value, scenario.levers.get(key)
    if path is None or all(value == still for value in path.values):
        return still, ()
    return still, tuple(zip(path.times, path.values, strict=True))


def _players(
    before: Scenario,
    after: Scenario,
    keys: Sequence[str],
    groups: Groups | None,
    by_clause: bool,
    findings: Findings,
) -> list[Player]:
    """Return the players: every key of a group together, any other by itself."""
    member: dict[str, str] = {}
    for name, own in (groups or {}).items():
        for key in own:
            if key not in keys:
                known = f"{did_you_mean(key, keys)} They differ in {', '.join(keys)}."
                findings.append(f"group {name}: {key} is no lever they differ in.{known}")
            elif key in member:
                findings.append(f"group {name}: {key} stands already in {member[key]}. Keep one of the two.")
            member.setdefault(key, name)
    if by_clause:
        clauses = {key: _clause(before, after, key) for key in keys if key not in member}
        member |= {key: clause for key, clause in clauses.items() if clause}
    names = dict.fromkeys(member.get(key, key) for key in keys)
    together = {name: tuple(key for key in keys if member.get(key, key) == name) for name in names}
    return [_player(before, after, name, own, name in member.values()) for name, own in together.items()]


def _player(before: Scenario, after: Scenario, name: str, keys: tuple[str, ...], grouped: bool) -> Player:
    constants = after.model.constants
    clauses = dict.fromkeys(filter(None, (_clause(before, after, key) for key in keys)))
    if len(keys) > 1 or grouped:
        label = name if name not in clauses else "、".join(constants[key].label for key in keys)
        return Player(name, label, "; ".join(clauses), keys)
    ends = (_end(before, name), _end(after, name))
    return Player(name, constants[name].label, "; ".join(clauses), keys, *ends, unit=constants[name].unit)


def _end(scenario: Scenario, key: str) -> float:
    """Return the value a constant ends at."""
    return scenario.levers[key].final if key in scenario.levers else scenario.model.constants[key].value


def _clause(before: Scenario, after: Scenario, key: str) -> str:
    """Return the clause a lever stands in, as the later scenario gives it."""
    for each in (after, before):
        if key in each.clause_levers:
            return each.clause_levers[key].clause
        if key in each.levers and each.levers[key].clause:
            return each.levers[key].clause
    return ""
