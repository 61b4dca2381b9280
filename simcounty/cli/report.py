"""`simcounty report`: a report on scenarios for Word, Excel or Markdown."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer

from simcounty import catalog
from simcounty.cli import options
from simcounty.errors import Findings, InputError
from simcounty.presentation.messages import Language, default_language
from simcounty.presentation.terminal import Terminal, say


def report(
    scenarios: Annotated[
        list[str],
        typer.Argument(metavar="SCENARIO…", help="Scenario files, or the names of shipped ones."),
    ],
    docx: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a Word file.")] = None,
    xlsx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write an Excel workbook with every series.")
    ] = None,
    md: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write Markdown, its figures in a folder beside it.")
    ] = None,
    lang: Annotated[
        Language, typer.Option("--lang", help="Language of the report, whatever that of the system.")
    ] = Language.zh,
    date: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="The date it bears; today's by default.")
    ] = None,
    quiet: options.Quiet = False,
) -> None:
    """Write a report of scenarios beside their baselines: for Word, Excel or Markdown."""
    from simcounty.files.report import files_for, report
    from simcounty.scenario import load

    terminal = Terminal(default_language(), quiet)
    day = _day(date)
    regions = [name for name in scenarios if catalog.is_region(name)]
    findings = Findings(f"{name}: is a region. Name its counties' scenarios instead." for name in regions)
    findings.raise_as(InputError, "a report is about counties:")
    loaded = [load(name) for name in scenarios]
    given = {"docx": docx, "xlsx": xlsx, "md": md}
    files_for(loaded, given, lang.value)  # before saying that it is being written
    terminal.message("reporting", count=len(loaded))
    for file in report(loaded, docx, xlsx, md, lang.value, day):
        say(str(file))


def _day(text: str | None) -> datetime.date | None:
    try:
        return None if text is None else datetime.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"--date {text}: is no date. Write it as 2025-06-30.") from None
