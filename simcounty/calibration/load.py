"""Reading a calibration file: beliefs bound to the model, observables, cases with what was seen there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from simcounty import catalog
from simcounty.calibration import census_cases
from simcounty.calibration.problem import Calibration, Case, Observable, Prior, seen_in
from simcounty.calibration.schema import CalibrationShape, CensusShape, ObservableShape, PriorShape
from simcounty.errors import Findings, ScenarioError, did_you_mean
from simcounty.model import Model
from simcounty.model.graph import Constant
from simcounty.scenario import Scenario, Span, binding, load, toml_files
from simcounty.scenario.census import Unit
from simcounty.scenario.distributions import Discrete
from simcounty.scenario.uncertainty import Uncertainty, bind_uncertainty

SHOWN = 4  # names of counties that are given as examples


@dataclass(frozen=True)
class _Read:
    """A calibration file that was read but not yet bound."""

    path: Path
    shape: CalibrationShape


def load_calibration(
    path_or_name: str | Path, counties: Sequence[str] = (), model: Model | None = None
) -> tuple[Calibration, tuple[Case, ...]]:
    """Load a calibration file, or a shipped one by name, with its cases: all, or those of some counties.

    A county is named by its name, its title or its code; a province's name means all of its counties. `model`
    takes the place of the one that the scenarios have. Raises ScenarioError with every finding in every file
    that is needed.
    """
    path = catalog.find(catalog.CALIBRATION, path_or_name)
    findings = Findings()
    shape = toml_files.read(path, CalibrationShape, findings)
    findings.raise_as(ScenarioError, f"{path}: this calibration cannot be used:")
    assert shape is not None, "what cannot be read has findings"
    read = _Read(path, shape)
    units, scenarios = _questions(read, findings)
    if model is not None:
        with findings.at(path):
            scenarios = [_with_model(each, model) for each in scenarios]
    findings.raise_as(ScenarioError, f"{path}: this calibration cannot be used:")
    calibration = _bound(read, scenarios[0].model, findings)
    findings.raise_as(ScenarioError, f"{path}: this calibration cannot be used:")
    if units:
        cases = census_cases.cases(calibration, units, scenarios, findings)
    else:
        cases = [Case(each, seen_in(calibration, each, findings)) for each in scenarios]
    findings.raise_as(ScenarioError, f"{path}: these observations cannot be used:")
    return calibration, _chosen(cases, counties, path)


def _with_model(scenario: Scenario, model: Model) -> Scenario:
    values = {value.key: value.value for value in scenario.county.values}
    return replace(scenario, model=model.replace(values))


def _questions(read: _Read, findings: Findings) -> tuple[list[Unit], list[Scenario]]:
    """Return the scenarios a file is about, over its years; and their units, if made from censuses."""
    shape = read.shape
    if len(shape.years) != 2 or shape.years[0] >= shape.years[1]:
        findings.append(f"{read.path}: years = {shape.years}: the first and the last year are expected.")
        return [], []
    if bool(shape.scenarios) == bool(shape.census):
        findings.append(f"{read.path}: needs either `scenarios = [...]` or [census], not both.")
        return [], []
    if shape.census:
        return _from_census(read, shape.census, findings)
    span, found = Span(*shape.years), []
    for name in shape.scenarios:
        with findings.at(read.path, f"scenarios, {name}"):
            found.append(load(toml_files.beside(read.path, name)).over(span))
    return [], found


def _from_census(read: _Read, shape: CensusShape, findings: Findings) -> tuple[list[Unit], list[Scenario]]:
    if read.shape.years != [census_cases.FIRST, census_cases.LAST]:
        findings.append(
            f"{read.path}: years: the censuses are of {census_cases.FIRST} and {census_cases.LAST}."
        )
    said = Findings()
    units = census_cases.units_for(shape, said)
    findings += [f"{read.path}: {each}" for each in said]
    if not units:
        findings.append(f"{read.path}: census: no county is left.")
    if findings:
        return [], []
    return units, [replace(each, years=Span(*read.shape.years)) for each in census_cases.starts(units)]


def _bound(read: _Read, model: Model, findings: Findings) -> Calibration:
    path, shape = read.path, read.shape
    priors, observables = [], []
    for key, prior in shape.parameters.items():
        with findings.at(path, f"parameters, {key}"):
            priors.append(_prior(key, prior, model))
    for each in shape.observe:
        with findings.at(path, f"observe, {each.name}"):
            observables.append(_observable(each, shape, model))
    if not shape.parameters or not shape.observe:
        findings.append(f"{path}: at least one of [parameters.KEY] and one [[observe]] are needed.")
    names = [each.name for each in shape.observe]
    findings += [f"{path}: observe, {n}: stands twice." for n in dict.fromkeys(names) if names.count(n) > 1]
    return Calibration(
        name=path.stem,
        title=shape.title,
        path=path,
        hash=toml_files.digest([path]),
        model=model,
        years=Span(*shape.years),
        priors=tuple(priors),
        observables=tuple(observables),
    )


def _prior(name: str, shape: PriorShape, model: Model) -> Prior:
    constants = [binding.constant_of(model, key) for key in shape.keys or [name]]
    if len({constant.unit for constant in constants}) > 1:
        raise ScenarioError(
            f"keys: {', '.join(shape.keys)} have different units; they cannot be moved together."
        )
    if not (math.isfinite(shape.spread) and shape.spread >= 0.0):
        raise ScenarioError(f"spread = {shape.spread}: a number from 0 on is needed.")
    made = [_believed(shape, constant, model) for constant in constants]
    if isinstance(made[0].distribution, Discrete):
        raise ScenarioError("a discrete distribution cannot be fitted. Give one without gaps.")
    return Prior(
        name=name,
        keys=tuple(constant.key for constant in constants),
        distribution=made[0].distribution,
        label=shape.label or constants[0].label,
        unit="Dmnl" if shape.relative else constants[0].unit,
        source=made[0].source,
        assumption=made[0].assumption,
        relative=shape.relative,
        by_province=shape.by == "province",
        spread=shape.spread,
    )


def _believed(shape: PriorShape, constant: Constant, model: Model) -> Uncertainty:
    """Bind the distribution to a constant's range; a factor has no unit and lies above 0."""
    limits = binding.limits_of(constant, model)
    if shape.relative:
        constant = replace(constant, about=replace(constant.about, unit="Dmnl"))
        limits = binding.Limits(0.0, None, "being a factor")
    return bind_uncertainty(shape, constant, limits)


def _observable(shape: ObservableShape, file: CalibrationShape, model: Model) -> Observable:
    keys = _elements(shape, model)
    elements = [binding.element_of(model, key) for key in (*keys, *([shape.per] if shape.per else []))]
    flow = shape.measure == "year"
    without = [each.key for each in elements if flow and not model.accumulator(each.key)]
    if without:
        raise ScenarioError(
            f'measure = "year" needs the flow of a calendar year, and no stock accumulates {without[0]}. '
            "Leave `measure` out."
        )
    made = Observable(
        name=shape.name,
        label=shape.label or elements[0].label,
        unit="Dmnl" if shape.per else elements[0].unit,
        keys=keys,
        year=shape.year,
        per=shape.per,
        since=shape.since,
        flow=flow,
        log=shape.scale == "log",
        cases=tuple(shape.cases),
        forecast=shape.forecast,
    )
    _assert_years(made, file.years)
    return replace(
        made,
        error=_error(shape, file, made),
        discrepancy=_positive("discrepancy", shape.discrepancy, made, least=0.0),
        possible=_possible(shape, made),
    )


def _elements(shape: ObservableShape, model: Model) -> tuple[str, ...]:
    """Return the elements that are added up: the variable itself, or those that `select` chooses."""
    if not shape.select:
        return (binding.element_of(model, shape.variable).key,)
    if shape.variable not in model.variables:
        raise ScenarioError(
            f"{shape.variable}: no such variable.{did_you_mean(shape.variable, model.variables)}"
        )
    dims = model.variables[shape.variable][0].about.dims
    strange = [dim for dim in shape.select if dim not in dims]
    if strange:
        raise ScenarioError(
            f"select: {', '.join(strange)}: {shape.variable} has the dimensions {list(dims)}."
        )
    chosen = [shape.select.get(dim, list(model.graph.dims[dim])) for dim in dims]
    wanted = [f"{shape.variable}[{','.join(each)}]" for each in product(*chosen)]
    return tuple(binding.element_of(model, key).key for key in wanted)


def _assert_years(made: Observable, years: Sequence[int]) -> None:
    needed = [year - made.flow for year in made.years]
    if min(needed) < years[0] or made.year > years[1] or (made.since or years[0]) >= made.year:
        raise ScenarioError(
            f"is made from {', '.join(map(str, made.years))}, and the run goes from the end of {years[0]} to "
            f"the end of {years[1]}. Choose years inside, the later one last."
        )


def _error(shape: ObservableShape, file: CalibrationShape, made: Observable) -> float:
    """Return how far an observation may be off: its own, else what its quality means."""
    if (shape.error is None) == (not shape.quality):
        raise ScenarioError("needs either `error`, or `quality` with a row in [quality].")
    if shape.error is not None:
        return _positive("error", shape.error, made)
    if shape.quality not in file.quality:
        known = ", ".join(file.quality) or "none"
        raise ScenarioError(
            f"quality = {shape.quality!r}: not in [quality].{did_you_mean(shape.quality, file.quality)} "
            f"Known: {known}."
        )
    if not made.log and made.unit != "Dmnl":
        raise ScenarioError(
            f"quality = {shape.quality!r} is a relative error, and this is a level in {made.unit}. "
            'Give `error`, or take scale = "log".'
        )
    return _positive("error", file.quality[shape.quality], replace(made, log=True))


def _positive(name: str, given: float | str, made: Observable, least: float = 1e-12) -> float:
    value = binding.amount(given, "", "Dmnl" if made.log else made.unit)
    if not (math.isfinite(value) and value >= least):
        raise ScenarioError(f"{name} = {given}: a number {'from' if least == 0.0 else 'above'} 0 is needed.")
    return value


def _possible(shape: ObservableShape, made: Observable) -> tuple[float, float]:
    if not shape.possible:
        return (0.0 if made.log else -math.inf), math.inf
    if len(shape.possible) != 2:
        raise ScenarioError(f"possible = {shape.possible}: its two ends are expected.")
    low, high = (binding.amount(end, "", made.unit) for end in shape.possible)
    return low, high


def _chosen(cases: Sequence[Case], counties: Sequence[str], path: Path) -> tuple[Case, ...]:
    """Return the cases of the counties and provinces named."""
    if not counties:
        return tuple(cases)
    names = {case: {case.name, case.title, case.code, case.province, case.scenario.name} for case in cases}
    known = dict.fromkeys(name for case in cases for name in (case.title, case.name, case.province) if name)
    shown = f"It has {len(cases)} counties, by title, code or province: {', '.join(list(known)[:SHOWN])}, …"
    findings = [
        f"{wanted}: is not in {path}.{did_you_mean(wanted, known)} {shown}"
        for wanted in counties
        if not any(wanted in each for each in names.values())
    ]
    Findings(findings).raise_as(ScenarioError, "these counties cannot be calibrated:")
    return tuple(case for case in cases if _any_in(counties, names[case]))


def _any_in(wanted: Iterable[str], names: set[str]) -> bool:
    return any(each in names for each in wanted)
