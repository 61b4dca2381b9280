"""Scenarios side by side: the record of a comparison, and what people see of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from simcounty.presentation.formatting import (
    MISSING,
    PERCENT,
    NumberFormat,
    decimals,
    exact,
    format_of,
    goal_text,
    plain,
    signed,
    target_format,
    year_text,
)
from simcounty.presentation.messages import Messages
from simcounty.presentation.records import Record, fields, time_unit, year_of
from simcounty.presentation.tables import Column, Table, table_of
from simcounty.presentation.verdicts import constraint_parts, satisfied_text, worst_text
from simcounty.units import in_chinese

if TYPE_CHECKING:
    import xarray as xr


COLUMNS = (
    "factor", "value_before", "value_after", "unit", "contribution", "adds_first", "adds_last", "clause",
)  # fmt: skip
NUMBERS = ("value_before", "value_after", "contribution", "adds_first", "adds_last")
FIGURES = 3  # of the largest contribution


def comparison_record(found: xr.Dataset, attributions: Iterable[xr.Dataset] = ()) -> Record:
    """Return a comparison as plain data, numbers in the unit beside them; `compare --json` prints it."""
    return {
        "scenarios": [_scenario_record(found.sel(scenario=name)) for name in found.scenario.values],
        "reference": str(found.scenario.values[0]),
        "per": str(found.attrs["per"]),
        "time_unit": time_unit(found),
        "targets": [_target_record(found.sel(target=name)) for name in found.target.values],
        "variables": [
            _variable_record(found.sel(variable=key).sel(time=year, method="nearest"))
            for key in found.variable.values
            for year in json.loads(found.attrs["years"])
        ],
        "constraints": [_constraint_record(found.sel(constraint=name)) for name in found.constraint.values],
        "attributions": [attribution_record(each) for each in attributions],
    }


def _scenario_record(cell: xr.Dataset) -> Record:
    return {"name": cell.scenario.item(), **fields(cell, "title", "county", "first_year", "last_year")}


def _target_record(row: xr.Dataset) -> Record:
    return {
        **fields(row, name="target", variable="target_variable"),
        **fields(row, "label", "operator", "unit", "clause", "document"),
        "year": year_of(row.year),
        **fields(row, "up_to"),
        "values": [_judged_record(row.sel(scenario=name)) for name in row.scenario.values],
    }


def _judged_record(cell: xr.Dataset) -> Record:
    numbers = fields(cell, "value", "goal", "margin", difference="value_difference")
    met = None if numbers["value"] is None else bool(cell.met)
    return {"scenario": cell.scenario.item(), **numbers, "met": met}


def _variable_record(row: xr.Dataset) -> Record:
    return {
        **fields(row, key="variable", label="variable_label", unit="variable_unit", measure="measure"),
        "base": year_of(row.base),
        "total": bool(row.total),
        "year": year_of(row.time),
        "values": [
            fields(row.sel(scenario=name), "scenario", "level", "difference") for name in row.scenario.values
        ],
    }


def _constraint_record(row: xr.Dataset) -> Record:
    return {
        **fields(row, "name", "name_zh", "label", "unit", prefix="constraint_"),
        "bounds": list(fields(row, "constraint_low", "constraint_high").values()),
        "values": [_worst_record(row.sel(scenario=name)) for name in row.scenario.values],
    }


def _worst_record(cell: xr.Dataset) -> Record:
    year = year_of(cell.worst_year)
    satisfied = None if year is None else bool(cell.satisfied)
    return {**fields(cell, "scenario", "worst"), "year": year, "satisfied": satisfied}


def comparison_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield targets, variables, constraints, a note on how to read them, and attributions."""
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
    changes = [shown.change(each["difference"]) for each in row["values"][1:]]
    unit = shown.unit or MISSING
    return (row["label"], year_text(row["year"]), goal, *cells, *changes, unit, row["clause"])


def _judged(each: Record, shown: NumberFormat, goals: Mapping[float | None, str]) -> str:
    """Write a value with its verdict, and its goal where others have another."""
    if each["value"] is None:
        return MISSING
    goal = f" ({goals[each['goal']]})" if goals else ""
    return f"{shown.number(each['value'])}{goal} {'✓' if each['met'] else '✗'}"


def _variable_row(row: Record, units: Mapping[str, str], words: Messages) -> tuple[str, ...]:
    levels = [each["level"] for each in row["values"]]
    known = [level for level in levels if level is not None]
    is_index = row["measure"] == "index"
    wanted = units.get(row["key"], "") if row["measure"] == "level" else ""
    shown = format_of(row["unit"], "" if is_index else row["label"], known, wanted)
    cells = map(shown.number, levels)
    changes = [_relative(each["difference"], levels[0], shown) for each in row["values"][1:]]
    unit = words("index_of", base=row["base"]) if is_index else shown.unit or MISSING
    return (row["label"], year_text(row["year"]), *cells, *changes, unit)


def _relative(difference: float | None, first: float | None, shown: NumberFormat) -> str:
    """Write a difference and, unless it is of percentages, its part of the first scenario's level."""
    change = shown.change(difference)
    if difference is None or not first or shown.unit == PERCENT:
        return change
    return f"{change} ({signed(100 * difference / first, 1)} %)"


def _constraint_text(constraint: Record, words: Messages) -> str:
    outcomes = (_outcome_text(each, constraint, words) for each in constraint["values"])
    about = constraint_parts(constraint, words)
    return words("compare_constraint", **about, outcomes=words("compare_and").join(outcomes))


def _outcome_text(each: Record, constraint: Record, words: Messages) -> str:
    if each["satisfied"] is None:
        return words("compare_unseen", scenario=each["scenario"])
    return words(
        "compare_outcome",
        scenario=each["scenario"],
        worst=worst_text(each["worst"], constraint),
        year=each["year"],
        satisfied=satisfied_text(each["satisfied"], words),
    )


def attribution_record(found: xr.Dataset) -> Record:
    """Return an attribution as plain data."""
    return {
        **{name: found.attrs[name] for name in ("before", "after")},
        "runs": int(found.attrs["runs"]),
        "by_clause": bool(found.attrs["by_clause"]),
        "outcomes": [_outcome_record(found.sel(outcome=name)) for name in found.outcome.values],
    }


def _outcome_record(cell: xr.Dataset) -> Record:
    return {
        "name": cell.outcome.item(),
        **fields(cell, "variable", "label", "operator", "unit", "clause"),
        "year": year_of(cell.year),
        **fields(cell, "goal", before="value_before", after="value_after"),
        "factors": [_factor_record(cell.sel(factor=name)) for name in cell.factor.values],
    }


def _factor_record(cell: xr.Dataset) -> Record:
    return {
        **fields(cell, name="factor", label="factor_label"),
        "keys": cell.factor_keys.item().split(", "),
        **fields(cell, **{"clause": "factor_clause", "from": "factor_before", "to": "factor_after"}),
        **fields(cell, "unit", prefix="factor_"),
        **fields(cell, "contribution", "alone", "last"),
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
