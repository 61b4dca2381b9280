"""What is published of places, as `simcounty data` shows it, in a folder of the user's own."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import openpyxl

from .conftest import Command


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def test_a_planner_sees_what_yearbooks_print_of_his_county(simcounty: Command) -> None:
    """桐庐 in 县域统计年鉴2024版: GDP 469.23, loans 1,218.44, 420,000 registered."""
    ran = simcounty("data", "桐庐", "--lang", "zh")
    assert ran.returncode == 0
    tables, _, remarks = ran.stdout.rpartition("\n\n")
    assert re.search(r"地区生产总值 +亿元 .*469\.2$", tables, re.MULTILINE)
    assert re.search(r"户籍人口 +万人 .*42\.00$", tables, re.MULTILINE)
    assert re.search(r"城镇人口比重（人口普查） +% +70\.35", tables)
    assert max(map(columns, tables.splitlines())) <= 80
    assert re.search(r"^\[\d+\] 县域统计年鉴2024版$", remarks, re.MULTILINE)
    assert "无：" in remarks
    assert "地方政府债务余额" in remarks
    assert "2017年与2018年口径不同（2018年第四次全国经济普查修订口径）：地区生产总值" in remarks


def test_a_doubtful_figure_is_marked_and_explained(simcounty: Command) -> None:
    """浏阳's loans of 2023 stand a power of ten too low in the yearbook."""
    shown = simcounty("data", "浏阳市", "--variable", "金融机构各项贷款余额", "--lang", "zh").stdout
    assert "138.7*" in shown
    assert "* 未采用：2023年金融机构各项贷款余额138.7亿元，" in shown
    assert "疑差十倍" in shown


def test_a_former_name_is_followed_and_that_is_said(simcounty: Command) -> None:
    shown = simcounty("data", "户县", "--lang", "zh").stdout
    assert shown.startswith("鄠邑区（610118，陕西省西安市）\n")
    assert "户县（610125，至2014年）的数据并入鄠邑区（610118）。" in shown


def test_a_prefecture_has_its_own_figures_and_says_of_how_many_counties_there_are_any(
    simcounty: Command,
) -> None:
    record = json.loads(simcounty("data", "杭州市", "--json").stdout)["places"][0]
    assert record["level"] == "prefecture"
    assert record["counties"] == 13
    known = {each["key"]: each["counties"] for each in record["counties_known"]}
    assert 3 <= known["gdp"] <= 13
    assert "Of its 13 counties" in simcounty("data", "杭州市").stdout


def test_json_gives_every_figure_with_its_source(simcounty: Command) -> None:
    record = json.loads(simcounty("data", "330122", "--variable", "gdp", "--json").stdout)
    (variable,) = record["places"][0]["variables"]
    by_year = {each["year"]: each for each in variable["figures"]}
    assert by_year[2023]["value"] == 469.23
    assert by_year[2023]["source"].startswith("县域统计年鉴2024版")
    assert all(each["source"] for each in variable["figures"])


def test_nothing_later_than_a_year_is_shown(simcounty: Command) -> None:
    record = json.loads(simcounty("data", "桐庐", "--known-by", "2021", "--json").stdout)
    years = [each["year"] for own in record["places"][0]["variables"] for each in own["figures"]]
    assert max(years) == 2021


def test_what_cannot_be_found_is_met_with_guesses(simcounty: Command) -> None:
    ran = simcounty("data", "桐庐镇", "吉林")
    assert ran.returncode == 2
    assert "Did you mean '桐庐县'?" in ran.stderr
    assert "220000 (吉林省), 220200 (吉林省 吉林市)" in ran.stderr
    assert "Did you mean '地区生产总值'" in simcounty("data", "桐庐", "--variable", "地区生产总直").stderr


def test_figures_are_written_as_tables_and_drawn(simcounty: Command, tmp_path: Path) -> None:
    files = ("a.csv", "a.xlsx", "a.nc")
    ran = simcounty("data", "桐庐", "建德", "--out", "there", *(f"--save={each}" for each in files))
    assert ran.returncode == 0, ran.stderr
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()))
    values = {(row["代码 (code)"], row["指标 (variable)"], row["年份 (year)"]): row for row in rows}
    assert values["330122", "gdp", "2023"]["数值 (value)"] == "469.23"
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["历年"]
    head = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, head.index(2023) + 1).value == 469.23
    drawn = sorted(each.name for each in (tmp_path / "there").iterdir())
    assert drawn == [f"data-桐庐县-建德市.{kind}" for kind in ("pdf", "png", "svg")]


def test_a_file_of_another_kind_is_refused_before_anything_is_shown(simcounty: Command) -> None:
    ran = simcounty("data", "桐庐", "--save", "a.doc")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ".csv, .xlsx, .nc" in ran.stderr


def test_nothing_heavy_is_loaded_to_show_a_county(simcounty: Command) -> None:
    heavy = {"xarray", "pandas", "matplotlib", "pint", "scipy"}
    code = (
        "import sys; sys.argv = ['simcounty', 'data', '桐庐', '-q']\n"
        "from simcounty.cli import app\napp(standalone_mode=False)\n"
        f"print('loaded:', sorted(set(sys.modules) & {heavy!r}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert ran.stdout.rstrip().endswith("loaded: []")
