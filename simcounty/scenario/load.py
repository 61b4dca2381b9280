"""Scenario, county and policy files, read and bound to their model; all findings are raised at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from simcounty import catalog, toml_files
from simcounty.accounts.census import how_to_make
from simcounty.errors import Findings, InputError, ScenarioError
from simcounty.input_files import is_file
from simcounty.language import said
from simcounty.model import Model, load_model
from simcounty.model.names import once
from simcounty.scenario import binding
from simcounty.scenario.county import NOWHERE, County, CountyShape, bind_county
from simcounty.scenario.lever_path import LeverPath, Span, in_span, read_lever_paths
from simcounty.scenario.policy import Policy, PolicyShape, bind_policy
from simcounty.scenario.scenario import Scenario, ScenarioShape, chained, unfit_years
from simcounty.scenario.target import Target, bind_target, read_tracked
from simcounty.scenario.uncertainty import bind_uncertain, together
from simcounty.tables import is_workbook

Bound = TypeVar("Bound")
_Placed = tuple[Path, ScenarioShape | CountyShape]


def find(kind: catalog.FileKind, path_or_name: str | Path) -> Path:
    """Return the file that is meant; raise InputError that says how one is made for a county of the census.

    >>> find(catalog.SCENARIO, "桐庐").parent.name
    'tonglu'
    """
    try:
        return catalog.find(kind, path_or_name)
    except InputError:
        if how := how_to_make(str(path_or_name)):
            raise InputError(
                f"{path_or_name}: there is no such file, and no shipped {kind.noun}.{how}"
            ) from None
        raise


def load(
    path_or_name: str | Path, *, county: str | Path | None = None, data: Sequence[str | Path] = ()
) -> Scenario:
    """Load a scenario file, or a shipped scenario by name, bound to its model; or a model file by itself.

    `county` replaces the county the file names: a path, or a shipped county's name. `data` are files with
    series for the data variables of a model file; see `load_model`.
    Raises ScenarioError with every finding in every file of the scenario.

    >>> load("tonglu/plan-2027").county.title
    '桐庐县'
    """
    if Path(path_or_name).suffix.lower() in catalog.MODEL.suffixes:
        return _of_model(Path(path_or_name), county, data)
    if data:
        raise InputError(said("data.scenario", name=path_or_name))
    path = find(catalog.SCENARIO, path_or_name)
    findings = Findings()
    scenario = _scenario(path, None if county is None else find(catalog.COUNTY, county), findings)
    return _usable(scenario, path, "scenario", findings)


def _of_model(path: Path, county: str | Path | None, data: Sequence[str | Path]) -> Scenario:
    """Return a model by itself as a scenario: over the file's own time, its stocks the headline."""
    if county is not None:
        raise InputError(said("model.county", path=path))
    model = load_model(path, data)
    clock = model.graph.clock
    return Scenario(
        name=path.stem,
        title=path.stem,
        model=model,
        years=Span(clock.start, clock.end),
        hash=chained(model.hash, "by itself"),
        headline=tuple(dict.fromkeys(stock.about.key for stock in model.graph.stocks)),
    )


def load_county(path_or_name: str | Path) -> County:
    """Load a county file, or a shipped county by name, bound to the model it names.

    >>> load_county("tonglu").title
    '桐庐县'
    """
    path = find(catalog.COUNTY, path_or_name)
    findings = Findings()
    shape = read_county(path, findings)
    model = _model((path, shape), None, findings) if shape else None
    county = bind_county(path, shape, model, findings) if shape and model else None
    return _usable(county, path, "county", findings)


def load_policy(path_or_name: str | Path, model: Model) -> Policy:
    """Load a policy file, or a shipped policy by name, bound to a model.

    >>> import simcounty as sc
    >>> load_policy("hangzhou-2023", sc.load_model(catalog.find(catalog.MODEL, "county"))).status
    '征求意见稿'
    """
    path = catalog.find(catalog.POLICY, path_or_name)
    findings = Findings()
    shape = toml_files.read(path, PolicyShape, findings)
    policy = bind_policy(path, shape, model, findings) if shape else None
    return _usable(policy, path, "policy", findings)


def under(scenario: Scenario, policies: Iterable[Policy]) -> Scenario:
    """Return a scenario under policies, with the lever paths that their clauses fix.

    Raises ScenarioError for a lever or target that two clauses give, and for a target outside the run.

    >>> plan = load("tonglu/plan-2027")
    >>> sorted(under(load("tonglu/baseline"), plan.policies).levers)[0]
    'cooperation_fund'
    """
    findings = Findings()
    named = tuple(policies)
    bound = dataclasses.replace(
        scenario, policies=named, hash=chained(scenario.hash, " ".join(each.hash for each in named))
    )
    _check_names(bound, findings)
    findings += (text for _, text in unfit_years(bound, bound.years))
    levers = {**bound.levers, **_fixed(bound, (), findings)}
    findings.raise_as(ScenarioError, f"{scenario.name}: these policies do not fit it:")
    return dataclasses.replace(bound, levers=levers)


def read_county(path: Path, findings: Findings) -> CountyShape | None:
    """Read a county from a TOML file or a workbook into its shape; None, and findings, where that fails."""
    if not is_workbook(path):
        return toml_files.read(path, CountyShape, findings)
    from simcounty.scenario import workbook

    return workbook.read_county(path, findings)


def read_scenario(path: Path, findings: Findings) -> ScenarioShape | None:
    """Read a scenario from a TOML file or a workbook into its shape; None, and findings, where that fails."""
    if not is_workbook(path):
        return toml_files.read(path, ScenarioShape, findings)
    from simcounty.scenario import workbook

    return workbook.read_scenario(path, findings)


def _usable(bound: Bound | None, path: Path, what: str, findings: Findings) -> Bound:
    findings.raise_as(ScenarioError, said("file.unusable", path=path, what=what))
    assert bound is not None, "what cannot be bound has findings"
    return bound


def _scenario(path: Path, county_path: Path | None, findings: Findings) -> Scenario | None:
    """Read every file a scenario names and bind it; None where it, its county or its model cannot be read."""
    shape = read_scenario(path, findings)
    if shape is None:
        return None
    if county_path is None and shape.county:
        county_path = toml_files.named_file(path, "county", shape.county, findings)
    county = read_county(county_path, findings) if county_path else None
    paths = [toml_files.named_file(path, "policies", each, findings) for each in shape.policies]
    read = [(each, toml_files.read(each, PolicyShape, findings)) for each in paths if each]
    placed = (county_path, county) if county_path and county else None
    unknown = not (shape.model or placed or not shape.county)  # its county may have named the model
    model = None if unknown else _model((path, shape), placed, findings, shape.data)
    if model is None:
        return None
    bound_county = bind_county(*placed, model, findings) if placed else NOWHERE
    policies = tuple(bind_policy(each, policy, model, findings) for each, policy in read if policy)
    return _bind(path, shape, model, bound_county, policies, findings)


def _model(
    first: _Placed, second: _Placed | None, findings: Findings, data: Sequence[str] = ()
) -> Model | None:
    """Load the model that the first file names, or else the second; `data` lies beside the first."""
    naming = next((placed for placed in (first, second) if placed and placed[1].model), None)
    if naming is None:
        findings.append(f"{first[0]}: model: is missing. Add `model = ` and the path of a model file.")
        return None
    return named_model(naming[0], naming[1].model, findings, [toml_files.beside(first[0], e) for e in data])


def named_model(path: Path, name: str, findings: Findings, data: Sequence[Path] = ()) -> Model | None:
    """Load the model that a file names; None, and a finding, if it cannot be used."""
    try:
        return load_model(toml_files.beside(path, name), data)
    except InputError as error:
        findings.append(f"{path}: model: {error}")
        return None


def _bind(
    path: Path,
    shape: ScenarioShape,
    model: Model,
    county: County,
    policies: tuple[Policy, ...],
    findings: Findings,
) -> Scenario:
    """Bind a scenario's own file; what does not fit is left out and becomes a finding."""
    constants = _constants(path, shape, model, findings)
    settled = {**{value.key: value.value for value in county.values}, **constants}
    scenario = Scenario(
        name=f"{path.resolve().parent.name}/{path.stem}",
        title=shape.title,
        model=model.replace(settled),
        years=bind_years(path, shape.years, model, findings, *shape.at("years")),
        path=path,
        hash=toml_files.digest(_named(path, shape, model, county, policies)),
        county=county,
        policies=policies,
        headline=_headline(path, shape, model, findings),
        own_targets=_targets(path, shape, model, findings),
        constants=constants,
        own_uncertain=bind_uncertain(path, shape, model, findings),
    )
    _check_names(scenario, findings)
    together(scenario.uncertain_parts, findings)
    for keys, text in unfit_years(scenario, scenario.years):
        with findings.at(path, *shape.at(*keys)):
            raise ScenarioError(text, "year")
    if shape.tracked:
        own = toml_files.beside(path, shape.tracked)
        tracked = read_tracked(own, scenario.all_targets, findings)
        scenario = dataclasses.replace(scenario, tracked=tracked, tracked_path=own)
    if shape.lever_paths:
        scenario = dataclasses.replace(scenario, lever_table=toml_files.beside(path, shape.lever_paths))
    return dataclasses.replace(scenario, levers=_levers(shape, scenario, findings))


def _named(
    path: Path, shape: ScenarioShape, model: Model, county: County, policies: Iterable[Policy]
) -> Iterator[Path]:
    """Yield the scenario's file and every file it names."""
    named = (shape.tracked, shape.lever_paths, *shape.data)
    beside = [toml_files.beside(path, each) for each in named if each]
    yield from (path, model.path)
    yield from (each for each in (county.path, county.observed, *beside) if each and is_file(each))
    yield from (policy.path for policy in policies)


def _constants(path: Path, shape: ScenarioShape, model: Model, findings: Findings) -> dict[str, float]:
    constants: dict[str, float] = {}
    for name, given in shape.constants.items():
        with findings.at(path, *shape.at("constants", name)):
            constant = binding.constant_of(model, name)
            value = binding.bound(given, "", constant, binding.limits_of(constant, model))
            constants[once(constant.key, constants)] = value
    return constants


def bind_years(
    path: Path, years: Sequence[float], model: Model, findings: Findings, where: object = "years"
) -> Span:
    """Return the years to simulate; the model's own where the file's cannot be used."""
    span = [Span(model.graph.clock.start, model.graph.clock.end)]
    with findings.at(path, where):
        if len(years) != 2:
            raise ScenarioError(said("years.two", years=years))
        span.append(Span(*years))
    return span[-1]


def _headline(path: Path, shape: ScenarioShape, model: Model, findings: Findings) -> tuple[str, ...]:
    """Return the variables to plot and save by default: the file's, or else the model's stocks."""
    keys = []
    for name in shape.headline:
        with findings.at(path, *shape.at("headline", name)):
            keys.append(binding.variable_of_name(model, name))
    stocks = dict.fromkeys(stock.about.key for stock in model.graph.stocks if not stock.about.hidden)
    return tuple(keys) or tuple(stocks)


def _targets(path: Path, shape: ScenarioShape, model: Model, findings: Findings) -> tuple[Target, ...]:
    targets = []
    for each in shape.target:
        with findings.at(path, *shape.at("target", each.name)):
            targets.append(bind_target(each, "", "", model))
    return tuple(targets)


def _check_names(scenario: Scenario, findings: Findings) -> None:
    """Find levers and targets that two clauses give the county, or a clause and the scenario itself."""
    seen = {f"target {each.name}": str(scenario.path) for each in scenario.own_targets}
    for policy in scenario.policies:
        for clause in policy.clauses:
            levers = [(f"lever {lever.key}", lever.scope) for lever in clause.levers]
            targets = [(f"target {target.name}", target.scope) for target in clause.targets]
            where = f"{policy.path}: clause {clause.number}"
            for what, scope in (*levers, *targets):
                if not scenario.county.is_meant_by(scope):
                    continue
                if what in seen:
                    findings.append(f"{where}: {said('target.repeated', what=what, where=seen[what])}")
                seen.setdefault(what, where)


def _levers(shape: ScenarioShape, scenario: Scenario, findings: Findings) -> dict[str, LeverPath]:
    """Return the lever paths of the scenario's file and table, and those that its clauses fix."""
    table = scenario.lever_table
    tabled = read_lever_paths(table, scenario, findings) if table else {}
    own: dict[str, LeverPath] = {}
    for name, given in shape.levers.items():
        with findings.at(scenario.path or scenario.name, f"levers, {name}"):
            path = scenario.lever_path(name, given)
            if path.key in tabled:
                raise ScenarioError(f"is also set in {table}. Keep one of the two.")
            own[once(path.key, own)] = path
    for key in scenario.constants:
        replacing = {**tabled, **own}.get(key)
        if replacing and replacing.times[0] <= scenario.years.start:
            with findings.at(scenario.path or scenario.name, f"constants, {key}"):
                raise ScenarioError(
                    said("constant.replaced", date=scenario.model.graph.clock.named(replacing.times[0]))
                )
    return {**_fixed(scenario, {*own, *tabled}, findings), **tabled, **own}


def _fixed(scenario: Scenario, without: Collection[str], findings: Findings) -> dict[str, LeverPath]:
    """Return the lever paths that the clauses fix, of levers that are not set otherwise."""
    levers: dict[str, LeverPath] = {}
    for key, path in scenario.fixed_levers.items():
        if key not in without:
            with findings.at(path.clause, f"lever {key}"):
                levers[key] = in_span(path, scenario.years, scenario.model)
    return levers
