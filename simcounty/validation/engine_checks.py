"""The scorecard: what is proved of a model, a county or a scenario before anybody relies on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcounty import catalog
from simcounty.counties import provenance
from simcounty.errors import ChecksFailed, InputError, SimcountyError
from simcounty.judgement import judge
from simcounty.model import load_model
from simcounty.model.graph import Delayed, Sample
from simcounty.model.lint import KINDS, lint_model
from simcounty.sampling import vary
from simcounty.scenario import Scenario, load, load_county
from simcounty.scenario.toml_files import tomllib_table
from simcounty.simulation import simulate
from simcounty.validation import Battery, load_battery

if TYPE_CHECKING:
    import xarray as xr

AGREES = 1e-9  # of a variable's largest value: how far PySD may be off
MOVES = 0.01  # of a goal: how much a finer integration may move a target
MEMBERS, SPREAD = 300, 0.05  # the random members of a full check, and how far their constants stray
SHOWN = 3  # findings told of one kind


@dataclass(frozen=True)
class Check:
    """One thing checked: of which file, whether it holds, and what was found.

    A check that does not hold is `advice` where nothing shipped depends on it.
    """

    path: Path
    name: str
    holds: bool
    detail: str = ""
    advice: bool = False


def everything_shipped() -> list[Path]:
    """Return every model, county and scenario that travels with simcounty.

    >>> {path.suffix for path in everything_shipped()} >= {".mdl", ".toml"}
    True
    """
    kinds = (catalog.MODEL, catalog.COUNTY, catalog.SCENARIO)
    return [path for kind in kinds for path in catalog.names(kind).values()]


def check(path: Path, full: bool = False) -> Iterator[Check]:
    """Check a model, county or scenario file, one thing after the other.

    A model: units, ranges, labels, sources; doubts about one that is not shipped are advice.
    A county: that it fits its model, and which of its own values it leaves to it. A scenario: that
    it runs finite and balanced, how much a halved time step moves its targets, and that PySD computes
    the same; `full` adds `MEMBERS` random members.

    >>> all(each.holds for each in check(catalog.find(catalog.COUNTY, "tonglu")))
    True
    """
    if path.suffix in catalog.MODEL.suffixes:
        return _model(path, full)
    said = _said(path)
    if "clause" in said:
        raise InputError(f"{path}: a policy is checked with the scenarios that name it. Name one of them.")
    if is_battery(path):
        return iter([_proved(path, "check file", lambda: f"{len(load_battery(path).cases)} checks")])
    if "years" in said:
        return _scenario(path, full)
    return _county(path)


def _county(path: Path) -> Iterator[Check]:
    try:
        county, model = load_county(path), provenance.model_of_county_file(path)
    except SimcountyError as problem:
        yield Check(path, "county", False, str(problem))
        return
    yield Check(path, "county", True, provenance.summarise_county(county))
    yield from _left(path, provenance.left_to_model_text(county, model))


def _left(path: Path, told: str) -> Iterator[Check]:
    """Say what a county leaves to the model: no failure, and for the model's own county as it should be."""
    if told:
        yield Check(path, "left to the model", True, told)


def is_battery(path: Path) -> bool:
    """Tell whether a file is a check file of a model.

    >>> is_battery(county)
    False
    """
    return path.suffix not in catalog.MODEL.suffixes and "check" in _said(path)


def check_bases(batteries: Iterable[Battery]) -> Iterator[Check]:
    """Check the runs that check files lay their scenarios over, each once: balances, agreement with PySD."""
    seen = set()
    for battery in batteries:
        base, place = battery.base, battery.base.model.path.resolve()
        key = (place, base.county.path, base.years)
        if key not in seen:
            seen.add(key)
            yield from _base(place, base, f"{base.county.title or base.model.name}")


def _base(path: Path, base: Scenario, name: str) -> Iterator[Check]:
    try:
        run = simulate(base)
    except SimcountyError as problem:
        yield Check(path, f"runs, balanced: {name}", False, str(problem))
        return
    yield Check(path, f"runs, balanced: {name}", True, _balances(run))
    yield _proved(path, f"agrees with PySD: {name}", lambda: _compared(base, run))


def _balances(run: xr.Dataset) -> str:
    found = [key for key in run if str(key).startswith("check_")]
    return f"{len(found)} balances, backend {run.attrs['backend']}"


def _said(path: Path) -> dict[str, object]:
    try:
        return tomllib_table(path)
    except InputError as error:
        raise InputError(f"{path}: cannot be read as a scenario or county file: {error}") from None


def _model(path: Path, full: bool) -> Iterator[Check]:
    try:
        model = load_model(path)
        findings = lint_model(model)
    except SimcountyError as problem:
        yield Check(path, "loads", False, str(problem))
        return
    ours = path.resolve() in (each.resolve() for each in catalog.names(catalog.MODEL).values())
    for kind in KINDS:
        found = [str(each) for each in findings if each.kind == kind]
        more = [f"… and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        yield Check(path, kind, not found, "\n".join(found[:SHOWN] + more), advice=not ours)
    if full:
        yield Check(path, "parameters", True, provenance.summarise_model(model))


def _scenario(path: Path, full: bool) -> Iterator[Check]:
    try:
        scenario = load(path)
        run = simulate(scenario)
    except SimcountyError as problem:
        yield Check(path, "runs, balanced", False, str(problem))
        return
    yield Check(path, "runs, balanced", True, _balances(run))
    if scenario.county.values:
        yield from _left(
            path, provenance.left_to_model_text(scenario.county, scenario.model, scenario.constants)
        )
    half = float(run.attrs["time_step"]) / 2
    yield _proved(path, "half the time step", lambda: _steadied(scenario, run, step=half))
    if not any(isinstance(state, Sample | Delayed) for state in scenario.model.graph.states):
        yield _proved(path, "adaptive solver", lambda: _steadied(scenario, run, backend="adaptive"))
    yield _proved(path, "agrees with PySD", lambda: _compared(scenario, run))
    if full:
        yield _proved(path, f"{MEMBERS} random members", lambda: _spread(scenario))


def _proved(path: Path, name: str, proof: Callable[[], str]) -> Check:
    """Run a proof; what it raises is why it does not hold."""
    try:
        return Check(path, name, True, proof())
    except SimcountyError as problem:
        return Check(path, name, False, str(problem))


def _steadied(scenario: Scenario, run: xr.Dataset, **finer: Any) -> str:
    """Say how much a finer integration moves each target, of its goal, or of its value."""
    coarse = judge(run, scenario.targets)
    fine = judge(simulate(scenario, **finer), scenario.targets)
    scale = abs(coarse.goal).fillna(abs(coarse.value))
    moved = abs(fine.value - coarse.value) / scale.where(scale > 0.0, 1.0)
    told = [f"{name} {float(moved.sel(target=name)):.2g}" for name in moved.target.values]
    if float(moved.max() if moved.size else 0) > MOVES:
        raise ChecksFailed(f"moves a target by more than {MOVES:g} of its goal: {', '.join(told)}")
    return ", ".join(told)


def _compared(scenario: Scenario, run: xr.Dataset) -> str:
    """Say how far PySD is off at worst: of a variable's largest value, of 1 for balances."""
    other = simulate(scenario, backend="reference")
    worst, key = max((_off(run[key], other[key]), str(key)) for key in run)
    if not worst <= AGREES:
        raise ChecksFailed(f"{key} differs by {worst:.2g} of its largest value")
    return f"at worst {worst:.1g} ({key}, of {len(run)} variables)"


def _off(ours: xr.DataArray, theirs: xr.DataArray) -> float:
    balance = str(ours.name).startswith("check_")
    largest = 1.0 if balance else float(abs(theirs).max()) or 1.0
    return float(abs(ours - theirs).max()) / largest


def _spread(scenario: Scenario) -> str:
    """Say that members with every constant moved a little stay finite and balanced."""
    ranges = {
        key: _around(constant.value, scenario.limits(key).low, scenario.limits(key).high)
        for key, constant in scenario.model.constants.items()
        if constant.value
    }
    run = simulate(vary(scenario, ranges, MEMBERS))
    failed = int(run.failed.sum())
    if failed:
        raise ChecksFailed(f"{failed} of {MEMBERS} turn non-finite or lose their balance")
    return f"all constants ±{SPREAD:.0%}"


def _around(value: float, low: float | None, high: float | None) -> tuple[float, float]:
    ends = sorted((value * (1 - SPREAD), value * (1 + SPREAD)))
    return max(ends[0], -math.inf if low is None else low), min(ends[1], math.inf if high is None else high)
