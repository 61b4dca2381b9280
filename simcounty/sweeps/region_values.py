"""What the counties of a region come to together, in every member and year."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from simcounty.counties.region import Region
from simcounty.errors import ScenarioError
from simcounty.judgement import value_of
from simcounty.model.graph import variable_of
from simcounty.model_error.specification import Floats
from simcounty.scenario import Target
from simcounty.units import is_extensive


@dataclass(frozen=True)
class Together:
    """A number of several counties: what `target` measures, in the places of the counties in its scope."""

    target: Target
    places: tuple[int, ...]

    @property
    def name(self) -> str:
        """What it is called in futures: as the target."""
        return self.target.name

    @property
    def own_target(self) -> Target:
        """The target of this number itself, which is already what counties have together."""
        return replace(
            self.target, variable=self.name, measure="at", across="", weight="", above=None, scope="each"
        )

    @property
    def about(self) -> dict[str, str]:
        """The attributes of its variable."""
        return {"long_name": self.target.label, "units": self.target.unit}


def numbers_of(region: Region) -> tuple[Together, ...]:
    """Return the number of each target of a region; of one without targets its headline, added up.

    What cannot be added up is averaged by the region's `weights`, and left out where it names none.
    """
    if region.targets:
        wrong = [
            each.name for each in region.targets if (each.operator, each.measure) == ("decreasing", "year")
        ]
        if wrong:
            raise ScenarioError(f"{', '.join(wrong)}: no futures of a flow that decreases. Ask for a level.")
        return tuple(Together(each, tuple(region.counties_in(each.scope))) for each in region.targets)
    every = tuple(range(len(region.scenarios)))
    return tuple(Together(each, every) for each in _headline(region))


def left_out(region: Region) -> list[str]:
    """Return the labels of headline variables that are neither added up nor averaged."""
    if region.targets:
        return []
    shown = {each.name for each in numbers_of(region)}
    variables = region.scenarios[0].model.variables
    return [variables[variable_of(key)][0].about.label for key in region.headline if key not in shown]


def _headline(region: Region) -> Iterable[Target]:
    model = region.scenarios[0].model
    for key in region.headline:
        element = model.graph.elements[model.key_of(key)]
        stock = model.accumulator(key)
        adds_up = is_extensive(element.unit)
        if adds_up or element.key in region.weights:
            yield Target(
                name=key,
                variable=element.key,
                operator=">=",
                goal=math.nan,
                unit=model.variables[variable_of(stock)][0].unit if stock else element.unit,
                year=None,
                measure="year" if stock else "at",
                label=element.about.label,
                across="sum" if adds_up else "mean",
                weight="" if adds_up else region.weights[element.key],
            )


def side_by_side(run: xr.Dataset, counties: int) -> xr.Dataset:
    """Return a run whose members are counties one after another with the dims `member` and `scenario`."""
    made = {}
    for key, each in run.data_vars.items():
        values = each.transpose("member", ...).to_numpy()
        parts = values.reshape(counties, -1, *values.shape[1:]).swapaxes(0, 1)
        dims = [dim for dim in each.dims if dim != "member"]
        made[key] = (("member", "scenario", *dims), parts, each.attrs)
    coords = {name: each for name, each in run.coords.items() if "member" not in each.dims}
    return xr.Dataset(made, coords)


def values_in(run: xr.Dataset, number: Together, years: Sequence[int]) -> Floats:
    """Return a number of the counties of a run, as `side_by_side` lays it, at the ends of years.

    (members, years): nan in the first year of a run where the number is of what happened within a year.
    """
    own = run.isel(scenario=list(number.places))
    found = np.full((run.sizes["member"], len(years)), np.nan)
    for place, year in enumerate(years):
        if number.target.measure == "year" and year == round(float(run.time[0])):
            continue
        asked = replace(number.target, year=year, operator=">=")
        found[:, place] = value_of(own, asked).to_numpy()
    return found
