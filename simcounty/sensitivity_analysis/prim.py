"""PRIM, the patient rule induction method: boxes ever denser in misses, peeled slice by slice, then pasted.

Friedman and Fisher (1999) as EMA Workbench does it (Kwakkel and Jaxa-Rozen 2016): its slices, and its
objective, the density gained for each member given up. Written out because EMA Workbench keeps its boxes in
pandas: it takes seconds for a search of 10,000 members and 27 inputs, of which the arithmetic is a tenth of
one. Tests hold the boxes of both against each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcounty.sweeps.futures import Flags, Numbers

PEEL = 0.03  # fraction of the members left that one slice takes
PASTE = 0.05  # fraction of the members beyond a limit that are taken back at once
FREE = (-math.inf, math.inf)


@dataclass(frozen=True)
class InputRegion:
    """Limits of the inputs, (low and high, inputs); an input that is free has infinite ones."""

    limits: Numbers

    @property
    def limited(self) -> list[int]:
        """The inputs that have a limit, by their place."""
        return list(np.flatnonzero(np.isfinite(self.limits).any(axis=0)))

    def holds(self, table: Numbers) -> Flags:
        """Return which members, the rows of a table of inputs, lie inside."""
        columns, (low, high) = table[:, self.limited], self.limits[:, self.limited]
        inside: Flags = ((columns >= low) & (columns <= high)).all(axis=1)
        return inside

    def gain(self, table: Numbers, missed: Flags) -> float:
        """Return the fraction of misses inside less that of hits: 1 where the two are separated entirely."""
        inside = self.holds(table)
        return float(inside[missed].mean() - inside[~missed].mean())

    def moved(self, end: int, place: int, limit: float) -> InputRegion:
        """Return the region with another low (0) or high (1) limit of one input."""
        limits = self.limits.copy()
        limits[end, place] = limit
        return InputRegion(limits)

    def freed(self) -> list[InputRegion]:
        """Return the regions with one limit fewer, low ends first."""
        return [self.moved(end, place, FREE[end]) for end, place in np.argwhere(np.isfinite(self.limits))]


@dataclass(frozen=True)
class Box:
    """A region, with the numbers of members and of misses inside."""

    region: InputRegion
    members: int
    misses: int

    def merit(self, before: Box) -> tuple[float, int]:
        """Return the density gained for each member between two boxes; then, how few inputs it limits."""
        apart, old = abs(self.members - before.members), before.misses / before.members
        gained = (self.misses / self.members if self.members else 0.0) - old
        return gained / apart if apart else 0.0, -len(self.region.limited)


def trajectory(table: Numbers, missed: Flags, least: float) -> list[Box]:
    """Return the boxes PRIM passes through, from all of the space, of `least` of the members or more."""
    free = InputRegion(np.repeat([FREE], table.shape[1], axis=0).T)
    passed = [Box(free, missed.size, int(missed.sum()))]
    order = np.argsort(table, axis=0, kind="stable").T  # of the members left, by each input
    while peeled := _best(_peels(passed[-1], table, missed, order), passed[-1]):
        if peeled.members / missed.size < least:
            break
        passed.append(peeled)
        order = order[peeled.region.holds(table)[order]].reshape(len(order), -1)
    while pasted := _best(_pastes(passed[-1], table, missed), passed[-1]):
        passed.append(pasted)
    return passed


def _best(candidates: Iterator[Box], before: Box) -> Box | None:
    """Return the candidate of most merit, the first of equals; None if none has any."""
    best = max(candidates, key=lambda box: box.merit(before), default=before)
    return best if best.merit(before)[0] > 0 else None


def _peels(box: Box, table: Numbers, missed: Flags, order: Any) -> Iterator[Box]:
    """Yield the boxes without the members at the high end, then the low end, of each input in turn."""
    counts = np.pad(np.cumsum(missed[order], axis=1), ((0, 0), (1, 0)))
    for place, (members, misses) in enumerate(zip(order, counts, strict=True)):
        values = table[members, place]
        high, low = _cut(values, 1 - PEEL), _cut(values, PEEL)
        end, start = np.searchsorted(values, high, "right"), np.searchsorted(values, low, "left")
        yield Box(box.region.moved(1, place, high), int(end), int(misses[end]))
        yield Box(box.region.moved(0, place, low), int(values.size - start), int(misses[-1] - misses[start]))


def _pastes(box: Box, table: Numbers, missed: Flags) -> Iterator[Box]:
    """Yield the boxes with members taken back below, then above, the limits of each input that has any."""
    limited = box.region.limited
    columns, (lows, highs) = table[:, limited], box.region.limits[:, limited]
    outside = (columns < lows) | (columns > highs)
    count = outside.sum(axis=1)
    for place, column, beyond in zip(limited, columns.T, outside.T, strict=True):
        near = count == beyond  # inside by every other input
        values, misses = column[near], missed[near]
        low, high = box.region.limits[:, place]
        below, above = np.sort(values[values <= low]), np.sort(values[values >= high])
        wider = (
            _cut(below, 1 - PASTE) if below.size else FREE[0],
            _cut(above, PASTE) if above.size else FREE[1],
        )
        for end, limit in enumerate(wider):
            region = box.region.moved(end, place, limit if column.min() < limit < column.max() else FREE[end])
            inside = (values >= region.limits[0, place]) & (values <= region.limits[1, place])
            yield Box(region, int(inside.sum()), int(misses[inside].sum()))


def _cut(values: Numbers, fraction: float) -> float:
    """Return a limit at a quantile of sorted values: midway between two that differ, around or beyond it."""
    place = (values.size - 1) * fraction
    low, high = math.floor(place), math.ceil(place)
    if values[low] == values[high] and fraction > 1 / 2:
        low = max(0, int(np.searchsorted(values, values[low], "left")) - 1)
    elif values[low] == values[high]:
        high = min(values.size - 1, int(np.searchsorted(values, values[low], "right")))
    return float((values[low] + values[high]) / 2)
