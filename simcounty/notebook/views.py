"""The levers that sliders move, and what is seen meanwhile: a table of verdicts, a figure of trajectories."""

from __future__ import annotations

import dataclasses
import html
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcounty.conditions.constraints import Constraint, constraint_status, constraints_of
from simcounty.errors import Findings, InputError, RunError
from simcounty.judgement import judge
from simcounty.optimise.decision import DecisionVariable, decision_variable_of
from simcounty.plot.live import LiveTrajectories
from simcounty.presentation.formatting import NumberFormat, bounds_text, format_of, plain
from simcounty.presentation.messages import Language, Messages
from simcounty.presentation.records import Record, time_unit
from simcounty.presentation.tables import Column
from simcounty.presentation.verdicts import satisfied_text, target_records, verdict_table
from simcounty.scenario import LeverPath, Scenario, binding
from simcounty.scenario.ramp import set_like, spelled
from simcounty.simulation import simulate, variables_needed
from simcounty.units import in_chinese

if TYPE_CHECKING:
    import xarray as xr


MOST_PANELS = 6  # by default
MOST_SLIDERS = 12  # by default, of the constants of a model by itself
BASELINE, PLAN, NOW = "基线", "方案", "当前"
WORDS = Messages(Language.zh)
MET, MISSED = "#1b6b3a", "#b83a16"
BOLD = "font-weight:600;color:"
TABLE = "border-collapse:collapse;font-size:13px;line-height:1.5;border-top:2px solid;border-bottom:2px solid"

View = Callable[[Scenario, bool], tuple[str, bytes]]
"""Takes a scenario, and whether the figure begins afresh; returns the table as HTML, the figure as a JPEG."""
STEPS = 100  # a slider goes over its range in at least so many
FINER = 5  # powers of ten that a step may be finer than that
EXACT = 1e-6  # of a step


def variables_of(scenario: Scenario, keys: Sequence[str] | None, findings: Findings) -> list[str]:
    """Return the variables to draw, by default the first of the headline; an unknown one is a finding."""
    named = [keys] if isinstance(keys, str) else list(keys or scenario.headline[:MOST_PANELS])
    found = dict[str, None]()
    for name in named:
        try:
            found[binding.element_of(scenario.model, name).key] = None
        except InputError as error:
            findings.append(f"variable {error}")
    if not named:
        findings.append("its file names no `headline`. Say which variables to draw.")
    return list(found)


def view_of(scenario: Scenario, keys: Sequence[str], ends: Sequence[Scenario], backend: str) -> View:
    """Return what shows scenarios that differ from this one in their levers alone.

    The figure's axes hold all scenarios of `ends` that can be run.
    """
    constraints, targets = constraints_of(scenario.model), scenario.targets
    predicates = (each.predicate for each in constraints)
    kept = variables_needed(scenario.model, *keys, *targets, *predicates)

    def run(*each: tuple[str, Scenario]) -> xr.Dataset:
        named = [dataclasses.replace(one, name=name) for name, one in each]
        return simulate(named, backend, keep=kept)

    plan = [(PLAN, scenario)] if scenario.levers else []
    first = run((BASELINE, scenario.baseline), *plan, (NOW, scenario)).assign_attrs(scenario=scenario.name)
    widest = _beside([first, *(found for each in ends if (found := _run_or_none(run, each)) is not None)])
    draw, words = LiveTrajectories(first, keys, targets, widest).draw, WORDS.counting(time_unit(first))

    baseline = judge(first, targets).isel(scenario=[0]) if targets else None

    def verdicts(found: xr.Dataset) -> str:
        if baseline is None:
            return ""
        judged = _beside([baseline, judge(found, targets)])
        return verdict_html(target_records(judged, targets, scenario.model), words)

    def view(now: Scenario, afresh: bool = False) -> tuple[str, bytes]:
        found = run((NOW, now))
        return verdicts(found) + constraint_html(constraints, found, now), draw(found, afresh)

    return view


def _run_or_none(run: Callable[[tuple[str, Scenario]], xr.Dataset], scenario: Scenario) -> xr.Dataset | None:
    """Run one end of a lever's range; None where the run fails there."""
    try:
        return run((scenario.name, scenario))
    except RunError:
        return None


def _beside(runs: Sequence[xr.Dataset]) -> xr.Dataset:
    import xarray as xr

    return xr.concat(
        runs, "scenario", data_vars="minimal", coords="minimal", compat="override", combine_attrs="override"
    )


def verdict_html(targets: Sequence[Record], words: Messages) -> str:
    """Return the records of targets as a table in HTML."""
    shown = verdict_table(targets, words).without([WORDS.heading("assumes")])
    names = {WORDS.heading("plan"): NOW}
    rule = "border-bottom:1px solid;"
    head = "".join(
        _cell("th", names.get(each.heading, each.heading), each.right, rule) for each in shown.columns
    )
    rows = [_row(cells, shown.columns) for cells in shown.rows]
    return f'<table style="{TABLE}"><tr>{head}</tr>{"".join(rows)}</table>'


def _row(cells: Sequence[str], columns: Sequence[Column]) -> str:
    colours = {WORDS("met"): MET, WORDS("missed"): MISSED}
    styles = [f"{BOLD}{colours[text]};" if text in colours else "" for text in cells]
    shown = zip(cells, columns, styles, strict=True)
    return f"<tr>{''.join(_cell('td', text, column.right, style) for text, column, style in shown)}</tr>"


def _cell(tag: str, text: str, right: bool, more: str) -> str:
    side = "right" if right else "left"
    return f'<{tag} style="text-align:{side};padding:1px 8px;{more}">{html.escape(text)}</{tag}>'


def constraint_html(constraints: Sequence[Constraint], run: xr.Dataset, scenario: Scenario) -> str:
    """Return how the run comes out under each constraint, as a paragraph in HTML."""
    found = []
    for constraint in constraints:
        if status := constraint_status(constraint, run):
            worst, band = status[-1], constraint.predicate.band
            label = html.escape(scenario.model.graph.elements[worst.key].label)
            number = f"{plain(worst.value, 3)}{in_chinese(constraint.predicate.unit)}"
            colour, outcome = MET if worst.satisfied else MISSED, satisfied_text(worst.satisfied, WORDS)
            found.append(
                f"{label}（{bounds_text(band.low, band.high)}）{worst.year} 年最不利 {number}，"
                f'<span style="{BOLD}{colour}">{outcome}</span>'
            )
    return f'<p style="font-size:12px;margin:4px 8px">{"；".join(found)}</p>' if found else ""


@dataclass(frozen=True)
class AdjustableLever:
    """A lever as a slider shows it; `initial`, `low`, `high` and `step` are in the unit of `shown_in`.

    is_constant: whether it is a constant of a model by itself, which is set for the whole run.
    """

    key: str
    label: str
    clause: str
    variable: DecisionVariable
    shown_in: NumberFormat
    initial: float
    low: float
    high: float
    is_constant: bool = False

    @property
    def step(self) -> float:
        """A round number that divides the range into a hundred or more, and from which `initial` is met.

        Sliders snap to whole steps: without that they would not begin at the lever's value.
        """
        largest = (self.high - self.low) / STEPS
        top = math.floor(math.log10(largest))
        rounds = (part * 10.0**power for power in range(top, top - FINER, -1) for part in (5, 2, 1))
        fitting = [each for each in rounds if each <= largest]
        return next((each for each in fitting if self._meets(each)), fitting[0])

    def _meets(self, step: float) -> bool:
        count = (self.initial - self.low) / step
        return abs(count - round(count)) < EXACT

    @property
    def digits(self) -> int:
        """Decimals that show a step."""
        return max(0, -math.floor(math.log10(self.step) + EXACT))

    def is_moved(self, shown: float) -> bool:
        """Return whether a slider is elsewhere than it began; snapping to the nearest step does not count."""
        return abs(shown - self.initial) > self.step / 2

    def setting(self, shown: float) -> LeverPath | float:
        """Return the lever's path that ends at a value of the slider; the number for a constant."""
        final = min(self.variable.high, max(self.variable.low, shown / self.shown_in.factor))
        if self.is_constant:
            return final
        return dataclasses.replace(set_like(self.variable.path, final), solved=False)

    def setting_to(self, shown: float) -> str:
        """Write the same as `--set` takes it: 生态搬迁=3000@2023-04-16:2025-01-01."""
        setting = self.setting(shown)
        if not isinstance(setting, LeverPath):
            return f"{self.label}={setting:.12g}"
        return f"{self.label}={spelled(self.variable.path, f'{setting.final:.12g}')}"


def levers_of(
    scenario: Scenario, keys: Iterable[str] | None, findings: Findings
) -> tuple[AdjustableLever, ...]:
    """Return the levers of these keys, by default those a plan sets where its clauses leave them open.

    Where it sets none, all that its clauses leave open. What is no lever, or has no range, is a finding. A
    model by itself has its constants for levers: by default the first of those with a range.
    """
    named = [keys] if isinstance(keys, str) else list(keys) if keys is not None else _usual(scenario)
    levers = []
    for key in dict.fromkeys(named):
        with findings.at(f"lever {key}"):
            levers.append(_lever(scenario, key))
    if not named and _is_model(scenario):
        findings.append("no constant of its model has a range. Name those that sliders are to move.")
    elif not named:
        findings.append("it has no lever. Name a document in its `policies`, or set one under `[levers]`.")
    return tuple(levers)


def _is_model(scenario: Scenario) -> bool:
    """Return whether a scenario is of a model by itself, without county and documents."""
    return not (scenario.policies or scenario.county.title)


def _usual(scenario: Scenario) -> list[str]:
    if _is_model(scenario):
        ranged = (key for key in scenario.model.free if _range(scenario, key))
        keys = dict.fromkeys([*scenario.levers, *ranged])
        return list(keys)[:MOST_SLIDERS]
    free = [key for key, lever in scenario.clause_levers.items() if lever.setting is None]
    own = [key for key in scenario.levers if key in free or key not in scenario.clause_levers]
    return sorted(own, key=lambda key: free.index(key) if key in free else len(free)) or free


def _range(scenario: Scenario, key: str) -> tuple[float, float] | None:
    """Return the range of a constant; None where the model file gives none."""
    low, high = scenario.limits(key).low, scenario.limits(key).high
    return None if low is None or high is None or low >= high else (low, high)


def _constant(scenario: Scenario, name: str) -> DecisionVariable:
    """Return a constant of a model by itself as what a slider moves.

    One that the file gives no range goes from nought to twice its value.
    """
    constant = binding.constant_of(scenario.model, name)
    if constant.key in scenario.model.graph.clock.reads:
        raise InputError(scenario.model.graph.clock.why_fixed)
    usual = sorted((0.0, 2.0 * constant.value))
    low, high = _range(scenario, constant.key) or usual
    if low >= high:
        raise InputError("is 0 and has no range. Give it one in the model file.")
    path = LeverPath(constant.key, (scenario.years.start,), (constant.value,))
    return DecisionVariable(path, low, high, constant.value)


def _lever(scenario: Scenario, name: str) -> AdjustableLever:
    key = binding.constant_of(scenario.model, name).key
    is_constant = _is_model(scenario) and key not in scenario.levers
    variable = _constant(scenario, name) if is_constant else decision_variable_of(scenario, name)
    constant = scenario.model.constants[key]
    shown_in = format_of(constant.unit, constant.label, [variable.low, variable.high])
    initial = scenario.levers[key].final if key in scenario.levers else constant.value
    clause = scenario.clause_levers[key].clause if key in scenario.clause_levers else ""
    initial, low, high = (shown_in.factor * each for each in (initial, variable.low, variable.high))
    return AdjustableLever(
        key, constant.label, clause, variable, shown_in, initial, low, high, is_constant=is_constant
    )


def adjusted(scenario: Scenario, levers: Iterable[AdjustableLever], shown: Mapping[str, float]) -> Scenario:
    """Return a scenario with its levers at the values of sliders; one not moved keeps its own path."""
    moved = {each.key: each.setting(shown[each.key]) for each in levers if each.is_moved(shown[each.key])}
    return scenario.replace(moved) if moved else scenario


def extremes(scenario: Scenario, levers: Iterable[AdjustableLever]) -> list[Scenario]:
    """Return a scenario with each lever alone at either end of its range."""
    return [
        dataclasses.replace(scenario.replace({each.key: each.setting(end)}), name=f"{each.key} {end:g}")
        for each in levers
        for end in (each.low, each.high)
    ]
