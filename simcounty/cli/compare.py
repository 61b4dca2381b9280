"""`simcounty compare`: scenarios side by side, and what makes the difference."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcounty import catalog
from simcounty.cli import options
from simcounty.errors import Findings, InputError, repeated
from simcounty.presentation.terminal import Terminal

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Scenario

GROUP = "NAME=LEVER,LEVER, such as --group money=a_grant,a_bond"


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
    at: Annotated[
        list[float] | None,
        typer.Option(
            metavar="TIME",
            help="A year of the table, or a time in the model's own unit; may be repeated. "
            "Default: a target's last.",
        ),
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
    from simcounty.comparison import compare as run_comparison
    from simcounty.presentation.comparison import comparison_record, comparison_view

    terminal, groups = Terminal(lang, quiet), _groups(group or [], waterfall or by_clause)
    named = _named(scenarios)
    if out:
        _assert_writable(out, len(named))
    terminal.message("comparing", count=max(2, len(named)))
    found = run_comparison(named, variable or (), target or (), at or (), per)
    attributions: list[xr.Dataset] = []
    if waterfall or by_clause or groups:
        chosen = {"targets": target or (), "variables": variable or (), "years": at or ()}
        attributions = _attributions(named, terminal, groups=groups, by_clause=by_clause, **chosen)
    terminal.show(comparison_record(found, attributions), comparison_view, json)
    if out:
        from simcounty.files.folder import save_compare

        terminal.message("writing", folder=out)
        observed = next(iter(named.values())).county.observations
        files = save_compare(found, attributions, out, observed, width)
        terminal.wrote(files)


def _named(given: Sequence[str]) -> dict[str, Scenario]:
    """Load scenarios, by their names, or where two have one name by what was typed."""
    from simcounty.scenario import load

    findings = Findings(
        f"{name}: is a region. Name its counties' scenarios instead."
        for name in given
        if catalog.is_region(name)
    )
    findings += [
        f"{name}: is given {given.count(name)} times. Name each scenario once." for name in repeated(given)
    ]
    findings.raise_as(InputError, "these scenarios cannot be compared:")
    loaded = {name: load(name) for name in given}
    names = [scenario.name for scenario in loaded.values()]
    unique = names if not repeated(names) else list(loaded)
    return {
        name: dataclasses.replace(scenario, name=name)
        for name, scenario in zip(unique, loaded.values(), strict=True)
    }


def _groups(texts: Sequence[str], used: bool) -> dict[str, list[str]]:
    """Read NAME=LEVER,LEVER; raise an error for what cannot be read, and for groups without a waterfall."""
    if texts and not used:
        raise InputError("--group: is for waterfalls. Add --waterfall.")
    return options.read_pairs("--group", texts, GROUP, _listed)


def _listed(text: str) -> list[str] | None:
    return [key.strip() for key in re.split("[,，、]", text) if key.strip()] or None


def _attributions(named: Mapping[str, Scenario], terminal: Terminal, **how: Any) -> list[xr.Dataset]:
    """Divide the change from the first scenario to each other, or from the baseline to the only one."""
    from simcounty.comparison.attribution import attribution

    first, *others = named.values()
    found = []
    for before, after in [(first, other) for other in others] or [(first.baseline, first)]:
        terminal.message("dividing", before=before.name, after=after.name)
        found.append(attribution([before, after], **how))
    return found


def _assert_writable(folder: Path, count: int) -> None:
    """Find out before a run whether what it leaves can be drawn and written."""
    from simcounty.atomic import writable_folder
    from simcounty.plot.style import strokes

    strokes(max(2, count))
    writable_folder(folder)
