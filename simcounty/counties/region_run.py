"""A region run and judged: counties side by side, their moves closed, one verdict for all of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import xarray as xr
from scipy.optimize import brentq

from simcounty.conditions.predicates import constants_of
from simcounty.counties.region import Closure, Region
from simcounty.errors import RunError
from simcounty.judgement import judge
from simcounty.scenario import Scenario
from simcounty.simulation import simulate, variables_needed

FACTORS = (0.1, 4.0)
"""Where the common factor of a closure is searched; outside, the total would not fit the counties."""
NAMES = ("baseline", "plan")


@dataclass(frozen=True)
class ClosedRun:
    """A region run: its counties along `scenario`, and the factor that closed their moves."""

    run: xr.Dataset
    factor: float | None


@dataclass(frozen=True, eq=False)
class RegionRun:
    """A region with its baseline: both runs, and the verdict with `scenario` "baseline" and "plan"."""

    baseline: ClosedRun
    plan: ClosedRun
    verdict: xr.Dataset


def run_region(region: Region, keep: Sequence[str] | None = None) -> RegionRun:
    """Run a region's counties without and with their settings, close each, and judge them together.

    Baseline and plan are closed apart: whatever the counties do, together they gain no more people than the
    closure gives them, so that what one wins another loses. Raises RunError where a county's run fails or no
    factor closes the region.

    >>> found = run_region(load_region("hangzhou/plan-2027"))
    >>> found.verdict.sizes["scenario"]
    2
    """
    wanted = tuple(keep or _variables(region))
    baseline, plan = _run_closed(region.baseline, wanted), _run_closed(region, wanted)
    verdicts = [_judge(each.run, region) for each in (baseline, plan)]
    numbers = [
        each[["value", "margin", "met"]].assign_coords(scenario=name)
        for each, name in zip(verdicts, NAMES, strict=True)
    ]
    verdict = xr.concat(numbers, "scenario", coords="minimal", compat="override").transpose("target", ...)
    verdict["goal"] = verdicts[0].goal
    return RegionRun(baseline, plan, verdict)


def _judge(run: xr.Dataset, region: Region) -> xr.Dataset:
    """Judge a region's run: each target on the counties in its scope."""
    if not region.targets:
        return judge(run.isel(scenario=0), ())
    found = [judge(run.isel(scenario=region.counties_in(each.scope)), [each]) for each in region.targets]
    return xr.concat(found, dim="target", coords="minimal", compat="override")


def _variables(region: Region) -> tuple[str, ...]:
    first = region.scenarios[0]
    keys = [key for each in region.scenarios for key in each.headline]
    flow = [region.closure.flow] if region.closure else []
    return variables_needed(first.model, *keys, *region.targets, *flow)


def _run_closed(region: Region, keep: tuple[str, ...]) -> ClosedRun:
    if region.closure is None:
        return ClosedRun(simulate(region.scenarios, keep=keep), None)
    factor = closure_factor(region.scenarios, region.closure)
    scaled = with_factor(region.scenarios, region.closure.factor, factor)
    return ClosedRun(simulate(scaled, keep=keep), factor)


def closure_factor(scenarios: Sequence[Scenario], closure: Closure) -> float:
    """Return the common factor on a constant of all counties that makes their flows add up to the total."""

    def excess(factor: float) -> float:
        run = simulate(with_factor(scenarios, closure.factor, factor), keep=[closure.flow])
        return float(run[closure.flow].sel(time=closure.year, method="nearest").sum()) - closure.total

    ends = [excess(factor) for factor in FACTORS]
    if ends[0] * ends[1] > 0:
        low, high = (f"{each + closure.total:,.0f}" for each in ends)
        raise RunError(
            f"closure: no common factor on {closure.factor} between {FACTORS[0]:g} and {FACTORS[1]:g} brings "
            f"the sum of {closure.flow} to {closure.total:,.0f} in {closure.year:g}; "
            f"it goes from {low} to {high}. "
            "See whether the total is of these counties and of these years."
        )
    return float(brentq(excess, *FACTORS, xtol=1e-6))


def with_factor(scenarios: Sequence[Scenario], key: str, factor: float) -> list[Scenario]:
    """Return scenarios with a constant, or every element of an array, a factor times as large."""
    keys = constants_of(scenarios[0], key)
    return [
        dataclasses.replace(
            each, model=each.model.replace({one: factor * each.model.constants[one].value for one in keys})
        )
        for each in scenarios
    ]
