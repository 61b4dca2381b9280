"""`simcounty describe`: what a model says."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simcounty import catalog
from simcounty.cli import options
from simcounty.errors import InputError
from simcounty.presentation import county
from simcounty.presentation.terminal import Terminal, print_json, say

if TYPE_CHECKING:
    from simcounty.model.describe import Description

COLUMNS = ("key", "kind", "unit", "label")


def describe(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A model or a county: a file, or a shipped one's name.")
    ],
    lang: options.Lang,
    variable: Annotated[
        str | None, typer.Argument(metavar="[VARIABLE]", help="The key of a variable; all without it.")
    ] = None,
    json: options.Json = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print all variables as Markdown tables.")
    ] = False,
) -> None:
    """Show equation, unit, range, meaning, causes and uses of a model's variables; or a county's values."""
    if _is_county(model):
        if markdown:
            raise InputError(f"{model}: --markdown prints the variables of a model, and this is a county.")
        county.county(catalog.find(catalog.COUNTY, model), variable, Terminal(lang), json)
        return
    from simcounty.model import describe as told
    from simcounty.model import load_model

    loaded = load_model(catalog.find(catalog.MODEL, model))
    if markdown:
        say(told.markdown_tables(loaded).rstrip())
        return
    found = told.describe_all(loaded) if variable is None else [told.describe(loaded, variable)]
    if json:
        records = [dataclasses.asdict(each) for each in found]
        print_json(records if variable is None else records[0])
    elif variable is None:
        Terminal(lang).table(COLUMNS, ((each.key, each.kind, each.unit, each.label) for each in found))
    else:
        _print(found[0], Terminal(lang))


def _is_county(given: str) -> bool:
    """Tell whether a county is meant: a file of its kind, or the name of a shipped one that no model has."""
    path = Path(given)
    if path.is_file():
        return catalog.COUNTY.holds(path)
    return given in catalog.names(catalog.COUNTY) and given not in catalog.names(catalog.MODEL)


def _print(each: Description, terminal: Terminal) -> None:
    low, high = ("…" if end is None else f"{end:g}" for end in each.range)
    rows = {
        "key": each.key,
        "label": each.label,
        "kind": each.kind,
        "group": each.group,
        "unit": each.unit,
        "range": "" if each.range == (None, None) else f"{low} – {high}",
        "value": ", ".join(f"{key} = {value:g}" for key, value in each.values.items()),
        "equation": each.equation,
        "explanation": each.explanation,
        "source": each.source,
        "causes": ", ".join(each.causes),
        "uses": ", ".join(each.uses),
    }
    width = max(len(terminal.word(name)) for name in rows)
    for name, text in rows.items():
        if text:
            say(f"{terminal.word(name):{width}}  {text}")
