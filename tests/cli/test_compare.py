"""`simcounty compare`: tables, JSON, files, and what it refuses."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from running import Ran, run_in
from villages import copied

from .conftest import VILLAGE, Command

PLAN = str(VILLAGE / "plan.toml")
SHARE, SPENT = "urban-share-2030", "spending-2030"
FIGURES = ("compare", "differences", f"waterfall-{SHARE}", f"waterfall-{SPENT}")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """The village's plan against its baseline, with waterfalls, in a folder."""
    folder = tmp_path_factory.mktemp("village")
    return folder, run_in(folder, "compare", PLAN, "--waterfall", "--out", "there")


def told(ran: Ran) -> dict[str, Any]:
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_targets_and_variables_stand_side_by_side(compared: tuple[Path, Ran]) -> None:
    _, ran = compared
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    heads = "Target Year Goal village/plan baseline village/plan Δ village/plan Unit Clause"
    assert lines[0].split() == heads.split()
    shown = "town dwellers 2030 ≥ 45 39.68 ✗ 48.48 ✓ +8.80 % （一）"
    assert lines[1].split() == shown.split()
    assert any(line.split()[:2] == ["城镇化率", "2030"] for line in lines)
    assert "Δ: difference from village/plan baseline" in ran.stdout


def test_a_waterfall_adds_up_in_its_table(compared: tuple[Path, Ran]) -> None:
    _, ran = compared
    assert (
        "town dwellers, 2030: 39.68 in village/plan baseline, 48.48 in village/plan, +8.80 points"
        in ran.stdout
    )
    start = ran.stdout.index("town dwellers, 2030:")
    *levers, total = (row.split() for row in ran.stdout[start:].splitlines()[2:6])
    assert total == ["all", "of", "them", "+8.80"]
    assert {row[0] for row in levers} == {"落户放开度", "进城奖励", "进城率"}
    assert "8 runs, exact" in ran.stdout


def test_json_holds_the_same_numbers(compared: tuple[Path, Ran], simcounty: Command) -> None:
    found = told(simcounty("compare", PLAN, "--waterfall", "--json"))
    assert found["reference"] == "village/plan baseline"
    share = found["targets"][0]
    assert [round(each["value"], 2) for each in share["values"]] == [39.68, 48.48]
    assert [each["met"] for each in share["values"]] == [False, True]
    assert share["values"][1]["difference"] == share["values"][1]["value"] - share["values"][0]["value"]
    (fall,) = found["attributions"]
    for outcome in fall["outcomes"]:
        total = sum(lever["contribution"] for lever in outcome["factors"])
        assert total == pytest.approx(outcome["after"] - outcome["before"], abs=1e-9)
    assert {lever["name"] for lever in fall["outcomes"][0]["factors"]} == {
        "openness",
        "reward",
        "moving_rate",
    }


def test_a_folder_holds_numbers_tables_and_figures_for_print(compared: tuple[Path, Ran]) -> None:
    folder = compared[0] / "there"
    kinds = ("pdf", "png", "svg")
    expected = {"compare.nc", "compare.csv", "waterfall.csv", *(f"{n}.{k}" for n in FIGURES for k in kinds)}
    assert set(os.listdir(folder)) == expected
    found = xr.load_dataset(folder / "compare.nc")
    values = found.value.values.T.tolist()
    levels = found.level.sel(variable="urban_share", time=2030).values.tolist()
    with (folder / "compare.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    judged = [float(row["数值 (value)"]) for row in rows if row["键 (key)"] == SHARE]
    assert judged == values[0]
    shares = [
        float(row["数值 (value)"])
        for row in rows
        if (row["键 (key)"], row["年份 (year)"]) == ("urban_share", "2030")
    ]
    assert shares == levels
    with (folder / "waterfall.csv").open(encoding="utf-8-sig", newline="") as file:
        parts = [
            float(row["贡献 (contribution)"])
            for row in csv.DictReader(file)
            if row["目标 (outcome)"] == SHARE
        ]
    assert sum(parts) == pytest.approx(values[0][1] - values[0][0], abs=1e-9)


def test_my_copy_is_told_from_what_it_was_copied_from(simcounty: Command, tmp_path: Path) -> None:
    plan = copied(tmp_path, {"policy.toml": ("range = [0, 5000]", "range = [0, 4000]")})
    (tmp_path / "village").mkdir()
    for file in plan.parent.glob("*.*"):
        file.rename(tmp_path / "village" / file.name)
    found = told(simcounty("compare", PLAN, "village/plan.toml", "--json"))
    assert [each["name"] for each in found["scenarios"]] == [PLAN, "village/plan.toml"]


def test_half_a_page_is_narrower_and_chinese_on_request(simcounty: Command, tmp_path: Path) -> None:
    from matplotlib import image

    ran = simcounty(
        "compare", PLAN, "--variable", "urban_share", "--out", "there", "--width", "half", "--lang", "zh"
    )
    assert image.imread(tmp_path / "there" / "compare.png").shape[1] == pytest.approx(7.6 / 2.54 * 300, abs=1)
    assert "与 village/plan baseline 之差" in ran.stdout


def test_levers_are_grouped_by_name_or_clause(simcounty: Command) -> None:
    clause = told(simcounty("compare", PLAN, "--by-clause", "--json"))["attributions"][0]
    assert clause["by_clause"]
    assert [lever["keys"] for lever in clause["outcomes"][0]["factors"]] == [
        ["openness", "reward"],
        ["moving_rate"],
    ]
    named = told(simcounty("compare", PLAN, "--waterfall", "--group", "钱=reward, moving_rate", "--json"))
    assert "钱" in [lever["name"] for lever in named["attributions"][0]["outcomes"][0]["factors"]]


def test_three_scenarios_and_their_constraints(simcounty: Command, tmp_path: Path) -> None:
    plan = copied(tmp_path, purse=50_000)
    text = plan.read_text("utf-8")
    for name, reward in (("some", 500), ("much", 4000)):
        (tmp_path / f"{name}.toml").write_text(f"{text}\n[levers]\nreward = {reward}\n", "utf-8")
    ran = simcounty("compare", "plan.toml", "some.toml", "much.toml", "--waterfall", "--target", SHARE)
    assert ran.returncode == 0, ran.stderr
    assert f"Δ {tmp_path.name}/much" in ran.stdout.splitlines()[0]
    assert "Purse: 奖励支出 ≤ 50000:" in ran.stdout
    assert "violated" in ran.stdout
    assert ran.stdout.count("averaged over all orders") == 2


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "Missing argument"),
        ([PLAN, PLAN], "is given 2 times"),
        (["hangzhou/plan-2027", PLAN], "is a region"),
        (["nowhere.toml", PLAN], "there is no such file"),
        ([PLAN, "--variable", "urban_shar"], "Did you mean 'urban_share'"),
        ([PLAN, "--target", "urban-share"], "Did you mean 'urban-share-2030'"),
        ([PLAN, "--at", "2050"], "time 2050: is outside the run"),
        ([PLAN, "--per", "people"], "people is not a variable"),
        ([PLAN, "--group", "a=reward"], "Add --waterfall"),
        ([PLAN, "--waterfall", "--group", "reward"], "write NAME=LEVER,LEVER"),
        ([PLAN, "--waterfall", "--group", "a=rewards"], "Did you mean 'reward'"),
        ([PLAN, "tonglu/plan-2027", "--waterfall"], "two counties"),
        ([PLAN, "--width", "wide"], "'wide' is not one of 'full', 'half'"),
        ([PLAN, "--out", f"{PLAN}/out"], "cannot be written"),
        ([*(f"{name}.toml" for name in "abcdef"), "--out", "there"], "6 runs are too many for one figure"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing(
    simcounty: Command, tmp_path: Path, args: list[str], words: str
) -> None:
    plan = copied(tmp_path).read_text("utf-8")
    for name in "abcdef":
        (tmp_path / f"{name}.toml").write_text(plan, "utf-8")
    before = set(os.listdir(tmp_path))
    ran = simcounty("compare", *args)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr
    assert set(os.listdir(tmp_path)) == before


def test_what_is_wrong_is_said_at_once(simcounty: Command) -> None:
    wrong = ("--variable", "a", "--variable", "b", "--target", "c", "--at", "1999")
    said = simcounty("compare", PLAN, *wrong).stderr
    for words in ("variable a is not", "variable b is not", "target c", "time 1999"):
        assert words in said
