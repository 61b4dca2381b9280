"""`simcounty check`: the scorecard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simcounty import shipped
from simcounty.cli import options
from simcounty.cli.printing import Voice, print_json
from simcounty.errors import ChecksFailed

if TYPE_CHECKING:
    from simcounty.analysis.check import Check

COLUMNS = ("file", "check", "result", "detail")


def check(
    lang: options.Lang,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]…", help="Scenarios, counties or models, by file or name; by default all shipped."
        ),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Also run random members of every scenario.")] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    strict: Annotated[bool, typer.Option("--strict", help="Count advice as failure.")] = False,
) -> None:
    """Prove units, balances, time step and agreement with PySD, and print a scorecard."""
    from simcounty.analysis import check as analysis

    voice = Voice(lang, quiet)
    found: list[Check] = []
    for path in [_found(each) for each in paths or ()] or analysis.everything_shipped():
        voice.message("checking", file=path)
        found += analysis.check(path, full)
    _tell(found, voice, json)
    failed = sum(not each.holds and (strict or not each.advice) for each in found)
    if failed:
        raise ChecksFailed(voice.word("some_fail", failed=failed, count=len(found)))
    voice.message("all_hold", count=len(found))


def _found(given: str) -> Path:
    """Return the file that is meant: a path, or the name of a shipped scenario, county or model."""
    kinds = (shipped.SCENARIO, shipped.COUNTY, shipped.MODEL)
    kind = next((kind for kind in kinds if given in shipped.names(kind)), shipped.SCENARIO)
    return shipped.find(kind, given)


def _tell(found: list[Check], voice: Voice, as_json: bool) -> None:
    if as_json:
        names = ("path", "name", "holds", "advice", "detail")
        print_json([{name: getattr(each, name) for name in names} for each in found])
        return
    rows = ((_short(each.path), each.name, voice.word(_result(each)), each.detail) for each in found)
    voice.table(COLUMNS, rows)


def _result(each: Check) -> str:
    return "holds" if each.holds else "advice" if each.advice else "fails"


def _short(path: Path) -> str:
    return "/".join(path.parts[-2:])
