"""The chapters of a scenario: what was run, how its targets came out, where its indicators go."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from simcounty.presentation.formatting import MISSING, Style, plain, style_of
from simcounty.presentation.report import annex
from simcounty.presentation.report.annex import NumberFact
from simcounty.presentation.report.blocks import Block, Column, Text, table
from simcounty.presentation.report.data import Stand, Told, Verdict
from simcounty.presentation.report_words import Words
from simcounty.units import in_chinese

if TYPE_CHECKING:
    from simcounty.model.graph import Constant

SIGNS = {">=": "≥", "<=": "≤", "~": "≈", "between": ""}
NARROW = 0.01  # of the goal: a margin below this is one with almost nothing to spare


def setting(told: Told, words: Words) -> list[Block]:
    """Say what was run, and what the verdicts rest on."""
    scenario, span = (
        told.scenario,
        {"start": f"{told.scenario.years.start:g}", "end": f"{told.scenario.years.end:g}"},
    )
    place = scenario.county.title or words("nowhere")
    opening = "opening" if told.compared else "opening_alone"
    rows = [
        (
            words("place"),
            " ".join(filter(None, (scenario.county.province, scenario.county.prefecture, place))),
        ),
        (words("documents"), _documents(told, words)),
        (words("years"), words("years_told", **span)),
        (words("levers"), _levers(told, words)),
        (words("targets"), _targets(told, words)),
        (words("county_inputs"), _counted(annex.inputs(scenario), words)),
        (words("model_numbers"), _counted(annex.parameters(scenario), words)),
    ]
    columns = [Column(words("item"), 3), Column(words("content"), 13)]
    caption = words("caption_setting", title=scenario.title)
    return [
        Text(words(opening, county=place, title=scenario.title, **span)),
        *table(caption, columns, rows, words("note_setting")),
        *_assumed(told, words),
    ]


def _documents(told: Told, words: Words) -> str:
    each = [
        words(
            "document",
            title=policy.title,
            document=policy.document,
            status=policy.status,
            issued=policy.issued,
        )
        for policy in told.scenario.policies
    ]
    return words("list_mark").join(each) or words("none")


def _levers(told: Told, words: Words) -> str:
    found = Counter(each.origin for each in annex.levers(told.scenario))
    counts = {name: found[name] for name in ("clause", "solved", "chosen")}
    return words("levers_told", all=sum(counts.values()), **counts) if found else words("none")


def _targets(told: Told, words: Words) -> str:
    judged, board = len(told.verdicts), len(told.scenario.all_targets)
    return words("targets_told", all=board, judged=judged, others=board - judged) if board else words("none")


def _counted(numbers: Iterable[NumberFact], words: Words) -> str:
    found: Counter[str] = Counter()
    for each in numbers:
        found[each.basis] += len(each.values)
    counts = {name: found[name] for name in ("source", "imputed", "assumption")}
    return words("numbers_told", all=sum(counts.values()), **counts)


def _assumed(told: Told, words: Words) -> list[Block]:
    """Name the assumptions no verdict should be read without."""
    constants = told.scenario.model.constants
    each = []
    for verdict in told.verdicts:
        named = [f"{constants[key].label} {_constant(constants[key])}" for key in verdict.target.assumes]
        if named:
            assumptions = words("comma").join(named)
            each.append(words("assumes_one", target=verdict.target.label, assumptions=assumptions))
    return [Text(words("assumes", each=words("list_mark").join(each)))] if each else []


def _constant(constant: Constant) -> str:
    how = style_of(constant.unit, constant.label, [constant.value])
    return f"{how.factor * constant.value:g}{how.unit}"


def judgement(told: Told, words: Words) -> list[Block]:
    """Say which targets are met, by how much, and whether bills are paid."""
    if not told.verdicts:
        return [Text(words("no_targets")), *_lines(told, words)]
    return [
        Text(("" if words.chinese else " ").join(_sentences(told, words))),
        *_lines(told, words),
        *_board(told, words),
    ]


def _sentences(told: Told, words: Words) -> list[str]:
    verdicts = told.verdicts
    missed = [each for each in verdicts if not each.met]
    narrow = [each for each in verdicts if _is_narrow(each)]
    counts = {"all": len(verdicts), "met": len(verdicts) - len(missed), "missed": len(missed)}
    without = sum(each.met and each.met_without for each in verdicts)
    said = [
        words("tally", **counts, without=without)
        if without and told.compared
        else words("tally_alone", **counts)
    ]
    if missed:
        said.append(words("missed", each=words("list_mark").join(_missed(each, words) for each in missed)))
    if narrow:
        each = words("list_mark").join(
            words("narrow_one", target=one.target.label, value=amount(one), goal=goal(one, words, unit=True))
            for one in narrow
        )
        said.append(words("narrow", share=f"{NARROW:.0%}", each=each))
    return said


def _is_narrow(each: Verdict) -> bool:
    """Tell whether a goal that leaves room on its met side is met with next to none."""
    open_ended = each.target.operator in (">=", ">", "<=", "<")
    return each.met and open_ended and abs(each.margin) < NARROW * abs(each.target.goal)


def _missed(each: Verdict, words: Words) -> str:
    year = words("by_year", year=each.target.year) if each.target.year else words("at_end")
    how = style(each)
    return words(
        "missed_one",
        target=each.target.label,
        year=year,
        value=amount(each),
        goal=goal(each, words, unit=True),
        gap=f"{plain(abs(each.margin), how.digits)}{how.unit_of_change}",
        clause=f"{each.target.document}{each.target.clause}" if words.chinese else each.target.clause,
    )


def style(each: Verdict) -> Style:
    """Return how a target's numbers, which are in its own unit, are written."""
    scale = each.target.goal if math.isfinite(each.target.goal) else each.value
    found = style_of(each.target.unit, each.target.label, [scale], each.target.unit)
    return Style(found.unit, 1.0, found.digits)


def amount(each: Verdict) -> str:
    """Write a target's value with its unit."""
    return style(each).amount(each.value)


def goal(each: Verdict, words: Words, unit: bool = False) -> str:
    """Write what a target asks.

    Its sign and its number or range, such as `≥ 600` or `15 – 20`.
    """
    target = each.target
    if target.operator == "decreasing":
        return words("decreasing")
    sign = SIGNS.get(target.operator, target.operator)
    number = f"{target.goal:.6g}" + ("" if target.up_to is None else f" – {target.up_to:.6g}")
    return f"{sign} {number}{in_chinese(target.unit) if unit else ''}".strip()


def _lines(told: Told, words: Words) -> list[Block]:
    if not told.stands:
        return []
    each = words("list_mark").join(_line(stand, told, words) for stand in told.stands)
    return [Text(words("lines", each=each))]


def _line(stand: Stand, told: Told, words: Words) -> str:
    predicate = stand.line.predicate
    key = stand.plan.key if stand.plan else predicate.keys[0]
    low, high = predicate.band.low, predicate.band.high
    ends = [f"{sign} {end:g}" for sign, end in (("≥", low), ("≤", high)) if math.isfinite(end)]
    bound = words("comma").join(ends)
    digits = max((len(end.partition(".")[2]) for end in ends), default=1)
    label = told.scenario.model.graph.elements[key].label
    if stand.plan is None or stand.baseline is None:
        return words("line_unseen", label=label, bound=bound)
    unit = in_chinese(predicate.unit)
    return words(
        "line_one",
        label=label,
        bound=f"{bound}{unit}",
        year=stand.plan.year,
        value=f"{plain(stand.plan.value, digits)}{unit}",
        stand=words("kept" if stand.plan.kept else "broken"),
        baseline=words("kept" if stand.baseline.kept else "broken"),
    )


def _board(told: Told, words: Words) -> list[Block]:
    rows = [verdict_row(each, told.compared, words) for each in told.verdicts]
    note = words("note_board", source=source(told, words))
    return table(words("caption_board"), verdict_columns(told.compared, words), rows, note)


def verdict_columns(compared: bool, words: Words) -> list[Column]:
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


def verdict_row(each: Verdict, compared: bool, words: Words) -> Sequence[str]:
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
        words("met" if each.met else "not_met"),
        each.target.clause,
    )


def trends(told: Told, words: Words) -> list[Block]:
    """Give the headline variables in the years that matter: the first, that of the targets, the last."""
    first, last = (int(told.yearly.time.values[place]) for place in (0, -1))
    asked = [
        each.target.year for each in told.verdicts if each.target.year and first < each.target.year < last
    ]
    years = [*([max(asked)] if asked else []), last]
    columns = [Column(words("indicator"), 3.6), Column(words("unit"), 1.4)]
    columns.append(Column(words("year_of", year=first), 1.6, right=True))
    for year in years:
        names = ("year_baseline", "year_plan", "year_difference") if told.compared else ("year_of",)
        columns += [Column(words(name, year=year), 1.6, right=True) for name in names]
    rows = [_trend(told, key, first, years) for key in told.headline]
    totals = words("comma").join(told.label(key) for key in told.headline if told.is_total(key))
    said = words("totals", names=totals) if totals else ""
    note = words("note_trends", totals=said, source=source(told, words))
    return table(words("caption_trends", first=first, last=last), columns, rows, note)


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


def source(told: Told, words: Words) -> str:
    """Say what numbers were made from."""
    made = told.run.attrs
    return words(
        "source",
        version=made["simcounty"],
        model=made["model"],
        hash=made["model_hash"][:8],
        scenario=told.scenario.name,
    )
