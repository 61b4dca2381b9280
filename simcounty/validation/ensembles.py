"""The ensemble check: many members, their constants spread over ranges, none of which may break."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.conditions.changes import named_constants
from simcounty.conditions.measures import (
    MEASURES,
    Case,
    Measured,
    Predicate,
    Reading,
    levels,
    summary,
)
from simcounty.conditions.schema import EnsembleShape
from simcounty.errors import Findings, InputError, RunError, ScenarioError
from simcounty.judgement import series_of
from simcounty.sampling import Ensemble, vary
from simcounty.scenario import Scenario, binding
from simcounty.simulation import simulate, variables_needed

if TYPE_CHECKING:
    import xarray as xr

NAMED = 8  # failed members told by number
ROUNDING = 1e-9  # of a stock's largest value: less below nought is rounding


@dataclass(frozen=True)
class Spread:
    """An ensemble check, bound: its members, how many constants vary, and how many could not."""

    ensemble: Ensemble
    varied: int
    still: int


def bind(shape: EnsembleShape, base: Scenario, findings: Findings, where: str) -> Spread | None:
    """Bind an ensemble check; None, and findings, where that cannot be done."""
    try:
        ranges = _ranges(shape, base)
        ensemble = vary(base, ranges, shape.n, shape.design, shape.seed)
    except InputError as error:
        said = str(error).splitlines()
        findings += [f"{where}: {line.removeprefix('  - ')}" for line in said[1:] or said]
        return None
    return Spread(ensemble, len(ranges), len(base.model.constants) - len(ranges))


def _ranges(shape: EnsembleShape, base: Scenario) -> dict[str, tuple[str | float, str | float]]:
    if isinstance(shape.ranges, dict):
        return {each: ends for key, ends in shape.ranges.items() for each in named_constants(base, key)}
    free = [key for key in base.model.constants if key not in base.model.graph.clock.reads]
    found: dict[str, tuple[str | float, str | float]] = {}
    share = None if shape.ranges == "declared" else _share(shape.ranges)
    for key in free:
        ends = _declared(base, key) if share is None else _around(base, key, share)
        if ends is not None and ends[0] < ends[1]:
            found[key] = ends
    return found


def _share(given: str | float) -> float:
    share = binding.amount(given, "", "Dmnl")
    if not share > 0.0:
        raise ScenarioError(f"ranges, every = {given!r}: give a share above 0, such as '5 %'.")
    return share


def _declared(base: Scenario, key: str) -> tuple[float, float] | None:
    limits = base.limits(key)
    return None if limits.low is None or limits.high is None else (limits.low, limits.high)


def _around(base: Scenario, key: str, share: float) -> tuple[float, float]:
    value, limits = base.model.constants[key].value, base.limits(key)
    low, high = sorted((value * (1.0 - share), value * (1.0 + share)))
    low = low if limits.low is None else max(low, limits.low)
    return low, high if limits.high is None else min(high, limits.high)


def prove(case: Case) -> tuple[tuple[Measured, ...], str]:
    """Run the members, and measure every predicate on all of them."""
    asked: Spread = case.question
    model = case.run.model
    balances = [e.key for e in model.balances]
    keep = variables_needed(model, *model.stocks, *balances, *case.predicates)
    run = simulate(asked.ensemble, keep=keep)
    measured = measured_of(case, run)
    told = (
        f"{asked.ensemble.members} members, {asked.varied} constants varied, {asked.still} left as they are"
    )
    return measured, told + _failures(asked.ensemble, run)


def measured_of(case: Case, run: xr.Dataset) -> tuple[Measured, ...]:
    """Measure every predicate of a check on all members of a run."""
    return tuple(_measured(each, case, run) for each in case.predicates)


def _failures(ensemble: Ensemble, run: xr.Dataset) -> str:
    """Say which members failed, and of the first what went wrong, when, and on which inputs."""
    failed = np.flatnonzero(run.failed.values)
    if not failed.size:
        return ""
    named = ", ".join(map(str, failed[:NAMED])) + (", …" if failed.size > NAMED else "")
    first = int(failed[0])
    try:
        simulate(ensemble.member(first), "interpreted", keep=[])
        reason = "no reason found when run alone"
    except RunError as error:
        reason = str(error)
    return f"; {failed.size} failed ({named}). Member {first}: {reason}"


def _measured(predicate: Predicate, case: Case, run: xr.Dataset) -> Measured:
    if predicate.measure in WHOLE:
        return WHOLE[predicate.measure](predicate, case, run)
    flow, years = bool(predicate.stocks), predicate.years
    keys = predicate.stocks or predicate.keys
    numbers = levels(run, keys, years, flow)
    start = levels(run, keys, [years[0] if flow else int(run.time.values[0])], flow)
    nothing = np.empty(0)
    read = Reading(numbers, numbers, start, nothing, nothing)
    return summary(predicate, MEASURES[predicate.measure](read))


def _finite(predicate: Predicate, case: Case, run: xr.Dataset) -> Measured:
    failed = float(run.failed.sum())
    return _whole(predicate, "failed members", failed, failed, predicate.band.holds(failed))


def _balanced(predicate: Predicate, case: Case, run: xr.Dataset) -> Measured:
    """Measure the balance that is furthest off in any member at any time."""
    series = {each.key: _finished(run, each.key) for each in case.run.model.balances}
    worst = max(series, key=lambda key: float(np.abs(series[key]).max(initial=0.0)), default="balances")
    return _ends(predicate, worst, series.get(worst, np.zeros(1)), run)


def _non_negative(predicate: Predicate, case: Case, run: xr.Dataset) -> Measured:
    """Measure the stock that falls furthest below nought, of those whose range does not allow it."""
    stocks = case.run.model.stocks.items()
    series = {key: _finished(run, key) for key, s in stocks if s.range[0] is None or s.range[0] >= 0.0}
    lowest = {key: _share_of_largest(numbers) for key, numbers in series.items()}
    worst = min(lowest, key=lambda key: lowest[key], default="stocks")
    measured = _ends(predicate, worst, series.get(worst, np.zeros(1)), run)
    return replace(measured, kept=lowest.get(worst, 0.0) >= -ROUNDING and not run.failed.values.any())


def _finished(run: xr.Dataset, key: str) -> Any:
    """Return an element's values in the members that did not fail."""
    return series_of(run, key).values[~run.failed.values]


def _share_of_largest(numbers: Any) -> float:
    largest = float(np.abs(numbers).max(initial=0.0)) or 1.0
    return float(numbers.min(initial=0.0)) / largest


def _ends(predicate: Predicate, variable: str, numbers: Any, run: xr.Dataset) -> Measured:
    """Sum up the members that did not fail; one that failed holds nothing."""
    low, high = (float(numbers.min()), float(numbers.max())) if numbers.size else (np.nan, np.nan)
    kept = predicate.band.holds(low) and predicate.band.holds(high) and not run.failed.values.any()
    return _whole(predicate, variable, low, high, kept)


def _whole(predicate: Predicate, variable: str, low: float, high: float, kept: bool) -> Measured:
    return Measured(variable, predicate.years, predicate.measure, low, high, predicate.band, kept)


WHOLE: Mapping[str, Callable[[Predicate, Case, xr.Dataset], Measured]] = {
    "finite": _finite,
    "balances": _balanced,
    "stocks": _non_negative,
}
