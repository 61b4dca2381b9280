"""Specifying a sweep: scenarios that share the same draws, what varies in them, what to keep."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from simcounty import cache
from simcounty.accounts.sources import Sources
from simcounty.backends import is_worth_compiling
from simcounty.counties.generate import baseline_of, counties_in, over_counties
from simcounty.dataset import provenance
from simcounty.errors import Findings, ScenarioError, repeated
from simcounty.model.names import once
from simcounty.model_error.error_model import fitted_hash
from simcounty.model_error.futures import FutureErrors, errors_of
from simcounty.sampling import Ranges
from simcounty.sampling.designs import unbalanced
from simcounty.sampling.draws import GIVEN, Draws, draws, read_draws
from simcounty.scenario import County, Scenario, binding
from simcounty.scenario.delivery import Delivered
from simcounty.scenario.distributions import described
from simcounty.scenario.uncertainty import (
    Uncertain,
    within,
)
from simcounty.simulation import headline_of, variables_needed
from simcounty.sweeps.delivery import deliveries, draw, joined
from simcounty.sweeps.futures import observations_text, targets_text
from simcounty.sweeps.idle_inputs import idle_findings
from simcounty.sweeps.uncertain_inputs import uncertain_inputs
from simcounty.units import is_extensive

CHUNK = 8192
"""Members run, checked and committed together."""

CODE = ("simcounty.backends", "simcounty.model", "simcounty.model_error", "numpy", "SALib", "scipy")
"""What the numbers of a sweep are made by."""

FORECASTS = ("random", "lhs", "sobol")
"""The designs whose members are draws of what may come; others tell how outcomes hang on inputs."""


@dataclass(frozen=True)
class Specification:
    """What a sweep draws and keeps, not yet checked; see `sweep` for what each field means.

    `counted` is what errors call n, such as the option it was given by.
    """

    n: int | None = None
    vary: Ranges | None = None
    uncertainties: Path | None = None
    design: str = "random"
    seed: int = 0
    keep: Sequence[str] | None = None
    chunk: int = CHUNK
    counties: str | None = None
    sources: Sources | None = None
    forecast: bool = True
    counted: str = "n"


@dataclass(frozen=True, eq=False)
class Sweep:
    """A sweep, ready to run; whichever part of it runs where and when, the numbers are the same."""

    scenarios: tuple[Scenario, ...]
    draws: Draws
    keep: tuple[str, ...]
    chunk: int = CHUNK
    errors: FutureErrors | None = None
    is_forecast: bool = False

    @property
    def members(self) -> int:
        return self.draws.members

    def delivered(self, members: range) -> dict[str, Delivered]:
        """Return how policies are delivered in some members; nothing where members are no draws."""
        named = deliveries(self.scenarios) if self.is_forecast else {}
        if not named:
            return {}
        design, counties = self.draws.design, self.draws.counties
        assert design is not None, "what is a forecast has a design"
        rows = self.draws.by_county(members).items()
        return joined([draw(named, counties[place].identity, each, design.seed) for place, each in rows])

    @property
    def backend(self) -> str:
        """The backend that integrates it: plain Python where compiling would not pay."""
        graph, years = self.scenarios[0].model.graph, self.scenarios[0].years
        steps = round((years.end - years.start) / graph.clock.step)
        several = is_worth_compiling(graph, steps, self.members * len(self.scenarios))
        return "compiled" if several else "interpreted"

    @property
    def chunks(self) -> list[range]:
        """The members of each chunk; the last chunk may be shorter."""
        return pieces(self.members, self.chunk)

    @property
    def levers(self) -> set[str]:
        """The varied constants that are levers of a scenario; the others are uncertainties."""
        return {
            key for key in self.draws.keys for s in self.scenarios if key in (*s.levers, *s.clause_levers)
        }

    def about(self, key: str) -> dict[str, str]:
        """Return what is known of a varied constant, as the attributes of its coordinate."""
        constant, joint = self.scenarios[0].model.constants[key], self.draws.uncertain.joint
        own = key in self.draws.counties[0].uncertain.each
        one = self.draws.uncertain.each.get(key)  # else its values come in rows: a posterior's, or a table's
        rows = {"distribution": "posterior" if joint else "given"}  # so do those of each county's own
        attributes = {
            "role": "lever" if key in self.levers else "uncertainty",
            "long_name": constant.label,
            "units": constant.unit,
            "distribution": json.dumps(described(one.distribution) if one and not own else rows),
            "source": one.source if one else joint.source if joint else "",
            "assumption": one.assumption if one else "",
        }
        return {name: text for name, text in attributes.items() if text}

    def provenance(self, step: float) -> dict[str, Any]:
        """Return what its numbers are made from; `created` alone differs between identical sweeps."""
        design, uncertain = self.draws.design, self.draws.uncertain
        groups = [{"keys": group.keys, "correlation": group.matrix} for group in uncertain.correlated]
        return {
            **provenance(self.scenarios[0].model, self.scenarios, self.backend, "euler", step),
            "design": self.draws.name,
            "n": design.n if design else self.members,
            "seed": design.seed if design else 0,
            "members": self.members,
            "chunk": self.chunk,
            "inputs": json.dumps(list(self.draws.keys), ensure_ascii=False),
            "targets": targets_text(self.scenarios),
            "correlated": json.dumps(groups),
            "posterior": uncertain.joint.source if uncertain.joint else "",
            "model_error": fitted_hash() if self.errors else "",
            "observed_since_start": self.errors.observed if self.errors else 0,
            "figures_since_start": observations_text(self.errors.figures if self.errors else ()),
            "code": cache.fingerprint(*CODE),
        }


def pieces(members: int, chunk: int) -> list[range]:
    """Return the members of each chunk; the last may be shorter."""
    return [range(first, min(first + chunk, members)) for first in range(0, members, chunk)]


def specify(scenarios: Sequence[Scenario], wanted: Specification) -> Sweep:
    """Return a sweep that can be run; raise ScenarioError, all findings at once, where there is none.

    >>> specify([plan, plan.baseline], Specification(1000, {"forward_inflation": ("0 %", "2 %")})).members
    1000
    """
    findings = Findings()
    if not (isinstance(wanted.chunk, int) and wanted.chunk >= 1):
        findings.append(f"chunk = {wanted.chunk}: a whole number of members is needed, at least one.")
    _assert_comparable(scenarios, findings)
    findings.raise_as(ScenarioError, "this sweep cannot be run:")
    place, counties = wanted.counties, counties_in(wanted.counties, wanted.sources) if wanted.counties else []
    scenarios = [over_counties(each, place, counties) for each in scenarios] if place else scenarios
    drawn = (_read if wanted.design.lower().endswith(".csv") else _drawn)(scenarios, wanted, findings)
    if drawn and counties:
        drawn = _in_all(counties, drawn, scenarios, findings)
    kept = _kept(scenarios, wanted.keep, drawn.keys if drawn else (), findings)
    if drawn and not findings:
        findings += idle_findings(scenarios, drawn, kept)
    findings.raise_as(ScenarioError, "this sweep cannot be run:")
    assert drawn is not None, "what cannot be drawn has findings"
    design, panel = drawn.design, wanted.sources.panel if wanted.sources else None
    if not (wanted.forecast and design and design.name in FORECASTS):
        return Sweep(tuple(scenarios), drawn, kept, wanted.chunk)
    errors = errors_of(scenarios, design.seed, [baseline_of(each) for each in counties], panel)
    return Sweep(tuple(scenarios), drawn, kept, wanted.chunk, errors, is_forecast=True)


def _assert_comparable(scenarios: Sequence[Scenario], findings: Findings) -> None:
    names = [each.name for each in scenarios]
    if not scenarios:
        findings.append("no scenario; give at least one.")
    findings += [f"{name}: stands twice; give each scenario once." for name in repeated(names)]
    if len({each.model.hash for each in scenarios}) > 1 or len({each.years for each in scenarios}) > 1:
        findings.append(
            f"{', '.join(names)}: scenarios of one sweep must have the same model and the same years."
        )


def _in_all(counties: list[County], drawn: Draws, scenarios: Sequence[Scenario], findings: Findings) -> Draws:
    """Return the same draws for every county; what counties cannot have in common is a finding."""
    each, constants = drawn.uncertain.each, scenarios[0].model.constants
    for scenario in scenarios:
        own, levers = scenario.county.uncertain.each, {*scenario.levers, *scenario.clause_levers}
        named = (key for key in drawn.keys if each.get(key, key) != own.get(key))
        differing = {value.key for value in counties[0].values}
        differing |= {key for key in levers if is_extensive(constants[key].unit)}
        findings += [
            f"{scenario.name}: {key}: differs from county to county; one value or range does not fit all. "
            "Leave it out. Fractions, rates and prices may be the same for all."
            for key in dict.fromkeys([*scenario.levers, *scenario.constants, *named])
            if key in differing
        ]
    if drawn.name not in ("random", "lhs", "sobol", GIVEN):
        findings.append(f"design = {drawn.name}: counties need random, lhs, sobol or a table.")
    return replace(drawn, counties=tuple(counties))


def _drawn(scenarios: Sequence[Scenario], wanted: Specification, findings: Findings) -> Draws | None:
    """Return draws of what is uncertain."""
    uncertain = uncertain_inputs(scenarios, wanted.vary, wanted.uncertainties, findings)
    for key, each in uncertain.each.items():
        for scenario in scenarios:
            with findings.at(key):
                within(each, scenario.limits(key), scenario.model.constants[key].unit)
    if wanted.n is None:
        findings.append(f"{wanted.counted} is missing; say how many members, such as -n 1000.")
        return None
    if findings:
        uncertain = Uncertain(uncertain.each)
    made: Draws | None = None
    with findings.at():
        made = draws(uncertain, wanted.n, wanted.design, wanted.seed, wanted.counted)
        if made.design and (wrong := unbalanced(made.design)):
            raise ScenarioError(f"{wanted.counted} = {wanted.n}: {wrong}")
    return made


def _read(scenarios: Sequence[Scenario], wanted: Specification, findings: Findings) -> Draws | None:
    """Return the values of a table that a user gives as the design."""
    path = Path(wanted.design)
    if wanted.vary or wanted.uncertainties:
        findings.append(
            f"{path}: a table gives the values itself; name no ranges and no uncertainties beside it."
        )
    drawn: Draws | None = None
    with findings.at():
        drawn = read_draws(path)
        if wanted.n is not None and wanted.n != drawn.members:
            findings.append(
                f"{wanted.counted} = {wanted.n}, but {path} has {drawn.members} rows. "
                f"Leave {wanted.counted} out."
            )
        table: dict[str, np.ndarray[Any, Any]] = {}
        for name, column in (drawn.table or {}).items():
            with findings.at(path, f"column {name}"):
                table[once(binding.constant_of(scenarios[0].model, name).key, table)] = column
                for scenario in scenarios:
                    _assert_within(scenario, name, column)
        if table:
            drawn = replace(drawn, table=table)
    return drawn


def _assert_within(scenario: Scenario, name: str, column: np.ndarray[Any, Any]) -> None:
    constant, limits = binding.constant_of(scenario.model, name), scenario.limits(name)
    outside = [row for row, value in enumerate(column.tolist()) if not limits.hold(value)]
    if outside:
        raise ScenarioError(
            f"row {outside[0] + 1}: {column[outside[0]]:g} {constant.unit} is outside {limits}, "
            f"the range {limits.given_by} gives it ({len(outside)} rows are)."
        )


def _kept(
    scenarios: Sequence[Scenario], keep: Sequence[str] | None, varied: Sequence[str], findings: Findings
) -> tuple[str, ...]:
    """Return the variables to keep; what varies is kept as a coordinate anyway."""
    model = scenarios[0].model
    named = []
    for name in keep or ():
        with findings.at("keep"):
            named.append(binding.variable_of_name(model, name))
    default = [key for each in scenarios for key in headline_of(each)]
    keys = variables_needed(model, *named) if keep else default
    return tuple(key for key in dict.fromkeys(keys) if key not in varied)
