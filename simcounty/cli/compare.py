"""`simcounty compare`: scenarios side by side, and what makes the difference."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simcounty import catalog
from simcounty.cli import options
from simcounty.errors import Findings, InputError
from simcounty.presentation import compare_record, comparison
from simcounty.presentation.terminal import Terminal, print_json

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Scenario


def compare(
    scenarios: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO…",
            help="Scenario files, or names of shipped ones. The others are held against the first, one alone "
            "against its baseline.",
        ),
    ],
    lang: options.Lang,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A target; may be repeated. By default all of them."),
    ] = None,
    variable: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="A variable; may be repeated. By default the headline ones."),
    ] = None,
    year: Annotated[
        list[int] | None,
        typer.Option(metavar="YEAR", help="A year of the table; may be repeated. Default: a target's last."),
    ] = None,
    per: Annotated[
        str, typer.Option(metavar="KEY", help="Divide amounts of different counties by this variable.")
    ] = "",
    waterfall: Annotated[
        bool, typer.Option("--waterfall", help="Also divide each target's change among the levers.")
    ] = False,
    by_clause: Annotated[
        bool, typer.Option("--by-clause", help="In waterfalls take levers of one clause together.")
    ] = False,
    group: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=LEVER,LEVER", help="In waterfalls take levers together; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also write compare.nc, tables and figures there.")
    ] = None,
    width: options.Width = options.FULL,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Lay scenarios side by side, by target and variable; --waterfall says which lever brings what."""
    from simcounty.comparison.compare import compare as compared_by

    terminal, groups = Terminal(lang, quiet), _groups(group or [], waterfall or by_clause)
    named = _named(scenarios)
    if out:
        _place(out, len(named))
    terminal.message("comparing", count=max(2, len(named)))
    found = compared_by(named, variable or (), target or (), year or (), per)
    falls = []
    if waterfall or by_clause or groups:
        falls = _falls(named, terminal, target or (), variable or (), year or (), groups, by_clause)
    told = compare_record.record(found, falls)
    if json:
        print_json(told)
    else:
        comparison.tell(told, terminal)
    if out:
        _write(found, falls, named, out, width, terminal)


def _named(given: Sequence[str]) -> dict[str, Scenario]:
    """Load scenarios, by their names, or where two have one name by what was typed."""
    from simcounty.scenario import load

    findings = [
        f"{name}: is a region. Name its counties' scenarios instead."
        for name in given
        if catalog.is_region(name)
    ]
    findings += [
        f"{name}: stands {given.count(name)} times. Name each scenario once."
        for name in dict.fromkeys(given)
        if given.count(name) > 1
    ]
    Findings(findings).raise_as(InputError, "these scenarios cannot be compared:")
    loaded = {name: load(name) for name in given}
    names = [scenario.name for scenario in loaded.values()]
    called = names if len(set(names)) == len(names) else list(loaded)
    return {
        label: dataclasses.replace(scenario, name=label)
        for label, scenario in zip(called, loaded.values(), strict=True)
    }


def _groups(texts: Sequence[str], used: bool) -> dict[str, list[str]]:
    """Read NAME=LEVER,LEVER; what cannot be read is said at once."""
    groups: dict[str, list[str]] = {}
    findings = [] if used or not texts else ["--group: is for waterfalls. Add --waterfall."]
    for text in texts:
        name, _, levers = text.partition("=")
        keys = [key.strip() for key in levers.split(",") if key.strip()]
        if not (name.strip() and keys):
            findings.append(f"--group {text}: write NAME=LEVER,LEVER, such as --group money=a_grant,a_bond.")
        elif name.strip() in groups:
            findings.append(f"--group {text}: {name.strip()} stands twice. Name all its levers at once.")
        groups[name.strip()] = keys
    Findings(findings).raise_as(InputError, "these groups cannot be used:")
    return groups


def _falls(
    named: Mapping[str, Scenario],
    terminal: Terminal,
    targets: Sequence[str],
    variables: Sequence[str],
    years: Sequence[int],
    groups: Mapping[str, Sequence[str]],
    by_clause: bool,
) -> list[xr.Dataset]:
    """Divide the change from the first scenario to each other, or from the baseline to the only one."""
    from simcounty.comparison.attribution import waterfall

    first, *others = named.values()
    pairs = [(first, other) for other in others] or [(first.baseline, first)]
    falls = []
    for before, after in pairs:
        terminal.message("dividing", before=before.name, after=after.name)
        falls.append(waterfall(after, before, targets, variables, years, groups or None, by_clause))
    return falls


def _place(folder: Path, count: int) -> None:
    """Find out before a run whether what it leaves can be drawn and written."""
    from simcounty.atomic import writable_folder
    from simcounty.plot.style import strokes

    strokes(max(2, count))
    writable_folder(folder)


def _write(
    found: xr.Dataset,
    falls: Sequence[xr.Dataset],
    named: Mapping[str, Scenario],
    folder: Path,
    width: str,
    terminal: Terminal,
) -> None:
    from simcounty.files.folder import save_compare

    terminal.message("writing", folder=folder)
    observed = next(iter(named.values())).county.observations
    files = save_compare(found, falls, folder, observed, width)
    terminal.message("wrote", files=", ".join(map(str, files)))
