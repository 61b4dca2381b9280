"""A workbook made of a scenario, opened, changed and run, is the scenario with that change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import simcounty as sc
from simcounty.errors import InputError, ScenarioError
from simcounty.files.copies import copy_editable, copy_workbook
from simcounty.files.template import save_template
from simcounty.scenario import Scenario

VILLAGE = Path(__file__).parents[1] / "village"
Change = Callable[[Any], None]


def village(folder: Path) -> Path:
    """Write the village as a workbook; return it."""
    return copy_workbook(sc.load(VILLAGE / "plan.toml"), folder)[0]


def changed(plan: Path, change: Change) -> Path:
    """Change a workbook as a user would, and save it."""
    book = openpyxl.load_workbook(plan)
    change(book)
    book.save(plan)
    return plan


def cell(sheet: Any, key: str, heading: object) -> Any:
    """Return the cell of a key's row under a heading."""
    heads = {each.value: each.column for each in sheet[1]}
    rows = {row[0].value: row[0].row for row in sheet.iter_rows(min_row=2)}
    return sheet.cell(rows[key], heads[heading])


def same(one: Scenario, other: Scenario) -> bool:
    """Whether levers, observations, values and targets agree, and numbers but for the last of 16 digits."""
    first, second = ({key: each.value for key, each in x.model.constants.items()} for x in (one, other))
    return first == pytest.approx(second, rel=1e-15) and asked(one) == asked(other)


def asked(plan: Scenario) -> tuple[object, ...]:
    county = plan.county
    return plan.levers, plan.all_targets, plan.tracked, plan.headline, county.observations, county.values


def test_the_workbook_of_a_scenario_gives_the_same_scenario(tmp_path: Path) -> None:
    assert same(sc.load(village(tmp_path)), sc.load(VILLAGE / "plan.toml"))


@pytest.mark.parametrize("name", ["tonglu/plan-2027", "chunan/plan-2027", "tonglu/baseline"])
def test_the_workbook_of_a_shipped_scenario_gives_the_same_scenario(name: str, tmp_path: Path) -> None:
    assert same(sc.load(copy_workbook(sc.load(name), tmp_path)[0]), sc.load(name))


def test_a_number_typed_under_a_year_moves_the_lever_from_its_first_day(tmp_path: Path) -> None:
    plan = changed(
        village(tmp_path), lambda book: cell(book["政策"], "进城奖励", 2028).__setattr__("value", 3)
    )
    setting = sc.load(plan).levers["reward"]
    assert dict(zip(setting.times, setting.values, strict=True)) == {
        2022.5: 0.0, 2024.0: 2000.0, 2027.0: 3.0, 2029.0: 1000.0,
    }  # fmt: skip


def test_a_number_may_be_in_another_unit_or_a_percentage(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        cell(book["政策"], "进城奖励", 2028).value = "0.05 万元/人"
        openness = cell(book["政策"], "落户放开度", 2028)
        openness.value, openness.number_format = 0.07, "0%"

    levers = sc.load(changed(village(tmp_path), change)).levers
    assert 500.0 in levers["reward"].values
    assert levers["openness"].values == (0.07,)


def test_an_observation_typed_into_the_workbook_is_read(tmp_path: Path) -> None:
    plan = village(tmp_path)
    before = len(sc.load(plan).county.observations)
    changed(plan, lambda book: book["历年"].append(["城镇化率", 2026, 41, "%", "a count"]))
    added = sc.load(plan).county.observations[before:]
    assert [(each.variable, each.year, each.value, each.source) for each in added] == [
        ("urban_share", 2026, pytest.approx(0.41), "a count")
    ]


def test_a_target_that_people_track_has_its_row(tmp_path: Path) -> None:
    plan = village(tmp_path)

    def change(book: Any) -> None:
        cell(book["跟踪"], "offices", "年份").value = 2026
        cell(book["跟踪"], "offices", "数值").value = "完成"
        cell(book["跟踪"], "offices", "来源").value = "seen"

    assert [each.done for each in sc.load(changed(plan, change)).tracked] == [True]


def test_everything_wrong_in_a_workbook_is_said_at_once(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        sheet = book["政策"]
        cell(sheet, "进城奖励", 2028).value = 9999
        cell(sheet, "进城奖励", 2029).value = "3 亩"
        cell(sheet, "落户放开度", 2028).value = "wide"
        sheet.append(["rewards", "yuan/person"])
        cell(sheet, "rewards", 2028).value = 1
        book["历年"].append(["urban_sahre", 2026, 41, "%", "a count"])
        book["历年"].append(["urban_share", 2026, 41, "亩", "a count"])

    with pytest.raises(ScenarioError) as refused:
        sc.load(changed(village(tmp_path), change))
    said = str(refused.value)
    for words in (
        "政策!Q3: 进城奖励: 2028: 9999 yuan/person is outside [0, 5000]",
        "政策!R3: 进城奖励: 2029: 3 亩 cannot be converted to yuan/person",
        "政策!Q2: 落户放开度: 2028: 'wide' is not a finite number",
        "政策!A5: rewards: is not a variable",
        "Did you mean 'reward'?",
        "历年!A4: urban_sahre is not a variable",
        "历年!D5: 41 亩 cannot be converted to Dmnl",
    ):
        assert words in said, said
    assert said.count("\n  - ") == 6


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda book: book.remove(book["政策"]), "has no sheet '政策'. It has 说明, 概况, 起点"),
        (lambda book: setattr(book["政策"], "title", "政策表"), "Did you mean '政策表'? It has 说明"),
        (
            lambda book: setattr(book["政策"]["A1"], "value", "杠杆 (levre)"),
            "政策!1: the columns lever are missing. Add them. Did you mean 'levre'?",
        ),
        (
            lambda book: setattr(book["政策"]["J1"], "value", "spring"),
            "政策!J1: spring: is neither a date, such as 2025 or 2023-07-01, nor one of lever, unit",
        ),
        (lambda book: setattr(book["政策"]["J1"], "value", 2021), "the column 2021 stands twice"),
        (
            lambda book: setattr(book["政策"]["J2"], "value", "=1+1"),
            "政策!J2: cell J2 holds a formula nobody has computed",
        ),
        (
            lambda book: book["政策"].append(["reward", "yuan"]),
            "政策!A5: reward: stands already in 政策!A3",
        ),
        (
            lambda book: setattr(book["历年"]["B2"], "value", "last year"),
            "历年!B2: year is 'last year'",
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
    plan.write_bytes(content)
    with pytest.raises(ScenarioError) as refused:
        sc.load(plan)
    assert str(refused.value).count("cannot be read as an Excel workbook") == 1


def test_a_workbook_that_is_gone_is_named(tmp_path: Path) -> None:
    plan = village(tmp_path)
    plan.unlink()
    with pytest.raises(InputError, match=r"plan\.xlsx: there is no such file"):
        sc.load(plan)


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    """A copy of the village's plan without levers."""
    plan = copy_editable(sc.load(VILLAGE / "plan.toml"), tmp_path)[0]
    plan.write_text(plan.read_text("utf-8").partition("[levers]")[0], "utf-8")
    return plan


def test_paths_may_lie_in_a_csv_file(toml: Path) -> None:
    toml.write_text('lever_paths = "paths.csv"\n' + toml.read_text("utf-8"), "utf-8")
    toml.with_name("paths.csv").write_text("lever,unit,2025,2023-07-01\nreward,元/人,2000,0\n", "utf-8-sig")
    setting = sc.load(toml).levers["reward"]
    assert dict(zip(setting.times, setting.values, strict=True)) == {2022.5: 0.0, 2024.0: 2000.0}


def test_a_lever_set_in_the_file_and_in_its_table_is_set_once_too_often(toml: Path) -> None:
    book = village(toml.parent / "book")
    head = f'lever_paths = "book/{book.name}"\n'
    toml.write_text(head + toml.read_text("utf-8") + "\n[levers]\nreward = 5\n", "utf-8")
    with pytest.raises(ScenarioError, match=r"levers, reward: is also set in .*plan\.xlsx"):
        sc.load(toml)


def test_a_changed_workbook_makes_another_scenario(tmp_path: Path) -> None:
    plan = village(tmp_path)
    before = sc.load(plan).hash
    changed(plan, lambda book: cell(book["政策"], "进城奖励", 2028).__setattr__("value", 3))
    assert sc.load(plan).hash != before


def test_the_same_scenario_gives_the_same_bytes(tmp_path: Path) -> None:
    plan = sc.load(VILLAGE / "plan.toml")
    files = [save_template(plan, tmp_path / f"{name}.xlsx") for name in ("one", "two")]
    assert files[0].read_bytes() == files[1].read_bytes()
