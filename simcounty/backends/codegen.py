"""Generate the text of a graph's equations, so that each expression is computed as seldom as possible.

Expressions are sorted by what they depend on:

    CONSTANT  constants and held initial values   → computed when these change
    CLOCK     time and the span of the run        → computed once a step, for all members
    MOVING    states, or both of the above        → computed for every member and step

and written as lines that load a value, name a result or store one. The backends differ only in what
`array[row]` is: one number for plain Python, a row of members for compiled code. No name or comment of
the model file reaches the text: results are called v1, v2, …, numbers are printed by repr.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from simcounty.backends.program import CLOCK_NAMES, Let, Line, Load, Program, Stage, Store
from simcounty.model.functions import FUNCTIONS, evaluate, segments
from simcounty.model.graph import (
    BALANCE,
    FINAL_TIME,
    INITIAL_TIME,
    TIME_STEP,
    Call,
    Delayed,
    Expr,
    Graph,
    Held,
    Interpolate,
    Number,
    Ref,
    Sample,
    State,
    Stock,
    references,
)

LITERAL, CONSTANT, CLOCK, MOVING = range(4)


def _sum(terms: list[str]) -> str:
    """Return the sum of terms, added in pairs and pairs of pairs: no addition waits for all before it."""
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return f"({_sum(terms[:half])} + {_sum(terms[half:])})"


def number_text(value: float) -> str:
    """Return the text of a number, which reads back to the same bits."""
    if math.isfinite(value):
        return repr(value)
    return "(1e999 - 1e999)" if math.isnan(value) else "1e999" if value > 0 else "(-1e999)"


@dataclass
class Context:
    """The array and row of each element, what each depends on, and what has been moved out of the loop.

    `neutral` keys have one value through a run, for all members: an expression of them and constants
    counts as constant, one of them and time as one of the clock.
    """

    rows: Mapping[str, tuple[str, int]]
    equations: Mapping[str, Expr]
    levels: dict[str, int]
    fixed: dict[Expr, int] = field(default_factory=dict)
    neutral: set[str] = field(default_factory=lambda: {TIME_STEP, INITIAL_TIME, FINAL_TIME})

    @classmethod
    def of(cls, graph: Graph, states: list[State]) -> Context:
        rows = {c.key: ("p", row) for row, c in enumerate(graph.constants)}
        rows |= {s.key: ("y", row) for row, s in enumerate(states)}
        levels = dict.fromkeys(CLOCK_NAMES, CLOCK)
        levels |= {c.key: CONSTANT for c in graph.constants}
        levels |= {s.key: CONSTANT if isinstance(s, Held) else MOVING for s in states}
        context = cls(rows, {a.key: a.expr for a in graph.auxiliaries}, levels)
        for auxiliary in graph.auxiliaries:
            levels[auxiliary.key] = context.level(auxiliary.expr)
            if levels[auxiliary.key] == LITERAL:
                levels[auxiliary.key] = CLOCK
                context.neutral.add(auxiliary.key)
        return context

    def level(self, expr: Expr) -> int:
        """Return what an expression depends on: MOVING also for constants and time together."""
        read = set(references(expr))
        found = {self.levels[key] for key in (read - self.neutral or read)}
        return MOVING if len(found) > 1 else max(found, default=LITERAL)

    def fixed_stage(self, watched: list[Expr]) -> Stage:
        """Return the stage that computes what the others moved out; `fixed` must be complete."""
        writer = Writer("fixed", ("y", "p", "h", "bad"), self, outermost=CONSTANT)
        for expr, row in list(self.fixed.items()):
            writer.store("h", row, expr)
        writer.watch(watched)
        return writer.stage()


@dataclass
class Writer:
    """The text of one stage in the making: each value is named where it is first needed.

    `outermost` is the lowest level computed here; what depends on less is computed outside.
    """

    name: str
    arrays: tuple[str, ...]
    context: Context
    outermost: int = MOVING
    names: dict[Expr, str] = field(default_factory=dict)
    once: list[Let] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    count: int = 0

    def stage(self) -> Stage:
        return Stage(self.name, self.arrays, tuple(self.once), tuple(self.lines))

    def store(self, array: str, row: int, expr: Expr) -> None:
        self._name_needed(expr)
        self.lines.append(Store(array, row, self.value(expr)))

    def _name_needed(self, expr: Expr) -> None:
        """Name what an expression reads, and first what that reads, without recursion along a long chain."""
        waiting = [(key, False) for key in reversed(list(references(expr)))]
        while waiting:
            key, ready = waiting.pop()
            if ready:
                self.value(Ref(key))
            elif key in self.context.equations and Ref(key) not in self.names:
                waiting.append((key, True))
                inner = references(self.context.equations[key])
                waiting.extend((k, False) for k in reversed(list(inner)))

    def watch(self, exprs: Iterable[Expr]) -> None:
        """Add to `bad` a term that is nan as soon as one of the values is not finite."""
        once: list[str] = []
        each: list[str] = []
        for expr in exprs:
            self._name_needed(expr)
            term = f"{self.value(expr)} * 0.0"
            (once if self.context.level(expr) == CLOCK else each).append(term)
        if once:
            each.append(self._let(Call("watched once", ()), _sum(once), CLOCK))
        if each:
            before = self._fresh()
            self.lines.append(Load(before, "bad", 0))
            self.lines.append(Store("bad", 0, _sum([before, *each])))

    def value(self, expr: Expr) -> str:
        """Return the text of a number: a name, a literal or an expression in parentheses."""
        if isinstance(expr, Number):
            return number_text(expr.value)
        if expr in self.names:
            return self.names[expr]
        level = self.context.level(expr)
        if level == LITERAL:
            return number_text(float(evaluate(expr, {})))
        if isinstance(expr, Ref):
            return self._named(expr)
        if level == CONSTANT and self.outermost > CONSTANT:
            return self._load(expr, "h", self.context.fixed.setdefault(expr, len(self.context.fixed)))
        if level == CLOCK and self.outermost > CLOCK:
            return self._once(expr)
        return self._text(expr)

    def _named(self, ref: Ref) -> str:
        """Return the name of an element; write its line when it is first needed."""
        if ref.key in CLOCK_NAMES:
            return CLOCK_NAMES[ref.key]
        if ref.key in self.context.rows:
            return self._load(ref, *self.context.rows[ref.key])
        expr = self.context.equations[ref.key]
        text = self.value(expr)
        if text.isidentifier():
            self.names[ref] = text
            return text
        return self._let(ref, text, self.context.levels[ref.key])

    def _text(self, expr: Expr) -> str:
        if isinstance(expr, Interpolate):
            return self._lookup(expr)
        assert isinstance(expr, Call)
        if expr.function == "power":
            return self._power(*expr.args)
        return self._call(expr, as_condition=False)

    def _call(self, call: Call, as_condition: bool) -> str:
        function = FUNCTIONS[call.function]
        if call.function == "divide" and isinstance(call.args[1], Number) and call.args[1].value != 0.0:
            return f"({self.value(call.args[0])} / {self.value(call.args[1])})"
        args = [
            self.condition(arg) if place in function.conditions else self.value(arg)
            for place, arg in enumerate(call.args)
        ]
        text = function.text.format(*args)
        if function.is_condition == as_condition:
            return text
        return f"({text} != 0.0)" if as_condition else f"(1.0 if {text} else 0.0)"

    def condition(self, expr: Expr) -> str:
        """Return the text of a truth value."""
        if isinstance(expr, Call) and FUNCTIONS[expr.function].is_condition:
            return self._call(expr, as_condition=True)
        return f"({self.value(expr)} != 0.0)"

    def _power(self, base: Expr, exponent: Expr) -> str:
        """Return the text of a power; a quicker one where that is exact to the last bit."""
        short = {2.0: "square({})", 0.5: "sqrt({})", -1.0: "inverse({})", 1.0: "{}", 0.0: "1.0"}
        if isinstance(exponent, Number) and exponent.value in short:
            return short[exponent.value].format(self.value(base))
        return f"power({self.value(base)}, {self.value(exponent)})"

    def _lookup(self, expr: Interpolate) -> str:
        x = self.value(expr.at)
        if not x.isidentifier():
            x = self._let(expr.at, x, self.context.level(expr.at))
        lookup, parts = expr.lookup, segments(expr.lookup)
        terms = [number_text(lookup.ys[0])]
        terms += [f"rise({x} - {a!r}, {width!r}, {slope!r})" for a, width, slope in parts]
        if lookup.beyond == "extend" and parts:
            terms.append(f"below({x} - {lookup.xs[0]!r}, {parts[0][2]!r})")
            terms.append(f"above({x} - {lookup.xs[-1]!r}, {parts[-1][2]!r})")
        return f"({' + '.join(terms)})"

    def _once(self, expr: Expr) -> str:
        """Return the name of an expression of the clock, computed before the loop over members."""
        outer = Writer(self.name, (), self.context, CLOCK, self.names, self.once, [], self.count)
        text = outer.value(expr)
        self.count = outer.count
        return text if text.isidentifier() else self._let(expr, text, CLOCK)

    def _let(self, expr: Expr, text: str, level: int) -> str:
        name = self._fresh()
        into = self.once if level == CLOCK else self.lines
        into.append(Let(name, text))
        self.names[expr] = name
        return name

    def _load(self, expr: Expr, array: str, row: int) -> str:
        name = self._fresh()
        self.lines.append(Load(name, array, row))
        self.names[expr] = name
        return name

    def _fresh(self) -> str:
        self.count += 1
        return f"v{self.count}"


_PROPAGATING = {"add": (0, 1), "subtract": (0, 1), "multiply": (0, 1), "negative": (0,), "divide": (0,)}


def generate(graph: Graph) -> Program:
    """Return the program of a graph; the values of its constants do not enter it."""
    by_kind = [[s for s in graph.states if isinstance(s, kind)] for kind in (Stock, Sample, Delayed, Held)]
    states: list[State] = [state for states in by_kind for state in states]
    context = Context.of(graph, states)
    rates = Writer("rates", ("y", "p", "h", "out", "bad"), context)
    for row, state in enumerate(states):
        if (expr := _next(state)) is not None:
            rates.store("out", row, expr)
    rates.watch(_watched(graph, context))
    record = Writer("record", ("y", "p", "h", "values"), context)
    for row, auxiliary in enumerate(graph.auxiliaries):
        record.store("values", row, Ref(auxiliary.key))
    fixed = context.fixed_stage([Ref(a.key) for a in graph.auxiliaries if context.levels[a.key] == CONSTANT])
    return Program(
        constants=tuple(c.key for c in graph.constants),
        states=tuple(s.key for s in states),
        auxiliaries=tuple(a.key for a in graph.auxiliaries),
        stocks=len(by_kind[0]),
        samples=len(by_kind[1]),
        delays=len(by_kind[2]),
        fixed_rows=len(context.fixed),
        stages=(_start(graph, states, context), fixed, rates.stage(), record.stage()),
    )


def _next(state: State) -> Expr | None:
    """Return what the rates of a state are: what a stock integrates, a sample or a delay turns into."""
    if isinstance(state, Stock):
        return state.rate
    if isinstance(state, Sample):
        return state.following
    return state.incoming if isinstance(state, Delayed) else None


def _start(graph: Graph, states: list[State], context: Context) -> Stage:
    """Return the stage of the first values: every state where its initial value can be computed."""
    equations = {a.key: a.initial_expr for a in graph.auxiliaries} | {s.key: s.initial for s in states}
    rows = {key: place for key, place in context.rows.items() if place[0] == "p"}
    levels = dict.fromkeys((*context.levels, *equations), CONSTANT)
    inner = Context(rows, equations, levels)
    writer = Writer("start", ("p", "y", "lag"), inner, outermost=CONSTANT)
    for row, state in enumerate(states):
        writer.store("y", row, Ref(state.key))
    for row, state in enumerate(s for s in states if isinstance(s, Delayed)):
        writer.store("lag", row, state.delay)
    return writer.stage()


def _watched(graph: Graph, context: Context) -> list[Expr]:
    """Return what must be checked to be finite beside the stocks.

    It is what could be non-finite without a stock becoming so, what one step may show and the next hide,
    and the balances. Constant auxiliaries are watched where they are computed.
    """
    carried: set[str] = set()
    consumers = [a.expr for a in graph.auxiliaries if context.levels[a.key] == MOVING]
    for expr in (*consumers, *(s.rate for s in graph.states if isinstance(s, Stock))):
        carried.update(_carried(expr))
    remembered = [_next(s) for s in graph.states if isinstance(s, Sample | Delayed)]
    auxiliaries = [a.key for a in graph.auxiliaries if context.levels[a.key] in (CLOCK, MOVING)]
    return [
        *(Ref(key) for key in auxiliaries if key not in carried or context.levels[key] == CLOCK),
        *(expr for expr in remembered if expr is not None),
        *(_within(Ref(a.key)) for a in graph.auxiliaries if a.is_balance),
    ]


def _within(balance: Expr) -> Expr:
    """Return 0 where a balance holds, and no number where it does not."""
    holds = Call("less_equal", (Call("abs", (balance,)), Number(BALANCE)))
    return Call("if_then_else", (holds, Number(0.0), Number(math.nan)))


def _carried(expr: Expr) -> Iterable[str]:
    """Yield the keys that make an expression non-finite with them: in sums, products and numerators."""
    if isinstance(expr, Ref):
        yield expr.key
    elif isinstance(expr, Call):
        for place in _PROPAGATING.get(expr.function, ()):
            yield from _carried(expr.args[place])
