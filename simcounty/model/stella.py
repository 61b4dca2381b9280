"""The functions of XMILE and Stella in the words of lowering, with XMILE's own way of writing equations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

from simcounty.model.ast import Apply, Literal, Name, Syntax
from simcounty.model.graph import FINAL_TIME, TIME_STEP
from simcounty.model.tokens import BEYOND_ASCII, Dialect, pattern_of

AGGREGATES = frozenset({"sum", "prod", "mean", "vmin", "vmax", "size"})
"""Functions over all elements of an array."""

Builders = Mapping[int, Callable[..., Syntax]]
_ONE, _STEP = Literal(1.0), Name(TIME_STEP)


def _apply(function: str, *args: Syntax) -> Apply:
    return Apply(Name(function), args)


def _delays(function: str, order: int) -> Builders:
    """Return a delay or smooth with its start given or not; it then starts from its input."""
    last = Literal(float(order))
    return {
        2: lambda x, time: _apply(function, x, time, x, last),
        3: lambda x, time, start: _apply(function, x, time, start, last),
    }


def _delays_n(function: str) -> Builders:
    return {
        3: lambda x, time, order: _apply(function, x, time, x, order),
        4: lambda x, time, order, start: _apply(function, x, time, start, order),
    }


def _chosen(pair: str, fold: str) -> Builders:
    """Return MIN or MAX: of one array, or of numbers."""
    of_many = {count: lambda *args: reduce(lambda a, b: _apply(pair, a, b), args) for count in range(2, 17)}
    return {1: lambda array: _apply(fold, array), **of_many}


def _pulses(volume: Syntax, first: Syntax, every: Syntax) -> Syntax:
    """Return volume/DT for one step at `first`, and every so often after it; once where that is nought."""
    after_end = _apply("add", Name(FINAL_TIME), _STEP)
    train = _apply("pulse_train", first, Literal(0.0), every, after_end)
    once = _apply("pulse", first, Literal(0.0))
    height = _apply("divide", volume, _STEP)
    return _apply(
        "multiply", height, _apply("if_then_else", _apply("greater", every, Literal(0.0)), train, once)
    )


def _rounded(x: Syntax) -> Syntax:
    return _apply("floor", _apply("add", x, Literal(0.5)))


def _once(volume: Syntax, first: Syntax) -> Syntax:
    return _apply("multiply", _apply("divide", volume, _STEP), _apply("pulse", first, Literal(0.0)))


def _random(function: str, count: int) -> Builders:
    """Return a random number of so many arguments, with its seed or without."""
    return {
        count: lambda *args: _apply(function, *args, Literal(0.0)),
        count + 1: lambda *args: _apply(function, *args),
    }


_LOWEST, _HIGHEST = Literal(-1e308), Literal(1e308)


def _normal(mean: Syntax, spread: Syntax, seed: Syntax) -> Syntax:
    return _apply("random_normal", _LOWEST, _HIGHEST, mean, spread, seed)


def _exponential(mean: Syntax, seed: Syntax) -> Syntax:
    return _apply("random_exponential", Literal(0.0), _HIGHEST, Literal(0.0), mean, seed)


def _poisson(mean: Syntax, seed: Syntax) -> Syntax:
    return _apply("random_poisson", Literal(0.0), _HIGHEST, mean, Literal(0.0), _ONE, seed)


XMILE = Dialect(
    "XMILE",
    pattern_of(
        rf"\.?[A-Za-z_{BEYOND_ASCII}][\w$'{BEYOND_ASCII}]*(?:\.[A-Za-z_{BEYOND_ASCII}][\w$'{BEYOND_ASCII}]*)*",
        r"\s+|\{[^}]*\}|//[^\n]*",
        r"(?!)",
    ),
    {
        "smth1": _delays("smooth", 1),
        "smth3": _delays("smooth", 3),
        "smthn": _delays_n("smooth"),
        "delay1": _delays("delay", 1),
        "delay3": _delays("delay", 3),
        "delayn": _delays_n("delay_n"),
        "delay": {
            2: lambda x, time: _apply("delay_fixed", x, time, x),
            3: lambda x, time, start: _apply("delay_fixed", x, time, start),
        },
        "previous": {2: lambda x, start: _apply("delay_fixed", x, _STEP, start)},
        "trend": {
            2: lambda x, time: _apply("trend", x, time, Literal(0.0)),
            3: lambda *a: _apply("trend", *a),
        },
        "forcst": {
            3: lambda x, time, ahead: _apply("forecast", x, time, ahead, Literal(0.0)),
            4: lambda *args: _apply("forecast", *args),
        },
        "init": {1: lambda x: _apply("initial", x)},
        "safediv": {2: lambda a, b: _apply("zidz", a, b), 3: lambda a, b, c: _apply("xidz", a, b, c)},
        "int": {1: lambda x: _apply("floor", x)},
        "round": {1: _rounded},
        "log10": {1: lambda x: _apply("log", x, Literal(10.0))},
        "pulse": {2: _once, 3: _pulses},
        "ramp": {
            2: lambda slope, start: _apply("ramp", slope, start, _apply("subtract", start, _ONE)),
            3: lambda *args: _apply("ramp", *args),
        },
        "min": _chosen("min", "vmin"),
        "max": _chosen("max", "vmax"),
        "lookup": {
            2: lambda name, x: (
                Apply(name, (x,), called=True) if isinstance(name, Name) else _apply("lookup", name, x)
            )
        },
        "uniform": _random("random_uniform", 2),
        "random": _random("random_uniform", 2),
        "exprnd": {
            1: lambda mean: _exponential(mean, Literal(0.0)),
            2: lambda mean, seed: _exponential(mean, seed),
        },
        "normal": {
            2: lambda mean, spread: _normal(mean, spread, Literal(0.0)),
            3: lambda mean, spread, seed: _normal(mean, spread, seed),
            5: lambda mean, spread, seed, low, high: _apply("random_normal", low, high, mean, spread, seed),
        },
        "lognormal": _random("random_lognormal", 2),
        "poisson": {1: lambda mean: _poisson(mean, Literal(0.0)), 2: lambda mean, seed: _poisson(mean, seed)},
        "if_then_else": {3: lambda *args: _apply("if_then_else", *args)},
    },
    words=frozenset({"and", "or", "not", "mod", "if", "then", "else"}),
    tight_not=True,
)
"""How XMILE 1.0 writes equations: NOT bound to what stands next to it."""
