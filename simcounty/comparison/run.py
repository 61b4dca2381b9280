"""The runs behind a comparison: scenarios of one model and the same years run together."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from simcounty.comparison.request import Asked
from simcounty.conditions.constraints import Constraint, constraint_status
from simcounty.dataset import provenance
from simcounty.errors import Findings, InputError
from simcounty.judgement import judge
from simcounty.scenario import Target
from simcounty.scenario.binding import converted
from simcounty.scenario.target import target_columns
from simcounty.simulation import simulate, variables_needed

if TYPE_CHECKING:
    import xarray as xr


def runs_of(asked: Asked) -> dict[str, xr.Dataset]:
    """Return the run of each scenario, with what is compared of it and the stocks that add up its years."""
    found: dict[str, xr.Dataset] = {}
    for labels in _together(asked):
        scenarios = [asked.scenarios[label] for label in labels]
        run = simulate(scenarios, keep=_kept(asked, labels))
        found |= {label: run.isel(scenario=i) for i, label in enumerate(labels)}
    return {label: found[label] for label in asked.scenarios}


def _together(asked: Asked) -> list[list[str]]:
    """Return the scenarios in groups of one model and the same years."""
    groups: dict[object, list[str]] = {}
    for label, scenario in asked.scenarios.items():
        groups.setdefault((scenario.model.hash, scenario.years), []).append(label)
    return list(groups.values())


def _kept(asked: Asked, labels: list[str]) -> tuple[str, ...]:
    targets = [target for label in labels for target in asked.targets[label]]
    predicates = [each.predicate for label in labels for each in asked.constraints[label]]
    keys = [*asked.variables, *filter(None, [asked.per])]
    return variables_needed(asked.scenarios[labels[0]].model, *keys, *targets, *predicates)


def attributes(asked: Asked, runs: dict[str, xr.Dataset]) -> dict[str, object]:
    """Say what a comparison was made from."""
    first = next(iter(runs.values())).attrs
    scenarios = [dataclasses.replace(each, name=label) for label, each in asked.scenarios.items()]
    models = {each.model.hash: each.model.path.name for each in scenarios}
    made_by = (first["backend"], first["integrator"], first["time_step"])
    return {
        **provenance(scenarios[0].model, scenarios, *made_by),
        "model": ", ".join(models.values()),
        "model_hash": ", ".join(models),
        "years": ", ".join(map(str, asked.years)),
        "per": asked.element(next(iter(asked.scenarios)), asked.per).label if asked.per else "",
    }


FIELDS = ("value", "goal", "margin")
ABOUT = ("label", "clause", "document", "operator", "unit", "year", "up_to")


def verdicts_of(asked: Asked, runs: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Return value, goal, margin, met and difference by scenario and target; nan where it is not judged."""
    named = _first_of_name(asked)
    table = {field: np.full((len(runs), len(named)), np.nan) for field in FIELDS}
    met = np.zeros((len(runs), len(named)), bool)
    places, findings = list(named), Findings()
    for row, (label, targets) in enumerate(asked.targets.items()):
        for target in targets:
            place = places.index(target.name)
            try:
                found = judge(runs[label], [_in_unit(target, named[target.name].unit)]).isel(target=0)
            except InputError as error:
                findings.append(f"{label}: {error}")
                continue
            for field in FIELDS:
                table[field][row, place] = float(found[field])
            met[row, place] = bool(found.met)
    findings.raise_as(InputError, "these targets cannot be compared:")
    return _laid_out(asked, named, table, met)


def _first_of_name(asked: Asked) -> dict[str, Target]:
    """Return every target by its name, as the first scenario that has it gives it."""
    named: dict[str, Target] = {}
    for targets in asked.targets.values():
        for target in targets:
            named.setdefault(target.name, target)
    order = dict.fromkeys(target.name for each in asked.scenarios.values() for target in each.targets)
    return {name: named[name] for name in order if name in named}


def _in_unit(target: Target, unit: str) -> Target:
    """Return a target in the unit another scenario gives it in."""
    if target.unit == unit:
        return target
    goal, most = (
        each if each is None else converted(each, target.unit, unit) for each in (target.goal, target.up_to)
    )
    assert goal is not None, "a goal is a number or nan"
    return dataclasses.replace(target, goal=goal, up_to=most, unit=unit)


def _laid_out(
    asked: Asked, named: Mapping[str, Target], table: dict[str, Any], met: np.ndarray[Any, Any]
) -> xr.Dataset:
    dims = ("scenario", "target")
    about = target_columns(
        dataclasses.replace(target, label=_label(asked, target)) for target in named.values()
    )
    return xr.Dataset(
        {name: (dims, values) for name, values in table.items()}
        | {"met": (dims, met), "value_difference": (dims, table["value"] - table["value"][:1])},
        coords={
            "scenario": list(asked.scenarios),
            "target": list(named),
            "target_variable": ("target", about["variable"]),
            **{name: ("target", about[name]) for name in ABOUT},
        },
    )


def _label(asked: Asked, target: Target) -> str:
    """Return what a target is called; where scenarios call it differently, what its variable is."""
    labels = {own.label for targets in asked.targets.values() for own in targets if own.name == target.name}
    if len(labels) == 1:
        return target.label
    label = next(label for label, targets in asked.targets.items() if target in targets)
    return asked.element(label, target.variable).label


def constraints_satisfied(asked: Asked, runs: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Return the worst year of each run under each constraint: worst, worst_year, kept.

    What a run holds no year of is nan, and kept.
    """
    constraints = {_called(each): each for own in asked.constraints.values() for each in own}
    shape = (len(runs), len(constraints))
    worst, year, kept = np.full(shape, np.nan), np.full(shape, np.nan), np.ones(shape, bool)
    places = list(constraints)
    for row, (label, run) in enumerate(runs.items()):
        for constraint in asked.constraints[label]:
            status = constraint_status(constraint, run.expand_dims("scenario"))
            if status:
                place = places.index(_called(constraint))
                worst[row, place], year[row, place] = status[0].value, status[0].year
                kept[row, place] = status[0].satisfied
    dims = ("scenario", "line")
    bands = [each.predicate.band for each in constraints.values()]
    texts = {
        "line_name": [each.name for each in constraints.values()],
        "line_label": [each.label or each.name for each in constraints.values()],
        "line_variable": [_measured(asked, each.predicate.keys[0]) for each in constraints.values()],
        "line_unit": [each.predicate.unit for each in constraints.values()],
    }
    return xr.Dataset(
        {"worst": (dims, worst), "worst_year": (dims, year), "kept": (dims, kept)},
        coords={
            "scenario": list(asked.scenarios),
            "line": places,
            **{name: ("line", np.array(values, str)) for name, values in texts.items()},
            "line_low": ("line", [band.low for band in bands]),
            "line_high": ("line", [band.high for band in bands]),
        },
    )


def _called(constraint: Constraint) -> str:
    """Return a name for each constraint, also where several share one."""
    return f"{constraint.name}: {constraint.predicate.keys[0]}"


def _measured(asked: Asked, key: str) -> str:
    """Return what a constraint's variable is called."""
    for label in asked.scenarios:
        try:
            return asked.element(label, key).label
        except InputError:
            continue
    return key
