"""The annexes: every lever setting, every number with what it rests on, every file with its hash."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from simcounty.presentation.formatting import MISSING, exact
from simcounty.presentation.messages import Messages
from simcounty.presentation.report import annex
from simcounty.presentation.report.annex import FileFact, LeverFact, NumberFact
from simcounty.presentation.report.blocks import Block, Column, Text, table
from simcounty.presentation.report.data import Told
from simcounty.units import in_chinese


def levers(told: Sequence[Told], words: Messages) -> list[Block]:
    """List the settings of every scenario's levers."""
    columns = [
        Column(words("lever"), 3.0),
        Column(words("unit"), 1.5),
        Column(words("report.default"), 1.5, right=True),
        Column(words("report.path"), 3.2),
        Column(words("report.range"), 1.9),
        Column(words("report.origin"), 1.7),
        Column(words("clause"), 4.9),
        Column(words("report.reason"), 7.2),
    ]
    blocks: list[Block] = []
    for each in told:
        rows = [_lever(fact, words) for fact in annex.levers(each.scenario)]
        caption = words("report.caption_levers", title=each.scenario.title)
        blocks += table(caption, columns, rows, words("report.note_levers"))
    return blocks or [Text(words("report.no_levers"))]


def _lever(fact: LeverFact, words: Messages) -> Sequence[str]:
    points = [words("report.point", date=date, value=exact(value)) for date, value in fact.path]
    low, high = (MISSING if end is None else exact(end) for end in (fact.low, fact.high))
    return (
        fact.label,
        in_chinese(fact.unit) or MISSING,
        exact(fact.default),
        "\n".join(points),
        f"{low} ~ {high}",
        words(f"report.{fact.origin}_origin"),
        fact.clause or MISSING,
        fact.reason,
    )


def inputs(told: Sequence[Told], words: Messages) -> list[Block]:
    """List what the counties and the models are given, each number with what it rests on."""
    blocks: list[Block] = []
    counties = {(each.scenario.county.path, str(each.scenario.constants)): each.scenario for each in told}
    for scenario in counties.values():
        caption = words("report.caption_inputs", county=scenario.county.title or scenario.name)
        blocks += _numbers(caption, annex.inputs(scenario), words)
    models = {each.scenario.model.hash: each.scenario.model for each in told}
    for name, model in models.items():
        own = (
            fact
            for each in told
            if each.scenario.model.hash == name
            for fact in annex.parameters(each.scenario)
        )
        blocks += _numbers(
            words("report.caption_parameters", model=model.path.name), dict.fromkeys(own), words
        )
    return blocks


def _numbers(caption: str, numbers: Iterable[NumberFact], words: Messages) -> list[Block]:
    found = list(numbers)
    dated = any(each.year for each in found)
    columns = [
        Column(words("report.number"), 5.0),
        Column(words("report.value"), 4.0),
        Column(words("unit"), 2.2),
        *([Column(words("report.of_year"), 1.2)] if dated else []),
        Column(words("report.basis"), 11.6),
    ]
    rows = [_number(each, dated, words) for each in found]
    return table(caption, columns, rows, words("report.note_inputs"))


def _number(fact: NumberFact, dated: bool, words: Messages) -> Sequence[str]:
    numbers = [value for _, value in fact.values]
    named = fact.values[0][0]
    alone = len(numbers) == 1
    value = exact(numbers[0])
    if not alone:
        value = words("report.many", count=len(numbers), low=exact(min(numbers)), high=exact(max(numbers)))
    reason = f"：{fact.reason}" if words.is_chinese else f": {fact.reason}"
    return (
        f"{fact.label}（{named}）" if alone and named else fact.label,
        value,
        in_chinese(fact.unit) or MISSING,
        *([str(fact.year or MISSING)] if dated else []),
        words(f"report.{fact.basis}_basis") + (reason if fact.reason else ""),
    )


def versions(told: Sequence[Told], words: Messages, date: datetime.date) -> list[Block]:
    """List the files the runs were made from, with their hashes, and how they were computed."""
    columns = [
        Column(words("report.role"), 2.2),
        Column(words("file"), 4.2),
        Column(words("report.sha256"), 9.6),
    ]
    files: dict[FileFact, None] = dict.fromkeys(fact for each in told for fact in annex.files(each.scenario))
    rows = [(words(f"report.role_{fact.role}"), fact.name, fact.sha256) for fact in files]
    made = told[0].run.attrs
    note = words(
        "report.note_versions",
        backend=made["backend"],
        integrator=made["integrator"],
        step=made["time_step"],
        version=made["simcounty"],
        date=words.day(date),
    )
    return table(words("report.caption_versions"), columns, rows, note)
