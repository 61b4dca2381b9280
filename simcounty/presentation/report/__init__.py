"""The content of a report, made once for every format."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence

from simcounty.errors import InputError
from simcounty.language import said
from simcounty.presentation.formatting import MISSING, goal_text
from simcounty.presentation.messages import Messages, chinese_number
from simcounty.presentation.records import Record
from simcounty.presentation.report import annexes, chapters
from simcounty.presentation.report.blocks import (
    Block,
    Picture,
    Report,
    SectionHeading,
    captioned,
    numbered,
)
from simcounty.presentation.report.facts import ReportedScenario
from simcounty.presentation.tables import Column, Table, table_of
from simcounty.presentation.verdicts import record_format

Pictures = Callable[[ReportedScenario, Messages], Iterable[Picture]]
"""Returns the figures of a scenario."""
OVERVIEW_WIDTHS = {"scenario": 4.6, "report.county": 2.2, "report.met_of": 1.6, "report.missed_names": 6.2}


def content(
    scenarios: Sequence[ReportedScenario], words: Messages, date: datetime.date, pictures: Pictures
) -> Report:
    """Return the report of assessed scenarios; raise InputError for models in different units of time."""
    first, count = scenarios[0], len(scenarios)
    words = words.counting(_time_unit(scenarios))
    title = words("report.report_of", title=first.scenario.title)
    return Report(
        title=title if count == 1 else words("report.report_of_many", count=count),
        subtitle=words("report.subtitle", version=first.run.attrs["simcounty"], date=words.day(date)),
        blocks=tuple(numbered([*_body(scenarios, words, pictures), *_annexes(scenarios, words, date)])),
        scenarios=tuple(scenarios),
        words=words,
        date=date,
    )


def _time_unit(scenarios: Sequence[ReportedScenario]) -> str:
    units = {str(each.record["time_unit"]): each.scenario.name for each in scenarios}
    if len(units) > 1:
        each = said("listed").join(f"{name} ({unit})" for unit, name in units.items())
        raise InputError(said("report.units", each=each))
    return next(iter(units))


def _body(scenarios: Sequence[ReportedScenario], words: Messages, pictures: Pictures) -> Iterator[Block]:
    """Yield the chapters: of one scenario by themselves, of several under a heading for each."""
    if len(scenarios) == 1:
        yield from _chapters(scenarios[0], words, 1, pictures)
        return
    yield SectionHeading(f"{words.ordinal(1)}{words('report.overview')}")
    yield from _overview(scenarios, words)
    yield from _shared_targets(scenarios, words)
    for place, each in enumerate(scenarios, start=2):
        yield SectionHeading(f"{words.ordinal(place)}{each.scenario.title}")
        yield from _chapters(each, words, 2, pictures)


def _chapters(reported: ReportedScenario, words: Messages, level: int, pictures: Pictures) -> Iterator[Block]:
    parts = {
        "setting": chapters.setting(reported, words),
        "judgement": chapters.judgement(reported, words),
        "trends": chapters.trends(reported, words),
    }
    for place, (name, blocks) in enumerate(parts.items(), start=1):
        yield SectionHeading(f"{words.ordinal(place, level)}{words(f'report.{name}')}", level)
        yield from blocks
    yield from pictures(reported, words)


def _overview(scenarios: Sequence[ReportedScenario], words: Messages) -> list[Block]:
    """Return a table of the scenarios, with how many targets each meets and which it misses."""
    rows = []
    for number, each in zip(_numbers(scenarios, words), scenarios, strict=True):
        missed = [target["label"] for target in each.targets if not target["met"]]
        met = words("report.met_counts", met=len(each.targets) - len(missed), all=len(each.targets))
        county = each.scenario.county.title or MISSING
        names = chapters.listed(missed, words) or words("none")
        rows.append((number, each.scenario.title, county, met, names))
    table = table_of(words, ["", *OVERVIEW_WIDTHS], rows, widths={"": 1.4, **OVERVIEW_WIDTHS})
    return captioned(table, words("report.caption_overview"))


def _numbers(scenarios: Sequence[ReportedScenario], words: Messages) -> list[str]:
    return [words("report.scenario_number", number=place) for place in range(1, len(scenarios) + 1)]


def _shared_targets(scenarios: Sequence[ReportedScenario], words: Messages) -> list[Block]:
    """Return a table of the targets that several scenarios share, with the value of each scenario."""
    found = [dict(zip(each.scenario.targets, each.targets, strict=True)) for each in scenarios]
    targets = dict.fromkeys(target for own in found for target in own)
    rows = []
    for target in targets:
        own = [each.get(target) for each in found]
        first, *others = [each for each in own if each is not None]
        if others:
            goal = goal_text(words, target.operator, first["goal"], target.up_to)
            unit = record_format(first).unit or MISSING
            rows.append((target.label, unit, goal, *(_outcome(each, words) for each in own)))
    columns = (
        Column(words.heading("target"), width=4.6),
        Column(words.heading("unit"), width=1.4),
        Column(words.heading("goal"), right=True, width=2.0),
        *(Column(number, right=True, width=2.4) for number in _numbers(scenarios, words)),
    )
    return captioned(
        Table(columns, tuple(rows)),
        words("report.caption_shared_targets"),
        words("report.note_shared_targets"),
    )


def _outcome(target: Record | None, words: Messages) -> str:
    if target is None:
        return MISSING
    met = words("met" if target["met"] else "missed")
    return words("report.value_verdict", value=record_format(target).number(target["value"]), verdict=met)


def _annexes(scenarios: Sequence[ReportedScenario], words: Messages, date: datetime.date) -> Iterator[Block]:
    parts = {
        "annex_levers": annexes.lever_tables(scenarios, words),
        "annex_inputs": annexes.number_tables(scenarios, words),
        "annex_versions": annexes.file_table(scenarios, words, date),
    }
    for place, (name, blocks) in enumerate(parts.items(), start=1):
        number = words("report.annex", number=chinese_number(place) if words.is_chinese else place)
        space = "　" if words.is_chinese else " "
        yield SectionHeading(f"{number}{space}{words(f'report.{name}')}", annexes=place == 1)
        yield from blocks
