"""What is seen of a scenario while its levers are moved: verdicts as a table, trajectories as a picture."""

from __future__ import annotations

import dataclasses
import html
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from simcounty.conditions.constraints import Constraint, constraint_status, constraints_of
from simcounty.errors import Findings, InputError, RunError
from simcounty.judgement import judge
from simcounty.plot.live import LiveTrajectories
from simcounty.presentation.formatting import plain
from simcounty.presentation.messages import Language, Messages
from simcounty.presentation.tables import Column
from simcounty.presentation.verdicts import Record, target_records, verdict_table
from simcounty.scenario import Scenario, binding
from simcounty.simulation import simulate, variables_needed
from simcounty.units import in_chinese

if TYPE_CHECKING:
    import xarray as xr

MOST = 6  # panels, if nobody says which
BASELINE, PLAN, NOW = "基线", "方案", "当前"
WORDS = Messages(Language.zh)
MET, MISSED = "#1b6b3a", "#b83a16"
TABLE = "border-collapse:collapse;font-size:13px;line-height:1.5;border-top:2px solid;border-bottom:2px solid"

View = Callable[[Scenario, bool], tuple[str, bytes]]
"""Takes a scenario, and whether the figure begins afresh; returns the table as HTML, the figure as a JPEG."""


def variables_of(scenario: Scenario, keys: Sequence[str] | None, findings: Findings) -> list[str]:
    """Return the variables that are asked for, by default the first of the headline.

    What cannot be drawn is a finding.
    """
    named = [keys] if isinstance(keys, str) else list(keys or scenario.headline[:MOST])
    for key in dict.fromkeys(named):
        try:
            binding.element_of(scenario.model, key)
        except InputError as error:
            findings.append(f"variable {error}")
    if not named:
        findings.append("its file names no `headline`. Say which variables to draw.")
    return list(dict.fromkeys(named))


def view(scenario: Scenario, keys: Sequence[str], reach: Sequence[Scenario], backend: str) -> View:
    """Return what shows scenarios that differ from this one in their levers alone.

    The figure's axes hold all scenarios of `reach` that can be run.
    """
    constraints, targets = constraints_of(scenario.model), scenario.targets
    kept = _kept(scenario, keys, constraints)

    def run(*each: tuple[str, Scenario]) -> xr.Dataset:
        named = [dataclasses.replace(one, name=name) for name, one in each]
        return simulate(named, backend, keep=kept)

    first = (BASELINE, scenario.baseline)
    begin = run(first, *([(PLAN, scenario)] if scenario.levers else []), (NOW, scenario))
    begin = begin.assign_attrs(scenario=scenario.name)
    wide = [one for each in reach if (one := _run_or_none(run, each)) is not None]
    widest = _beside([begin, *wide])
    show = LiveTrajectories(begin, keys, targets, widest).draw
    baseline = judge(begin, targets).isel(scenario=[0])

    def look(now: Scenario, afresh: bool = False) -> tuple[str, bytes]:
        found = run((NOW, now))
        verdict = _beside([baseline, judge(found, targets)])
        records = target_records(verdict, targets, scenario.model)
        return table(records) + _solvency(constraints, found, now), show(found, afresh)

    return look


def _run_or_none(run: Callable[[tuple[str, Scenario]], xr.Dataset], scenario: Scenario) -> xr.Dataset | None:
    """Run one end of a lever's range, which may be no place a run comes through."""
    try:
        return run((scenario.name, scenario))
    except RunError:
        return None


def _beside(runs: Sequence[xr.Dataset]) -> xr.Dataset:
    import xarray as xr

    return xr.concat(
        runs, "scenario", data_vars="minimal", coords="minimal", compat="override", combine_attrs="override"
    )


def _kept(scenario: Scenario, keys: Sequence[str], constraints: Sequence[Constraint]) -> tuple[str, ...]:
    return variables_needed(
        scenario.model, *keys, *scenario.targets, *(each.predicate for each in constraints)
    )


def table(targets: Sequence[Record]) -> str:
    """Return the records of targets as a table in HTML."""
    if not targets:
        return f"<p>{html.escape(WORDS('no_targets'))}</p>"
    shown = verdict_table(targets, WORDS).without([WORDS.heading("assumes")])
    names = {WORDS.heading("plan"): NOW}
    rule = "border-bottom:1px solid;"
    head = "".join(
        _cell("th", names.get(each.heading, each.heading), each.right, rule) for each in shown.columns
    )
    rows = [_row(cells, shown.columns) for cells in shown.rows]
    return f'<table style="{TABLE}"><tr>{head}</tr>{"".join(rows)}</table>'


def _row(cells: Sequence[str], columns: Sequence[Column]) -> str:
    colours = {WORDS("met"): MET, WORDS("missed"): MISSED}
    styles = [f"font-weight:600;color:{colours[text]};" if text in colours else "" for text in cells]
    shown = zip(cells, columns, styles, strict=True)
    return f"<tr>{''.join(_cell('td', text, column.right, style) for text, column, style in shown)}</tr>"


def _cell(tag: str, text: str, right: bool, more: str) -> str:
    side = "right" if right else "left"
    return f'<{tag} style="text-align:{side};padding:1px 8px;{more}">{html.escape(text)}</{tag}>'


def _solvency(constraints: Sequence[Constraint], run: xr.Dataset, scenario: Scenario) -> str:
    """Say below the table how the run comes out under each constraint."""
    found = []
    for constraint in constraints:
        status = constraint_status(constraint, run)
        if status is not None:
            worst, band = status[-1], constraint.predicate.band
            bound = f"≥ {band.low:g}" if math.isfinite(band.low) else f"≤ {band.high:g}"
            colour, outcome = (MET, "satisfied") if worst.satisfied else (MISSED, "violated")
            label = scenario.model.graph.elements[worst.key].label
            unit = in_chinese(constraint.predicate.unit)
            number = f"{plain(worst.value, 3)}{unit}"
            found.append(
                f"{html.escape(label)}（{bound}）{worst.year} 年最不利 {number}，"
                f'<span style="font-weight:600;color:{colour}">{WORDS(outcome)}</span>'
            )
    return f'<p style="font-size:12px;margin:4px 8px">{"；".join(found)}</p>' if found else ""
