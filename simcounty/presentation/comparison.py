"""Comparisons and waterfalls as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any

from simcounty.presentation.formatting import bounds_text, decimals, goal_text, signed
from simcounty.presentation.messages import Language
from simcounty.presentation.terminal import Terminal, say
from simcounty.units import convert, in_chinese, readable

Record = Mapping[str, Any]

LEVERS = ("lever", "from", "to", "unit", "adds", "adds_first", "adds_last", "clause")
NUMBERS = ("from", "to", "adds", "adds_first", "adds_last")


def tell(told: Record, terminal: Terminal) -> None:
    """Print a comparison: targets, variables, lines, and the waterfalls that were asked for."""
    names = [each["name"] for each in told["scenarios"]]
    values, deltas = tuple(names), tuple(f"Δ {name}" for name in names[1:])
    if told["targets"]:
        columns = ("target", "year", "goal", *values, *deltas, "unit", "clause")
        terminal.table(
            columns, [_target(each, terminal) for each in told["targets"]], (*values, *deltas, "goal")
        )
        say("")
    if told["variables"]:
        units = {each["variable"]: each["unit"] for each in told["targets"]}
        columns = ("variable", "year", *values, *deltas, "unit")
        terminal.table(
            columns, [_variable(each, units, terminal) for each in told["variables"]], (*values, *deltas)
        )
        say("")
    for line in told["lines"]:
        say(_line(line, terminal))
    _notes(told, terminal)
    for fall in told["waterfalls"]:
        _fall(fall, terminal)


def _target(row: Record, terminal: Terminal) -> tuple[str, ...]:
    goals = list(dict.fromkeys(each["goal"] for each in row["values"] if each["value"] is not None))
    known = [each["value"] for each in row["values"] if each["value"] is not None]
    digits = decimals(goals[0] if goals and goals[0] is not None else max(map(abs, known), default=0.0))
    asked = goal_text(terminal.words, row["operator"], goals[0]) if len(goals) == 1 else "…" if goals else "–"
    beside = terminal if len(goals) > 1 else None
    cells = [_judged(each, digits, row["operator"], beside) for each in row["values"]]
    moved = [_signed(each["difference"], digits) for each in row["values"][1:]]
    unit = in_chinese(row["unit"]) or "–"
    return (row["label"], str(row["year"] or "–"), asked, *cells, *moved, unit, row["clause"])


def _judged(each: Record, digits: int, operator: str, terminal: Terminal | None) -> str:
    """Write a value with its verdict, and its goal where others have another."""
    if each["value"] is None:
        return "–"
    goal = f" ({goal_text(terminal.words, operator, each['goal'])})" if terminal else ""
    return f"{each['value']:,.{digits}f}{goal} {'✓' if each['met'] else '✗'}"


def _variable(row: Record, units: Mapping[str, str], terminal: Terminal) -> tuple[str, ...]:
    levels = [each["level"] for each in row["values"]]
    unit, factor = _shown(row, levels, units)
    shown = [None if level is None else factor * level for level in levels]
    digits = decimals(max((abs(each) for each in shown if each is not None), default=0.0))
    cells = ["–" if each is None else f"{each:,.{digits}f}" for each in shown]
    moved = [_moved(each, levels[0], factor, digits, unit) for each in row["values"][1:]]
    said = (
        terminal.word("index_of", base=row["base"]) if row["measure"] == "index" else in_chinese(unit) or "–"
    )
    return (row["label"], str(row["year"]), *cells, *moved, said)


def _shown(row: Record, levels: Sequence[float | None], units: Mapping[str, str]) -> tuple[str, float]:
    """Return the unit a variable is shown in: that of its target, else one that can be read."""
    asked = units.get(row["key"]) if row["measure"] == "level" else None
    if asked:
        return asked, convert(1.0, row["unit"], asked)
    return readable(row["unit"], max((abs(each) for each in levels if each is not None), default=0.0))


def _moved(each: Record, first: float | None, factor: float, digits: int, unit: str) -> str:
    """Write a difference, and what share of the first's level it is, but of percentages."""
    if each["difference"] is None:
        return "–"
    share = f" ({signed(100 * each['difference'] / first, 1)} %)" if first and unit != "%" else ""
    return signed(factor * each["difference"], digits) + share


def _signed(value: float | None, digits: int) -> str:
    return "–" if value is None else signed(value, digits)


def _line(line: Record, terminal: Terminal) -> str:
    low, high = line["bound"]
    digits = decimals(low if low is not None else high or 0.0)
    stands = [_stand(each, digits, terminal) for each in line["values"]]
    name = line["name_label"] if terminal.language is Language.zh else line["name"]
    about = {"line": name, "label": line["label"], "bound": bounds_text(low, high)}
    return terminal.word("compare_line", **about, stands=terminal.word("compare_and").join(stands))


def _stand(each: Record, digits: int, terminal: Terminal) -> str:
    if each["kept"] is None:
        return terminal.word("compare_unseen", scenario=each["scenario"])
    worst = "–" if each["worst"] is None else f"{each['worst']:,.{digits}f}"
    stand = terminal.word("satisfied" if each["kept"] else "violated")
    return terminal.word(
        "compare_stand", scenario=each["scenario"], worst=worst, year=each["year"], stand=stand
    )


def _notes(told: Record, terminal: Terminal) -> None:
    terminal.result("compare_reading", first=told["reference"])
    measures = {each["measure"] for each in told["variables"]}
    if "per" in measures:
        terminal.result("compare_per", per=told["per"])
    if "index" in measures and "per" not in measures:
        terminal.result("compare_index")


def _fall(fall: Record, terminal: Terminal) -> None:
    for outcome in fall["outcomes"]:
        say("")
        _outcome(fall, outcome, terminal)
    terminal.result("waterfall_reading", runs=fall["runs"])
    if fall["by_clause"]:
        terminal.result("waterfall_clauses")


def _outcome(fall: Record, outcome: Record, terminal: Terminal) -> None:
    change = outcome["after"] - outcome["before"]
    digits = _digits([*(each["share"] for each in outcome["levers"]), change])
    terminal.result(
        "waterfall_of",
        label=outcome["label"],
        year=outcome["year"] or "–",
        before=fall["before"],
        after=fall["after"],
        low=f"{outcome['before']:,.{digits}f}",
        high=f"{outcome['after']:,.{digits}f}",
        change=_change(change, digits, outcome["unit"], terminal),
    )
    levers = sorted(outcome["levers"], key=lambda each: -abs(each["share"]))
    total = (
        terminal.word("adds_all"),
        "",
        "",
        "",
        signed(sum(e["share"] for e in levers), digits),
        "",
        "",
        "",
    )
    terminal.table(LEVERS, [*(_lever(each, digits) for each in levers), total], NUMBERS)


def _change(change: float, digits: int, unit: str, terminal: Terminal) -> str:
    """Write a change with its unit; percentages change by points."""
    if unit == "%":
        return terminal.word("points", difference=signed(change, digits))
    return f"{signed(change, digits)} {in_chinese(unit)}".rstrip()


def _lever(each: Record, digits: int) -> tuple[str, ...]:
    ends = ["" if each[name] is None else f"{each[name]:,.6g}" for name in ("from", "to")]
    unit = in_chinese(each["unit"]) or ("" if each["from"] is None else "–")
    added = [signed(each[name], digits) for name in ("share", "alone", "last")]
    return (each["label"], *ends, unit, *added, each["clause"])


def _digits(values: Sequence[float]) -> int:
    """Return how many decimals show three figures of the largest."""
    largest = max(map(abs, values), default=0.0)
    return min(6, max(0, 2 - floor(log10(largest)))) if largest else 2
