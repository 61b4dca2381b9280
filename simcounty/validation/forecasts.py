"""The forecasts check: counties left out of the model error are inside its intervals as often as these say.

What is left out are whole provinces, and tenths of the counties; see `model_error.holdout`. The figures are
those that are shipped, so that GDP, of which no county figure of 2011 is shipped, is not among them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from simcounty.conditions.measures import Band, Measurement
from simcounty.errors import Findings, did_you_mean
from simcounty.model_error.holdout import INTERVALS, LEFT_OUT, RULES
from simcounty.scenario import Scenario
from simcounty.validation.schema import Check, Evaluation, ForecastsShape

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class ForecastsCheck:
    """A forecasts check, bound."""

    shape: ForecastsShape


def bind(shape: ForecastsShape, base: Scenario, findings: Findings, where: str) -> ForecastsCheck | None:
    """Bind a forecasts check; None, and findings, where that cannot be done."""
    rules, known = RULES[1:], [f"{100 * each:g} %" for each in INTERVALS]
    findings += [
        f"{where}, against: {each}: choose of {', '.join(rules)}.{did_you_mean(each, rules)}"
        for each in shape.against
        if each not in rules
    ]
    wrong = [each for each in shape.inside if each not in known]
    findings += [f"{where}, inside: {each}: choose of {', '.join(known)}." for each in wrong]
    if not (shape.inside or shape.against):
        findings.append(f"{where}: say how many counties must be `inside`, or which rules it is `against`.")
    return None if findings else ForecastsCheck(shape)


def evaluate(check: Check) -> Evaluation:
    """Leave provinces and counties out; measure how often intervals hold them, and how far forecasts err."""
    shape, tested = check.spec.shape, _tested()
    places = list(product(LEFT_OUT, tested.outcome.values.tolist()))
    measured = [
        _inside(tested.sel(left_out=how, outcome=name), interval, Band(*ends))
        for how, name in places
        for interval, ends in shape.inside.items()
    ]
    measured += [
        _beside(tested.sel(left_out=how, outcome=name), rule, shape.allowed)
        for how, name in places
        for rule in shape.against
    ]
    return tuple(
        measured
    ), f"{tested.sizes['county']} counties, each province and each tenth left out in turn"


@cache
def _tested() -> xr.Dataset:
    from simcounty.model_error.holdout import leave_out
    from simcounty.model_error.record import record

    return leave_out(record())


def _inside(cell: xr.Dataset, interval: str, band: Band) -> Measurement:
    place = [f"{100 * each:g} %" for each in INTERVALS].index(interval)
    part = float(cell.coverage.sel(year=int(cell["last"])).isel(interval=place))
    return _measurement(cell, f"inside {interval}", part, band, "")


def _beside(cell: xr.Dataset, rule: str, allowed: float) -> Measurement:
    errors = cell.score.sel(measure="rmse")
    own, naive = float(errors.sel(rule="model")), float(errors.sel(rule=rule))
    note = f"root mean squared error {own:.3f} against {naive:.3f}"
    return _measurement(cell, f"error over that of {rule}", own / naive, Band(-math.inf, allowed), note)


def _measurement(cell: xr.Dataset, measure: str, value: float, band: Band, note: str) -> Measurement:
    years = int(cell["first"]), int(cell["last"])
    name = f"{cell.outcome.item()}, {cell.left_out.item()} left out"
    return Measurement(name, years, measure, value, value, band, band.low <= value <= band.high, note=note)
