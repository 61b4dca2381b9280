"""Comparisons and waterfalls as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any

from simcounty.presentation import lines
from simcounty.presentation.messages import Language
from simcounty.presentation.printing import Voice, decimals, say
from simcounty.presentation.verdicts import asked_of, signed
from simcounty.units import convert, in_chinese, readable

Record = Mapping[str, Any]

LEVERS = ("lever", "from", "to", "unit", "adds", "adds_first", "adds_last", "clause")
NUMBERS = ("from", "to", "adds", "adds_first", "adds_last")


def tell(told: Record, voice: Voice) -> None:
    """Print a comparison: targets, variables, lines, and the waterfalls that were asked for."""
    names = [each["name"] for each in told["scenarios"]]
    values, deltas = tuple(names), tuple(f"Δ {name}" for name in names[1:])
    if told["targets"]:
        columns = ("target", "year", "goal", *values, *deltas, "unit", "clause")
        voice.table(columns, [_target(each, voice) for each in told["targets"]], (*values, *deltas, "goal"))
        say("")
    if told["variables"]:
        units = {each["variable"]: each["unit"] for each in told["targets"]}
        columns = ("variable", "year", *values, *deltas, "unit")
        voice.table(
            columns, [_variable(each, units, voice) for each in told["variables"]], (*values, *deltas)
        )
        say("")
    for line in told["lines"]:
        say(_line(line, voice))
    _notes(told, voice)
    for fall in told["waterfalls"]:
        _fall(fall, voice)


def _target(row: Record, voice: Voice) -> tuple[str, ...]:
    goals = list(dict.fromkeys(each["goal"] for each in row["values"] if each["value"] is not None))
    known = [each["value"] for each in row["values"] if each["value"] is not None]
    digits = decimals(goals[0] if goals and goals[0] is not None else max(map(abs, known), default=0.0))
    asked = asked_of(row["operator"], goals[0], voice) if len(goals) == 1 else "…" if goals else "–"
    beside = voice if len(goals) > 1 else None
    cells = [_judged(each, digits, row["operator"], beside) for each in row["values"]]
    moved = [_signed(each["difference"], digits) for each in row["values"][1:]]
    unit = in_chinese(row["unit"]) or "–"
    return (row["label"], str(row["year"] or "–"), asked, *cells, *moved, unit, row["clause"])


def _judged(each: Record, digits: int, operator: str, voice: Voice | None) -> str:
    """Write a value with its verdict, and its goal where others have another."""
    if each["value"] is None:
        return "–"
    goal = f" ({asked_of(operator, each['goal'], voice)})" if voice else ""
    return f"{each['value']:,.{digits}f}{goal} {'✓' if each['met'] else '✗'}"


def _variable(row: Record, units: Mapping[str, str], voice: Voice) -> tuple[str, ...]:
    levels = [each["level"] for each in row["values"]]
    unit, factor = _shown(row, levels, units)
    shown = [None if level is None else factor * level for level in levels]
    digits = decimals(max((abs(each) for each in shown if each is not None), default=0.0))
    cells = ["–" if each is None else f"{each:,.{digits}f}" for each in shown]
    moved = [_moved(each, levels[0], factor, digits, unit) for each in row["values"][1:]]
    said = voice.word("index_of", base=row["base"]) if row["measure"] == "index" else in_chinese(unit) or "–"
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


def _line(line: Record, voice: Voice) -> str:
    low, high = line["bound"]
    digits = decimals(low if low is not None else high or 0.0)
    stands = [_stand(each, digits, voice) for each in line["values"]]
    name = line["name_label"] if voice.language is Language.zh else line["name"]
    about = {"line": name, "label": line["label"], "bound": lines.bound(low, high)}
    return voice.word("compare_line", **about, stands=voice.word("compare_and").join(stands))


def _stand(each: Record, digits: int, voice: Voice) -> str:
    if each["kept"] is None:
        return voice.word("compare_unseen", scenario=each["scenario"])
    worst = "–" if each["worst"] is None else f"{each['worst']:,.{digits}f}"
    stand = voice.word("line_kept" if each["kept"] else "line_broken")
    return voice.word("compare_stand", scenario=each["scenario"], worst=worst, year=each["year"], stand=stand)


def _notes(told: Record, voice: Voice) -> None:
    voice.result("compare_reading", first=told["reference"])
    measures = {each["measure"] for each in told["variables"]}
    if "per" in measures:
        voice.result("compare_per", per=told["per"])
    if "index" in measures and "per" not in measures:
        voice.result("compare_index")


def _fall(fall: Record, voice: Voice) -> None:
    for outcome in fall["outcomes"]:
        say("")
        _outcome(fall, outcome, voice)
    voice.result("waterfall_reading", runs=fall["runs"])
    if fall["by_clause"]:
        voice.result("waterfall_clauses")


def _outcome(fall: Record, outcome: Record, voice: Voice) -> None:
    change = outcome["after"] - outcome["before"]
    digits = _digits([*(each["share"] for each in outcome["levers"]), change])
    voice.result(
        "waterfall_of",
        label=outcome["label"],
        year=outcome["year"] or "–",
        before=fall["before"],
        after=fall["after"],
        low=f"{outcome['before']:,.{digits}f}",
        high=f"{outcome['after']:,.{digits}f}",
        change=_change(change, digits, outcome["unit"], voice),
    )
    levers = sorted(outcome["levers"], key=lambda each: -abs(each["share"]))
    total = (voice.word("adds_all"), "", "", "", signed(sum(e["share"] for e in levers), digits), "", "", "")
    voice.table(LEVERS, [*(_lever(each, digits) for each in levers), total], NUMBERS)


def _change(change: float, digits: int, unit: str, voice: Voice) -> str:
    """Write a change with its unit; percentages change by points."""
    if unit == "%":
        return voice.word("points", difference=signed(change, digits))
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
