"""The model error in the futures of a sweep: which outcomes move, by what, after which observations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.accounts.panel import Panel
from simcounty.model import Model
from simcounty.model.graph import variable_of
from simcounty.model_error.error_model import fitted_error_model
from simcounty.model_error.observations import Observations
from simcounty.model_error.observed import is_fitted_to, observations_since, on_scales
from simcounty.model_error.process import ErrorProcess
from simcounty.model_error.record import AHEAD, simulated, yearly
from simcounty.model_error.specification import (
    ErrorOutcomeShape,
    Floats,
    moved,
    pace,
    predictors,
    specification,
)
from simcounty.scenario import Scenario, Span, Target
from simcounty.scenario.county import Observation
from simcounty.simulation import variables_needed

if TYPE_CHECKING:
    import xarray as xr

WEIGHT = "log_weight"
"""The coordinate of a member that says how well its run fits what was observed since the start."""

Column = tuple[Sequence[Any], Floats, Mapping[Any, Any]]
ERROR = "error_"
"""Begins the coordinates that hold a member's error of an outcome at the end of a year: error_gdp_2027."""


@dataclass(frozen=True, eq=False)
class FutureErrors:
    """The model error of the futures of counties: a process each, in their order.

    noted: the outcomes and years whose errors members keep. needed: the variables that runs must hold.
    together: whether a future has all counties, and is held against the figures of all of them at once.
    spread: see `Observations`.
    figures: what was published of the one county since the start; none where there are several.
    """

    processes: tuple[ErrorProcess, ...]
    seed: int
    noted: tuple[tuple[str, int], ...]
    needed: tuple[str, ...]
    together: bool = False
    spread: tuple[Floats, ...] = ()
    figures: tuple[Observation, ...] = ()

    @property
    def observed(self) -> int:
        """How many figures of years after the start futures are brought to."""
        return sum(len(each.observed) for each in self.processes)

    def of_members(
        self, run: xr.Dataset | None, rows: Mapping[int, range], weighed: xr.Dataset | None = None
    ) -> tuple[Floats, Floats]:
        """Return errors and log weights of members: the draws `rows` of each county, one after another.

        run: the reference's, with the members in the same order; None where nothing was observed. weighed:
        the runs that weights go by, by default the same. A future of several counties has one weight.
        """
        errors = [self.processes[place].draw(draws, self.seed) for place, draws in rows.items()]
        weights = [np.zeros(len(draws)) for draws in rows.values()]
        if not self.observed or run is None:
            return np.concatenate(errors), np.concatenate(weights)
        foretold = self._foretold(run, rows)
        held = foretold if weighed is None else self._foretold(weighed, rows)
        places = list(rows)
        for group in [range(len(rows))] if self.together else [[i] for i in range(len(rows))]:
            seen = self._observations[tuple(places[i] for i in group)]
            if any(len(each.observed) for each in seen.processes):
                parts = ([each[i] for i in group] for each in (errors, foretold, held))
                brought, logs = seen.bring(*parts)
                for i, each in zip(group, brought, strict=True):
                    errors[i], weights[i] = each, logs
        return np.concatenate(errors), np.concatenate(weights)

    def spread_of(self, run: xr.Dataset) -> FutureErrors:
        """Return the same, knowing how runs differ by what counties draw for themselves.

        run: as many members of each county, one county after another, in which that alone varies.
        """
        every = yearly(run, specification().outcome)[:, :, 1:].reshape(len(self.processes), -1)
        found = []
        for process, each in zip(self.processes, every, strict=True):
            table = each.reshape(-1, len(specification().outcome) * len(process.years))
            apart = table[np.isfinite(table).all(axis=1)]
            apart = apart - apart.mean(axis=0)
            at = process.observed.outcome * len(process.years) + process.observed.year - process.years[0]
            found.append(apart.T @ apart[:, at] / max(len(apart) - 1, 1))
        return replace(self, spread=tuple(found))

    @cached_property
    def _observations(self) -> Mapping[tuple[int, ...], Observations]:
        """The figures of counties that are brought together, by their places."""
        every = range(len(self.processes))
        groups = [tuple(every)] if self.together else [(place,) for place in every]
        return {
            group: Observations(tuple(self.processes[place] for place in group), self.spread)
            for group in groups
        }

    def _foretold(self, run: xr.Dataset, rows: Mapping[int, range]) -> list[Floats]:
        """Return what the runs of each county give for its observations, (draws, observations)."""
        levels, found, first = yearly(run, specification().outcome), list[Floats](), 0
        for place, draws in rows.items():
            process = self.processes[place]
            here = levels[first : first + len(draws)]
            found.append(here[:, process.observed.outcome, process.observed.year - process.start])
            first += len(draws)
        return found

    def columns(self, errors: Floats, weights: Floats) -> dict[str, Floats]:
        """Return what members keep of their errors: coordinates by name."""
        names, years = specification().variables, self.processes[0].years
        kept = {
            f"{ERROR}{name}_{year}": errors[:, names.index(name), years.index(year)]
            for name, year in self.noted
        }
        return {**kept, **({WEIGHT: weights} if self.observed else {})}

    @cached_property
    def about(self) -> dict[str, dict[str, str]]:
        """The attributes of these coordinates."""
        labels = {each.variable: each.label for each in specification().outcome}
        found = {
            f"{ERROR}{name}_{year}": {
                "role": "model_error",
                "units": "Dmnl",
                "long_name": f"{labels[name]}模型误差（{year}）",
            }
            for name, year in self.noted
        }
        return {**found, WEIGHT: {"role": "weight", "long_name": "观测权重（对数）"}}


def errors_of(
    scenarios: Sequence[Scenario],
    seed: int,
    starts: Sequence[Scenario] = (),
    panel: Panel | None = None,
) -> FutureErrors | None:
    """Return the model error of the futures of scenarios; None where the model is not one it was fitted to.

    `starts` are the counties that members are of, each as it would do without a plan; by default the county
    of the scenarios. Observations are those of the county file and of a panel, by default the shipped one.
    """
    first, wanted = scenarios[0], specification()
    model, years = first.model, first.years
    if not is_fitted_to(model) or years.start % 1 or years.end - years.start < 2:
        return None
    start, last = int(years.start), int(years.end)
    begun = [undisturbed(each) for each in starts or [first]]
    run = simulated(begun, Span(start, min(last, start + AHEAD + 1)))
    levels = yearly(run, wanted.outcome)[:, :, 1:]
    drift = fitted_error_model().expected(predictors(run), pace(levels, (0, levels.shape[2] - 1)), start)
    seen = [observations_since(each.county, model, years, panel) for each in begun]
    processes = tuple(
        ErrorProcess(
            fitted_error_model(),
            start,
            tuple(range(start + 1, last + 1)),
            expected,
            each.county.identity,
            each.county.province,
            on_scales(figures, each.county),
        )
        for each, figures, expected in zip(begun, seen, drift, strict=True)
    )
    needed = variables_needed(model, *wanted.variables) if any(len(p.observed) for p in processes) else ()
    return FutureErrors(processes, seed, _noted(scenarios, start), needed, figures=() if starts else seen[0])


def undisturbed(scenario: Scenario) -> Scenario:
    """Return the baseline of a scenario without targets, which could ask for years beyond a short run."""
    return replace(scenario.baseline, policies=(), own_targets=())


def _noted(scenarios: Sequence[Scenario], start: int) -> tuple[tuple[str, int], ...]:
    """Return the outcomes that targets are of, or move with, each with the target's year."""
    found = dict[tuple[str, int], None]()
    for target in _targets(scenarios):
        for name in outcomes_behind(target.variable):
            found[name, int(target.year or scenarios[0].years.end)] = None
    return tuple(each for each in found if each[1] > start)


def _targets(scenarios: Iterable[Scenario]) -> Iterable[Target]:
    return (target for each in scenarios for target in each.targets)


def outcomes_behind(variable: str) -> tuple[str, ...]:
    """Return the outcomes whose errors move a variable.

    >>> outcomes_behind("zone_output"), outcomes_behind("platform_assets")
    (('gdp',), ())
    """
    name = variable_of(variable)
    if name in specification().variables:
        return (name,)
    return next((tuple(each.outcomes) for each in specification().follows if each.variable == name), ())


def with_errors(run: xr.Dataset, errors: Floats, model: Model) -> xr.Dataset:
    """Return a run of members whose outcomes, and what moves with them, are moved by errors.

    errors: (members, outcomes, years), of the years after the first that the run saved. A stock that adds up
    an outcome takes what each of its years gains or loses.
    """
    names = specification().variables
    by_name = {name: errors[:, place] for place, name in enumerate(names)}
    changed: dict[str, Column] = {}
    for outcome in specification().outcome:
        changed |= _moved(run, outcome.variable, by_name[outcome.variable], outcome, model)
    for each in specification().follows:
        error = sum(weight * by_name[name] for name, weight in each.outcomes.items())
        if each.a_year:
            changed |= _risen(run, each.variable, np.asarray(error))
            continue
        like = next(one for one in specification().outcome if one.variable in each.outcomes)
        if each.adds_up and each.variable in run:
            changed[each.variable] = _added_up(run, each.variable, np.asarray(error))
        else:
            changed |= _moved(run, each.variable, np.asarray(error), like, model)
    return run.assign(changed)


def _risen(run: xr.Dataset, name: str, error: Floats) -> dict[str, Column]:
    """Return a rate of growth since the start, moved by an error of what grew."""
    if name not in run:
        return {}
    values = run.variables[name].transpose("member", "time")
    padded = np.hstack([np.zeros((len(error), 1)), error / np.arange(1, error.shape[1] + 1)])
    return {name: (values.dims, values.to_numpy() + padded, values.attrs)}


def _moved(
    run: xr.Dataset, name: str, error: Floats, outcome: ErrorOutcomeShape, model: Model
) -> dict[str, Column]:
    found: dict[str, Column] = {}
    if name in run:
        values = run.variables[name].transpose("member", "time")
        padded = np.hstack([np.zeros((len(error), 1)), error])
        found[name] = (values.dims, moved(values.to_numpy(), padded, outcome.scale), values.attrs)
    stock = model.accumulator(name)
    if stock and stock in run:
        found[stock] = _added_up(run, stock, error)
    return found


def _added_up(run: xr.Dataset, stock: str, error: Floats) -> Column:
    values = run.variables[stock].transpose("member", "time")
    level = values.to_numpy()
    added = np.cumsum(np.diff(level, axis=1) * np.exp(error), axis=1)
    return values.dims, np.hstack([level[:, :1], level[:, :1] + added]), values.attrs
