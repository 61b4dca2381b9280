"""A report as content, made once: every format writes the same sentences, tables and pictures."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from simcounty.files.report_figures import pictures
from simcounty.presentation.formatting import MISSING
from simcounty.presentation.messages import Messages, chinese_number
from simcounty.presentation.report import annex_tables, chapters
from simcounty.presentation.report.blocks import Block, Column, Heading, Report, numbered, table
from simcounty.presentation.report.data import Told, Verdict


def content(told: Sequence[Told], words: Messages, date: datetime.date) -> Report:
    """Return the report of scenarios that were run."""
    one = len(told) == 1
    title = (
        words("report.report_of", title=told[0].scenario.title)
        if one
        else words("report.report_of_many", count=len(told))
    )
    made = told[0].run.attrs
    return Report(
        title=title,
        subtitle=words("report.subtitle", version=made["simcounty"], date=words.day(date)),
        blocks=tuple(numbered([*_body(told, words), *_annexes(told, words, date)])),
        told=tuple(told),
        words=words,
        date=date,
    )


def _body(told: Sequence[Told], words: Messages) -> Iterator[Block]:
    """Yield the chapters: of one scenario by themselves, of several under a heading for each."""
    if len(told) == 1:
        yield from _chapters(told[0], words, 1)
        return
    yield Heading(f"{words.ordinal(1)}{words('overview')}")
    yield from _overview(told, words)
    for place, each in enumerate(told, start=2):
        yield Heading(f"{words.ordinal(place)}{each.scenario.title}")
        yield from _chapters(each, words, 2)


def _chapters(told: Told, words: Messages, level: int) -> Iterator[Block]:
    yield Heading(f"{words.ordinal(1, level)}{words('setting')}", level)
    yield from chapters.setting(told, words)
    yield Heading(f"{words.ordinal(2, level)}{words('judgement')}", level)
    yield from chapters.judgement(told, words)
    yield Heading(f"{words.ordinal(3, level)}{words('trends')}", level)
    yield from chapters.trends(told, words)
    yield from pictures(told, words)


def _overview(told: Sequence[Told], words: Messages) -> list[Block]:
    columns = [
        Column("", 1.4),
        Column(words("scenario"), 4.6),
        Column(words("report.county"), 2.2),
        Column(words("report.met_of"), 1.6),
        Column(words("report.missed_names"), 6.2),
    ]
    rows = []
    for place, each in enumerate(told, start=1):
        missed = [verdict.target.label for verdict in each.verdicts if not verdict.met]
        met = words("report.met_of_told", met=len(each.verdicts) - len(missed), all=len(each.verdicts))
        names = words("report.list_mark").join(missed) or words("none")
        number = words("report.scenario_number", number=place)
        rows.append((number, each.scenario.title, each.scenario.county.title or MISSING, met, names))
    return [*table(words("report.caption_overview"), columns, rows), *_beside(told, words)]


def _beside(told: Sequence[Told], words: Messages) -> list[Block]:
    """Put the targets that several scenarios share beside each other."""
    found = [{verdict.target: verdict for verdict in each.verdicts} for each in told]
    shared = [
        target
        for target in dict.fromkeys(key for own in found for key in own)
        if sum(target in own for own in found) > 1
    ]
    columns = [
        Column(words("target"), 4.6),
        Column(words("unit"), 1.4),
        Column(words("goal"), 2.0, right=True),
    ]
    columns += [
        Column(words("report.scenario_number", number=place), 2.4, right=True)
        for place in range(1, len(told) + 1)
    ]
    rows = []
    for target in shared:
        own = [each.get(target) for each in found]
        one = next(verdict for verdict in own if verdict)
        cells = [MISSING if each is None else _told(each, words) for each in own]
        rows.append((target.label, chapters.style(one).unit or MISSING, chapters.goal(one, words), *cells))
    return table(words("report.caption_beside"), columns, rows, words("report.note_beside"))


def _told(verdict: Verdict, words: Messages) -> str:
    met = words("met" if verdict.met else "missed")
    return words("report.value_verdict", value=chapters.style(verdict).number(verdict.value), verdict=met)


def _annexes(told: Sequence[Told], words: Messages, date: datetime.date) -> Iterator[Block]:
    parts = {
        "annex_levers": annex_tables.levers(told, words),
        "annex_inputs": annex_tables.inputs(told, words),
        "annex_versions": annex_tables.versions(told, words, date),
    }
    for place, (name, blocks) in enumerate(parts.items(), start=1):
        number = words("report.annex", number=chinese_number(place) if words.is_chinese else place)
        gap = "　" if words.is_chinese else " "
        yield Heading(f"{number}{gap}{words(f'report.{name}')}", annex=place == 1)
        yield from blocks
