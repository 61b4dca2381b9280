"""Loading check files: reading them, binding them to the model, and finding at once what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simcounty import toml_files
from simcounty.conditions.measures import Predicate
from simcounty.conditions.predicates import bind_predicate, laid_over
from simcounty.errors import Findings, ScenarioError
from simcounty.model import Model
from simcounty.model.graph import variable_of
from simcounty.scenario import Scenario
from simcounty.scenario.county import NOWHERE, County, CountyShape, bind_county
from simcounty.scenario.load import bind_years, named_model
from simcounty.sweeps.uncertain_inputs import uncertain_inputs
from simcounty.validation import (
    effect_signs,
    ensembles,
    family_member,
    forecasts,
    holdout,
    lever_search,
    saturation,
    scale_invariance,
)
from simcounty.validation.schema import Check, CheckShape, Evaluation, SuiteShape, ValidationSuite

PLAIN = "scenario"
NEVER_WAIVED = ("finite", "balances")  # without these no other result means anything
NUMBER = re.compile(r"\d")


@dataclass(frozen=True)
class CheckKind:
    """A kind of check: `bind` binds its table to the base run, `evaluate` runs and measures it.

    A plain scenario has no `evaluate`: it runs side by side with those of other checks. `seconds` is about
    how long a check of the county model takes on two cores.
    """

    seconds: float
    measures: tuple[str, ...]
    bind: Callable[[Any, Scenario, Findings, str], Any]
    evaluate: Callable[[Check], Evaluation] | None = None


ENSEMBLE_MEASURES = ("finite", "balances", "stocks", "value", "drift")

KINDS: Mapping[str, CheckKind] = {
    "scenario": CheckKind(0.1, ("value", "drift", "change", "difference", "elasticity"), lambda *given: None),
    "ensemble": CheckKind(3, ENSEMBLE_MEASURES, ensembles.bind, ensembles.evaluate),
    "scale": CheckKind(2, (), scale_invariance.bind, scale_invariance.evaluate),
    "search": CheckKind(2, ("best",), lever_search.bind, lever_search.evaluate),
    "saturation": CheckKind(1, (), saturation.bind, saturation.evaluate),
    "signs": CheckKind(5, (), effect_signs.bind, effect_signs.evaluate),
    "family_member": CheckKind(3, ENSEMBLE_MEASURES, family_member.bind, family_member.evaluate),
    "holdout": CheckKind(170, (), holdout.bind, holdout.evaluate),
    "forecasts": CheckKind(40, (), forecasts.bind, forecasts.evaluate),
}


def load_suite(path: str | Path, uncertainties: Path | None = None) -> ValidationSuite:
    """Load a check file, bound to the model and the county it names.

    `uncertainties` is what sign checks draw from, instead of what the county says to be uncertain; see
    `sweep`. Raise ScenarioError with every finding.
    """
    file, findings = Path(path), Findings()
    shape = toml_files.read(file, SuiteShape, findings)
    base = _base(file, shape, findings) if shape else None
    if base and shape and uncertainties and any(each.signs for each in shape.check):
        uncertain = uncertain_inputs([base], None, uncertainties, findings)
        base = replace(base, county=replace(base.county, uncertain=uncertain))
    suite = _bound(file, shape, base, findings) if shape and base else None
    findings.raise_as(ScenarioError, f"{file}: these checks cannot be used:")
    assert suite is not None, "what cannot be bound has findings"
    return suite


def _base(path: Path, shape: SuiteShape, findings: Findings) -> Scenario | None:
    """Return the run without any change: the model with the county's values, over the years given."""
    model = named_model(path, shape.model, findings)
    if model is None:
        return None
    county = _county(path, shape, model, findings)
    clock = model.graph.clock
    given = [clock.start, clock.end] if shape.years is None else shape.years
    years = bind_years(path, given, model, findings)
    settled = model.replace({value.key: value.value for value in county.values})
    read = (path, model.path, *(each for each in (county.path, county.observed) if each and each.is_file()))
    return Scenario(f"{path.stem} base", "base", settled, years, hash=toml_files.digest(read), county=county)


def _county(path: Path, shape: SuiteShape, model: Model, findings: Findings) -> County:
    if not shape.county:
        return NOWHERE
    file = toml_files.named_file(path, "county", shape.county, findings)
    county = toml_files.read(file, CountyShape, findings) if file else None
    return bind_county(file, county, model, findings) if file and county else NOWHERE


def _bound(path: Path, shape: SuiteShape, base: Scenario, findings: Findings) -> ValidationSuite:
    checks = []
    seen: dict[str, int] = {}
    for number, check in enumerate(shape.check, 1):
        where = f"{path}: check #{number}"
        if check.it in seen:
            findings.append(
                f"{where}, it: {check.it!r} stands already in check #{seen[check.it]}. Say what differs."
            )
        seen.setdefault(check.it, number)
        checks.append(bind_check(check, base, findings, where))
    if not shape.check:
        findings.append(f"{path}: check: holds no check. Add a [[check]].")
    return ValidationSuite(path, shape.describe, base, tuple(checks))


def bind_check(shape: CheckShape, base: Scenario, findings: Findings, where: str) -> Check:
    """Bind one check; what does not fit is left out and becomes a finding that begins with `where`."""
    kind = _kind(shape, findings, where)
    run = laid_over(base, shape.scenario or {}, shape.it, findings, f"{where}, scenario")
    against = laid_over(base, shape.against or {}, f"{shape.it} – against", findings, f"{where}, against")
    spec = KINDS[kind].bind(getattr(shape, kind), base, findings, f"{where}, {kind}")
    check = Check(shape.it, kind, run, against, (), spec, shape.waiver or "")
    bound = replace(check, predicates=_predicates(check, shape, findings, where))
    if shape.waiver is not None:
        findings += [f"{where}, waiver: {each}" for each in _unwaivable(bound)]
    return bound


def _unwaivable(check: Check) -> Iterator[str]:
    """Yield why a check cannot be waived: it is of balances, or the waiver lacks a reason or a number."""
    if not check.waiver.strip():
        yield "is empty. Give the reason for it, or leave it out."
    elif not NUMBER.search(check.waiver):
        yield "gives no number. Say beside the reason how far the check is missed, such as 0.3 points."
    balances = {each.key for each in check.run.model.balances}
    never = [
        each
        for each in check.predicates
        if each.measure in NEVER_WAIVED or not balances.isdisjoint(each.keys)
    ]
    if never:
        names = ", ".join(dict.fromkeys(each.variable for each in never))
        yield f"{names}: runs that break and balances are never waived. Make a check of its own of the rest."


def _kind(shape: CheckShape, findings: Findings, where: str) -> str:
    """Return the kind of a check; keys that do not go with it become findings."""
    given = [name for name in KINDS if getattr(shape, name) is not None]
    kind = given[0] if given else PLAIN
    if len(given) > 1:
        findings.append(f"{where}: gives {' and '.join(given)}. Make a check of each.")
    if shape.against is not None and kind != PLAIN:
        findings.append(f"{where}, against: means nothing beside `{kind}`. Leave it out.")
    return kind


def _predicates(check: Check, shape: CheckShape, findings: Findings, where: str) -> tuple[Predicate, ...]:
    """Bind the predicates of a check, as far as its kind and its runs allow them."""
    still = check.kind == PLAIN and not (shape.scenario or shape.against)
    allowed = ("value", "drift") if still else KINDS[check.kind].measures  # a run does not move from itself
    if allowed and not shape.predicate:
        findings.append(f"{where}, predicate: is missing. Say what must hold: {', '.join(allowed)}.")
    if shape.predicate and not allowed:
        findings.append(f"{where}, predicate: means nothing beside `{check.kind}`. Leave it out.")
        return ()
    moved = {*(shape.scenario or {}), *(shape.against or {})}
    changed = [key for key in check.run.model.constants if {key, variable_of(key)} & moved]
    bound = []
    for number, each in enumerate(shape.predicate, 1):
        with findings.at(f"{where}, predicate #{number}"):
            bound.append(bind_predicate(each, check.run, changed, allowed))
    return tuple(bound)
