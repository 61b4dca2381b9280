"""The model error in the futures of a sweep: which outcomes move, by what, after which observations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.accounts.panel import Panel
from simcounty.counties.generate import baseline_of
from simcounty.model import Model
from simcounty.model.graph import variable_of
from simcounty.model_error.error_model import fitted_error_model
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
from simcounty.scenario import County, Scenario, Span, Target
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
    figures: what was published of the one county since the start; none where there are several.
    """

    processes: tuple[ErrorProcess, ...]
    seed: int
    noted: tuple[tuple[str, int], ...]
    needed: tuple[str, ...]
    figures: tuple[Observation, ...] = ()

    @property
    def observed(self) -> int:
        """How many figures of years after the start futures are brought to."""
        return sum(len(each.observed) for each in self.processes)

    def of_members(self, run: xr.Dataset | None, rows: Mapping[int, range]) -> tuple[Floats, Floats]:
        """Return errors and log weights of members: the draws `rows` of each county, one after another.

        run: the reference's, with the members in the same order; None where nothing was observed.
        """
        levels = yearly(run, specification().outcome) if self.observed and run is not None else None
        parts, first = [], 0
        for place, draws in rows.items():
            process = self.processes[place]
            errors = process.draw(draws, self.seed)
            if levels is None or not len(process.observed):
                parts.append((errors, np.zeros(len(draws))))
            else:
                seen = process.observed
                here = levels[first : first + len(draws)]
                foretold = here[:, seen.outcome, seen.year - process.start]
                parts.append(process.bring(errors, foretold))
            first += len(draws)
        return np.concatenate([each for each, _ in parts]), np.concatenate([each for _, each in parts])

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
    counties: Sequence[County],
    seed: int,
    panel: Panel | None = None,
) -> FutureErrors | None:
    """Return the model error of the futures of scenarios; None where the model is not one it was fitted to.

    `counties` are those of a sweep over counties, none where the scenarios name their own. Observations
    are those of the county file and of a panel, by default the shipped one.
    """
    first, wanted = scenarios[0], specification()
    model, years = first.model, first.years
    if not is_fitted_to(model) or years.start % 1 or years.end - years.start < 2:
        return None
    start, last = int(years.start), int(years.end)
    starts = [baseline_of(each) for each in counties] or [_undisturbed(first)]
    run = simulated(starts, Span(start, min(last, start + AHEAD + 1)))
    levels = yearly(run, wanted.outcome)[:, :, 1:]
    drift = fitted_error_model().expected(predictors(run), pace(levels, (0, levels.shape[2] - 1)), start)
    places = counties or [first.county]
    seen = [observations_since(each, model, years, panel) for each in places]
    processes = tuple(
        ErrorProcess(
            fitted_error_model(),
            start,
            tuple(range(start + 1, last + 1)),
            expected,
            county.code or county.name,
            county.province,
            on_scales(figures, county),
        )
        for county, figures, expected in zip(places, seen, drift, strict=True)
    )
    needed = variables_needed(model, *wanted.variables) if any(len(p.observed) for p in processes) else ()
    return FutureErrors(processes, seed, _noted(scenarios, start), needed, () if counties else seen[0])


def _undisturbed(scenario: Scenario) -> Scenario:
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
        like = next(one for one in specification().outcome if one.variable in each.outcomes)
        if each.adds_up and each.variable in run:
            changed[each.variable] = _added_up(run, each.variable, np.asarray(error))
        else:
            changed |= _moved(run, each.variable, np.asarray(error), like, model)
    return run.assign(changed)


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
