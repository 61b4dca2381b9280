"""Futures of a region: its counties run through the same futures, and taken together in each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from simcounty import cache
from simcounty.counties.region import Region
from simcounty.counties.region_run import closure_factor, with_factor
from simcounty.dataset import provenance
from simcounty.errors import Findings, ScenarioError
from simcounty.model_error.error_model import fitted_hash
from simcounty.model_error.futures import ERROR, WEIGHT, FutureErrors, errors_of, undisturbed, with_errors
from simcounty.sampling import differing
from simcounty.scenario import Scenario, Span
from simcounty.scenario.distributions import described
from simcounty.scenario.target import target_record
from simcounty.simulation import variables_needed
from simcounty.sweeps.delivery import DELAY, FRACTION, deliveries, draw
from simcounty.sweeps.region_draws import RegionDraws, region_draws
from simcounty.sweeps.region_members import CountyDraws, closed, closing, run_counties
from simcounty.sweeps.region_values import Together, numbers_of, side_by_side, values_in
from simcounty.sweeps.specification import CODE, pieces

CHUNK = 256
"""Members of all counties run at a time: of 76 counties and 20 variables 50 MB."""

PILOT = 256
"""Draws by which it is found how much a county's runs differ by what it draws for itself."""

Numbers = np.ndarray[Any, Any]


def sweep_region(
    regions: Region | Sequence[Region],
    n: int,
    *,
    seed: int = 0,
    chunk: int = CHUNK,
    cores: int | None = None,
    forecast: bool = True,
) -> xr.Dataset:
    """Run the counties of a region through `n` futures; return what they come to together.

    A future draws what is uncertain of policies, the nation and the model's behaviour once for all counties,
    and for each of them what is its own (`Region.own`, and what was imputed of its start), how policies
    arrive, and its part of the model error; the province's part is the same in all its counties. Errors move
    each county before counties are taken together. Figures since the start are brought in all at once: what
    a county draws for itself and errors by Matheron's rule, what counties share by weights. Every future is
    closed by a factor of its own, before errors. Several `regions`, such as a plan and its baseline, are the
    same counties and keep the same draws.
    `forecast`: whether there are a model error and deliveries. `chunk` and `cores` change no number.

    The dataset is one that `summary` and `bands` read: dims scenario (a region each), member, time, and a
    variable for each target, named like it; without targets the headline, added up. Raises ScenarioError for
    what cannot be drawn.

    >>> region = load_region("hangzhou/plan-2027")
    >>> sweep_region([region, region.baseline], 20).sizes["scenario"]
    2
    """
    made = _specify([regions] if isinstance(regions, Region) else list(regions), n, seed, forecast)
    if not (isinstance(chunk, int) and chunk >= 1):
        raise ScenarioError(f"chunk = {chunk}: a whole number of members is needed, at least one.")
    return _assembled(made, [made.run(members, cores) for members in pieces(n, chunk)])


@dataclass(frozen=True, eq=False)
class RegionChunk:
    """Some members: values (regions, members, years) by number, what members keep, and which failed."""

    values: dict[str, Numbers]
    columns: dict[str, Numbers]
    factors: Numbers
    failed: Numbers


@dataclass(frozen=True, eq=False)
class RegionSweep:
    """Futures of regions, ready to run. factors: those that close each in the central run."""

    regions: tuple[Region, ...]
    draws: RegionDraws
    numbers: tuple[Together, ...]
    factors: tuple[float, ...]
    errors: FutureErrors | None
    is_forecast: bool

    @property
    def counties(self) -> int:
        return len(self.regions[0].scenarios)

    @property
    def reference(self) -> int:
        """The region whose runs are held against figures: the first that sets no lever, else the first."""
        return next((i for i, each in enumerate(self.regions) if not _levers(each)), 0)

    @cached_property
    def keep(self) -> tuple[str, ...]:
        """The variables that numbers are read from."""
        return variables_needed(self.regions[0].scenarios[0].model, *(each.target for each in self.numbers))

    @cached_property
    def years(self) -> tuple[int, ...]:
        years = self.regions[0].scenarios[0].years
        return tuple(range(int(years.start), int(years.end) + 1))

    def run(self, members: range, cores: int | None) -> RegionChunk:
        """Run some members; the numbers do not depend on which others are run beside them."""
        drawn = [self._drawn(place, members) for place in range(self.counties)]
        needed = tuple(dict.fromkeys([*self.keep, *(self.errors.needed if self.errors else ())]))
        runs, factors = [], []
        for region in self.regions:
            within, factor = closed(region, drawn, cores)
            runs.append(run_counties(region.scenarios, within, needed, cores))
            factors.append(factor)
        failed = [run.failed.to_numpy().reshape(self.counties, -1).any(axis=0) for run in runs]
        columns = self.draws.common(members) | self._delivered(drawn)
        if self.errors is not None:
            rows = dict.fromkeys(range(self.counties), members)
            level = self._weighed(drawn, factors[self.reference], cores)
            errors, weights = self._known.of_members(runs[self.reference], rows, level)
            columns |= self._alone(errors, len(members))
            columns |= {WEIGHT: weights[: len(members)]} if self.errors.observed else {}
            model = self.regions[0].scenarios[0].model
            runs = [with_errors(run[list(self.keep)], errors, model) for run in runs]
        beside = [side_by_side(run[list(self.keep)], self.counties) for run in runs]
        values = {
            each.name: np.stack([values_in(run, each, self.years) for run in beside]) for each in self.numbers
        }
        return RegionChunk(values, columns, np.stack(factors), np.stack(failed))

    def _drawn(self, place: int, members: range) -> CountyDraws:
        own = [region.scenarios[place] for region in self.regions]
        columns = self.draws.of_county(place, members)
        named = deliveries(own) if self.is_forecast else {}
        arriving = draw(named, self.draws.streams[place], members, self.draws.design.seed) if named else {}
        return replace(_county_draws(own[0], columns, len(members)), delivered=arriving)

    def _delivered(self, drawn: Sequence[CountyDraws]) -> dict[str, Numbers]:
        """Return how policies arrive in each county, as members keep it."""
        found: dict[str, Numbers] = {}
        for each, stream in zip(drawn, self.draws.streams, strict=True):
            for name, arrived in each.delivered.items():
                called = f"{name}_{stream}" if stream else name
                found |= {f"{FRACTION}{called}": arrived.fraction, f"{DELAY}{called}": arrived.delay}
        return found

    @cached_property
    def _known(self) -> FutureErrors:
        """The model error, knowing how much runs differ by what counties draw for themselves."""
        assert self.errors is not None, "what has no model error is held against nothing"
        if not (self.errors.observed and any(self.draws.own)):
            return self.errors
        scenarios = self._closed_scenarios
        columns = [self.draws.of_county(place, range(PILOT)) for place in range(self.counties)]
        alone = [self.draws.part(place, each, own=True) for place, each in enumerate(columns)]
        drawn = [_county_draws(own, each, PILOT) for own, each in zip(scenarios, alone, strict=True)]
        return self.errors.spread_of(run_counties(scenarios, drawn, self.errors.needed))

    def _weighed(self, drawn: Sequence[CountyDraws], factor: Numbers, cores: int | None) -> xr.Dataset | None:
        """Return the reference's runs without what counties draw for themselves, as far as figures reach."""
        assert self.errors is not None, "what has no model error is held against nothing"
        if not (self.errors.observed and any(self.draws.own)):
            return None
        region, last = self.regions[self.reference], max(each.last for each in self.errors.processes)
        short = [replace(each, years=Span(each.years.start, last)) for each in region.scenarios]
        found = []
        for place, (scenario, each) in enumerate(zip(short, drawn, strict=True)):
            common = self.draws.part(place, each.columns, own=False)
            one = replace(_county_draws(scenario, common, len(factor)), delivered=each.delivered)
            found.append(one.times(factor, scenario, closing(region)))
        return run_counties(short, found, self.errors.needed, cores)

    @cached_property
    def _closed_scenarios(self) -> Sequence[Scenario]:
        """The counties of the reference, their moves closed in the central run."""
        region, factor = self.regions[self.reference], self.factors[self.reference]
        closure = region.closure
        return with_factor(region.scenarios, closure.factor, factor) if closure else region.scenarios

    @cached_property
    def _central(self) -> xr.Dataset:
        """The central run of the reference: a member each county."""
        scenarios = self._closed_scenarios
        alone = [_county_draws(each, {}, 1) for each in scenarios]
        return run_counties(scenarios, alone, self.keep)[list(self.keep)]

    def _alone(self, errors: Numbers, members: int) -> dict[str, Numbers]:
        """Return what each target would come to by the errors of members alone, on the central run."""
        model, last = self.regions[0].scenarios[0].model, self.years[-1]
        repeated = self._central.isel(member=np.repeat(np.arange(self.counties), members))
        beside = side_by_side(with_errors(repeated, errors, model), self.counties)
        found = {}
        for each in self.numbers:
            year = int(each.target.year or last)
            found[f"{ERROR}{each.name}_{year}"] = values_in(beside, each, [year])[:, 0]
        return found


def _county_draws(scenario: Scenario, columns: Mapping[str, Numbers], members: int) -> CountyDraws:
    """Return draws of a county; where nothing varies, any one constant stands for the rest."""
    still = {key: np.repeat(column, members) for key, column in differing([scenario]).items()}
    return CountyDraws(columns or still, {})


def _levers(region: Region) -> dict[str, Any]:
    return {each.name: list(each.levers) for each in region.scenarios if each.levers}


def _specify(regions: list[Region], n: int, seed: int, forecast: bool) -> RegionSweep:
    findings, first = Findings(), regions[0] if regions else None
    if first is None:
        raise ScenarioError("no region; give at least one.")
    every = [(each.county.identity, each.years, each.model.hash) for each in first.scenarios]
    for region in regions[1:]:
        if [(each.county.identity, each.years, each.model.hash) for each in region.scenarios] != every:
            findings.append(f"{region.name}: has other counties, years or another model than {first.name}.")
    if len({each.name for each in regions}) < len(regions):
        findings.append("a region stands twice; give each once.")
    if first.closure and (first.closure.year % 1 or _is_lever(first)):
        findings.append(
            f"{first.name}: closure: futures need the end of a year, and a factor that is no lever."
        )
    findings.raise_as(ScenarioError, "these futures cannot be run:")
    draws = region_draws(first, n, seed)
    factors = tuple(closure_factor(each.scenarios, each.closure) if each.closure else 1.0 for each in regions)
    errors = _errors(first, factors[0], seed) if forecast else None
    return RegionSweep(tuple(regions), draws, numbers_of(first), factors, errors, forecast)


def _is_lever(region: Region) -> bool:
    assert region.closure is not None
    return any(region.closure.factor in (*each.levers, *each.clause_levers) for each in region.scenarios)


def _errors(region: Region, factor: float, seed: int) -> FutureErrors | None:
    """Return the model error of counties, all of one future; its drift is that of the closed run."""
    starts = [undisturbed(each) for each in region.scenarios]
    starts = with_factor(starts, region.closure.factor, factor) if region.closure else starts
    found = errors_of(region.scenarios, seed, starts, region.panel)
    return replace(found, together=True) if found else None


def _assembled(made: RegionSweep, chunks: list[RegionChunk]) -> xr.Dataset:
    """Return the futures from their chunks."""
    dims = ("scenario", "member", "time")
    values = {
        each.name: (dims, np.concatenate([chunk.values[each.name] for chunk in chunks], axis=1), each.about)
        for each in made.numbers
    }
    coords: dict[str, Any] = {
        "scenario": [each.name for each in made.regions],
        "member": np.arange(made.draws.design.n),
        "time": ("time", np.array(made.years, float), {"long_name": "时间", "units": "year"}),
        "failed": (dims[:2], np.concatenate([chunk.failed for chunk in chunks], axis=1)),
        "closure_factor": (dims[:2], np.concatenate([chunk.factors for chunk in chunks], axis=1)),
    }
    for key in chunks[0].columns:
        column = np.concatenate([chunk.columns[key] for chunk in chunks])
        coords[key] = ("member", column, _about(made, key))
    return xr.Dataset(values, coords, _attributes(made))


def _about(made: RegionSweep, key: str) -> dict[str, str]:
    """Return what is known of a coordinate of members."""
    if key == WEIGHT:
        return {"role": "weight", "long_name": "观测权重（对数）"}
    if key.startswith(ERROR):
        return {"role": "model_error", "long_name": "中心取值加模型误差"}
    if key.startswith((FRACTION, DELAY)):
        return {"role": "delivery", "units": "Dmnl" if key.startswith(FRACTION) else "year"}
    constant, one = made.regions[0].scenarios[0].model.constants[key], made.draws.shared[key]
    return {
        "role": "uncertainty",
        "long_name": constant.label,
        "units": constant.unit,
        "distribution": json.dumps(described(one.distribution)),
    }


def _attributes(made: RegionSweep) -> dict[str, Any]:
    """Return what the numbers are made from."""
    first, design, errors = made.regions[0], made.draws.design, made.errors
    one = first.scenarios[0]
    targets = [target_record(each.own_target) for each in made.numbers] if first.targets else []
    return {
        **provenance(one.model, first.scenarios, "auto", "euler", one.model.graph.clock.step),
        "scenario": ", ".join(each.name for each in made.regions),
        "scenario_hash": ", ".join(each.hash for each in made.regions),
        "levers": json.dumps({each.name: _levers(each) for each in made.regions}, ensure_ascii=False),
        "headline": json.dumps([each.name for each in made.numbers]),
        "design": design.name,
        "n": design.n,
        "seed": design.seed,
        "members": design.n,
        "unfinished": 0,
        "inputs": json.dumps(list(made.draws.shared), ensure_ascii=False),
        "own": json.dumps(sorted({key for each in made.draws.own for key in each} & {*design.keys})),
        "targets": json.dumps({each.name: targets for each in made.regions}, ensure_ascii=False),
        "model_error": fitted_hash() if errors else "",
        "observed_since_start": errors.observed if errors else 0,
        "code": cache.fingerprint(*CODE),
    }
