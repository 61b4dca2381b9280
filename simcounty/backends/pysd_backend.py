"""Run PySD on the same model file: slow, and independent of everything that simcounty generates."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from simcounty.backends.job import Floats, Inputs, Outcome
from simcounty.errors import InputError
from simcounty.model import load_model
from simcounty.model.graph import Constant, Element, Graph
from simcounty.model.read import abstract_model


def integrate(graph: Graph, path: Path, inputs: Inputs) -> Outcome:
    """Integrate every member in turn, each with a model translated anew: PySD's settings outlive a run.

    Raises InputError for what PySD cannot do: another integrator than Euler, a moving constant that has
    subscripts, elements of which some are constants and others are not.
    """
    if inputs.integrator != "euler":
        raise InputError(f"reference: PySD integrates by Euler, not {inputs.integrator}.")
    moving = [graph.constants[p.row] for p in inputs.paths]
    if subscripted := [c.key for c in moving if c.subscripts]:
        raise InputError(f"reference: PySD cannot move single elements: {', '.join(subscripted)}.")
    columns = [_run(graph, path, inputs, member) for member in range(inputs.members)]
    values = np.stack(columns, axis=2)
    failed = np.asarray(~np.isfinite(values).all(axis=(0, 1)))
    return Outcome(values, failed, "reference", "euler (PySD)")


def _run(graph: Graph, path: Path, inputs: Inputs, member: int) -> Floats:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = _translated(path, folder, inputs.start)
            parameters = _parameters(graph, path, inputs, member)
            frame = model.run(
                params={_spelled(name, model): value for name, value in parameters.items()},
                final_time=inputs.end,
                time_step=inputs.step,
                return_columns=sorted({_spelled(graph.elements[k].about.name, model) for k in inputs.keep}),
                return_timestamps=list(inputs.times),
                flatten_output=True,
            )
        except ZeroDivisionError:
            return np.full(inputs.shape[:2], np.nan)
        except Exception as error:  # whatever PySD fails on, it cannot run this model
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            raise InputError(f"reference: PySD cannot run {path} ({reason}).") from None
    return np.array([_column(frame, graph.elements[key]) for key in inputs.keep])


def _spelled(name: str, model: Any) -> str:
    """Return a name with the quotes that PySD keeps around it, if any."""
    return f'"{name}"' if f'"{name}"' in model.namespace else name


def _translated(path: Path, folder: str, start: float) -> Any:
    """Translate a model by PySD with another INITIAL TIME, to which PySD resets whatever `run` is given.

    Comments and units are dropped: PySD would write them into Python code.
    """
    import pysd
    from pysd.builders.python.python_model_builder import ModelBuilder

    copy = Path(folder) / f"model{path.suffix.lower()}"  # PySD writes its translation beside the model
    shutil.copyfile(path, copy)
    model = abstract_model(copy)
    for section in model.sections:
        for element in section.elements:
            element.documentation = element.units = ""
            if element.name.upper() == "INITIAL TIME":
                element.components[0].ast = start
    return pysd.load(ModelBuilder(model).build_model())


def _parameters(graph: Graph, path: Path, inputs: Inputs, member: int) -> dict[str, Any]:
    """Return every constant by the author's name: a number, an array, or a series of a moving one."""
    import pandas as pd  # type: ignore[import-untyped]
    import xarray as xr

    values = inputs.constants[:, member]
    written = load_model(path).constants
    parameters: dict[str, Any] = {}
    for row, constant in enumerate(graph.constants):
        name = constant.about.name
        if not all(isinstance(e, Constant) for e in graph.variables[constant.about.key]):
            if values[row] != written[constant.key].value:
                raise InputError(f"reference: PySD cannot set {constant.key} beside the equations of {name}.")
            continue
        if not constant.subscripts:
            parameters[name] = float(values[row])
            continue
        if name not in parameters:
            coordinates = {dim: list(graph.dims[dim]) for dim in constant.about.dims}
            parameters[name] = xr.DataArray(np.nan, coordinates, constant.about.dims)
        parameters[name].loc[dict(zip(constant.about.dims, constant.subscripts, strict=True))] = values[row]
    steps = inputs.start + np.arange(inputs.steps + 1) * inputs.step
    for j, moving in enumerate(inputs.paths):
        name = graph.constants[moving.row].about.name
        series = _moved(inputs, j, moving.of_member(member), parameters[name])
        parameters[name] = pd.Series(series, steps)
    return parameters


def _moved(inputs: Inputs, j: int, own: Floats, before: float) -> Floats:
    """Return the value of path j at every step, by the schedule that all backends share."""
    low, weight = inputs.schedule.low[:, 0, j], inputs.schedule.weight[:, 0, j]
    high = np.minimum(low + 1, len(own) - 1)
    return np.where(inputs.schedule.on[:, j], own[low] + weight * (own[high] - own[low]), before)


def _column(frame: Any, element: Element) -> Floats:
    name = element.about.name
    inside = f"[{','.join(element.subscripts)}]" if element.subscripts else ""
    for column in (f"{name}{inside}", f'"{name}"{inside}'):
        if column in frame.columns:
            return np.asarray(frame[column], float)
    raise InputError(f"reference: PySD gives no column {name}{inside}.")
