"""Lower expressions: subscripts resolved, calls replaced by what they are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import reduce

from simcounty.errors import did_you_mean
from simcounty.model.ast import Apply, Literal, Name, Numbers, Points, Syntax, Unread
from simcounty.model.functions import BUILTINS, call, evaluate
from simcounty.model.graph import (
    INITIAL_TIME,
    STEP_START,
    TIME,
    TIME_STEP,
    About,
    Auxiliary,
    Element,
    Expr,
    Interpolate,
    Number,
    Ref,
    Table,
    references,
)
from simcounty.model.indexing import CLOCK, Lowering, RefusedError, Scope, constant_of, element_key
from simcounty.model.mdl import key_of
from simcounty.model.stateful_functions import EXPANSIONS, STATES, Where

_MANY = 32
_FOLDS = {"sum": "add", "prod": "multiply", "vmin": "min", "vmax": "max"}


def element_of(body: Syntax, scope: Scope, model: Lowering, where: Where) -> Element:
    key = body.function.key if isinstance(body, Apply) else ""
    if key in STATES and isinstance(body, Apply):
        state = STATES[key]
        return state.build(where, *(expression(arg, scope, model) for arg in _arguments(body, state.arity)))
    if key == "active_initial" and isinstance(body, Apply):
        expr, initial = (expression(arg, scope, model) for arg in _arguments(body, 2))
        return Auxiliary(*where, expr=expr, initial=initial)
    return Auxiliary(*where, expr=expression(body, scope, model))


def _arguments(body: Apply, count: int) -> tuple[Syntax, ...]:
    if len(body.args) != count:
        name = body.function.key.replace("_", " ").upper()
        raise RefusedError(f"{name} takes {count} arguments, got {len(body.args)}")
    return body.args


def expression(body: Syntax, scope: Scope, model: Lowering) -> Expr:
    if isinstance(body, Literal):
        return Number(body.value)
    if isinstance(body, Name):
        return _name(body, scope, model)
    if isinstance(body, Unread):
        raise RefusedError(body.reason)
    if isinstance(body, Points | Numbers):
        raise RefusedError("a list of numbers stands where one number is needed")
    key = body.function.key
    if key in _SPECIAL:
        return _SPECIAL[key](body, scope, model)
    if key in model.source.macros:
        return _macro(body, scope, model)
    if key in BUILTINS:
        return _builtin(body, scope, model)
    table = _table(body.function, scope, model)
    return Interpolate(table, expression(_arguments(body, 1)[0], scope, model))


def _builtin(body: Apply, scope: Scope, model: Lowering) -> Expr:
    key = body.function.key
    if key in ("equal", "not_equal") and (known := _compared(body, scope, model)) is not None:
        return Number(float(known if key == "equal" else not known))
    args = _arguments(body, BUILTINS[key].arity)
    return call(key, *(expression(arg, scope, model) for arg in args))


def _compared(body: Apply, scope: Scope, model: Lowering) -> bool | None:
    """Decide `dim = subscript` while loading, where both sides belong to one family of subscripts."""
    dims = model.dimensions
    sides = [a for a in body.args if isinstance(a, Name) and _is_subscript(a, scope, model)]
    if len(sides) < 2:
        return None
    left, right = (dims.element(side.key, scope.binding) for side in sides)
    if dims.family(left) == dims.family(right):
        return left == right
    if parts := [side.key for side in sides if dims.is_part(side.key)]:
        raise RefusedError(f"the subrange {parts[0]} is compared with a dimension it is no part of")
    return None


def _is_subscript(name: Name, scope: Scope, model: Lowering) -> bool:
    known = name.key in model.dimensions.ranges or name.key in model.dimensions.spelling
    return known and not name.subscripts and name.key not in scope.names and name.key not in model.cells


def _name(body: Name, scope: Scope, model: Lowering) -> Expr:
    if body.key in scope.names:
        return scope.names[body.key]
    if body.key in CLOCK:
        return Ref(body.key)
    if body.key == "saveper":
        raise RefusedError("SAVEPER decides what is saved, not what is computed; no equation can use it")
    if _is_subscript(body, scope, model):
        return Number(float(model.dimensions.position(body.key, scope.binding)))
    return Ref(_referred(body, scope, model))


def _perhaps(word: str, known: Iterable[str]) -> str:
    """Return a guess to put into a sentence, or nothing."""
    guess = did_you_mean(word, known).strip()
    return f" (did{guess.removeprefix('Did')})" if guess else ""


def _referred(body: Name, scope: Scope, model: Lowering) -> str:
    subscripts = tuple(model.dimensions.element(s, scope.binding) for s in body.subscripts)
    key = element_key(body.key, subscripts)
    if key in model.cells:
        return key
    if any(cell.equation.key == body.key for cell in model.cells.values()):
        raise RefusedError(f"{key} is used, but {body.key} is not defined for these subscripts")
    known = {cell.equation.key for cell in model.cells.values()}
    raise RefusedError(f"{body.key} is used but not defined{_perhaps(body.key, known)}")


def _table(name: Name, scope: Scope, model: Lowering) -> Table:
    subscripts = tuple(model.dimensions.element(s, scope.binding) for s in name.subscripts)
    cell = model.cells.get(element_key(name.key, subscripts))
    if cell is not None and isinstance(cell.equation.body, Unread):
        return Table((0.0,), (0.0,))  # reported for the lookup itself
    if cell is None or not isinstance(cell.equation.body, Points):
        known = [*BUILTINS, *_SPECIAL, *model.source.macros]
        shown = name.key.replace("_", " ").upper()
        meant = _perhaps(name.key, known)
        raise RefusedError(f"the function {shown} is not supported{meant}")
    return table_of(cell.equation.body)


def table_of(body: Points) -> Table:
    return Table(body.xs, body.ys, body.beyond)


def _with_lookup(body: Apply, scope: Scope, model: Lowering) -> Expr:
    at, points = _arguments(body, 2)
    if not isinstance(points, Points):
        raise RefusedError("WITH LOOKUP takes an input and a list of points")
    return Interpolate(table_of(points), expression(at, scope, model))


def _extrapolated(body: Apply, scope: Scope, model: Lowering) -> Expr:
    name, at = _arguments(body, 2)
    if not isinstance(name, Name):
        raise RefusedError("LOOKUP EXTRAPOLATE takes the name of a lookup and an input")
    table = replace(_table(name, scope, model), beyond="extend")
    return Interpolate(table, expression(at, scope, model))


def _count(body: Apply, scope: Scope, model: Lowering) -> Expr:
    (dimension,) = _arguments(body, 1)
    if not isinstance(dimension, Name):
        raise RefusedError("ELMCOUNT takes the name of a dimension")
    return Number(float(len(model.dimensions.elements(dimension.key))))


def _pi(body: Apply, scope: Scope, model: Lowering) -> Expr:
    return Number(math.pi)


def _folded(body: Apply, scope: Scope, model: Lowering) -> Expr:
    """SUM, PROD, VMIN and VMAX over the dimensions marked with `!`."""
    (inside,) = _arguments(body, 1)
    over = sorted(set(_marked(inside)))
    if not over:
        raise RefusedError(f"{body.function.key.upper()} needs a subscript marked with !")
    cells = model.dimensions.cells(tuple(name.rstrip("! ") for name in over))
    terms = [
        expression(inside, scope.within({key_of(n): e for n, e in zip(over, cell, strict=True)}), model)
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


def _macro(body: Apply, scope: Scope, model: Lowering) -> Expr:
    """Put a macro's equations in place of its call, under names of their own."""
    macro = model.source.macros[body.function.key]
    args = _arguments(body, len(macro.parameters))
    prefix = _fresh(scope, macro.key)
    own = {e.key: f"{prefix} | {e.key}" for e in macro.equations}
    names: dict[str, Expr] = {key: Ref(hidden) for key, hidden in own.items()}
    values = (expression(arg, scope, model) for arg in args)
    names |= dict(zip(macro.parameters, values, strict=True))
    for equation in macro.equations:
        if equation.subscripts:
            raise RefusedError(f"the macro {macro.key} has subscripted equations; write them out instead")
        inner = Scope(own[equation.key], {}, names)
        _lower_hidden(equation.body, inner, model)
    return Ref(own[macro.key])


def _fresh(scope: Scope, what: str) -> str:
    scope.counter.append(what)
    return f"{scope.element} | {what}{len(scope.counter)}"  # blanks: no name of the file is spelled so


def _hidden_state(body: Apply, scope: Scope, model: Lowering) -> Expr:
    """Lower a state that stands inside an expression under a name of its own."""
    inner = Scope(_fresh(scope, body.function.key), scope.binding, scope.names)
    return _lower_hidden(body, inner, model)


def _lower_hidden(body: Syntax, scope: Scope, model: Lowering) -> Expr:
    key = scope.element
    model.found[key] = element_of(body, scope, model, Where(key, About(key, key, hidden=True)))
    return Ref(key)


def _expanded(body: Apply, scope: Scope, model: Lowering) -> Expr:
    """Replace SMOOTH, DELAY, TREND, FORECAST and SAMPLE IF TRUE by what they are made of."""
    expansion = EXPANSIONS[body.function.key]
    args = [expression(arg, scope, model) for arg in _arguments(body, expansion.arity)]
    if expansion.ordered:
        args[-1] = Number(float(stages(args[-1], body.function.key, model)))
    if body.function.key == "delay_n":
        args.append(args[-1])
        args[-2] = Number(possible_stages(args[-1], args[1], model))
    result, parts = expansion.build(_fresh(scope, body.function.key), *args)
    model.found |= {part.key: part for part in parts}
    return result


def stages(expr: Expr, function: str, model: Lowering) -> int:
    """Return the order of a delay: it decides how many stocks there are, so it is settled while loading."""
    number = _at_start(expr, model, constants=False)
    if number < 1 or number != int(number):
        raise RefusedError(f"the order of {function.upper()} is {number:g}, not a whole number from 1")
    return int(number)


def possible_stages(order: Expr, time: Expr, model: Lowering) -> float:
    """Return how many stages DELAY N has in Vensim: as asked, but none shorter than a step."""
    step = _at_start(Ref(TIME_STEP), model, constants=True)
    asked = _at_start(order, model, constants=True)
    return max(1.0, min(asked, math.floor(_at_start(time, model, constants=True) / step + 1e-6)))


def _at_start(expr: Expr, model: Lowering, constants: bool) -> float:
    """Evaluate an expression of the clock, and of constants where allowed, at the first instant."""
    values: dict[str, float] = {}
    for key in references(expr):
        if constants and key in (TIME, STEP_START):
            raise RefusedError("the time of DELAY N changes during the run; use DELAY3, or a constant time")
        cell = model.cells.get(INITIAL_TIME if key in (TIME, STEP_START) else key)
        if cell is None:
            raise RefusedError(f"how many stages a delay has depends on {key}, which moves; write a number")
        number = constant_of(cell)
        if number is not None and not constants and key not in (*CLOCK, STEP_START):
            raise RefusedError(f"the order of a delay depends on the constant {key}; write it as a number")
        if number is None:
            inner = expression(cell.equation.body, Scope(cell.key, cell.binding), model)
            number = _at_start(inner, model, constants)
        values[key] = number
    return float(evaluate(expr, values))


_SPECIAL: dict[str, Callable[[Apply, Scope, Lowering], Expr]] = {
    **dict.fromkeys(_FOLDS, _folded),
    **dict.fromkeys(STATES, _hidden_state),
    **dict.fromkeys(EXPANSIONS, _expanded),
    "active_initial": _hidden_state,
    "with_lookup": _with_lookup,
    "lookup_extrapolate": _extrapolated,
    "elmcount": _count,
    "pi": _pi,
}
