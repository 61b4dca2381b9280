"""What the open levers can reach at the central inputs: each target alone, and two at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from simcounty.optimise.evaluate import Box, together
from simcounty.optimise.global_search import AT_CENTRE, Log, hunted, sought
from simcounty.optimise.pattern_search import Floats

Reached = Literal["paid", "unpaid", "no"]
"""Whether some setting meets what is asked: with all lines kept, only with one broken, or none does."""

Met = Literal["paid", "unpaid", "conflict", "alone"]
"""How two targets stand to each other: met at once, or in conflict though each can be met; or one cannot."""

Watch = Callable[[str], None]


@dataclass(frozen=True)
class Reach:
    """What was found by target, by its place; `paid` where a setting was found that keeps all lines.

    beside: how far one target gets, in its unit, while the other of a conflicting pair is met.
    low, high: the ends of what all settings tried gave, in the targets' units. begin: the points that the
    searches began with, the plan's first; then what they found.
    """

    reached: tuple[Reached, ...]
    best: Mapping[int, Floats]
    paid: Mapping[int, Floats]
    pairs: Mapping[tuple[int, int], Met]
    beside: Mapping[tuple[int, int], float]
    low: Floats
    high: Floats
    begin: Floats
    tried: int


def reach_of(box: Box, seed: int, watch: Watch) -> Reach:
    """Search the box for every target, with and without the lines kept, then for every pair in doubt."""
    log = Log(box.outcomes)
    begin = _begin(box, log)
    best: dict[int, Floats] = {}
    paid: dict[int, Floats] = {}
    for i, target in enumerate(box.problem.targets):
        watch(target.label)
        best[i] = sought(log, (i, (), False), begin, np.random.default_rng([seed, i, 0]))
        kept = best[i]
        if box.constraints and not _keeps(box, kept):
            kept = sought(log, (i, (), True), begin, np.random.default_rng([seed, i, 1]))
        if _keeps(box, kept):
            paid[i] = kept
        begin = np.vstack([begin, best[i], kept])
    reached = tuple(_reached(log, [i]) for i in best)
    pairs, beside = _pairs(box, log, reached, begin, seed)
    values = log.outcomes.values[:, 0]
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    return Reach(reached, best, paid, pairs, beside, low, high, begin, log.count)


def _begin(box: Box, log: Log) -> Floats:
    """Return the plan, the defaults, and for each target the corners where every lever helps, and harms, it.

    What helps is found by moving one lever at a time away from the plan to either end of its range.
    """
    axes = len(box.dials)
    one = np.eye(axes, dtype=bool)
    ends = log(np.vstack([np.where(one, 1.0, box.plan), np.where(one, 0.0, box.plan)]))
    margins = np.nan_to_num(ends.margins[:, 0], nan=-np.inf)
    helps = (margins[:axes] >= margins[axes:]).T.astype(float)
    return np.vstack([box.plan, box.default, helps, 1.0 - helps])


def _keeps(box: Box, point: Floats) -> bool:
    return bool(box.outcomes(point[None]).kept.all())


def _reached(log: Log, targets: list[int]) -> Reached:
    """Say whether any setting tried so far meets targets at once."""
    found = log.outcomes
    met = found.met[:, 0, targets].all(axis=-1)
    if (met & found.kept[:, 0].all(axis=-1)).any():
        return "paid"
    return "unpaid" if met.any() else "no"


def _pairs(
    box: Box, log: Log, reached: tuple[Reached, ...], begin: Floats, seed: int
) -> tuple[dict[tuple[int, int], Met], dict[tuple[int, int], float]]:
    pairs: dict[tuple[int, int], Met] = {}
    beside: dict[tuple[int, int], float] = {}
    for i, j in combinations(range(len(reached)), 2):
        pairs[i, j] = "alone" if "no" in (reached[i], reached[j]) else _pair(box, log, (i, j), begin, seed)
        if pairs[i, j] == "conflict":
            for one, other in ((i, j), (j, i)):
                random = np.random.default_rng([seed, one, other, 2])
                point = sought(log, (one, (other,), False), begin, random)
                beside[one, other] = float(box.outcomes(point[None]).values[0, 0, one])
    return pairs, beside


def _pair(box: Box, log: Log, pair: tuple[int, int], begin: Floats, seed: int) -> Met:
    """Say how two targets within reach stand to each other; search where what was tried leaves doubt."""
    for paid in (True, False):
        stands = _reached(log, [*pair])
        if stands == "paid" or (stands == "unpaid" and not paid):
            return stands
        hunted(log, together(pair, paid), begin, AT_CENTRE, np.random.default_rng([seed, *pair, 3 + paid]))
    stands = _reached(log, [*pair])
    return "conflict" if stands == "no" else stands
