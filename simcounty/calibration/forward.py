"""From parameters to what would be observed: all counties times all points, run as one ensemble."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simcounty.calibration.problem import Calibration, Observable, ObservedCounty
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
    """Runs the counties of a calibration, which share a model, years and levers and differ in constants."""

    calibration: Calibration
    counties: tuple[ObservedCounty, ...]

    def __post_init__(self) -> None:
        first = self.counties[0].scenario
        findings = Findings(
            f"{each.scenario.name}: has another model, other years or other levers than {first.name}. "
            "Calibrate them apart."
            for each in self.counties
            if (each.scenario.model.hash, each.scenario.years, each.scenario.levers)
            != (first.model.hash, first.years, first.levers)
        )
        findings.raise_as(ScenarioError, "these counties cannot be calibrated together:")

    def subset(self, places: Sequence[int]) -> Forward:
        """Return the same for some of the counties."""
        return Forward(self.calibration, tuple(self.counties[place] for place in places))

    @property
    def model(self) -> Model:
        """The model of the first county; the others' differ in `columns` alone."""
        return self.counties[0].scenario.model

    @cached_property
    def columns(self) -> Mapping[str, Floats]:
        """The constants in which counties differ, or that a parameter multiplies: a value a county."""
        each_model = [county.scenario.model.graph.constants for county in self.counties]
        values = np.array([[constant.value for constant in constants] for constants in each_model]).T
        wanted = {key for prior in self.calibration.priors if prior.relative for key in prior.keys}
        return {
            constant.key: column
            for constant, column in zip(each_model[0], values, strict=True)
            if constant.key in wanted or (column != column[0]).any()
        }

    def predict(self, values: Floats) -> Floats:
        """Return what would be observed: (points, counties, observables), NaN for a run that failed.

        values: (points, counties, parameters), in the order of the calibration.
        """
        at_once = max(1, MOST_MEMBERS // len(self.counties))
        parts = [self._run(values[start : start + at_once]) for start in range(0, len(values), at_once)]
        return np.concatenate(parts)

    def at_own_values(self) -> Floats:
        """Return what would be observed with no parameter moved: (counties, observables)."""
        constants = self.model.constants
        keys = {key for prior in self.calibration.priors for key in prior.keys}
        own = {key: np.full(len(self.counties), constants[key].value) for key in keys} | dict(self.columns)
        found: Floats = self._observe(own, 1)[0]
        return found

    def _run(self, values: Floats) -> Floats:
        points, counties = values.shape[:2]
        table = {key: np.tile(column, points) for key, column in self.columns.items()}
        flat = values.reshape(points * counties, -1).T
        for prior, column in zip(self.calibration.priors, flat, strict=True):
            table |= {
                key: clip_to_range(self.model, key, table[key] * column) if prior.relative else column
                for key in prior.keys
            }
        return self._observe(table, points)

    def _observe(self, table: Mapping[str, Floats], points: int) -> Floats:
        counties = len(self.counties)
        alone = points * counties == 1  # among several a failed run is flagged; alone it would be raised
        table = {key: np.repeat(column, 1 + alone) for key, column in table.items()}
        run = simulate(Ensemble(self.counties[0].scenario, table), "compiled", keep=self._keep)
        found = np.stack(
            [_observe(run, each, self._accumulators) for each in self.calibration.observables], axis=-1
        )
        found[run.failed.values] = np.nan
        return found[: points * counties].reshape(points, counties, -1)

    @cached_property
    def _accumulators(self) -> Mapping[str, str]:
        """The stocks that add up the flows that are observed by calendar years."""
        keys = (key for each in self.calibration.observables if each.flow for key in each.elements)
        return {key: str(self.model.accumulator(key)) for key in keys}

    @cached_property
    def _keep(self) -> list[str]:
        keys = (*self.calibration.elements, *self._accumulators.values())
        return list(dict.fromkeys(map(variable_of, keys)))


def clip_to_range(model: Model, key: str, values: Floats) -> Floats:
    """Return values brought to the nearest within a constant's range."""
    low, high = model.constants[key].range
    return np.clip(values, -math.inf if low is None else low, math.inf if high is None else high)


def _observe(run: xr.Dataset, observable: Observable, accumulators: Mapping[str, str]) -> Floats:
    def level(key: str, year: int) -> Floats:
        if not observable.flow:
            return _at(run, key, year)
        return _at(run, accumulators[key], year) - _at(run, accumulators[key], year - 1)

    return np.asarray(observable.compute(level))


def _at(run: xr.Dataset, key: str, year: int) -> Floats:
    return np.asarray(series_of(run, key).sel(time=year, method="nearest", tolerance=1e-6).values)
