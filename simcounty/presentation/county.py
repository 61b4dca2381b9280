"""What a county starts from: each of its values, what it rests on, and what it leaves to the model."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.errors import InputError, did_you_mean
from simcounty.model.graph import variable_of
from simcounty.presentation.terminal import Terminal, print_json
from simcounty.units import in_chinese

if TYPE_CHECKING:
    from simcounty.counties.provenance import Standing

COLUMNS = ("key", "label", "value", "unit", "year", "rests_on", "source")


def county(path: Path, variable: str | None, terminal: Terminal, as_json: bool) -> None:
    """Print the values of a county, or those of one variable."""
    from simcounty.counties import provenance
    from simcounty.scenario import load_county

    loaded, model = load_county(path), provenance.model_named_by(path)
    found = provenance.standings(loaded, model)
    shown = found if variable is None else _of(found, variable, path)
    if as_json:
        print_json([dataclasses.asdict(each) for each in shown])
        return
    terminal.table(COLUMNS, (_row(each, terminal) for each in shown), right=("value",))
    if variable is None:
        terminal.result("behaviour", count=len(model.constants) - len(found), model=model.name)


def _of(found: list[Standing], variable: str, path: Path) -> list[Standing]:
    """Return what stands under a key, or under an array's name."""
    wanted = [each for each in found if variable in (each.key, variable_of(each.key))]
    if not wanted:
        guess = did_you_mean(variable, [each.key for each in found])
        raise InputError(
            f"{path}: {variable} is not a value of the county.{guess} "
            "Without a variable, describe lists them all; those of the model, simcounty describe MODEL."
        )
    return wanted


def _row(each: Standing, terminal: Terminal) -> tuple[str, ...]:
    return (
        each.key,
        each.label,
        f"{each.value:g}",
        in_chinese(each.unit) or "–",
        str(each.year or "–"),
        terminal.word(f"rests_{each.rests_on}"),
        each.said,
    )
