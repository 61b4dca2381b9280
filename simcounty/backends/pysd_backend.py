"""Run PySD on the same model file: slow, and independent of everything that simcounty generates."""

from __future__ import annotations

import re
import shutil
import tempfile
import warnings
from ast import literal_eval
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np

from simcounty.backends.job import Floats, Inputs, Outcome
from simcounty.errors import InputError
from simcounty.model import load_model
from simcounty.model.graph import Constant, Element, Graph

_NUMBER = r"\s*(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TERM = re.compile(rf"[+-]?{_NUMBER}")
_SUM = re.compile(rf"\s*[+-]?{_NUMBER}(?:\s*[+-]{_NUMBER})*\s*")


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
    model = _abstract_model(copy)
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


def _abstract_model(path: Path) -> Any:
    """Return PySD's abstract model of a file."""
    from pysd.translators.vensim import vensim_element
    from pysd.translators.vensim.vensim_file import VensimFile
    from pysd.translators.xmile import xmile_element
    from pysd.translators.xmile.xmile_file import XmileFile

    file = VensimFile(path, encoding="utf-8-sig") if path.suffix.lower() == ".mdl" else XmileFile(path)
    with _made_safe(vensim_element if path.suffix.lower() == ".mdl" else xmile_element):
        file.parse()
        return file.get_abstract_model()


@contextmanager
def _made_safe(module: Any) -> Iterator[None]:
    """Keep the translator from evaluating text of the file, and from taking -2^2 for (-2)^2."""
    visitor = module.EquationVisitor
    usual = visitor.visit_neg_expr, visitor.visit_exp_expr
    module.eval, visitor.visit_neg_expr = _literal, _negative

    def visit_exp_expr(self: Any, node: Any, parts: list[Any]) -> Any:
        if "".join(map(str, parts)).count("^") > 1:  # the signs of a power of a power are PySD's own matter
            self.negatives.clear()
        return usual[1](self, node, parts)

    visitor.visit_exp_expr = visit_exp_expr
    try:
        yield
    finally:
        del module.eval
        visitor.visit_neg_expr, visitor.visit_exp_expr = usual


def _literal(text: str) -> Any:
    """Read what the translator would run as Python: numbers, their sums, points, strings, never a call."""
    if text.strip().isdigit():
        return int(text)
    if _SUM.fullmatch(text):
        return reduce(add, (float(re.sub(r"\s", "", term)) for term in _TERM.findall(text)))
    try:
        return literal_eval(text)
    except (ValueError, SyntaxError):
        raise ValueError(f"{text!r} is neither a number nor a list of points") from None


def _negative(self: Any, node: Any, parts: list[Any]) -> Any:
    """Keep the sign of a number apart, as that of a name: Vensim raises to a power first."""
    if parts[0] == "-":
        self.negatives.add(parts[2])
    return parts[2]
