"""What carries memory in Vensim, and the stocks that SMOOTH, DELAY, TREND and their kin are made of.

The names of the arguments are Vensim's. Every expansion returns the expression to put in place of
the call, and the hidden elements that expression reads.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from simcounty.model.functions import call
from simcounty.model.graph import (
    TIME_STEP,
    About,
    Auxiliary,
    Delayed,
    Element,
    Expr,
    Held,
    Number,
    Ref,
    Sample,
    State,
    Stock,
)

Expanded = tuple[Expr, list[Element]]


class Where(NamedTuple):
    """Whose element is being built: the first three fields of every `Element`."""

    key: str
    about: About
    subscripts: tuple[str, ...] = ()


@dataclass(frozen=True)
class MadeOf:
    """A function that carries memory: how many arguments it takes, and what it turns into.

    The last argument of an `ordered` one is its order.
    """

    arity: int
    build: Callable[..., Expanded]
    ordered: bool = False


@dataclass(frozen=True)
class Remembered:
    """A function that is a state by itself: how many arguments it takes, and the state."""

    arity: int
    build: Callable[..., State]


def _where(key: str) -> Where:
    return Where(key, About(key, key, hidden=True))


def _smooth(key: str, x: Expr, time: Expr, initial: Expr, order: Number) -> Expanded:
    """Exponential smoothing: each stage closes its gap to the one before in time/order."""
    stages = int(order.value)
    stage_time = _share(time, stages)
    parts: list[Element] = []
    for stage in range(1, stages + 1):
        own = f"{key}.{stage}"
        rate = call("divide", call("subtract", x, Ref(own)), stage_time)
        parts.append(Stock(*_where(own), initial=initial, rate=rate))
        x = Ref(own)
    return x, parts


def _delay(key: str, x: Expr, time: Expr, initial: Expr, order: Number) -> Expanded:
    """Material delay: each stage holds what flowed in and lets it out at level/(time/order)."""
    stages = int(order.value)
    stage_time = _share(time, stages)
    parts: list[Element] = []
    for stage in range(1, stages + 1):
        own = f"{key}.{stage}"
        out = call("divide", Ref(own), stage_time)
        start = call("multiply", initial, stage_time)
        parts.append(Stock(*_where(own), initial=start, rate=call("subtract", x, out)))
        x = out
    return x, parts


def _share(time: Expr, stages: int) -> Expr:
    return time if stages == 1 else call("divide", time, Number(float(stages)))


def _delay_n(key: str, x: Expr, time: Expr, initial: Expr, order: Number, asked: Number) -> Expanded:
    """Material delay as Vensim's DELAY N: no stage is shorter than a step, which may cost stages.

    How many there are was settled while loading. A delay time for which Vensim would take another
    number turns into no number at all, so that the run stops instead of computing something else.
    """
    few = call("less", time, call("multiply", Number(order.value * (1.0 - 1e-6)), Ref(TIME_STEP)))
    more = call("multiply", Number((order.value + 1.0) * (1.0 - 1e-6)), Ref(TIME_STEP))
    wrong = call("or", few, call("greater_equal", time, more)) if order.value < asked.value else few
    return _delay(key, x, call("if_then_else", wrong, Number(math.nan), time), initial, order)


def _trend(key: str, x: Expr, time: Expr, initial_trend: Expr) -> Expanded:
    """Fractional growth rate of the input against its own average."""
    average = Ref(f"{key}.average")
    start = call("divide", x, call("add", Number(1.0), call("multiply", initial_trend, time)))
    rate = call("divide", call("subtract", x, average), time)
    size = call("multiply", time, call("abs", average))
    return call("zidz", call("subtract", x, average), size), [
        Stock(*_where(average.key), initial=start, rate=rate)
    ]


def _forecast(key: str, x: Expr, time: Expr, horizon: Expr, initial_trend: Expr) -> Expanded:
    trend, parts = _trend(key, x, time, initial_trend)
    growth = call("add", Number(1.0), call("multiply", trend, horizon))
    return call("multiply", x, growth), parts


def _sample_if_true(key: str, condition: Expr, x: Expr, initial: Expr) -> Expanded:
    """The input while the condition holds; what it last was while it does not."""
    value, kept = Ref(f"{key}.value"), Ref(f"{key}.kept")
    expr = call("if_then_else", condition, x, kept)
    return value, [
        Auxiliary(*_where(value.key), expr=expr),
        Sample(*_where(kept.key), initial=initial, following=value),
    ]


EXPANSIONS: dict[str, MadeOf] = {
    "smooth": MadeOf(4, _smooth, ordered=True),
    "delay": MadeOf(4, _delay, ordered=True),
    "delay_n": MadeOf(4, _delay_n, ordered=True),
    "trend": MadeOf(3, _trend),
    "forecast": MadeOf(4, _forecast),
    "sample_if_true": MadeOf(3, _sample_if_true),
}


def _stock(where: Where, rate: Expr, initial: Expr) -> State:
    return Stock(*where, rate=rate, initial=initial)


def _held(where: Where, x: Expr) -> State:
    return Held(*where, initial=x)


def _delayed(where: Where, x: Expr, delay: Expr, initial: Expr) -> State:
    return Delayed(*where, incoming=x, delay=delay, initial=initial)


STATES: dict[str, Remembered] = {
    "integ": Remembered(2, _stock),
    "initial": Remembered(1, _held),
    "delay_fixed": Remembered(3, _delayed),
}
