"""How far a sweep has come: a bar on a terminal, and the closing line's figures."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Progress:
    """Counts what comes in; on a terminal it draws a bar with rate and time left."""

    members: int
    scenarios: int
    began: float
    shown: bool
    before: int = 0  # members that were stored when this process began
    came: int = 0
    failed: int = 0
    bar: Any = field(default=None, repr=False)

    def __enter__(self) -> Progress:
        if self.shown:
            self.bar = _bar()
            self.bar.start()
            self.bar.add_task("", total=self.members, rate="")
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar off the terminal."""
        if self.bar is not None:
            self.bar.stop()

    @property
    def stored(self) -> int:
        """How many members are stored."""
        return self.before + self.came

    def came_in(self, members: int, failed: int, stored: bool = False) -> None:
        """Take note of members that have been run, or that were stored before."""
        if stored:
            self.before += members
        else:
            self.came += members
            self.failed += failed
        if self.bar is not None:
            rate = f"{self.came * self.scenarios / (time.perf_counter() - self.began):,.0f}/s"
            self.bar.update(self.bar.task_ids[0], completed=self.stored, rate=rate)

    def told(self, cores: int) -> dict[str, Any]:
        """Return the figures of the closing line."""
        elapsed, runs = time.perf_counter() - self.began, self.came * self.scenarios
        return {
            "runs": f"{runs:,}",
            "members": f"{self.came:,}",
            "scenarios": self.scenarios,
            "cores": cores,
            "elapsed": f"{elapsed:.1f}",
            "rate": f"{runs / elapsed:,.0f}",
            "failed": f"{self.failed:,}",
        }


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Drawn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    return Drawn(*columns, console=Console(file=sys.stderr), transient=True)
