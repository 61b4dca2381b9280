"""Scenarios side by side by target, constraint and variable."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.comparison.levels import levels_of
from simcounty.comparison.specification import Comparison, comparison_of
from simcounty.conditions.constraints import Constraint, constraint_status
from simcounty.dataset import provenance
from simcounty.errors import Findings, InputError
from simcounty.judgement import judge
from simcounty.scenario import Scenario, Target
from simcounty.scenario.target import target_columns
from simcounty.simulation import simulate, variables_needed
from simcounty.units import express

if TYPE_CHECKING:
    import xarray as xr


FIELDS = ("value", "goal", "margin")
ABOUT = ("label", "clause", "document", "operator", "unit", "year", "up_to")


def compare(
    scenarios: Scenario | Sequence[Scenario] | Mapping[str, Scenario],
    variables: Sequence[str] = (),
    targets: Sequence[str] = (),
    years: Sequence[float] = (),
    per: str = "",
) -> xr.Dataset:
    """Run scenarios and lay them side by side; a single one is held against its baseline.

    They may be of different counties, models and years. By default all their targets are judged, and their
    headline variables followed; a target that one scenario brings judges the others it is meant for.
    Return, with the differences from the first scenario,
        by `scenario` and `target`: value, goal, margin, met, in the target's unit; nan where not judged;
        by `scenario`, `variable` and `time`: level, at the ends of years or the flow of the year;
        by `scenario` and `constraint`: worst, worst_year, satisfied.
    Amounts of different counties, such as people or yuan, do not compare: they are divided by the variable
    `per` of their county, or become an index, 100 in the first year all runs have. `measure` says which:
    "level", "index" or "per". `years` are those a table shows: the last year of a target, if none is named.
    Raise InputError, all findings at once, for variables, targets and years that the runs do not hold.

    >>> import simcounty as sc
    >>> found = sc.compare(sc.load("tonglu/plan-2027"), ["gdp"])
    >>> found.scenario.values.tolist(), found.attrs["years"]
    (['tonglu/plan-2027 baseline', 'tonglu/plan-2027'], '[2027]')
    """
    comparison = comparison_of(scenarios, variables, targets, years, per)
    runs = _runs(comparison)
    found = levels_of(comparison, runs).merge(_verdicts(comparison, runs))
    return found.merge(_constraints(comparison, runs)).assign_attrs(_attributes(comparison, runs))


def _runs(comparison: Comparison) -> dict[str, xr.Dataset]:
    """Return the run of each scenario; those of one model and the same years are run together."""
    together: dict[object, list[str]] = {}
    for name, scenario in comparison.scenarios.items():
        together.setdefault((scenario.model.hash, scenario.years), []).append(name)
    found: dict[str, xr.Dataset] = {}
    for names in together.values():
        scenarios = [comparison.scenarios[name] for name in names]
        targets = [target for name in names for target in comparison.targets[name]]
        predicates = [each.predicate for name in names for each in comparison.constraints[name]]
        keys = [*comparison.variables, *filter(None, [comparison.per])]
        run = simulate(scenarios, keep=variables_needed(scenarios[0].model, *keys, *targets, *predicates))
        found |= {name: run.isel(scenario=place) for place, name in enumerate(names)}
    return {name: found[name] for name in comparison.scenarios}


def _attributes(comparison: Comparison, runs: Mapping[str, xr.Dataset]) -> dict[str, object]:
    """Return what a comparison was made from."""
    first = next(iter(runs.values())).attrs
    scenarios = [dataclasses.replace(each, name=name) for name, each in comparison.scenarios.items()]
    models = {each.model.hash: each.model.path.name for each in scenarios}
    per = comparison.per
    return {
        **provenance(
            scenarios[0].model, scenarios, first["backend"], first["integrator"], first["time_step"]
        ),
        "model": ", ".join(models.values()),
        "model_hash": ", ".join(models),
        "years": json.dumps(list(comparison.years)),
        "per": comparison.element(next(iter(comparison.scenarios)), per).label if per else "",
    }


def _verdicts(comparison: Comparison, runs: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Return value, goal, margin, met and difference by scenario and target; nan where it is not judged."""
    import xarray as xr

    named = _targets_by_name(comparison)
    places, shape, findings = list(named), (len(runs), len(named)), Findings()
    table = {field: np.full(shape, np.nan) for field in FIELDS} | {"met": np.zeros(shape, bool)}
    for row, (name, targets) in enumerate(comparison.targets.items()):
        for target in targets:
            with findings.at(name):
                judged = judge(runs[name], [_in_unit(target, named[target.name].unit)]).isel(target=0)
                for field, values in table.items():
                    values[row, places.index(target.name)] = judged[field].item()
    findings.raise_as(InputError, "these targets cannot be compared:")
    table["value_difference"] = table["value"] - table["value"][:1]
    about = target_columns(dataclasses.replace(t, label=_label(comparison, t)) for t in named.values())
    return xr.Dataset(
        {field: (("scenario", "target"), values) for field, values in table.items()},
        coords={
            "scenario": list(comparison.scenarios),
            "target": places,
            "target_variable": ("target", about["variable"]),
            **{field: ("target", about[field]) for field in ABOUT},
        },
    )


def _targets_by_name(comparison: Comparison) -> dict[str, Target]:
    """Return every target by its name, as the first scenario that has it gives it."""
    named: dict[str, Target] = {}
    for targets in comparison.targets.values():
        for target in targets:
            named.setdefault(target.name, target)
    order = dict.fromkeys(target.name for each in comparison.scenarios.values() for target in each.targets)
    return {name: named[name] for name in order if name in named}


def _in_unit(target: Target, unit: str) -> Target:
    """Return a target in the unit another scenario gives it in."""
    if target.unit == unit:
        return target
    up_to = None if target.up_to is None else express(target.up_to, target.unit, unit)
    goal = express(target.goal, target.unit, unit)
    return dataclasses.replace(target, goal=goal, up_to=up_to, unit=unit)


def _label(comparison: Comparison, target: Target) -> str:
    """Return a target's label, or its variable's where scenarios label it differently."""
    same = {
        name: own.label
        for name, targets in comparison.targets.items()
        for own in targets
        if own.name == target.name
    }
    if len(set(same.values())) == 1:
        return target.label
    return comparison.element(next(iter(same)), target.variable).label


def _constraints(comparison: Comparison, runs: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Return the worst year of each run under each constraint: worst, worst_year, satisfied.

    Where a run holds none of the constraint's years, the numbers are nan and it is satisfied.
    """
    import xarray as xr

    known = {_title(each): each for own in comparison.constraints.values() for each in own}
    places, shape = list(known), (len(runs), len(known))
    worst, year, satisfied = np.full(shape, np.nan), np.full(shape, np.nan), np.ones(shape, bool)
    for row, (name, run) in enumerate(runs.items()):
        for constraint in comparison.constraints[name]:
            status = constraint_status(constraint, run.expand_dims("scenario"))
            if status:
                cell = (row, places.index(_title(constraint)))
                worst[cell], year[cell], satisfied[cell] = (
                    status[0].value,
                    status[0].year,
                    status[0].satisfied,
                )
    dims = ("scenario", "constraint")
    return xr.Dataset(
        {"worst": (dims, worst), "worst_year": (dims, year), "satisfied": (dims, satisfied)},
        coords={
            "scenario": list(comparison.scenarios),
            "constraint": places,
            **{name: ("constraint", values) for name, values in _about(comparison, known).items()},
        },
    )


def _about(comparison: Comparison, constraints: Mapping[str, Constraint]) -> dict[str, np.ndarray[Any, Any]]:
    """Return names, the label of the variable, units and bounds of constraints."""
    every = constraints.values()
    texts = {
        "constraint_name": [each.name for each in every],
        "constraint_name_zh": [each.label or each.name for each in every],
        "constraint_label": [_variable_label(comparison, each.predicate.keys[0]) for each in every],
        "constraint_unit": [each.predicate.unit for each in every],
    }
    bands = [each.predicate.band for each in every]
    return {name: np.array(values, str) for name, values in texts.items()} | {
        "constraint_low": np.array([band.low for band in bands], float),
        "constraint_high": np.array([band.high for band in bands], float),
    }


def _title(constraint: Constraint) -> str:
    """Return a name for each constraint, also where several share one."""
    return f"{constraint.name}: {constraint.predicate.keys[0]}"


def _variable_label(comparison: Comparison, key: str) -> str:
    """Return the label of a variable in the first model that has it."""
    for name in comparison.scenarios:
        try:
            return comparison.element(name, key).label
        except InputError:
            continue
    return key
