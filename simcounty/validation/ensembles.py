"""The ensemble check: many members, their constants drawn from ranges; none may fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.conditions.measures import (
    MEASURES,
    MeasureInputs,
    Measurement,
    Predicate,
    levels,
    measurement_of,
)
from simcounty.conditions.predicates import named_constants
from simcounty.errors import Findings, InputError, RunError, ScenarioError
from simcounty.judgement import series_of
from simcounty.sampling import Ensemble, vary
from simcounty.scenario import Scenario, binding
from simcounty.simulation import simulate, variables_needed
from simcounty.validation.schema import Check, EnsembleShape, Evaluation

if TYPE_CHECKING:
    import xarray as xr

NAMED = 8  # failed members listed
ROUNDING = 1e-9  # of a stock's largest value: less below 0 is rounding


@dataclass(frozen=True)
class EnsembleCheck:
    """An ensemble check, bound: its members, how many constants vary, and how many do not."""

    ensemble: Ensemble
    varied: int
    still: int


def bind(shape: EnsembleShape, base: Scenario, findings: Findings, where: str) -> EnsembleCheck | None:
    """Bind an ensemble check; None, and findings, where that cannot be done."""
    try:
        ranges = _ranges(shape, base)
        ensemble = vary(base, ranges, shape.n, shape.design, shape.seed)
    except InputError as error:
        said = str(error).splitlines()
        findings += [f"{where}: {line.removeprefix('  - ')}" for line in said[1:] or said]
        return None
    return EnsembleCheck(ensemble, len(ranges), len(base.model.constants) - len(ranges))


def _ranges(shape: EnsembleShape, base: Scenario) -> dict[str, tuple[str | float, str | float]]:
    if isinstance(shape.ranges, dict):
        return {each: ends for key, ends in shape.ranges.items() for each in named_constants(base, key)}
    found: dict[str, tuple[str | float, str | float]] = {}
    share = None if shape.ranges == "declared" else _share(shape.ranges)
    for key in base.model.free:
        limits = base.limits(key)
        if share is not None:
            low, high = limits.around(base.model.constants[key].value, share)
        elif limits.low is not None and limits.high is not None:
            low, high = limits.low, limits.high
        else:
            continue
        if low < high:
            found[key] = (low, high)
    return found


def _share(given: str | float) -> float:
    share = binding.amount(given, "", "Dmnl")
    if not share > 0.0:
        raise ScenarioError(f"ranges, every = {given!r}: give a share above 0, such as '5 %'.")
    return share


def evaluate(check: Check) -> Evaluation:
    """Run the members, and measure every predicate on all of them."""
    spec: EnsembleCheck = check.spec
    run = run_members(check, spec.ensemble)
    detail = f"{spec.ensemble.members} members, {spec.varied} constants varied, {spec.still} left as they are"
    return measured_of(check, run), detail + _failures(spec.ensemble, run)


def run_members(check: Check, ensemble: Ensemble) -> xr.Dataset:
    """Run an ensemble with everything that predicates about it may need."""
    model = check.run.model
    balances = (each.key for each in model.balances)
    return simulate(ensemble, keep=variables_needed(model, *model.stocks, *balances, *check.predicates))


def measured_of(
    check: Check, run: xr.Dataset, member_name: Callable[[int], str] = "member {}".format
) -> tuple[Measurement, ...]:
    """Measure every predicate of a check on all members of a run."""
    return tuple(
        ENTIRE[each.measure](each, check, run)
        if each.measure in ENTIRE
        else measurement_of(each, _numbers(each, run), member_name)
        for each in check.predicates
    )


def failure_reason(ensemble: Ensemble, index: int) -> str:
    """Return why a member failed, found by running it alone."""
    try:
        simulate(ensemble.member(index), "interpreted", keep=[])
    except RunError as error:
        return str(error)
    return "no reason found when run alone"


def _failures(ensemble: Ensemble, run: xr.Dataset) -> str:
    """Return which members failed, and of the first what went wrong, when, and on which inputs."""
    failed = np.flatnonzero(run.failed.values)
    if not failed.size:
        return ""
    named = ", ".join(map(str, failed[:NAMED])) + (", …" if failed.size > NAMED else "")
    first = int(failed[0])
    return f"; {failed.size} failed ({named}). Member {first}: {failure_reason(ensemble, first)}"


def _numbers(predicate: Predicate, run: xr.Dataset) -> Any:
    flow, years = bool(predicate.stocks), predicate.years
    keys = predicate.stocks or predicate.keys
    numbers = levels(run, keys, years, flow)
    start = levels(run, keys, [years[0] if flow else int(run.time.values[0])], flow)
    nothing = np.empty(0)
    return MEASURES[predicate.measure](MeasureInputs(numbers, numbers, start, nothing, nothing))


def _finite(predicate: Predicate, check: Check, run: xr.Dataset) -> Measurement:
    failed = float(run.failed.sum())
    return _measurement(predicate, "failed members", failed, failed, predicate.band.holds(failed))


def _balanced(predicate: Predicate, check: Check, run: xr.Dataset) -> Measurement:
    """Measure the balance that is furthest off in any member at any time."""
    series = {each.key: _finished(run, each.key) for each in check.run.model.balances}
    worst = max(series, key=lambda key: float(np.abs(series[key]).max(initial=0.0)), default="balances")
    return _ends(predicate, worst, series.get(worst, np.zeros(1)), run)


def _non_negative(predicate: Predicate, check: Check, run: xr.Dataset) -> Measurement:
    """Measure the stock that falls furthest below 0, of those whose range does not allow it."""
    stocks = check.run.model.stocks.items()
    series = {key: _finished(run, key) for key, s in stocks if s.range[0] is None or s.range[0] >= 0.0}
    lowest = {key: _share_of_largest(numbers) for key, numbers in series.items()}
    worst = min(lowest, key=lambda key: lowest[key], default="stocks")
    measured = _ends(predicate, worst, series.get(worst, np.zeros(1)), run)
    return replace(measured, holds=lowest.get(worst, 0.0) >= -ROUNDING and not run.failed.values.any())


def _finished(run: xr.Dataset, key: str) -> Any:
    """Return an element's values in the members that did not fail."""
    return series_of(run, key).values[~run.failed.values]


def _share_of_largest(numbers: Any) -> float:
    largest = float(np.abs(numbers).max(initial=0.0)) or 1.0
    return float(numbers.min(initial=0.0)) / largest


def _ends(predicate: Predicate, variable: str, numbers: Any, run: xr.Dataset) -> Measurement:
    """Return the ends over the members that did not fail; where one failed nothing holds."""
    low, high = (float(numbers.min()), float(numbers.max())) if numbers.size else (np.nan, np.nan)
    holds = predicate.band.holds(low) and predicate.band.holds(high) and not run.failed.values.any()
    return _measurement(predicate, variable, low, high, holds)


def _measurement(predicate: Predicate, variable: str, low: float, high: float, holds: bool) -> Measurement:
    return Measurement(variable, predicate.years, predicate.measure, low, high, predicate.band, holds)


ENTIRE: Mapping[str, Callable[[Predicate, Check, xr.Dataset], Measurement]] = {
    "finite": _finite,
    "balances": _balanced,
    "stocks": _non_negative,
}
