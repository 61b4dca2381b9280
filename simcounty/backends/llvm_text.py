"""Print operations as LLVM's intermediate language: members side by side in the lanes of vectors.

No flag allows an operation to be merged or reordered, so every processor computes the bits that
plain Python computes. A piece is `void name(ptr w, ptr c)`: row r of `w` holds the lanes of a block, `c` the
clock, one number a row.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from simcounty.backends.operations import CONDITIONS, Operation
from simcounty.backends.pieces import Piece
from simcounty.model import arithmetic

_BINARY = {"add": "fadd", "subtract": "fsub", "multiply": "fmul", "div": "fdiv"}
_COMPARED = {
    "less": "olt", "less_equal": "ole", "greater": "ogt", "greater_equal": "oge",
    "equal": "oeq", "not_equal": "une",
}  # fmt: skip
_INTRINSIC = {"abs": "fabs", "sqrt": "sqrt", "integer": "trunc"}
_MANTISSA_BITS, _LIFT, _SMALLEST = 52, 54.0, 2.0**-1022


def bits_of(value: float) -> int:
    """Return the bits of a number as an integer."""
    return int(struct.unpack("<q", struct.pack("<d", value))[0])


def _float_of(bits: int) -> float:
    """Return the number of which these are the bits."""
    return float(struct.unpack("<d", struct.pack("<q", bits))[0])


class Lanes:
    """The types and constants of vectors of some width; a width of 1 is a plain number."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.numbers, self.integers, self.truths = (self._type(each) for each in ("double", "i64", "i1"))
        self.suffix = "f64" if count == 1 else f"v{count}f64"

    def _type(self, one: str) -> str:
        return one if self.count == 1 else f"<{self.count} x {one}>"

    def number(self, value: float) -> str:
        return self._filled("double", f"0x{bits_of(value) & (2**64 - 1):016X}")

    def integer(self, value: int) -> str:
        return self._filled("i64", str(value))

    def truth(self, value: bool) -> str:
        return self._filled("i1", str(value).lower())

    def _filled(self, kind: str, text: str) -> str:
        return text if self.count == 1 else f"<{', '.join([f'{kind} {text}'] * self.count)}>"

    def declarations(self) -> str:
        """Return the declarations of what `FunctionText` calls."""
        kind = self.numbers
        return "\n".join(f"declare {kind} @llvm.{name}.{self.suffix}({kind})" for name in _INTRINSIC.values())


class NumberTable:
    """The numbers that code loads, by their bits: each has a row of `c`, from the first free one on.

    Code that holds no numbers has no addresses of its own, wherever it is loaded.
    """

    def __init__(self, first: int) -> None:
        self.first = first
        self.rows: dict[int, int] = {}

    def row(self, bits: int) -> int:
        return self.rows.setdefault(bits, self.first + len(self.rows))


class FunctionText:
    """The text of a function in the making; its numbers are literals unless `numbers` are given."""

    def __init__(self, lanes: Lanes, numbers: NumberTable | None = None) -> None:
        self.lanes = lanes
        self.numbers = numbers
        self.lines: list[str] = []
        self._count = 0
        self._label = "entry"

    def do(self, text: str) -> str:
        """Add an instruction; return the name of its result."""
        self._count += 1
        name = f"%v{self._count}"
        self.lines.append(f" {name} = {text}")
        return name

    @contextmanager
    def loop(self, count: str) -> Iterator[str]:
        """Repeat for every number from 0 up to a count."""
        with self._repeated(count) as (i, _):
            yield i

    def any_of(self, count: str, term: Callable[[str], str]) -> str:
        """Return, as a condition, whether a term has any bit set, for some number from 0 up to a count."""
        with self._repeated(count) as (i, totals):
            totals.append(self._integer("or", totals[0], self._bits(term(i))))
        return self.do(f"icmp ne {self.lanes.integers} {totals[0]}, {self.lanes.integer(0)}")

    @contextmanager
    def _repeated(self, count: str) -> Iterator[tuple[str, list[str]]]:
        """Yield the number of a round, and a list of what was joined so far, for the next to be added."""
        n, before = f"{len(self.lines)}", self._label
        totals = [f"%total{n}"]
        self.lines += [f" br label %head{n}", f"head{n}:"]
        self.lines += [f" %i{n} = phi i64 [0, %{before}], [%next{n}, %latch{n}]"]
        place = len(self.lines)
        self.lines += [f" %more{n} = icmp slt i64 %i{n}, {count}"]
        self.lines += [f" br i1 %more{n}, label %body{n}, label %done{n}", f"body{n}:"]
        self._label = f"body{n}"
        yield f"%i{n}", totals
        if len(totals) > 1:
            ends = f"[{self.lanes.integer(0)}, %{before}], [{totals[-1]}, %latch{n}]"
            self.lines.insert(place, f" {totals[0]} = phi {self.lanes.integers} {ends}")
        self.lines += [f" br label %latch{n}", f"latch{n}:", f" %next{n} = add i64 %i{n}, 1"]
        self.lines += [f" br label %head{n}", f"done{n}:"]
        self._label = f"done{n}"

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        n = f"{len(self.lines)}"
        self.lines += [f" br i1 {condition}, label %then{n}, label %after{n}", f"then{n}:"]
        self._label = f"then{n}"
        yield
        self.lines += [f" br label %after{n}", f"after{n}:"]
        self._label = f"after{n}"

    def plus(self, a: str, b: str | int) -> str:
        return self.do(f"add i64 {a}, {b}")

    def times(self, a: str, b: str | int) -> str:
        return self.do(f"mul i64 {a}, {b}")

    def is_more(self, a: str, b: str | int) -> str:
        return self.do(f"icmp sgt i64 {a}, {b}")

    def row(self, base: str, row: int, of_lanes: bool = True) -> str:
        """Return a pointer to a row."""
        return self.do(f"getelementptr double, ptr {base}, i64 {row * (self.lanes.count if of_lanes else 1)}")

    def load(self, pointer: str) -> str:
        return self.do(f"load {self.lanes.numbers}, ptr {pointer}, align {8 * self.lanes.count}")

    def store(self, value: str, pointer: str) -> None:
        self.lines.append(f" store {self.lanes.numbers} {value}, ptr {pointer}, align {8 * self.lanes.count}")

    def spread(self, number: str) -> str:
        """Return a number in every lane."""
        lanes = self.lanes
        if lanes.count == 1:
            return number
        first = self.do(f"insertelement {lanes.numbers} poison, double {number}, i64 0")
        zeros = f"<{lanes.count} x i32> zeroinitializer"
        return self.do(f"shufflevector {lanes.numbers} {first}, {lanes.numbers} poison, {zeros}")

    def number(self, value: float) -> str:
        """Return a number in every lane."""
        if self.numbers is None or bits_of(value) == 0:
            return self.lanes.number(value)
        return self.clock(self.numbers.row(bits_of(value)))

    def clock(self, row: int) -> str:
        """Return an entry of `c` in every lane."""
        return self.spread(self.do(f"load double, ptr {self.row('%c', row, of_lanes=False)}, align 8"))

    def select(self, condition: str, yes: str, no: str) -> str:
        kind = self.lanes.numbers
        return self.do(f"select {self.lanes.truths} {condition}, {kind} {yes}, {kind} {no}")

    def compute(self, name: str, args: Sequence[str]) -> str:
        """Add an operation on numbers or truth values of all lanes."""
        kind, truths = self.lanes.numbers, self.lanes.truths
        if name in _BINARY:
            return self.do(f"{_BINARY[name]} {kind} {args[0]}, {args[1]}")
        if name in _COMPARED:
            return self.do(f"fcmp {_COMPARED[name]} {kind} {args[0]}, {args[1]}")
        if name in _INTRINSIC:
            return self.do(f"call {kind} @llvm.{_INTRINSIC[name]}.{self.lanes.suffix}({kind} {args[0]})")
        if name in ("and", "or"):
            return self.do(f"{name} {truths} {args[0]}, {args[1]}")
        if name in ("smaller", "larger"):
            return self.select(self.compute(_ORDER[name], args), args[0], args[1])
        return getattr(self, f"_{name}")(*args)  # type: ignore[no-any-return]

    def as_number(self, condition: str) -> str:
        """Return a condition as a number of which all bits are 1 or all are 0."""
        return self._number(self.do(f"sext {self.lanes.truths} {condition} to {self.lanes.integers}"))

    def _negative(self, x: str) -> str:
        return self.do(f"fneg {self.lanes.numbers} {x}")

    def _opposite(self, condition: str) -> str:
        return self.do(f"xor {self.lanes.truths} {condition}, {self.lanes.truth(True)}")

    def _select(self, condition: str, yes: str, no: str) -> str:
        return self.select(condition, yes, no)

    def _is_negative(self, x: str) -> str:
        return self.do(f"icmp slt {self.lanes.integers} {self._bits(x)}, {self.lanes.integer(0)}")

    def _bits(self, x: str) -> str:
        return self.do(f"bitcast {self.lanes.numbers} {x} to {self.lanes.integers}")

    def _number(self, bits: str) -> str:
        return self.do(f"bitcast {self.lanes.integers} {bits} to {self.lanes.numbers}")

    def _integer(self, name: str, a: str, b: int | str) -> str:
        """Compute with integers; a short number stands in the instruction."""
        if isinstance(b, int):
            short = self.numbers is None or 0 <= b <= _MANTISSA_BITS
            b = self.lanes.integer(b) if short else self._bits(self.number(_float_of(b)))
        return self.do(f"{name} {self.lanes.integers} {a}, {b}")

    def _two_to(self, k: str) -> str:
        """Return 2**k by writing k into the bits of an exponent."""
        shifted = self._bits(self.compute("add", (k, self.number(arithmetic.ROUNDER))))
        return self._number(self._integer("add", self._integer("shl", shifted, _MANTISSA_BITS), bits_of(1.0)))

    def _scaled(self, m: str, k: str) -> str:
        rounder = self.number(arithmetic.ROUNDER)
        halved = self.compute("multiply", (k, self.number(0.5)))
        half = self.compute("subtract", (self.compute("add", (halved, rounder)), rounder))
        once = self.compute("multiply", (m, self._two_to(half)))
        return self.compute("multiply", (once, self._two_to(self.compute("subtract", (k, half)))))

    def _lifted(self, x: str) -> tuple[str, str]:
        """Return whether x is too small to be normal, and the bits of a number that is, with its mantissa."""
        tiny = self.compute("less", (x, self.number(_SMALLEST)))
        lifted = self.compute("multiply", (x, self.number(2.0**_LIFT)))
        return tiny, self._bits(self.select(tiny, lifted, x))

    def _mantissa(self, x: str) -> str:
        _, bits = self._lifted(x)
        k = self._integer("sub", bits, bits_of(arithmetic.LOWEST_MANTISSA))
        return self._number(self._integer("sub", bits, self._integer("and", k, -(1 << _MANTISSA_BITS))))

    def _exponent(self, x: str) -> str:
        """Shift the exponent down as an unsigned number: a signed shift takes several instructions."""
        tiny, bits = self._lifted(x)
        offset = (1024 << _MANTISSA_BITS) - bits_of(arithmetic.LOWEST_MANTISSA)
        k = self._integer("lshr", self._integer("add", bits, offset), _MANTISSA_BITS)
        number = self._number(self._integer("add", k, bits_of(arithmetic.ROUNDER)))
        found = self.compute("subtract", (number, self.number(arithmetic.ROUNDER + 1024.0)))
        lifted = self.compute("subtract", (found, self.number(_LIFT)))
        return self.select(tiny, lifted, found)


_ORDER = {"smaller": "less", "larger": "greater"}


def piece_text(
    name: str,
    piece: Piece,
    first: Mapping[str, int],
    lanes: Lanes,
    numbers: NumberTable,
    *,
    runs_once: bool = False,
) -> str:
    """Return the text of a piece; `first` is the row of `w` where each array begins.

    A piece that runs once is not worth a long compilation.
    """
    function = FunctionText(lanes, numbers)
    results: list[str] = []
    for item in piece.operations:
        results.append(_result(function, item, results, first))
    for store in piece.stores:
        is_condition = piece.operations[store.index][0] in CONDITIONS
        value = function.as_number(results[store.index]) if is_condition else results[store.index]
        if store.array == "c":
            function.store(value, function.row("%c", store.row, of_lanes=False))
        else:
            function.store(value, function.row("%w", first[store.array] + store.row))
    effort = "noinline optnone" if runs_once else ""
    head = f"define void @{name}(ptr noalias %w, ptr noalias %c) nounwind {effort} {{"
    return "\n".join([head, *function.lines, " ret void", "}", ""])


def _result(function: FunctionText, item: Operation, results: list[str], first: Mapping[str, int]) -> str:
    name, *args = item
    if name == "number":
        return function.lanes.truth(args[0]) if isinstance(args[0], bool) else function.number(args[0])
    if name not in ("load", "truth"):
        return function.compute(name, [results[arg] for arg in args])
    if args[0] == "c":
        loaded = function.clock(args[1])
    else:
        loaded = function.load(function.row("%w", first[args[0]] + args[1]))
    return loaded if name == "load" else function.compute("is_negative", [loaded])
