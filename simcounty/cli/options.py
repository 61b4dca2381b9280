"""The arguments and options commands share, and what they mean."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcounty.errors import Findings, ScenarioError
from simcounty.presentation.messages import Language, default_language

if TYPE_CHECKING:
    from simcounty.scenario import Scenario as Scenario_
    from simcounty.scenario import Span


class Width_(StrEnum):  # noqa: N801 (the option is called Width)
    """The widths of figures; see `plot.paper`."""

    full = "full"
    half = "half"


FULL = Width_.full
Scenario = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a shipped one.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a lever or a constant; may be repeated."),
]
County = Annotated[
    str | None, typer.Option(metavar="COUNTY", help="Take another county: a file, or a shipped one's name.")
]
Years = Annotated[str | None, typer.Option(metavar="FIRST:LAST", help="Run other years, such as 2020:2030.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to write to.")]
Save = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="Also write the run to this file (.nc or .csv); may be repeated."),
]
Backend = Annotated[
    str, typer.Option(metavar="NAME", help="auto, interpreted, compiled, adaptive or reference.")
]
Integrator = Annotated[str, typer.Option(metavar="NAME", help="euler or rk4.")]
Sweep = Annotated[Path, typer.Argument(metavar="DIR", help="The folder a sweep was stored in.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print results only, no messages.")]
Lang = Annotated[
    Language,
    typer.Option("--lang", default_factory=default_language, help="Language of results.", show_default=False),
]
Width = Annotated[
    Width_,
    typer.Option("--width", help="Width of figures: the text of an A4 page, 15.6 cm, or half of it, 7.6 cm."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 3 if anything is missed.")]


def load_scenario(
    name: str, county: str | None = None, settings: Iterable[str] | None = None, years: str | None = None
) -> Scenario_:
    """Load the scenario that the arguments of a command describe."""
    from simcounty.scenario import load

    scenario = load(name, county=county)
    if settings:
        scenario = scenario.replace(_settings(settings))
    return scenario if years is None else scenario.over(_span(years))


def _settings(texts: Iterable[str]) -> dict[str, str]:
    """Read KEY=VALUE, each key once. Raise ScenarioError with all findings."""
    found: dict[str, str] = {}
    findings = Findings()
    for text in texts:
        key, _, value = (part.strip() for part in text.partition("="))
        if not (key and value):
            findings.append(f"--set {text}: write KEY=VALUE, such as --set tax_rate=3%.")
        elif key in found:
            findings.append(f"--set {text}: {key} stands twice, first as {found[key]}. Keep one of the two.")
        found.setdefault(key, value)
    findings.raise_as(ScenarioError, "these settings cannot be used:")
    return found


def _span(years: str) -> Span:
    from simcounty.scenario import Span

    first, _, last = years.partition(":")
    try:
        return Span(float(first), float(last))
    except ScenarioError as error:
        raise ScenarioError(f"--years {years}: {error}") from None
    except ValueError:
        raise ScenarioError(f"--years {years}: write FIRST:LAST, such as --years 2020:2030.") from None


@dataclass
class Progress:
    """Counts members as they come in; on a terminal it draws a bar with rate and time left."""

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

    def add(self, members: int, failed: int, stored: bool = False) -> None:
        """Count members that have been run, or that were stored before."""
        if stored:
            self.before += members
        else:
            self.came += members
            self.failed += failed
        if self.bar is not None:
            rate = f"{self.came * self.scenarios / (time.perf_counter() - self.began):,.0f}/s"
            self.bar.update(self.bar.task_ids[0], completed=self.stored, rate=rate)

    def figures(self, cores: int) -> dict[str, Any]:
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
