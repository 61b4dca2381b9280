"""A report as a workbook: every series of every run, years across; definitions, verdicts, levers, files."""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.calendar import is_total
from simcounty.files.data import ordered
from simcounty.files.workbook import Cell, SheetColumn, Worksheet, free_name, save_workbook
from simcounty.model.describe import describe_all
from simcounty.presentation.messages import Messages, catalogue
from simcounty.presentation.report import annex
from simcounty.presentation.report.blocks import Report
from simcounty.presentation.report.chapters import goal
from simcounty.presentation.report.data import Told
from simcounty.units import in_chinese

if TYPE_CHECKING:
    import xarray as xr

FIGURES = 4


def write(report: Report, path: Path) -> None:
    """Write the workbook of a report; equal reports of one date are equal files."""
    words = report.words
    created = datetime.datetime.combine(report.date, datetime.time())
    sheets = [
        _verdicts(report.told, words),
        *(sheet for told in report.told for sheet in _runs(told, words)),
        _definitions(report.told, words),
        _levers(report.told, words),
        _numbers(report.told, words),
        _files(report, words),
    ]
    save_workbook(path, [_contents(report, sheets), *sheets], created)


def _contents(report: Report, sheets: Sequence[Worksheet]) -> Worksheet:
    words = report.words
    names: list[list[Cell]] = [[free_name(each.name, [])] for each in sheets]
    rows: list[list[Cell]] = [[words("report.about_sheets")], [""], *names]
    return Worksheet(
        words("report.sheet_contents"), [SheetColumn(f"{report.title}　{report.subtitle}", 110)], rows
    )


def _heading(words: Messages, name: str) -> str:
    """Return the heading of a column: a text of reports where there is one, else the common one."""
    code = f"report.{name}"
    return words.heading(code if code in catalogue() else name)


def _verdicts(told: Sequence[Told], words: Messages) -> Worksheet:
    names = ("scenario", "name", "target", "variable", "year", "baseline", "plan", "goal", "margin", "unit",
             "verdict", "met_without", "clause", "source_document")  # fmt: skip
    rows: list[list[Cell]] = [
        [
            each.scenario.name,
            verdict.target.name,
            verdict.target.label,
            verdict.target.variable,
            verdict.target.year,
            verdict.baseline,
            verdict.value,
            goal(verdict, words),
            verdict.margin,
            in_chinese(verdict.target.unit),
            words("met" if verdict.met else "missed"),
            words("met" if verdict.met_without else "missed"),
            verdict.target.clause,
            verdict.target.document,
        ]
        for each in told
        for verdict in each.verdicts
    ]
    wide = {"scenario": 22, "name": 22, "target": 36, "variable": 30, "source_document": 24}
    columns = [SheetColumn(_heading(words, name), wide.get(name, 11)) for name in names]
    return Worksheet(words("report.sheet_verdicts"), columns, rows, fixed=3)


def _runs(told: Told, words: Messages) -> Iterator[Worksheet]:
    """Yield a sheet for each run of a scenario, the plan first: a row a series, a column a year."""
    for place in reversed(range(told.run.sizes["scenario"])):
        yearly = told.yearly.isel(scenario=place)
        years = [SheetColumn(int(year), 13) for year in yearly.time.values]
        head = [
            SheetColumn(words("report.key"), 34),
            SheetColumn(words("report.indicator"), 42),
            SheetColumn(words("unit"), 14),
            SheetColumn(words("report.measured"), 10),
        ]
        rows = list(_series(yearly, words))
        digits = {number: _format(row[len(head) :]) for number, row in enumerate(rows)}
        yield Worksheet(str(yearly.scenario.item()), [*head, *years], rows, fixed=2, digits=digits)


def _series(yearly: xr.Dataset, words: Messages) -> Iterator[list[Cell]]:
    """Yield every element of every variable: headline, stocks, auxiliaries, constants."""
    years = yearly.sizes["time"]
    for name in ordered(yearly):
        variable = yearly[name]
        dims = [str(dim) for dim in variable.dims if dim != "time"]
        label, unit = variable.attrs.get("long_name", name), in_chinese(variable.attrs.get("units", ""))
        measured = words("report.total_of_year" if is_total(variable) else "end_of_year")
        values = variable.transpose(*dims, "time").values.reshape(-1, years).tolist()
        cells = itertools.product(*(yearly[dim].values.tolist() for dim in dims))
        for cell, numbers in zip(cells, values, strict=True):
            inside = f"（{'，'.join(map(str, cell))}）" if cell else ""
            key = f"{name}[{','.join(map(str, cell))}]" if cell else name
            yield [key, f"{label}{inside}", unit, measured, *numbers]


def _format(cells: Sequence[Cell]) -> str:
    """Return the Excel format that shows four figures of the largest of numbers, and hides none."""
    known = [abs(cell) for cell in cells if isinstance(cell, float) and math.isfinite(cell) and cell]
    places = FIGURES - 1 - math.floor(math.log10(max(known))) if known else 0
    return "0" if places <= 0 else f"0.{'0' * places}" if places <= 6 else "0.000E+00"


def _definitions(told: Sequence[Told], words: Messages) -> Worksheet:
    """Define every variable: of several models, each that differs from those before it."""
    names = ("key", "indicator", "kind", "unit", "meaning", "basis", "equation")
    models = {each.scenario.model.hash: each.scenario.model for each in told}
    rows: dict[tuple[Cell, ...], None] = {}
    for model in models.values():
        for each in describe_all(model):
            kind = words(f"report.kind_{each.kind}")
            unit = in_chinese(each.unit)
            rows[each.key, each.label, kind, unit, each.explanation, each.source, each.equation] = None
    wide = {"key": 34, "indicator": 26, "meaning": 70, "basis": 60, "equation": 80}
    columns = [SheetColumn(_heading(words, name), wide.get(name, 14)) for name in names]
    return Worksheet(words("report.sheet_definitions"), columns, [list(row) for row in rows], fixed=2)


def _levers(told: Sequence[Told], words: Messages) -> Worksheet:
    names = ("scenario", "key", "lever", "unit", "date", "value", "default", "low", "high", "origin",
             "clause", "reason")  # fmt: skip
    rows: list[list[Cell]] = [
        [
            each.scenario.name,
            fact.key,
            fact.label,
            in_chinese(fact.unit),
            date,
            value,
            fact.default,
            fact.low,
            fact.high,
            words(f"report.{fact.origin}_origin"),
            fact.clause,
            fact.reason,
        ]
        for each in told
        for fact in annex.levers(each.scenario)
        for date, value in fact.path
    ]
    wide = {"scenario": 22, "key": 30, "lever": 24, "clause": 28, "reason": 80}
    columns = [SheetColumn(_heading(words, name), wide.get(name, 12)) for name in names]
    return Worksheet(words("report.sheet_levers"), columns, rows, fixed=3)


def _numbers(told: Sequence[Told], words: Messages) -> Worksheet:
    """List every input and every number of the models, element by element."""
    names = ("of", "key", "number", "value", "unit", "of_year", "basis_kind", "basis")
    rows: dict[tuple[Cell, ...], None] = {}
    for each in told:
        scenario = each.scenario
        place = scenario.county.title or scenario.name
        parts = ((place, annex.inputs(scenario)), (scenario.model.path.name, annex.parameters(scenario)))
        for owner, numbers in parts:
            for fact in numbers:
                for named, value in fact.values:
                    key = f"{fact.key}[{named.replace('，', ',')}]" if named else fact.key
                    label = f"{fact.label}（{named}）" if named else fact.label
                    kind = words(f"report.{fact.basis}_basis")
                    unit = in_chinese(fact.unit)
                    rows[owner, key, label, value, unit, fact.year, kind, fact.reason] = None
    wide = {"key": 38, "number": 32, "basis": 100}
    columns = [SheetColumn(_heading(words, name), wide.get(name, 13)) for name in names]
    return Worksheet(words("report.sheet_numbers"), columns, [list(row) for row in rows], fixed=3)


def _files(report: Report, words: Messages) -> Worksheet:
    made = report.told[0].run.attrs
    rows: list[list[Cell]] = [[words("report.date"), report.date.isoformat(), None]]
    rows += [[words(f"report.made_{name}"), str(made[name]), None] for name in MADE]
    files = dict.fromkeys(fact for each in report.told for fact in annex.files(each.scenario))
    rows += [[words(f"report.role_{fact.role}"), fact.name, fact.sha256] for fact in files]
    rows += [[words("report.scenario_hash"), each.scenario.name, each.scenario.hash] for each in report.told]
    columns = [
        SheetColumn(words("report.role"), 18),
        SheetColumn(words("file"), 36),
        SheetColumn(words("report.sha256"), 70),
    ]
    return Worksheet(words("report.sheet_files"), columns, rows)


MADE = ("simcounty", "backend", "integrator", "time_step")
