"""`simcounty check`: the scorecard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simcounty import catalog
from simcounty.cli import options, proof
from simcounty.errors import ChecksFailed
from simcounty.presentation import validation
from simcounty.presentation.terminal import Terminal, print_json

if TYPE_CHECKING:
    from simcounty.validation import Battery, Score
    from simcounty.validation.engine_checks import Check

COLUMNS = ("file", "check", "result", "detail")
KINDS = (catalog.SCENARIO, catalog.COUNTY, catalog.MODEL, catalog.CHECKS)


def check(
    lang: options.Lang,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]…",
            help="Scenarios, counties, models or check files, by file or name, by default all shipped; or "
            "drafts (.md, .docx) whose numbers are tagged.",
        ),
    ] = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="Also run random members of every scenario, and the check files of every model."
        ),
    ] = False,
    uncertainties: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --full: what sign checks draw from, a posterior or TOML file; else the county's.",
        ),
    ] = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    strict: Annotated[bool, typer.Option("--strict", help="Count advice as failure.")] = False,
    fill: Annotated[
        bool, typer.Option("--fill", help="Write the tagged numbers that a draft leaves blank.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Write fresh numbers where a draft's do not agree.")
    ] = False,
    clean: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a copy of a draft without its tags.")
    ] = None,
) -> None:
    """Prove units, balances, time step and agreement with PySD; or hold a draft's numbers against runs."""
    terminal = Terminal(lang, quiet)
    if proof.are_drafts(paths or ()):
        given = {"--full": full, "--strict": strict, "--uncertainties": uncertainties}
        proof.refuse(given, "is for models and scenarios.")
        proof.check(paths or (), terminal, json, fill, update, clean)
        return
    proof.refuse({"--fill": fill, "--update": update, "--clean": clean}, "is for drafts.")
    _check(paths or (), terminal, full, json, strict, uncertainties)


def _check(
    paths: Sequence[str], terminal: Terminal, full: bool, json: bool, strict: bool, uncertainties: Path | None
) -> None:
    from simcounty.validation import engine_checks

    files = [_found(each) for each in paths] or engine_checks.everything_shipped()
    batteries = _batteries(files, uncertainties) if full else []
    found: list[Check] = []
    for path in files:
        if not (full and engine_checks.is_battery(path)):
            terminal.message("checking", file=path)
            found += engine_checks.check(path, full)
    if full:
        _score(found, batteries, terminal, json, strict)
        return
    _tell(found, terminal, json)
    failed = sum(not each.holds and (strict or not each.advice) for each in found)
    if failed:
        raise ChecksFailed(terminal.word("some_fail", failed=failed, count=len(found)))
    terminal.message("all_hold", count=len(found))


def _batteries(files: list[Path], uncertainties: Path | None) -> list[Battery]:
    """Load the check files that are meant, and those of the models that are."""
    from simcounty.validation import files_of, load_battery
    from simcounty.validation.engine_checks import is_battery

    named = [[path] if is_battery(path) else files_of(path) for path in files]
    paths = dict.fromkeys(path.resolve() for each in named for path in each)
    return [load_battery(path, uncertainties) for path in paths]


def _score(
    found: list[Check], batteries: list[Battery], terminal: Terminal, as_json: bool, strict: bool
) -> None:
    """Run check files, and print one scorecard of them and of what was found before."""
    from simcounty.validation import scored
    from simcounty.validation.engine_checks import check_bases

    found += check_bases(batteries)
    scores: list[Score] = []
    for battery in batteries:
        terminal.message("checking", file=battery.path)
        scores += scored(battery)
    engine = [validation.engine_record(each, strict) for each in found]
    told = validation.tally([*engine, *map(validation.record, scores)])
    if as_json:
        print_json(told)
    else:
        _tell(found, terminal, as_json)
        validation.show(scores, terminal)
    validation.insist(told, terminal)


def _found(given: str) -> Path:
    """Return the file that is meant: a path, or the name of something shipped that can be checked."""
    kind = next((kind for kind in KINDS if given in catalog.names(kind)), catalog.SCENARIO)
    return catalog.find(kind, given)


def _tell(found: list[Check], terminal: Terminal, as_json: bool) -> None:
    if as_json:
        names = ("path", "name", "holds", "advice", "detail")
        print_json([{name: getattr(each, name) for name in names} for each in found])
        return
    rows = ((_short(each.path), each.name, terminal.word(_result(each)), each.detail) for each in found)
    terminal.table(COLUMNS, rows)


def _result(each: Check) -> str:
    return "holds" if each.holds else "advice" if each.advice else "fails"


def _short(path: Path) -> str:
    return "/".join(path.parts[-2:])
