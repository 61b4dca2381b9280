"""Translate PySD's syntax tree into that of `ast`; refuse what Vensim would compute otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from simcounty.model.ast import Apply, EquationError, Literal, Name, Numbers, Syntax, key_of
from simcounty.model.graph import Lookup

NOT_AVAILABLE = -(2.0**109)
"""The number that Vensim computes with where a model has :NA:."""

_OPERATORS = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "^": "power",
    "=": "equal", "<>": "not_equal", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal",
}  # fmt: skip
_BEYOND = {"interpolate": "hold", "extrapolate": "extend"}


def translate(ast: Any) -> Syntax:
    """Return the syntax of one equation; raise EquationError for what simcounty does not compute."""
    if isinstance(ast, bool | int | float | np.number):
        return Literal(_number(float(ast)))
    if isinstance(ast, np.ndarray):
        return Numbers(tuple(_number(float(value)) for value in ast.ravel()))
    convert = _STRUCTURES.get(type(ast).__name__)
    if convert is None:
        what = type(ast).__name__.removesuffix("Structure")
        raise EquationError(f"{_words(what)} is not supported")
    return convert(ast)


def _words(camel: str) -> str:
    return "".join(f" {c}" if c.isupper() else c.upper() for c in camel).strip()


def _number(value: float) -> float:
    return NOT_AVAILABLE if math.isnan(value) else value


def _name(ast: Any) -> Name:
    subscripts = tuple(ast.subscripts.subscripts) if ast.subscripts else ()
    return Name(key_of(ast.reference), subscripts)


def _arithmetic(ast: Any) -> Syntax:
    if ast.operators == ["negative"]:
        return Apply(Name("negative"), (translate(ast.arguments[0]),))
    if "^" in ast.operators and len(ast.operators) > 1:
        raise EquationError("a ^ b ^ c reads differently in different tools; write parentheses")
    return _chain(ast.operators, [translate(argument) for argument in ast.arguments])


def _chain(operators: list[str], args: list[Syntax]) -> Syntax:
    result = args[0]
    for operator, argument in zip(operators, args[1:], strict=True):
        result = Apply(Name(_OPERATORS[operator]), (result, argument))
    return result


def _logic(ast: Any) -> Syntax:
    operators = [operator.strip(":").lower() for operator in ast.operators]
    args = [translate(argument) for argument in ast.arguments]
    if operators == ["not"]:
        return Apply(Name("not"), (args[0],))
    if not {"and", "or"} & set(operators):
        return _chain(ast.operators, args)
    either = [args[0]]
    for operator, argument in zip(operators, args[1:], strict=True):  # AND binds tighter than OR
        if operator == "and":
            either[-1] = Apply(Name("and"), (either[-1], argument))
        else:
            either.append(argument)
    result = either[0]
    for argument in either[1:]:
        result = Apply(Name("or"), (result, argument))
    return result


def _lookup(ast: Any) -> Lookup:
    if ast.type not in _BEYOND:
        raise EquationError(f"a lookup of kind '{ast.type}' is not supported")
    xs, ys = tuple(map(float, ast.x)), tuple(map(float, ast.y))
    if not all(map(math.isfinite, xs + ys)):
        raise EquationError("a point of its lookup is not finite")
    if twice := sorted({x for x in xs if xs.count(x) > 1}):
        raise EquationError(f"its lookup has two points at x = {twice[0]:g}; x values must increase")
    return Lookup(xs, ys, _BEYOND[ast.type])


def _integ(ast: Any) -> Syntax:
    if ast.non_negative:
        what = "a stock kept non-negative by the tool is not supported"
        raise EquationError(f"{what}; write the limit into its outflow")
    return _apply("integ", ast.flow, ast.initial)


def _call(ast: Any) -> Syntax:
    name, args = _name(ast.function), [translate(arg) for arg in ast.arguments]
    if name.key == "pulse_train" and len(args) == 4:  # PySD has the interval before the width
        args[1], args[2] = args[2], args[1]
    return Apply(name, tuple(args))


def _apply(function: str, *args: Any) -> Apply:
    return Apply(Name(function), tuple(translate(arg) for arg in args))


_STRUCTURES: dict[str, Callable[[Any], Syntax]] = {
    "ReferenceStructure": _name,
    "ArithmeticStructure": _arithmetic,
    "LogicStructure": _logic,
    "CallStructure": _call,
    "GameStructure": lambda a: translate(a.expression),
    "LookupsStructure": _lookup,
    "InlineLookupsStructure": lambda a: _apply("with_lookup", a.argument, a.lookups),
    "IntegStructure": _integ,
    "InitialStructure": lambda a: _apply("initial", a.initial),
    "SmoothStructure": lambda a: _apply("smooth", a.input, a.smooth_time, a.initial, a.order),
    "SmoothNStructure": lambda a: _apply("smooth", a.input, a.smooth_time, a.initial, a.order),
    "DelayStructure": lambda a: _apply("delay", a.input, a.delay_time, a.initial, a.order),
    "DelayNStructure": lambda a: _apply("delay_n", a.input, a.delay_time, a.initial, a.order),
    "DelayFixedStructure": lambda a: _apply("delay_fixed", a.input, a.delay_time, a.initial),
    "TrendStructure": lambda a: _apply("trend", a.input, a.average_time, a.initial_trend),
    "ForecastStructure": lambda a: _apply("forecast", a.input, a.average_time, a.horizon, a.initial_trend),
    "SampleIfTrueStructure": lambda a: _apply("sample_if_true", a.condition, a.input, a.initial),
}
