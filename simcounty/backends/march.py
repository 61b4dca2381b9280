"""March blocks of members through time: the loops around the pieces of a model, the same for every model.

The order of operations is that of `interpreted`, so that both give the same bits. A block is as many members
as a vector has lanes; row r of its working array `w` holds them side by side.
"""

from __future__ import annotations

import math

from simcounty.backends.job import FOR_EVER, STAGES, TINY, WEIGHTS
from simcounty.backends.kernel import KINDS, Job
from simcounty.backends.llvm_text import FunctionText, Lanes

ONE = Lanes(1)


class _March(FunctionText):
    """The text of the march in the making; `at` holds the fields of its job."""

    def __init__(self, lanes: Lanes) -> None:
        super().__init__(lanes)
        self.at = {
            name: self.do(f"load {KINDS[kind]}, ptr {self.do(f'getelementptr i64, ptr %job, i64 {place}')}")
            for place, (name, kind) in enumerate(Job._fields_)
        }

    def item(self, kind: str, array: str, index: str) -> str:
        """Load an entry of an array of the job."""
        pointer = self.do(f"getelementptr {kind}, ptr {self.at[array]}, i64 {index}")
        return self.do(f"load {kind}, ptr {pointer}")

    def flag(self, array: str, index: str) -> str:
        return self.do(f"icmp ne i8 {self.item('i8', array, index)}, 0")

    def w(self, row: str) -> str:
        """Return a pointer to a row of the working array."""
        return self.do(f"getelementptr double, ptr {self.at['w']}, i64 {self.times(row, self.lanes.count)}")

    def rows(self, array: str, index: str | int = 0) -> str:
        """Return a pointer to a row of an array within the working array."""
        return self.w(self.plus(self.at[f"{array}_row"], index))

    def scratch(self, index: str | int, after: int = 1) -> str:
        """Return a pointer to a row that no piece uses; the first one is which members failed."""
        return self.rows("scratch", self.plus(str(index), after))

    def members(self, array: str, row: str) -> str:
        """Return a pointer to the members of this block in a row of an array of the job."""
        place = self.plus(self.times(row, self.at[f"{array}_stride"]), self.first_member)
        return self.do(f"getelementptr double, ptr {self.at[array]}, i64 {place}")

    def load_any(self, pointer: str) -> str:
        return self.do(f"load {self.lanes.numbers}, ptr {pointer}, align 8")

    def copy(self, source: str, target: str) -> None:
        self.store(self.load(source), target)

    def add(self, a: str, b: str) -> str:
        return self.compute("add", (a, b))

    def scaled_sum(self, a: str, factor: str, b: str) -> str:
        """Return a + factor × b."""
        return self.add(a, self.compute("multiply", (factor, b)))

    def run(self, table: str, count: str) -> None:
        """Run the pieces of a table."""
        with self.loop(count) as i:
            pointer = self.do(f"getelementptr ptr, ptr {table}, i64 {i}")
            piece = self.do(f"load ptr, ptr {pointer}")
            self.lines.append(f" call void {piece}(ptr {self.at['w']}, ptr {self.at['c']})")

    def run_stage(self, stage: str) -> None:
        self.run(self.at[f"{stage}_pieces"], self.at[f"{stage}_count"])

    def set_clock(self, row: int, value: str) -> None:
        pointer = self.do(f"getelementptr double, ptr {self.at['c']}, i64 {row}")
        self.lines.append(f" store double {value}, ptr {pointer}")

    def set_time(self, k: str, array: str, place: str) -> None:
        """Set the clock to an instant of step k."""
        self.set_clock(0, self.item("double", array, place))
        self.set_clock(1, self.item("double", "step_starts", k))
        self.run_stage("clock")

    def move_constants(self, k: str, stage: str) -> None:
        """Set the constants that move to the values of their paths at a stage of step k."""
        paths = self.at["paths"]
        row = self.plus(self.times(k, self.at["stages"]), stage)
        with self.loop(paths) as j, self.when(self.flag("on", self.plus(self.times(k, paths), j))):
            place = self.plus(self.times(row, paths), j)
            a = self.plus(self.item("i64", "path_ends", j), self.item("i64", "low", place))
            last = self.plus(self.item("i64", "path_ends", self.plus(j, 1)), -1)
            b = self.do(f"call i64 @llvm.smin.i64(i64 {self.plus(a, 1)}, i64 {last})")
            low, high = (self.load_any(self.members("points", point)) for point in (a, b))
            part = self.spread(self.item("double", "weight", place))
            value = self.scaled_sum(low, part, self.compute("subtract", (high, low)))
            self.store(value, self.rows("p", self.item("i64", "path_rows", j)))

    def settle(self, k: str, stage: str) -> None:
        """Set the clock, the constants that move and what depends on them; at the very start all of it.

        The first stage is the exact start, where values are kept.
        """
        row = self.plus(self.times(k, self.at["stages"]), stage)
        self.set_time(k, *(("starts", k) if stage == "0" else ("times", row)))
        with self.when(self.flag("moves", row)):
            self.move_constants(k, stage)
            begins = self.do(f"icmp eq i64 {row}, 0")
            table, count = (
                self.do(f"select i1 {begins}, {kind} {self.at['fixed' + of]}, {kind} {self.at['moved' + of]}")
                for kind, of in (("ptr", "_pieces"), ("i64", "_count"))
            )
            self.run(table, count)

    def begin(self, block: str) -> None:
        """Fill in the constants of a block, and compute its first values."""
        self.first_member = self.times(block, self.lanes.count)
        with self.loop(self.at["constant_count"]) as r:
            self.store(self.spread(self.item("double", "constants", r)), self.rows("p", r))
        with self.loop(self.at["varied_count"]) as r:
            place = self.rows("p", self.item("i64", "varied_rows", r))
            self.store(self.load_any(self.members("varied", r)), place)
        zero = self.lanes.number(0.0)
        self.store(zero, self.rows("bad"))
        self.store(zero, self.scratch(0, after=0))
        for row, name in ((2, "step"), (3, "first"), (4, "last")):
            self.set_clock(row, self.at[name])
        self.move_constants("0", "0")
        self.set_time("0", "starts", "0")
        self.run_stage("start")
        with self.loop(self.at["delays"]) as j:
            bad = self.scaled_sum(self.load(self.rows("bad")), zero, self.load(self.rows("lag", j)))
            self.store(bad, self.rows("bad"))

    def failed(self) -> str:
        """Return which members failed so far."""
        return self.compute("is_negative", [self.load(self.scratch(0, after=0))])

    def save(self, k: str) -> None:
        """Keep what is wanted at this step; of members that failed, nan."""
        column = self.item("i64", "columns", k)
        with self.when(self.is_more(column, -1)):
            self.run_stage("record")
            failed = self.failed()
            with self.loop(self.at["kept"]) as i:
                found = self.load(self.w(self.item("i64", "keep", i)))
                value = self.select(failed, self.lanes.number(math.nan), found)
                row = self.plus(self.times(i, self.at["saves"]), column)
                pointer = self.members("values", row)
                self.lines.append(f" store {self.lanes.numbers} {value}, ptr {pointer}, align 8")

    def mark_failed(self, array: str, count: str) -> None:
        """Mark the members of which a watched value, or one of some rows, is not finite."""
        bad = self.compute("not_equal", (self.load(self.rows("bad")), self.lanes.number(0.0)))
        off = self.any_of(count, lambda i: self.nought(array, i))
        failed = self.compute("or", (self.failed(), self.compute("or", (bad, off))))
        self.store(self.as_number(failed), self.scratch(0, after=0))

    def nought(self, array: str, i: str) -> str:
        """Return a row less itself: 0, or nan where it is not finite."""
        value = self.load(self.rows(array, i))
        return self.compute("subtract", (value, value))

    def euler(self, k: str) -> None:
        length = self.spread(self.item("double", "lengths", k))
        with self.loop(self.at["stocks"]) as i:
            level = self.rows("y", i)
            self.store(self.scaled_sum(self.load(level), length, self.load(self.rows("out", i))), level)

    def runge_kutta(self, k: str, rule: str) -> None:
        """Take a step by a Runge-Kutta rule; the rates at its start are already in `out`."""
        stocks, length = self.at["stocks"], self.item("double", "lengths", k)
        with self.loop(stocks) as i:
            self.copy(self.rows("y", i), self.before(i))
            self.copy(self.rows("out", i), self.total(i))
        for stage, fraction in enumerate(STAGES[rule]):
            if stage == 0:
                continue
            reach = self.spread(self.do(f"fmul double {ONE.number(fraction)}, {length}"))
            with self.loop(stocks) as i:
                out = self.load(self.rows("out", i))
                self.store(self.scaled_sum(self.load(self.before(i)), reach, out), self.rows("y", i))
            self.settle(k, str(stage))
            self.run_stage("rates")
            weight = self.lanes.number(WEIGHTS[rule][stage])
            with self.loop(stocks) as i:
                out = self.load(self.rows("out", i))
                self.store(self.scaled_sum(self.load(self.total(i)), weight, out), self.total(i))
        part = self.spread(self.do(f"fdiv double {length}, {ONE.number(sum(WEIGHTS[rule]))}"))
        with self.loop(stocks) as i:
            level = self.scaled_sum(self.load(self.before(i)), part, self.load(self.total(i)))
            self.store(level, self.rows("y", i))

    def before(self, i: str) -> str:
        return self.scratch(i)

    def total(self, i: str) -> str:
        return self.scratch(self.plus(i, self.at["stocks"]))

    def following(self, i: str) -> str:
        """Return a pointer to what a sample or a delay turns into, as the step of the file began."""
        return self.scratch(self.plus(self.plus(i, self.at["stocks"]), self.at["stocks"]))

    def note_following(self, k: str) -> None:
        with self.when(self.flag("begins", k)):
            memories = self.plus(self.at["samples"], self.at["delays"])
            with self.loop(memories) as i:
                self.copy(self.rows("out", self.plus(self.at["stocks"], i)), self.following(i))

    def remember(self, k: str) -> None:
        """Set samples to what they follow, and fixed delays to what came in long enough ago."""
        samples, stocks = self.at["samples"], self.at["stocks"]
        with self.loop(samples) as i:
            self.copy(self.following(i), self.rows("y", self.plus(stocks, i)))
        step = self.item("i64", "of_step", k)
        with self.loop(self.at["delays"]) as j:
            self.store(self.load(self.following(self.plus(samples, j))), self.past(step, j))
            state = self.rows("y", self.plus(self.plus(stocks, samples), j))
            with self.loop(str(self.lanes.count)) as lane:
                waits = self.waits(self.lane(self.rows("lag", j), lane))
                since = self.do(f"sub i64 {self.plus(step, 1)}, {waits}")
                with self.when(self.is_more(since, -1)):
                    value = self.do(f"load double, ptr {self.lane(self.past(since, j), lane)}")
                    self.lines.append(f" store double {value}, ptr {self.lane(state, lane)}")

    def past(self, step: str, j: str) -> str:
        row = self.plus(self.times(step, self.at["delays"]), j)
        return self.do(
            f"getelementptr double, ptr {self.at['past']}, i64 {self.times(row, self.lanes.count)}"
        )

    def lane(self, pointer: str, lane: str) -> str:
        return self.do(f"getelementptr double, ptr {pointer}, i64 {lane}")

    def waits(self, lag: str) -> str:
        """Return how many steps a delay takes, the nearest whole number; 1 where it is not finite."""
        given = self.do(f"load double, ptr {lag}")
        finite = self.do(f"fcmp ord double {self.do(f'fsub double {given}, {given}')}, 0.0")
        steps = self.do(f"fdiv double {given}, {self.at['step']}")
        some = self.do(f"select i1 {finite}, double {steps}, double 1.0")
        few = self.do(f"call double @llvm.minnum.f64(double {some}, double {ONE.number(FOR_EVER)})")
        most = self.do(f"call double @llvm.maxnum.f64(double {few}, double 1.0)")
        more = self.do(f"fadd double {most}, {ONE.number(0.5 + TINY)}")
        whole = self.do(f"call double @llvm.floor.f64(double {more})")
        return self.do(f"fptosi double {whole} to i64")

    def end(self) -> None:
        """Tell which members failed."""
        kind = self.lanes.truths.replace("i1", "i8")
        flags = self.do(f"zext {self.lanes.truths} {self.failed()} to {kind}")
        pointer = self.do(f"getelementptr i8, ptr {self.at['failed']}, i64 {self.first_member}")
        self.lines.append(f" store {kind} {flags}, ptr {pointer}, align 1")


def scratch_rows(stocks: int, memories: int) -> int:
    """Return how many rows the march needs beside those of the pieces."""
    return 1 + 2 * stocks + memories


def march_text(lanes: Lanes) -> str:
    """Return the text of `void march(ptr job)`: every block of a job, one after the other."""
    f = _March(lanes)
    last = f.plus(f.at["steps"], 1)
    one_stage = f.do(f"icmp eq i64 {f.at['stages']}, 1")
    several = f.do(f"icmp ne i64 {f.at['stages']}, 1")
    of_rule = {rule: f.do(f"icmp eq i64 {f.at['stages']}, {len(STAGES[rule])}") for rule in WEIGHTS}
    with f.loop(f.at["blocks"]) as block:
        f.begin(block)
        with f.loop(last) as k:
            f.settle(k, "0")
            f.save(k)
            with f.when(several):
                f.set_time(k, "times", f.times(k, f.at["stages"]))
            f.run_stage("rates")
            with f.when(f.flag("checks", k)):
                f.mark_failed("y", f.at["states"])
            at_end = f.do(f"icmp eq i64 {k}, {f.at['steps']}")
            with f.when(at_end):  # no step follows in which a stock would show what its rate is
                memories = f.plus(f.at["samples"], f.at["delays"])
                f.mark_failed("out", f.plus(f.at["stocks"], memories))
            with f.when(f.is_more(f.at["steps"], k)):
                f.note_following(k)
                with f.when(one_stage):
                    f.euler(k)
                for rule, is_taken in of_rule.items():
                    with f.when(is_taken):
                        f.runge_kutta(k, rule)
                with f.when(f.flag("begins", f.plus(k, 1))):
                    f.remember(k)
        f.end()
    head = [
        lanes.declarations(),
        *(f"declare {text}" for text in _DECLARED),
        "define void @march(ptr %job) nounwind {",
    ]
    return "\n".join([*head, "entry:", *f.lines, " ret void", "}", ""])


_DECLARED = (
    "i64 @llvm.smin.i64(i64, i64)", "double @llvm.maxnum.f64(double, double)",
    "double @llvm.minnum.f64(double, double)", "double @llvm.floor.f64(double)",
)  # fmt: skip
