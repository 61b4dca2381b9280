"""`simcounty describe`: the variables of a model, or the values of a county."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simcounty import catalog
from simcounty.cli import options
from simcounty.errors import InputError
from simcounty.input_files import is_file
from simcounty.presentation.terminal import Terminal, say

if TYPE_CHECKING:
    from simcounty.model import Model


def describe(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A model or a county: a file, or a shipped one's name.")
    ],
    lang: options.Lang,
    variable: Annotated[
        str | None,
        typer.Argument(metavar="[VARIABLE]", help="A key or Chinese name; all without it."),
    ] = None,
    json: options.Json = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print all variables as Markdown tables.")
    ] = False,
    data: options.Data = None,
) -> None:
    """Show equation, unit, range, meaning, causes and uses of a model's variables; or a county's values."""
    if not _is_county(model):
        from simcounty.model import load_model
        from simcounty.scenario.load import find

        _model(load_model(find(catalog.MODEL, model), data or ()), variable, Terminal(lang), json, markdown)
    elif markdown:
        raise InputError(f"{model}: --markdown prints the variables of a model, and this is a county.")
    else:
        _county(catalog.find(catalog.COUNTY, model), variable, Terminal(lang), json)


def _is_county(given: str) -> bool:
    """Return whether a county is meant: a file of its kind, or a shipped name that no model has."""
    path = Path(given)
    if is_file(path):
        return catalog.COUNTY.holds(path)
    return catalog.is_shipped(catalog.COUNTY, given) and not catalog.is_shipped(catalog.MODEL, given)


def _model(model: Model, variable: str | None, terminal: Terminal, as_json: bool, markdown: bool) -> None:
    from simcounty.model import describe as descriptions
    from simcounty.presentation.descriptions import variable_record, variable_view, variables_view

    if markdown:
        say(descriptions.markdown_tables(model).rstrip())
    elif variable is not None:
        terminal.show(variable_record(descriptions.describe(model, variable)), variable_view, as_json)
    else:
        records = [variable_record(each) for each in descriptions.describe_all(model)]
        terminal.show(records, variables_view, as_json)


def _county(path: Path, variable: str | None, terminal: Terminal, as_json: bool) -> None:
    from simcounty.counties.provenance import model_of_county_file
    from simcounty.presentation.descriptions import county_record, county_view, only_variable
    from simcounty.scenario import load_county

    model = model_of_county_file(path)
    record = county_record(load_county(path), model)
    shown = record if variable is None else only_variable(record, variable, model)
    terminal.show(shown, county_view, as_json)
