"""The arguments and options commands share, and what they mean."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from simcounty.errors import Findings, InputError, ScenarioError
from simcounty.language import Language, default_language, use_language
from simcounty.presentation.terminal import Terminal

if TYPE_CHECKING:
    from simcounty.accounts.sources import Sources
    from simcounty.scenario import Scenario as Scenario_
    from simcounty.scenario import Span


class Width_(StrEnum):  # noqa: N801 (the option is called Width)
    """The widths of figures; see `plot.style`."""

    full = "full"
    half = "half"


FULL = Width_.full
Scenario = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="A scenario file, a shipped one's name, a county (桐庐): its baseline; or a model file.",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Set a lever or a constant, by key or Chinese name: at once, 3000, or on a straight line "
        "between two dates, 3000@2023:2025; may be repeated.",
    ),
]
County = Annotated[
    str | None, typer.Option(metavar="COUNTY", help="Take another county: a file, or a shipped one's name.")
]
Years = Annotated[str | None, typer.Option(metavar="FIRST:LAST", help="Run other years, such as 2020:2030.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to write to.")]
Plot = Annotated[bool, typer.Option("--plot", help="Draw it, into --out or the folder out.")]
SaveTable = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="Also write to this file (.csv, .xlsx or .nc); may be repeated."),
]
Data = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        metavar="FILE",
        help="Series for the data variables of a model file (.csv, .tab or Vensim's .dat); may be repeated.",
    ),
]
Save = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="Also write the run to this file (.nc or .csv); may be repeated."),
]
Backend = Annotated[
    str, typer.Option(metavar="NAME", help="auto, interpreted, compiled, adaptive or reference.")
]
Integrator = Annotated[
    str | None, typer.Option(metavar="NAME", help="euler, rk2 or rk4; by default that of the model file.")
]
Sweep = Annotated[Path, typer.Argument(metavar="DIR", help="The folder a sweep was stored in.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines; write named files only.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print results only, no messages.")]
Lang = Annotated[
    Language,
    typer.Option(
        "--lang",
        default_factory=default_language,
        callback=use_language,
        help="Language of results.",
        show_default=False,
    ),
]
Width = Annotated[
    Width_,
    typer.Option("--width", help="Width of figures: the text of an A4 page, 15.6 cm, or half of it, 7.6 cm."),
]
Panel = Annotated[
    list[Path] | None,
    typer.Option(
        "--panel",
        metavar="FILE",
        help="A table of your own county figures (.csv, .csv.gz, .xlsx), or a TOML file that says how to "
        "read it; it stands before what is shipped. May be repeated.",
    ),
]
Census = Annotated[
    list[Path] | None,
    typer.Option(
        "--census",
        metavar="FILE",
        help="A census table of your own, by the columns of scenarios/census or the census's own headings; "
        "its units stand in the place of those shipped. May be repeated.",
    ),
]
KnownBy = Annotated[
    int | None, typer.Option(metavar="YEAR", help="Leave out what nobody knew by the end of a year.")
]
SETTING = "KEY=VALUE, such as --set tax_rate=3%"
AnyValue = TypeVar("AnyValue")

Strict = Annotated[bool, typer.Option("--strict", help="Exit with 3 if anything is missed.")]


def load_scenario(
    name: str,
    county: str | None = None,
    settings: Iterable[str] | None = None,
    years: str | None = None,
    data: Sequence[Path] | None = None,
) -> Scenario_:
    """Load the scenario that the arguments of a command describe; what they change is in its name.

    Beside what --set changes the file's own scenario can be run; another county or other years stand alone.
    """
    from simcounty.scenario import load
    from simcounty.scenario.binding import constant_of

    own = load(name, county=county, data=data or ())
    given = read_pairs("--set", settings or [], SETTING, lambda value: value)
    span = own.years if years is None else _span(years)
    asked = own.replace(given) if given else own
    asked = asked if span == own.years else asked.over(span)
    changes = [own.county.title] if county else []
    changes += [f"{span.start:g}–{span.end:g}"] if span != own.years else []
    alone = given and not changes
    changes += [
        f"{constant_of(own.model, key).label} = {unicodedata.normalize('NFKC', value)}"
        for key, value in given.items()
    ]
    return asked.changed(changes, own if alone else None)


def read_tables(
    terminal: Terminal,
    panel: Iterable[Path] | None = None,
    census: Iterable[Path] | None = None,
    known_by: int | None = None,
) -> Sources:
    """Read tables of one's own beside what is shipped, and print what was noticed in them to stderr."""
    from simcounty.accounts.sources import read_sources

    sources = read_sources(list(panel or ()), list(census or ()), known_by)
    for remark in sources.remarks:
        terminal.message(remark.code, **remark.parts)
    return sources


def start_tables(
    terminal: Terminal, panel: list[Path] | None, census: list[Path] | None, known_by: int | None
) -> Sources:
    """Read tables for counties that start from the census; raise InputError for a year before it."""
    from simcounty.accounts.census import CENSUS_YEAR

    if known_by is not None and known_by < CENSUS_YEAR:
        raise InputError(
            f"--known-by {known_by}: counties start from the census of {CENSUS_YEAR}. "
            f"Give {CENSUS_YEAR} or later."
        )
    return read_tables(terminal, panel, census, known_by)


def fraction(option: str, given: str) -> float:
    """Return the fraction an option gives, such as 80% or 0.8; raise InputError that names the option."""
    from simcounty.scenario.binding import amount

    findings, found = Findings(), 0.0
    with findings.at(option):
        found = amount(given, "", "Dmnl")
    findings.raise_as(InputError, "this option cannot be used:")
    return found


def read_pairs(
    option: str, texts: Iterable[str], form: str, read: Callable[[str], AnyValue | None]
) -> dict[str, AnyValue]:
    """Read the texts KEY=… of an option that may be repeated, each key once.

    `read` returns the value of what follows the sign, or None where it cannot be read; `form` tells how it
    is written. Raise ScenarioError with all findings.
    """
    found: dict[str, AnyValue] = {}
    findings = Findings()
    for text in texts:
        key, _, rest = (part.strip() for part in text.replace("＝", "=", 1).partition("="))
        value = read(rest) if key and rest else None
        if value is None:
            findings.append(f"{option} {text}: write {form}.")
        elif key in found:
            findings.append(
                f"{option} {text}: {key} stands twice, first as {found[key]}. Keep one of the two."
            )
        else:
            found[key] = value
    findings.raise_as(ScenarioError, f"these values of {option} cannot be used:")
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


PRIOR = 60.0  # seconds of which the estimates are taken to be right, so that first steps do not mislead


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
        pace = (time.perf_counter() - self.began + PRIOR) / (estimated + PRIOR)
        return pace * sum(self.seconds[self.done :])


def duration_text(seconds: float) -> str:
    """Write a rough duration.

    >>> duration_text(4.2), duration_text(420)
    ('5 s', '7 min')
    """
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{max(5, 5 * round(seconds / 5))} s"
