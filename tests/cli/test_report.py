"""`simcounty report`, as a user runs it."""

from __future__ import annotations

from pathlib import Path

import docx
import openpyxl

from .conftest import VILLAGE, Command

PLAN = str(VILLAGE / "plan.toml")


def test_a_report_is_written_in_every_format_and_named(simcounty: Command, tmp_path: Path) -> None:
    ran = simcounty(
        "report", PLAN, "--docx", "a/r.docx", "--xlsx", "r.xlsx", "--md", "r.md", "--date", "2025-06-30"
    )
    assert ran.returncode == 0, ran.stderr
    assert [Path(line).as_posix() for line in ran.stdout.splitlines()] == [
        "a/r.docx", "r.xlsx", "r.md", "r-figures/figure-1.png",
    ]  # fmt: skip
    assert "2025年6月30日" in docx.Document(str(tmp_path / "a" / "r.docx")).paragraphs[1].text
    assert "village plan" in openpyxl.load_workbook(tmp_path / "r.xlsx").sheetnames
    assert "urban_share" in {
        row[0].value for row in openpyxl.load_workbook(tmp_path / "r.xlsx")["village plan"]
    }


def test_what_no_report_can_be_made_of_is_refused(simcounty: Command, tmp_path: Path) -> None:
    for args, says in (
        ((PLAN,), "nothing to write"),
        (("hangzhou/plan-2027", "--md", "r.md"), "is a region"),
        (("tonglu/plan-2072", "--md", "r.md"), "Did you mean 'tonglu/plan-2027'"),
        ((PLAN, PLAN, "--md", "r.md"), "stands twice"),
        ((PLAN, "--docx", "r.md"), "ends in .docx"),
        ((PLAN, "--md", "r.md", "--date", "yesterday"), "is no date"),
    ):
        ran = simcounty("report", *args)
        assert (ran.returncode, ran.stdout) == (2, ""), ran.stderr
        assert says in ran.stderr
        assert "Traceback" not in ran.stderr
    assert list(tmp_path.iterdir()) == []
