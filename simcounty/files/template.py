"""A workbook to fill in: the paths of a scenario's levers, and what was observed and tracked."""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.atomic import atomic_write, writable_folder
from simcounty.calendar import date_of, time_of
from simcounty.errors import Findings, InputError
from simcounty.files.workbook import Cell, Column, Sheet, save_workbook
from simcounty.scenario import LeverPath, Scenario, county, lever_table
from simcounty.scenario import target as tracked
from simcounty.scenario.save import own_lever_paths
from simcounty.scenario.tables import read_table
from simcounty.scenario.target import COMPUTED
from simcounty.scenario.toml_files import text_of
from simcounty.validation import files_of, named_files

if TYPE_CHECKING:
    from simcounty.scenario import Scenario, Target


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


def save_template(scenario: Scenario, path: Path) -> Path:
    """Write the workbook of a scenario; read in place of its files it gives the same scenario.

    >>> save_template(plan, Path("mine.xlsx")).name
    'mine.xlsx'
    """
    about = Sheet("说明", [Column(f"{scenario.title}（{scenario.name}）", 110)], [[line] for line in ABOUT])
    columns, rows = _observed(scenario)
    return save_workbook(
        path,
        [
            about,
            _levers(scenario),
            _sheet(county.SHEET, columns, rows),
            _sheet(tracked.SHEET, (*tracked.COLUMNS, "label", "clause"), list(_tracked(scenario))),
            _sheet(VARIABLES, ("variable", "label", "unit"), list(_variables(scenario))),
        ],
    )


def _levers(scenario: Scenario) -> Sheet:
    keys, own = list(dict.fromkeys([*scenario.clause_levers, *scenario.levers])), own_lever_paths(scenario)
    dates = _dates(scenario, keys, own.values())
    limits = [scenario.limits(key) for key in keys]
    head = (*lever_table.NEEDED, "label", "clause", "low", "high", *lever_table.READ, "note")
    return Sheet(
        lever_table.SHEET,
        [*map(_column, head), *(Column(int(day) if day.isdecimal() else day, 11) for day in dates)],
        [_lever(scenario, key, own.get(key), dates) for key in keys],
        allowed={
            row: (each.low, each.high)
            for row, each in enumerate(limits)
            if each.low is not None and each.high is not None
        },
        entered=len(head),
    )


def _dates(scenario: Scenario, keys: Iterable[str], settings: Iterable[LeverPath]) -> list[str]:
    """Return the headings of dates: every year of the run, and the days on which something is set."""
    years = [str(year) for year in range(int(scenario.years.start) + 1, int(scenario.years.end) + 1)]
    first = {time_of(year) for year in years}
    times = {scenario.starts(key) for key in keys} | {time for each in settings for time in each.times}
    days = {date_of(time) for time in times}
    return sorted([*years, *(day for day in days if time_of(day) not in first)], key=time_of)


def _lever(scenario: Scenario, key: str, own: LeverPath | None, dates: Iterable[str]) -> list[Cell]:
    constant, limits, lever = (
        scenario.model.constants[key],
        scenario.limits(key),
        scenario.clause_levers.get(key),
    )
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
    """Yield what is tracked already, then every target that people track and nobody has."""
    about = {each.name: [each.label, f"{each.document} {each.clause}"] for each in scenario.all_targets}
    _, rows = _raw(scenario.tracked_path, tracked.SHEET)
    for row in rows:
        yield [*(_number(name, row.get(name)) for name in tracked.COLUMNS), *about[str(row["target"])]]
    known = {row["target"] for row in rows}
    for each in scenario.all_targets:
        if each.kind not in tracked.COMPUTED and each.name not in known:
            yield [each.name, each.year, None, each.unit, None, *about[each.name]]


def _raw(path: Path | None, sheet: str) -> tuple[Sequence[str], list[dict[str, str | None]]]:
    """Return the columns and rows of a table as its file has them."""
    table = read_table(path, sheet, (), Findings()) if path else None
    return (table.columns, [dict(row.cells) for row in table.rows]) if table else ((), [])


def _number(column: str, text: str | None) -> Cell:
    """Write plain numbers as numbers; "8 亿元" stays a text."""
    if column in NUMBERS and text:
        with suppress(ValueError):
            return float(text)
    return text


def _variables(scenario: Scenario) -> Iterator[list[Cell]]:
    elements = (each for own in scenario.model.variables.values() for each in own)
    return ([each.key, each.label, each.unit] for each in elements)


def _sheet(name: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Sheet:
    return Sheet(name, [_column(each) for each in columns], rows)


def _column(name: str) -> Column:
    heading = f"{HEADINGS[name]} ({name})" if name in HEADINGS else name
    return Column(heading, WIDTHS.get(name, 13), grey=name in lever_table.BESIDE and name != "note")


TITLE = re.compile(r"^title[ \t]*=.*$", re.MULTILINE)
LEVERS = re.compile(r"^\[levers[.\]].*?(?=^\[(?!levers[.\]])|\Z)", re.MULTILINE | re.DOTALL)
"""The tables of levers of a scenario file, to the next table of another name."""


def copy_editable(scenario: Scenario, folder: Path, workbook: bool = False) -> list[Path]:
    """Copy a scenario with its county, policies, model and the model's check files; return the copies.

    They lie to each other as before; the scenario's own file comes first. With `workbook` a workbook beside
    it takes the place of its levers, and of what was observed and tracked: the copies name it. Raises
    InputError, all findings at once, if a file is in the way: nothing is overwritten.

    >>> copy_editable(load("tonglu/plan-2027"), Path("mine"))[0].as_posix()
    'mine/scenarios/tonglu/plan-2027.toml'
    """
    files = _files(scenario, tables=not workbook)
    root = Path(os.path.commonpath([file.parent for file in files]))
    copies = {file: folder / file.relative_to(root) for file in files}
    book = copies[files[0]].with_suffix(".xlsx")
    wanted = [*copies.values(), *([book] if workbook else [])]
    taken = [f"{copy} is there already." for copy in wanted if copy.exists()]
    Findings(taken).raise_as(InputError, f"{folder}: nothing was copied. Choose another folder:")
    writable_folder(folder)
    texts = _naming(scenario, copies, book) if workbook else {}
    for file, copy in copies.items():
        with atomic_write(copy) as part:
            if file in texts:
                part.write_text(texts[file], encoding="utf-8", newline="\n")
            else:
                shutil.copyfile(file, part)
    return [*copies.values(), *([save_template(scenario, book)] if workbook else [])]


def _files(scenario: Scenario, tables: bool) -> list[Path]:
    """Return the files of a scenario, its own first; those a workbook can replace only if asked for."""
    county = scenario.county
    replaced = (county.observed, scenario.tracked_path, scenario.lever_table) if tables else ()
    named = (scenario.path, county.path, *replaced, *(each.path for each in scenario.policies))
    checks = (file for each in files_of(scenario.model.path) for file in named_files(each))
    wanted = (*named, scenario.model.path, *checks)
    found = [Path(os.path.abspath(each)) for each in wanted if each is not None]
    return list(dict.fromkeys(found))


def _naming(scenario: Scenario, copies: Mapping[Path, Path], book: Path) -> dict[Path, str]:
    """Return the texts of a scenario's and its county's file that name the workbook, by the file copied."""
    assert scenario.path is not None, "what is copied has a file"
    own = Path(os.path.abspath(scenario.path))
    tracked = scenario.tracked_path or any(map(_is_tracked, scenario.all_targets))
    keys = ["lever_paths", *(["tracked"] if tracked else [])]
    texts = {own: named_in(LEVERS.sub("", text_of(own)), dict.fromkeys(keys, book.name), own)}
    if scenario.county.path is not None:
        county = Path(os.path.abspath(scenario.county.path))
        there = Path(os.path.relpath(book, copies[county].parent)).as_posix()
        texts[county] = named_in(text_of(county), {"observed": there}, county)
    return texts


def _is_tracked(target: Target) -> bool:
    return target.kind not in COMPUTED


def named_in(text: str, names: Mapping[str, str], path: Path) -> str:
    """Return the text of a TOML file in which keys at its top name a file, and everything else is as it was.

    >>> named_in('title = "a"\\n[levers]\\n', {"observed": "b.xlsx"}, Path("a.toml"))
    'title = "a"\\nobserved = "b.xlsx"\\n[levers]\\n'
    """
    for key, name in names.items():
        line = f'{key} = "{name}"'
        found = re.compile(rf"^{key}[ \t]*=.*$", re.MULTILINE)
        title = TITLE.search(text)
        if found.search(text):
            text = found.sub(line, text, count=1)
        elif title:
            text = f"{text[: title.end()]}\n{line}{text[title.end() :]}"
    table = tomllib.loads(text)
    left = "lever_paths" in names and "levers" in table
    if left or any(table.get(key) != name for key, name in names.items()):
        raise InputError(
            f"{path}: cannot be made to name a workbook as it is written. "
            "Write `title = …` on a line of its own, and levers in a table [levers]."
        )
    return text
