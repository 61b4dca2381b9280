"""Descriptions: of the variables of a model, and of the values a county starts from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from simcounty.counties.provenance import values_of_county
from simcounty.errors import InputError, did_you_mean
from simcounty.model.describe import Description
from simcounty.model.graph import variable_of
from simcounty.presentation.formatting import MISSING, bounds_text, names_text, year_text
from simcounty.presentation.messages import Messages
from simcounty.presentation.records import Record
from simcounty.presentation.tables import Table, table_of
from simcounty.presentation.verdicts import unusual_view
from simcounty.units import in_chinese

if TYPE_CHECKING:
    from simcounty.model import Model
    from simcounty.scenario import County

VARIABLES = ("key", "kind", "unit", "label")
VALUES = ("key", "label", "value", "unit", "year", "rests_on", "source")


def variable_record(described: Description) -> Record:
    """Return the description of a variable as plain data."""
    return {name: value for name, value in dataclasses.asdict(described).items() if name != "hidden"}


def variables_view(records: Sequence[Record], words: Messages) -> Iterator[Table]:
    """Yield the table of variables."""
    shown = ({**each, **_kind_and_unit(each, words)} for each in records)
    yield table_of(words, VARIABLES, ([each[name] for name in VARIABLES] for each in shown))


def _kind_and_unit(record: Record, words: Messages) -> dict[str, str]:
    """Return the kind and the unit of a variable as the reader's language has them."""
    if not words.is_chinese:
        return {name: record[name] for name in ("kind", "unit")}
    return {"kind": words(f"kind.{record['kind']}"), "unit": in_chinese(record["unit"]) or MISSING}


def variable_view(record: Record, words: Messages) -> Iterator[str]:
    """Yield a line for everything that is known of a variable."""
    text = {
        **{name: record[name] for name in ("key", "label", "kind", "group")},
        **_kind_and_unit(record, words),
        "range": "" if record["range"] == (None, None) else bounds_text(*record["range"]),
        "value": ", ".join(f"{key} = {value:g}" for key, value in record["values"].items()),
        "equation": record["equation"],
        "explanation": (words.is_chinese and record["explanation_zh"]) or record["explanation"],
        "source": record["source"],
        **{name: ", ".join(record[name]) for name in ("causes", "uses")},
    }
    width = max(len(words(name)) for name in text)
    yield from (f"{words(name):{width}}  {each}" for name, each in text.items() if each)


def county_record(county: County, model: Model) -> Record:
    """Return the values a county starts from as plain data, with what each rests on."""
    values = values_of_county(county, model)
    return {
        "county": county.title,
        "file": str(county.path or ""),
        "code": county.code,
        "prefecture": county.prefecture,
        "province": county.province,
        "model": model.name,
        "behaviour": len(model.constants) - len(values),
        "values": [dataclasses.asdict(each) for each in values],
    }


def only_variable(record: Record, variable: str, model: Model) -> Record:
    """Return the record of a county with one value alone, or with those of an array, by key or label.

    Raises InputError, with a guess, for a name that is not of a value of the county.
    """
    values, key = record["values"], ""
    with suppress(InputError):
        key = model.key_of(variable)
    wanted = [each for each in values if key in (each["key"], variable_of(each["key"]))]
    if not wanted:
        guess = did_you_mean(variable, [each[name] for name in ("key", "label") for each in values])
        raise InputError(
            f"{record['file']}: {variable} is not a value of the county.{guess} "
            "Without a variable, describe lists them all; those of the model, simcounty describe MODEL."
        )
    return {**record, "values": wanted, "behaviour": None}


def county_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield the table of values, and how many constants are the same in every county."""
    yield table_of(words, VALUES, (_value_row(each, words) for each in record["values"]), ("value",))
    if record["behaviour"] is not None:
        yield words("behaviour", count=record["behaviour"], model=record["model"])


def _value_row(each: Record, words: Messages) -> tuple[str, ...]:
    return (
        each["key"],
        each["label"],
        f"{each['value']:g}",
        in_chinese(each["unit"]) or MISSING,
        year_text(each["year"]),
        words(f"rests_{each['rests_on']}"),
        each["source"],
    )


def new_county_view(record: Record, words: Messages) -> Iterator[str]:
    """Yield what a new county is, and which of its values are sourced, imputed or at a limit of the model."""
    place = " ".join(dict.fromkeys((record["province"], record["prefecture"])))
    yield words("new_county", title=record["county"], code=record["code"], place=place)
    values = record["values"]
    parts = {
        "new_sourced": [each for each in values if each["rests_on"] == "sourced"],
        "new_derived": [each for each in values if each["rests_on"] == "derived"],
        "new_imputed": [each for each in values if each["rests_on"] == "imputed"],
        "values_at_limit": [each for each in values if each["at_limit"]],
    }
    for code, some in parts.items():
        if some:
            names = names_text(each["variable_label"] for each in some)
            yield words(code, count=len(some), names=names)
    yield from unusual_view(record["unusual"], words)
