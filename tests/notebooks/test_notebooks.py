"""Notebooks run in a fresh kernel, without a word of warning, and leave what a plan draft needs.

They are kept without outputs, so that a change of one is read as a change of text.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = {file.stem: file for file in sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))}
FEWER: Mapping[str, Mapping[str, int]] = {
    "03_uncertainty": {"MEMBERS": 1_000},
    "06_calibration": {"STEPS": 12, "FOLDS": 2},
}
"""What the tests set otherwise in the cell tagged `parameters`, so that they take less time."""

WRITES = {
    "01_one_county": {
        *("changes.png", "paragraph.md", "report.docx", "report.xlsx"),
        *("trends.pdf", "trends.png", "verdicts.csv"),
    },
    "02_levers": {
        *("城镇化率瀑布图.png", "债务瀑布图.pdf", "杠杆.csv", "贡献.csv"),
        *("走完范围.csv", "未用杠杆.csv"),
    },
    "03_uncertainty": {
        *("regions.md", "fan.pdf", "fan.png", "odds.xlsx", "scatter.png"),
        *("tornado-investment.png", "tornado-urbanisation.png"),
    },
    "04_several_counties": {"三县.png", "三县人均.pdf", "三县结论.csv", "全省结论.csv", "三县报告.docx"},
    "05_own_model": {"town.mdl", "town.toml", "run.csv", "轨迹.png", "扇形图.pdf"},
    "06_calibration": {"posterior.nc", "先验与后验.png", "留出检验.pdf", "参数.csv", "达标概率.csv"},
}
MOST_SECONDS = 120
EXPECTED = "compiling"
"""What may stand on standard error: that equations are compiled for the first time."""


@cache
def notebook(name: str) -> Any:
    return nbformat.read(NOTEBOOKS[name], as_version=4)


def quicker(name: str) -> Any:
    """Return a notebook, with what the tests set otherwise behind what it sets."""
    book = nbformat.from_dict(notebook(name))
    for cell in book.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source += "".join(f"\n{key} = {value}" for key, value in FEWER.get(name, {}).items())
    return book


def said_on_standard_error(book: Any) -> list[str]:
    return [
        line
        for cell in book.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
        for line in output.text.splitlines()
        if line.strip() and EXPECTED not in line
    ]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_without_a_warning_in_two_minutes_and_writes_its_files(
    name: str, tmp_path: Path
) -> None:
    book = quicker(name)
    begun = time.perf_counter()
    where = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(book, timeout=MOST_SECONDS, kernel_name="python3", resources=where).execute()
    assert time.perf_counter() - begun < MOST_SECONDS
    assert said_on_standard_error(book) == []
    written = {file.name for file in (tmp_path / "out" / name).iterdir() if file.is_file()}
    assert written >= WRITES[name]
    assert all(file.stat().st_size for file in (tmp_path / "out" / name).rglob("*") if file.is_file())


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_kept_without_outputs(name: str) -> None:
    cells = [cell for cell in notebook(name).cells if cell.cell_type == "code"]
    assert [cell.id for cell in cells if cell.outputs or cell.execution_count] == []


@pytest.mark.parametrize("name", FEWER)
def test_what_the_tests_set_otherwise_is_a_parameter_of_the_notebook(name: str) -> None:
    cell = next(cell for cell in notebook(name).cells if "parameters" in cell.metadata.get("tags", []))
    assert [key for key in FEWER[name] if f"{key} = " not in cell.source] == []
