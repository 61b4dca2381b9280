"""Loading a calibration file: the problem bound to its model, and its counties with their observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from simcounty import catalog, toml_files
from simcounty.accounts.census import Unit
from simcounty.accounts.sources import Sources, shipped_sources
from simcounty.calibration import census_counties
from simcounty.calibration.problem import Calibration, Observable, ObservedCounty, ObservedValue
from simcounty.calibration.schema import CalibrationShape, bind_observable, bind_prior
from simcounty.errors import Findings, ScenarioError, did_you_mean, repeated
from simcounty.model import Model
from simcounty.scenario import Observation, Scenario, Span, load

EXAMPLES = 4  # names of counties that a finding shows

Series = Mapping[tuple[str, int], Observation]
"""A county's observations by variable and year."""


def load_calibration(
    path_or_name: str | Path,
    counties: Sequence[str] = (),
    model: Model | None = None,
    sources: Sources | None = None,
) -> tuple[Calibration, tuple[ObservedCounty, ...]]:
    """Load a calibration file, or a shipped one by name, with all of its counties, or some of them.

    A county is named by its name, its title or its code; a province's name means all of its counties. `model`
    takes the place of the one that the scenarios have. Raises ScenarioError with every finding in every file
    that is needed.
    """
    path = catalog.find(catalog.CALIBRATION, path_or_name)
    headline = f"{path}: this calibration cannot be used:"
    findings = Findings()
    shape = toml_files.read(path, CalibrationShape, findings)
    findings.raise_as(ScenarioError, headline)
    assert shape is not None, "what cannot be read has findings"
    if sources and not shape.census:
        findings.append(f"{path}: has no [census], so tables of one's own are not for its counties.")
    sources = sources or shipped_sources()
    units, scenarios = _units_and_scenarios(path, shape, sources, findings)
    if model is not None:
        with findings.at(path):
            scenarios = [_with_model(each, model) for each in scenarios]
    findings.raise_as(ScenarioError, headline)
    calibration = _bind(path, shape, scenarios[0].model, findings)
    findings.raise_as(ScenarioError, headline)
    if units:
        found = census_counties.observed_counties(calibration, units, scenarios, sources, findings)
    else:
        found = [ObservedCounty(each, _observed(calibration, each, findings)) for each in scenarios]
    findings.raise_as(ScenarioError, f"{path}: these observations cannot be used:")
    return calibration, _chosen(found, counties, path)


def _with_model(scenario: Scenario, model: Model) -> Scenario:
    values = {value.key: value.value for value in scenario.county.values}
    return replace(scenario, model=model.replace(values))


def _units_and_scenarios(
    path: Path, shape: CalibrationShape, sources: Sources, findings: Findings
) -> tuple[list[Unit], list[Scenario]]:
    """Return the scenarios a file is about, over its years; and their units, if made from censuses."""
    if len(shape.years) != 2 or shape.years[0] >= shape.years[1]:
        findings.append(f"{path}: years = {shape.years}: the first and the last year are expected.")
        return [], []
    if bool(shape.scenarios) == bool(shape.census):
        findings.append(f"{path}: needs either `scenarios = [...]` or [census], not both.")
        return [], []
    if shape.census:
        units = _census_units(path, shape, sources, findings)
        scenarios = census_counties.scenarios_of(units) if units else []
        return units, [replace(each, years=Span(*shape.years)) for each in scenarios]
    span, found = Span(*shape.years), []
    for name in shape.scenarios:
        with findings.at(path, f"scenarios, {name}"):
            found.append(load(toml_files.beside(path, name)).over(span))
    return [], found


def _census_units(path: Path, shape: CalibrationShape, sources: Sources, findings: Findings) -> list[Unit]:
    assert shape.census, "a file of counties of the census has it"
    own = Findings()
    if shape.years != [census_counties.FIRST, census_counties.LAST]:
        own.append(f"years: the censuses are of {census_counties.FIRST} and {census_counties.LAST}.")
    units = census_counties.units_for(shape.census, sources.units, own)
    if not units:
        own.append("census: no county is left.")
    findings += [f"{path}: {each}" for each in own]
    return [] if findings else units


def _bind(path: Path, shape: CalibrationShape, model: Model, findings: Findings) -> Calibration:
    priors, observables = [], []
    for key, prior in shape.parameters.items():
        with findings.at(path, f"parameters, {key}"):
            priors.append(bind_prior(key, prior, model))
    for each in shape.observe:
        with findings.at(path, f"observe, {each.name}"):
            observables.append(bind_observable(each, shape, model))
    if not shape.parameters or not shape.observe:
        findings.append(f"{path}: at least one of [parameters.KEY] and one [[observe]] are needed.")
    names = repeated(each.name for each in shape.observe)
    findings += [f"{path}: observe, {name}: stands twice." for name in names]
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


def _observed(calibration: Calibration, scenario: Scenario, findings: Findings) -> dict[str, ObservedValue]:
    """Return the observables that the series of a scenario's county has every year of."""
    county = scenario.county
    series = {(each.variable, each.year): each for each in county.observations}
    found = {}
    for each in calibration.observables:
        if each.counties and not {*each.counties} & {county.name, county.title, county.code}:
            continue
        if all((key, year) in series for key in each.elements for year in each.years):
            with findings.at(county.observed or scenario.name):
                _assert_possible(each, series, county.observed)
                found[each.name] = _value(each, series)
    return found


def _value(observable: Observable, series: Series) -> ObservedValue:
    used = [series[key, year] for key in observable.elements for year in observable.years]
    value = float(observable.compute(lambda key, year: series[key, year].value))
    return ObservedValue(value, observable.error, "; ".join(dict.fromkeys(each.source for each in used)))


def _assert_possible(observable: Observable, series: Series, path: Path | None) -> None:
    """Refuse what cannot be: a share above one, a negative number of people."""
    low, high = observable.possible
    for year in observable.years:
        plain = replace(observable.level_at(year), log=False)
        value = float(plain.compute(lambda key, at: series[key, at].value))
        if not observable.allows(value):
            key = observable.keys[0]
            line = census_counties.line_of(path, variable=key, year=str(year)) if path else 0
            raise ScenarioError(
                f"line {line}: {key} of {year} is {series[key, year].value:g}, which makes "
                f"{observable.name} {value:g}; between {low:g} and {high:g} is possible. Mend the row."
            )


def _chosen(found: Sequence[ObservedCounty], wanted: Sequence[str], path: Path) -> tuple[ObservedCounty, ...]:
    """Return the counties that are named, themselves or by their province; all if none is."""
    if not wanted:
        return tuple(found)
    names = {each: {each.name, each.title, each.code, each.province, each.scenario.name} for each in found}
    known = dict.fromkeys(name for each in found for name in (each.title, each.name, each.province) if name)
    shown = (
        f"It has {len(found)} counties, by title, code or province: {', '.join(list(known)[:EXAMPLES])}, …"
    )
    findings = Findings(
        f"{name}: is not in {path}.{did_you_mean(name, known)} {shown}"
        for name in wanted
        if not any(name in each for each in names.values())
    )
    findings.raise_as(ScenarioError, "these counties cannot be calibrated:")
    return tuple(each for each in found if not names[each].isdisjoint(wanted))
