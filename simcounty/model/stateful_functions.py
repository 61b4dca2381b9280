"""The functions with memory: states, and the stocks that SMOOTH, DELAY, TREND and their kin are made of.

The names of the arguments are Vensim's. Every expansion returns the expression that replaces the call,
and the hidden elements that this expression reads.
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
    Stock,
)

Expanded = tuple[Expr, list[Element]]


class Identity(NamedTuple):
    """The first three fields of every `Element`."""

    key: str
    about: About
    subscripts: tuple[str, ...] = ()


def hidden(key: str) -> Identity:
    """Return the identity of a helper."""
    return Identity(key, About(key, key, hidden=True))


@dataclass(frozen=True)
class Expansion:
    """A function that is made of hidden elements; the last argument of an `ordered` one is its order."""

    arity: int
    build: Callable[..., Expanded]
    ordered: bool = False


def _stages(key: str, time: Expr, order: Number) -> tuple[list[Ref], Expr]:
    """Return the stocks of a delay's stages, and the time that each stage takes."""
    count = int(order.value)
    stocks = [Ref(f"{key}.{stage}") for stage in range(1, count + 1)]
    return stocks, time if count == 1 else call("divide", time, Number(float(count)))


def _smooth(key: str, x: Expr, time: Expr, initial: Expr, order: Number) -> Expanded:
    """Exponential smoothing: each stage closes the gap to the one before it in time/order."""
    stocks, stage_time = _stages(key, time, order)
    parts: list[Element] = []
    for own in stocks:
        rate = call("divide", call("subtract", x, own), stage_time)
        parts.append(Stock(*hidden(own.key), initial=initial, rate=rate))
        x = own
    return x, parts


def _delay(key: str, x: Expr, time: Expr, initial: Expr, order: Number) -> Expanded:
    """Material delay: each stage stores its inflow and releases it at level/(time/order)."""
    stocks, stage_time = _stages(key, time, order)
    start = call("multiply", initial, stage_time)
    parts: list[Element] = []
    for own in stocks:
        out = call("divide", own, stage_time)
        parts.append(Stock(*hidden(own.key), initial=start, rate=call("subtract", x, out)))
        x = out
    return x, parts


def _checked(time: Expr, order: Number, full_order: Number) -> Expr:
    """Return the time of a DELAY N, none of whose stages is shorter than a step.

    `order` is their number, computed while loading; `full_order` is what the equation gives. A delay
    time for which Vensim would take another number becomes nan, so that the run stops instead of
    computing something else.
    """
    few = call("less", time, call("multiply", Number(order.value * (1.0 - 1e-6)), Ref(TIME_STEP)))
    more = call("multiply", Number((order.value + 1.0) * (1.0 - 1e-6)), Ref(TIME_STEP))
    wrong = call("or", few, call("greater_equal", time, more)) if order.value < full_order.value else few
    return call("if_then_else", wrong, Number(math.nan), time)


def _delay_n(key: str, x: Expr, time: Expr, initial: Expr, order: Number, full_order: Number) -> Expanded:
    """Material delay as Vensim's DELAY N, whose time stays as it is."""
    return _delay(key, x, _checked(time, order, full_order), initial, order)


def _conveyed(key: str, x: Expr, time: Expr, initial: Expr, order: Number, full_order: Number) -> Expanded:
    """Material delay as Vensim's DELAY N: each stage has the time of the one before it, a step later.

    What comes out is divided by the delay time of the step before, as PySD found it in Vensim's record.
    """
    now = Ref(f"{key}.time")
    parts: list[Element] = [Auxiliary(*hidden(now.key), expr=_checked(time, order, full_order))]
    times: list[Expr] = [now]
    for stage in range(1, max(2, int(order.value))):
        before = Ref(f"{key}.time{stage}")
        parts.append(Sample(*hidden(before.key), initial=now, following=times[-1]))
        times.append(before)
    out: Expr = x
    for stage in range(int(order.value)):
        own, length = Ref(f"{key}.{stage + 1}"), call("divide", times[stage], order)
        after = call("divide", own, length)
        start = call("multiply", initial, call("divide", now, order))
        parts.append(Stock(*hidden(own.key), initial=start, rate=call("subtract", out, after)))
        out = after
    return call("divide", own, call("divide", times[1], order)), parts


def _kept(key: str, expr: Expr, parts: list[Element]) -> Expr:
    """Return what may be read many times, a hidden auxiliary of an expression: nested ones stay small."""
    if isinstance(expr, Number | Ref):
        return expr
    parts.append(Auxiliary(*hidden(key), expr=expr))
    return Ref(key)


def _trend(key: str, x: Expr, time: Expr, initial_trend: Expr) -> Expanded:
    """Fractional growth rate of the input against its own average."""
    parts: list[Element] = []
    x, time = _kept(f"{key}.input", x, parts), _kept(f"{key}.time", time, parts)
    average = Ref(f"{key}.average")
    start = call("divide", x, call("add", Number(1.0), call("multiply", initial_trend, time)))
    rate = call("divide", call("subtract", x, average), time)
    size = call("multiply", time, call("abs", average))
    parts.append(Stock(*hidden(average.key), initial=start, rate=rate))
    return call("zidz", call("subtract", x, average), size), parts


def _forecast(key: str, x: Expr, time: Expr, horizon: Expr, initial_trend: Expr) -> Expanded:
    parts: list[Element] = []
    x = _kept(f"{key}.input", x, parts)
    trend, averaged = _trend(key, x, time, initial_trend)
    growth = call("add", Number(1.0), call("multiply", trend, horizon))
    return call("multiply", x, growth), [*parts, *averaged]


def _npv(key: str, stream: Expr, rate: Expr, initial: Expr, factor: Expr) -> Expanded:
    """Net present value of a stream; what it gives in the step to come is not discounted (NPV)."""
    return _present_value(key, stream, rate, initial, factor, Number(1.0))


def _npve(key: str, stream: Expr, rate: Expr, initial: Expr, factor: Expr) -> Expanded:
    """Net present value of a stream that is valued at the end of each step (NPVE)."""
    return _present_value(key, stream, rate, initial, factor, call("divide", Number(1.0), _of_a_step(rate)))


def _of_a_step(rate: Expr) -> Expr:
    """Return what one unit of money grows to in a step."""
    return call("add", Number(1.0), call("multiply", rate, Ref(TIME_STEP)))


def _present_value(
    key: str, stream: Expr, rate: Expr, initial: Expr, factor: Expr, first_discount: Expr
) -> Expanded:
    """Return Vensim's stocks of a present value: what came so far, discounted, and the discount factor."""
    parts: list[Element] = []
    stream, rate = _kept(f"{key}.stream", stream, parts), _kept(f"{key}.rate", rate, parts)
    so_far, discount = Ref(f"{key}.so_far"), Ref(f"{key}.discount")
    now = call("multiply", stream, discount)
    falling = call("divide", call("multiply", call("negative", discount), rate), _of_a_step(rate))
    parts += [
        Stock(*hidden(so_far.key), initial=initial, rate=now),
        Stock(*hidden(discount.key), initial=first_discount, rate=falling),
    ]
    value = call("add", so_far, call("multiply", now, Ref(TIME_STEP)))
    return call("multiply", value, factor), parts


def _sample_if_true(key: str, condition: Expr, x: Expr, initial: Expr) -> Expanded:
    """The input while the condition holds, then its last value until the condition holds again."""
    value, last = Ref(f"{key}.value"), Ref(f"{key}.last")
    expr = call("if_then_else", condition, x, last)
    return value, [
        Auxiliary(*hidden(value.key), expr=expr),
        Sample(*hidden(last.key), initial=initial, following=value),
    ]


EXPANSIONS: dict[str, Expansion] = {
    "smooth": Expansion(4, _smooth, ordered=True),
    "delay": Expansion(4, _delay, ordered=True),
    "delay_n": Expansion(4, _delay_n, ordered=True),
    "delay_n_conveyed": Expansion(4, _conveyed, ordered=True),
    "trend": Expansion(3, _trend),
    "forecast": Expansion(4, _forecast),
    "npv": Expansion(4, _npv),
    "npve": Expansion(4, _npve),
    "sample_if_true": Expansion(3, _sample_if_true),
}


STATES: dict[str, tuple[Callable[..., Element], tuple[str, ...]]] = {
    "integ": (Stock, ("rate", "initial")),
    "initial": (Held, ("initial",)),
    "delay_fixed": (Delayed, ("incoming", "delay", "initial")),
    "active_initial": (Auxiliary, ("expr", "initial")),
}
"""The functions that are an element by themselves: its kind, and the fields their arguments are."""
