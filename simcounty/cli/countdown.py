"""What a long command is doing, step by step, and about how long the rest of it takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from simcounty.presentation.terminal import Terminal


@dataclass
class Countdown:
    """Prints a line to stderr before each step; `seconds` estimates how long each step takes.

    What the steps so far have taken corrects the estimate of the rest.
    """

    terminal: Terminal
    seconds: Sequence[float]
    began: float = field(default_factory=time.perf_counter)
    done: int = 0

    def step(self, name: object) -> None:
        """Print that a step begins."""
        count, left = len(self.seconds), duration_text(self.left)
        self.terminal.message("step", number=self.done + 1, count=count, name=name, left=left)
        self.done += 1

    @property
    def left(self) -> float:
        """The seconds that all steps that have not begun are expected to take."""
        estimated = sum(self.seconds[: self.done])
        pace = (time.perf_counter() - self.began) / estimated if estimated else 1.0
        return pace * sum(self.seconds[self.done :])


def duration_text(seconds: float) -> str:
    """Write a rough duration.

    >>> duration_text(4.2), duration_text(420)
    ('5 s', '7 min')
    """
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{max(5, 5 * round(seconds / 5))} s"
