"""The holdout check: counties left out of a calibration are forecast no worse than by rules without a model.

Worse means: squared errors that are larger, on average over the counties, by more than `allowed` standard
errors of that average.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from simcounty.calibration import load_log_posterior
from simcounty.calibration.holdout import RULES, hold_out
from simcounty.calibration.log_posterior import LogPosterior, map_estimate
from simcounty.conditions.measures import Band, Measurement
from simcounty.errors import Findings, InputError, RunError, did_you_mean
from simcounty.scenario import Scenario
from simcounty.validation.schema import Check, Evaluation, HoldoutShape

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class HoldoutCheck:
    """A holdout check, bound: what is fitted, and how it is compared with which rules."""

    log_posterior: LogPosterior
    shape: HoldoutShape


def bind(shape: HoldoutShape, base: Scenario, findings: Findings, where: str) -> HoldoutCheck | None:
    """Bind a holdout check; None, and findings, where that cannot be done."""
    rules = [rule for rule in RULES if rule != "model"]
    findings += [
        f"{where}, against: {each}: choose of {', '.join(rules)}.{did_you_mean(each, rules)}"
        for each in shape.against
        if each not in rules
    ]
    if shape.folds < 2:
        findings.append(f"{where}, folds = {shape.folds}: 2 or more parts are left out in turn.")
    try:
        log_posterior = load_log_posterior(shape.calibration, model=base.model)
    except InputError as error:
        findings.append(f"{where}, calibration: {error}")
        return None
    return HoldoutCheck(log_posterior, shape)


def evaluate(check: Check) -> Evaluation:
    """Forecast every county by a fit without it, and compare the model's errors with those of the rules."""
    spec: HoldoutCheck = check.spec
    found = hold_out(map_estimate(spec.log_posterior), spec.shape.folds)
    counties = len(spec.log_posterior.counties)
    if found is None:
        raise RunError(f"{counties} counties are too few to leave some out. Pool more.")
    places = product(spec.shape.against, found.forecast.values.tolist(), found.area.values.tolist())
    measured = tuple(_measurement(found, spec, *place) for place in places)
    detail = f"{counties} counties in {spec.shape.folds} parts, against: {', '.join(spec.shape.against)}"
    return measured, detail


def _measurement(found: xr.Dataset, spec: HoldoutCheck, rule: str, forecast: str, area: str) -> Measurement:
    years = spec.log_posterior.calibration.years
    edge = float(found.loss_difference.sel(rule=rule, forecast=forecast, area=area))
    scores = found.score.sel(forecast=forecast, area=area, measure="rmse")
    error, naive = (100 * float(scores.sel(rule=each)) for each in ("model", rule))
    return Measurement(
        f"{forecast}{f', {area}' if area else ''}: {rule}",
        (int(years.start), int(years.end)),
        "standard errors above the rule",
        edge,
        edge,
        Band(-math.inf, spec.shape.allowed),
        edge <= spec.shape.allowed,
        note=f"root mean squared error {error:.2f} against {naive:.2f}",
    )
