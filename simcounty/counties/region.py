"""A region: several counties that are run side by side and judged together."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from simcounty import catalog, toml_files
from simcounty.accounts.census import DISTRICT, units_of
from simcounty.accounts.own_figures import Remark
from simcounty.accounts.panel import Panel
from simcounty.accounts.sources import Sources, read_sources, shipped_sources
from simcounty.conditions.predicates import constants_of
from simcounty.counties.generate import baseline_of, new_counties
from simcounty.errors import Findings, ScenarioError, repeated
from simcounty.scenario import Scenario, binding, load, load_policy, under
from simcounty.scenario.target import EACH, Across, Target, Tracked, read_tracked
from simcounty.toml_files import Number, Shape


@dataclass(frozen=True)
class Closure:
    """What the moves of a region's counties must add up to, so that together they make no people.

    `flow`, summed over the counties at the end of `year`, must be `total`; one common factor on the constant
    `factor` of every county brings it there.
    """

    flow: str
    factor: str
    year: float
    total: float
    reason: str


@dataclass(frozen=True)
class Region:
    """Counties of one model and the same years, and the scopes by which policies speak of them together.

    `own` are uncertain constants in which counties differ: in futures each draws its own, while all others
    are the same for all counties. `weights` says by which variable one that cannot be added up is averaged.
    `panel` has the figures that its counties were made from.
    """

    name: str
    title: str
    scenarios: tuple[Scenario, ...]
    scopes: tuple[str, ...]
    path: Path
    hash: str
    closure: Closure | None = None
    tracked: tuple[Tracked, ...] = ()
    remarks: tuple[Remark, ...] = ()
    own: tuple[str, ...] = ()
    weights: Mapping[str, str] = field(default_factory=dict)
    panel: Panel | None = None

    @property
    def headline(self) -> tuple[str, ...]:
        """What its counties are followed by, each variable once."""
        return tuple(dict.fromkeys(key for each in self.scenarios for key in each.headline))

    @property
    def all_targets(self) -> tuple[Target, ...]:
        """The targets that the policies set for these counties together, each once."""
        policies = {policy.path.resolve(): policy for each in self.scenarios for policy in each.policies}
        return tuple(
            target
            for policy in policies.values()
            for target in policy.targets
            if self.counties_in(target.scope)
        )

    def counties_in(self, scope: str) -> list[int]:
        """Return the places of the counties that a scope of a policy covers: all, or a group of them."""
        everyone = scope in self.scopes
        return [
            place
            for place, each in enumerate(self.scenarios)
            if everyone or (scope != EACH and scope in each.county.areas)
        ]

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets of `all_targets` that the model can compute.

        A target for each county of a group is judged by the county that is furthest from it.
        """
        judged = (target for target in self.all_targets if target.is_judged)
        together = (target if target.across else _of_furthest(target) for target in judged)
        return tuple(target for target in together if target.across)

    @property
    def baseline(self) -> Region:
        """The same counties without their lever settings."""
        return dataclasses.replace(
            self,
            name=f"{self.name} baseline",
            title="基线",
            scenarios=tuple(each.baseline for each in self.scenarios),
        )


FURTHEST: Mapping[str, tuple[Across, str]] = {
    ">=": ("least", "最低的县"),
    ">": ("least", "最低的县"),
    "<=": ("most", "最高的县"),
    "<": ("most", "最高的县"),
}
"""By operator, which county of a group decides, and what it is called."""


def _of_furthest(target: Target) -> Target:
    if target.operator not in FURTHEST:
        return target
    across, called = FURTHEST[target.operator]
    return dataclasses.replace(target, across=across, label=f"{target.label}（{called}）")


class ClosureShape(Shape):
    """`[closure]` of a region file."""

    flow: str
    factor: str
    year: float
    total: Number
    source: str = ""
    assumption: str = ""


class RegionShape(Shape):
    """A region file."""

    title: str
    members: list[str]
    scopes: list[str] = Field(min_length=1)
    tracked: str = ""
    closure: ClosureShape | None = None
    census: str = ""
    census_tables: list[str] = Field(default_factory=list)
    panel_tables: list[str] = Field(default_factory=list)
    excluded: dict[str, str] = Field(default_factory=dict)
    policies: list[str] = Field(default_factory=list)
    constants: dict[str, Number] = Field(default_factory=dict)
    areas: dict[str, list[str]] = Field(default_factory=dict)
    own: list[str] = Field(default_factory=list)
    weights: dict[str, str] = Field(default_factory=dict)


def load_region(path_or_name: str | Path) -> Region:
    """Load a region file, or a shipped region by name, with the scenarios of its counties.

    Raises ScenarioError with every finding in every file of the region.

    >>> len(load_region("hangzhou/plan-2027").scenarios)
    3
    """
    path = catalog.find(catalog.REGION, path_or_name)
    findings = Findings()
    shape = toml_files.read(path, RegionShape, findings)
    region = _bind(path, shape, findings) if shape else None
    findings.raise_as(ScenarioError, f"{path}: this region cannot be used:")
    assert region is not None, "what cannot be bound has findings"
    return region


def _bind(path: Path, shape: RegionShape, findings: Findings) -> Region | None:
    scenarios = []
    for member in shape.members:
        with findings.at(path, f"members, {member}"):
            scenarios.append(load(toml_files.beside(path, member)))
    sources = shipped_sources()
    with findings.at(path, "census"):
        sources = _sources(path, shape)
        scenarios += _of_census(path, shape, scenarios, sources)
    if not scenarios:
        findings.append(f"{path}: members: holds no county. Name scenarios, or a place under `census`.")
        return None
    with findings.at(path, "constants"):
        scenarios = [each.replace(shape.constants) for each in scenarios]
    scenarios = [_grouped(each, shape.areas) for each in scenarios]
    findings += [f"{path}: members: {each}" for each in _differences(scenarios)]
    hashes = " ".join([toml_files.digest([path]), *(each.hash for each in scenarios)])
    region = Region(
        name=f"{path.resolve().parent.name}/{path.stem}",
        title=shape.title,
        scenarios=tuple(scenarios),
        scopes=tuple(shape.scopes),
        path=path,
        remarks=sources.remarks,
        panel=sources.panel,
        hash=hashlib.sha256(hashes.encode()).hexdigest(),
    )
    with findings.at(path, "closure"):
        region = dataclasses.replace(region, closure=_closure(shape.closure, scenarios[0]))
    region = dataclasses.replace(region, **_in_futures(path, shape, scenarios, findings))
    if not region.all_targets and any(each.policies for each in scenarios):
        findings.append(
            f"{path}: scopes: no policy of its counties sets a target for {', '.join(shape.scopes)}."
        )
    if shape.tracked:
        tracked = read_tracked(toml_files.beside(path, shape.tracked), region.all_targets, findings)
        region = dataclasses.replace(region, tracked=tracked)
    return region


def _sources(path: Path, shape: RegionShape) -> Sources:
    """Return what the counties of the census are made from: what is shipped, and the tables of the file."""
    panel, census = (
        [toml_files.beside(path, each) for each in names]
        for names in (shape.panel_tables, shape.census_tables)
    )
    if not (panel or census):
        return shipped_sources()
    if not shape.census:
        raise ScenarioError(
            "tables are for counties of the census: name a place, or change the members' files."
        )
    return read_sources(panel, census)


def _of_census(
    path: Path, shape: RegionShape, members: Sequence[Scenario], sources: Sources
) -> list[Scenario]:
    """Return the counties of a place that are neither members nor districts, with values made by the rule."""
    if not shape.census:
        return []
    units = [unit for unit in units_of(shape.census, sources.units) if not DISTRICT.search(unit.code)]
    strangers = sorted(shape.excluded.keys() - {unit.code for unit in units})
    if strangers:
        raise ScenarioError(f"excluded: {', '.join(strangers)} are no counties of {shape.census}.")
    there = {each.county.code for each in members} | shape.excluded.keys()
    own = [unit for unit in units if unit.code not in there]
    made = [baseline_of(each) for each in new_counties(own, panel=sources.panel)]
    policies = [load_policy(toml_files.beside(path, each), made[0].model) for each in shape.policies]
    return [under(each, policies) for each in made]


def _grouped(scenario: Scenario, areas: Mapping[str, list[str]]) -> Scenario:
    """Return a scenario whose county belongs to the groups that its prefecture is listed in."""
    groups = [name for name, prefectures in areas.items() if scenario.county.prefecture in prefectures]
    merged = tuple(dict.fromkeys([*scenario.county.areas, *groups]))
    return dataclasses.replace(scenario, county=dataclasses.replace(scenario.county, areas=merged))


def _differences(scenarios: Sequence[Scenario]) -> list[str]:
    """Return why scenarios cannot be run and added up together."""
    first = scenarios[0]
    found = [
        f"{each.name} has another model or other years than {first.name}. Give all of them the same."
        for each in scenarios
        if (each.model.hash, each.years) != (first.model.hash, first.years)
    ]
    names = repeated(each.name for each in scenarios)
    return found + [f"{name} stands twice. Name each county once." for name in names]


def _in_futures(
    path: Path, shape: RegionShape, scenarios: Sequence[Scenario], findings: Findings
) -> dict[str, Any]:
    """Return the uncertain constants that each county draws for itself, and by what averages are weighted."""
    first = scenarios[0].model
    uncertain = {key for each in scenarios for key in each.uncertain.keys}
    own, weights = dict[str, None](), dict[str, str]()
    for name in shape.own:
        with findings.at(path, f"own, {name}"):
            key = binding.constant_of(first, name).key
            if key not in uncertain:
                raise ScenarioError("no county says how uncertain it is. Leave it out.")
            own[key] = None
    for name, weight in shape.weights.items():
        with findings.at(path, f"weights, {name}"):
            weights[binding.element_of(first, name).key] = binding.element_of(first, weight).key
    return {"own": tuple(own), "weights": weights}


def _closure(shape: ClosureShape | None, first: Scenario) -> Closure | None:
    if shape is None:
        return None
    if bool(shape.source) == bool(shape.assumption):
        raise ScenarioError("needs either `source` or `assumption`: say where the total comes from.")
    flow = binding.element_of(first.model, shape.flow)
    constants_of(first, shape.factor)
    if shape.year not in first.years:
        raise ScenarioError(f"year = {shape.year:g} is outside the run.")
    total = binding.amount(shape.total, "", flow.unit)
    reason = shape.source or f"assumption: {shape.assumption}"
    return Closure(flow.key, first.model.key_of(shape.factor), shape.year, total, reason)
