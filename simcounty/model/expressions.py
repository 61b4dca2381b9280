"""Lower expressions: resolve subscripts, and replace calls by what they are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import reduce
from itertools import pairwise

from simcounty.errors import did_you_mean
from simcounty.model.ast import (
    Apply,
    Data,
    EquationError,
    Literal,
    Name,
    Numbers,
    Syntax,
    Text,
    Unsupported,
    key_of,
)
from simcounty.model.functions import FUNCTIONS, call, evaluate
from simcounty.model.graph import (
    CLOCK,
    INITIAL_TIME,
    SAVEPER,
    STEP_START,
    TIME,
    TIME_STEP,
    Auxiliary,
    Element,
    Expr,
    Interpolate,
    Lookup,
    Number,
    Ref,
    element_key,
    references,
)
from simcounty.model.indexing import Lowering, Scope
from simcounty.model.parse import NOT_AVAILABLE, held, lookup_of
from simcounty.model.stateful_functions import EXPANSIONS, STATES, Identity, hidden

_MOST_IN_A_ROW = 32  # terms that are joined one after the other
_FOLDS = {"sum": "add", "prod": "multiply", "vmin": "min", "vmax": "max"}


def element_of(body: Syntax, scope: Scope, model: Lowering, identity: Identity) -> Element:
    """Return the element that an equation defines."""
    if isinstance(body, Apply) and body.function.key in STATES:
        kind, fields = STATES[body.function.key]
        args = (expression(arg, scope, model) for arg in _arguments(body, len(fields)))
        return kind(*identity, **dict(zip(fields, args, strict=True)))
    return Auxiliary(*identity, expr=expression(body, scope, model))


def _arguments(body: Apply, count: int) -> tuple[Syntax, ...]:
    if len(body.args) != count:
        name = body.function.key.replace("_", " ").upper()
        raise EquationError(f"{name} takes {count} arguments, got {len(body.args)}")
    return body.args


def expression(body: Syntax, scope: Scope, model: Lowering) -> Expr:
    """Return an expression of an equation, lowered; add the helpers it needs to the model's elements."""
    if isinstance(body, Literal):
        return Number(body.value)
    if isinstance(body, Name):
        return _name(body, scope, model)
    if isinstance(body, Unsupported):
        raise EquationError(body.reason)
    if isinstance(body, Text):
        raise EquationError(f"the text {body.value!r} stands where a number is needed")
    if isinstance(body, Data):
        return _data(body, scope, model)
    if isinstance(body, Lookup | Numbers):
        raise EquationError("a list of numbers stands where one number is needed")
    key = body.function.key
    if key in _SPECIAL:
        return _SPECIAL[key](body, scope, model)
    if key in model.source.macros:
        return _macro(body, scope, model)
    if key in FUNCTIONS:
        return _function(body, scope, model)
    lookup = _lookup(body.function, scope, model)
    return Interpolate(lookup, expression(_arguments(body, 1)[0], scope, model))


def _function(body: Apply, scope: Scope, model: Lowering) -> Expr:
    key = body.function.key
    if key in ("equal", "not_equal") and (known := _compared(body, scope, model)) is not None:
        return Number(float(known if key == "equal" else not known))
    args = _arguments(body, FUNCTIONS[key].arity)
    return call(key, *(expression(arg, scope, model) for arg in args))


def _compared(body: Apply, scope: Scope, model: Lowering) -> bool | None:
    """Decide `dimension = subscript` while loading, where both sides belong to the same largest dimension."""
    dims = model.dimensions
    sides = [a for a in body.args if isinstance(a, Name) and _is_subscript(a, scope, model)]
    if len(sides) < 2:
        return None
    left, right = (dims.element(side.key, scope.binding) for side in sides)
    if dims.largest(left) == dims.largest(right):
        return left == right
    if parts := [side.key for side in sides if dims.is_part(side.key)]:
        raise EquationError(f"the subrange {parts[0]} is compared with a dimension it is no part of")
    return None


def _is_subscript(name: Name, scope: Scope, model: Lowering) -> bool:
    known = name.key in model.dimensions.by_key or name.key in model.dimensions.spelling
    return known and not name.subscripts and name.key not in scope.names and name.key not in model.cells


def _name(body: Name, scope: Scope, model: Lowering) -> Expr:
    if body.key in scope.names:
        return scope.names[body.key]
    if body.key in CLOCK:
        return Ref(body.key)
    if body.key.endswith("$") and scope.names:  # what a macro reads of the model around it
        return _name(replace(body, key=body.key.rstrip("$")), replace(scope, names={}), model)
    if body.key == SAVEPER:
        raise EquationError("SAVEPER decides what is saved, not what is computed; no equation can use it")
    if _is_subscript(body, scope, model):
        return Number(float(model.dimensions.position(body.key, scope.binding)))
    key = element_key(body.key, _subscripts(body, scope, model))
    if key in model.cells:
        own = model.cells[key].equation.body
        if isinstance(own, Data) and own.source is None:
            raise EquationError(f"{key} is a data variable without data; give a table of it by --data FILE")
        return Ref(key)
    known = {cell.equation.key for cell in model.cells.values()}
    if body.key in known:
        raise EquationError(f"{key} is used, but {body.key} is not defined for these subscripts")
    raise EquationError(f"{body.key} is used but not defined{_guess(body.key, known)}")


def _subscripts(name: Name, scope: Scope, model: Lowering) -> tuple[str, ...]:
    return tuple(model.dimensions.element(each, scope.binding) for each in name.subscripts)


def _guess(word: str, known: Iterable[str]) -> str:
    """Return a guess to put into a sentence, or nothing."""
    guess = did_you_mean(word, known).strip()
    return f" (did{guess.removeprefix('Did')})" if guess else ""


def _lookup(name: Name, scope: Scope, model: Lowering) -> Lookup:
    cell = model.cells.get(element_key(name.key, _subscripts(name, scope, model)))
    body = cell.equation.body if cell else None
    if isinstance(body, Lookup):
        return body
    if isinstance(body, Unsupported):
        return Lookup((0.0,), (0.0,))  # reported for the lookup itself
    known = [*FUNCTIONS, *_SPECIAL, *model.source.macros]
    shown = name.key.replace("_", " ").upper()
    raise EquationError(f"the function {shown} is not supported{_guess(name.key, known)}")


def _with_lookup(body: Apply, scope: Scope, model: Lowering) -> Expr:
    at, points = _arguments(body, 2)
    if not isinstance(points, Lookup):
        raise EquationError("WITH LOOKUP takes an input and a list of points")
    return Interpolate(points, expression(at, scope, model))


def _extrapolated(body: Apply, scope: Scope, model: Lowering) -> Expr:
    name, at = _arguments(body, 2)
    if not isinstance(name, Name):
        raise EquationError("LOOKUP EXTRAPOLATE takes the name of a lookup and an input")
    lookup = replace(_lookup(name, scope, model), beyond="extend")
    return Interpolate(lookup, expression(at, scope, model))


def _count(body: Apply, scope: Scope, model: Lowering) -> Expr:
    (dimension,) = _arguments(body, 1)
    if not isinstance(dimension, Name):
        raise EquationError("ELMCOUNT takes the name of a dimension")
    return Number(float(len(model.dimensions.elements(dimension.key))))


def _data(body: Data, scope: Scope, model: Lowering) -> Expr:
    """Read a series at the time of the run: between its points, from the last or next, or on them."""
    if not isinstance(body.source, Lookup):
        if body.keyword not in ("", "interpolate"):
            raise EquationError(f":{body.keyword.upper()}: needs a series that is read from a file")
        assert body.source is not None
        return expression(body.source, scope, model)
    points = list(zip(body.source.xs, body.source.ys, strict=True))
    if body.keyword in ("", "interpolate"):
        return Interpolate(body.source, Ref(TIME))
    gaps = [after[0] - before[0] for before, after in pairwise(points)]
    hair = 1e-6 * min([gap for gap in gaps if gap > 0.0], default=1.0)  # so that a time meets its point
    if body.keyword == "raw":
        return Interpolate(lookup_of(_only_at(points, hair)), Ref(TIME))
    if body.keyword == "look forward":
        mirrored = Lookup(tuple(-x for x, _ in reversed(points)), tuple(y for _, y in reversed(points)))
        at = call("subtract", Number(hair), Ref(TIME))
        return Interpolate(lookup_of(held(mirrored)), at)
    return Interpolate(lookup_of(held(body.source)), call("add", Ref(TIME), Number(hair)))


def _only_at(points: list[tuple[float, float]], hair: float) -> list[tuple[float, float]]:
    """Return the steps of a series that is not available but at its points."""
    found = [(points[0][0] - hair, NOT_AVAILABLE)]
    for x, y in points:
        found += [(x - hair, NOT_AVAILABLE), (x - hair, y), (x + hair, y), (x + hair, NOT_AVAILABLE)]
    return found[1:]


def _folded(body: Apply, scope: Scope, model: Lowering) -> Expr:
    """Lower SUM, PROD, VMIN or VMAX over the dimensions marked with `!`."""
    (inside,) = _arguments(body, 1)
    over = sorted(set(_marked(inside)))
    if not over:
        raise EquationError(f"{body.function.key.upper()} needs a subscript marked with !")
    cells = model.dimensions.cells(tuple(name.rstrip("! ") for name in over))
    terms = [
        expression(inside, scope.within({key_of(n): e for n, e in zip(over, cell, strict=True)}), model)
        for cell in cells
    ]
    return _joined(_FOLDS[body.function.key], terms)


def _joined(function: str, terms: list[Expr]) -> Expr:
    """Join terms in the order of the subscripts; many by halves, so that the nesting stays shallow."""
    if len(terms) <= _MOST_IN_A_ROW:
        return reduce(lambda a, b: call(function, a, b), terms)
    half = len(terms) // 2
    return call(function, _joined(function, terms[:half]), _joined(function, terms[half:]))


def _marked(body: Syntax) -> list[str]:
    if isinstance(body, Name):
        return [s for s in body.subscripts if s.rstrip().endswith("!")]
    if isinstance(body, Apply) and body.function.key not in _FOLDS:  # a SUM inside has marks of its own
        return [m for part in (body.function, *body.args) for m in _marked(part)]
    return []


def _macro(body: Apply, scope: Scope, model: Lowering) -> Expr:
    """Replace the call of a macro by its equations, under keys of their own."""
    macro = model.source.macros[body.function.key]
    args = _arguments(body, len(macro.parameters))
    prefix = _fresh_key(scope, macro.key)
    own = {e.key: f"{prefix} | {e.key}" for e in macro.equations}
    names: dict[str, Expr] = {key: Ref(inner) for key, inner in own.items()}
    values = (expression(arg, scope, model) for arg in args)
    names |= dict(zip(macro.parameters, values, strict=True))
    for equation in macro.equations:
        if equation.subscripts:
            raise EquationError(f"the macro {macro.key} has subscripted equations; write them out instead")
        _lower_hidden(equation.body, Scope(own[equation.key], {}, names), model)
    return Ref(own[macro.key])


def _fresh_key(scope: Scope, what: str) -> str:
    """Return a key for a helper; no name of the file has blanks around a bar."""
    scope.helpers.append(what)
    return f"{scope.element} | {what}{len(scope.helpers)}"


def _hidden_state(body: Apply, scope: Scope, model: Lowering) -> Expr:
    """Lower a state inside an expression under a key of its own."""
    inner = Scope(_fresh_key(scope, body.function.key), scope.binding, scope.names)
    return _lower_hidden(body, inner, model)


def _lower_hidden(body: Syntax, scope: Scope, model: Lowering) -> Expr:
    key = scope.element
    model.elements[key] = element_of(body, scope, model, hidden(key))
    return Ref(key)


def _expanded(body: Apply, scope: Scope, model: Lowering) -> Expr:
    """Replace SMOOTH, DELAY, TREND, FORECAST and SAMPLE IF TRUE by what they are made of."""
    expansion = EXPANSIONS[body.function.key]
    args = [expression(arg, scope, model) for arg in _arguments(body, expansion.arity)]
    if expansion.ordered:
        args[-1] = Number(float(_order(args[-1], body.function.key, model)))
    if body.function.key == "delay_n":
        args.append(args[-1])
        args[-2] = Number(_possible_stages(args[-1], args[1], model))
    result, parts = expansion.build(_fresh_key(scope, body.function.key), *args)
    model.elements |= {part.key: part for part in parts}
    return result


def _order(expr: Expr, function: str, model: Lowering) -> int:
    """Return the order of a delay, which must be known while loading: it is the number of its stocks."""
    number = _at_start(expr, model, constants=False)
    if number < 1 or number != int(number):
        raise EquationError(f"the order of {function.upper()} is {number:g}, not a whole number from 1")
    return int(number)


def _possible_stages(order: Expr, time: Expr, model: Lowering) -> float:
    """Return how many stages DELAY N has in Vensim: its order, but none is shorter than a step."""
    step = _at_start(Ref(TIME_STEP), model, constants=True)
    most = math.floor(_at_start(time, model, constants=True) / step + 1e-6)
    return max(1.0, min(_at_start(order, model, constants=True), most))


def _at_start(expr: Expr, model: Lowering, constants: bool) -> float:
    """Evaluate an expression of the clock, and of constants where allowed, at the first instant."""
    values: dict[str, float] = {}
    for key in references(expr):
        if constants and key in (TIME, STEP_START):
            raise EquationError("the time of DELAY N changes during the run; use DELAY3, or a constant time")
        cell = model.cells.get(INITIAL_TIME if key in (TIME, STEP_START) else key)
        if cell is None:
            raise EquationError(f"how many stages a delay has depends on {key}, which moves; write a number")
        number = cell.number
        if number is not None and not constants and key not in (*CLOCK, STEP_START):
            raise EquationError(f"the order of a delay depends on the constant {key}; write it as a number")
        if number is None:
            inner = expression(cell.equation.body, Scope(cell.key, cell.binding), model)
            number = _at_start(inner, model, constants)
        values[key] = number
    return float(evaluate(expr, values))


_SPECIAL: dict[str, Callable[[Apply, Scope, Lowering], Expr]] = {
    **dict.fromkeys(_FOLDS, _folded),
    **dict.fromkeys(STATES, _hidden_state),
    **dict.fromkeys(EXPANSIONS, _expanded),
    "with_lookup": _with_lookup,
    "lookup_extrapolate": _extrapolated,
    "elmcount": _count,
    "pi": lambda body, scope, model: Number(math.pi),
}
