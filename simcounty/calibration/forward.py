"""From values of constants to what would be observed: all cases times all points, as one ensemble."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simcounty.calibration.problem import Calibration, Case, Observable, Prior, measured
from simcounty.errors import Findings, ScenarioError
from simcounty.judgement import series_of
from simcounty.model import Model
from simcounty.model.graph import variable_of
from simcounty.sampling import Ensemble
from simcounty.simulation import simulate

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]

MOST_MEMBERS = 16_384
"""Members run at a time: enough to keep the cores busy, few enough for the memory."""


@dataclass(frozen=True, eq=False)
class Forward:
    """Runs the cases of a calibration, which share a model, years and levers and differ in constants."""

    calibration: Calibration
    cases: tuple[Case, ...]

    def __post_init__(self) -> None:
        first = self.cases[0].scenario
        findings = [
            f"{case.scenario.name}: has another model, other years or other levers than {first.name}. "
            "Calibrate them apart."
            for case in self.cases
            if (case.scenario.model.hash, case.scenario.years, case.scenario.levers)
            != (first.model.hash, first.years, first.levers)
        ]
        Findings(findings).raise_as(ScenarioError, "these cases cannot be calibrated together:")

    def only(self, places: Sequence[int]) -> Forward:
        """Return the same for some of the cases."""
        return Forward(self.calibration, tuple(self.cases[place] for place in places))

    @cached_property
    def columns(self) -> Mapping[str, Floats]:
        """The constants in which cases differ, or that a parameter multiplies: a value a case."""
        values = np.array([[c.value for c in case.scenario.model.graph.constants] for case in self.cases]).T
        keys = [c.key for c in self.cases[0].scenario.model.graph.constants]
        wanted = {key for prior in self.calibration.priors if prior.relative for key in prior.keys}
        return {
            key: column
            for key, column in zip(keys, values, strict=True)
            if key in wanted or (column != column[0]).any()
        }

    def predicted(self, values: Floats) -> Floats:
        """Return what would be observed: (points, cases, observables), nan for a run that failed.

        values: (points, cases, parameters), in the order of the calibration.
        """
        at_once = max(1, MOST_MEMBERS // len(self.cases))
        parts = [self._run(values[start : start + at_once]) for start in range(0, len(values), at_once)]
        return np.concatenate(parts)

    def _run(self, values: Floats) -> Floats:
        points, cases = values.shape[:2]
        table = {key: np.tile(column, points) for key, column in self.columns.items()}
        flat = values.reshape(points * cases, -1).T
        for prior, column in zip(self.calibration.priors, flat, strict=True):
            table |= {key: self._moved(prior, key, column, table) for key in prior.keys}
        return self._observed(table, points)

    def _moved(self, prior: Prior, key: str, column: Floats, table: Mapping[str, Floats]) -> Floats:
        """Return a constant's values: those of its parameter, or its own times that, within its range."""
        if not prior.relative:
            return column
        return np.clip(table[key] * column, *ends_of(self.cases[0].scenario.model, key))

    def at_own_values(self) -> Floats:
        """Return what would be observed in cases as they are, no parameter moved: (cases, observables)."""
        constants = self.cases[0].scenario.model.constants
        keys = {key for prior in self.calibration.priors for key in prior.keys}
        own = {key: np.full(len(self.cases), constants[key].value) for key in keys} | dict(self.columns)
        found: Floats = self._observed(own, 1)[0]
        return found

    def _observed(self, table: Mapping[str, Floats], points: int) -> Floats:
        cases = len(self.cases)
        alone = points * cases == 1  # a failed one is flagged among several, and raised where it is alone
        table = {key: np.repeat(column, 1 + alone) for key, column in table.items()}
        run = simulate(Ensemble(self.cases[0].scenario, table), "compiled", keep=self._kept)
        found = np.stack(
            [_observed(run, each, self._flows) for each in self.calibration.observables], axis=-1
        )
        found[run.failed.values] = np.nan
        return found[: points * cases].reshape(points, cases, -1)

    @cached_property
    def _flows(self) -> Mapping[str, str]:
        return flows(self.calibration, self.cases[0].scenario.model)

    @cached_property
    def _kept(self) -> list[str]:
        return list(dict.fromkeys(map(variable_of, (*self.calibration.elements, *self._flows.values()))))


def ends_of(model: Model, key: str) -> tuple[float, float]:
    """Return the ends of a constant's range, infinite where it has none."""
    low, high = model.constants[key].range
    return -math.inf if low is None else low, math.inf if high is None else high


def flows(calibration: Calibration, model: Model) -> dict[str, str]:
    """Return the stocks that add up the flows that are observed by calendar years."""
    keys = (key for each in calibration.observables if each.flow for key in each.elements)
    return {key: str(model.accumulator(key)) for key in keys}


def _observed(run: xr.Dataset, observable: Observable, stocks: Mapping[str, str]) -> Floats:
    def level(key: str, year: int) -> Floats:
        if not observable.flow:
            return _at(run, key, year)
        return _at(run, stocks[key], year) - _at(run, stocks[key], year - 1)

    return np.asarray(measured(observable, level))


def _at(run: xr.Dataset, key: str, year: int) -> Floats:
    return np.asarray(series_of(run, key).sel(time=year, method="nearest", tolerance=1e-6).values)
