"""What each factor contributes to a target's change: the record of an attribution, and its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from simcounty.presentation.formatting import (
    MISSING,
    decimals,
    exact,
    finite,
    plain,
    signed,
    year_text,
)
from simcounty.presentation.messages import Messages
from simcounty.presentation.tables import Table, table_of
from simcounty.units import in_chinese

if TYPE_CHECKING:
    import xarray as xr

Record = Mapping[str, Any]

COLUMNS = (
    "factor", "value_before", "value_after", "unit", "contribution", "adds_first", "adds_last", "clause",
)  # fmt: skip
NUMBERS = ("value_before", "value_after", "contribution", "adds_first", "adds_last")
FIGURES = 3  # of the largest contribution


def attribution_record(found: xr.Dataset) -> Record:
    """Return an attribution as plain data."""
    return {
        "before": str(found.attrs["before"]),
        "after": str(found.attrs["after"]),
        "runs": int(found.attrs["runs"]),
        "by_clause": bool(found.attrs["by_clause"]),
        "outcomes": [_outcome_record(found.sel(outcome=name)) for name in found.outcome.values],
    }


def _outcome_record(cell: xr.Dataset) -> Record:
    about = {name: str(cell[name].item()) for name in ("variable", "label", "operator", "unit", "clause")}
    year = finite(float(cell.year))
    return {
        "name": str(cell.outcome.item()),
        **about,
        "year": None if year is None else int(year),
        "goal": finite(float(cell.goal)),
        "before": finite(float(cell.value_before)),
        "after": finite(float(cell.value_after)),
        "factors": [_factor_record(cell.sel(factor=name)) for name in cell.factor.values],
    }


def _factor_record(cell: xr.Dataset) -> Record:
    return {
        "name": str(cell.factor.item()),
        "label": str(cell.factor_label.item()),
        "keys": str(cell.factor_keys.item()).split(", "),
        "clause": str(cell.factor_clause.item()),
        "from": finite(float(cell.factor_before)),
        "to": finite(float(cell.factor_after)),
        "unit": str(cell.factor_unit.item()),
        **{name: finite(float(cell[name])) for name in ("contribution", "alone", "last")},
    }


def attribution_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield a sentence and a table for each outcome, and how to read them."""
    for outcome in record["outcomes"]:
        yield ""
        yield from _outcome_view(outcome, record, words)
    yield words("attribution_reading", runs=record["runs"])
    if record["by_clause"]:
        yield words("attribution_clauses")


def _outcome_view(outcome: Record, record: Record, words: Messages) -> Iterator[Table | str]:
    change, unit = outcome["after"] - outcome["before"], in_chinese(outcome["unit"])
    factors = sorted(outcome["factors"], key=lambda each: -abs(each["contribution"]))
    contributions = [each["contribution"] for each in factors]
    digits = decimals(max(map(abs, (*contributions, change))), FIGURES)
    text = signed(change, digits)
    yield words(
        "attribution_of",
        label=outcome["label"],
        year=year_text(outcome["year"]),
        before=record["before"],
        after=record["after"],
        low=plain(outcome["before"], digits),
        high=plain(outcome["after"], digits),
        change=words("points", difference=text) if unit == "%" else f"{text} {unit}".rstrip(),
    )
    total = (words("adds_all"), "", "", "", signed(sum(contributions), digits), "", "", "")
    yield table_of(words, COLUMNS, [*(_row(each, digits) for each in factors), total], NUMBERS)


def _row(each: Record, digits: int) -> tuple[str, ...]:
    ends = ["" if each[name] is None else exact(each[name]) for name in ("from", "to")]
    unit = in_chinese(each["unit"]) or ("" if each["from"] is None else MISSING)
    added = [signed(each[name], digits) for name in ("contribution", "alone", "last")]
    return (each["label"], *ends, unit, *added, each["clause"])
