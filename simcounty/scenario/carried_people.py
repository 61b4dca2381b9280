"""People carried from the last census to a later start, by the county's own run without policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from simcounty import toml_files
from simcounty.accounts.census import CENSUS_YEAR, FOLDER
from simcounty.backends import Inputs, integrate
from simcounty.errors import InputError
from simcounty.language import said
from simcounty.model import Model
from simcounty.model.graph import variable_of
from simcounty.scenario.county_value import CountyValue
from simcounty.toml_files import Shape

FILE = f"{FOLDER}/carried.toml"
Rows = Mapping[str, NDArray[np.float64]]


class KeptShape(Shape):
    """Values that stay as the census told them."""

    values: list[str]


class CarriedShape(Shape):
    """`carried.toml`: which inputs of the rule are taken of the run, and how."""

    levels: dict[str, str]
    in_proportion: dict[str, str]
    kept: KeptShape


def assert_start(year: int, model: Model) -> None:
    """Raise InputError for a year that people cannot be carried to: before the census, after the model."""
    last = int(model.graph.clock.end) - 1
    if not CENSUS_YEAR <= year <= last:
        raise InputError(said("county.started", year=year, census=CENSUS_YEAR, last=last))


def carried_inputs(
    model: Model, year: int, given: Sequence[Mapping[str, float]], values: Sequence[Sequence[CountyValue]]
) -> list[dict[str, float]]:
    """Return the inputs of each county that a later start changes: the census, carried by its own run.

    `given` are the inputs at the census, `values` the county's values there.
    """
    shape = carried_shape()
    wanted = {variable_of(key) for key in [*shape.levels.values(), *shape.in_proportion.values()]}
    elements = [each.key for name in wanted for each in model.variables[name]]
    first, last = _ends(model, year, values, elements)
    found = []
    for i, inputs in enumerate(given):
        made: dict[str, float] = {}
        for key in _inputs_of(shape.levels, inputs):
            made[key] = sum(last[each][i] for each in _alike(elements, shape.levels[variable_of(key)], key))
        for key in _inputs_of(shape.in_proportion, inputs):
            element = shape.in_proportion[key]
            made[key] = inputs[key] * (last[element][i] / first[element][i] if first[element][i] else 1.0)
        found.append(made)
    return found


def _inputs_of(table: Mapping[str, str], inputs: Mapping[str, float]) -> list[str]:
    """Return the inputs of a table: the elements of arrays, and others even where they are not given."""
    elements = [key for key in inputs if variable_of(key) in table]
    return [*elements, *(key for key in table if key not in set(map(variable_of, elements)))]


def _alike(elements: Sequence[str], variable: str, key: str) -> list[str]:
    """Return the elements of a variable that have the subscripts of an input."""
    subscripts = set(_subscripts(key))
    return [
        each for each in elements if variable_of(each) == variable and subscripts <= set(_subscripts(each))
    ]


def _subscripts(key: str) -> list[str]:
    return key.partition("[")[2].rstrip("]").split(",") if "[" in key else []


def _ends(
    model: Model, year: int, values: Sequence[Sequence[CountyValue]], keep: Sequence[str]
) -> tuple[Rows, Rows]:
    """Run the counties from the census to a year; return what they keep at both ends."""
    own = [{value.key: value.value for value in each} for each in values]
    constants = np.array([[each.get(c.key, c.value) for each in own] for c in model.graph.constants])
    step = model.graph.clock.step
    last = round((year - CENSUS_YEAR) / step)
    inputs = Inputs(constants, float(CENSUS_YEAR), float(year), step, saves=(0, last), keep=tuple(keep))
    outcome = integrate(model.graph, model.path, inputs)
    first, final = outcome.values[:, 0], outcome.values[:, 1]
    return dict(zip(keep, first, strict=True)), dict(zip(keep, final, strict=True))


def carried_shape() -> CarriedShape:
    """Return what is carried, and how."""
    return toml_files.shipped(FILE, CarriedShape)
