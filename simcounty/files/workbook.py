"""Excel workbooks: sheets of rows under headings, the same bytes for the same rows."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simcounty.atomic import atomic_write
from simcounty.calendar import date_of, time_of
from simcounty.errors import Findings
from simcounty.scenario import LeverPath, Scenario, county, lever_path, target
from simcounty.scenario.save import own_lever_paths
from simcounty.tables import read_table

Cell = str | float | None
UNDATED = datetime.datetime(2000, 1, 1)
HEAD_HEIGHT = 32  # points: two lines
A4 = 9  # Excel's number of the paper
PLAIN_WIDTH, LONGEST_NAME, BARRED = 12, 31, str.maketrans("[]:*?/\\'", "(): ·  ’".replace(":", "："))
VARIABLES = "variables"
HEADINGS = {
    "lever": "杠杆", "label": "名称", "unit": "单位", "clause": "条款", "low": "下限", "high": "上限",
    "default": "原值", "solved": "求得", "note": "备注", "variable": "变量", "year": "年份", "value": "数值",
    "source": "来源", "target": "目标", "address": "网址",
}  # fmt: skip
WIDTHS = {"label": 26, "note": 18, "clause": 30, "source": 60, "lever": 32, "variable": 32, "target": 28}
NUMBERS = ("year", "value")
ABOUT = (
    "本工作簿由 simcounty copy --xlsx 写成，供填写；保存后运行旁边的情景文件即可。",
    "levers：一行一个政策杠杆，一列一个日期（2025 即 2025 年 1 月 1 日，也可写 2023-07-01）。",
    "　　空格表示该日期没有设定；首个日期之前为原值，两个日期之间按直线变化，最后一个日期之后保持不变。",
    "　　整行空白：不采用该杠杆，或按条款已定的数值执行。可增加日期列，也可增加行（写变量名和单位）。",
    "observed：实测序列，一行一个数，须写来源。",
    "tracked：模型不计算的目标，由人跟踪填报；数值空白即尚无数据，事项类填“完成”或“未完成”。",
    "variables：模型的全部变量，供查名称和单位。",
    "表名和标题括号中的英文请勿改动；灰底的列不会被读取。",
    "单位可写模型单位，也可写能换算的单位，如人、万人、亿元、%。错名、错单位、越界会在运行时一次全部列出。",
)


@dataclass(frozen=True)
class SheetColumn:
    """A column of a worksheet: its heading, its width in characters, and the Excel format of its numbers."""

    heading: str | float
    width: float = PLAIN_WIDTH
    digits: str = "General"
    grey: bool = False


@dataclass(frozen=True)
class Worksheet:
    """A worksheet: rows under headings; the headings and the first `fixed` columns do not scroll.

    digits: Excel formats of single rows, counted from 0, in place of their columns'.
    allowed: ranges for the numbers of single rows, from the column `entered` on.
    """

    name: str
    columns: Sequence[SheetColumn]
    rows: Sequence[Sequence[Cell]]
    fixed: int = 1
    digits: Mapping[int, str] = field(default_factory=dict)
    allowed: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    entered: int = 0


def save_workbook(path: Path, sheets: Iterable[Worksheet], created: datetime.datetime = UNDATED) -> Path:
    """Write a workbook, completely or not at all. Texts are never read as formulas or addresses."""
    with _opened(path, created) as book:
        formats = _Formats(book)
        taken: set[str] = set()
        for each in sheets:
            name = free_name(each.name, taken)
            taken.add(name.lower())
            _fill(book.add_worksheet(name), each, formats)
    return path


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Return a name that Excel allows for a sheet, and that differs from all others in more than case.

    >>> free_name("tonglu/plan-2027", []), free_name("Plan", ["plan"])
    ('tonglu plan-2027', 'Plan 2')
    """
    plain = wanted.translate(BARRED).strip() or "sheet"
    names = (plain[:LONGEST_NAME], *(f"{plain[: LONGEST_NAME - 4]} {count}" for count in range(2, 999)))
    used = {each.lower() for each in taken}
    return next(name for name in names if name.lower() not in used)


@contextmanager
def _opened(path: Path, created: datetime.datetime) -> Iterator[Any]:
    import xlsxwriter

    with atomic_write(path) as part:
        plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        book = xlsxwriter.Workbook(str(part), plain)
        book.set_properties({"created": created, "author": "simcounty"})
        yield book
        book.close()


class _Formats:
    """The cell formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, bool], Any] = {}
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"})

    def of(self, digits: str, grey: bool) -> Any:
        if (digits, grey) not in self._made:
            shade = {"font_color": "#555555", "bg_color": "#F2F2F2"} if grey else {}
            self._made[digits, grey] = self._book.add_format({"num_format": digits, **shade})
        return self._made[digits, grey]


def _fill(sheet: Any, each: Worksheet, formats: _Formats) -> None:
    sheet.set_row(0, HEAD_HEIGHT)
    for place, column in enumerate(each.columns):
        _write(sheet, 0, place, column.heading, formats.head)
        sheet.set_column(place, place, column.width, formats.of(column.digits, column.grey))
    for number, cells in enumerate(each.rows):
        for place, (cell, column) in enumerate(zip(cells, each.columns, strict=True)):
            digits = each.digits.get(number, column.digits)
            _write(sheet, 1 + number, place, cell, formats.of(digits, column.grey))
    for number, ends in each.allowed.items():
        _validate(sheet, 1 + number, each, ends)
    sheet.freeze_panes(1, each.fixed)
    sheet.repeat_rows(0, 0)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)


def _write(sheet: Any, row: int, place: int, cell: Cell, form: Any) -> None:
    if cell is None or cell == "" or (isinstance(cell, float) and not math.isfinite(cell)):
        return
    if isinstance(cell, str):
        sheet.write_string(row, place, cell, form)
    else:
        sheet.write_number(row, place, cell, form)


def _validate(sheet: Any, row: int, each: Worksheet, ends: tuple[float, float]) -> None:
    """Make Excel warn of a number outside its range when it is typed."""
    rule = {"validate": "decimal", "criteria": "between", "minimum": ends[0], "maximum": ends[1]}
    warning = {"error_type": "warning", "error_message": f"{ends[0]:g} … {ends[1]:g}"}
    sheet.data_validation(row, each.entered, row, len(each.columns) - 1, rule | warning)


def save_template(scenario: Scenario, path: Path) -> Path:
    """Write the workbook of a scenario; read in place of the scenario's files, it gives the same scenario.

    >>> save_template(plan, Path("mine.xlsx")).name
    'mine.xlsx'
    """
    title = SheetColumn(f"{scenario.title}（{scenario.name}）", 110)
    sheets = [
        Worksheet("说明", [title], [[line] for line in ABOUT]),
        _levers(scenario),
        _worksheet(county.SHEET, *_observed(scenario)),
        _worksheet(target.SHEET, (*target.COLUMNS, "label", "clause"), list(_tracked(scenario))),
        _worksheet(VARIABLES, ("variable", "label", "unit"), list(_variables(scenario))),
    ]
    return save_workbook(path, sheets)


def _levers(scenario: Scenario) -> Worksheet:
    """Return the sheet of levers: a row for each that a clause or scenario names, a column for each date."""
    keys = list(dict.fromkeys([*scenario.clause_levers, *scenario.levers]))
    own = own_lever_paths(scenario)
    dates = _dates(scenario, keys, own.values())
    limits = [scenario.limits(key) for key in keys]
    head = (*lever_path.NEEDED, "label", "clause", "low", "high", *lever_path.READ, "note")
    return Worksheet(
        lever_path.SHEET,
        [*map(_column, head), *(SheetColumn(int(day) if day.isdecimal() else day, 11) for day in dates)],
        [_lever(scenario, key, own.get(key), dates) for key in keys],
        allowed={
            row: (each.low, each.high)
            for row, each in enumerate(limits)
            if each.low is not None and each.high is not None
        },
        entered=len(head),
    )


def _dates(scenario: Scenario, keys: Iterable[str], paths: Iterable[LeverPath]) -> list[str]:
    """Return the headings of dates: every year of the run, and every other day on which a lever is set."""
    years = [str(year) for year in range(int(scenario.years.start) + 1, int(scenario.years.end) + 1)]
    first = {time_of(year) for year in years}
    times = {scenario.starts(key) for key in keys} | {time for each in paths for time in each.times}
    days = {date_of(time) for time in times}
    return sorted([*years, *(day for day in days if time_of(day) not in first)], key=time_of)


def _lever(scenario: Scenario, key: str, own: LeverPath | None, dates: Iterable[str]) -> list[Cell]:
    constant, limits = scenario.model.constants[key], scenario.limits(key)
    lever = scenario.clause_levers.get(key)
    fixed = f"条款定为 {lever.setting:g}" if lever and lever.setting is not None else ""
    points = {date_of(time): value for time, value in zip(own.times, own.values, strict=True)} if own else {}
    default = own.default if own and own.default is not None else constant.value
    clause, solved = lever.clause if lever else "", "是" if own and own.solved else ""
    about = [key, constant.unit, constant.label, clause, limits.low, limits.high, solved, default, fixed]
    return [*about, *(points.get(date_of(time_of(date))) for date in dates)]


def _observed(scenario: Scenario) -> tuple[Sequence[str], list[list[Cell]]]:
    columns, rows = _raw(scenario.county.observed, county.SHEET)
    names = tuple(dict.fromkeys([*county.COLUMNS, *columns]))
    return names, [[_number(name, row.get(name)) for name in names] for row in rows]


def _tracked(scenario: Scenario) -> Iterator[list[Cell]]:
    """Yield the tracked values, then a row to fill in for each other target that no model computes."""
    about = {each.name: [each.label, f"{each.document} {each.clause}"] for each in scenario.all_targets}
    _, rows = _raw(scenario.tracked_path, target.SHEET)
    for row in rows:
        yield [*(_number(name, row.get(name)) for name in target.COLUMNS), *about[str(row["target"])]]
    known = {row["target"] for row in rows}
    for each in scenario.all_targets:
        if each.kind not in target.COMPUTED and each.name not in known:
            yield [each.name, each.year, None, each.unit, None, *about[each.name]]


def _raw(path: Path | None, sheet: str) -> tuple[Sequence[str], list[dict[str, str | None]]]:
    """Return the columns and rows of a table, unconverted."""
    table = read_table(path, sheet, (), Findings()) if path else None
    return (table.columns, [dict(row.cells) for row in table.rows]) if table else ((), [])


def _number(column: str, text: str | None) -> Cell:
    """Return a plain number as a number; "8 亿元" stays a text."""
    if column in NUMBERS and text:
        with suppress(ValueError):
            return float(text)
    return text


def _variables(scenario: Scenario) -> Iterator[list[Cell]]:
    elements = (each for own in scenario.model.variables.values() for each in own)
    return ([each.key, each.label, each.unit] for each in elements)


def _worksheet(name: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Worksheet:
    return Worksheet(name, [_column(each) for each in columns], rows)


def _column(name: str) -> SheetColumn:
    heading = f"{HEADINGS[name]} ({name})" if name in HEADINGS else name
    return SheetColumn(heading, WIDTHS.get(name, 13), grey=name in lever_path.BESIDE and name != "note")
