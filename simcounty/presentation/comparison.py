"""Scenarios side by side: the record of a comparison, and what people see of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simcounty.presentation.formatting import (
    MISSING,
    PERCENT,
    NumberFormat,
    bounds_text,
    decimals,
    exact,
    finite,
    format_of,
    goal_text,
    plain,
    signed,
    target_format,
    with_unit,
    year_text,
)
from simcounty.presentation.messages import Messages
from simcounty.presentation.tables import Column, Table, table_of
from simcounty.presentation.verdicts import satisfied_text
from simcounty.units import in_chinese

if TYPE_CHECKING:
    import xarray as xr


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


Record = Mapping[str, Any]


def comparison_record(found: xr.Dataset, attributions: Iterable[xr.Dataset] = ()) -> Record:
    """Return a comparison as plain data, which `compare --json` prints; numbers are in the unit beside them."""
    return {
        "scenarios": [_scenario_record(found.sel(scenario=name)) for name in found.scenario.values],
        "reference": str(found.scenario.values[0]),
        "per": str(found.attrs["per"]),
        "targets": [_target_record(found.sel(target=name)) for name in found.target.values],
        "variables": [
            _variable_record(found.sel(variable=key, time=year))
            for key in found.variable.values
            for year in json.loads(found.attrs["years"])
        ],
        "constraints": [_constraint_record(found.sel(constraint=name)) for name in found.constraint.values],
        "attributions": [attribution_record(each) for each in attributions],
    }


def _scenario_record(cell: xr.Dataset) -> Record:
    return {
        "name": str(cell.scenario.item()),
        **_texts(cell, title="title", county="county"),
        "first_year": float(cell.first_year),
        "last_year": float(cell.last_year),
    }


def _target_record(row: xr.Dataset) -> Record:
    about = _texts(row, label="label", operator="operator", unit="unit", clause="clause", document="document")
    return {
        "name": str(row.target.item()),
        "variable": str(row.target_variable.item()),
        **about,
        "year": _year(row.year),
        "up_to": finite(float(row.up_to)),
        "values": [
            {
                "scenario": name,
                **_numbers(cell, value="value", goal="goal", margin="margin", difference="value_difference"),
                "met": bool(cell.met) if finite(float(cell.value)) is not None else None,
            }
            for name, cell in _by_scenario(row)
        ],
    }


def _variable_record(row: xr.Dataset) -> Record:
    return {
        **_texts(row, key="variable", label="variable_label", unit="variable_unit", measure="measure"),
        "base": _year(row.base),
        "total": bool(row.total),
        "year": int(row.time),
        "values": [
            {"scenario": name, **_numbers(cell, level="level", difference="difference")}
            for name, cell in _by_scenario(row)
        ],
    }


def _constraint_record(row: xr.Dataset) -> Record:
    about = {each: f"constraint_{each}" for each in ("name", "name_zh", "label", "unit")}
    return {
        **_texts(row, **about),
        "bounds": [finite(float(row.constraint_low)), finite(float(row.constraint_high))],
        "values": [
            {
                "scenario": name,
                **_numbers(cell, worst="worst"),
                "year": _year(cell.worst_year),
                "satisfied": bool(cell.satisfied) if finite(float(cell.worst_year)) is not None else None,
            }
            for name, cell in _by_scenario(row)
        ],
    }


def _texts(cell: xr.Dataset, **names: str) -> dict[str, str]:
    return {key: str(cell[name].item()) for key, name in names.items()}


def _numbers(cell: xr.Dataset, **names: str) -> dict[str, float | None]:
    return {key: finite(float(cell[name])) for key, name in names.items()}


def _year(year: xr.DataArray) -> int | None:
    return None if finite(float(year)) is None else int(year)


def _by_scenario(row: xr.Dataset) -> list[tuple[str, xr.Dataset]]:
    return [(str(name), row.sel(scenario=name)) for name in row.scenario.values]


def comparison_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield targets and variables by scenario, a sentence a constraint, how to read them, and attributions."""
    names = [each["name"] for each in record["scenarios"]]
    units = {each["variable"]: each["unit"] for each in record["targets"]}
    if record["targets"]:
        rows = [_target_row(each, words) for each in record["targets"]]
        yield _table(words, ("target", "year", "goal"), names, ("unit", "clause"), rows)
        yield ""
    if record["variables"]:
        rows = [_variable_row(each, units, words) for each in record["variables"]]
        yield _table(words, ("variable", "year"), names, ("unit",), rows)
        yield ""
    yield from (_constraint_text(each, words) for each in record["constraints"])
    yield words("compare_reading", first=record["reference"])
    measures = {each["measure"] for each in record["variables"]}
    if "per" in measures:
        yield words("compare_per", per=record["per"])
    elif "index" in measures:
        yield words("compare_index")
    for each in record["attributions"]:
        yield from attribution_view(each, words)


def _table(
    words: Messages,
    before: Sequence[str],
    names: Sequence[str],
    after: Sequence[str],
    rows: Sequence[tuple[str, ...]],
) -> Table:
    """Return a table with a column a scenario, by its name as it is, and one a difference from the first."""
    columns = (
        *(Column(words.heading(code), code == "goal") for code in before),
        *(Column(name, True) for name in (*names, *(f"Δ {name}" for name in names[1:]))),
        *(Column(words.heading(code)) for code in after),
    )
    return Table(columns, tuple(rows))


def _target_row(row: Record, words: Messages) -> tuple[str, ...]:
    judged = [each for each in row["values"] if each["value"] is not None]
    goals = list(dict.fromkeys(each["goal"] for each in judged))
    largest = max((abs(each["value"]) for each in judged), default=0.0)
    shown = target_format(row["unit"], largest if not goals or goals[0] is None else goals[0])
    texts = {goal: goal_text(words, row["operator"], goal, row["up_to"]) for goal in goals}
    goal = MISSING if not goals else texts[goals[0]] if len(goals) == 1 else "…"
    beside = texts if len(goals) > 1 else {}
    cells = [_judged(each, shown, beside) for each in row["values"]]
    changes = [_change(each["difference"], shown) for each in row["values"][1:]]
    unit = shown.unit or MISSING
    return (row["label"], year_text(row["year"]), goal, *cells, *changes, unit, row["clause"])


def _judged(each: Record, shown: NumberFormat, goals: Mapping[float | None, str]) -> str:
    """Write a value with its verdict, and its goal where others have another."""
    if each["value"] is None:
        return MISSING
    goal = f" ({goals[each['goal']]})" if goals else ""
    return f"{shown.number(each['value'])}{goal} {'✓' if each['met'] else '✗'}"


def _change(difference: float | None, shown: NumberFormat) -> str:
    return MISSING if difference is None else shown.change(difference)


def _variable_row(row: Record, units: Mapping[str, str], words: Messages) -> tuple[str, ...]:
    levels = [each["level"] for each in row["values"]]
    known = [level for level in levels if level is not None]
    is_index = row["measure"] == "index"
    wanted = units.get(row["key"], "") if row["measure"] == "level" else ""
    shown = format_of(row["unit"], "" if is_index else row["label"], known, wanted)
    cells = [MISSING if level is None else shown.number(level) for level in levels]
    changes = [_relative(each["difference"], levels[0], shown) for each in row["values"][1:]]
    unit = words("index_of", base=row["base"]) if is_index else shown.unit or MISSING
    return (row["label"], str(row["year"]), *cells, *changes, unit)


def _relative(difference: float | None, first: float | None, shown: NumberFormat) -> str:
    """Write a difference and, unless it is of percentages, its part of the first scenario's level."""
    change = _change(difference, shown)
    if difference is None or not first or shown.unit == PERCENT:
        return change
    return f"{change} ({signed(100 * difference / first, 1)} %)"


def _constraint_text(constraint: Record, words: Messages) -> str:
    low, high = constraint["bounds"]
    digits = decimals(low if low is not None else high or 0.0)
    name = constraint["name_zh"] if words.is_chinese else ""
    return words(
        "compare_constraint",
        constraint=name or constraint["name"],
        label=constraint["label"],
        bounds=bounds_text(low, high),
        outcomes=words("compare_and").join(
            _outcome_text(each, digits, constraint["unit"], words) for each in constraint["values"]
        ),
    )


def _outcome_text(each: Record, digits: int, unit: str, words: Messages) -> str:
    if each["satisfied"] is None:
        return words("compare_unseen", scenario=each["scenario"])
    return words(
        "compare_outcome",
        scenario=each["scenario"],
        worst=with_unit(plain(each["worst"], digits), in_chinese(unit)),
        year=each["year"],
        satisfied=satisfied_text(each["satisfied"], words),
    )
