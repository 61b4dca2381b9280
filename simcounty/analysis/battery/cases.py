"""Binding one check: its kind, its runs, its question and its predicates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from simcounty.analysis.battery.changes import laid_over
from simcounty.analysis.battery.kinds import KINDS
from simcounty.analysis.battery.predicates import bind_predicate
from simcounty.analysis.battery.records import Case, Predicate
from simcounty.analysis.battery.shapes import CheckShape
from simcounty.scenario import Scenario
from simcounty.scenario.files import Findings, collected

PLAIN = "scenario"
ALWAYS = ("finite", "balances")  # what holds of every run, or nothing does
NUMBER = re.compile(r"\d")


def bind_case(shape: CheckShape, base: Scenario, findings: Findings, where: str) -> Case:
    """Bind one check; what does not fit is left out and becomes a finding that begins with `where`."""
    kind = _kind(shape, findings, where)
    run = laid_over(base, shape.scenario or {}, shape.it, findings, f"{where}, scenario")
    against = laid_over(base, shape.against or {}, f"{shape.it} – against", findings, f"{where}, against")
    question = KINDS[kind].bind(getattr(shape, kind), base, findings, f"{where}, {kind}")
    case = Case(
        shape.it, kind, run, against, (), question, shape.beside_verdicts, shape.waiver or "", shape.label
    )  # fmt: skip
    bound = replace(case, predicates=_predicates(case, shape, findings, where))
    if shape.waiver is not None:
        findings += [f"{where}, waiver: {each}" for each in _unwaivable(bound)]
    return bound


def _unwaivable(case: Case) -> Iterator[str]:
    """Yield why a check cannot be waived as it is: a waiver has a reason and a number; balances have none."""
    if not case.waiver.strip():
        yield "is empty. Give the reason for it, or leave it out."
    elif not NUMBER.search(case.waiver):
        yield "gives no number. Say beside the reason how far the check is missed, such as 0.3 points."
    looked_at = [each for each in case.predicates if each.measure in ALWAYS or _balances(each, case)]
    if looked_at:
        names = ", ".join(dict.fromkeys(each.variable for each in looked_at))
        yield f"{names}: runs that break and balances are never waived. Make a check of its own of the rest."


def _balances(predicate: Predicate, case: Case) -> bool:
    return any(case.run.model.graph.elements[key].is_balance for key in predicate.keys)


def _kind(shape: CheckShape, findings: Findings, where: str) -> str:
    """Return what kind of check a table is, and find the keys that do not go with it."""
    given = [name for name in KINDS if getattr(shape, name) is not None]
    kind = given[0] if given else PLAIN
    if len(given) > 1:
        findings.append(f"{where}: gives {' and '.join(given)}. Make a check of each.")
    if shape.against is not None and kind != PLAIN:
        findings.append(f"{where}, against: means nothing beside `{kind}`. Leave it out.")
    if shape.label and not shape.beside_verdicts:
        findings.append(f"{where}, label: is printed beside verdicts alone. Leave it out.")
    if shape.beside_verdicts:
        needless = [name for name in (*KINDS, "against") if getattr(shape, name) is not None]
        findings += [
            f"{where}, {name}: means nothing beside `beside_verdicts`: the line is drawn in whatever is run."
            for name in needless
        ]
    return kind


def _predicates(case: Case, shape: CheckShape, findings: Findings, where: str) -> tuple[Predicate, ...]:
    """Bind the predicates of a check, as far as its kind and its runs allow them."""
    allowed = _allowed(case, shape)
    if allowed and not shape.predicate:
        findings.append(f"{where}, predicate: is missing. Say what must hold: {', '.join(allowed)}.")
    if shape.predicate and not allowed:
        findings.append(f"{where}, predicate: means nothing beside `{case.kind}`. Leave it out.")
        return ()
    moved = {*(shape.scenario or {}), *(shape.against or {})}
    changed = [key for key in case.run.model.constants if {key, key.partition("[")[0]} & moved]
    bound = []
    for number, each in enumerate(shape.predicate, 1):
        with collected(findings, f"{where}, predicate #{number}"):
            bound.append(bind_predicate(each, case.run, changed, allowed))
    return tuple(bound)


def _allowed(case: Case, shape: CheckShape) -> tuple[str, ...]:
    """Return the measures a check may use: a run compared with itself does not move."""
    if shape.beside_verdicts:
        return ("value",)
    if case.kind == PLAIN and not (shape.scenario or shape.against):
        return ("value", "drift")
    return KINDS[case.kind].measures
