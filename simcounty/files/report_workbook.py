"""A report as a workbook: every series of every run, years across; definitions, verdicts, levers, files."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.calendar import is_total
from simcounty.errors import InputError
from simcounty.files.data import element_names, ordered
from simcounty.files.workbook import Cell, SheetColumn, Worksheet, free_name, save_workbook
from simcounty.language import said
from simcounty.model.describe import describe_all
from simcounty.presentation.formatting import goal_text
from simcounty.presentation.messages import Messages, catalogue
from simcounty.presentation.records import Record, year_of
from simcounty.presentation.report import facts
from simcounty.presentation.report.blocks import Report
from simcounty.presentation.report.facts import ReportedScenario
from simcounty.units import in_chinese

if TYPE_CHECKING:
    import xarray as xr

FIGURES = 4
MOST_COLUMNS = 16_384  # of a worksheet
RUN_ATTRIBUTES = ("simcounty", "backend", "integrator", "time_step")
VERDICTS = {
    "scenario": 22, "name": 22, "target": 36, "variable": 30, "year": 11, "baseline": 11, "plan": 11,
    "goal": 11, "margin": 11, "unit": 11, "verdict": 11, "met_without": 11, "clause": 11,
    "source_document": 24,
}  # fmt: skip
SERIES = {"key": 34, "indicator": 42, "unit": 14, "measured": 10}
DEFINITIONS = {
    "key": 34, "indicator": 26, "kind": 14, "unit": 14, "meaning": 70, "basis": 60, "equation": 80,
}  # fmt: skip
LEVERS = {
    "scenario": 22, "key": 30, "lever": 24, "unit": 12, "lever_date": 12, "value": 12, "default": 12,
    "low": 12, "high": 12, "origin": 12, "clause": 28, "reason": 80,
}  # fmt: skip
NUMBERS = {
    "of": 13, "key": 38, "number": 32, "value": 13, "unit": 13, "of_year": 13, "basis_kind": 13, "basis": 100,
}  # fmt: skip
FILES = {"role": 18, "file": 36, "sha256": 70}
"""The columns of each sheet, by their messages, and their widths in characters."""


def write(report: Report, file: Path) -> list[Path]:
    """Write the workbook of a report, and return it; equal reports of one date are equal files."""
    words, scenarios = report.words, report.scenarios
    created = datetime.datetime.combine(report.date, datetime.time())
    sheets = [
        _sheet(words, "verdicts", VERDICTS, _verdicts(scenarios, words), fixed=3),
        *(sheet for each in scenarios for sheet in _runs(each, words)),
        _sheet(words, "definitions", DEFINITIONS, dict.fromkeys(_definitions(scenarios, words)), fixed=2),
        _sheet(words, "levers", LEVERS, _levers(scenarios, words), fixed=3),
        _sheet(words, "numbers", NUMBERS, dict.fromkeys(_numbers(scenarios, words)), fixed=3),
        _sheet(words, "files", FILES, _files(report)),
    ]
    return [save_workbook(file, [_contents(report, sheets), *sheets], created)]


def _sheet(
    words: Messages,
    name: str,
    widths: Mapping[str, float],
    rows: Iterable[Sequence[Cell]],
    fixed: int = 1,
) -> Worksheet:
    return Worksheet(words(f"report.sheet_{name}"), _columns(words, widths), list(rows), fixed=fixed)


def _columns(words: Messages, widths: Mapping[str, float]) -> list[SheetColumn]:
    """Return columns; their headings are messages of reports if there are such, else common ones."""
    codes = {name: f"report.{name}" if f"report.{name}" in catalogue() else name for name in widths}
    return [SheetColumn(words.heading(codes[name]), width) for name, width in widths.items()]


def _contents(report: Report, sheets: Sequence[Worksheet]) -> Worksheet:
    words = report.words
    names: list[list[Cell]] = [[free_name(each.name, [])] for each in sheets]
    rows: list[list[Cell]] = [[words("report.about_sheets")], [""], *names]
    title = SheetColumn(f"{report.title}　{report.subtitle}", 110)
    return Worksheet(words("report.sheet_contents"), [title], rows)


def _verdicts(scenarios: Sequence[ReportedScenario], words: Messages) -> Iterator[list[Cell]]:
    return (_verdict(each.scenario.name, target, words) for each in scenarios for target in each.targets)


def _verdict(scenario: str, target: Record, words: Messages) -> list[Cell]:
    return [
        scenario,
        target["name"],
        target["label"],
        target["variable"],
        target["year"],
        target["baseline"],
        target["value"],
        goal_text(words, target["operator"], target["goal"], target["up_to"]),
        target["margin"],
        in_chinese(target["unit"]),
        words("met" if target["met"] else "missed"),
        words("met" if target["baseline_met"] else "missed"),
        target["clause"],
        target["document"],
    ]


def _runs(reported: ReportedScenario, words: Messages) -> Iterator[Worksheet]:
    """Yield a sheet for each run of a scenario, the plan first: a row for each series, a column a year."""
    instants = reported.yearly.sizes["time"]
    if instants > MOST_COLUMNS - len(SERIES):
        raise InputError(said("report.wide", name=reported.scenario.name, count=instants, most=MOST_COLUMNS))
    for place in reversed(range(reported.run.sizes["scenario"])):
        yearly = reported.yearly.isel(scenario=place)
        years = [SheetColumn(year_of(year) or 0, 13) for year in yearly.time.values]
        rows = list(_series(yearly, words))
        digits = {number: _number_format(row[len(SERIES) :]) for number, row in enumerate(rows)}
        columns = [*_columns(words, SERIES), *years]
        yield Worksheet(str(yearly.scenario.item()), columns, rows, fixed=2, digits=digits)


def _series(yearly: xr.Dataset, words: Messages) -> Iterator[list[Cell]]:
    """Yield every element of every variable: headline, stocks, auxiliaries, constants."""
    for name in ordered(yearly):
        variable = yearly[name]
        dims = [str(dim) for dim in variable.dims if dim != "time"]
        unit = in_chinese(variable.attrs.get("units", ""))
        measured = words("report.total_of_year" if is_total(variable) else "report.end_of_year")
        values = variable.transpose(*dims, "time").values.reshape(-1, yearly.sizes["time"]).tolist()
        for (key, label), numbers in zip(element_names(yearly, name, dims), values, strict=True):
            yield [key, label, unit, measured, *numbers]


def _number_format(cells: Sequence[Cell]) -> str:
    """Return the Excel format that shows four figures of the largest number, and hides none."""
    known = [abs(cell) for cell in cells if isinstance(cell, float) and math.isfinite(cell) and cell]
    places = FIGURES - 1 - math.floor(math.log10(max(known))) if known else 0
    return "0" if places <= 0 else f"0.{'0' * places}" if places <= 6 else "0.000E+00"


def _definitions(scenarios: Sequence[ReportedScenario], words: Messages) -> Iterator[tuple[Cell, ...]]:
    """Yield the definition of every variable of every model."""
    models = {each.scenario.model.hash: each.scenario.model for each in scenarios}
    for model in models.values():
        for each in describe_all(model):
            kind, unit = words(f"report.kind_{each.kind}"), in_chinese(each.unit)
            explanation = (words.is_chinese and each.explanation_zh) or each.explanation
            yield each.key, each.label, kind, unit, explanation, each.source, each.equation


def _levers(scenarios: Sequence[ReportedScenario], words: Messages) -> Iterator[list[Cell]]:
    """Yield a row for each date of each lever's path."""
    for each in scenarios:
        for fact in facts.lever_facts(each.scenario):
            about = (each.scenario.name, fact.key, fact.label, in_chinese(fact.unit))
            limits = (fact.default, fact.low, fact.high)
            basis = (words(f"report.{fact.origin}_origin"), fact.clause, fact.reason)
            yield from ([*about, date, value, *limits, *basis] for date, value in fact.path)


def _numbers(scenarios: Sequence[ReportedScenario], words: Messages) -> Iterator[tuple[Cell, ...]]:
    """Yield every input and every number of the models, element by element."""
    for each in scenarios:
        scenario = each.scenario
        place = scenario.county.title or scenario.name
        owned = [(place, fact) for fact in facts.input_facts(scenario)]
        owned += [(scenario.model.path.name, fact) for fact in facts.parameter_facts(scenario)]
        for owner, fact in owned:
            kind, unit = words(f"rests_{fact.basis}"), in_chinese(fact.unit)
            for subscripts, value in fact.values:
                key = f"{fact.key}[{subscripts.replace('，', ',')}]" if subscripts else fact.key
                label = f"{fact.label}（{subscripts}）" if subscripts else fact.label
                yield owner, key, label, value, unit, fact.year, kind, fact.reason


def _files(report: Report) -> Iterator[tuple[Cell, ...]]:
    """Yield how the runs were computed, then the files they were made from with their hashes."""
    words, made = report.words, report.scenarios[0].run.attrs
    yield words("report.date"), report.date.isoformat(), None
    yield from ((words(f"report.made_{name}"), str(made[name]), None) for name in RUN_ATTRIBUTES)
    files = dict.fromkeys(fact for each in report.scenarios for fact in facts.file_facts(each.scenario))
    yield from ((words(f"report.role_{each.role}"), each.name, each.sha256) for each in files)
    for each in report.scenarios:
        yield words("report.scenario_hash"), each.scenario.name, each.scenario.hash
