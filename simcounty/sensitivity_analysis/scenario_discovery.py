"""Scenario discovery: the regions of input space in which targets are missed, found by PRIM.

PRIM (Friedman and Fisher 1999) peels thin slices off the input space until what is left, a box, is dense in
misses; Bryant and Lempert (2010) read such boxes as the scenarios a plan is vulnerable to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import xarray as xr

from simcounty.errors import InputError, did_you_mean
from simcounty.scenario import Target
from simcounty.sensitivity_analysis.prim import InputRegion, trajectory
from simcounty.sweeps.futures import Flags, Numbers, is_draw, judgeable_targets, sources_of
from simcounty.sweeps.probabilities import judged_draws

Found = Literal["regions", "never", "always", "few", "none"]
MOST_REGIONS = 3
SEARCHED = 10_000  # members a search looks at; every other one is kept to test what it found
LEAST, LEAST_HALF = 40, 10  # misses, and as many hits: nothing can be learnt from fewer
GAIN = 0.1  # hit rate among misses less that among hits: what separates them less is no region
LOSS = 0.03  # of the gain: what a limit must contribute to be kept
LEVELS = 12  # an input with no more values is limited at one of them
LEAST_MASS, USUAL_MASS = 0.01, 0.05  # of the members searched, a region: at least half of the misses


def discover_scenarios(
    futures: xr.Dataset, target: str | None = None, scenario: str | None = None
) -> xr.Dataset:
    """Return the regions of input space in which a target, or any of a scenario's, is missed.

    By default of the first scenario. Along `box` (PRIM's word for a region) and `input`: low and high, in the
    input's unit, NaN where it is free. Along `box`: members, density, the fraction of them that misses, and
    coverage, the fraction of all misses that they are; each without the members of the boxes before it. The
    attribute `found` is "regions", or why there are none: "never" or "always" missed, "few" misses or few
    hits, "none" that the inputs can separate; `misses` and `counted` are numbers of members. A region is
    searched for in half of the members at most and must hold in the others; its numbers are of all of them.
    Failed runs miss. Raises InputError for an unknown target or scenario.

    >>> discover_scenarios(futures, "standard-land-2027").found
    'never'
    """
    name, targets = _chosen(futures, target, scenario)
    missed = ~np.logical_and.reduce([judged_draws(futures, name, each).met for each in targets])
    table = np.column_stack([futures[key].values[is_draw(futures)] for key in sources_of(futures)])
    trivial = _triviality(missed)
    regions = () if trivial else _regions(table, missed)
    attributes = {
        "target": target or "",
        "label": targets[0].label if target else "",
        "year": float(targets[0].year or math.nan) if target else math.nan,
        "scenario": name,
        "found": trivial or ("regions" if regions else "none"),
        "misses": int(missed.sum()),
        "counted": missed.size,
        "design": futures.attrs["design"],
    }
    return _dataset(futures, regions, table, missed).assign_attrs(attributes)


def discover_each(futures: xr.Dataset, targets: Sequence[str] = ()) -> list[xr.Dataset]:
    """Discover where each target of the first scenario that has any is missed, and where any of them is.

    `targets` names those of interest; then the search for all of them together is left out.
    """
    own = judgeable_targets(futures, targets)
    scenario = next(name for name, each in own.items() if each)
    names: list[str | None] = [target.name for target in own[scenario]]
    if not targets and len(names) > 1:
        names.append(None)
    return [discover_scenarios(futures, name, scenario) for name in names]


def _chosen(futures: xr.Dataset, target: str | None, scenario: str | None) -> tuple[str, tuple[Target, ...]]:
    """Return the scenario, and those of its targets that are to be met."""
    targets = judgeable_targets(futures, (target,) if target else ())
    name = scenario or next(iter(targets))
    if name not in targets:
        guess = did_you_mean(name, targets)
        raise InputError(f"no scenario is called {name}; choose among {', '.join(targets)}.{guess}")
    if not targets[name]:
        raise InputError(f"{name} has no target {target or 'at all'}.")
    return name, targets[name]


def _triviality(missed: Flags, least: int = LEAST) -> Found | None:
    misses = int(missed.sum())
    if misses in (0, missed.size):
        return "always" if misses else "never"
    return "few" if min(misses, missed.size - misses) < least else None


def _regions(table: Numbers, missed: Flags) -> tuple[InputRegion, ...]:
    """Search regions one after the other, each outside those before it, while they are dense in misses."""
    left = np.ones(missed.size, bool)
    regions: list[InputRegion] = []
    while len(regions) < MOST_REGIONS and not _triviality(missed[left]):
        here, misses = table[left], missed[left]
        region = _best(here, misses)
        if region is None or misses[region.holds(here)].mean() < missed.mean():
            break
        regions.append(region)
        left &= ~region.holds(table)
    return tuple(regions)


def _best(table: Numbers, missed: Flags) -> InputRegion | None:
    """Return the region that separates half of the members best, if it does so in the other half as well."""
    step = max(2, -(-missed.size // SEARCHED))
    seen = np.zeros(missed.size, bool)
    seen[::step] = True
    if _triviality(missed[seen], LEAST_HALF) or _triviality(missed[~seen], LEAST_HALF):
        return None
    mass = float(np.clip(missed[seen].mean() / 2, LEAST_MASS, USUAL_MASS))
    passed = trajectory(table[seen], missed[seen], mass)
    hits = passed[0].members - passed[0].misses
    best = max(passed, key=lambda box: box.misses / passed[0].misses - (box.members - box.misses) / hits)
    plain = _simplified(_snapped(best.region, table[seen]), table[seen], missed[seen])
    return plain if plain.gain(table[~seen], missed[~seen]) >= GAIN else None


def _snapped(region: InputRegion, table: Numbers) -> InputRegion:
    """Return the region with the limits of inputs that have few values at values they have."""
    for end, place in np.argwhere(np.isfinite(region.limits)):
        levels, (low, high) = np.unique(table[:, place]), region.limits[:, place]
        if levels.size <= LEVELS:
            inside = levels[(levels >= low) & (levels <= high)]
            region = region.moved(end, place, inside[-1 if end else 0])
    return region


def _simplified(region: InputRegion, table: Numbers, missed: Flags) -> InputRegion:
    """Drop the limits that separate next to nothing, the weakest first."""
    while fewer := region.freed():
        best = max(fewer, key=lambda each: each.gain(table, missed))
        if best.gain(table, missed) < region.gain(table, missed) - LOSS:
            break
        region = best
    return region


def _dataset(
    futures: xr.Dataset, regions: Sequence[InputRegion], table: Numbers, missed: Flags
) -> xr.Dataset:
    keys = sources_of(futures)
    inside: list[Flags] = []
    left = np.ones(missed.size, bool)
    for region in regions:
        inside.append(left & region.holds(table))
        left &= ~inside[-1]
    limits = np.array([region.limits for region in regions]).reshape(-1, 2, len(keys))
    low, high = np.where(np.isfinite(limits), limits, np.nan).swapaxes(0, 1)
    return xr.Dataset(
        {
            "low": (("box", "input"), low),
            "high": (("box", "input"), high),
            "coverage": ("box", [float((missed & each).sum() / missed.sum()) for each in inside]),
            "density": ("box", [float(missed[each].mean()) for each in inside]),
            "members": ("box", [int(each.sum()) for each in inside]),
        },
        coords={
            "box": np.arange(1, len(regions) + 1),
            "input": keys,
            "input_label": ("input", [str(futures[key].attrs.get("long_name", key)) for key in keys]),
            "input_unit": ("input", [str(futures[key].attrs.get("units", "")) for key in keys]),
        },
    )
