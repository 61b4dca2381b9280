"""Plan audits: can any setting of the levers that a plan leaves open meet all its targets at once?"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from simcounty.conditions.constraints import constraint_status
from simcounty.dataset import provenance
from simcounty.judgement import judge
from simcounty.optimise.attainable import Reach, Watch, reach_of
from simcounty.optimise.evaluate import Box, Flags, Outcomes, box_of, holding
from simcounty.optimise.global_search import put_back
from simcounty.optimise.pattern_search import Floats
from simcounty.optimise.required_pace import Fact, fact_of
from simcounty.optimise.robust import AtOnce, Drawn, at_once, drawn_for
from simcounty.scenario import Scenario
from simcounty.scenario.target import target_columns
from simcounty.simulation import simulate
from simcounty.sweeps.futures import TARGET_FIELDS
from simcounty.sweeps.probabilities import QUANTILES, probability_of

if TYPE_CHECKING:
    import xarray as xr


BASELINE, PLAN, TOGETHER = "baseline", "plan", "together"

Rows = dict[str, tuple[tuple[str, ...], Any]]


def points_of(box: Box, reach: Reach | None, joint: AtOnce | None) -> dict[str, Floats]:
    """Return the settings found, by name: for each target the best, and the best that keeps all lines."""
    points: dict[str, Floats] = {}
    if reach:
        for i, target in enumerate(box.problem.targets):
            points[f"best {target.name}"] = reach.best[i]
            if i in reach.paid and not np.array_equal(reach.paid[i], reach.best[i]):
                points[f"paid {target.name}"] = reach.paid[i]
    return points | ({TOGETHER: joint.point} if joint else {})


def laid_out(box: Box, reach: Reach | None, joint: AtOnce | None, drawn: Drawn | None) -> xr.Dataset:
    """Return the Dataset of an audit; see `audit`."""
    scenario, points = box.problem.scenario, points_of(box, reach, joint)
    found = {name: box.scenario_at(point, name) for name, point in points.items()}
    settings = {BASELINE: scenario.baseline, PLAN: scenario, **found}
    run = simulate(list(settings.values()), keep=box.kept)
    rows: Rows = {
        **_central(box, run),
        **_over_draws(box, list(settings.values()), joint, drawn),
        **_levers(box, points),
        **_reach(box, reach, points),
        **_facts([fact_of(scenario, target, run.isel(scenario=0)) for target in box.problem.targets]),
    }
    coords = {
        "setting": list(settings),
        "target": [target.name for target in box.problem.targets],
        "other": [target.name for target in box.problem.targets],
        "line": [each.predicate.variable for each in box.constraints],
        "lever": box.keys,
        "quantile": list(QUANTILES),
        **_targets(box),
    }
    made = provenance(scenario.model, [scenario], "compiled", run.attrs["integrator"], run.attrs["time_step"])
    return xr.Dataset(rows, coords=coords, attrs=made | _counts(box, reach, joint, drawn))


def _targets(box: Box) -> Rows:
    columns = target_columns(box.problem.targets)
    return {name: (("target",), columns[name]) for name in (*TARGET_FIELDS, "up_to")}


def _central(box: Box, run: xr.Dataset) -> Rows:
    """Return what every setting gives at the central inputs, and how it comes out under the constraints."""
    verdict = judge(run, box.problem.targets).transpose("scenario", "target", ...)
    statuses = [constraint_status(each, run) or () for each in box.constraints]
    per_target, per_line = ("setting", "target"), ("setting", "line")

    def told(field: str, kind: type) -> Any:
        cells = [[getattr(each, field) for each in status] for status in statuses]
        return np.array(cells, kind).reshape(len(statuses), run.sizes["scenario"]).T

    return {
        "value": (per_target, verdict.value.values),
        "margin": (per_target, verdict.margin.values),
        "met": (per_target, verdict.met.values),
        "worst": (per_line, told("value", float)),
        "worst_year": (per_line, told("year", int)),
        "kept": (per_line, told("satisfied", bool)),
        "line_label": (("line",), _labels(box)),
    }


def _labels(box: Box) -> Any:
    """Return what the constraints are called: their variables' labels."""
    variables = box.problem.scenario.model.variables
    return np.array([variables[each.predicate.variable][0].label for each in box.constraints], str)


def _over_draws(box: Box, settings: Sequence[Scenario], joint: AtOnce | None, drawn: Drawn | None) -> Rows:
    """Return how likely every setting meets what is asked, on draws that no setting was sought on."""
    everything = tuple(range(len(box.problem.targets)))
    sought = joint.targets if joint else everything
    shares: Mapping[str, tuple[tuple[str, ...], Callable[[Outcomes], Flags]]] = {
        "": (("target",), lambda found: found.met),
        "paid_": (("target",), lambda found: found.met & found.kept.all(axis=-1, keepdims=True)),
        "line_": (("line",), lambda found: found.kept),
        "kept_": ((), lambda found: holding(found, (), paid=True)),
        "joint_": ((), lambda found: holding(found, everything, paid=False)),
        "joint_paid_": ((), lambda found: holding(found, everything, paid=True)),
        "sought_": ((), lambda found: holding(found, sought, paid=False)),
        "sought_paid_": ((), lambda found: holding(found, sought, paid=True)),
    }
    found = [box.outcomes_of(each, drawn.unseen) for each in settings] if drawn else []
    rows: Rows = {}
    for prefix, (dims, flags) in shares.items():
        sizes = {"target": len(everything), "line": len(box.constraints)}
        shape = [len(settings), *(sizes[dim] for dim in dims)]
        told = [_shares(flags(each)[0]) for each in found]
        for field in probability_of(np.zeros(0, bool)):
            cells = np.array([each[field] for each in told]) if told else np.full(shape, np.nan)
            rows[prefix + field] = (("setting", *dims), cells.reshape(shape))
    spread = [np.nanquantile(each.values[0], QUANTILES, axis=0) for each in found]
    empty = np.full((len(settings), len(QUANTILES), len(everything)), np.nan)
    rows["spread"] = (("setting", "quantile", "target"), np.array(spread) if found else empty)
    return rows


def _shares(flags: Flags) -> dict[str, Any]:
    """Return the shares of draws (draws, …) in which something holds, and their errors, each (…)."""
    cells = [probability_of(column) for column in flags.reshape(len(flags), -1).T]
    fields = probability_of(np.zeros(0, bool))
    return {name: np.array([each[name] for each in cells]).reshape(flags.shape[1:]) for name in fields}


def _levers(box: Box, points: Mapping[str, Floats]) -> Rows:
    """Return where the open levers end in every setting, their ranges, and what each brings a best setting.

    That is what the target loses, in its unit, when the lever alone goes back to where the plan has it.
    """
    every = [box.default, box.plan, *points.values()]
    values = [[float(dial.values_at(share)) for dial, share in zip(box.dials, x, strict=True)] for x in every]
    constants = box.problem.scenario.model.constants
    places = {target.name: i for i, target in enumerate(box.problem.targets)}
    brings = np.full((len(every), len(box.dials)), np.nan)
    for row, (name, point) in enumerate(points.items(), 2):
        kind, _, target = name.partition(" ")
        if kind in ("best", "paid"):
            margins = box.outcomes(np.vstack([point, put_back(point, box.plan)])).margins[
                :, 0, places[target]
            ]
            brings[row] = (margins[0] - margins[1:]) * box.problem.scales[places[target]]
    return {
        "lever_value": (("setting", "lever"), np.array(values).reshape(len(every), len(box.dials))),
        "brings": (("setting", "lever"), brings),
        "lever_low": (("lever",), np.array([dial.low for dial in box.dials], float)),
        "lever_high": (("lever",), np.array([dial.high for dial in box.dials], float)),
        "lever_label": (("lever",), np.array([constants[key].label for key in box.keys], str)),
        "lever_unit": (("lever",), np.array([constants[key].unit for key in box.keys], str)),
    }


def _reach(box: Box, reach: Reach | None, points: Mapping[str, Floats]) -> Rows:
    """Return what the searches say of the targets at the central inputs, alone and in pairs."""
    targets = box.problem.targets
    count = len(targets)
    pairs = np.full((count, count), "", dtype="<U8")
    beside = np.full((count, count), np.nan)
    nothing = np.full(count, np.nan)
    for (i, j), met in (reach.pairs if reach else {}).items():
        pairs[i, j] = pairs[j, i] = met
    for (i, j), value in (reach.beside if reach else {}).items():
        beside[i, j] = value
    best = [f"best {each.name}" if reach else "" for each in targets]
    paid = [name.replace("best", "paid", 1) for name in best]
    kept = [i in reach.paid if reach else False for i in range(count)]
    chosen = zip(best, paid, kept, strict=True)
    return {
        "reached": (("target",), np.array(reach.reached if reach else [""] * count, str)),
        "best_setting": (("target",), np.array(best, str)),
        "paid_setting": (
            ("target",),
            np.array([(p if p in points else b) if k else "" for b, p, k in chosen]),
        ),
        "lowest": (("target",), reach.low if reach else nothing),
        "highest": (("target",), reach.high if reach else nothing),
        "pair": (("target", "other"), pairs),
        "beside": (("target", "other"), beside),
    }


def _facts(facts: Sequence[Fact]) -> Rows:
    """Return what targets ask for a year, and the record, padded with nan to one length."""
    most = max(len(fact.record) for fact in facts)
    steps = [[*fact.record, *[None] * (most - len(fact.record))] for fact in facts]

    def record(field: str) -> Any:
        cells = [[getattr(step, field) if step else math.nan for step in row] for row in steps]
        return np.array(cells, float).reshape(len(facts), most)

    since = [fact.since for fact in facts]
    return {
        "pace": (("target",), np.array([fact.pace for fact in facts], str)),
        "per_year": (("target",), np.array([fact.per_year for fact in facts])),
        "since": (("target",), np.array([each.year if each else math.nan for each in since])),
        "since_value": (("target",), np.array([each.value if each else math.nan for each in since])),
        "since_observed": (("target",), np.array([bool(each and each.observed) for each in since])),
        "since_met": (("target",), np.array([bool(each and each.met) for each in since])),
        "until": (("target",), np.array([fact.until for fact in facts])),
        **{f"record_{name}": (("target", "record"), record(name)) for name in ("start", "end", "per_year")},
    }


def _counts(box: Box, reach: Reach | None, joint: AtOnce | None, drawn: Drawn | None) -> dict[str, Any]:
    sought = len(next(iter(drawn.sought.values()))) if drawn else 0
    names = [target.name for target in box.problem.targets]
    return {
        "draws": drawn.count if drawn else 0,
        "sought_on": sought,
        "settings_tried": reach.tried if reach else 0,
        "settings_over_draws": joint.tried if joint and drawn else 0,
        "sought_for": json.dumps([names[i] for i in joint.targets] if joint else []),
        "sought_paid": int(joint.paid) if joint else 0,
    }


__all__ = ["DRAWS", "audit"]

DRAWS = 1000
"""Draws that settings are scored on, unless said otherwise."""


def audit(
    scenario: Scenario,
    n: int = DRAWS,
    *,
    seed: int = 0,
    uncertainties: str | Path | None = None,
    watch: Watch = lambda stage: None,
) -> xr.Dataset:
    """Search every setting of the levers a plan leaves open for those that meet its targets.

    The levers are those that a clause gives the county and fixes no number for, each within the clause's
    range, on the path goal seeking gives it. What a search finds is a lower bound of what can be reached.
    Along `setting`: "baseline"; "plan"; for each target "best …" at the central inputs and, where that breaks
    a line beside the verdicts, "paid …", the best that keeps them all; and "together", which meets most at
    once over draws of what is uncertain. For each setting
    by `target`: value, margin, met at the central inputs; over `n` draws on which nothing was sought
        probability, standard_error, low, high (Wilson's 95 % interval), the same with all lines kept as
        paid_…, and spread by `quantile`;
    by `line`: worst, worst_year, kept; line_probability, …; and of all lines kept_probability, …;
    by `lever`: lever_value, and what it brings the target of a "best" or "paid" setting;
    of all targets at once: joint_probability, …, with all lines kept joint_paid_…; of those that "together"
        was sought for, named by the attribute `sought_for`: sought_…, sought_paid_….
    By `target` alone: reached ("paid", "unpaid" or "no"), lowest and highest of all settings tried, and the
    arithmetic of its goal: per_year since … until, and record_…. By `target` and `other`: pair ("paid",
    "unpaid", "conflict", "alone"), and beside, how far a target gets while the other one is met.
    What is uncertain: what the county and policy files say, or a TOML file. Without it nothing has a
    probability; without open levers nothing is sought. `watch` is told each target in its turn, then "".
    Raises InputError for a scenario without targets, and for open levers that cannot be searched.
    """
    box = box_of(scenario)
    drawn = drawn_for(scenario, n, seed, Path(uncertainties) if uncertainties else None)
    if not box.dials:
        return laid_out(box, None, None, drawn).assign_attrs(seed=seed)
    reach = reach_of(box, seed, watch)
    watch("")
    joint = at_once(box, reach, drawn, seed)
    return laid_out(box, reach, joint, drawn).assign_attrs(seed=seed)
