"""`simcounty check`: what is checked of a file before anybody relies on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simcounty import catalog
from simcounty.cli import options
from simcounty.cli.options import Countdown, duration_text
from simcounty.presentation.terminal import Terminal
from simcounty.presentation.validation import counts_of, raise_failed, validation_record, validation_view

if TYPE_CHECKING:
    from simcounty.validation import CheckResult

KINDS = (catalog.SCENARIO, catalog.COUNTY, catalog.MODEL, catalog.CHECKS)


def check(
    lang: options.Lang,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]…",
            help="Scenarios, counties, models or check files, by file or name; by default all shipped.",
        ),
    ] = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    strict: Annotated[bool, typer.Option("--strict", help="Count advice as failure.")] = False,
) -> None:
    """Check units, balances, time step and agreement with PySD of models, counties and scenarios."""
    from simcounty.validation.engine_checks import SECONDS, check_file, everything_shipped, kind_of

    terminal = Terminal(lang, quiet)
    files = [_found(each) for each in paths or ()] or everything_shipped()
    countdown = Countdown(terminal, [SECONDS[kind_of(file)] for file in files])
    terminal.message("check_plan", count=len(files), duration=duration_text(countdown.left))
    found: list[CheckResult] = []
    for file in files:
        countdown.step(file)
        found += check_file(file)
    record = validation_record(found, strict)
    terminal.show(record, validation_view, json)
    raise_failed(record, terminal.words)
    terminal.message("tally", **counts_of(record))


def _found(given: str) -> Path:
    """Return the file that is meant: a path, or the name of something shipped that can be checked."""
    kind = next((kind for kind in KINDS if given in catalog.names(kind)), None)
    county = catalog.COUNTY if catalog.is_shipped(catalog.COUNTY, given) else catalog.SCENARIO
    return catalog.find(kind or county, given)
