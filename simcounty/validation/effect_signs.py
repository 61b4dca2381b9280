"""The sign check: in which direction each lever moves each outcome, and in what part of the draws.

Every lever is moved alone, from its first day on, to the end of its range that is further from its value
in the base run; every draw of the uncertain inputs is run with and without. A sign is claimed only where it
holds in nearly all draws; "?" claims none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcounty.calendar import time_of
from simcounty.conditions.measures import Band, Measurement
from simcounty.conditions.predicates import is_lever
from simcounty.errors import Findings, ScenarioError
from simcounty.judgement import value_of
from simcounty.model.names import once
from simcounty.sampling import Ensemble
from simcounty.sampling.draws import draws
from simcounty.scenario import Scenario, Target, binding
from simcounty.scenario.lever_path import LeverPath, in_span
from simcounty.scenario.uncertainty import Uncertain
from simcounty.simulation import simulate, variables_needed
from simcounty.validation.schema import Check, Evaluation, OutcomeShape, SignsShape

Numbers = NDArray[np.float64]
SIGNS = ("+", "-", "0", "?")


@dataclass(frozen=True)
class SignCheck:
    """A sign check, bound: the outcomes, and by lever the path it is moved along and the signs claimed."""

    outcomes: tuple[Target, ...]
    claims: Mapping[str, tuple[LeverPath, tuple[str, ...]]]
    uncertain: Uncertain
    shape: SignsShape


def bind(shape: SignsShape, base: Scenario, findings: Findings, where: str) -> SignCheck:
    """Bind a sign check; what does not fit becomes a finding."""
    outcomes: list[Target] = []
    claims: dict[str, tuple[LeverPath, tuple[str, ...]]] = {}
    for each in shape.outcomes:
        with findings.at(f"{where}, outcomes, {each.variable}"):
            outcomes.append(_outcome(each, base))
    for name, text in shape.levers.items():
        with findings.at(f"{where}, levers, {name}"):
            path = _path(name, shape, base)
            claims[once(path.key, claims)] = (path, _claimed(text, len(shape.outcomes)))
    levers = {key for key, constant in base.model.constants.items() if is_lever(constant)}
    left = sorted(levers - claims.keys() - shape.levers.keys())
    if left:
        findings.append(f"{where}, levers: {', '.join(left)} missing. Give every lever of the model a line.")
    if not base.uncertain.keys:
        findings.append(f"{where}: the county of the check says nothing to be uncertain. Name one that does.")
    return SignCheck(tuple(outcomes), claims, base.uncertain, shape)


def _outcome(shape: OutcomeShape, base: Scenario) -> Target:
    element = binding.element_of(base.model, shape.variable)
    if shape.year not in base.years:
        raise ScenarioError(f"year = {shape.year} is outside the run.")
    stock = base.model.accumulator(element.key) if shape.measure == "year" else element.key
    if stock is None:
        raise ScenarioError('measure = "year" needs a stock that accumulates it.')
    unit = binding.element_of(base.model, stock).unit
    return Target(shape.variable, element.key, "~", 1.0, unit, shape.year, measure=shape.measure)


def _path(name: str, shape: SignsShape, base: Scenario) -> LeverPath:
    constant, limits = binding.constant_of(base.model, name), base.limits(name)
    if limits.low is None or limits.high is None:
        raise ScenarioError("has no range, so there is no end to move it to.")
    rest = constant.value
    end = limits.high if limits.high - rest >= rest - limits.low else limits.low
    path = LeverPath(constant.key, (time_of(shape.starts),), (end,), default=rest)
    return in_span(path, base.years, base.model)


def _claimed(text: str, outcomes: int) -> tuple[str, ...]:
    signs = tuple(text.split())
    if len(signs) != outcomes or not set(signs) <= set(SIGNS):
        raise ScenarioError(
            f"{text!r}: give {outcomes} signs, each one of {' '.join(SIGNS)}, with blanks between."
        )
    return signs


def evaluate(check: Check) -> Evaluation:
    """Move each lever in every draw, and measure how often each claimed sign holds."""
    signs: SignCheck = check.spec
    before = _values(check.run, signs)
    measured = []
    for key, (path, claims) in signs.claims.items():
        after = _values(check.run.replace({key: path}), signs)
        direction = np.sign(path.values[0] - (path.default or 0.0))
        for outcome, claim, old, new in zip(signs.outcomes, claims, before, after, strict=True):
            relative = (new - old) * direction / np.abs(old)
            measured.append(_measurement(f"{key} → {outcome.variable}", outcome, claim, relative, signs))
    claimed = sum(each.band.low > 0 for each in measured)
    detail = f"{signs.shape.draws} draws; {claimed} signs claimed, {len(measured) - claimed} not"
    return tuple(measured), detail


def _values(base: Scenario, signs: SignCheck) -> list[Numbers]:
    """Return each outcome in every draw; failed draws are nan."""
    drawn = draws(signs.uncertain, signs.shape.draws, "lhs", signs.shape.seed)
    ensemble = Ensemble(base, drawn.columns(range(drawn.members)))
    keep = variables_needed(base.model, *(each.variable for each in signs.outcomes))
    run = simulate(ensemble, backend="compiled", keep=keep)
    return [np.asarray(value_of(run, each).values, np.float64) for each in signs.outcomes]


def _measurement(name: str, outcome: Target, claim: str, relative: Numbers, signs: SignCheck) -> Measurement:
    """Measure in what part of the draws a lever moves an outcome as claimed, and the median effect."""
    none = np.abs(relative) < signs.shape.negligible
    held = {"+": relative > 0.0, "-": relative < 0.0, "0": none, "?": relative > 0.0}[claim]
    share = float(np.where(np.isnan(relative), False, held).mean())
    band = Band(0.0, 1.0) if claim == "?" else Band(signs.shape.hold, 1.0)
    note = f"{_EFFECTS[claim]}, median {100 * float(np.nanmedian(relative)):+.2g} %"
    years = (int(outcome.year or 0),)
    return Measurement(name, years, "share", share, share, band, band.holds(share), "", note)


_EFFECTS = {"+": "raises", "-": "lowers", "0": "leaves alone", "?": "no sign claimed, raises"}
