"""A cell of a spreadsheet is a number, or is refused by its name."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from written import write_model

import simcounty as sc
from simcounty.errors import ModelError

SERIES = "s := GET XLS DATA('in.xlsx', 'In', '1', 'B2') ~ ~ |"
ROWS = [["year", 0, 2, 4], ["sales", 1, 3, 5], ["k", 7, None, None]]


def write_sheet(folder: Path, rows: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "In"
    for row in rows:
        sheet.append(row)
    book.save(folder / "in.xlsx")


def changed(row: int, column: int, cell: Any) -> list[list[Any]]:
    rows = [list(each) for each in ROWS]
    rows[row][column] = cell
    return rows


@pytest.mark.parametrize(
    ("equation", "rows", "value"),
    [
        ("x = GET XLS CONSTANTS('in.xlsx', 'In', 'B3')", ROWS, 7),
        ("x = GET XLS CONSTANTS('in.xlsx', 'in', 'B3')", ROWS, 7),
        ("x = GET XLS CONSTANTS('in.xlsx', 'In', 'B3')", changed(2, 1, " 12.5 "), 12.5),
        (f"{SERIES} x = s", ROWS, 5),
        (f"{SERIES} x = s", changed(1, 2, None), 5),
        (f"{SERIES} x = s", [[*ROWS[0], None, "source: yearbook"], [*ROWS[1], "note"]], 5),
    ],
    ids=["number", "case of the sheet", "digits as text", "series", "gap", "remark beside"],
)
def test_numbers_are_read(tmp_path: Path, equation: str, rows: list[list[Any]], value: float) -> None:
    write_sheet(tmp_path, rows)
    assert float(sc.simulate(sc.load_model(write_model(tmp_path, f"{equation} ~ ~ |")))["x"][-1]) == value


@pytest.mark.parametrize(
    ("equation", "rows", "words"),
    [
        (
            "x = GET XLS CONSTANTS('in.xlsx', 'In', 'B3')",
            changed(2, 1, True),
            "B3 holds 'True' where",
        ),
        ("x = GET XLS CONSTANTS('in.xlsx', 'In', 'B3')", changed(2, 1, "seven"), "B3 holds 'seven'"),
        ("x = GET XLS CONSTANTS('in.xlsx', 'In', 'B3')", changed(2, 1, "1_000"), "B3 holds '1_000'"),
        ("x = GET XLS CONSTANTS('in.xlsx', 'In', 'C3')", ROWS, "C3 is empty where a number is read"),
        (
            f"{SERIES} x = s",
            changed(1, 2, "-"),
            "in.xlsx, sheet In: cell C2 holds '-'",
        ),
        (f"{SERIES} x = s", changed(1, 3, False), "D2 holds 'False'"),
        (f"{SERIES} x = s", changed(1, 2, "=2*50"), r"C2 holds '=2\*50'"),
        (f"{SERIES} x = s", changed(1, 3, "#REF!"), "D2 holds '#REF!'"),
        (f"{SERIES} x = s", changed(0, 2, 0), "two values at 0; keep one"),
        ("x = GET XLS CONSTANTS('in.xlsx', 'In', 'B3')", changed(2, 1, "=1/0"), "B3 holds '=1/0'"),
        ("x = GET XLS CONSTANTS('in.xlsx', 'In', 'B4')", [*ROWS, ["l", "#N/A"]], "B4 holds '#N/A'"),
        (f"{SERIES} x = s", changed(0, 3, "2004年"), "D1 holds '2004年'"),
        (f"{SERIES} x = s", changed(0, 2, datetime.date(2004, 1, 1)), "C1 holds '2004-01-01"),
        ("x = GET XLS CONSTANTS('in.xlsx', 'Out', 'B3')", ROWS, "no sheet 'Out'; it has In"),
        ("x = GET XLS CONSTANTS('in.xlsx', 'In', 'name')", ROWS, "no numbers .*AttributeError: .*'name'"),
    ],
)
def test_other_cells_are_refused_by_file_sheet_and_cell(
    tmp_path: Path, equation: str, rows: list[list[Any]], words: str
) -> None:
    write_sheet(tmp_path, rows)
    with pytest.raises(ModelError, match=words):
        sc.load_model(write_model(tmp_path, f"{equation} ~ ~ |"))


@pytest.mark.parametrize("name", ["in.xlsx", "in.xls", "in.ods"])
@pytest.mark.parametrize("content", ["", "504b0304" + "20" * 99, "d0cf11e0a1b11ae1" + "00" * 900])
def test_a_file_that_is_no_spreadsheet_is_refused_with_the_cause(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_bytes(bytes.fromhex(content))
    with pytest.raises(ModelError, match=rf"{name} is no spreadsheet that can be read \(\w+: "):
        sc.load_model(write_model(tmp_path, f"x = GET XLS CONSTANTS('{name}', 'In', 'B3')"))


def test_lines_of_a_table_are_counted_with_empty_ones_and_its_words_refused(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,1\n\nb,TRUE\nc,3\n", "utf-8")
    good, bad = (f"x = GET DIRECT CONSTANTS('in.csv', ',', '{cell}')" for cell in ("B4", "B3"))
    assert float(sc.simulate(sc.load_model(write_model(tmp_path, good)))["x"][0]) == 3
    with pytest.raises(ModelError, match=r"in\.csv: cell B3 holds 'TRUE'"):
        sc.load_model(write_model(tmp_path, bad))
