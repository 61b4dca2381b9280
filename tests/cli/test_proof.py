"""`simcounty proof draft.md`: numbers of a draft that drift are found, with both numbers and their line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import docx
import pytest

import simcounty as sc

from .conftest import VILLAGE, Command

DRAFT = """# 草稿
{{{{scenario : plan.toml}}}}

到2030年城镇化率达到{share}%{{{{urban_share@2030}}}}，
比基线高{more}个百分点{{{{urban_share@2030 : plan.toml - baseline}}}}。
"""


@pytest.fixture
def numbers(tmp_path: Path) -> tuple[str, str]:
    """The village's files beside the drafts, and its town share of 2030 in % and what it gains, as shown."""
    for file in VILLAGE.iterdir():
        shutil.copy(file, tmp_path / file.name)
    plan = sc.load(tmp_path / "plan.toml")
    run = sc.simulate([plan.baseline, plan]).urban_share.sel(time=2030) * 100
    return f"{float(run[1]):.2f}", f"{float(run[1] - run[0]):.2f}"


def write(folder: Path, share: str, more: str) -> Path:
    file = folder / "draft.md"
    file.write_text(DRAFT.format(share=share, more=more), "utf-8")
    return file


def test_a_draft_that_agrees_passes(simcounty: Command, tmp_path: Path, numbers: tuple[str, str]) -> None:
    draft = write(tmp_path, *numbers)
    before = draft.read_bytes()
    ran = simcounty("proof", "draft.md")
    assert ran.returncode == 0, ran.stderr
    assert "All 2 tagged numbers agree with a fresh run." in ran.stderr
    assert draft.read_bytes() == before


def test_a_mismatch_is_exit_3_with_both_numbers_and_the_line(
    simcounty: Command, tmp_path: Path, numbers: tuple[str, str]
) -> None:
    write(tmp_path, "44.44", numbers[1])
    ran = simcounty("proof", "draft.md")
    assert ran.returncode == 3
    assert f"draft.md: line 4: 44.44 % is stated, a fresh run gives {numbers[0]} %" in ran.stderr
    assert "1 of 2 tagged numbers do not agree" in ran.stderr
    assert "Traceback" not in ran.stderr
    told = json.loads(simcounty("proof", "draft.md", "--json").stdout)
    assert [(each["line"], each["stated"], each["written"], each["result"]) for each in told] == [
        (4, "44.44", numbers[0], "differs"),
        (5, numbers[1], numbers[1], "agrees"),
    ]


def test_a_change_of_the_scenario_is_found(
    simcounty: Command, tmp_path: Path, numbers: tuple[str, str]
) -> None:
    write(tmp_path, *numbers)
    plan = tmp_path / "plan.toml"
    plan.write_text(plan.read_text("utf-8").replace('moving_rate = "3%"', 'moving_rate = "4%"'), "utf-8")
    assert simcounty("proof", "draft.md").returncode == 3
    assert simcounty("proof", "draft.md", "--fill").returncode == 3  # what is not blank stays
    assert simcounty("proof", "draft.md", "--update").returncode == 0
    assert simcounty("proof", "draft.md").returncode == 0


def test_blanks_fail_until_they_are_filled(
    simcounty: Command, tmp_path: Path, numbers: tuple[str, str]
) -> None:
    draft = write(tmp_path, "__", "_.__")
    ran = simcounty("proof", "draft.md")
    assert ran.returncode == 3
    assert f"line 4: there is no number before the tag; --fill writes {numbers[0]}" in ran.stderr
    ran = simcounty("proof", "draft.md", "--fill")
    assert ran.returncode == 0
    assert "2 numbers written into draft.md" in ran.stderr
    assert draft.read_text("utf-8") == DRAFT.format(share=numbers[0], more=numbers[1])


def test_a_copy_without_tags_is_written_once_all_agrees(
    simcounty: Command, tmp_path: Path, numbers: tuple[str, str]
) -> None:
    write(tmp_path, "44.44", numbers[1])
    assert simcounty("proof", "draft.md", "--clean", "final.md").returncode == 3
    assert not (tmp_path / "final.md").exists()
    assert simcounty("proof", "draft.md", "--update", "--clean", "final.md").returncode == 0
    text = (tmp_path / "final.md").read_text("utf-8")
    assert f"到2030年城镇化率达到{numbers[0]}%，\n比基线高{numbers[1]}个百分点。" in text
    assert "{{" not in text
    assert simcounty("proof", "draft.md", "--clean", "draft.md").returncode == 2
    assert simcounty("proof", "draft.md", "--clean", "final.docx").returncode == 2


def test_everything_that_is_no_tag_is_exit_2_at_once(
    simcounty: Command, tmp_path: Path, numbers: tuple[str, str]
) -> None:
    text = "5%{{urban_sahre@2030 : plan.toml}}\n\n5%{{urban_share@2055 : plan.toml}} 5%{{urban_share@2030\n"
    (tmp_path / "draft.md").write_text(text, "utf-8")
    ran = simcounty("proof", "draft.md", "--fill", "--update")
    assert ran.returncode == 2
    assert ran.stderr.count("\n  - line ") == 3
    for words in ("line 1: {{urban_sahre@2030", "Did you mean 'urban_share'?", "line 3: {{urban_share@2055"):
        assert words in ran.stderr
    assert (tmp_path / "draft.md").read_text("utf-8") == text


def test_a_word_file_is_held_and_filled_and_keeps_its_type(
    simcounty: Command, tmp_path: Path, numbers: tuple[str, str]
) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("到2030年城镇化率达到")
    paragraph.add_run("__").bold = True
    paragraph.add_run("%{{urban_share@2030")  # Word cuts text wherever it likes
    paragraph.add_run(" : plan.toml}}").italic = True
    paragraph.add_run("。")
    cell = document.add_table(1, 1).rows[0].cells[0]
    cell.text = "9.99个百分点{{urban_share@2030 : plan.toml - baseline}}"
    document.save(str(tmp_path / "draft.docx"))
    ran = simcounty("proof", "draft.docx", "--fill")
    assert ran.returncode == 3
    assert f"draft.docx: paragraph 2: 9.99 个百分点 is stated, a fresh run gives {numbers[1]}" in ran.stderr
    assert simcounty("proof", "draft.docx", "--update", "--clean", "final.docx").returncode == 0
    made = docx.Document(str(tmp_path / "final.docx"))
    assert made.paragraphs[0].text == f"到2030年城镇化率达到{numbers[0]}%。"
    assert [(run.text, run.bold) for run in made.paragraphs[0].runs][1] == (numbers[0], True)
    assert made.tables[0].rows[0].cells[0].text == f"{numbers[1]}个百分点"


def test_what_is_no_draft_is_refused(simcounty: Command, tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_text("no numbers here", "utf-8")
    (tmp_path / "broken.docx").write_bytes(b"no zip")
    for args, says in (
        (("empty.md",), "holds no tag. Write one behind a number"),
        (("broken.docx",), "cannot be read as a Word file"),
        (("gone.md",), "there is no such file"),
        (("gone.docx",), "there is no such file"),
        (("tonglu/plan-2027",), "a draft ends in .md"),
        (("empty.md", "gone.md", "--clean", "final.md"), "is for one draft, and 2 are given"),
    ):
        ran = simcounty("proof", *args)
        assert ran.returncode == 2, ran.stderr
        assert says in ran.stderr, ran.stderr
        assert "Traceback" not in ran.stderr


def test_line_ends_and_byte_order_mark_of_a_draft_are_kept(tmp_path: Path, numbers: tuple[str, str]) -> None:
    draft = tmp_path / "draft.txt"
    draft.write_bytes("\ufeff一\r\n__%{{urban_share@2030 : plan.toml}}\r\n".encode())
    sc.proof(draft, fill=True)
    share = numbers[0]
    assert draft.read_bytes().decode() == f"\ufeff一\r\n{share}%{{{{urban_share@2030 : plan.toml}}}}\r\n"
