"""Checks of a file before anybody relies on it: units, balances, time step, agreement with PySD."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcounty import catalog
from simcounty.conditions.constraints import constraints_file, constraints_of
from simcounty.counties import provenance
from simcounty.errors import ChecksFailed, InputError, SimcountyError
from simcounty.judgement import judge
from simcounty.model import load_model
from simcounty.model.graph import Delayed, Sample
from simcounty.model.lint import KINDS, lint_model
from simcounty.sampling import vary
from simcounty.scenario import Scenario, load, load_county
from simcounty.simulation import simulate
from simcounty.tables import is_workbook
from simcounty.toml_files import tomllib_table
from simcounty.validation.load import load_suite
from simcounty.validation.schema import CheckResult, ValidationSuite

if TYPE_CHECKING:
    import xarray as xr

AGREES = 1e-9  # of a variable's largest value: how far PySD may be off
MOVES = 0.01  # of a goal: how much a finer integration may move a target
MEMBERS, SPREAD = 300, 0.05  # the random members of a scenario, and how far their constants stray
RUNS = "runs, balanced"
SHOWN = 3  # findings listed of one kind
ENGINE = "engine"  # the kind of these checks
SECONDS = {"model": 2, "county": 1, "scenario": 35, "check file": 2}
"""About how long a shipped file of each kind takes on two cores; of a scenario nearly all is PySD's run."""


def everything_shipped() -> list[Path]:
    """Return every model, county and scenario that travels with simcounty.

    >>> {path.suffix for path in everything_shipped()} >= {".mdl", ".toml"}
    True
    """
    kinds = (catalog.MODEL, catalog.COUNTY, catalog.SCENARIO)
    return [path for kind in kinds for path in catalog.names(kind).values()]


def kind_of(path: Path) -> str:
    """Return what a file is: "model", "county", "scenario" or "check file".

    Raise InputError for a file that cannot be read, and for one that is checked with another.

    >>> kind_of(catalog.find(catalog.COUNTY, "tonglu"))
    'county'
    """
    if path.suffix in catalog.MODEL.suffixes:
        return "model"
    if is_workbook(path):
        return "scenario"
    try:
        keys = tomllib_table(path)
    except InputError as error:
        raise InputError(f"{path}: cannot be read as a scenario or county file: {error}") from None
    if "clause" in keys:
        raise InputError(f"{path}: a policy is checked with the scenarios that name it. Name one of them.")
    if "constraint" in keys:
        raise InputError(f"{path}: constraints are checked with their model. Name the model.")
    return "check file" if "check" in keys else "scenario" if "years" in keys else "county"


def check_file(path: Path) -> Iterator[CheckResult]:
    """Check a file, one thing after the other.

    A model: units, ranges, labels, sources, constraints; doubts about one that is not shipped are advice.
    A county: that it fits its model, and which of its own values it leaves to it. A scenario: that it runs
    finite and balanced, also with every constant moved a little in `MEMBERS` random members, how much a
    halved time step moves its targets, and that PySD computes the same. A check file: that it can be used.

    >>> all(each.holds for each in check_file(catalog.find(catalog.COUNTY, "tonglu")))
    True
    """
    name, check = _CHECKS[kind_of(path)]
    return _until_error(path, name, check(path))


def _until_error(path: Path, name: str, checks: Iterator[CheckResult]) -> Iterator[CheckResult]:
    """Yield checks; an error that ends them becomes a check of this name that fails."""
    try:
        yield from checks
    except SimcountyError as problem:
        yield _result(path, name, str(problem), holds=False)


def base_runs(suites: Iterable[ValidationSuite]) -> list[Scenario]:
    """Return the base runs of check files, each once."""
    bases: dict[tuple[object, ...], Scenario] = {}
    for suite in suites:
        base = suite.base
        bases.setdefault((base.model.path.resolve(), base.county.path, base.years), base)
    return list(bases.values())


def check_base(base: Scenario) -> Iterator[CheckResult]:
    """Check a base run: balances, agreement with PySD."""
    path, name = base.model.path.resolve(), f": {base.county.title or base.model.name}"

    def checks() -> Iterator[CheckResult]:
        run = simulate(base)
        yield _result(path, f"{RUNS}{name}", _balances(run))
        yield _tried(path, f"agrees with PySD{name}", lambda: _agreement(base, run))

    return _until_error(path, f"{RUNS}{name}", checks())


def _balances(run: xr.Dataset) -> str:
    found = [key for key in run if str(key).startswith("check_")]
    return f"{len(found)} balances, backend {run.attrs['backend']}"


def _check_model(path: Path) -> Iterator[CheckResult]:
    model = load_model(path)
    findings = lint_model(model)
    ours = path.resolve() in (each.resolve() for each in catalog.names(catalog.MODEL).values())
    for kind in KINDS:
        found = [str(each) for each in findings if each.kind == kind]
        more = [f"… and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        yield _result(path, kind, "\n".join(found[:SHOWN] + more), holds=not found, advice=not ours)
    yield _result(path, "parameters", provenance.summarise_model(model))
    if constraints_file(path):
        yield _tried(path, "constraints", lambda: f"{len(constraints_of(model))} constraints")


def _check_county(path: Path) -> Iterator[CheckResult]:
    county, model = load_county(path), provenance.model_of_county_file(path)
    yield _result(path, "county", provenance.summarise_county(county))
    if left := provenance.left_to_model_text(county, model):
        yield _result(path, "left to the model", left)


def _check_scenario(path: Path) -> Iterator[CheckResult]:
    scenario = load(path)
    run = simulate(scenario)
    yield _result(path, RUNS, _balances(run))
    county, constants = scenario.county, scenario.constants
    left = provenance.left_to_model_text(county, scenario.model, constants) if county.values else ""
    if left:
        yield _result(path, "left to the model", left)
    half = float(run.attrs["time_step"]) / 2
    yield _tried(path, "half the time step", lambda: _movements(scenario, run, step=half))
    if not any(isinstance(state, Sample | Delayed) for state in scenario.model.graph.states):
        yield _tried(path, "adaptive solver", lambda: _movements(scenario, run, backend="adaptive"))
    yield _tried(path, "agrees with PySD", lambda: _agreement(scenario, run))
    yield _tried(path, f"{MEMBERS} random members", lambda: _robustness(scenario))


def _check_suite(path: Path) -> Iterator[CheckResult]:
    yield _result(path, "check file", f"{len(load_suite(path).checks)} checks")


_CHECKS: dict[str, tuple[str, Callable[[Path], Iterator[CheckResult]]]] = {
    "model": ("loads", _check_model),
    "county": ("county", _check_county),
    "scenario": (RUNS, _check_scenario),
    "check file": ("check file", _check_suite),
}
"""By kind of file: the check that a file fails if it cannot be used, and its further checks."""


def _result(
    path: Path, name: str, detail: str = "", *, holds: bool = True, advice: bool = False
) -> CheckResult:
    return CheckResult(path, "", name, ENGINE, holds, detail=detail, advice=advice)


def _tried(path: Path, name: str, trial: Callable[[], str]) -> CheckResult:
    """Run a trial; the error it raises is why it does not hold."""
    try:
        return _result(path, name, trial())
    except SimcountyError as problem:
        return _result(path, name, str(problem), holds=False)


def _movements(scenario: Scenario, run: xr.Dataset, **finer: Any) -> str:
    """Return how much a finer integration moves each target, relative to its goal, or to its value."""
    coarse = judge(run, scenario.targets)
    fine = judge(simulate(scenario, **finer), scenario.targets)
    scale = abs(coarse.goal).fillna(abs(coarse.value))
    moved = abs(fine.value - coarse.value) / scale.where(scale > 0.0, 1.0)
    each = ", ".join(f"{name} {float(moved.sel(target=name)):.2g}" for name in moved.target.values)
    if float(moved.max() if moved.size else 0) > MOVES:
        raise ChecksFailed(f"moves a target by more than {MOVES:g} of its goal: {each}")
    return each


def _agreement(scenario: Scenario, run: xr.Dataset) -> str:
    """Return how far PySD is off at worst: relative to a variable's largest value, to 1 for balances."""
    other = simulate(scenario, backend="reference")
    worst, key = max((_difference(run[key], other[key]), str(key)) for key in run)
    if not worst <= AGREES:
        raise ChecksFailed(f"{key} differs by {worst:.2g} of its largest value")
    return f"at worst {worst:.1g} ({key}, of {len(run)} variables)"


def _difference(ours: xr.DataArray, theirs: xr.DataArray) -> float:
    balance = str(ours.name).startswith("check_")
    largest = 1.0 if balance else float(abs(theirs).max()) or 1.0
    return float(abs(ours - theirs).max()) / largest


def _robustness(scenario: Scenario) -> str:
    """Raise ChecksFailed unless members with every constant moved a little stay finite and balanced."""
    values = {key: scenario.model.constants[key].value for key in scenario.model.free}
    ranges = {key: scenario.limits(key).around(value, SPREAD) for key, value in values.items() if value}
    run = simulate(vary(scenario, ranges, MEMBERS))
    failed = int(run.failed.sum())
    if failed:
        raise ChecksFailed(f"{failed} of {MEMBERS} turn non-finite or lose their balance")
    return f"all constants ±{SPREAD:.0%}"
