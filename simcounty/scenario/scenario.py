"""A scenario: a model, a county, policies, years and lever settings, bound together and frozen."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from simcounty.errors import Findings, ScenarioError
from simcounty.language import said
from simcounty.model import Model
from simcounty.model.names import once
from simcounty.scenario import binding
from simcounty.scenario.county import NOWHERE, County
from simcounty.scenario.lever_path import (
    Given,
    LeverPath,
    LeverPathShape,
    LeverPathShapes,
    Span,
    bind_lever_path,
    clause_path,
    in_span,
    shape_of,
)
from simcounty.scenario.policy import Lever, Policy
from simcounty.scenario.ramp import is_ramp, ramp_of, ramped
from simcounty.scenario.target import Target, TargetShape, Tracked
from simcounty.scenario.uncertainty import CERTAIN, Uncertain, UncertainShape, together
from simcounty.toml_files import Number


class ScenarioShape(UncertainShape):
    """A scenario file; `target` and `uncertainties` are its own, beside those of its policies."""

    title: str
    county: str = ""
    model: str = ""
    data: list[str] = Field(default_factory=list)
    policies: list[str] = Field(default_factory=list)
    years: list[float]
    headline: list[str] = Field(default_factory=list)
    tracked: str = ""
    lever_paths: str = ""
    levers: LeverPathShapes = Field(default_factory=dict)
    constants: dict[str, Number] = Field(default_factory=dict)
    target: list[TargetShape] = Field(default_factory=list)


@dataclass(frozen=True)
class Scenario:
    """What is asked of a model; every key in it exists, and every value fits its unit and its range.

    `model` already holds the county's values and the scenario's own `constants`.
    `hash` covers the file, the files it names and later replacements. `changes` say in what a command asked
    for something else than the file, and `unchanged` is what the file asks, where the two can be compared.
    """

    name: str
    title: str
    model: Model
    years: Span
    path: Path | None = None
    hash: str = ""
    county: County = NOWHERE
    policies: tuple[Policy, ...] = ()
    headline: tuple[str, ...] = ()
    levers: Mapping[str, LeverPath] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)
    own_uncertain: Uncertain = CERTAIN
    own_targets: tuple[Target, ...] = ()
    tracked: tuple[Tracked, ...] = ()
    tracked_path: Path | None = None
    lever_table: Path | None = None
    changes: tuple[str, ...] = ()
    unchanged: Scenario | None = None

    @property
    def all_targets(self) -> tuple[Target, ...]:
        """Its own targets, and those of the policies that are meant for this county, computed or not."""
        named = (target for each in self.policies for target in each.targets)
        meant = (each for each in named if not each.across and self.county.is_meant_by(each.scope))
        return (*self.own_targets, *meant)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets for this county that the model can compute."""
        return tuple(target for target in self.all_targets if target.is_judged)

    @property
    def clause_levers(self) -> Mapping[str, Lever]:
        """The levers the policies give this county, by key."""
        return {
            lever.key: lever
            for each in self.policies
            for lever in each.levers
            if self.county.is_meant_by(lever.scope)
        }

    @property
    def fixed_levers(self) -> Mapping[str, LeverPath]:
        """The lever paths of the levers whose clauses give the number, by key."""
        constants = self.model.constants
        return {
            key: clause_path(lever, constants[key], lever.setting)
            for key, lever in self.clause_levers.items()
            if lever.setting is not None
        }

    @property
    def uncertain(self) -> Uncertain:
        """What it, its county and its policies say to be uncertain."""
        return together(self.uncertain_parts, Findings())

    @property
    def uncertain_parts(self) -> list[tuple[Path | None, Uncertain]]:
        """What each of its files says to be uncertain."""
        county = (self.county.path, self.county.uncertain)
        return [
            (self.path, self.own_uncertain),
            county,
            *((each.path, each.uncertain) for each in self.policies),
        ]

    @property
    def certain(self) -> Scenario:
        """The same scenario with nothing of its own file uncertain."""
        return dataclasses.replace(self, own_uncertain=CERTAIN)

    @property
    def baseline(self) -> Scenario:
        """The same scenario without its lever settings."""
        return dataclasses.replace(
            self, name=f"{self.name} baseline", title="基线", levers={}, hash=chained(self.hash, "baseline")
        )

    def limits(self, key: str) -> binding.Limits:
        """Return the range in which a constant may be set: its clause's, else the model's."""
        constant = binding.constant_of(self.model, key)
        lever = self.clause_levers.get(constant.key)
        if lever is None:
            return binding.limits_of(constant, self.model)
        return dataclasses.replace(lever.limits, low=constant.value) if lever.more else lever.limits

    def starts(self, key: str) -> float:
        """Return the model time from which a single number for a lever holds.

        That is the first date of the lever path it replaces, else the first day of the lever's
        policy, else of the earliest policy, else the start of the run.
        """
        if key in self.levers:
            return self.levers[key].times[0]
        if key in self.clause_levers:
            return self.clause_levers[key].first_day
        return min((each.first_day for each in self.policies), default=self.years.start)

    def replace(self, values: Mapping[str, Given] | None = None, /, **more: Given) -> Scenario:
        """Return the scenario with other levers or constants, by key or Chinese label.

        A value is a number (`0.9`, `"90 %"`), a number and the two dates of a straight line to it
        (`"90 %@2023:2025"`), a mapping from dates to numbers, or a `LeverPath`. A single number for a lever
        holds at once from `starts(key)`; for any other constant it holds from the start of the run.

        >>> import simcounty as sc
        >>> plan = sc.load("tonglu/plan-2027")
        >>> plan.replace(hukou_openness="90 %").levers["hukou_openness"].values
        (0.9,)
        """
        findings, named = Findings(), set[str]()
        levers, constants = dict(self.levers), dict(self.constants)
        for name, given in {**(values or {}), **more}.items():
            with findings.at(name):
                constant = binding.constant_of(self.model, name)
                key = once(constant.key, named)
                named.add(key)
                lever = key in levers or key in self.clause_levers or is_ramp(given)
                if isinstance(given, LeverPath | Mapping) or lever:
                    levers[key] = self.lever_path(key, given)
                else:
                    constants[key] = binding.bound(given, "", constant, self.limits(key))
        findings.raise_as(ScenarioError, f"{self.name}: these values cannot be used:")
        changed = chained(self.hash, repr((levers, constants)))
        model = self.model.replace(constants)
        return dataclasses.replace(self, model=model, levers=levers, constants=constants, hash=changed)

    def changed(self, changes: Sequence[str], unchanged: Scenario | None = None) -> Scenario:
        """Return the scenario under a name and a title that tell what was changed; itself if nothing was.

        >>> import simcounty as sc
        >>> plan = sc.load("tonglu/plan-2027")
        >>> plan.replace(ecological_relocation=3000).changed(["生态搬迁 = 3000"], plan).name
        'tonglu/plan-2027, 生态搬迁 = 3000'
        """
        if not changes:
            return self
        name, title = (", ".join([each, *changes]) for each in (self.name, self.title))
        return dataclasses.replace(self, name=name, title=title, changes=tuple(changes), unchanged=unchanged)

    def over(self, years: Span) -> Scenario:
        """Return the scenario run over other years, which must hold its levers' dates and its targets.

        >>> import simcounty as sc
        >>> sc.load("tonglu/plan-2027").over(Span(2020, 2030)).years.end
        2030
        """
        findings = Findings(text for _, text in unfit_years(self, years))
        for key, path in self.levers.items():
            with findings.at(f"lever {key}"):
                in_span(path, years, self.model)
        findings.raise_as(ScenarioError, f"{self.name}: it cannot be run over these years:")
        return dataclasses.replace(self, years=years, hash=chained(self.hash, f"years {years}"))

    def lever_path(self, name: str, given: Given | LeverPathShape) -> LeverPath:
        """Return the lever path that a number, numbers by date or a table of a file means here."""
        constant = binding.constant_of(self.model, name)
        key, limits = constant.key, self.limits(constant.key)
        if isinstance(given, LeverPath):
            for value in given.values:
                binding.bound(value, "", constant, limits)
            return in_span(given, self.years, self.model)
        shape = given if isinstance(given, LeverPathShape) else shape_of(given)
        clock, dated = self.model.graph.clock, shape.model_extra or is_ramp(shape.value)
        if (dated or self.policies) and not clock.is_yearly:
            raise ScenarioError(said("date.no_years", unit=clock.unit or "?"))
        clause = self.clause_levers[key].clause if key in self.clause_levers else ""
        ramp = ramp_of(str(shape.value)) if is_ramp(shape.value) else None
        plain = shape if ramp is None else shape.model_copy(update={"value": ramp.value})
        made = bind_lever_path(plain, constant, limits, self.starts(key), clause)
        if ramp is not None:
            none = dataclasses.replace(made, times=(ramp.last,))
            before = self.levers.get(key) or self.fixed_levers.get(key) or none
            made = ramped(before, constant.value, ramp.first, ramp.last, made.final)
        return in_span(made, self.years, self.model)


def unfit_years(scenario: Scenario, years: Span) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what does not fit these years, and the keys it is about: a start of no value, targets outside."""
    span = {"first": years.start, "last": years.end}
    county = scenario.county
    dated = {value.year for value in county.values if value.year is not None}
    dated = dated if county.start is None else {county.start}
    if dated and years.start not in dated:
        known = ", ".join(map(str, sorted(dated)))
        yield ("years",), said("years.start", start=years.start, county=county.title, known=known)
    for each in scenario.targets:
        if any(time not in years for time in each.times):
            about = {"year": each.year, "target": each.name, "clause": _clause(each)}
            keys = ("target", each.name) if each in scenario.own_targets else ("years",)
            yield keys, said("years.target", **about, **span)


def _clause(target: Target) -> str:
    """Return where a target stands, in brackets; nothing for a scenario's own."""
    where = f"{target.document} {target.clause}".strip()
    return f" ({where})" if where else ""


def chained(before: str, change: str) -> str:
    """Return the hash of something that was changed, from its hash before and the change."""
    return hashlib.sha256(f"{before} {change}".encode()).hexdigest()
