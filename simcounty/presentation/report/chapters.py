"""The chapters of a scenario: what was run, how its targets came out, where its indicators go."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from simcounty.presentation.formatting import MISSING, NumberFormat, format_of, plain
from simcounty.presentation.messages import Messages
from simcounty.presentation.report import annex
from simcounty.presentation.report.annex import NumberFact
from simcounty.presentation.report.blocks import Block, Column, Text, table
from simcounty.presentation.report.data import Stand, Told, Verdict
from simcounty.units import in_chinese

if TYPE_CHECKING:
    from simcounty.model.graph import Constant

SIGNS = {">=": "≥", "<=": "≤", "~": "≈", "between": ""}
NARROW = 0.01  # of the goal: a margin below this is one with almost nothing to spare


def setting(told: Told, words: Messages) -> list[Block]:
    """Say what was run, and what the verdicts rest on."""
    scenario, span = (
        told.scenario,
        {"start": f"{told.scenario.years.start:g}", "end": f"{told.scenario.years.end:g}"},
    )
    place = scenario.county.title or words("report.nowhere")
    opening = "opening" if told.compared else "opening_alone"
    rows = [
        (
            words("report.place"),
            " ".join(filter(None, (scenario.county.province, scenario.county.prefecture, place))),
        ),
        (words("report.documents"), _documents(told, words)),
        (words("report.years"), words("report.years_told", **span)),
        (words("report.levers"), _levers(told, words)),
        (words("report.targets"), _targets(told, words)),
        (words("report.county_inputs"), _counted(annex.inputs(scenario), words)),
        (words("report.model_numbers"), _counted(annex.parameters(scenario), words)),
    ]
    columns = [Column(words("report.item"), 3), Column(words("report.content"), 13)]
    caption = words("report.caption_setting", title=scenario.title)
    return [
        Text(words(f"report.{opening}", county=place, title=scenario.title, **span)),
        *table(caption, columns, rows, words("report.note_setting")),
        *_assumed(told, words),
    ]


def _documents(told: Told, words: Messages) -> str:
    each = [
        words(
            "report.document",
            title=policy.title,
            document=policy.document,
            status=policy.status,
            issued=policy.issued,
        )
        for policy in told.scenario.policies
    ]
    return words("report.list_mark").join(each) or words("none")


def _levers(told: Told, words: Messages) -> str:
    found = Counter(each.origin for each in annex.levers(told.scenario))
    counts = {name: found[name] for name in ("clause", "solved", "chosen")}
    return words("report.levers_told", all=sum(counts.values()), **counts) if found else words("none")


def _targets(told: Told, words: Messages) -> str:
    judged, count = len(told.verdicts), len(told.scenario.all_targets)
    counts = {"all": count, "judged": judged, "others": count - judged}
    return words("report.targets_told", **counts) if count else words("none")


def _counted(numbers: Iterable[NumberFact], words: Messages) -> str:
    found: Counter[str] = Counter()
    for each in numbers:
        found[each.basis] += len(each.values)
    counts = {name: found[name] for name in ("source", "imputed", "assumption")}
    return words("report.numbers_told", all=sum(counts.values()), **counts)


def _assumed(told: Told, words: Messages) -> list[Block]:
    """Name the assumptions no verdict should be read without."""
    constants = told.scenario.model.constants
    each = []
    for verdict in told.verdicts:
        named = [f"{constants[key].label} {_constant(constants[key])}" for key in verdict.target.assumes]
        if named:
            assumptions = words("report.comma").join(named)
            each.append(words("report.assumes_one", target=verdict.target.label, assumptions=assumptions))
    return [Text(words("report.assumes", each=words("report.list_mark").join(each)))] if each else []


def _constant(constant: Constant) -> str:
    how = format_of(constant.unit, constant.label, [constant.value])
    return f"{how.factor * constant.value:g}{how.unit}"


def judgement(told: Told, words: Messages) -> list[Block]:
    """Say which targets are met, by how much, and whether bills are paid."""
    if not told.verdicts:
        return [Text(words("report.no_targets")), *_lines(told, words)]
    return [
        Text(("" if words.is_chinese else " ").join(_sentences(told, words))),
        *_lines(told, words),
        *_board(told, words),
    ]


def _sentences(told: Told, words: Messages) -> list[str]:
    verdicts = told.verdicts
    missed = [each for each in verdicts if not each.met]
    narrow = [each for each in verdicts if _is_narrow(each)]
    counts = {"all": len(verdicts), "met": len(verdicts) - len(missed), "missed": len(missed)}
    without = sum(each.met and each.met_without for each in verdicts)
    said = [
        words("report.tally", **counts, without=without)
        if without and told.compared
        else words("report.tally_alone", **counts)
    ]
    if missed:
        said.append(
            words(
                "report.missed", each=words("report.list_mark").join(_missed(each, words) for each in missed)
            )
        )
    if narrow:
        each = words("report.list_mark").join(
            words(
                "report.narrow_one",
                target=one.target.label,
                value=amount(one),
                goal=goal(one, words, unit=True),
            )
            for one in narrow
        )
        said.append(words("report.narrow", share=f"{NARROW:.0%}", each=each))
    return said


def _is_narrow(each: Verdict) -> bool:
    """Tell whether a goal that leaves room on its met side is met with next to none."""
    open_ended = each.target.operator in (">=", ">", "<=", "<")
    return each.met and open_ended and abs(each.margin) < NARROW * abs(each.target.goal)


def _missed(each: Verdict, words: Messages) -> str:
    year = words("report.by_year", year=each.target.year) if each.target.year else words("report.at_end")
    how = style(each)
    return words(
        "report.missed_one",
        target=each.target.label,
        year=year,
        value=amount(each),
        goal=goal(each, words, unit=True),
        gap=f"{plain(abs(each.margin), how.digits)}{how.unit_of_change}",
        clause=f"{each.target.document}{each.target.clause}" if words.is_chinese else each.target.clause,
    )


def style(each: Verdict) -> NumberFormat:
    """Return how a target's numbers, which are in its own unit, are written."""
    scale = each.target.goal if math.isfinite(each.target.goal) else each.value
    found = format_of(each.target.unit, each.target.label, [scale], each.target.unit)
    return NumberFormat(found.unit, 1.0, found.digits)


def amount(each: Verdict) -> str:
    """Write a target's value with its unit."""
    return style(each).amount(each.value)


def goal(each: Verdict, words: Messages, unit: bool = False) -> str:
    """Write what a target asks.

    Its sign and its number or range, such as `≥ 600` or `15 – 20`.
    """
    target = each.target
    if target.operator == "decreasing":
        return words("decreasing")
    sign = SIGNS.get(target.operator, target.operator)
    number = f"{target.goal:.6g}" + ("" if target.up_to is None else f" – {target.up_to:.6g}")
    return f"{sign} {number}{in_chinese(target.unit) if unit else ''}".strip()


def _lines(told: Told, words: Messages) -> list[Block]:
    if not told.stands:
        return []
    each = words("report.list_mark").join(_line(stand, told, words) for stand in told.stands)
    return [Text(words("report.lines", each=each))]


def _line(stand: Stand, told: Told, words: Messages) -> str:
    predicate = stand.constraint.predicate
    key = stand.plan.key if stand.plan else predicate.keys[0]
    low, high = predicate.band.low, predicate.band.high
    ends = [f"{sign} {end:g}" for sign, end in (("≥", low), ("≤", high)) if math.isfinite(end)]
    bound = words("report.comma").join(ends)
    digits = max((len(end.partition(".")[2]) for end in ends), default=1)
    label = told.scenario.model.graph.elements[key].label
    if stand.plan is None or stand.baseline is None:
        return words("report.line_unseen", label=label, bound=bound)
    unit = in_chinese(predicate.unit)
    return words(
        "report.line_one",
        label=label,
        bound=f"{bound}{unit}",
        year=stand.plan.year,
        value=f"{plain(stand.plan.value, digits)}{unit}",
        stand=words("report.kept" if stand.plan.satisfied else "report.broken"),
        baseline=words("report.kept" if stand.baseline.satisfied else "report.broken"),
    )


def _board(told: Told, words: Messages) -> list[Block]:
    rows = [verdict_row(each, told.compared, words) for each in told.verdicts]
    note = words("report.note_board", source=source(told, words))
    return table(words("report.caption_board"), verdict_columns(told.compared, words), rows, note)


def verdict_columns(compared: bool, words: Messages) -> list[Column]:
    """Return the columns of a table of verdicts."""
    return [
        Column(words("target"), 4.2),
        Column(words("year"), 1.1),
        Column(words("unit"), 1.1),
        *([Column(words("baseline"), 1.4, right=True)] if compared else []),
        Column(words("plan"), 1.4, right=True),
        Column(words("goal"), 1.7, right=True),
        Column(words("margin"), 1.4, right=True),
        Column(words("verdict"), 1.4),
        Column(words("clause"), 1.9),
    ]


def verdict_row(each: Verdict, compared: bool, words: Messages) -> Sequence[str]:
    """Write a verdict as a row of these columns."""
    how = style(each)
    return (
        each.target.label,
        str(each.target.year or MISSING),
        how.unit or MISSING,
        *([how.number(each.baseline)] if compared else []),
        how.number(each.value),
        goal(each, words),
        how.change(each.margin),
        words("met" if each.met else "missed"),
        each.target.clause,
    )


def trends(told: Told, words: Messages) -> list[Block]:
    """Give the headline variables in the years that matter: the first, that of the targets, the last."""
    first, last = (int(told.yearly.time.values[place]) for place in (0, -1))
    asked = [
        each.target.year for each in told.verdicts if each.target.year and first < each.target.year < last
    ]
    years = [*([max(asked)] if asked else []), last]
    columns = [Column(words("report.indicator"), 3.6), Column(words("unit"), 1.4)]
    columns.append(Column(words("report.year_of", year=first), 1.6, right=True))
    for year in years:
        names = ("year_baseline", "year_plan", "year_difference") if told.compared else ("year_of",)
        columns += [Column(words(f"report.{name}", year=year), 1.6, right=True) for name in names]
    rows = [_trend(told, key, first, years) for key in told.headline]
    totals = words("report.comma").join(told.label(key) for key in told.headline if told.is_total(key))
    said = words("report.totals", names=totals) if totals else ""
    note = words("report.note_trends", totals=said, source=source(told, words))
    return table(words("report.caption_trends", first=first, last=last), columns, rows, note)


def _trend(told: Told, key: str, first: int, years: Iterable[int]) -> Sequence[str]:
    how = told.style(key)
    cells = [told.label(key), how.unit or MISSING, how.number(told.at(key, first))]
    for year in years:
        plan = told.at(key, year)
        if told.compared:
            without = told.at(key, year, 0)
            cells += [how.number(without), how.number(plan), how.change(plan - without)]
        else:
            cells.append(how.number(plan))
    return cells


def source(told: Told, words: Messages) -> str:
    """Say what numbers were made from."""
    made = told.run.attrs
    return words(
        "report.source",
        version=made["simcounty"],
        model=made["model"],
        hash=made["model_hash"][:8],
        scenario=told.scenario.name,
    )
