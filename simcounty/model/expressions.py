"""Lower expressions: resolve subscripts, and replace calls by what they are made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from simcounty.model.allocation import ALLOCATION_FUNCTIONS
from simcounty.model.arrays import ARRAY_FUNCTIONS, Site
from simcounty.model.ast import (
    Apply,
    Data,
    EquationError,
    Literal,
    Name,
    Numbers,
    Quoted,
    Syntax,
    Unsupported,
)
from simcounty.model.first_instant import at_start, fixed_number, moves, order_of, possible_stages
from simcounty.model.functions import FUNCTIONS, OPERATORS, call
from simcounty.model.graph import (
    CLOCK,
    INITIAL_TIME,
    SAVEPER,
    STREAM,
    TIME,
    Auxiliary,
    Constant,
    Element,
    Expr,
    Interpolate,
    Lookup,
    Number,
    Ref,
    element_key,
)
from simcounty.model.indexing import Lowering, Scope, guess_of
from simcounty.model.series import LOOKUP_FUNCTIONS, at_time
from simcounty.model.stateful_functions import EXPANSIONS, STATES, Identity, hidden
from simcounty.model.vectors import VECTOR_FUNCTIONS

_STEADY_DELAYS = {"delay_material": 4, "delay_information": 3}
_OF_ARRAYS = {**ARRAY_FUNCTIONS, **VECTOR_FUNCTIONS, **ALLOCATION_FUNCTIONS}
_GIVE_DATA = "give a table of it: --data FILE, or `data` of a scenario file"
_BY_THE_MANUAL = (
    "GET DATA BETWEEN TIMES is computed as Vensim's manual says; Vensim itself was recorded to cut times to "
    "whole numbers, and on a point to look back (mode -1) to the one before."
)
MOST_OF_MACROS = 100_000
"""Elements that calls of macros may make: those that call each other multiply."""


def element_of(body: Syntax, scope: Scope, model: Lowering, identity: Identity) -> Element:
    """Return the element that an equation defines."""
    if isinstance(body, Apply) and body.function.key in _STEADY_DELAYS:
        body = _as_fixed_delay(body, scope, model)
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
    if isinstance(body, Quoted):
        raise EquationError(f"the text {body.value!r} stands where a number is needed")
    if isinstance(body, Data):
        return _data(body, scope, model)
    if isinstance(body, Lookup | Numbers):
        raise EquationError("a list of numbers stands where one number is needed")
    key = body.function.key
    if body.called and key in model.source.macros:
        return _macro(body, scope, model)
    if body.called and (key in OPERATORS or _is_lookup(body.function, scope, model)):
        lookup = _lookup(body.function, scope, model)
        return Interpolate(lookup, expression(_arguments(body, 1)[0], scope, model))
    if key in _SPECIAL:
        return _SPECIAL[key](body, scope, model)
    if key in model.source.macros:
        return _macro(body, scope, model)
    if key in FUNCTIONS:
        return _function(body, scope, model)
    lookup = _lookup(body.function, scope, model)
    return Interpolate(lookup, expression(_arguments(body, 1)[0], scope, model))


def _is_lookup(name: Name, scope: Scope, model: Lowering) -> bool:
    """Return whether the file defines a lookup of this name."""
    cell = model.cells.get(element_key(name.key, _subscripts(name, scope, model)))
    return cell is not None and isinstance(cell.equation.body, Lookup)


def _function(body: Apply, scope: Scope, model: Lowering) -> Expr:
    key = body.function.key
    if key in ("equal", "not_equal") and (known := _compared(body, scope, model)) is not None:
        return Number(float(known if key == "equal" else not known))
    args = _arguments(body, FUNCTIONS[key].arity)
    return call(key, *(expression(arg, scope, model) for arg in args))


def _compared(body: Apply, scope: Scope, model: Lowering) -> bool | None:
    """Decide `dimension = subscript` while loading, where both sides belong to the same largest dimension.

    Others are compared by their positions in these.
    """
    dims = model.dimensions
    sides = [a for a in body.args if isinstance(a, Name) and _is_subscript(a, scope, model)]
    if len(sides) < 2:
        return None
    left, right = (dims.element(side.key, scope.binding) for side in sides)
    return left == right if dims.largest(left) == dims.largest(right) else None


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
            raise EquationError(f"{key} is a data variable without data; {_GIVE_DATA}")
        if isinstance(own, Lookup):
            raise EquationError(f"{key} is a lookup; call it with an input, {key}(…)")
        return Ref(key)
    known = {cell.equation.key for cell in model.cells.values()}
    if body.key in known:
        raise EquationError(f"{key} is used, but {body.key} is not defined for these subscripts")
    raise EquationError(f"{body.key} is used but not defined{guess_of(body.key, known)}")


def _subscripts(name: Name, scope: Scope, model: Lowering) -> tuple[str, ...]:
    return tuple(model.dimensions.element(each, scope.binding) for each in name.subscripts)


def _lookup(name: Name, scope: Scope, model: Lowering) -> Lookup:
    cell = model.cells.get(element_key(name.key, _subscripts(name, scope, model)))
    body = cell.equation.body if cell else None
    body = body.source if isinstance(body, Data) else body
    if isinstance(body, Lookup):
        return body
    if isinstance(body, Unsupported):
        return Lookup((0.0,), (0.0,))  # reported for the lookup itself
    known = [*FUNCTIONS, *_SPECIAL, *model.source.macros]
    shown = name.key.replace("_", " ").upper()
    raise EquationError(f"the function {shown} is not supported{guess_of(name.key, known)}")


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


def _random(body: Apply, scope: Scope, model: Lowering) -> Expr:
    """Lower a random number: its last argument, a seed, becomes the stream that it is drawn from.

    Calls with one seed other than 0 share a stream; those with seed 0 have one of their own.
    """
    *args, seed = (
        expression(arg, scope, model) for arg in _arguments(body, FUNCTIONS[body.function.key].arity)
    )
    number = at_start(seed, model, expression)
    inside = scope.element.partition("[")[2]
    own = f"seed {number:g} [{inside}" if number else _fresh_key(scope, "random")
    key = f"{STREAM}{own}"
    model.elements[key] = Constant(*hidden(key), value=0.5)
    return call(body.function.key, *args, Ref(key))


def _time_value(body: Apply, scope: Scope, model: Lowering) -> Expr:
    """Lower GET TIME VALUE: the time (relative to 0), or the first one (1), plus an offset."""
    first, offset, measure = (expression(arg, scope, model) for arg in _arguments(body, 3))
    start = fixed_number(first, model, expression)
    if start not in (0.0, 1.0) or fixed_number(measure, model, expression) != 0.0:
        raise EquationError(
            "GET TIME VALUE is computed for the time (0) or the first time (1) as it is (0); dates depend on "
            "settings of Vensim, and the clock of the computer is no part of a model"
        )
    return call("add", Ref(INITIAL_TIME if start else TIME), offset)


def _data(body: Data, scope: Scope, model: Lowering) -> Expr:
    if isinstance(body.source, Lookup):
        return at_time(body.source, body.keyword)
    if body.keyword not in ("", "interpolate"):
        raise EquationError(f":{body.keyword.upper()}: needs a series that is read from a file")
    assert body.source is not None
    return expression(body.source, scope, model)


def _of_lookup(body: Apply, scope: Scope, model: Lowering) -> Expr:
    """Lower a function of a lookup or a data variable, which its first argument names."""
    arity, build = LOOKUP_FUNCTIONS[body.function.key]
    name, *args = _arguments(body, arity)
    if not isinstance(name, Name):
        what = body.function.key.replace("_", " ").upper()
        raise EquationError(f"{what} takes the name of a lookup or a data variable first")
    if body.function.key == "get_data_between_times":
        model.notes.add(_BY_THE_MANUAL)
    exprs = (expression(arg, scope, model) for arg in args)
    kept = (e if isinstance(e, Number | Ref) else _part(e, scope, model) for e in exprs)
    return build(_lookup(name, scope, model), *kept)


def _part(expr: Expr, scope: Scope, model: Lowering) -> Ref:
    """Return a hidden auxiliary of an expression that is read many times."""
    key = _fresh_key(scope, "part")
    model.elements[key] = Auxiliary(*hidden(key), expr=expr)
    return Ref(key)


def _array(body: Apply, scope: Scope, model: Lowering) -> Expr:
    """Lower a function of arrays; what its elements share goes into hidden auxiliaries."""
    arity, build = _OF_ARRAYS[body.function.key]
    _arguments(body, arity)
    return build(Site(body, scope, model, expression, partial(_part, scope=scope, model=model)))


def _macro(body: Apply, scope: Scope, model: Lowering) -> Expr:
    """Replace the call of a macro by its equations, under keys of their own."""
    macro = model.source.macros[body.function.key]
    if len(model.elements) > MOST_OF_MACROS + len(model.cells):
        raise EquationError(f"its macros make more than {MOST_OF_MACROS:,} elements")
    args = _arguments(body, len(macro.parameters))
    prefix = _fresh_key(scope, macro.key)
    own = {e.key: f"{prefix} | {e.key}" for e in macro.equations}
    if macro.key not in own:
        raise EquationError(f"the macro {macro.key} has no equation of its own name")
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


def _as_fixed_delay(body: Apply, scope: Scope, model: Lowering) -> Apply:
    """Return DELAY MATERIAL or DELAY INFORMATION as DELAY FIXED, which it is while its delay time stays."""
    args = _arguments(body, _STEADY_DELAYS[body.function.key])
    time = [expression(arg, scope, model) for arg in args][1]
    if moves(time, model, expression):
        name = body.function.key.replace("_", " ").upper()
        raise EquationError(f"{name} is computed for a delay time that stays; this one moves")
    at_start(time, model, expression)  # its constants are fixed: no path may move them
    return Apply(Name("delay_fixed"), args[:3])


def _lower_hidden(body: Syntax, scope: Scope, model: Lowering) -> Expr:
    key = scope.element
    model.elements[key] = element_of(body, scope, model, hidden(key))
    return Ref(key)


def _expanded(body: Apply, scope: Scope, model: Lowering) -> Expr:
    """Replace SMOOTH, DELAY, TREND, FORECAST and SAMPLE IF TRUE by what they are made of."""
    expansion = EXPANSIONS[body.function.key]
    args = [expression(arg, scope, model) for arg in _arguments(body, expansion.arity)]
    if expansion.ordered:
        args[-1] = Number(float(order_of(args[-1], body.function.key, model, expression)))
    if body.function.key == "delay_n":
        stages = Number(possible_stages(args[-1], args[1], model, expression))
        args = [*args[:-1], stages, args[-1]]
        expansion = EXPANSIONS["delay_n_conveyed" if moves(args[1], model, expression) else "delay_n"]
    result, parts = expansion.build(_fresh_key(scope, body.function.key), *args)
    model.elements |= {part.key: part for part in parts}
    return result


_SPECIAL: dict[str, Callable[[Apply, Scope, Lowering], Expr]] = {
    **dict.fromkeys(_OF_ARRAYS, _array),
    **dict.fromkeys(LOOKUP_FUNCTIONS, _of_lookup),
    **dict.fromkeys((key for key in FUNCTIONS if key.startswith("random_")), _random),
    **dict.fromkeys((*STATES, *_STEADY_DELAYS), _hidden_state),
    **dict.fromkeys(EXPANSIONS, _expanded),
    "with_lookup": _with_lookup,
    "lookup_extrapolate": _extrapolated,
    "elmcount": _count,
    "get_time_value": _time_value,
    "pi": lambda body, scope, model: Number(math.pi),
}
