"""Tables keep within the columns of a terminal: texts are broken between words, numbers never."""

from __future__ import annotations

import re

import pytest

from simcounty.presentation.tables import Column, Table
from simcounty.presentation.terminal import table_text
from simcounty.presentation.wrapping import columns_wide, words_of, wrapped

NAMES = ("目标", "年份", "单位", "基线", "规划", "目标值", "差距", "结论", "达标概率", "条款", "所依假设")
RIGHT = ("基线", "规划", "目标值", "差距")
CELLS = (
    "桐庐经济技术开发区总产值（口径不明）", "2027", "亿元", "1128.25", "1197.50", "> 1300.00", "−103.25",
    "未达到", "较不可能，约 39 %（0–33）", "（二十一）", "远期通胀率假设 1%/年; 产业项目纳入重点比例 60%",
)  # fmt: skip
VERDICTS = Table(tuple(Column(name, name in RIGHT) for name in NAMES), (CELLS, ("工业用地", *CELLS[1:])))
NUMBERS = ("2027", "1128.25", "1197.50", "1300.00", "−103.25", "39 %", "0–33", "60%")


@pytest.mark.parametrize("width", [60, 80, 100, 140, 240])
def test_a_table_keeps_within_the_terminal_and_breaks_no_number(width: int) -> None:
    text = table_text(VERDICTS, width)
    assert max(map(columns_wide, text.splitlines())) <= width
    assert [number for number in NUMBERS if number not in text] == []


def test_what_does_not_fit_stands_below_behind_the_names_of_the_rows() -> None:
    first, second = re.split(r"\n\n+", table_text(VERDICTS, 80).strip())
    assert first.startswith("目标")
    assert second.lstrip().startswith("目标")
    assert "结论" in first
    assert "所依假设" in second
    assert second.count("工业用地") == 1


def test_rows_that_two_columns_name_keep_both_below() -> None:
    columns = tuple(Column(name) for name in ("情景", "目标", "说明", "出处"))
    rows = tuple(("规划", target, "说" * 30, "出" * 40) for target in ("人口", "产值"))
    parts = re.split(r"\n\n+", table_text(Table(columns, rows), 40).strip())
    assert [part.count("规划") for part in parts] == [2, 2]
    assert [part.count("产值") for part in parts] == [1, 1]


def test_numbers_align_where_labels_are_chinese() -> None:
    lines = table_text(VERDICTS, 100).splitlines()
    ends = [columns_wide(line[: line.index("1197.50") + 7]) for line in lines if "1197.50" in line]
    assert len(ends) == 2
    assert ends[0] == ends[1]


def test_a_text_is_broken_before_a_word_a_range_or_a_sign_and_never_in_it() -> None:
    assert wrapped(words_of("约各半，约 53 %（11–49）"), 12) == ["约各半，约 ", "53 %", "（11–49）"]
    assert wrapped(words_of("差距 −3.2 | −0.1"), 8) == ["差距 ", "−3.2 | ", "−0.1"]
