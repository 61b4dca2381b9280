"""The sign check: which way each lever moves each outcome, and in what share of the draws it does.

Every lever is moved alone, from its first day on, to the end of its range that is further from what is done
without it; every draw of what is uncertain is run with and without. A sign is claimed only where it holds in
nearly all draws; "?" claims none and says why it is disputed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simcounty.calendar import time_of
from simcounty.conditions.changes import is_lever
from simcounty.conditions.measures import Band, Case, Measured
from simcounty.conditions.schema import OutcomeShape, SignsShape
from simcounty.errors import Findings, ScenarioError
from simcounty.judgement import value_of
from simcounty.sampling import Ensemble
from simcounty.sampling.draws import draws
from simcounty.scenario import Scenario, Target, binding
from simcounty.scenario.lever_path import LeverPath, in_span
from simcounty.scenario.uncertainty import Uncertain
from simcounty.simulation import simulate, variables_needed

if TYPE_CHECKING:
    import xarray as xr

Numbers = NDArray[np.float64]
SIGNS = ("+", "-", "0", "?")


@dataclass(frozen=True)
class Signs:
    """A sign check, bound: the outcomes, and by lever where it is moved and the signs claimed."""

    outcomes: tuple[Target, ...]
    claims: Mapping[str, tuple[LeverPath, tuple[str, ...]]]
    uncertain: Uncertain
    draws: int
    seed: int
    hold: float
    nothing: float


def bind(shape: SignsShape, base: Scenario, findings: Findings, where: str) -> Signs:
    """Bind a sign check; what does not fit becomes a finding."""
    outcomes, claims = [], {}
    for each in shape.outcomes:
        with findings.at(f"{where}, outcomes, {each.variable}"):
            outcomes.append(_outcome(each, base))
    for key, text in shape.levers.items():
        with findings.at(f"{where}, levers, {key}"):
            claims[key] = (_setting(key, shape, base), _claimed(text, len(shape.outcomes)))
    levers = {key for key, constant in base.model.constants.items() if is_lever(constant)}
    left = sorted(levers - shape.levers.keys())
    if left:
        findings.append(f"{where}, levers: {', '.join(left)} missing. Give every lever of the model a line.")
    if not base.uncertain.keys:
        findings.append(f"{where}: the county of the check says nothing to be uncertain. Name one that does.")
    drawn = (base.uncertain, shape.draws, shape.seed)
    return Signs(tuple(outcomes), claims, *drawn, shape.hold, shape.nothing)


def _outcome(shape: OutcomeShape, base: Scenario) -> Target:
    element = binding.element_of(base.model, shape.variable)
    if shape.year not in base.years:
        raise ScenarioError(f"year = {shape.year} is outside the run.")
    stock = base.model.accumulator(shape.variable) if shape.measure == "year" else element.key
    if stock is None:
        raise ScenarioError('measure = "year" needs a stock that accumulates it.')
    unit = binding.element_of(base.model, stock).unit
    return Target(shape.variable, element.key, "~", 1.0, unit, shape.year, measure=shape.measure)


def _setting(key: str, shape: SignsShape, base: Scenario) -> LeverPath:
    constant, limits = binding.constant_of(base.model, key), base.limits(key)
    if limits.low is None or limits.high is None:
        raise ScenarioError("has no range, so there is no end to move it to.")
    rest = constant.value
    end = limits.high if limits.high - rest >= rest - limits.low else limits.low
    return in_span(LeverPath(key, (time_of(shape.starts),), (end,), default=rest), base.years)


def _claimed(text: str, outcomes: int) -> tuple[str, ...]:
    signs = tuple(text.split())
    if len(signs) != outcomes or not set(signs) <= set(SIGNS):
        raise ScenarioError(
            f"{text!r}: give {outcomes} signs, each one of {' '.join(SIGNS)}, with blanks between."
        )
    return signs


def prove(case: Case) -> tuple[tuple[Measured, ...], str]:
    """Move each lever in every draw, and measure how often each claimed sign holds."""
    asked: Signs = case.question
    still = _values(case.run, asked)
    measured = []
    for key, (setting, signs) in asked.claims.items():
        moved = _values(_with(case.run, setting), asked)
        measured += [
            _measured(
                key,
                outcome,
                sign,
                (after - before) * np.sign(setting.values[0] - (setting.default or 0.0)),
                before,
                asked,
            )
            for outcome, sign, before, after in zip(asked.outcomes, signs, still, moved, strict=True)
        ]
    claimed = sum(each.band.low > 0 for each in measured)
    told = f"{asked.draws} draws; {claimed} signs claimed, {len(measured) - claimed} not"
    return tuple(measured), told


def _with(base: Scenario, setting: LeverPath) -> Scenario:
    return base.replace({setting.key: setting})


def _values(base: Scenario, asked: Signs) -> list[Numbers]:
    """Return each outcome in every draw; failed draws are nan."""
    drawn = draws(asked.uncertain, asked.draws, "lhs", asked.seed)
    ensemble = Ensemble(base, drawn.columns(range(drawn.members)))
    keep = variables_needed(base.model, *(each.variable for each in asked.outcomes))
    run = simulate(ensemble, backend="compiled", keep=keep)
    return [_of(run, each) for each in asked.outcomes]


def _of(run: xr.Dataset, outcome: Target) -> Numbers:
    return np.asarray(value_of(run, outcome).values, np.float64)


def _measured(
    key: str, outcome: Target, sign: str, effect: Numbers, before: Numbers, asked: Signs
) -> Measured:
    """Measure the share of draws in which a lever moves an outcome as claimed, and the middle effect."""
    relative = effect / np.abs(before)
    still = np.abs(relative) < asked.nothing
    held = {"+": relative > 0.0, "-": relative < 0.0, "0": still, "?": relative > 0.0}[sign]
    share = float(np.where(np.isnan(relative), False, held).mean())
    band = Band(0.0, 1.0) if sign == "?" else Band(asked.hold, 1.0)
    middle = float(np.nanmedian(relative))
    note = f"{_SAID[sign]}, median {100 * middle:+.2g} %"
    return Measured(
        f"{key} → {outcome.variable}",
        (int(outcome.year or 0),),
        "share",
        share,
        share,
        band,
        band.holds(share),
        "",
        note,
    )


_SAID = {"+": "raises", "-": "lowers", "0": "leaves alone", "?": "no sign claimed, raises"}
