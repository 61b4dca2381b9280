"""`simcounty targets`: the board of targets, of all documents or of one scenario."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcounty import catalog
from simcounty.cli import options
from simcounty.presentation.printing import Voice, decimals, print_json
from simcounty.presentation.verdicts import SIGNS
from simcounty.units import in_chinese

if TYPE_CHECKING:
    from simcounty.monitoring import TargetState
    from simcounty.scenario import Target

COLUMNS = ("document", "clause", "target", "scope", "goal", "deadline", "kind", "status", "value", "verdict")
MODEL = "county"


def targets(
    lang: options.Lang,
    scenario: Annotated[
        str | None,
        typer.Argument(metavar="[SCENARIO]", help="Show how its county stands; by default all documents."),
    ] = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """List the targets of the documents: which are judged by the model, tracked, or open."""
    voice = Voice(lang, quiet)
    found = _of_scenario(scenario) if scenario else _of_documents()
    if json:
        print_json([_record(each) for each in found])
        return
    voice.table(COLUMNS, (_row(each, voice) for each in found), right=("goal", "value"))
    counts = {status: sum(each.status == status for each in found) for status in _COUNTED}
    voice.result("board", all=len(found), **{_COUNTED[status]: count for status, count in counts.items()})


_COUNTED = {
    "judged": "judged",
    "tracked": "tracked",
    "no data": "without",
    "done": "done",
    "not done": "undone",
    "open": "open",
}


def _of_documents() -> list[TargetState]:
    from simcounty.model import load_model
    from simcounty.monitoring import monitor, targets_of
    from simcounty.scenario import load_policy

    model = load_model(catalog.find(catalog.MODEL, MODEL))
    return monitor(targets_of(load_policy(path, model) for path in catalog.names(catalog.POLICY).values()))


def _of_scenario(name: str) -> list[TargetState]:
    from simcounty.judgement import judge
    from simcounty.monitoring import monitor
    from simcounty.simulation import headline_of, simulate

    if catalog.is_region(name):
        return _of_region(name)
    plan = options.asked(name)
    verdict = judge(simulate(plan, keep=headline_of(plan)), plan.targets) if plan.targets else None
    return monitor(plan.all_targets, plan.tracked, verdict)


def _of_region(name: str) -> list[TargetState]:
    from simcounty.counties.region import load_region
    from simcounty.counties.region_run import run_region
    from simcounty.monitoring import monitor

    region = load_region(name)
    return monitor(region.all_targets, region.tracked, run_region(region).verdict.sel(scenario="plan"))


def _record(standing: TargetState) -> dict[str, Any]:
    target = standing.target
    return {
        "document": target.document,
        "clause": target.clause,
        "name": target.name,
        "scope": target.scope,
        "kind": target.kind,
        "operator": target.operator,
        "goal": goal(target),
        "unit": target.unit,
        "deadline": target.year,
        "status": standing.status,
        "label": target.label,
        "variable": target.variable or None,
        "value": standing.value,
        "year": standing.year,
        "met": standing.met,
    }


def goal(target: Target) -> float | list[float] | None:
    """Return the number a document gives, its range, or None where it gives none."""
    if math.isnan(target.goal):
        return None
    return target.goal if target.up_to is None else [target.goal, target.up_to]


def _row(standing: TargetState, voice: Voice) -> Sequence[str]:
    target = standing.target
    return (
        target.document,
        target.clause,
        target.label,
        target.scope,
        asked(target, voice),
        str(target.year or "–"),
        voice.word(f"kind_{target.kind.replace(' ', '_')}"),
        voice.word(f"status_{standing.status.replace(' ', '_')}"),
        _value(standing),
        "–" if standing.met is None else voice.word("met" if standing.met else "missed"),
    )


def asked(target: Target, voice: Voice) -> str:
    """Write what a target asks: its operator, its number or range, and its unit."""
    if target.operator == "decreasing":
        return voice.word("decreasing")
    if math.isnan(target.goal):
        return voice.word("no_number")
    sign = "" if target.operator == "between" else SIGNS.get(target.operator, target.operator)
    number = f"{target.goal:,.6g}" + ("" if target.up_to is None else f"–{target.up_to:,.6g}")
    return f"{sign} {number} {in_chinese(target.unit)}".strip()


def _value(standing: TargetState) -> str:
    if standing.value is None:
        return "–"
    scale = standing.target.goal if math.isfinite(standing.target.goal) else 1.0
    shown = f"{standing.value:,.{decimals(scale)}f}"
    return f"{shown} ({standing.year})" if standing.year not in (None, standing.target.year) else shown
