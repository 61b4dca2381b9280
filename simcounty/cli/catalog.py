"""`simcounty list`, `copy` and `new`: what is shipped, an editable copy of it, and new counties."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simcounty import catalog
from simcounty.cli import options
from simcounty.errors import InputError
from simcounty.presentation.tables import table_of
from simcounty.presentation.terminal import Terminal, say

KINDS = (catalog.SCENARIO, catalog.REGION, catalog.COUNTY, catalog.POLICY, catalog.MODEL)


def show(lang: options.Lang, json: options.Json = False) -> None:
    """List the scenarios, regions, counties, policies and models that are shipped."""
    found = {kind.noun: {n: str(path) for n, path in catalog.names(kind).items()} for kind in KINDS}
    rows = [(noun, *each) for noun, paths in found.items() for each in paths.items()]
    Terminal(lang).show(found, lambda _, words: [table_of(words, ("kind", "name", "file"), rows)], json)


def copy(
    name: options.Scenario,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to; made if need be.")],
    lang: options.Lang,
    xlsx: Annotated[
        bool,
        typer.Option("--xlsx", help="Write one Excel workbook to fill in, in Chinese, that runs by itself."),
    ] = False,
    quiet: options.Quiet = False,
) -> None:
    """Copy a scenario to edit: with its county, policies and model, and nothing overwritten."""
    from simcounty.files.copies import copy_editable, copy_workbook

    made = (copy_workbook if xlsx else copy_editable)(options.load_scenario(name), folder)
    Terminal(lang, quiet).wrote(made)
    say(str(made[0]))


def new(
    unit: Annotated[
        str, typer.Argument(metavar="CODE_OR_NAME", help="A county-level unit: 610629, 洛川县, 南京市鼓楼区.")
    ],
    lang: options.Lang,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The file to write; by default NAME.toml or NAME.xlsx in this folder."
        ),
    ] = None,
    xlsx: Annotated[
        bool,
        typer.Option("--xlsx", help="Write one Excel workbook to fill in, in Chinese, that runs by itself."),
    ] = False,
    panel: options.Panel = None,
    census: options.Census = None,
    known_by: options.KnownBy = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write a county file and a baseline scenario for any county-level unit of the census of 2020."""
    from simcounty.accounts.places import find_unit
    from simcounty.counties.generate import baseline_of, new_counties
    from simcounty.files.copies import save_new, save_new_workbook
    from simcounty.presentation.descriptions import county_record, new_county_view
    from simcounty.presentation.verdicts import unusual_record
    from simcounty.scoring.unusual import unusual_of

    if xlsx and (panel or census or known_by):
        raise InputError(
            "--xlsx: a workbook starts from what is shipped and what is filled in. Give it alone."
        )
    terminal = Terminal(lang, quiet)
    sources = options.start_tables(terminal, panel, census, known_by)
    county = new_counties([find_unit(unit, sources.units)], panel=sources.panel)[0]
    file = save or Path(f"{county.title}.{'xlsx' if xlsx else 'toml'}")
    written = (save_new_workbook if xlsx else save_new)(county, file)
    baseline = baseline_of(county)
    record = {**county_record(county, baseline.model), "unusual": unusual_record(unusual_of(baseline))}
    files = [str(path) for path in written]
    terminal.show({**record, "file": files[0], "files": files}, new_county_view, json)
    if not json:
        terminal.wrote(files)
        terminal.print(terminal.words("new_next", file=written[0 if xlsx else 1]))
