"""Lower a parsed model to a scalar graph: unroll subscripts, turn delays into stocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from simcounty.errors import Findings, ModelError, repeated
from simcounty.model import ordering
from simcounty.model.ast import Data, Equation, EquationError, Numbers, ParsedModel, key_of
from simcounty.model.expressions import element_of
from simcounty.model.graph import (
    CONTROLS,
    FINAL_TIME,
    TIME,
    About,
    Auxiliary,
    Call,
    Clock,
    Constant,
    Element,
    Graph,
    Interpolate,
    Lookup,
    State,
    element_key,
    expressions,
)
from simcounty.model.indexing import MOST_ELEMENTS, Cell, Dimensions, Lowering, Scope
from simcounty.model.stateful_functions import Identity

MOST_NESTED = 3_500  # terms or functions within another: what Python's recursion walks in every backend


def lower(source: ParsedModel) -> Graph:
    """Return the graph of a parsed model, its auxiliaries in the order in which they are computed.

    Raises ModelError, all findings at once, naming file, variable and equation.
    """
    findings = Findings(source.findings)
    try:
        dimensions = Dimensions.of(source.dimensions)
    except EquationError as reason:
        raise ModelError(f"{source.path}: {reason}.") from None
    model = Lowering(source, dimensions, _cells(source, dimensions, findings))
    for cell in model.cells.values():
        try:
            _lower_cell(cell, model)
        except EquationError as reason:
            findings.append(f"{cell.equation.key}: {reason}.{_place(cell.equation, model)}")
    if findings:  # without any, sorting the graph raises for a loop
        findings += ordering.loop_findings(
            source.path, [e for e in model.elements.values() if isinstance(e, Auxiliary)]
        )
    once = Findings(dict.fromkeys(findings))  # an equation for many subscripts gives a finding for each
    right = "as Vensim would" if source.path.suffix.lower() == ".mdl" else "as XMILE has it"
    once.raise_as(ModelError, f"{source.path}: this model cannot be computed {right}:")
    return _graph(model)


def _place(equation: Equation, model: Lowering) -> str:
    """Return where an equation stands in the file, and what it says."""
    text = " ".join(model.about(equation.key).equation.split())[:200]
    where = f"Line {equation.line}" if equation.line else "Equation"
    return f" {where}: {text}" if text else f" {where}."


def _cells(source: ParsedModel, dimensions: Dimensions, findings: Findings) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    counts: dict[str, int] = {}
    for equation in source.equations:
        if equation.key == TIME:
            findings.append(
                f"time: Time is set by the run; give the variable another name. Line {equation.line}."
            )
        try:
            _assert_fits(equation, dimensions, counts)
            for index, subscripts in enumerate(dimensions.cells(equation.subscripts)):
                if _excepted(equation, subscripts, dimensions):
                    continue
                key = element_key(equation.key, subscripts)
                if key in cells:
                    findings.append(
                        f"{key}: is defined twice. Line {equation.line}, and {cells[key].equation.line}."
                    )
                binding = dimensions.binding(equation.subscripts, subscripts)
                cells[key] = Cell(key, subscripts, equation, binding, index)
        except EquationError as reason:
            findings.append(f"{equation.key}: {reason}. Line {equation.line}.")
        _assert_few(cells, equation, source.path)
    return cells


def _assert_fits(equation: Equation, dimensions: Dimensions, counts: dict[str, int]) -> None:
    """Refuse a left-hand side whose subscripts, exceptions or numbers do not fit together."""
    keys = [key for key in map(key_of, equation.subscripts) if key in dimensions.by_key]
    if twice := repeated(keys):
        raise EquationError(f"the dimension {twice[0]} stands twice on the left; give one another name")
    if any(len(group) != len(equation.subscripts) for group in equation.excepts):
        raise EquationError(":EXCEPT: names another number of subscripts than the variable has")
    if isinstance(equation.body, Numbers):
        count = sum(1 for _ in dimensions.cells(equation.subscripts))
        if len(equation.body.values) != count:
            raise EquationError(
                f"the equation gives {len(equation.body.values)} numbers for {count} elements"
            )
    if (own := len(equation.subscripts)) != (other := counts.setdefault(equation.key, own)):
        raise EquationError(f"it has {own} subscripts here and {other} elsewhere")


def _assert_few(cells: Mapping[str, Cell], equation: Equation, path: Path) -> None:
    if len(cells) > MOST_ELEMENTS:
        what = f"{path}: line {equation.line}: with {equation.key} the model"
        raise ModelError(f"{what} has more than {MOST_ELEMENTS:,} elements. Take fewer subscripts.")


def _excepted(equation: Equation, cell: tuple[str, ...], dimensions: Dimensions) -> bool:
    def covers(group: tuple[str, ...]) -> bool:
        pairs = zip(group, cell, strict=True)
        return all(element in dimensions.elements(subscript) for subscript, element in pairs)

    return any(covers(group) for group in equation.excepts)


def _assert_shallow(element: Element, path: Path) -> None:
    """Refuse an expression that is nested deeper than backends walk."""
    deepest, waiting = 0, [(expr, 1) for expr in expressions(element)]
    while waiting and deepest <= MOST_NESTED:
        expr, depth = waiting.pop()
        deepest = max(deepest, depth)
        inner = expr.args if isinstance(expr, Call) else (expr.at,) if isinstance(expr, Interpolate) else ()
        waiting += [(each, depth + 1) for each in inner]
    if deepest > MOST_NESTED:
        raise ModelError(
            f"{path}: {element.about.key}: its equation has thousands of terms, or functions within another. "
            "Split it up."
        )


def _lower_cell(cell: Cell, model: Lowering) -> None:
    body = cell.equation.body
    if isinstance(body, Lookup) or (isinstance(body, Data) and body.source is None):
        return
    identity = Identity(cell.key, model.about(cell.equation.key), cell.subscripts)
    number = cell.number
    if number is None:
        scope = Scope(cell.key, cell.binding)
        model.elements[cell.key] = element_of(cell.equation.body, scope, model, identity)
    else:
        model.elements[cell.key] = Constant(*identity, value=number)


def _graph(model: Lowering) -> Graph:
    """Sort the elements into a graph, and read its clock."""
    path, about = model.source.path, _dimensioned(model)
    for each in model.elements.values():
        _assert_shallow(each, path)
    elements = [
        replace(e, about=about.get(e.about.key, e.about))
        for key, e in model.elements.items()
        if key not in CONTROLS or (key == FINAL_TIME and ordering.has_moving_end(model.elements))
    ]
    auxiliaries = ordering.evaluation_order(path, [e for e in elements if isinstance(e, Auxiliary)])
    states = tuple(e for e in elements if isinstance(e, State))
    return Graph(
        constants=tuple(e for e in elements if isinstance(e, Constant)),
        auxiliaries=auxiliaries,
        states=states,
        initial_order=ordering.initial_order(path, states, auxiliaries),
        clock=_clock(model),
        dims={key: each.subscripts for key, each in model.dimensions.by_key.items()},
        lookups={
            cell.key: (about[cell.equation.key], cell.equation.body)
            for cell in model.cells.values()
            if isinstance(cell.equation.body, Lookup)
        },
        hash=model.source.hash,
        notes=(*model.source.notes, *sorted(model.notes)),
        files=model.source.files,
    )


def _clock(model: Lowering) -> Clock:
    """Return the time axis and the method of integration; constants of the structure are fixed too."""
    clock = ordering.clock_of(model.source.path, model.elements)
    reads = tuple(sorted({*clock.reads, *model.fixed}))
    return replace(clock, reads=reads, integrator=model.source.integrator)


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
