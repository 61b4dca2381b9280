"""A program: what a model computes at each instant, as flat lists, and where values are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from simcounty.backends.operations import Operation
from simcounty.model.graph import (
    FINAL_TIME,
    INITIAL_TIME,
    STEP_START,
    TIME,
    TIME_STEP,
    Delayed,
    Graph,
    Held,
    Sample,
    Stock,
)

CLOCK_ROWS: Mapping[str, int] = {TIME: 0, STEP_START: 1, TIME_STEP: 2, INITIAL_TIME: 3, FINAL_TIME: 4}
"""The first rows of array `c`."""

ARRAYS = ("c", "p", "y", "h", "out", "bad", "lag", "values", "bend")
"""clock, constants (p), states (y), what changes only when constants do (h), the rate of each stock and the
next value of each sample and delay (out), what is nan once a watched value is not finite (bad), the delays
of DELAY FIXED (lag), every auxiliary (values), and what is 0 where an equation bends with time (bend)."""


@dataclass(frozen=True)
class Store:
    """Where the value of an operation is kept."""

    array: str
    row: int
    index: int


@dataclass(frozen=True)
class Stage:
    """A list of operations in computing order, and what of it is stored."""

    operations: tuple[Operation, ...]
    stores: tuple[Store, ...]


@dataclass(frozen=True)
class Layout:
    """The order of a graph's elements in the arrays of its program: constants in p, states in y, auxiliaries
    in values. Of the states, stocks come first, then samples and delays, and then what is held.
    """

    constants: tuple[str, ...]
    states: tuple[str, ...]
    auxiliaries: tuple[str, ...]
    stocks: int
    samples: int
    delays: int

    @classmethod
    def of(cls, graph: Graph) -> Layout:
        kinds = (Stock, Sample, Delayed, Held)
        states = [[s.key for s in graph.states if isinstance(s, kind)] for kind in kinds]
        return cls(
            constants=tuple(c.key for c in graph.constants),
            states=tuple(key for keys in states for key in keys),
            auxiliaries=tuple(a.key for a in graph.auxiliaries),
            stocks=len(states[0]),
            samples=len(states[1]),
            delays=len(states[2]),
        )

    @property
    def moving(self) -> int:
        """How many states move during a run: stocks, samples and delays."""
        return self.stocks + self.samples + self.delays

    @cached_property
    def places(self) -> Mapping[str, tuple[str, int]]:
        """The array and the row of each element."""
        arrays = {"p": self.constants, "y": self.states, "values": self.auxiliaries}
        return {key: (array, row) for array, keys in arrays.items() for row, key in enumerate(keys)}


@dataclass(frozen=True, eq=False)
class Program:
    """The stages of a graph's equations.

    start   c, p → y, lag             the first values of states, and the delays of DELAY FIXED
    fixed   c, p, y → h               what changes only when constants do
    clock   c → c                     what changes with time alone, the same for all members
    rates   c, p, y, h → out, bad     the rate of each stock, the next value of each sample and delay
    record  c, p, y, h → values       every auxiliary
    bends   c, p → bend               what changes its sign where an equation bends with time
    """

    layout: Layout
    fixed_rows: int
    clock_rows: int
    bend_rows: int
    stages: Mapping[str, Stage]

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many rows each array has."""
        layout = self.layout
        counts = (
            self.clock_rows, len(layout.constants), len(layout.states), self.fixed_rows,
            layout.moving, 1, layout.delays, len(layout.auxiliaries), self.bend_rows,
        )  # fmt: skip
        return dict(zip(ARRAYS, counts, strict=True))

    def content(self) -> bytes:
        """Return the stages as JSON, their numbers exact."""
        stages = {
            name: [stage.operations, [(each.array, each.row, each.index) for each in stage.stores]]
            for name, stage in self.stages.items()
        }
        return json.dumps([self.fixed_rows, self.clock_rows, self.bend_rows, stages]).encode()

    @classmethod
    def read(cls, layout: Layout, content: bytes) -> Program:
        """Return the program whose stages were written."""
        fixed_rows, clock_rows, bend_rows, stages = json.loads(content)
        read = {
            name: Stage(tuple(map(tuple, operations)), tuple(Store(*each) for each in stores))
            for name, (operations, stores) in stages.items()
        }
        return cls(layout, fixed_rows, clock_rows, bend_rows, read)
