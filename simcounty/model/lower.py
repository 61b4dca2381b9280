"""Lower a model as written into a scalar graph: subscripts unrolled, delays turned into stocks."""

from __future__ import annotations

from dataclasses import replace

from simcounty.errors import Findings, ModelError
from simcounty.model import ordering
from simcounty.model.ast import Equation, Points, Source
from simcounty.model.expressions import element_of, table_of
from simcounty.model.graph import TIME, About, Auxiliary, Constant, Graph, State
from simcounty.model.indexing import CONTROLS, Cell, Lowering, RefusedError, Scope, constant_of, element_key
from simcounty.model.mdl import key_of
from simcounty.model.stateful_functions import Where
from simcounty.model.subscripts import Dimensions, UnknownSubscriptError


def lower(source: Source) -> Graph:
    """Turn a model as written into a graph in computing order.

    Raises ModelError, all findings at once, naming file, variable and equation.
    """
    findings = Findings(source.findings)
    dimensions = Dimensions.of(source.ranges)
    model = Lowering(source, dimensions, _cells(source, dimensions, findings))
    for cell in model.cells.values():
        try:
            _lower_cell(cell, model)
        except (RefusedError, UnknownSubscriptError) as reason:
            findings.append(f"{cell.equation.key}: {reason}.{_written(model.about(cell.equation.key))}")
    if findings:  # without any, sorting the graph tells of a loop
        findings += ordering.loops(source.path, [e for e in model.found.values() if isinstance(e, Auxiliary)])
    once = list(dict.fromkeys(findings))  # an equation for many subscripts has each of its findings once
    Findings(once).raise_as(ModelError, f"{source.path}: this model cannot be computed as Vensim would:")
    return _graph(model)


def _written(about: About) -> str:
    return f" Equation: {' '.join(about.equation.split())[:200]}" if about.equation else ""


def _cells(source: Source, dimensions: Dimensions, findings: Findings) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for equation in source.equations:
        if equation.key == TIME:
            findings.append("time: Vensim sets Time itself; give the variable another name.")
        try:
            for index, subscripts in enumerate(dimensions.cells(equation.subscripts)):
                if _excepted(equation, subscripts, dimensions):
                    continue
                key = element_key(equation.key, subscripts)
                if key in cells:
                    findings.append(f"{key}: is defined twice.")
                binding = dimensions.binding(equation.subscripts, subscripts)
                cells[key] = Cell(key, subscripts, equation, binding, index)
        except UnknownSubscriptError as reason:
            findings.append(f"{equation.key}: {reason}.")
    return cells


def _excepted(equation: Equation, cell: tuple[str, ...], dimensions: Dimensions) -> bool:
    def covers(group: tuple[str, ...]) -> bool:
        pairs = zip(group, cell, strict=True)
        return all(element in dimensions.elements(subscript) for subscript, element in pairs)

    return any(covers(group) for group in equation.excepts)


def _lower_cell(cell: Cell, model: Lowering) -> None:
    if isinstance(cell.equation.body, Points):
        return
    where = Where(cell.key, model.about(cell.equation.key), cell.subscripts)
    number = constant_of(cell)
    if number is None:
        scope = Scope(cell.key, cell.binding)
        model.found[cell.key] = element_of(cell.equation.body, scope, model, where)
    else:
        model.found[cell.key] = Constant(*where, value=number)


def _graph(model: Lowering) -> Graph:
    """Sort what was found into a graph, and read its clock."""
    elements = {key: e for key, e in model.found.items() if key not in CONTROLS}
    controls = {key: e for key, e in model.found.items() if key in CONTROLS}
    path = model.source.path
    about = _dimensioned(model)
    shown = [replace(e, about=about.get(e.about.key, e.about)) for e in elements.values()]
    constants = tuple(e for e in shown if isinstance(e, Constant))
    auxiliaries = ordering.computing(path, [e for e in shown if isinstance(e, Auxiliary)])
    states = [e for e in shown if isinstance(e, State)]
    return Graph(
        constants=constants,
        auxiliaries=auxiliaries,
        states=tuple(states),
        start=ordering.initialising(path, states, auxiliaries),
        clock=ordering.clock(path, {**elements, **controls}),
        dims={key: r.subscripts for key, r in model.source.ranges.items()},
        lookups={
            cell.key: (about[cell.equation.key], table_of(cell.equation.body))
            for cell in model.cells.values()
            if isinstance(cell.equation.body, Points)
        },
        hash=model.source.hash,
    )


def _dimensioned(model: Lowering) -> dict[str, About]:
    """Give every variable the dimensions its elements run over."""
    cells: dict[str, list[Cell]] = {}
    for cell in model.cells.values():
        cells.setdefault(cell.equation.key, []).append(cell)
    return {key: replace(model.about(key), dims=_dims(own, model.dimensions)) for key, own in cells.items()}


def _dims(cells: list[Cell], dimensions: Dimensions) -> tuple[str, ...]:
    dims: list[str] = []
    for place in range(len(cells[0].subscripts)):
        written = {cell.equation.subscripts[place] for cell in cells}
        elements = tuple(dict.fromkeys(cell.subscripts[place] for cell in cells))
        dims.append(dimensions.dimension(written, elements) or key_of(elements[0]))
    return tuple(dims)
