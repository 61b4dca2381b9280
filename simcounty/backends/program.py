"""A program: the equations generated from a graph, and their text for one member or for a block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from simcounty.model.graph import FINAL_TIME, INITIAL_TIME, STEP_START, TIME, TIME_STEP

CLOCK_NAMES: Mapping[str, str] = {
    TIME: "t",
    STEP_START: "t_step",
    TIME_STEP: "dt",
    INITIAL_TIME: "t_first",
    FINAL_TIME: "t_last",
}
CLOCK_ARGUMENTS = ", ".join(CLOCK_NAMES.values())


@dataclass(frozen=True)
class Load:
    """Name an entry of an array."""

    name: str
    array: str
    row: int


@dataclass(frozen=True)
class Let:
    """Name the value of a text."""

    name: str
    text: str


@dataclass(frozen=True)
class Store:
    """Store a value in an array; `text` is a name, a number or an expression."""

    array: str
    row: int
    text: str


Line = Load | Let | Store


@dataclass(frozen=True)
class Stage:
    """One generated function: what it computes `once` for all members, and the lines for every member."""

    name: str
    arrays: tuple[str, ...]
    once: tuple[Let, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Program:
    """The generated functions of a graph, and the order of elements in their arrays.

    start   p → y, lag              the first values of states, and the delays of DELAY FIXED
    fixed   p, y → h                what changes only when constants do
    rates   p, y, h → out, bad      the rate of each stock, the next value of each sample and delay
    record  p, y, h → values        every auxiliary
    """

    constants: tuple[str, ...]
    states: tuple[str, ...]
    auxiliaries: tuple[str, ...]
    stocks: int
    samples: int
    delays: int
    fixed_rows: int
    stages: tuple[Stage, ...]

    @property
    def moving(self) -> int:
        """How many states move during a run: stocks, samples and delays, in this order."""
        return self.stocks + self.samples + self.delays

    @cached_property
    def places(self) -> Mapping[str, tuple[str, int]]:
        """The array and the row of each element: constants in p, states in y, auxiliaries in values."""
        arrays = {"p": self.constants, "y": self.states, "values": self.auxiliaries}
        return {key: (array, row) for array, keys in arrays.items() for row, key in enumerate(keys)}


@dataclass(frozen=True)
class Block:
    """The layout of members side by side in one array `w`.

    Row r of array a is the `width` entries from (first[a] + r) × width. With one array for everything a
    compiler sees that reads and writes never meet, so that it can compute members in parallel.
    """

    width: int
    first: Mapping[str, int]
    height: int

    @property
    def size(self) -> int:
        return self.height * self.width

    @classmethod
    def of(cls, program: Program, width: int) -> Block:
        sizes = {
            "p": len(program.constants),
            "y": len(program.states),
            "h": program.fixed_rows,
            "out": program.moving,
            "bad": 1,
            "lag": program.delays,
            "values": len(program.auxiliaries),
        }
        ends = list(accumulate(sizes.values(), initial=0))
        return cls(width, dict(zip(sizes, ends, strict=False)), ends[-1])

    def rows(self, program: Program, keys: Iterable[str]) -> list[int]:
        """Return the row of each element in `w`."""
        return [self.first[array] + row for array, row in (program.places[key] for key in keys)]


def program_text(program: Program) -> str:
    """Return the text of all stages, as functions for one member."""
    return "\n\n".join(function_text(stage) for stage in program.stages)


def function_text(stage: Stage, block: Block | None = None) -> str:
    """Return the text of one stage: a function of the arrays of one member, or of `w` for a block."""
    body = [f"    {let.name} = {let.text}" for let in stage.once]
    indent = "    "
    if block is not None:
        body.append(f"    for m in range({block.width}):")
        indent = "        "
    body += [indent + _statement(line, block) for line in stage.lines] or [f"{indent}pass"]
    arrays = stage.arrays if block is None else ("w",)
    arguments = ", ".join((CLOCK_ARGUMENTS, *arrays))
    return "\n".join([f"def {stage.name}({arguments}):", *body, ""])


def _statement(line: Line, block: Block | None) -> str:
    if isinstance(line, Let):
        return f"{line.name} = {line.text}"
    place = f"{line.array}[{line.row}]"
    if block is not None:
        place = f"w[{(block.first[line.array] + line.row) * block.width} + m]"
    return f"{line.name} = {place}" if isinstance(line, Load) else f"{place} = {line.text}"
