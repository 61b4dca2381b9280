"""Runs of a sweep that went wrong: which, with which inputs, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simcounty.analysis.sweep.asked import Sweep
from simcounty.errors import RunError
from simcounty.scenario import Ensemble
from simcounty.simulate import simulate

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Failure:
    """One run that went wrong: the values of what was varied, and what plain Python says of it."""

    scenario: str
    member: int
    inputs: dict[str, float]
    reason: str

    def __str__(self) -> str:
        inputs = ", ".join(f"{key} = {value:g}" for key, value in self.inputs.items())
        return f"member {self.member} of {self.reason} With {inputs}."


def failures(wanted: Sweep, futures: xr.Dataset, most: int = 3) -> list[Failure]:
    """Return the first runs that failed, each run again alone so that what went wrong is named."""
    places = np.argwhere(futures.failed.values.T)[:most]
    return [_failure(wanted, int(futures.member[member]), int(scenario)) for member, scenario in places]


def _failure(wanted: Sweep, member: int, place: int) -> Failure:
    scenario = wanted.scenarios[place]
    columns = wanted.draws.columns(range(member, member + 1))
    inputs = {key: float(column[0]) for key, column in columns.items()}
    try:
        simulate(Ensemble(scenario, columns).member(0), "interpreted")
    except RunError as reason:
        return Failure(scenario.name, member, inputs, str(reason))
    return Failure(scenario.name, member, inputs, f"{scenario.name}: it failed beside others, but not alone.")
