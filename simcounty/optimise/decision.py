"""The problem a search solves: dials to turn on a 0 … 1 scale, and the targets' margins at any point."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from simcounty.errors import Findings, InputError, RunError, did_you_mean
from simcounty.judgement import judge
from simcounty.model.graph import variable_of
from simcounty.optimise.pattern_search import Floats, slopes
from simcounty.sampling import Ensemble
from simcounty.scenario import LeverPath, Scenario, Target
from simcounty.scenario.distributions import Column
from simcounty.scenario.lever_path import clause_path, in_span
from simcounty.simulation import simulate

AnyName = TypeVar("AnyName", str, str | Target)

HOPELESS = -10.0  # stands for the relative margin of a run that failed
EXACT = 17  # digits that keep a number as it is


@dataclass(frozen=True)
class Dial:
    """One lever to be moved: its range, where it stands, and its path, whose end is moved."""

    setting: LeverPath
    low: float
    high: float
    stands: float

    @property
    def home(self) -> float:
        """Where the lever stands, on the scale from 0 to 1."""
        return (self.stands - self.low) / (self.high - self.low)

    def setting_at(self, share: float, digits: int = EXACT) -> LeverPath:
        """Return the path that ends at a share of the range."""
        exact = float(self.values_at(np.array([share]))[0])
        final = min(self.high, max(self.low, float(f"{exact:.{digits}g}")))
        return dataclasses.replace(self.setting.ending_at(final), solved=True)

    def values_at(self, shares: Floats) -> Floats:
        """Return the lever's values at shares of its range, never outside it."""
        return np.clip(self.low + (self.high - self.low) * np.clip(shares, 0.0, 1.0), self.low, self.high)


@dataclass(frozen=True)
class Problem:
    """A scenario, the targets to meet, the dials to turn; points are (points, dials), each 0 … 1."""

    scenario: Scenario
    targets: tuple[Target, ...]
    dials: tuple[Dial, ...]
    backend: str
    runs: list[int] = field(default_factory=lambda: [0])

    @property
    def home(self) -> Floats:
        """The point where every lever stands."""
        return np.array([dial.home for dial in self.dials])

    def moved(self, point: Floats) -> dict[str, tuple[Dial, float]]:
        """Return the dials that a point turns, with their shares, by lever."""
        shares = zip(self.dials, point.tolist(), strict=True)
        return {dial.setting.key: (dial, share) for dial, share in shares if share != dial.home}

    def margins(self, points: Floats) -> Floats:
        """Return the relative margin of every target (points, targets), from runs side by side."""
        self.runs[0] += len(points)
        try:
            run = simulate(self.ensemble(points), self.backend, keep=kept(self.scenario, self.targets))
        except RunError:  # of a single point; of several those that fail are flagged
            return np.full((len(points), len(self.targets)), HOPELESS)
        margins = judge(run, self.targets).margin.transpose("member", "target").values / self.scales
        return np.where(run.failed.values[:, None] | np.isnan(margins), HOPELESS, margins)

    def ensemble(self, points: Floats, drawn: Mapping[str, Column] | None = None) -> Ensemble:
        """Return the scenario with the levers at every point, and every draw at each of them."""
        draws = len(next(iter(drawn.values()))) if drawn else 1
        columns = {
            dial.setting.key: np.repeat(dial.values_at(shares), draws)
            for dial, shares in zip(self.dials, points.T, strict=True)
        }
        columns |= {key: np.tile(column, len(points)) for key, column in (drawn or {}).items()}
        return Ensemble(self.scenario, columns, {dial.setting.key: dial.setting for dial in self.dials})

    @property
    def scales(self) -> Floats:
        """What margins are relative to: the goal, or one of its unit where that is nought or no number."""
        goals = np.array([abs(target.goal) for target in self.targets])
        return np.where(np.isfinite(goals) & (goals > 0.0), goals, 1.0)

    def slopes(self, point: Floats) -> tuple[Floats, Floats]:
        """Return the margins at a point and their slopes (targets, dials), by one ensemble."""
        return slopes(self.margins, point)

    def efforts(self, points: Floats) -> Floats:
        return np.asarray(((points - self.home) ** 2).sum(axis=1))


def problem_of(
    scenario: Scenario, targets: Iterable[str | Target], using: Iterable[str], backend: str
) -> Problem:
    findings = Findings()
    named = {target.name: target for target in scenario.targets}
    chosen, dials = [], []
    for target in dict.fromkeys(_listed(targets)):
        if isinstance(target, Target) or target in named:
            chosen.append(named[target] if isinstance(target, str) else target)
        else:
            findings.append(
                f"target {target}: {scenario.name} has none of that name.{did_you_mean(target, named)} "
                f"Targets: {', '.join(named) or 'none; name a document in `policies`'}."
            )
    for key in dict.fromkeys(_listed(using)):
        try:
            dials.append(dial_of(scenario, key))
        except InputError as error:
            findings.append(f"lever {key}: {error}")
    if not findings and not (chosen and dials):
        findings.append("name at least one target and at least one lever.")
    findings.raise_as(InputError, f"{scenario.name}: nothing can be sought:")
    return Problem(scenario, tuple(chosen), tuple(dials), backend)


def _listed(names: Iterable[AnyName]) -> Iterable[AnyName]:
    """Take a single name for a list of one: its letters are no names."""
    return [names] if isinstance(names, str) else names


def kept(scenario: Scenario, targets: Iterable[Target]) -> list[str]:
    """Return the variables that judging needs, with the stocks that accumulate them."""
    variables = dict.fromkeys(variable_of(target.variable) for target in targets)
    stocks = (scenario.model.accumulator(variable) for variable in variables)
    return list(dict.fromkeys([*variables, *filter(None, stocks)]))


def dial_of(scenario: Scenario, key: str) -> Dial:
    """Return the dial of a lever; raise InputError if it is none, has no range, or moves outside the run."""
    limits = scenario.limits(key)
    levers = dict.fromkeys([*scenario.clause_levers, *scenario.levers])
    if key not in levers:
        raise InputError(
            f"is no lever of {scenario.name}: no clause names it and no setting moves it, and only levers "
            f"are sought.{did_you_mean(key, levers)}"
        )
    if limits.low is None or limits.high is None or limits.low >= limits.high:
        raise InputError(f"has no range to search in, {limits}. Give it one in {limits.given_by}.")
    constant = scenario.model.constants[key]
    lever = scenario.clause_levers.get(key)
    setting = scenario.levers.get(key)
    if setting is None and lever:
        setting = clause_path(lever, constant, constant.value)
    elif setting is None:
        setting = scenario.lever_path(key, constant.value)
    in_span(setting, scenario.years)
    stands = constant.value if setting.solved else setting.final
    return Dial(dataclasses.replace(setting, default=constant.value), limits.low, limits.high, stands)
