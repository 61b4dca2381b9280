"""The numbers of a verdict are the same in the terminal, JSON, DataFrame, Word, Markdown and Excel."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from typer.testing import CliRunner

import simcounty as sc
from simcounty.cli import app
from simcounty.presentation.formatting import goal_text, year_text
from simcounty.presentation.messages import Language, Messages
from simcounty.presentation.verdicts import record_format

VILLAGE = str(Path(__file__).parents[1] / "village" / "plan.toml")
NUMBERS = {"基线": "baseline", "规划": "value", "差距": "margin"}
WORDS = Messages(Language.zh)


@dataclass(frozen=True)
class Views:
    """What each format shows of a scenario's verdicts: JSON records, and rows of texts by their heading."""

    name: str
    records: list[dict[str, Any]]
    terminal: list[dict[str, str]]
    word: list[dict[str, str]]
    markdown: list[dict[str, str]]
    workbook: list[dict[str, Any]]


def printed(*args: str) -> str:
    ran = CliRunner().invoke(app, [*args], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def under_headings(rows: list[list[Any]]) -> list[dict[str, Any]]:
    head, *others = rows
    return [dict(zip(head, row, strict=False)) for row in others]


def rows_of_terminal(text: str, count: int) -> list[dict[str, str]]:
    """Return the rows of the first table printed: in a pipe, two blanks or more are between its cells."""
    return under_headings([re.split(r" {2,}", line.strip()) for line in text.splitlines()[: count + 1]])


def rows_of_markdown(text: str) -> list[dict[str, str]]:
    table = text.split("目标评判结果**\n\n")[1].split("\n\n")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return under_headings([rows[0], *rows[2:]])


def rows_of_word(file: Path) -> list[dict[str, str]]:
    tables = [
        [[cell.text for cell in row.cells] for row in table.rows] for table in docx.Document(file).tables
    ]
    return under_headings(next(table for table in tables if "结论" in table[0]))


def rows_of_workbook(file: Path) -> list[dict[str, Any]]:
    sheet = openpyxl.load_workbook(file)["目标评判"]
    return under_headings([list(row) for row in sheet.iter_rows(values_only=True)])


@pytest.fixture(scope="module", params=[VILLAGE, "tonglu/plan-2027"], ids=["village", "tonglu"])
def views(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Views:
    """Show a scenario in every format, by its commands."""
    name, folder = request.param, tmp_path_factory.mktemp("views")
    run = ("run", name, "--lang", "zh", "--out", str(folder / "out"), "--quiet")
    records = json.loads(printed(*run, "--json"))["targets"]
    files = {kind: folder / f"report.{kind}" for kind in ("docx", "xlsx", "md")}
    printed(
        "report",
        name,
        "--quiet",
        *(part for kind, file in files.items() for part in (f"--{kind}", str(file))),
    )
    return Views(
        name=name,
        records=records,
        terminal=rows_of_terminal(printed(*run), len(records)),
        word=rows_of_word(files["docx"]),
        markdown=rows_of_markdown(files["md"].read_text("utf-8")),
        workbook=rows_of_workbook(files["xlsx"]),
    )


def test_a_terminal_writes_the_numbers_of_the_record(views: Views) -> None:
    assert len(views.terminal) == len(views.records) > 0
    for row, record in zip(views.terminal, views.records, strict=True):
        shown = record_format(record)
        assert row["目标"] == record["label"]
        assert row["年份"] == year_text(record["year"])
        assert row["基线"] == shown.number(record["baseline"])
        assert row["规划"] == shown.number(record["value"])
        assert row["差距"] == shown.change(record["margin"])
        assert row["目标值"] == goal_text(WORDS, record["operator"], record["goal"], record["up_to"])
        assert row["结论"] == ("达到" if record["met"] else "未达到")


def test_word_and_markdown_show_the_table_of_the_terminal(views: Views) -> None:
    columns = [each for each in views.terminal[0] if each != "所依假设"]
    expected = [{name: row[name] for name in columns} for row in views.terminal]
    assert views.word == expected
    assert views.markdown == expected


def test_a_dataframe_shows_the_table_of_the_terminal(views: Views) -> None:
    table = sc.verdicts(sc.load(views.name)).reset_index()
    for place, row in enumerate(views.terminal):
        assert {name: text for name, text in table.iloc[place].to_dict().items() if text} == row


def test_a_workbook_holds_the_very_numbers_of_the_record(views: Views) -> None:
    assert len(views.workbook) == len(views.records)
    for row, record in zip(views.workbook, views.records, strict=True):
        assert row["目标名"] == record["name"]
        assert {key: row[heading] for heading, key in NUMBERS.items()} == {
            key: pytest.approx(record[key], rel=1e-15, abs=0.0) for key in NUMBERS.values()
        }
        assert row["目标值"] == goal_text(WORDS, record["operator"], record["goal"], record["up_to"])
        assert (row["结论"] == "达到", row["基线结论"] == "达到") == (record["met"], record["baseline_met"])
