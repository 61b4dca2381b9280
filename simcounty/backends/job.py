"""What a backend is asked for and what it gives back; nothing here knows of scenarios or files."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TINY = 1e-9  # of a step: how far apart two instants on the same grid may come to lie by rounding


@dataclass(frozen=True)
class Path:
    """A constant that moves: from `times[0]` on it takes `values`, straight lines between, level after.

    values: (points, members), or (points, 1) where all members share the path.
    """

    row: int
    times: tuple[float, ...]
    values: Floats


@dataclass(frozen=True)
class Inputs:
    """One job: every constant of every member, the paths of those that move, the grid, what to keep.

    constants: (constants, members), in the program's order.
    keep: element keys; saves: which steps to save, 0 being the start.
    """

    constants: Floats
    start: float
    end: float
    step: float
    saves: tuple[int, ...]
    keep: tuple[str, ...]
    paths: tuple[Path, ...] = ()
    integrator: str = "euler"

    @property
    def members(self) -> int:
        return int(self.constants.shape[1])

    @property
    def steps(self) -> int:
        """How many whole steps fit in: a run that its step does not divide ends before its last instant."""
        return math.floor((self.end - self.start) / self.step * (1.0 + TINY) + TINY)

    @cached_property
    def schedule(self) -> Schedule:
        return Schedule.of(self)


@dataclass(frozen=True)
class Outcome:
    """What came out: values (keep, saves, members), which members failed, and who computed it.

    `integrator` is named where the backend brings its own.
    """

    values: Floats
    failed: NDArray[np.bool_]
    backend: str
    integrator: str = ""

    def __post_init__(self) -> None:
        np.copyto(self.values, np.nan, where=np.isnan(self.values))  # one nan: their signs mean nothing


STAGES: dict[str, tuple[float, ...]] = {"euler": (0.0,), "rk4": (0.0, 0.5, 0.5, 1.0)}
"""The fractions of a step at which an integrator evaluates the rates."""


@dataclass(frozen=True)
class Schedule:
    """Where each path stands at each stage of each step; the same for all members.

    A path is off until the first step that begins at or after its first date. What it then holds at a
    stage lies `weight` of the way from its point `low` to the next. `moves` says whether any path
    differs from the stage before. Shapes: low and weight (steps, stages, paths); on (steps, paths);
    moves (steps, stages).
    """

    low: Ints
    weight: Floats
    on: NDArray[np.bool_]
    moves: NDArray[np.bool_]

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
    """Return the point each time lies after, and how far it lies towards the next."""
    low = np.clip(np.searchsorted(points, times, side="right") - 1, 0, len(points) - 1)
    high = np.minimum(low + 1, len(points) - 1)
    width = np.where(high > low, points[high] - points[low], 1.0)
    return low, np.clip((times - points[low]) / width, 0.0, 1.0)
