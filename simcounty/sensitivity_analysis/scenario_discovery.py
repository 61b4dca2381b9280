"""Scenario discovery: the boxes of input space in which a plan breaks, found by PRIM.

PRIM (Friedman and Fisher 1999) peels thin slices off the space of inputs until what is left is dense in
misses; Bryant and Lempert (2010) read such boxes as the scenarios a plan is vulnerable to.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simcounty.errors import Findings, InputError, did_you_mean
from simcounty.sweeps import futures as reading
from simcounty.sweeps.futures import Flags, Numbers, inputs_of
from simcounty.sweeps.probabilities import judged

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Target

Found = Literal["boxes", "never", "always", "few", "none"]
MOST_BOXES = 3
SEARCHED = 10_000  # members a search looks at; every other one is kept to test what it found
LEAST, LEAST_HALF = 40, 10  # misses, and as many that are none: of fewer nothing can be learnt
GAIN = 0.1  # share of the misses in a box less that of the rest: what less divides is no box
LOSS = 0.03  # of the gain: what a limit must bring to be named
LEVELS = 12  # an input with no more values is peeled value by value
PEEL = 0.03  # of the members left in a box, a slice
LEAST_MASS, USUAL_MASS = 0.01, 0.05  # of the members searched, a box: half of the misses at the least
AT_ALL = 1e-9  # the density PRIM asks of a box; which box is best is decided here


@dataclass(frozen=True)
class Box:
    """Limits of the inputs, low and high; an input that is free has infinite ones."""

    low: Numbers
    high: Numbers

    def holds(self, table: Numbers) -> Flags:
        """Tell which members, the rows of a table of inputs, lie inside."""
        inside: Flags = np.all((table >= self.low) & (table <= self.high), axis=1)
        return inside

    def gain(self, table: Numbers, missed: Flags) -> float:
        """Return the share of the misses inside less that of the others: 1 where it divides them wholly."""
        inside = self.holds(table)
        return float(inside[missed].mean() - inside[~missed].mean())


def failure_boxes(futures: xr.Dataset, target: str | None = None, scenario: str | None = None) -> xr.Dataset:
    """Return the boxes of inputs in which a target, or any of a scenario's, is missed.

    By default of the first scenario. Along `box` and `input`: low and high, in the input's unit, NaN where it
    is free. Along `box`: members, density, the share of them that misses, and coverage, the share of all
    misses that they are; each without the members of the boxes before it. The attribute `found` says "boxes",
    or why there are none: "never" or "always" missed, "few" misses or few that are none, "none" that can be
    told apart by the inputs; `misses` and `counted` are members. A box is searched for in half of the
    members at most and must hold in the others; its numbers are of all of them. Failed runs miss. Needs the
    extra `discovery`. Raises InputError for an unknown target or scenario, or without that extra.

    >>> failure_boxes(futures, "standard-land-2027").found
    'never'
    """
    name, targets = _asked(futures, target, scenario)
    rows = reading.draws(futures)
    missed = ~np.logical_and.reduce([judged(futures, name, each).met for each in targets])
    table = np.column_stack([futures[key].values[rows] for key in inputs_of(futures)])
    found = _triviality(missed)
    boxes = () if found else _boxes(table, missed)
    attrs = {
        "target": target or "",
        "scenario": name,
        "found": found or ("boxes" if boxes else "none"),
        "misses": int(missed.sum()),
        "counted": missed.size,
        "design": futures.attrs["design"],
    }
    return _laid_out(futures, boxes, table, missed).assign_attrs(attrs)


def _asked(futures: xr.Dataset, target: str | None, scenario: str | None) -> tuple[str, tuple[Target, ...]]:
    asked = reading.judged_by(futures, (target,) if target else ())
    name = scenario or next(iter(asked))
    findings = []
    if name not in asked:
        guess = did_you_mean(name, asked)
        findings = [f"no scenario is called {name}; choose among {', '.join(asked)}.{guess}"]
    elif not asked[name]:
        findings = [f"{name} has no target {target or 'at all'}."]
    Findings(findings).raise_as(InputError, "where these futures miss cannot be told:")
    return name, asked[name]


def _triviality(missed: Flags, least: int = LEAST) -> Found | None:
    misses = int(missed.sum())
    if misses in (0, missed.size):
        return "always" if misses else "never"
    return "few" if min(misses, missed.size - misses) < least else None


def _boxes(table: Numbers, missed: Flags) -> tuple[Box, ...]:
    """Search boxes one after the other, each in what those before it left, while they are dense in misses."""
    left = np.ones(missed.size, bool)
    boxes: list[Box] = []
    while len(boxes) < MOST_BOXES:
        here, misses = table[left], missed[left]
        if _triviality(misses):
            break
        box = _best(here, misses)
        if box is None or misses[box.holds(here)].mean() < missed.mean():
            break
        boxes.append(box)
        left &= ~box.holds(table)
    return tuple(boxes)


def _best(table: Numbers, missed: Flags) -> Box | None:
    """Return the box that divides best in half of the members, if it does so in the other half as well."""
    step = max(2, -(-missed.size // SEARCHED))
    seen = np.zeros(missed.size, bool)
    seen[::step] = True
    if _triviality(missed[seen], LEAST_HALF) or _triviality(missed[~seen], LEAST_HALF):
        return None
    candidates = _peeled(table[seen], missed[seen])
    best = max(candidates, key=lambda box: box.gain(table[seen], missed[seen]))
    plain = _simpler(best, table[seen], missed[seen])
    return plain if plain.gain(table[~seen], missed[~seen]) >= GAIN else None


def _peeled(table: Numbers, missed: Flags) -> list[Box]:
    """Return the boxes PRIM passes through, from all of the space to the densest."""
    import pandas as pd  # type: ignore[import-untyped]

    prim = _prim()
    coded = {str(i): _coded(column) for i, column in enumerate(table.T)}
    frame = pd.DataFrame({name: column for name, (column, _) in coded.items()})
    with warnings.catch_warnings():  # of pandas 3, about a call inside EMA Workbench
        warnings.filterwarnings("ignore", message="The inplace keyword in DataFrame")
        mass = float(np.clip(missed.mean() / 2, LEAST_MASS, USUAL_MASS))
        search = prim(frame, missed.astype(int), threshold=AT_ALL, peel_alpha=PEEL, mass_min=mass)
        search.box_init = search.box_init.astype(float)  # limits of coded inputs fall between codes, too
        found = search.find_box()
    return [_uncoded(limits, coded) for limits in found.box_lims]


def _prim() -> Any:
    try:
        with warnings.catch_warnings():  # about what it could do with more packages
            warnings.filterwarnings("ignore", message="ipyparallel not installed")
            warnings.filterwarnings("ignore", message="altair based interactive inspection")
            from ema_workbench.analysis.prim import Prim
    except ImportError:
        raise InputError(
            "boxes are found by EMA Workbench, which is not installed. "
            'Run: python -m pip install "simcounty[discovery]"'
        ) from None
    return Prim


def _coded(column: Numbers) -> tuple[Any, Numbers | None]:
    """Number the values of an input that has few, for a slice by quantiles would not part them."""
    levels, codes = np.unique(column, return_inverse=True)
    return (codes.astype(np.int64), levels) if levels.size <= LEVELS else (column, None)


def _uncoded(limits: Any, coded: dict[str, tuple[Any, Numbers | None]]) -> Box:
    ends = [_ends(limits.loc[0, name], limits.loc[1, name], *coded[name]) for name in coded]
    low, high = np.array(ends).T
    return Box(low, high)


def _ends(low: float, high: float, column: Any, levels: Numbers | None) -> tuple[float, float]:
    """Return the limits of an input in its unit, infinite where they shut nothing out."""
    values = (low, high) if levels is None else (levels[math.ceil(low)], levels[math.floor(high)])
    below, above = low > column.min(), high < column.max()
    return float(values[0]) if below else -math.inf, float(values[1]) if above else math.inf


def _simpler(box: Box, table: Numbers, missed: Flags) -> Box:
    """Drop the limits that part next to nothing, the least first."""
    while True:
        fewer = [
            Box(_freed(box.low, int(i), -np.inf), box.high) for i in np.flatnonzero(np.isfinite(box.low))
        ]
        fewer += [
            Box(box.low, _freed(box.high, int(i), np.inf)) for i in np.flatnonzero(np.isfinite(box.high))
        ]
        if not fewer:
            return box
        best = max(fewer, key=lambda each: each.gain(table, missed))
        if best.gain(table, missed) < box.gain(table, missed) - LOSS:
            return box
        box = best


def _freed(ends: Numbers, place: int, free: float) -> Numbers:
    return np.where(np.arange(ends.size) == place, free, ends)


def _laid_out(futures: xr.Dataset, boxes: Sequence[Box], table: Numbers, missed: Flags) -> xr.Dataset:
    import xarray as xr

    keys = inputs_of(futures)
    inside: list[Flags] = []
    left = np.ones(missed.size, bool)
    for box in boxes:
        inside.append(left & box.holds(table))
        left &= ~inside[-1]
    shape = (len(boxes), len(keys))
    low, high = np.reshape([b.low for b in boxes], shape), np.reshape([b.high for b in boxes], shape)
    return xr.Dataset(
        {
            "low": (("box", "input"), np.where(np.isfinite(low), low, np.nan)),
            "high": (("box", "input"), np.where(np.isfinite(high), high, np.nan)),
            "coverage": ("box", [float((missed & each).sum() / missed.sum()) for each in inside]),
            "density": ("box", [float(missed[each].mean()) for each in inside]),
            "members": ("box", [int(each.sum()) for each in inside]),
        },
        coords={
            "box": np.arange(1, len(boxes) + 1),
            "input": keys,
            "input_label": ("input", [str(futures[key].attrs.get("long_name", key)) for key in keys]),
            "input_unit": ("input", [str(futures[key].attrs.get("units", "")) for key in keys]),
        },
    )
