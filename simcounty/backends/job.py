"""One job of a backend: inputs, schedule and outcome; nothing here knows of scenarios or files."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

TINY = 1e-9  # of a step: how far two equal instants may be apart by rounding


@dataclass(frozen=True)
class ConstantPath:
    """The path of a constant that moves: `values` from `times[0]` on, straight lines between, level after.

    row: of the constant. values: (points, members), or (points, 1) where all members share the path.
    """

    row: int
    times: tuple[float, ...]
    values: Floats

    def of_member(self, member: int) -> Floats:
        """Return the values of one member."""
        return self.values[:, member if self.values.shape[1] > 1 else 0]


@dataclass(frozen=True)
class Inputs:
    """Every constant of every member, the paths of those that move, the time grid, and what to keep.

    constants: (constants, members), in the program's order. keep: element keys. saves: the steps to
    save, 0 being the start.
    """

    constants: Floats
    start: float
    end: float
    step: float
    saves: tuple[int, ...]
    keep: tuple[str, ...]
    paths: tuple[ConstantPath, ...] = ()
    integrator: str = "euler"

    @property
    def members(self) -> int:
        return int(self.constants.shape[1])

    @property
    def steps(self) -> int:
        """How many complete steps fit in: a run that its step does not divide ends before `end`."""
        return math.floor((self.end - self.start) / self.step * (1.0 + TINY) + TINY)

    @property
    def times(self) -> Floats:
        """The saved instants."""
        return self.start + np.array(self.saves) * self.step

    def empty_values(self) -> Floats:
        """Return an array (keep, saves, members) of nan, for a backend to fill."""
        return np.full((len(self.keep), len(self.saves), self.members), np.nan)

    @cached_property
    def schedule(self) -> Schedule:
        return Schedule.of(self)


@dataclass(frozen=True)
class Outcome:
    """Values (keep, saves, members), which members failed, and the backend that computed them.

    `integrator` is named where the backend has its own.
    """

    values: Floats
    failed: Flags
    backend: str
    integrator: str = ""

    def __post_init__(self) -> None:
        np.copyto(self.values, np.nan, where=np.isnan(self.values))  # one nan: the signs have no meaning


STAGES: dict[str, tuple[float, ...]] = {"euler": (0.0,), "rk4": (0.0, 0.5, 0.5, 1.0)}
"""The fractions of a step at which an integrator evaluates the rates."""


class Schedule(NamedTuple):
    """The place of each path at each stage of each step; the same for all members.

    A path is off until the first step that begins at or after its first date. From then on its value at
    a stage is `weight` of the way from its point `low` to the next. `moves` is true where any path
    differs from the stage before. Shapes: low and weight (steps, stages, paths); on (steps, paths);
    moves (steps, stages). `kernel` is compiled for this order of fields.
    """

    low: Ints
    weight: Floats
    on: Flags
    moves: Flags

    @classmethod
    def of(cls, inputs: Inputs) -> Schedule:
        fractions = np.array(STAGES[inputs.integrator])
        starts = inputs.start + np.arange(inputs.steps + 1) * inputs.step
        times = starts[:, None] + fractions * inputs.step
        shape = (*times.shape, len(inputs.paths))
        low, weight = np.zeros(shape, np.int64), np.zeros(shape)
        on = np.zeros((len(starts), len(inputs.paths)), bool)
        for j, path in enumerate(inputs.paths):
            points = np.array(path.times)
            on[:, j] = starts >= points[0] - TINY * inputs.step
            low[:, :, j], weight[:, :, j] = _between(points, times)
        active = np.repeat(on[:, None, :], len(fractions), 1)
        state = np.concatenate([low.astype(float), weight, active], axis=2)
        flat = state.reshape(times.size, -1)
        moves = np.ones(len(flat), bool)
        moves[1:] = (flat[1:] != flat[:-1]).any(axis=1)
        return cls(low, weight, on, moves.reshape(times.shape))


def _between(points: Floats, times: Floats) -> tuple[Ints, Floats]:
    """Return the point before each time, and how far the time is from it towards the next."""
    low = np.clip(np.searchsorted(points, times, side="right") - 1, 0, len(points) - 1)
    high = np.minimum(low + 1, len(points) - 1)
    width = np.where(high > low, points[high] - points[low], 1.0)
    return low, np.clip((times - points[low]) / width, 0.0, 1.0)
