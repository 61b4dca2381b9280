"""A planner's way: a workbook is written, filled in, run, reported; mistakes are told in his language."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from running import Ran, run_in

PLACE = "武功县"
BOOK = f"{PLACE}.xlsx"
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:_[A-Za-z0-9]+)+|[A-Za-z_]+\[")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planner")
    ran = run_in(folder, "new", PLACE, "--xlsx", "--lang", "zh")
    assert ran.returncode == 0, ran.stderr
    assert f"运行：simcounty run {BOOK}" in ran.stdout
    assert [each.name for each in folder.iterdir()] == [BOOK]
    return folder


@pytest.fixture(scope="module")
def filled(made: Path) -> Path:
    """The workbook with a figure of the final accounts, a lever and a target."""

    def change(book: Any) -> None:
        row(book["起点"], "一般公共预算收入", 3.1, "亿元", 2020, "2020年财政决算报告")
        book["政策"].cell(*found(book["政策"], "落户放开度", 2024)).value = 1
        book["目标"].append(["城镇化率", "常住人口城镇化率", 2027, "不低于", 45, "%", "年末"])

    return changed(made, "filled.xlsx", change)


def changed(folder: Path, name: str, change: Any) -> Path:
    book = openpyxl.load_workbook(folder / BOOK)
    change(book)
    book.save(folder / name)
    return folder / name


def found(sheet: Any, name: str, heading: object) -> tuple[int, int]:
    columns = {each.value: each.column for each in sheet[1]}
    return next(each.row for each in sheet["A"] if each.value == name), columns[heading]


def row(sheet: Any, name: str, *cells: object) -> None:
    """Fill in the cells of a row behind its name."""
    number, _ = found(sheet, name, sheet["A1"].value)
    for column, cell in enumerate(cells, start=2):
        sheet.cell(number, column).value = cell


def test_no_key_is_seen_in_a_workbook(made: Path) -> None:
    book = openpyxl.load_workbook(made / BOOK)
    texts = (str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line)
    assert [text for text in texts if ENGLISH.search(text)] == []
    assert book.sheetnames == [
        "说明", "概况", "起点", "历年", "政策", "目标", "不确定性", "跟踪", "变量",
    ]  # fmt: skip


def test_every_figure_that_is_asked_for_says_where_it_is_published(made: Path) -> None:
    sheet = openpyxl.load_workbook(made / BOOK)["起点"]
    cells = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=2)]
    heads = [place for place, line in enumerate(cells) if line[0][:2] in ("一、", "二、")]
    place = [cell.value for cell in sheet[1]].index("公布于何处")
    assert all(line[place] for line in cells[heads[0] + 1 : heads[1]])
    assert len(cells[heads[1] + 1 :]) == 102


def test_a_workbook_is_run_as_it_is_filled_in(filled: Path) -> None:
    record = json.loads(run_in(filled.parent, "run", filled.name, "--json").stdout)
    (target,) = record["targets"]
    assert (target["label"], target["goal"], target["unit"]) == ("城镇化率", 45.0, "%")
    assert target["value"] != target["baseline"]


def test_a_workbook_is_a_county_for_other_scenarios(filled: Path) -> None:
    scenario = filled.with_name("other.toml")
    scenario.write_text(f'title = "另一情景"\ncounty = "{filled.name}"\nyears = [2020, 2025]\n', "utf-8")
    other = ("wugong/baseline", "--county", filled.name, "--years", "2020:2025")
    named, given = (
        json.loads(run_in(filled.parent, "run", *args, "--json").stdout) for args in ((scenario.name,), other)
    )
    told = ("county_title", "county_file", "constraints", "inputs")
    assert [named[each] for each in told] == [given[each] for each in told]
    assert named["county_file"] == filled.name


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("describe", "filled.xlsx", "本县税收水平系数"), "一般公共预算收入 3.1"),
        (("report", "filled.xlsx", "--md", "a.md"), "a.md"),
        (("compare", "filled.xlsx", "桐庐", "--variable", "常住人口城镇化率"), "城镇化率"),
        (("sweep", "filled.xlsx", "-n", "8", "--out", "futures"), "8"),
        (("copy", "filled.xlsx", "again", "--xlsx"), "filled.xlsx"),
    ],
)  # fmt: skip
def test_commands_take_a_workbook_for_a_scenario(filled: Path, command: tuple[str, ...], says: str) -> None:
    ran = run_in(filled.parent, *command, "--lang", "zh")
    assert ran.returncode == 0, ran.stderr
    assert says in ran.stdout + ran.stderr


def wrong(made: Path, *given: str, **changes: str) -> Ran:
    changed(made, "wrong.xlsx", lambda book: row(book["起点"], "初始城镇人口比重", 447, "%", 2020))
    return run_in(made, "run", "wrong.xlsx", *given, **changes)


def test_mistakes_are_told_in_the_language_of_the_command_or_of_the_system(made: Path) -> None:
    for ran in (wrong(made, "--lang", "zh"), wrong(made, LANG="zh_CN.UTF-8")):
        assert ran.returncode == 2
        assert "wrong.xlsx：有下列问题，请逐项改正：" in ran.stderr
        assert (
            "起点!E37: 初始城镇人口比重: 填了数值而没有填来源或依据。请写明数据出处或取值理由。" in ran.stderr
        )
    assert "a value is given without source or reason" in wrong(made).stderr


def test_nothing_is_overwritten_and_other_tables_are_not_mixed_in(made: Path) -> None:
    again = run_in(made, "new", PLACE, "--xlsx")
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    named = run_in(made, "new", PLACE, "--xlsx", "--save", "mine.toml")
    assert "a workbook ends in .xlsx" in named.stderr
    held = run_in(made, "new", PLACE, "--xlsx", "--known-by", "2021", "--save", "b.xlsx")
    assert "--xlsx: a workbook starts from what is shipped" in held.stderr
