"""Running a chunk of a sweep: a pure function of the sweep and of which members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from simcounty.counties.generate import starts_of
from simcounty.model_error.futures import FutureErrors, with_errors
from simcounty.sampling import Ensemble
from simcounty.sampling.draws import Draws
from simcounty.scenario import Scenario
from simcounty.scenario.county import NOWHERE
from simcounty.scenario.delivery import Delivered
from simcounty.scenario.distributions import Column
from simcounty.simulation import simulate
from simcounty.sweeps.delivery import delivery_about, delivery_columns, levers_delivered
from simcounty.sweeps.specification import Sweep

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Chunk:
    """The results of some members of every scenario.

    columns: the values of what varies, and labels, (members,). values: (scenarios, members, …, times) by
    variable. failed: (scenarios, members).
    """

    members: range
    columns: Mapping[str, Numbers]
    values: Mapping[str, Numbers]
    failed: Numbers


@dataclass(frozen=True, eq=False)
class Work:
    """A chunk to run, with all that takes: it can be sent to another process."""

    scenarios: tuple[Scenario, ...]
    members: range
    constants: Mapping[str, Column]
    columns: Mapping[str, Numbers]  # to be stored
    keep: tuple[str, ...]
    backend: str
    errors: FutureErrors | None = None
    rows: Mapping[int, range] = field(default_factory=dict)  # draws of each county, by its place
    reference: int = 0  # the scenario whose runs are held against what was observed
    delivered: Mapping[str, Delivered] = field(default_factory=dict)  # by the policy's name
    seed: int = 0  # of random functions of the model

    def run(self, cores: int | None = None) -> Chunk:
        """Run the chunk; the numbers do not depend on where, when and on how many cores."""
        runs, columns = self.futures(cores)
        values = {str(key): np.stack([run[key].values for run in runs]) for key in runs[0].data_vars}
        return Chunk(self.members, columns, values, np.stack([run.failed.values for run in runs]))

    def futures(self, cores: int | None = None) -> tuple[list[xr.Dataset], Mapping[str, Numbers]]:
        """Return the runs of each scenario with the model error, and what members keep beside them."""
        needed = self.errors.needed if self.errors else ()
        keep = tuple(dict.fromkeys([*self.keep, *needed]))
        runs = [self._runs(each, keep, cores) for each in self.scenarios]
        if self.errors is None:
            return runs, self.columns
        errors, weights = self.errors.of_members(runs[self.reference], self.rows)
        model = self.scenarios[0].model
        made = [with_errors(run[list(self.keep)], errors, model) for run in runs]
        return made, {**self.columns, **self.errors.columns(errors, weights)}

    def _runs(self, scenario: Scenario, keep: Sequence[str], cores: int | None) -> xr.Dataset:
        """Run members; a failed one is NaN in every year, so that its early years cannot meet a target."""
        levers = levers_delivered(scenario, self.constants)
        arriving = {key: self.delivered[policy] for key, policy in levers.items() if policy in self.delivered}
        ensemble = Ensemble(
            *(scenario, self.constants, {}, arriving), self.members.start, len(self.members), self.seed
        )
        runs = simulate(ensemble, self.backend, keep=keep, cores=cores)
        return runs.where(~runs.failed) if runs.failed.any() else runs


def work(sweep: Sweep, members: range) -> Work:
    """Return the work of running some members of a sweep."""
    drawn = sweep.draws.columns(members)
    starts, labels = _of_counties(sweep.draws, members)
    levers = [each.levers for each in sweep.scenarios]
    delivered = sweep.delivered(members)
    return Work(
        sweep.scenarios,
        members,
        starts | drawn,
        drawn | delivery_columns(delivered) | labels,
        sweep.keep,
        sweep.backend,
        sweep.errors,
        sweep.draws.by_county(members),
        levers.index({}) if {} in levers else 0,
        delivered,
        sweep.draws.design.seed if sweep.draws.design else 0,
    )


def _of_counties(draws: Draws, members: range) -> tuple[dict[str, Column], dict[str, Numbers]]:
    """Return the starting values of the county of each member, and which county and draw it is."""
    if draws.counties == (NOWHERE,):
        return {}, {}
    places, rows = np.divmod(np.arange(members.start, members.stop), draws.rows)
    here, place = draws.counties[places[0] : places[-1] + 1], places - places[0]
    starts = {key: column[place] for key, column in starts_of(here).items()}
    return starts, {"county": np.array([each.code for each in here], object)[place], "draw": rows}


def template(sweep: Sweep) -> xr.Dataset:
    """Return the dataset of a sweep without members: variables, coordinates, attributes.

    One member is run to learn them, so that what cannot be run raises before anything is written.
    """
    first = work(sweep, range(1))
    (one, *_), columns = first.futures()
    bare = one.isel(member=slice(0)).drop_vars(["failed", *(one.coords.keys() & first.constants)])
    empty = bare.expand_dims(scenario=[each.name for each in sweep.scenarios])
    about = {key: sweep.about(key) for key in sweep.draws.keys}
    about |= {**(sweep.errors.about if sweep.errors else {}), **delivery_about(first.delivered)}
    inputs = {key: ("member", each[:0], about.get(key)) for key, each in columns.items()}
    if "county" in inputs:
        called = [(c.code, f"{c.province} {c.prefecture} {c.title}") for c in sweep.draws.counties]
        codes, names = np.array(called, object).T
        empty = empty.assign_coords(counties=codes, county_name=("counties", names))
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
    for key in ordered[0].columns:
        column = np.concatenate([chunk.columns[key] for chunk in ordered])
        coordinates[key] = xr.Variable("member", column, bare[key].attrs)
    failed = np.concatenate([chunk.failed for chunk in ordered], axis=1)
    coordinates["failed"] = xr.Variable(("scenario", "member"), failed)
    return xr.Dataset(values, coordinates, {**bare.attrs, "unfinished": 0})
