"""What simcounty is measured against, on the same model file, and how a comparison is told."""

from __future__ import annotations

import re
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path

import numpy as np

from simcounty.backends import Inputs
from simcounty.model import Model
from simcounty.model.graph import Constant

EXPECTED = "|".join(
    (
        "chardet.universaldetector is deprecated",
        "inplace keyword in DataFrame.set_index is deprecated",
        "ipyparallel not installed",
        "connector not available",
        "extrapolating data (above|below) the",
    )
)
"""What PySD and EMA Workbench are known to remark, which is nothing to us."""


@dataclass(frozen=True)
class Line:
    """One comparison: ours, the peer's, and the ratio that must not be exceeded, if any must hold."""

    work: str
    ours: float
    peer: str
    theirs: float
    most: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def holds(self) -> bool:
        return self.most is None or self.ratio <= self.most

    @property
    def share(self) -> str:
        """The ratio as it is quoted: 0.53, or 1/72."""
        return _part(self.ratio, 1, ".2f")

    def __str__(self) -> str:
        compared = f"{self.work:<52} {self.share:>10} of {self.peer:<28}"
        if self.most is None:
            return compared.rstrip()
        return f"{compared} must ≤ {_part(self.most, 0, 'g'):<8} {'holds' if self.holds else 'FAILS'}"


def _part(ratio: float, places: int, plain: str) -> str:
    """Write a small ratio as one part in so many."""
    return f"1/{1 / ratio:,.{places}f}" if ratio < 0.5 else format(ratio, plain)


def best(work: Callable[[], object], times: int) -> float:
    """Return the shortest of several runs, in seconds."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)


def ensemble(model: Model, members: int, kept: int) -> Inputs:
    """All constants varied by ±5 %, some variables kept yearly."""
    rng = np.random.default_rng(1)
    values = np.array([[c.value] for c in model.graph.constants])
    clock = model.graph.clock
    steps = round((clock.end - clock.start) / clock.step)
    keep = tuple(
        e.key for e in (*model.graph.stocks[: kept // 2], *model.graph.auxiliaries[: kept - kept // 2])
    )
    return Inputs(
        values * rng.uniform(0.95, 1.05, (len(values), members)),
        clock.start, clock.end, clock.step, tuple(range(0, steps + 1, max(1, round(1 / clock.step)))), keep,
    )  # fmt: skip


def varied(model: Model, count: int) -> tuple[Constant, ...]:
    """Return constants that every peer can set: without subscripts, not zero, not the clock's."""
    clock = {"initial_time", "final_time", "time_step", "saveper", *model.graph.clock.reads}
    free = [c for c in model.graph.constants if c.key.isidentifier() and c.value and c.key not in clock]
    return tuple(free[:count])


def pysimlin_seconds(path: Path) -> float:
    """Return what one run takes that was made ready beforehand, nothing changed and nothing read back."""
    import simlin

    model = simlin.load(str(path))
    runs = [model.simulate() for _ in range(20)]
    turn = iter(runs)
    return best(lambda: next(turn).run_to_end(), len(runs))


def pysimlin_looped_seconds(model: Model, constants: Sequence[Constant], keep: Sequence[str]) -> float:
    """Return what a member takes in a loop over changed constants, its results read back."""
    import simlin

    run = simlin.load(str(model.path)).simulate()
    parts = cycle((0.96, 1.04))

    def member() -> None:
        run.reset()
        part = next(parts)
        for constant in constants:
            run.set_value(constant.key, constant.value * part)
        run.run_to_end()
        for key in keep:
            run.get_series(key)

    return best(member, 20)


def pysd_seconds(path: Path, name: str, times: int = 2) -> float:
    """Return what one run takes, one variable read back."""
    with _copied(path) as copy:
        import pysd

        model = pysd.read_vensim(copy)
        return best(lambda: model.run(return_columns=[name]), times)


def pysd_looped_seconds(path: Path, constants: Sequence[Constant], name: str) -> float:
    """Return what a member takes in a loop over changed constants; two are run, the quicker one counts."""
    with _copied(path) as copy:
        import pysd

        model = pysd.read_vensim(copy)
        parts = iter((0.96, 1.04))
        return best(lambda: model.run(params=_changed(constants, next(parts)), return_columns=[name]), 2)


def ema_seconds(path: Path, constants: Sequence[Constant], name: str) -> float:
    """Return what one more experiment of EMA Workbench over PySD takes: two, less what one takes.

    Translating the model, which it does once, thus does not count.
    """
    with _copied(path) as copy:
        from ema_workbench import RealParameter, TimeSeriesOutcome, perform_experiments
        from ema_workbench.connectors.pysd_connector import PysdModel

        model = PysdModel("peer", mdl_file=str(copy))
        model.uncertainties = [
            RealParameter(c.about.name, *sorted((0.95 * c.value, 1.05 * c.value))) for c in constants
        ]
        model.outcomes = [TimeSeriesOutcome(name)]
        one, two = (
            best(partial(perform_experiments, model, scenarios=n, log_progress=True), 1) for n in (1, 2)
        )
        return two - one


def _changed(constants: Sequence[Constant], part: float) -> dict[str, float]:
    return {c.about.name: c.value * part for c in constants}


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    """Give a copy that PySD may write its translation beside; of what is remarked, show what is news."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as remarks:
        copy = Path(folder, path.name)
        copy.write_bytes(path.read_bytes())
        yield copy
    for remark in remarks:
        if not re.search(EXPECTED, str(remark.message)):
            warnings.showwarning(remark.message, remark.category, remark.filename, remark.lineno)
