"""Running a chunk of a sweep: a pure function of the sweep and of which members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from simcounty.sampling import Ensemble
from simcounty.scenario import Scenario
from simcounty.scenario.distributions import Column
from simcounty.simulation import simulate
from simcounty.sweeps.specification import Sweep

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Chunk:
    """The results of some members of every scenario.

    columns: the values of what varies, (members,). values: (scenarios, members, …, times) by variable.
    failed: (scenarios, members).
    """

    members: range
    columns: Mapping[str, Column]
    values: Mapping[str, Numbers]
    failed: Numbers


@dataclass(frozen=True, eq=False)
class Work:
    """A chunk to run, with all that takes: it can be sent to another process."""

    scenarios: tuple[Scenario, ...]
    members: range
    columns: Mapping[str, Column]
    keep: tuple[str, ...]
    backend: str

    def run(self, cores: int | None = None) -> Chunk:
        """Run the chunk; the numbers do not depend on where, when and on how many cores."""
        runs = [_runs(each, self.columns, self.backend, self.keep, cores) for each in self.scenarios]
        values = {str(key): np.stack([run[key].values for run in runs]) for key in runs[0].data_vars}
        return Chunk(self.members, self.columns, values, np.stack([run.failed.values for run in runs]))


def _runs(
    scenario: Scenario, columns: Mapping[str, Column], backend: str, keep: Sequence[str], cores: int | None
) -> xr.Dataset:
    """Run members; a failed one is NaN in every year, so that its early years cannot meet a target.

    A single member is run twice: only among several is a failed one flagged instead of raised.
    """
    members = next(iter(columns.values())).size
    several = {key: np.resize(column, max(members, 2)) for key, column in columns.items()}
    runs = simulate(Ensemble(scenario, several), backend, keep=keep, cores=cores)
    runs = runs.isel(member=slice(members))
    return runs.where(~runs.failed) if runs.failed.any() else runs


def work(sweep: Sweep, members: range) -> Work:
    """Return the work of running some members of a sweep."""
    return Work(sweep.scenarios, members, sweep.draws.columns(members), sweep.keep, sweep.backend)


def template(sweep: Sweep) -> xr.Dataset:
    """Return the dataset of a sweep without members: variables, coordinates, attributes.

    One member is run to learn them, so that what cannot be run raises before anything is written.
    """
    columns = sweep.draws.columns(range(1))
    one = _runs(sweep.scenarios[0], columns, sweep.backend, sweep.keep, None)
    bare = one.isel(member=slice(0)).drop_vars(["failed", *columns])
    empty = bare.expand_dims(scenario=[each.name for each in sweep.scenarios])
    inputs = {key: xr.Variable("member", np.empty(0), sweep.about(key)) for key in columns}
    failed = xr.Variable(("scenario", "member"), np.empty((len(sweep.scenarios), 0), bool))
    attributes = sweep.provenance(float(one.attrs["time_step"]))
    return empty.assign_coords({**inputs, "failed": failed}).assign_attrs(attributes)


def assembled(sweep: Sweep, chunks: list[Chunk]) -> xr.Dataset:
    """Return the futures of a sweep from all of its chunks, in any order."""
    bare = template(sweep)
    ordered = sorted(chunks, key=lambda chunk: chunk.members.start)
    values = {}
    for key, each in bare.data_vars.items():
        joined = np.concatenate([chunk.values[str(key)] for chunk in ordered], axis=1)
        values[str(key)] = xr.Variable(each.dims, joined, each.attrs)
    coordinates: dict[str, Any] = {
        **{str(key): each for key, each in bare.coords.items() if "member" not in each.dims},
        "member": np.arange(sweep.members),
    }
    for key in sweep.draws.keys:
        column = np.concatenate([chunk.columns[key] for chunk in ordered])
        coordinates[key] = xr.Variable("member", column, bare[key].attrs)
    failed = np.concatenate([chunk.failed for chunk in ordered], axis=1)
    coordinates["failed"] = xr.Variable(("scenario", "member"), failed)
    return xr.Dataset(values, coordinates, {**bare.attrs, "unfinished": 0})
