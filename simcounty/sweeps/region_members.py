"""Running the counties of a region through members: side by side, and closed in every future."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from simcounty.conditions.predicates import constants_of
from simcounty.counties.region import Region
from simcounty.counties.region_run import FACTORS
from simcounty.judgement import series_of
from simcounty.model_error.specification import Floats, combined
from simcounty.sampling import Ensemble, differing
from simcounty.scenario import Scenario, Span
from simcounty.scenario.delivery import Delivered
from simcounty.scenario.distributions import Column
from simcounty.simulation import simulate
from simcounty.sweeps.delivery import levers_delivered

CLOSE = 1e-6
"""Of a factor, and of the total of a closure: nearer is closed."""


@dataclass(frozen=True, eq=False)
class CountyDraws:
    """What varies in one county: columns of constants, and how each policy is delivered."""

    columns: Mapping[str, Column]
    delivered: Mapping[str, Delivered]

    def rows(self, chosen: np.ndarray[tuple[int], np.dtype[np.int64]]) -> CountyDraws:
        """Return some draws."""
        columns = {key: column[chosen] for key, column in self.columns.items()}
        return CountyDraws(columns, {name: each.rows(chosen) for name, each in self.delivered.items()})

    def times(self, factor: Floats, scenario: Scenario, keys: Sequence[str]) -> CountyDraws:
        """Return draws with some constants a factor times as large."""
        constants = scenario.model.constants
        scaled = {key: factor * self.columns.get(key, constants[key].value) for key in keys}
        return replace(self, columns={**self.columns, **scaled})


def run_counties(
    scenarios: Sequence[Scenario], draws: Sequence[CountyDraws], keep: Sequence[str], cores: int | None = None
) -> xr.Dataset:
    """Run counties through draws: members are all draws of the first county, then of the second, and so on.

    Counties that set no lever differ in numbers alone and run as one. A run that failed is nan in all years.
    """
    length = len(next(iter(draws[0].columns.values())))
    apart = [i for i, each in enumerate(scenarios) if _is_apart(each, draws[i])]
    alike = [i for i in range(len(scenarios)) if i not in apart]
    groups = [[i] for i in apart] + ([alike] if alike else [])
    runs = [_run([scenarios[i] for i in group], [draws[i] for i in group], keep, cores) for group in groups]
    if len(runs) == 1:
        return runs[0]
    order = np.argsort(np.array([place for group in groups for place in group]))
    rows = (order[:, None] * length + np.arange(length)).ravel()
    return xr.concat(runs, "member", coords="minimal", compat="override").isel(member=rows)


def _is_apart(scenario: Scenario, draws: CountyDraws) -> bool:
    """Return whether a county has lever paths, which others have not."""
    return bool(scenario.levers) or not draws.columns.keys().isdisjoint(scenario.clause_levers)


def _run(
    group: Sequence[Scenario], draws: Sequence[CountyDraws], keep: Sequence[str], cores: int | None
) -> xr.Dataset:
    length = len(next(iter(draws[0].columns.values())))
    if len(group) == 1:
        (base,), (own,) = group, draws
        levers = levers_delivered(base, own.columns)
        arriving = {key: own.delivered[name] for key, name in levers.items() if name in own.delivered}
        ensemble = Ensemble(base, own.columns, delivered=arriving)
    else:
        base = replace(group[0], policies=(), own_targets=())
        starts = {key: np.repeat(column, length) for key, column in differing(group).items()}
        keys = dict.fromkeys(key for each in draws for key in each.columns)
        ensemble = Ensemble(base, starts | {key: _joined(key, group, draws, length) for key in keys})
    run = simulate(ensemble, keep=keep, cores=cores)
    run = run.where(~run.failed) if run.failed.any() else run
    return run.drop_vars([*(ensemble.table.keys() & run.coords.keys()), "member"])


def _joined(key: str, group: Sequence[Scenario], draws: Sequence[CountyDraws], length: int) -> Column:
    """Return a constant of counties one after another; where it does not vary, its own value."""
    parts = [
        own.columns.get(key, np.full(length, each.model.constants[key].value))
        for each, own in zip(group, draws, strict=True)
    ]
    return np.concatenate(parts)


def closing(region: Region) -> tuple[str, ...]:
    """Return the constants that a region is closed by."""
    return constants_of(region.scenarios[0], region.closure.factor) if region.closure else ()


def closed(
    region: Region, draws: Sequence[CountyDraws], cores: int | None
) -> tuple[list[CountyDraws], Floats]:
    """Return draws in each of which the counties' moves add up to the region's total, and the factors.

    A draw that no factor closes has a factor of nan, and its runs fail. Without a closure factors are 1.
    """
    length = len(next(iter(draws[0].columns.values())))
    if region.closure is None:
        return list(draws), np.ones(length)
    from scipy.optimize.elementwise import find_root

    closure, keys = region.closure, closing(region)
    short = [replace(each, years=Span(each.years.start, closure.year)) for each in region.scenarios]

    def times(factor: Floats, of: Sequence[CountyDraws]) -> list[CountyDraws]:
        return [own.times(factor, each, keys) for each, own in zip(region.scenarios, of, strict=True)]

    def excess(factor: Floats, place: Floats) -> Floats:
        chosen = [each.rows(place.astype(np.int64)) for each in draws]
        run = run_counties(short, times(factor, chosen), [closure.flow], cores)
        last = series_of(run, closure.flow).transpose("member", "time").to_numpy()[:, -1]
        return np.asarray(combined(np.ones((1, len(draws))), last.reshape(len(draws), -1))[0] - closure.total)

    within = {"xatol": CLOSE, "fatol": CLOSE * abs(closure.total)}
    found = find_root(excess, FACTORS, args=(np.arange(float(length)),), tolerances=within)
    factor = np.where(found.success, found.x, np.nan)
    return times(factor, draws), factor
