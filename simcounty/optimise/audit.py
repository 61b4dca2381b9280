"""Plan audits: can any setting of the levers that a plan leaves open meet all its targets at once?"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from simcounty.conditions.constraints import constraint_status, constraints_of, years_bounded
from simcounty.dataset import provenance
from simcounty.errors import Findings, InputError
from simcounty.judgement import judge
from simcounty.optimise.attainable import (
    AttainableRanges,
    AuditDraws,
    JointSetting,
    Progress,
    attainable_ranges,
    audit_draws,
    joint_setting,
    nothing_searched,
)
from simcounty.optimise.decision import DecisionSpace, count_draws, decision_variable_of
from simcounty.optimise.global_search import each_reset
from simcounty.optimise.outcomes import Conditions, Flags, Outcomes, outcomes_at, outcomes_of
from simcounty.optimise.pattern_search import Floats
from simcounty.optimise.required_pace import required_pace
from simcounty.scenario import Scenario
from simcounty.scenario.target import target_columns
from simcounty.simulation import simulate
from simcounty.sweeps.futures import TARGET_FIELDS
from simcounty.sweeps.probabilities import QUANTILES, probability_of

DRAWS = 1000
"""Draws that settings are scored on, unless said otherwise."""

BASELINE, PLAN, TOGETHER = "baseline", "plan", "together"

Columns = dict[str, tuple[tuple[str, ...], Any]]


def audit(
    scenario: Scenario,
    n: int = DRAWS,
    *,
    seed: int = 0,
    uncertainties: str | Path | None = None,
    progress: Progress = lambda stage: None,
) -> xr.Dataset:
    """Search the levers that a plan leaves open for settings that meet its targets, alone and all at once.

    A lever is open if a clause names it and fixes no number for it. Return a Dataset of these settings:
    "baseline"; "plan"; for each target "best …", the best found at the central inputs, and "feasible …", the
    best that satisfies all constraints, if it is another; and "together", which meets most targets at once
    over draws of what is uncertain. Each is scored on `n` other draws: a probability is a fraction of these,
    with its standard_error, and low and high, Wilson's 95 % interval. By `setting` and

    * `target`: value, margin and met, at the central inputs; probability, of meeting the target, and
      feasible_probability, of meeting it with all constraints satisfied; spread, the value by `quantile`;
    * `constraint`: worst, worst_year and satisfied, at the central inputs; constraint_probability;
    * `lever`: lever_value, its final value; contribution, what the target of a "best" or "feasible" setting
      loses, in its unit, when this lever alone is reset to where the plan has it;
    * nothing else: all_constraints_probability; joint_probability and joint_feasible_probability, of all
      targets at once; sought_…, of those that "together" was searched for, in the attribute `sought_for`.

    By `target`: attainable, "feasible", "infeasible" (only with a constraint violated) or "no"; best_setting,
    feasible_setting; lowest and highest of all settings tried; required_per_year, what the goal asks a year
    since … until …, and observed_per_year. By `target` and `other`: pair, whether both can be met at once:
    "feasible", "infeasible", "conflict", or "unattainable" where one cannot be met alone; best_with, how far
    the target gets in a conflict while the other is met.

    uncertainties: a TOML file of what is uncertain; by default what the county and policy files say.
    progress: called with the label of each target when its search begins, then with "".
    Raise InputError for a scenario without targets, and for open levers that cannot be searched.
    """
    space = _open_space(scenario)
    draws = audit_draws(scenario, n, seed, Path(uncertainties) if uncertainties else None)
    return _dataset(_searched(space, draws, seed, progress)).assign_attrs(seed=seed)


def _searched(space: DecisionSpace, draws: AuditDraws | None, seed: int, progress: Progress) -> _Audit:
    """Search for each target alone, then for all at once; without open levers nothing is searched."""
    if not space.variables:
        return _Audit(space, draws, nothing_searched(space))
    ranges = attainable_ranges(space, seed, progress)
    progress("")
    return _Audit(space, draws, ranges, joint_setting(space, ranges, draws.search if draws else None, seed))


def _open_space(scenario: Scenario) -> DecisionSpace:
    """Return the decision space of the levers that a clause gives the county and fixes no number for."""
    findings = Findings()
    variables = []
    for key, lever in scenario.clause_levers.items():
        if lever.setting is None:
            with findings.at(f"lever {key}"):
                variables.append(decision_variable_of(scenario, key))
    if not scenario.targets:
        findings.append(
            "it has no targets; name in `policies` a document that sets some for its county, or write "
            "[[target]]."
        )
    findings.raise_as(InputError, f"{scenario.name}: it cannot be audited:")
    ends = (scenario.years.start, scenario.years.end)
    constraints = tuple(each for each in constraints_of(scenario.model) if years_bounded(each, *ends))
    return DecisionSpace(scenario, tuple(variables), scenario.targets, constraints)


@dataclass(frozen=True, eq=False)
class _Audit:
    """What was searched, on which draws, and what was found."""

    space: DecisionSpace
    draws: AuditDraws | None
    ranges: AttainableRanges
    joint: JointSetting | None = None

    @property
    def points(self) -> dict[str, Floats]:
        """The settings found, by name."""
        return {**self.ranges.points, **({TOGETHER: self.joint.point} if self.joint else {})}

    @cached_property
    def settings(self) -> dict[str, Scenario]:
        """All settings that are scored, by name."""
        scenario = self.space.scenario
        found = {name: self.space.scenario_at(point, name) for name, point in self.points.items()}
        return {BASELINE: scenario.baseline, PLAN: scenario, **found}

    @property
    def attributes(self) -> dict[str, Any]:
        """How much was tried, and what "together" was searched for."""
        names = [target.name for target in self.space.targets]
        conditions = self.joint.conditions if self.joint else Conditions((), feasible=False)
        return {
            "draws": len(self.draws.scoring) if self.draws else 0,
            "search_draws": count_draws(self.draws.search) if self.draws else 0,
            "settings_tried": self.ranges.tried,
            "settings_tried_over_draws": self.joint.tried if self.joint and self.draws else 0,
            "sought_for": json.dumps([names[i] for i in conditions.targets]),
            "sought_feasible": int(conditions.feasible),
        }


def _dataset(audited: _Audit) -> xr.Dataset:
    """Return the Dataset of an audit; see `audit`."""
    space = audited.space
    run = simulate(list(audited.settings.values()), keep=space.needed)
    names = [target.name for target in space.targets]
    about = target_columns(space.targets)
    coords = {
        "setting": list(audited.settings),
        "target": names,
        "other": names,
        "constraint": [each.predicate.variable for each in space.constraints],
        "lever": space.keys,
        "quantile": list(QUANTILES),
        **{name: ("target", about[name]) for name in (*TARGET_FIELDS, "up_to")},
    }
    made = provenance(
        space.scenario.model, [space.scenario], "compiled", run.attrs["integrator"], run.attrs["time_step"]
    )
    columns = {
        **_central(space, run),
        **_probabilities(audited),
        **_levers(audited),
        **_attainable(audited),
        **_required_pace(space, run.isel(scenario=0)),
    }
    return xr.Dataset(columns, coords, made | audited.attributes)


def _central(space: DecisionSpace, run: xr.Dataset) -> Columns:
    """Return what every setting gives at the central inputs, and where it is worst for the constraints."""
    verdict = judge(run, space.targets).transpose("scenario", "target", ...)
    worst = [constraint_status(each, run) or () for each in space.constraints]
    per_constraint = ("setting", "constraint")

    def table(field: str, kind: type) -> Any:
        cells = [[getattr(each, field) for each in row] for row in worst]
        return np.array(cells, kind).reshape(len(worst), run.sizes["scenario"]).T

    variables = space.scenario.model.variables
    labels = [variables[each.predicate.variable][0].label for each in space.constraints]
    return {
        **{name: (("setting", "target"), verdict[name].values) for name in ("value", "margin", "met")},
        "worst": (per_constraint, table("value", float)),
        "worst_year": (per_constraint, table("year", int)),
        "satisfied": (per_constraint, table("satisfied", bool)),
        "constraint_label": (("constraint",), np.array(labels, str)),
    }


def _probabilities(audited: _Audit) -> Columns:
    """Return how probable every setting meets targets and constraints, on draws that no search has used."""
    space, settings = audited.space, audited.settings
    everything = tuple(range(len(space.targets)))
    sought = audited.joint.conditions.targets if audited.joint else everything
    events: Mapping[str, tuple[tuple[str, ...], Callable[[Outcomes], Flags]]] = {
        "": (("target",), lambda found: found.met),
        "feasible_": (("target",), lambda found: found.met & found.feasible[..., None]),
        "constraint_": (("constraint",), lambda found: found.satisfied),
        "all_constraints_": ((), lambda found: found.feasible),
        "joint_": ((), Conditions(everything, feasible=False).hold),
        "joint_feasible_": ((), Conditions(everything, feasible=True).hold),
        "sought_": ((), Conditions(sought, feasible=False).hold),
        "sought_feasible_": ((), Conditions(sought, feasible=True).hold),
    }
    draws = audited.draws.scoring if audited.draws else None
    found = [outcomes_of(space, each, draws) for each in settings.values()] if draws else []
    sizes = {"target": len(everything), "constraint": len(space.constraints)}
    columns: Columns = {}
    for prefix, (dims, event) in events.items():
        shape = (len(settings), *(sizes[dim] for dim in dims))
        rows = [_fractions(event(each)[0]) for each in found]
        for field in probability_of(np.zeros(0, bool)):
            cells = np.array([row[field] for row in rows]) if rows else np.full(shape, np.nan)
            columns[prefix + field] = (("setting", *dims), cells.reshape(shape))
    spread = [np.nanquantile(each.values[0], QUANTILES, axis=0) for each in found]
    unknown = np.full((len(settings), len(QUANTILES), len(everything)), np.nan)
    columns["spread"] = (("setting", "quantile", "target"), np.array(spread) if found else unknown)
    return columns


def _fractions(flags: Flags) -> dict[str, Any]:
    """Return the fraction of draws (draws, …) in which something holds, and its errors, each (…)."""
    cells = [probability_of(column) for column in flags.reshape(len(flags), -1).T]
    fields = probability_of(np.zeros(0, bool))
    return {name: np.array([each[name] for each in cells]).reshape(flags.shape[1:]) for name in fields}


def _levers(audited: _Audit) -> Columns:
    """Return the final values of the open levers in every setting, their ranges, and their contributions."""
    space = audited.space
    points = {BASELINE: space.default, PLAN: space.plan, **audited.points}
    values, contributions = np.full((2, len(points), len(space.variables)), np.nan)
    ranges = audited.ranges
    sought = {name: i for names in (ranges.best, ranges.feasible) for i, name in enumerate(names)}
    for row, (name, point) in enumerate(points.items()):
        values[row] = [each.values_at(at) for each, at in zip(space.variables, point, strict=True)]
        if (i := sought.get(name)) is not None:
            margins = outcomes_at(space, np.vstack([point, each_reset(point, space.plan)])).margins[:, 0, i]
            contributions[row] = (margins[0] - margins[1:]) * space.scales[i]
    constants = [space.scenario.model.constants[key] for key in space.keys]
    return {
        "lever_value": (("setting", "lever"), values),
        "contribution": (("setting", "lever"), contributions),
        "lever_low": (("lever",), np.array([each.low for each in space.variables], float)),
        "lever_high": (("lever",), np.array([each.high for each in space.variables], float)),
        "lever_label": (("lever",), np.array([each.label for each in constants], str)),
        "lever_unit": (("lever",), np.array([each.unit for each in constants], str)),
    }


def _attainable(audited: _Audit) -> Columns:
    """Return what the searches found of the targets at the central inputs, alone and in pairs."""
    ranges = audited.ranges
    return {
        "attainable": (("target",), np.array(ranges.attainable, str)),
        "best_setting": (("target",), np.array(ranges.best, str)),
        "feasible_setting": (("target",), np.array(ranges.feasible, str)),
        "lowest": (("target",), ranges.low),
        "highest": (("target",), ranges.high),
        "pair": (("target", "other"), ranges.pairs),
        "best_with": (("target", "other"), ranges.best_with),
    }


def _required_pace(space: DecisionSpace, baseline: xr.Dataset) -> Columns:
    """Return what targets ask a year, and what was observed, padded with NaN to one length along `period`."""
    paces = [required_pace(space.scenario, target, baseline) for target in space.targets]
    periods = np.full((3, len(paces), max(len(pace.observed) for pace in paces)), np.nan)
    for row, pace in enumerate(paces):
        for place, each in enumerate(pace.observed):
            periods[:, row, place] = each.start, each.end, each.per_year
    observed = dict(zip(("start", "end", "per_year"), periods, strict=True))
    return {
        "pace_unit": (("target",), np.array([pace.unit for pace in paces], str)),
        "required_per_year": (("target",), np.array([pace.per_year for pace in paces])),
        "since": (("target",), np.array([pace.since.year for pace in paces])),
        "since_value": (("target",), np.array([pace.since.value for pace in paces])),
        "since_observed": (("target",), np.array([pace.since.observed for pace in paces])),
        "since_met": (("target",), np.array([pace.since.met for pace in paces])),
        "until": (("target",), np.array([pace.until for pace in paces])),
        **{f"observed_{name}": (("target", "period"), cells) for name, cells in observed.items()},
    }
