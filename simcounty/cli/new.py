"""`simcounty new`: a county file and a baseline for any county-level unit of the census."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcounty.cli import options
from simcounty.presentation.terminal import Terminal, print_json

if TYPE_CHECKING:
    from simcounty.model import Model
    from simcounty.scenario import County, CountyValue


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
    from simcounty.scenario.census import find_unit

    county = new_counties([find_unit(unit)])[0]
    written = save_new(county, save or Path(f"{county.title}.toml"))
    model = baseline_of(county).model
    if json:
        print_json(_record(county, model, written))
        return
    terminal = Terminal(lang, quiet)
    _tell(county, model, terminal)
    terminal.message("wrote", files=", ".join(map(str, written)))
    terminal.result("new_next", file=written[1])


def _record(county: County, model: Model, written: Sequence[Path]) -> dict[str, Any]:
    def told(name: str) -> list[dict[str, Any]]:
        return [
            {
                "key": value.key,
                "label": model.constants[value.key].label,
                "value": value.value,
                "unit": value.unit,
                "year": value.year,
                name: getattr(value, name),
            }
            for value in county.values
            if getattr(value, name)
        ]

    return {
        "county": county.title,
        "code": county.code,
        "prefecture": county.prefecture,
        "province": county.province,
        "files": [str(path) for path in written],
        "sourced": told("source"),
        "imputed": told("imputed"),
    }


def _tell(county: County, model: Model, terminal: Terminal) -> None:
    from simcounty.counties.generate import moved

    place = " ".join(dict.fromkeys((county.province, county.prefecture)))
    terminal.result("new_county", title=county.title, code=county.code, place=place)
    parts = {
        "new_sourced": [value for value in county.values if value.source],
        "new_imputed": [value for value in county.values if value.imputed],
        "new_moved": moved(county),
    }
    for name, values in parts.items():
        if values:
            terminal.result(name, count=len(values), names=_named(values, model))


def _named(values: Iterable[CountyValue], model: Model) -> str:
    counts = Counter(model.constants[value.key].about.label for value in values)
    return ", ".join(f"{label} ({count})" if count > 1 else label for label, count in counts.items())
