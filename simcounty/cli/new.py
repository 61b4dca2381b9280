"""`simcounty new`: a county file and a baseline for any county-level unit of the census."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simcounty.cli import options
from simcounty.presentation.terminal import Terminal


def new(
    unit: Annotated[
        str, typer.Argument(metavar="CODE_OR_NAME", help="A county-level unit: 610629, 洛川县, 南京市鼓楼区.")
    ],
    lang: options.Lang,
    save: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The county file to write; by default NAME.toml in this folder."),
    ] = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write a county file and a baseline scenario for any county-level unit of the census of 2020."""
    from simcounty.counties.generate import baseline_of, new_counties
    from simcounty.files.copies import save_new
    from simcounty.presentation.descriptions import county_record, new_county_view
    from simcounty.scenario.census import find_unit

    county = new_counties([find_unit(unit)])[0]
    written = save_new(county, save or Path(f"{county.title}.toml"))
    record = county_record(county, baseline_of(county).model)
    terminal = Terminal(lang, quiet)
    terminal.show({**record, "files": [str(path) for path in written]}, new_county_view, json)
    if not json:
        terminal.message("wrote", files=", ".join(map(str, written)))
        terminal.result("new_next", file=written[1])
