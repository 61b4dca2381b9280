"""Label the rows of a backend: a Dataset with dimensions, units and provenance."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.backends import Inputs, Outcome
from simcounty.calendar import CLOSE
from simcounty.errors import Findings, InputError
from simcounty.model import Model
from simcounty.model.graph import Element
from simcounty.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Result:
    """What was run, and the outcome; `dim` is that of its members: None, "scenario" or "member".

    keep: the elements to show, the first rows of the outcome. table: the varied constants of an ensemble.
    """

    bases: tuple[Model | Scenario, ...]
    inputs: Inputs
    keep: tuple[Element, ...]
    outcome: Outcome
    dim: str | None
    table: Mapping[str, Numbers] = field(default_factory=dict)

    @property
    def model(self) -> Model:
        first = self.bases[0]
        return first.model if isinstance(first, Scenario) else first

    def level(self, key: str, time: float) -> Numbers:
        """Return the level of an element at a saved time, a number a member."""
        row = next(row for row, element in enumerate(self.keep) if element.key == key)
        times = self.inputs.times
        saved = np.flatnonzero(np.abs(times - time) <= CLOSE)
        if not saved.size:
            raise InputError(
                f"nothing is saved for TIME {time:g}; the run holds {times[0]:g} to {times[-1]:g}."
            )
        return np.asarray(self.outcome.values[row, saved[0]])


def to_dataset(result: Result) -> xr.Dataset:
    """Return the Dataset of a result; see `simulate`."""
    import xarray as xr

    variables: dict[str, list[int]] = {}
    for row, element in enumerate(result.keep):
        variables.setdefault(element.about.key, []).append(row)
    data = {key: _variable(result, rows) for key, rows in variables.items()}
    dims: dict[str, tuple[str, ...]] = {}
    for rows in variables.values():
        element = result.keep[rows[0]]
        pairs = zip(_dim_names(element, result.model), element.about.dims, strict=True)
        dims |= {name: result.model.graph.dims[dim] for name, dim in pairs}
    coordinates = _coordinates(result, dims)
    taken = [*(data.keys() & coordinates.keys()), *(result.table.keys() & {"member", "failed"})]
    clash = Findings(f"{key}: a coordinate of the result is called so; rename it." for key in sorted(taken))
    clash.raise_as(InputError, "these variables cannot be part of a result:")
    outcome, inputs = result.outcome, result.inputs
    made_by = (outcome.backend, outcome.integrator or inputs.integrator, inputs.step)
    scenarios = [base for base in result.bases if isinstance(base, Scenario)]
    return xr.Dataset(data, coords=coordinates, attrs=provenance(result.model, scenarios, *made_by))


def _variable(result: Result, rows: list[int]) -> tuple[tuple[str, ...], Numbers, dict[str, Any]]:
    """Return dims, values and attributes of one variable: an array (dim?, subscripts…, time)."""
    first, model = result.keep[rows[0]], result.model
    dims = _dim_names(first, model)
    subscripts = [model.graph.dims[dim] for dim in first.about.dims]
    array = np.moveaxis(_cells(result, rows, subscripts), -1, 0)
    if result.dim is None:
        return (*dims, "time"), array[0], _attributes(first, model)
    return (result.dim, *dims, "time"), array, _attributes(first, model)


def _cells(result: Result, rows: list[int], subscripts: list[tuple[str, ...]]) -> Numbers:
    """Return values (subscripts…, time, member) of a variable: a view where its rows hold every cell."""
    values, shape = result.outcome.values, tuple(map(len, subscripts))
    owned = [result.keep[row].subscripts for row in rows]
    if owned == list(product(*subscripts)) and rows == list(range(rows[0], rows[0] + len(rows))):
        return values[rows[0] : rows[0] + len(rows)].reshape(*shape, *values.shape[1:])
    array = np.full((*shape, *values.shape[1:]), np.nan)
    for row, own in zip(rows, owned, strict=True):
        array[tuple(names.index(each) for names, each in zip(subscripts, own, strict=True))] = values[row]
    return array


def _dim_names(element: Element, model: Model) -> tuple[str, ...]:
    """Return names of dimensions, apart from variables of that name and from one another."""
    names: list[str] = []
    for i, dim in enumerate(element.about.dims):
        taken = dim in model.variables or dim in ("time", "member", "scenario")
        name = f"{dim}_subscripts" if taken else dim
        earlier = element.about.dims[:i].count(dim)
        names.append(f"{name}_{earlier + 1}" if earlier else name)
    return tuple(names)


def _attributes(element: Element, model: Model) -> dict[str, Any]:
    about = element.about
    attributes = {
        "long_name": about.label,
        "units": about.unit,
        "explanation": about.explanation,
        "kind": element.kind,
        "accumulator": model.accumulator(about.key) or "",
    }
    return {name: value for name, value in attributes.items() if value}


def _coordinates(result: Result, dims: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    labels = {"long_name": "时间", "units": result.model.graph.clock.shown_unit}
    coordinates: dict[str, Any] = {"time": ("time", result.inputs.times, labels)}
    coordinates |= {name: list(subscripts) for name, subscripts in dims.items()}
    if result.dim == "scenario":
        coordinates["scenario"] = [base.name for base in result.bases]
    if result.dim == "member":
        coordinates["member"] = np.arange(result.inputs.members)
        shown = {element.key for element in result.keep}  # a varied constant that is kept has its own series
        varied = {key: column for key, column in result.table.items() if key not in shown}
        coordinates |= {key: ("member", np.array(column)) for key, column in varied.items()}
        coordinates["failed"] = ("member", result.outcome.failed)
    return coordinates


def provenance(
    model: Model, scenarios: Sequence[Scenario], backend: str, integrator: str, step: float
) -> dict[str, Any]:
    """Return what numbers were made from; only `created` differs between identical runs."""
    return {
        "model": model.path.name,
        "model_hash": model.hash,
        "scenario": ", ".join(s.name for s in scenarios),
        "scenario_file": ", ".join(s.path.name for s in scenarios if s.path),
        "scenario_hash": ", ".join(s.hash for s in scenarios),
        "county": ", ".join(dict.fromkeys(s.county.title for s in scenarios if s.county.title)),
        "headline": json.dumps(list(dict.fromkeys(key for s in scenarios for key in s.headline))),
        "levers": json.dumps({s.name: _levers(s) for s in scenarios}, ensure_ascii=False),
        **_changes(scenarios),
        "backend": backend,
        "integrator": integrator,
        "time_step": step,
        "time_unit": model.graph.clock.shown_unit,
        "simcounty": package_version(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _changes(scenarios: Sequence[Scenario]) -> dict[str, str]:
    """Return what commands changed in scenarios; nothing where they changed nothing."""
    changes = {each.name: each.changes for each in scenarios if each.changes}
    return {"changes": json.dumps(changes, ensure_ascii=False)} if changes else {}


def _levers(scenario: Scenario) -> dict[str, Any]:
    return {
        key: {"times": list(s.times), "values": list(s.values), "solved": s.solved}
        for key, s in scenario.levers.items()
    }


@lru_cache(maxsize=1)
def package_version() -> str:
    """Return the version of the installed package."""
    try:
        return version("simcounty")
    except PackageNotFoundError:
        return "0 (not installed)"
