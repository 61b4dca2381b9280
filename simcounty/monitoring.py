"""Monitoring: the state of every target of the documents.

A target the model computes is judged by a run; an indicator is judged by the values people tracked; an item
of a checklist is done or not. What nobody measured is never counted as met.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import xarray as xr

from simcounty.judgement import is_met, margin_of
from simcounty.scenario.target import Target, Tracked, latest

Status = Literal["judged", "tracked", "no data", "done", "not done", "open"]


@dataclass(frozen=True)
class TargetState:
    """A target and its state.

    `status` is "judged" where the model computes it, "tracked" or "no data" for an indicator, "done" or
    "not done" for an item of a checklist, and "open" where nothing is reported yet, or the document gives
    no number. `value`, at the end of `year`, and `met` are None where they are not known.
    """

    target: Target
    status: Status
    value: float | None = None
    year: float | None = None
    met: bool | None = None


def monitor(
    targets: Iterable[Target], tracked: Iterable[Tracked] = (), verdict: xr.Dataset | None = None
) -> list[TargetState]:
    """Return the state of each target, in their order.

    `verdict` is what `judge` returned for one run; without it targets the model computes have no value yet.

    >>> import simcounty as sc
    >>> plan = sc.load("tonglu/plan-2027")
    >>> states = monitor(plan.all_targets, plan.tracked, sc.judge(sc.simulate(plan), plan.targets))
    >>> [each.status for each in states if each.target.name == "urbanisation-2027"]
    ['judged']
    """
    known = tuple(tracked)
    return [_state(target, known, verdict) for target in targets]


def _state(target: Target, tracked: tuple[Tracked, ...], verdict: xr.Dataset | None) -> TargetState:
    if target.is_judged:
        return _judged(target, verdict)
    found = latest(tracked, target)
    if found is None:
        return TargetState(target, "no data" if target.kind == "tracked indicator" else "open")
    if found.done is not None:
        return TargetState(target, "done" if found.done else "not done", None, found.year, found.done)
    value = xr.DataArray(found.value)
    met = bool(is_met(target, margin_of(target, value)))
    if target.kind == "checklist":
        return TargetState(target, "done" if met else "not done", found.value, found.year, met)
    return TargetState(target, "tracked", found.value, found.year, met)


def _judged(target: Target, verdict: xr.Dataset | None) -> TargetState:
    if verdict is None or target.name not in verdict.target.values:
        return TargetState(target, "judged")
    found = verdict.sel(target=target.name).squeeze()
    return TargetState(target, "judged", float(found.value), target.year, bool(found.met))
