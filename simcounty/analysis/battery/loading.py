"""Loading check files: read, bind to the model, and say at once what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from simcounty.analysis.battery.cases import bind_case
from simcounty.analysis.battery.records import Battery, Case
from simcounty.analysis.battery.shapes import BatteryShape, CheckShape
from simcounty.analysis.sweep.varied import varied
from simcounty.errors import InputError, ScenarioError, raise_findings
from simcounty.model import Model, load_model
from simcounty.scenario import Scenario, Span, files
from simcounty.scenario.county import NOWHERE, County, CountyShape, bind_county
from simcounty.scenario.files import Findings, collected

FOLDER = "checks"
"""Beside a model file: the folder its check files lie in."""


def files_of(model: str | Path) -> list[Path]:
    """Return the check files that travel with a model file: those in `checks/` beside it that name it.

    Raises ScenarioError for a check file that cannot be read.

    >>> files_of(Path("nowhere/no.mdl"))
    []
    """
    home = Path(model)
    found = sorted((home.parent / FOLDER).glob("*.toml"))
    return [path for path in found if home.resolve() in (each.resolve() for each in _named(path, "model"))]


def named_files(path: Path) -> list[Path]:
    """Return a check file with the county it names, and that county's observed series."""
    counties = _named(path, "county")
    return [path, *counties, *(file for county in counties for file in _named(county, "observed"))]


def _named(path: Path, key: str) -> list[Path]:
    """Return the file that a file names under a key, if it does."""
    try:
        name = files.tomllib_table(path).get(key)
    except InputError as error:
        raise ScenarioError(f"{path}: cannot be read as a check file: {error}") from None
    return [files.beside(path, name)] if isinstance(name, str) and name else []


def load_battery(path: str | Path, uncertainties: Path | None = None) -> Battery:
    """Load a check file, bound to the model and the county it names.

    `uncertainties` is what sign checks draw from, instead of what the county says to be uncertain; see
    `sweep`. Raises ScenarioError with every finding.
    """
    return _loaded(Path(path), lambda check: True, uncertainties)


def load_lines(path: str | Path) -> tuple[Case, ...]:
    """Load those checks of a file that are lines beside every verdict, and look at no other."""
    return _loaded(Path(path), lambda check: check.beside_verdicts).cases


def _loaded(file: Path, wanted: Callable[[CheckShape], bool], uncertainties: Path | None = None) -> Battery:
    findings: Findings = []
    shape = files.read(file, BatteryShape, findings)
    base = _base(file, shape, findings) if shape else None
    if base and shape and uncertainties and any(each.signs for each in shape.check):
        uncertain = varied([base], None, uncertainties, findings)
        base = replace(base, county=replace(base.county, uncertain=uncertain))
    battery = _bound(file, shape, base, wanted, findings) if shape and base else None
    raise_findings(ScenarioError, f"{file}: these checks cannot be used:", findings)
    assert battery is not None, "what cannot be bound has findings"
    return battery


def _base(path: Path, shape: BatteryShape, findings: Findings) -> Scenario | None:
    """Return the run nothing is laid over: the model with the county's values, over the years given."""
    model = _model(path, shape, findings)
    if model is None:
        return None
    county = _county(path, shape, model, findings)
    clock = model.graph.clock
    years = Span(clock.start, clock.end)
    with collected(findings, path, "years"):
        years = _span(shape.years) if shape.years is not None else years
    settled = model.replace({value.key: value.value for value in county.values})
    read = (path, model.path, *(each for each in (county.path, county.observed) if each and each.is_file()))
    return Scenario(f"{path.stem} base", "base", settled, years, hash=files.digest(read), county=county)


def _model(path: Path, shape: BatteryShape, findings: Findings) -> Model | None:
    try:
        return load_model(files.beside(path, shape.model))
    except InputError as error:
        findings.append(f"{path}: model: {error}")
        return None


def _county(path: Path, shape: BatteryShape, model: Model, findings: Findings) -> County:
    if not shape.county:
        return NOWHERE
    file = files.beside(path, shape.county)
    if not file.is_file():
        findings.append(f"{path}: county: {file}: {files.absent(file)}")
        return NOWHERE
    county = files.read(file, CountyShape, findings)
    return bind_county(file, county, model, findings) if county else NOWHERE


def _span(years: list[float]) -> Span:
    if len(years) != 2:
        raise ScenarioError(f"{years}: two years are expected, the first and the last.")
    return Span(*years)


def _bound(
    path: Path,
    shape: BatteryShape,
    base: Scenario,
    wanted: Callable[[CheckShape], bool],
    findings: Findings,
) -> Battery:
    cases = []
    seen: dict[str, int] = {}
    for number, check in enumerate(shape.check, 1):
        where = f"{path}: check #{number}"
        if check.it in seen:
            findings.append(
                f"{where}, it: {check.it!r} stands already in check #{seen[check.it]}. Say what differs."
            )
        seen.setdefault(check.it, number)
        if wanted(check):
            cases.append(bind_case(check, base, findings, where))
    if not shape.check:
        findings.append(f"{path}: check: holds no check. Add a [[check]].")
    return Battery(path, shape.describe, base, tuple(cases))
