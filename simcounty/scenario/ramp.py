"""A lever set along a straight line, `3000@2023:2025`; a number alone, `3000`, sets it at once."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass

from simcounty.calendar import date_of, time_of
from simcounty.errors import ScenarioError
from simcounty.language import said
from simcounty.scenario.lever_path import LeverPath
from simcounty.units import FULL_WIDTH

SIGN = "@"
WRITTEN = re.compile(r"([^@]+)@([^@:]+):([^@:]+)")


@dataclass(frozen=True)
class Ramp:
    """A value, and the model times between which a lever goes to it from what it is at the first."""

    value: str
    first: float
    last: float

    def __post_init__(self) -> None:
        if not self.last > self.first:
            raise ScenarioError(said("ramp.order", first=date_of(self.first), last=date_of(self.last)))


def is_ramp(given: object) -> bool:
    """Return whether what is given for a lever is meant as a straight line."""
    return isinstance(given, str) and SIGN in given.translate(FULL_WIDTH)


def ramp_of(given: str) -> Ramp:
    """Return the ramp that a text means; raise ScenarioError for one that is not VALUE@FIRST:SECOND.

    >>> ramp_of("90 %@2023-07:2025")
    Ramp(value='90 %', first=2022.5, last=2024.0)
    """
    match = WRITTEN.fullmatch(given.translate(FULL_WIDTH))
    if match is None:
        raise ScenarioError(said("ramp.form", given=given))
    value, first, last = (part.strip() for part in match.groups())
    return Ramp(value, time_of(first), time_of(last))


def ramped(before: LeverPath, own: float, first: float, last: float, value: float) -> LeverPath:
    """Return the path that follows another until `first`, and is at `value` from `last` on.

    `own` is what the lever is before the other path begins; that path is left as it is until `first`.

    >>> path = LeverPath("reward", (2022.0, 2026.0), (0.0, 800.0))
    >>> ramped(path, 0.0, 2024.0, 2025.0, 900.0).values
    (0.0, 400.0, 900.0)
    """
    kept = bisect.bisect_left(before.times, first)
    times = (*before.times[:kept], first, last)
    values = (*before.values[:kept], _at(before, first, own), value)
    return LeverPath(before.key, times, values, before.clause, default=before.default)


def stretch(path: LeverPath) -> tuple[float, float] | None:
    """Return the times between which a path goes to its last value; None where it jumps there.

    >>> stretch(LeverPath("reward", (2022.0, 2024.0, 2026.0), (0.0, 900.0, 900.0)))
    (2022.0, 2024.0)
    """
    if len(path.times) == 1:
        return None
    elsewhere = [place for place, value in enumerate(path.values) if value != path.final]
    place = elsewhere[-1] if elsewhere else 0
    return path.times[place], path.times[place + 1]


def set_like(path: LeverPath, value: float) -> LeverPath:
    """Return a path that reaches another value as this one reaches its own: at once, or on the same line."""
    line = stretch(path)
    return path.ending_at(value) if line is None else ramped(path, path.values[0], *line, value)


def spelled(path: LeverPath, value: str) -> str:
    """Write how a value is set as a path sets its own.

    >>> spelled(LeverPath("reward", (2022.5, 2024.0), (0.0, 900.0)), "3000")
    '3000@2023-07-01:2025-01-01'
    """
    line = stretch(path)
    return value if line is None else f"{value}{SIGN}{date_of(line[0])}:{date_of(line[1])}"


def _at(path: LeverPath, time: float, own: float) -> float:
    """Return the value of a path at a time, `own` before it begins."""
    after = bisect.bisect_right(path.times, time)
    if after == 0:
        return own
    if after == len(path.times):
        return path.final
    (t0, t1), (low, high) = path.times[after - 1 : after + 1], path.values[after - 1 : after + 1]
    return low + (time - t0) / (t1 - t0) * (high - low)
