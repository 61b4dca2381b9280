"""A workbook made of a scenario, opened, changed and run, is the scenario with that change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import simcounty as sc
from simcounty.errors import InputError, ScenarioError
from simcounty.files.copies import copy_editable, text_naming
from simcounty.files.workbook import save_template
from simcounty.scenario import Scenario

VILLAGE = Path(__file__).parents[1] / "village"
Change = Callable[[Any], None]


def village(folder: Path) -> Path:
    """Copy the village with a workbook; return the plan that names it."""
    return copy_editable(sc.load(VILLAGE / "plan.toml"), folder, workbook=True)[0]


def changed(plan: Path, change: Change) -> Path:
    """Change the workbook beside a plan as a user would, and save it."""
    book = openpyxl.load_workbook(plan.with_suffix(".xlsx"))
    change(book)
    book.save(plan.with_suffix(".xlsx"))
    return plan


def cell(sheet: Any, key: str, heading: object) -> Any:
    """Return the cell of a key's row under a heading."""
    heads = {each.value: each.column for each in sheet[1]}
    rows = {row[0].value: row[0].row for row in sheet.iter_rows(min_row=2)}
    return sheet.cell(rows[key], heads[heading])


def same(one: Scenario, other: Scenario) -> bool:
    return (one.levers, one.county.observations) == (other.levers, other.county.observations)


def test_the_workbook_of_a_scenario_gives_the_same_scenario(tmp_path: Path) -> None:
    assert same(sc.load(village(tmp_path)), sc.load(VILLAGE / "plan.toml"))


@pytest.mark.parametrize("name", ["tonglu/plan-2027", "chunan/plan-2027", "tonglu/baseline"])
def test_the_workbook_of_a_shipped_scenario_gives_the_same_scenario(name: str, tmp_path: Path) -> None:
    copies = copy_editable(sc.load(name), tmp_path, workbook=True)
    assert same(sc.load(copies[0]), sc.load(name))
    assert "# 桐庐's plan" in copies[0].read_text("utf-8") or name != "tonglu/plan-2027"


def test_a_number_typed_under_a_year_moves_the_lever_from_its_first_day(tmp_path: Path) -> None:
    plan = changed(
        village(tmp_path), lambda book: cell(book["levers"], "reward", 2028).__setattr__("value", 3)
    )
    setting = sc.load(plan).levers["reward"]
    assert dict(zip(setting.times, setting.values, strict=True)) == {
        2022.5: 0.0, 2024.0: 2000.0, 2027.0: 3.0, 2029.0: 1000.0,
    }  # fmt: skip


def test_a_number_may_be_in_another_unit_or_a_percentage(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        cell(book["levers"], "reward", 2028).value = "0.05 万元/人"
        openness = cell(book["levers"], "openness", 2028)
        openness.value, openness.number_format = 0.07, "0%"

    levers = sc.load(changed(village(tmp_path), change)).levers
    assert 500.0 in levers["reward"].values
    assert levers["openness"].values == (0.07,)


def test_an_observation_typed_into_the_workbook_is_read(tmp_path: Path) -> None:
    plan = village(tmp_path)
    before = len(sc.load(plan).county.observations)
    changed(plan, lambda book: book["observed"].append(["urban_share", 2026, 41, "%", "a count"]))
    added = sc.load(plan).county.observations[before:]
    assert [(each.variable, each.year, each.value, each.source) for each in added] == [
        ("urban_share", 2026, pytest.approx(0.41), "a count")
    ]


def test_a_target_that_people_track_has_its_row(tmp_path: Path) -> None:
    plan = village(tmp_path)

    def change(book: Any) -> None:
        cell(book["tracked"], "offices", "年份 (year)").value = 2026
        cell(book["tracked"], "offices", "数值 (value)").value = "完成"
        cell(book["tracked"], "offices", "来源 (source)").value = "seen"

    assert [each.done for each in sc.load(changed(plan, change)).tracked] == [True]


def test_everything_wrong_in_a_workbook_is_said_at_once(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        sheet = book["levers"]
        cell(sheet, "reward", 2028).value = 9999
        cell(sheet, "reward", 2029).value = "3 亩"
        cell(sheet, "openness", 2028).value = "wide"
        sheet.append(["rewards", "yuan/person"])
        cell(sheet, "rewards", 2028).value = 1
        book["observed"].append(["urban_sahre", 2026, 41, "%", "a count"])
        book["observed"].append(["urban_share", 2026, 41, "亩", "a count"])

    with pytest.raises(ScenarioError) as refused:
        sc.load(changed(village(tmp_path), change))
    said = str(refused.value)
    for words in (
        "reward: 2028: 9999 yuan/person is outside [0, 5000]",
        "reward: 2029: 3 亩 cannot be converted to yuan/person",
        "openness: 2028: 'wide' is not a finite number",
        "sheet levers, row 5: rewards: is not a variable",
        "Did you mean 'reward'?",
        "sheet observed, row 4: urban_sahre is not a variable",
        "sheet observed, row 5: 41 亩 cannot be converted to Dmnl",
    ):
        assert words in said, said
    assert said.count("\n  - ") == 6


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda book: book.remove(book["levers"]), "has no sheet 'levers'. It has 说明, observed"),
        (lambda book: setattr(book["levers"], "title", "lever"), "Did you mean 'lever'? It has 说明, lever"),
        (
            lambda book: setattr(book["levers"]["A1"], "value", "杠杆 (levre)"),
            "sheet levers, row 1: the columns lever are missing. Add them. Did you mean 'levre'?",
        ),
        (
            lambda book: setattr(book["levers"]["J1"], "value", "spring"),
            "column spring: is neither a date, such as 2025 or 2023-07-01, nor one of lever, unit",
        ),
        (lambda book: setattr(book["levers"]["J1"], "value", 2022), "the column 2022 stands twice"),
        (
            lambda book: setattr(book["levers"]["J2"], "value", "=1+1"),
            "sheet levers, row 2: cell J2 holds a formula nobody has computed",
        ),
        (
            lambda book: book["levers"].append(["reward", "yuan"]),
            "row 5: reward: stands already in sheet levers, row 3",
        ),
        (
            lambda book: setattr(book["observed"]["B2"], "value", "last year"),
            "sheet observed, row 2: year is 'last year'",
        ),
    ],
)
def test_a_workbook_that_cannot_be_read_says_where(change: Change, says: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as refused:
        sc.load(changed(village(tmp_path), change))
    assert says in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"lever,unit\n", b"PK\x03\x04 but no more"])
def test_a_file_that_is_no_workbook_is_refused(content: bytes, tmp_path: Path) -> None:
    plan = village(tmp_path)
    plan.with_suffix(".xlsx").write_bytes(content)
    with pytest.raises(ScenarioError) as refused:
        sc.load(plan)
    assert str(refused.value).count("cannot be opened as an Excel workbook") == 3  # levers, observed, tracked


def test_a_workbook_that_is_gone_is_named(tmp_path: Path) -> None:
    plan = village(tmp_path)
    plan.with_suffix(".xlsx").unlink()
    with pytest.raises(ScenarioError, match=r"plan\.xlsx: there is no such file"):
        sc.load(plan)


def test_paths_may_lie_in_a_csv_file(tmp_path: Path) -> None:
    plan = village(tmp_path)
    text = plan.read_text("utf-8").replace('lever_paths = "plan.xlsx"', 'lever_paths = "paths.csv"')
    plan.write_text(text, "utf-8")
    (tmp_path / "paths.csv").write_text("lever,unit,2025,2023-07-01\nreward,元/人,2000,0\n", "utf-8-sig")
    setting = sc.load(plan).levers["reward"]
    assert dict(zip(setting.times, setting.values, strict=True)) == {2022.5: 0.0, 2024.0: 2000.0}


def test_a_lever_set_in_the_file_and_in_its_table_is_set_once_too_often(tmp_path: Path) -> None:
    plan = village(tmp_path)
    plan.write_text(plan.read_text("utf-8") + "\n[levers]\nreward = 5\n", "utf-8")
    with pytest.raises(ScenarioError, match=r"levers, reward: is also set in .*plan\.xlsx"):
        sc.load(plan)


def test_a_changed_workbook_makes_another_scenario(tmp_path: Path) -> None:
    plan = village(tmp_path)
    before = sc.load(plan).hash
    changed(plan, lambda book: cell(book["levers"], "reward", 2028).__setattr__("value", 3))
    assert sc.load(plan).hash != before


def test_the_same_scenario_gives_the_same_bytes(tmp_path: Path) -> None:
    plan = sc.load(VILLAGE / "plan.toml")
    files = [save_template(plan, tmp_path / f"{name}.xlsx") for name in ("one", "two")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_file_written_otherwise_is_not_edited_blindly() -> None:
    for text in ('"title" = "a"\n', 'title = "a"\nlevers = { reward = 3 }\n'):
        with pytest.raises(InputError, match="cannot be made to name a workbook"):
            text_naming(text, {"lever_paths": "a.xlsx"}, Path("plan.toml"))
