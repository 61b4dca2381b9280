"""Doubtful figures of a panel are set aside: shown with the reason, and not used.

A figure is doubtful where it leaps away from its neighbours in time and comes back, where it leaps and stands
apart from other counties of its year beside a figure that should go with it, and where it leaps tenfold with
no such figure known. Leaps are measured against those of all counties between the same two years: growth,
inflation and changes of basis are none.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from simcounty.accounts.panel import TENFOLD, Panel

PARTNERS = {
    "gdp": ("pop_hukou",),
    "gdp_primary": ("pop_hukou",),
    "gdp_secondary": ("gdp_primary",),
    "gdp_tertiary": ("gdp_primary",),
    "budget_revenue_general": ("budget_expenditure_general",),
    "budget_expenditure_general": ("pop_hukou",),
    "bank_loans": ("household_deposits", "gdp"),
    "household_deposits": ("pop_hukou",),
    "pop_hukou": ("household_deposits",),
    "land_area": ("pop_hukou",),
}
"""What is screened, and the figures that go with it."""

FAR = 4.0
"""How many robust standard deviations from the median are too far."""

LEAST = 0.3
"""Leaps of less than a third are none, however quiet the others were."""

POWERS = {1: "十倍", 2: "百倍", 3: "千倍", 4: "一万倍"}
NEAR = 0.15  # of a power of ten
ALONE = math.log(2)  # a leap that does not come back is doubted from here: counties do boom
FEWEST = 20  # counties that a median needs
ROBUST = 1.4826  # standard deviation of a normal distribution over its median absolute deviation

Cell = tuple[str, int]  # code and year
Logs = Mapping[Cell, float]


@dataclass(frozen=True)
class Leap:
    """A change of a figure from another year: its logarithm less the median, and that in deviations."""

    other: int
    log: float
    score: float

    @property
    def is_far(self) -> bool:
        return abs(self.score) > FAR and abs(self.log) > LEAST


@dataclass(frozen=True)
class Doubt:
    """Why a figure is doubtful, and from which year on that could be known."""

    since: int
    reason: str


def screened(own: Panel, beside: Panel | None = None) -> Panel:
    """Return a panel with doubtful figures of `PARTNERS` set aside, each with its reason.

    beside: a panel that has these figures and those they are held against, by default one another.
    """
    among = own if beside is None else beside
    found = {
        (code, variable, year): doubt
        for variable in PARTNERS
        if variable in own.texts["variables"]
        for (code, year), doubt in _doubtful(
            _logs(among, variable), [_logs(among, key) for key in PARTNERS[variable]]
        )
    }
    cells = ((each, found.get((each.code, each.variable, each.year))) for each in own)
    return Panel.of(
        replace(each, set_aside=doubt.reason, doubted_from=doubt.since) if doubt else each
        for each, doubt in cells
    )


def _logs(panel: Panel, variable: str) -> dict[Cell, float]:
    """Return the logarithms of the figures of counties; those that are not positive are left out."""
    columns = panel.table(variable)
    return {
        (panel.codes[place], int(year)): math.log(value)
        for place, year, value in zip(*columns, strict=True)
        if value > 0 and not panel.codes[place].endswith("00")
    }


def _doubtful(logs: Logs, partners: Sequence[Logs]) -> Iterator[tuple[Cell, Doubt]]:
    """Yield the earliest doubt of each doubtful figure."""
    before, after = _leaps(logs, backwards=True), _leaps(logs, backwards=False)
    apart = [_scores(_ratios(logs, each), lambda cell: cell[1]) for each in partners]
    for cell in sorted(logs):
        leaps = [each[cell] for each in (before, after) if cell in each and each[cell].is_far]
        ratios = [each[cell] for each in apart if cell in each]
        doubts = [doubt for leap in leaps for doubt in _alone(cell, leap, ratios)]
        if len(leaps) == 2 and leaps[0].log * leaps[1].log > 0:
            doubts.append(Doubt(leaps[1].other, _reason(leaps, "两侧年份均不衔接")))
        if doubts:
            yield cell, min(doubts, key=lambda each: each.since)


def _alone(cell: Cell, leap: Leap, ratios: Sequence[tuple[float, float]]) -> Iterator[Doubt]:
    """Yield a doubt where a leap goes with ratios far from others', or is tenfold and none is known."""
    since = max(cell[1], leap.other)
    if any(leap.log * log > 0 and abs(score) > FAR - 1 for log, score in ratios) and abs(leap.log) > ALONE:
        yield Doubt(since, _reason([leap], "与相关指标之比亦偏离同年各县"))
    elif not ratios and abs(leap.log) > TENFOLD:
        yield Doubt(since, _reason([leap], "相差过大"))


def _ratios(logs: Logs, partners: Logs) -> dict[Cell, float]:
    return {cell: logs[cell] - partners[cell] for cell in logs.keys() & partners.keys()}


def _reason(leaps: list[Leap], why: str) -> str:
    told = "，".join(f"为{leap.other}年按各县变动推算值的{math.exp(leap.log):.2g}倍" for leap in leaps)
    powers = leaps[0].log / math.log(10)
    off = POWERS.get(abs(round(powers)), "") if abs(powers - round(powers)) < NEAR else ""
    return f"{told}，{why}" + (f"，疑差{off}" if off else "")


def _leaps(logs: Logs, backwards: bool) -> dict[Cell, Leap]:
    """Return the leap of each figure from its nearest earlier year, or from its nearest later one."""
    years = defaultdict(list)
    for code, year in sorted(logs, reverse=not backwards):
        years[code].append(year)
    pairs = {(code, year): other for code, ordered in years.items() for other, year in pairwise(ordered)}
    changes = {cell: logs[cell] - logs[cell[0], other] for cell, other in pairs.items()}
    scores = _scores(changes, lambda cell: (pairs[cell], cell[1]))
    return {cell: Leap(pairs[cell], *score) for cell, score in scores.items()}


def _scores(numbers: Logs, group: Callable[[Cell], object]) -> dict[Cell, tuple[float, float]]:
    """Return each number less the median of its group, as it is and in robust standard deviations."""
    groups: dict[object, list[Cell]] = defaultdict(list)
    for cell in numbers:
        groups[group(cell)].append(cell)
    found: dict[Cell, tuple[float, float]] = {}
    for cells in groups.values():
        if len(cells) >= FEWEST:
            middle = median(numbers[cell] for cell in cells)
            apart = {cell: numbers[cell] - middle for cell in cells}
            spread = ROBUST * median(map(abs, apart.values()))
            found |= {cell: (each, each / spread) for cell, each in apart.items() if spread}
    return found
