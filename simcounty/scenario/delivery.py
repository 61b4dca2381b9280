"""Delivery: how much of what a policy sets arrives, and how late."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simcounty import units
from simcounty.errors import Findings, ScenarioError
from simcounty.scenario.distributions import Column, Distribution
from simcounty.scenario.uncertainty import UncertaintyShape, distribution_of, without_unit
from simcounty.toml_files import Shape

QUARTER = 0.25  # of a year: how finely a delay is followed


class DeliveryShape(Shape):
    """`[delivery]` of a policy file: the fraction of each lever's setting that arrives, and its delay."""

    fraction: UncertaintyShape
    delay: UncertaintyShape


@dataclass(frozen=True)
class Delivery:
    """How much of the settings of a policy's levers arrives, and how many years late; all of them alike.

    What arrives is counted from what the county does without the policy; a fraction above 1 is the whole.
    """

    fraction: Distribution
    delay: Distribution
    assumption: str = ""


@dataclass(frozen=True, eq=False)
class Delivered:
    """What arrives in each member, and how many years late: a column each.

    longest: the longest delay that any member of any draw may have, so that a path is followed as finely
    whichever members stand beside it.
    """

    fraction: Column
    delay: Column
    longest: float

    def rows(self, chosen: NDArray[np.int64]) -> Delivered:
        """Return some members."""
        return replace(self, fraction=self.fraction[chosen], delay=self.delay[chosen])

    def along(
        self, times: Sequence[float], values: Sequence[float], before: float
    ) -> tuple[tuple[float, ...], Column]:
        """Return the times and values, (times, members), of a lever path as it arrives.

        before: the lever's value without the policy.

        >>> late = Delivered(np.array([1.0, 0.5]), np.array([0.0, 0.25]), 0.25)
        >>> late.along((2022.5,), (100.0,), before=0.0)[1].tolist()
        [[100.0, 0.0], [100.0, 50.0]]
        """
        steps = QUARTER * np.arange(math.ceil(self.longest / QUARTER) + 1)
        grid = np.unique(np.add.outer(np.array(times), steps).round(9))
        moments = grid[:, None] - self.delay
        planned = np.where(moments < times[0], before, np.interp(moments, times, values))
        return tuple(grid.tolist()), before + self.fraction * (planned - before)


def bind_delivery(path: Path, shape: DeliveryShape | None, findings: Findings) -> Delivery | None:
    """Bind the delivery of a policy file; what does not fit becomes a finding."""
    if shape is None:
        return None
    bound = []
    for name, given, unit, low, high in (
        ("fraction", shape.fraction, "Dmnl", 0.0, 2.0),
        ("delay", shape.delay, "year", 0.0, 10.0),
    ):
        with findings.at(path, f"delivery, {name}"):
            if not given.assumption and not given.source:
                raise ScenarioError("needs `source` or `assumption`, and has neither.")
            if unit != units.PURE_NUMBER and (bare := without_unit(given)):
                first = getattr(given, bare[0])
                raise ScenarioError(
                    f"{bare[0]} = {first} has no unit, so it might be years or months. "
                    f'Write unit = "year" or unit = "month", or {bare[0]} = "{first} month".'
                )
            made = distribution_of(given, unit)
            if not low <= made.ends[0] <= made.ends[1] <= high:
                raise ScenarioError(
                    f"goes from {made.ends[0]:g} to {made.ends[1]:g}; {low:g} to {high:g} is possible."
                )
            bound.append((made, given.source or given.assumption))
    if len(bound) < 2:
        return None
    return Delivery(bound[0][0], bound[1][0], "; ".join(dict.fromkeys(reason for _, reason in bound)))
