"""Lower a model as written into a scalar graph: subscripts unrolled, delays turned into stocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

from simcounty.errors import ModelError, did_you_mean, raise_findings
from simcounty.model import order
from simcounty.model.builtins import BUILTINS, call, evaluate
from simcounty.model.graph import (
    FINAL_TIME,
    INITIAL_TIME,
    STEP_START,
    TIME,
    TIME_STEP,
    About,
    Auxiliary,
    Constant,
    Element,
    Expr,
    Graph,
    Interpolate,
    Number,
    Ref,
    State,
    Table,
    references,
)
from simcounty.model.mdl import key_of
from simcounty.model.source import Apply, Equation, Literal, Name, Numbers, Points, Source, Syntax, Unread
from simcounty.model.states import EXPANSIONS, STATES, Where
from simcounty.model.subscripts import Binding, Dimensions, UnknownSubscriptError

CLOCK = (TIME, TIME_STEP, INITIAL_TIME, FINAL_TIME)
CONTROLS = (INITIAL_TIME, FINAL_TIME, TIME_STEP, "saveper")
_MANY = 32
_FOLDS = {"sum": "add", "prod": "multiply", "vmin": "min", "vmax": "max"}


class _RefusedError(Exception):
    """Why one equation cannot be lowered."""


@dataclass(frozen=True)
class _Cell:
    """One element's share of an equation: its subscripts, and what its dimensions stand for."""

    key: str
    subscripts: tuple[str, ...]
    equation: Equation
    binding: Binding
    index: int


@dataclass
class _Lowering:
    """What is known of the model, and the elements found so far."""

    source: Source
    dimensions: Dimensions
    cells: Mapping[str, _Cell]
    found: dict[str, Element] = field(default_factory=dict)

    def about(self, key: str) -> About:
        return self.source.about.get(key, About(key, key))


@dataclass
class _Scope:
    """Where an expression stands: its element, what dimensions mean there, and a macro's own names."""

    element: str
    binding: Binding
    names: Mapping[str, Expr] = field(default_factory=dict)
    counter: list[str] = field(default_factory=list)

    def within(self, binding: Binding) -> _Scope:
        return replace(self, binding={**self.binding, **binding})


def lower(source: Source) -> Graph:
    """Turn a model as written into a graph in computing order.

    Raises ModelError, all findings at once, naming file, variable and equation.
    """
    findings = list(source.findings)
    dimensions = Dimensions.of(source.ranges)
    model = _Lowering(source, dimensions, _cells(source, dimensions, findings))
    for cell in model.cells.values():
        try:
            _lower_cell(cell, model)
        except (_RefusedError, UnknownSubscriptError) as reason:
            findings.append(f"{cell.equation.key}: {reason}.{_written(model.about(cell.equation.key))}")
    once = list(dict.fromkeys(findings))  # an equation for many subscripts has each of its findings once
    raise_findings(ModelError, f"{source.path}: this model cannot be computed as Vensim would:", once)
    return _graph(model)


def _written(about: About) -> str:
    return f" Equation: {' '.join(about.equation.split())[:200]}" if about.equation else ""


def _cells(source: Source, dimensions: Dimensions, findings: list[str]) -> dict[str, _Cell]:
    cells: dict[str, _Cell] = {}
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
                cells[key] = _Cell(key, subscripts, equation, binding, index)
        except UnknownSubscriptError as reason:
            findings.append(f"{equation.key}: {reason}.")
    return cells


def _excepted(equation: Equation, cell: tuple[str, ...], dimensions: Dimensions) -> bool:
    def covers(group: tuple[str, ...]) -> bool:
        pairs = zip(group, cell, strict=True)
        return all(element in dimensions.elements(subscript) for subscript, element in pairs)

    return any(covers(group) for group in equation.excepts)


def element_key(key: str, subscripts: tuple[str, ...]) -> str:
    """Return the key of one element of a variable.

    >>> element_key("population", ("age_0_14",))
    'population[age_0_14]'
    """
    return f"{key}[{','.join(subscripts)}]" if subscripts else key


def _lower_cell(cell: _Cell, model: _Lowering) -> None:
    if isinstance(cell.equation.body, Points):
        return
    where = Where(cell.key, model.about(cell.equation.key), cell.subscripts)
    number = _constant(cell)
    if number is None:
        scope = _Scope(cell.key, cell.binding)
        model.found[cell.key] = _element(cell.equation.body, scope, model, where)
    else:
        model.found[cell.key] = Constant(*where, value=number)


def _element(body: Syntax, scope: _Scope, model: _Lowering, where: Where) -> Element:
    key = body.function.key if isinstance(body, Apply) else ""
    if key in STATES and isinstance(body, Apply):
        state = STATES[key]
        return state.build(where, *(_expression(arg, scope, model) for arg in _arguments(body, state.arity)))
    if key == "active_initial" and isinstance(body, Apply):
        expr, initial = (_expression(arg, scope, model) for arg in _arguments(body, 2))
        return Auxiliary(*where, expr=expr, initial=initial)
    return Auxiliary(*where, expr=_expression(body, scope, model))


def _constant(cell: _Cell) -> float | None:
    body = cell.equation.body
    if isinstance(body, Literal):
        return body.value
    if isinstance(body, Apply) and body.function.key == "negative" and isinstance(body.args[0], Literal):
        return -body.args[0].value
    if not isinstance(body, Numbers):
        return None
    if cell.index >= len(body.values):
        raise _RefusedError(f"the equation gives {len(body.values)} numbers, too few for its subscripts")
    return body.values[cell.index]


def _arguments(body: Apply, count: int) -> tuple[Syntax, ...]:
    if len(body.args) != count:
        name = body.function.key.replace("_", " ").upper()
        raise _RefusedError(f"{name} takes {count} arguments, got {len(body.args)}")
    return body.args


def _expression(body: Syntax, scope: _Scope, model: _Lowering) -> Expr:
    if isinstance(body, Literal):
        return Number(body.value)
    if isinstance(body, Name):
        return _name(body, scope, model)
    if isinstance(body, Unread):
        raise _RefusedError(body.reason)
    if isinstance(body, Points | Numbers):
        raise _RefusedError("a list of numbers stands where one number is needed")
    key = body.function.key
    if key in _SPECIAL:
        return _SPECIAL[key](body, scope, model)
    if key in model.source.macros:
        return _macro(body, scope, model)
    if key in BUILTINS:
        return _builtin(body, scope, model)
    table = _table(body.function, scope, model)
    return Interpolate(table, _expression(_arguments(body, 1)[0], scope, model))


def _builtin(body: Apply, scope: _Scope, model: _Lowering) -> Expr:
    key = body.function.key
    if key in ("equal", "not_equal") and (known := _compared(body, scope, model)) is not None:
        return Number(float(known if key == "equal" else not known))
    args = _arguments(body, BUILTINS[key].arity)
    return call(key, *(_expression(arg, scope, model) for arg in args))


def _compared(body: Apply, scope: _Scope, model: _Lowering) -> bool | None:
    """Decide `dim = subscript` while loading, where both sides belong to one family of subscripts."""
    dims = model.dimensions
    sides = [a for a in body.args if isinstance(a, Name) and _is_subscript(a, scope, model)]
    if len(sides) < 2:
        return None
    left, right = (dims.element(side.key, scope.binding) for side in sides)
    if dims.family(left) == dims.family(right):
        return left == right
    if parts := [side.key for side in sides if dims.is_part(side.key)]:
        raise _RefusedError(f"the subrange {parts[0]} is compared with a dimension it is no part of")
    return None


def _is_subscript(name: Name, scope: _Scope, model: _Lowering) -> bool:
    known = name.key in model.dimensions.ranges or name.key in model.dimensions.spelling
    return known and not name.subscripts and name.key not in scope.names and name.key not in model.cells


def _name(body: Name, scope: _Scope, model: _Lowering) -> Expr:
    if body.key in scope.names:
        return scope.names[body.key]
    if body.key in CLOCK:
        return Ref(body.key)
    if body.key == "saveper":
        raise _RefusedError("SAVEPER decides what is saved, not what is computed; no equation can use it")
    if _is_subscript(body, scope, model):
        return Number(float(model.dimensions.position(body.key, scope.binding)))
    return Ref(_referred(body, scope, model))


def _referred(body: Name, scope: _Scope, model: _Lowering) -> str:
    subscripts = tuple(model.dimensions.element(s, scope.binding) for s in body.subscripts)
    key = element_key(body.key, subscripts)
    if key in model.cells:
        return key
    if any(cell.equation.key == body.key for cell in model.cells.values()):
        raise _RefusedError(f"{key} is used, but {body.key} is not defined for these subscripts")
    known = {cell.equation.key for cell in model.cells.values()}
    meant = did_you_mean(body.key, known).rstrip("?")
    raise _RefusedError(f"{body.key} is used but not defined{meant}")


def _table(name: Name, scope: _Scope, model: _Lowering) -> Table:
    subscripts = tuple(model.dimensions.element(s, scope.binding) for s in name.subscripts)
    cell = model.cells.get(element_key(name.key, subscripts))
    if cell is not None and isinstance(cell.equation.body, Unread):
        return Table((0.0,), (0.0,))  # reported for the lookup itself
    if cell is None or not isinstance(cell.equation.body, Points):
        known = [*BUILTINS, *_SPECIAL, *model.source.macros]
        shown = name.key.replace("_", " ").upper()
        meant = did_you_mean(name.key, known).rstrip("?")
        raise _RefusedError(f"the function {shown} is not supported{meant}")
    return _points(cell.equation.body)


def _points(body: Points) -> Table:
    return Table(body.xs, body.ys, body.beyond)


def _with_lookup(body: Apply, scope: _Scope, model: _Lowering) -> Expr:
    at, points = _arguments(body, 2)
    if not isinstance(points, Points):
        raise _RefusedError("WITH LOOKUP takes an input and a list of points")
    return Interpolate(_points(points), _expression(at, scope, model))


def _extrapolated(body: Apply, scope: _Scope, model: _Lowering) -> Expr:
    name, at = _arguments(body, 2)
    if not isinstance(name, Name):
        raise _RefusedError("LOOKUP EXTRAPOLATE takes the name of a lookup and an input")
    table = replace(_table(name, scope, model), beyond="extend")
    return Interpolate(table, _expression(at, scope, model))


def _count(body: Apply, scope: _Scope, model: _Lowering) -> Expr:
    (dimension,) = _arguments(body, 1)
    if not isinstance(dimension, Name):
        raise _RefusedError("ELMCOUNT takes the name of a dimension")
    return Number(float(len(model.dimensions.elements(dimension.key))))


def _pi(body: Apply, scope: _Scope, model: _Lowering) -> Expr:
    return Number(math.pi)


def _folded(body: Apply, scope: _Scope, model: _Lowering) -> Expr:
    """SUM, PROD, VMIN and VMAX over the dimensions marked with `!`."""
    (inside,) = _arguments(body, 1)
    over = sorted(set(_marked(inside)))
    if not over:
        raise _RefusedError(f"{body.function.key.upper()} needs a subscript marked with !")
    cells = model.dimensions.cells(tuple(name.rstrip("! ") for name in over))
    terms = [
        _expression(inside, scope.within({key_of(n): e for n, e in zip(over, cell, strict=True)}), model)
        for cell in cells
    ]
    return _joined(_FOLDS[body.function.key], terms)


def _joined(function: str, terms: list[Expr]) -> Expr:
    """Fold in the order of the subscripts; many by halves, so that the nesting stays shallow."""
    if len(terms) <= _MANY:
        return reduce(lambda a, b: call(function, a, b), terms)
    half = len(terms) // 2
    return call(function, _joined(function, terms[:half]), _joined(function, terms[half:]))


def _marked(body: Syntax) -> list[str]:
    if isinstance(body, Name):
        return [s for s in body.subscripts if s.rstrip().endswith("!")]
    if isinstance(body, Apply) and body.function.key not in _FOLDS:  # a SUM inside has marks of its own
        return [m for part in (body.function, *body.args) for m in _marked(part)]
    return []


def _macro(body: Apply, scope: _Scope, model: _Lowering) -> Expr:
    """Put a macro's equations in place of its call, under names of their own."""
    macro = model.source.macros[body.function.key]
    args = _arguments(body, len(macro.parameters))
    prefix = _fresh(scope, macro.key)
    own = {e.key: f"{prefix} | {e.key}" for e in macro.equations}
    names: dict[str, Expr] = {key: Ref(hidden) for key, hidden in own.items()}
    values = (_expression(arg, scope, model) for arg in args)
    names |= dict(zip(macro.parameters, values, strict=True))
    for equation in macro.equations:
        if equation.subscripts:
            raise _RefusedError(f"the macro {macro.key} has subscripted equations; write them out instead")
        inner = _Scope(own[equation.key], {}, names)
        _lower_hidden(equation.body, inner, model)
    return Ref(own[macro.key])


def _fresh(scope: _Scope, what: str) -> str:
    scope.counter.append(what)
    return f"{scope.element} | {what}{len(scope.counter)}"  # blanks: no name of the file is spelled so


def _hidden_state(body: Apply, scope: _Scope, model: _Lowering) -> Expr:
    """Lower a state that stands inside an expression under a name of its own."""
    inner = _Scope(_fresh(scope, body.function.key), scope.binding, scope.names)
    return _lower_hidden(body, inner, model)


def _lower_hidden(body: Syntax, scope: _Scope, model: _Lowering) -> Expr:
    key = scope.element
    model.found[key] = _element(body, scope, model, Where(key, About(key, key, hidden=True)))
    return Ref(key)


def _expanded(body: Apply, scope: _Scope, model: _Lowering) -> Expr:
    """Replace SMOOTH, DELAY, TREND, FORECAST and SAMPLE IF TRUE by what they are made of."""
    expansion = EXPANSIONS[body.function.key]
    args = [_expression(arg, scope, model) for arg in _arguments(body, expansion.arity)]
    if expansion.ordered:
        args[-1] = Number(float(_stages(args[-1], body.function.key, model)))
    if body.function.key == "delay_n":
        args.append(args[-1])
        args[-2] = Number(_possible_stages(args[-1], args[1], model))
    result, parts = expansion.build(_fresh(scope, body.function.key), *args)
    model.found |= {part.key: part for part in parts}
    return result


def _stages(expr: Expr, function: str, model: _Lowering) -> int:
    """Return the order of a delay: it decides how many stocks there are, so it is settled while loading."""
    number = _at_start(expr, model, constants=False)
    if number < 1 or number != int(number):
        raise _RefusedError(f"the order of {function.upper()} is {number:g}, not a whole number from 1")
    return int(number)


def _possible_stages(order: Expr, time: Expr, model: _Lowering) -> float:
    """Return how many stages DELAY N has in Vensim: as asked, but none shorter than a step."""
    step = _at_start(Ref(TIME_STEP), model, constants=True)
    asked = _at_start(order, model, constants=True)
    return max(1.0, min(asked, math.floor(_at_start(time, model, constants=True) / step + 1e-6)))


def _at_start(expr: Expr, model: _Lowering, constants: bool) -> float:
    """Evaluate an expression of the clock, and of constants where allowed, at the first instant."""
    values: dict[str, float] = {}
    for key in references(expr):
        if constants and key in (TIME, STEP_START):
            raise _RefusedError("the time of DELAY N changes during the run; use DELAY3, or a constant time")
        cell = model.cells.get(INITIAL_TIME if key in (TIME, STEP_START) else key)
        if cell is None:
            raise _RefusedError(f"how many stages a delay has depends on {key}, which moves; write a number")
        number = _constant(cell)
        if number is not None and not constants and key not in (*CLOCK, STEP_START):
            raise _RefusedError(f"the order of a delay depends on the constant {key}; write it as a number")
        if number is None:
            inner = _expression(cell.equation.body, _Scope(cell.key, cell.binding), model)
            number = _at_start(inner, model, constants)
        values[key] = number
    return float(evaluate(expr, values))


_SPECIAL: dict[str, Callable[[Apply, _Scope, _Lowering], Expr]] = {
    **dict.fromkeys(_FOLDS, _folded),
    **dict.fromkeys(STATES, _hidden_state),
    **dict.fromkeys(EXPANSIONS, _expanded),
    "active_initial": _hidden_state,
    "with_lookup": _with_lookup,
    "lookup_extrapolate": _extrapolated,
    "elmcount": _count,
    "pi": _pi,
}


def _graph(model: _Lowering) -> Graph:
    """Sort what was found into a graph, and read its clock."""
    elements = {key: e for key, e in model.found.items() if key not in CONTROLS}
    controls = {key: e for key, e in model.found.items() if key in CONTROLS}
    path = model.source.path
    about = _dimensioned(model)
    shown = [replace(e, about=about.get(e.about.key, e.about)) for e in elements.values()]
    constants = tuple(e for e in shown if isinstance(e, Constant))
    auxiliaries = order.computing(path, [e for e in shown if isinstance(e, Auxiliary)])
    states = [e for e in shown if isinstance(e, State)]
    return Graph(
        constants=constants,
        auxiliaries=auxiliaries,
        states=tuple(states),
        start=order.initialising(path, states, auxiliaries),
        clock=order.clock(path, {**elements, **controls}),
        dims={key: r.subscripts for key, r in model.source.ranges.items()},
        lookups={
            cell.key: (about[cell.equation.key], _points(cell.equation.body))
            for cell in model.cells.values()
            if isinstance(cell.equation.body, Points)
        },
        hash=model.source.hash,
    )


def _dimensioned(model: _Lowering) -> dict[str, About]:
    """Give every variable the dimensions its elements run over."""
    cells: dict[str, list[_Cell]] = {}
    for cell in model.cells.values():
        cells.setdefault(cell.equation.key, []).append(cell)
    return {key: replace(model.about(key), dims=_dims(own, model.dimensions)) for key, own in cells.items()}


def _dims(cells: list[_Cell], dimensions: Dimensions) -> tuple[str, ...]:
    dims: list[str] = []
    for place in range(len(cells[0].subscripts)):
        written = {cell.equation.subscripts[place] for cell in cells}
        elements = tuple(dict.fromkeys(cell.subscripts[place] for cell in cells))
        dims.append(dimensions.dimension(written, elements) or key_of(elements[0]))
    return tuple(dims)
