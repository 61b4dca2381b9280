"""Give numbers their names: from a backend's rows to a Dataset with dimensions, units and provenance."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.backends import Inputs, Outcome
from simcounty.errors import Findings, InputError
from simcounty.model import Model
from simcounty.model.graph import Auxiliary, Constant, Element
from simcounty.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Answer:
    """What was asked, what came out, and the dim its members get: None, "scenario" or "member".

    values: (keep, saves, members).
    """

    questions: tuple[Model | Scenario, ...]
    inputs: Inputs
    keep: tuple[Element, ...]
    values: Numbers
    outcome: Outcome
    step: float | None
    dim: str | None
    table: Mapping[str, Numbers] | None = None
    failed: Numbers | None = None

    @property
    def model(self) -> Model:
        first = self.questions[0]
        return first.model if isinstance(first, Scenario) else first


def labelled(answer: Answer) -> xr.Dataset:
    """Return the Dataset of an answer; see `simulate`."""
    import xarray as xr

    variables: dict[str, list[int]] = {}
    for row, element in enumerate(answer.keep):
        variables.setdefault(element.about.key, []).append(row)
    data = {key: _variable(answer, rows) for key, rows in variables.items()}
    dims: dict[str, tuple[str, ...]] = {}
    for rows in variables.values():
        element = answer.keep[rows[0]]
        names = _dim_names(element, answer.model)
        pairs = zip(names, element.about.dims, strict=True)
        dims |= {name: answer.model.graph.dims[dim] for name, dim in pairs}
    inputs, coordinates = answer.inputs, _coordinates(answer, dims)
    taken = [*(data.keys() & coordinates.keys()), *((answer.table or {}).keys() & {"member", "failed"})]
    clash = [f"{key}: a coordinate of the result is called so; rename it." for key in sorted(taken)]
    Findings(clash).raise_as(InputError, "these variables cannot stand in a result:")
    made_by = (answer.outcome.backend, answer.outcome.integrator or inputs.integrator, inputs.step)
    scenarios = [q for q in answer.questions if isinstance(q, Scenario)]
    return xr.Dataset(data, coords=coordinates, attrs=provenance(answer.model, scenarios, *made_by))


def _variable(answer: Answer, rows: list[int]) -> tuple[tuple[str, ...], Numbers, dict[str, Any]]:
    """Put the elements of one variable into an array (dim?, subscripts…, time)."""
    first = answer.keep[rows[0]]
    dims = _dim_names(first, answer.model)
    subscripts = [answer.model.graph.dims[dim] for dim in first.about.dims]
    shape = [len(names) for names in subscripts]
    members, saves = answer.values.shape[2], answer.values.shape[1]
    array = np.full((members, *shape, saves), np.nan)
    for row in rows:
        places = zip(subscripts, answer.keep[row].subscripts, strict=True)
        place: tuple[Any, ...] = (slice(None), *(names.index(own) for names, own in places))
        array[place] = answer.values[row].T
    attributes = _attributes(first, answer.model)
    if answer.dim is None:
        return (*dims, "time"), array[0], attributes
    return (answer.dim, *dims, "time"), array, attributes


def _dim_names(element: Element, model: Model) -> tuple[str, ...]:
    """Name dimensions apart from variables of that name, and from themselves where one stands twice."""
    names: list[str] = []
    for i, dim in enumerate(element.about.dims):
        taken = dim in model.variables or dim in ("time", "member", "scenario")
        name = f"{dim}_subscripts" if taken else dim
        earlier = element.about.dims[:i].count(dim)
        names.append(f"{name}_{earlier + 1}" if earlier else name)
    return tuple(names)


def _attributes(element: Element, model: Model) -> dict[str, Any]:
    about = element.about
    kind = "constant" if isinstance(element, Constant) else "stock"
    attributes = {
        "long_name": about.label,
        "units": about.unit,
        "explanation": about.explanation,
        "kind": "auxiliary" if isinstance(element, Auxiliary) else kind,
        "accumulator": model.accumulator(about.key) or "",
    }
    return {name: value for name, value in attributes.items() if value}


def _coordinates(answer: Answer, dims: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    inputs = answer.inputs
    times = inputs.start + np.array(inputs.saves) * inputs.step
    coordinates: dict[str, Any] = {"time": ("time", times, {"long_name": "时间", "units": "year"})}
    coordinates |= {name: list(subscripts) for name, subscripts in dims.items()}
    if answer.dim == "scenario":
        coordinates["scenario"] = [q.name for q in answer.questions]
    if answer.dim == "member":
        coordinates["member"] = np.arange(answer.values.shape[2])
        shown = {element.key for element in answer.keep}  # a varied constant that is kept has its own series
        varied = {key: column for key, column in (answer.table or {}).items() if key not in shown}
        coordinates |= {key: ("member", np.array(column)) for key, column in varied.items()}
        coordinates["failed"] = ("member", answer.failed)
    return coordinates


def provenance(
    model: Model, scenarios: Sequence[Scenario], backend: str, integrator: str, step: float
) -> dict[str, Any]:
    """Say what numbers were made from; `created` alone differs between identical runs."""
    return {
        "model": model.path.name,
        "model_hash": model.hash,
        "scenario": ", ".join(s.name for s in scenarios),
        "scenario_file": ", ".join(s.path.name for s in scenarios if s.path),
        "scenario_hash": ", ".join(s.hash for s in scenarios),
        "county": ", ".join(dict.fromkeys(s.county.title for s in scenarios if s.county.title)),
        "headline": ", ".join(dict.fromkeys(key for s in scenarios for key in s.headline)),
        "levers": json.dumps({s.name: _levers(s) for s in scenarios}, ensure_ascii=False),
        "backend": backend,
        "integrator": integrator,
        "time_step": step,
        "simcounty": package_version(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


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
