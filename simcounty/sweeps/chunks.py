"""Running a chunk of a sweep: a pure function of what is asked and of which members."""

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
from simcounty.sweeps.request import Sweep

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some members of every scenario, run.

    columns: the values of what varies, (members,). values: (scenarios, members, …, times) by variable.
    failed: (scenarios, members).
    """

    members: range
    columns: Mapping[str, Column]
    values: Mapping[str, Numbers]
    failed: Numbers


@dataclass(frozen=True, eq=False)
class Work:
    """A chunk to run, with all it takes: it can be sent to another process."""

    scenarios: tuple[Scenario, ...]
    members: range
    columns: Mapping[str, Column]
    keep: tuple[str, ...]
    backend: str

    def run(self, cores: int | None = None) -> Chunk:
        """Run it; the numbers do not depend on where, when and on how many cores."""
        runs = [_runs(each, self.columns, self.backend, self.keep, cores) for each in self.scenarios]
        values = {str(key): np.stack([run[key].values for run in runs]) for key in runs[0].data_vars}
        return Chunk(self.members, self.columns, values, np.stack([run.failed.values for run in runs]))


def _runs(
    scenario: Scenario, columns: Mapping[str, Column], backend: str, keep: Sequence[str], cores: int | None
) -> xr.Dataset:
    """Run members; a failed one holds nan in every year, lest what it was before should meet a target.

    One alone is run beside itself: only among several is a failed one flagged instead of raised.
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

    One member is run to learn them; it is refused here, before anything is written, what cannot be run.
    """
    columns = sweep.draws.columns(range(1))
    one = _runs(sweep.scenarios[0], columns, "interpreted", sweep.keep, None)
    bare = one.isel(member=slice(0)).drop_vars(["failed", *columns])
    empty = bare.expand_dims(scenario=[each.name for each in sweep.scenarios])
    inputs = {key: xr.Variable("member", np.empty(0), sweep.about(key)) for key in columns}
    failed = xr.Variable(("scenario", "member"), np.empty((len(sweep.scenarios), 0), bool))
    attributes = sweep.provenance(float(one.attrs["time_step"]))
    return empty.assign_coords({**inputs, "failed": failed}).assign_attrs(attributes)


def assembled(sweep: Sweep, chunks: list[Chunk]) -> xr.Dataset:
    """Put chunks that cover the sweep together in memory."""
    bare = template(sweep)
    ordered = sorted(chunks, key=lambda chunk: chunk.members.start)
    values = {
        str(key): xr.Variable(each.dims, _joined(ordered, str(key)), each.attrs)
        for key, each in bare.data_vars.items()
    }
    coordinates: dict[str, Any] = {
        str(key): each for key, each in bare.coords.items() if "member" not in each.dims
    }
    coordinates["member"] = np.arange(sweep.members)
    for key in sweep.draws.keys:
        column = np.concatenate([chunk.columns[key] for chunk in ordered])
        coordinates[key] = xr.Variable("member", column, bare[key].attrs)
    failed = np.concatenate([chunk.failed for chunk in ordered], axis=1)
    coordinates["failed"] = xr.Variable(("scenario", "member"), failed)
    return xr.Dataset(values, coordinates, {**bare.attrs, "unfinished": 0})


def _joined(chunks: list[Chunk], key: str) -> Numbers:
    return np.concatenate([chunk.values[key] for chunk in chunks], axis=1)
