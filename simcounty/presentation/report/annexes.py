"""The tables of the annexes: every lever setting, every number with its basis, every file with its hash."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from simcounty.presentation.formatting import MISSING, bounds_text, exact, year_text
from simcounty.presentation.messages import Messages
from simcounty.presentation.report import facts
from simcounty.presentation.report.blocks import Block, Text, captioned
from simcounty.presentation.report.facts import LeverFact, NumberFact, ReportedScenario
from simcounty.presentation.tables import table_of
from simcounty.units import in_chinese

LEVER_WIDTHS = {
    "lever": 3.0,
    "unit": 1.5,
    "report.default": 1.5,
    "report.path": 3.2,
    "report.range": 1.9,
    "report.origin": 1.7,
    "clause": 4.9,
    "report.reason": 7.2,
}
NUMBER_WIDTHS = {
    "report.number": 5.0,
    "report.value": 4.0,
    "unit": 2.2,
    "report.of_year": 1.2,
    "report.basis": 11.6,
}
FILE_WIDTHS = {"report.role": 2.2, "file": 4.2, "report.sha256": 9.6}
"""The columns of the three tables, by their messages, and their widths in cm."""


def lever_tables(scenarios: Sequence[ReportedScenario], words: Messages) -> list[Block]:
    """Return a table of the lever settings of each scenario."""
    blocks: list[Block] = []
    for each in scenarios:
        rows = [_lever_row(fact, words) for fact in facts.lever_facts(each.scenario)]
        table = table_of(words, list(LEVER_WIDTHS), rows, ["report.default"], LEVER_WIDTHS)
        caption = words("report.caption_levers", title=each.scenario.title)
        blocks += captioned(table, caption, words("report.note_levers"))
    return blocks or [Text(words("report.no_levers"))]


def _lever_row(fact: LeverFact, words: Messages) -> tuple[str, ...]:
    points = [words("report.point", date=date, value=exact(value)) for date, value in fact.path]
    return (
        fact.label,
        in_chinese(fact.unit) or MISSING,
        exact(fact.default),
        "\n".join(points),
        bounds_text(fact.low, fact.high),
        words(f"report.{fact.origin}_origin"),
        fact.clause or MISSING,
        fact.reason,
    )


def number_tables(scenarios: Sequence[ReportedScenario], words: Messages) -> list[Block]:
    """Return a table of the inputs of each county, and one of the numbers of each model."""
    blocks: list[Block] = []
    counties = {
        (each.scenario.county.path, str(each.scenario.constants)): each.scenario for each in scenarios
    }
    for scenario in counties.values():
        caption = words("report.caption_inputs", county=scenario.county.title or scenario.name)
        blocks += _number_table(caption, facts.input_facts(scenario), words)
    parameters: dict[str, dict[NumberFact, None]] = {}
    names = {each.scenario.model.hash: each.scenario.model.path.name for each in scenarios}
    for each in scenarios:
        own = dict.fromkeys(facts.parameter_facts(each.scenario))
        parameters.setdefault(each.scenario.model.hash, {}).update(own)
    for model, numbers in parameters.items():
        blocks += _number_table(words("report.caption_parameters", model=names[model]), numbers, words)
    return blocks


def _number_table(caption: str, numbers: Iterable[NumberFact], words: Messages) -> list[Block]:
    found = list(numbers)
    rows = [_number_row(each, words) for each in found]
    table = table_of(words, list(NUMBER_WIDTHS), rows, widths=NUMBER_WIDTHS)
    if not any(each.year for each in found):
        table = table.without([words.heading("report.of_year")])
    return captioned(table, caption, words("report.note_inputs"))


def _number_row(fact: NumberFact, words: Messages) -> tuple[str, ...]:
    numbers = [value for _, value in fact.values]
    subscripts = fact.values[0][0]
    label, value = fact.label, exact(numbers[0])
    if len(numbers) > 1:
        ends = {"low": exact(min(numbers)), "high": exact(max(numbers))}
        value = words("report.many", count=len(numbers), **ends)
    elif subscripts:
        label = f"{label}（{subscripts}）"
    basis = [words(f"rests_{fact.basis}"), *([fact.reason] if fact.reason else [])]
    colon = "：" if words.is_chinese else ": "
    return label, value, in_chinese(fact.unit) or MISSING, year_text(fact.year), colon.join(basis)


def file_table(scenarios: Sequence[ReportedScenario], words: Messages, date: datetime.date) -> list[Block]:
    """Return the files that the runs were made from, with their hashes and how the runs were computed."""
    files = dict.fromkeys(fact for each in scenarios for fact in facts.file_facts(each.scenario))
    rows = [(words(f"report.role_{fact.role}"), fact.name, fact.sha256) for fact in files]
    made = scenarios[0].run.attrs
    note = words(
        "report.note_versions",
        backend=made["backend"],
        integrator=made["integrator"],
        step=made["time_step"],
        version=made["simcounty"],
        date=words.day(date),
    )
    table = table_of(words, list(FILE_WIDTHS), rows, widths=FILE_WIDTHS)
    return captioned(table, words("report.caption_versions"), note)
