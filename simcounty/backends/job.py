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
FOR_EVER = 1e15  # steps: a fixed delay that takes more ends after every run


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
    save, 0 being the start. corners: the instants at which equations bend or jump with time; integrators of
    a higher order step across neither these nor the dates of paths.
    """

    constants: Floats
    start: float
    end: float
    step: float
    saves: tuple[int, ...]
    keep: tuple[str, ...]
    paths: tuple[ConstantPath, ...] = ()
    integrator: str = "euler"
    corners: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        assert list(self.saves) == sorted(set(self.saves)), "steps are saved in order, each once"

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

    @property
    def breaks(self) -> Floats:
        """The corners, and the dates of paths, in order."""
        return np.unique([*self.corners, *(time for path in self.paths for time in path.times)])

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many variables, instants and members are kept."""
        return len(self.keep), len(self.saves), self.members

    @cached_property
    def schedule(self) -> Schedule:
        return Schedule.of(self)


@dataclass(frozen=True)
class Outcome:
    """Values (keep, saves, members), which members failed, and the backend that computed them.

    `integrator` is named where the backend has its own; `reason` is why the first of them failed, where the
    backend knows.
    """

    values: Floats
    failed: Flags
    backend: str
    integrator: str = ""
    reason: str = ""


STAGES: dict[str, tuple[float, ...]] = {"euler": (0.0,), "rk2": (0.0, 1.0), "rk4": (0.0, 0.5, 0.5, 1.0)}
"""The fractions of a step at which an integrator evaluates the rates: Heun's rule and the classical one."""
WEIGHTS: dict[str, tuple[float, ...]] = {"rk2": (1.0, 1.0), "rk4": (1.0, 2.0, 2.0, 1.0)}
"""What the rates of each stage count for in the step."""


class Schedule(NamedTuple):
    """The steps of a run, and the place of each path at each stage of each; the same for all members.

    A step of the file is one step, or several where the integrator splits it. starts (n + 1): the first
    instants, that of the end last. lengths (n + 1). of_step (n + 1): the step of the file it belongs to, and
    step_starts (n + 1) where that began. times (n + 1, stages): when rates are taken; beside a corner a hair
    inside the step, so that a jump is seen from its own side.

    A path is off until the first step that begins at or after its first date. From then on its value at
    a stage is `weight` of the way from its point `low` to the next. `moves` is true where any path
    differs from the stage before. Shapes: low and weight (n + 1, stages, paths); on (n + 1, paths);
    moves (n + 1, stages).
    """

    starts: Floats
    lengths: Floats
    of_step: Ints
    step_starts: Floats
    times: Floats
    low: Ints
    weight: Floats
    on: Flags
    moves: Flags

    @property
    def begins(self) -> Flags:
        """Whether each step is the first one of a step of the file."""
        return np.diff(self.of_step, prepend=-1) > 0

    @classmethod
    def of(cls, inputs: Inputs) -> Schedule:
        fractions = np.array(STAGES[inputs.integrator])
        starts, of_step = _steps(inputs)
        lengths = np.append(starts[1:] - starts[:-1], inputs.step)
        lengths[np.bincount(of_step)[of_step] == 1] = inputs.step  # to the last bit
        times = starts[:, None] + fractions * lengths[:, None]
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
        step_starts = np.asarray(inputs.start + of_step * inputs.step, np.float64)
        inside = _inside(times, starts, lengths, inputs)
        return cls(starts, lengths, of_step, step_starts, inside, low, weight, on, moves.reshape(times.shape))


def _steps(inputs: Inputs) -> tuple[Floats, Ints]:
    """Return the first instant of each step, the end last, and the step of the file each belongs to.

    Runge-Kutta steps are split at breaks: a rate that bends within a step would cost its accuracy.
    """
    whole = np.arange(inputs.steps + 1, dtype=np.int64)
    starts = np.asarray(inputs.start + whole * inputs.step, np.float64)
    if inputs.integrator == "euler":
        return starts, whole
    place = (inputs.breaks - inputs.start) / inputs.step
    inside = (np.abs(place - np.round(place)) > TINY) & (place > 0.0) & (place < inputs.steps)
    starts = np.append(starts, inputs.breaks[inside])
    of_step = np.append(whole, np.floor(place[inside]).astype(np.int64))
    order = np.argsort(starts, kind="stable")
    return starts[order], of_step[order]


def _inside(times: Floats, starts: Floats, lengths: Floats, inputs: Inputs) -> Floats:
    """Move the first and the last stage of a step that begins or ends at a corner a hair into it."""
    if inputs.integrator == "euler" or not inputs.corners:
        return times
    corners, moved = np.array(inputs.corners), times.copy()
    after = np.searchsorted(corners, starts - TINY * inputs.step)
    nearest = corners[np.minimum(after, len(corners) - 1)]
    at_corner, hair = np.abs(nearest - starts) <= TINY * inputs.step, TINY * lengths
    at_corner[-1:] = False
    moved[at_corner, 0] += hair[at_corner]
    ends = np.append(at_corner[1:], False)
    moved[ends, -1] -= hair[ends]
    return moved


def _between(points: Floats, times: Floats) -> tuple[Ints, Floats]:
    """Return the point before each time, and how far the time is from it towards the next."""
    low = np.clip(np.searchsorted(points, times, side="right") - 1, 0, len(points) - 1)
    high = np.minimum(low + 1, len(points) - 1)
    width = np.where(high > low, points[high] - points[low], 1.0)
    return low, np.clip((times - points[low]) / width, 0.0, 1.0)
