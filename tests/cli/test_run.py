"""`simcounty run`: verdicts first, then a folder of files; bad input is named and leaves nothing."""

from __future__ import annotations

import json
import os
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import xarray as xr
from running import Ran, installed

from simcounty import atomic, files
from simcounty.cli.run import run
from simcounty.files import figure
from simcounty.presentation.messages import Language

from .conftest import VILLAGE, Command

PLAN = str(VILLAGE / "plan.toml")
HEADINGS = ["target", "year", "unit", "baseline", "plan", "goal", "margin", "verdict", "clause"]
PROMISED = {*HEADINGS} - {"target", "plan", "verdict"} | {"name", "variable", "operator", "value", "met"}
FILES = ["headline.pdf", "headline.png", "headline.svg", "run.csv", "run.nc"]


def test_verdicts_are_printed_target_by_target(village: tuple[Path, Ran]) -> None:
    _, ran = village
    first, *rows = ran.stdout.splitlines()
    assert ran.returncode == 0
    assert first.lower().split() == HEADINGS
    assert [row.split()[-1] for row in rows[:2]] == ["（一）", "（一）"]
    assert "≥ 45" in rows[0]
    assert any(word in rows[0] for word in (" met ", " missed "))


def test_inputs_of_the_county_are_counted(village: tuple[Path, Ran]) -> None:
    assert village[1].stdout.splitlines()[-1] == "County inputs: 1 sourced, 1 assumed."


def test_messages_go_to_stderr(village: tuple[Path, Ran]) -> None:
    assert "Wrote" in village[1].stderr
    assert "Wrote" not in village[1].stdout


def test_data_and_figures_are_written_to_a_folder_named_after_county_and_scenario(
    village: tuple[Path, Ran],
) -> None:
    assert sorted(os.listdir(village[0] / "out" / "village-plan")) == FILES


def test_the_dataset_holds_baseline_and_plan(village: tuple[Path, Ran]) -> None:
    with xr.open_dataset(village[0] / "out" / "village-plan" / "run.nc") as run:
        assert run.sizes["scenario"] == 2
        assert run.attrs["county"] == "小村"


def test_json_gives_every_target_in_the_promised_shape(simcounty: Command, tmp_path: Path) -> None:
    ran = simcounty("run", PLAN, "--json", "--quiet", "--out", "there")
    told = json.loads(ran.stdout)
    assert ran.stderr == ""
    assert told["county"] == "village"
    assert [target["name"] for target in told["targets"]] == ["urban-share-2030", "spending-2030"]
    for target in told["targets"]:
        assert target.keys() >= PROMISED
        sign = 1 if target["operator"] == ">=" else -1
        assert target["margin"] == pytest.approx(sign * (target["value"] - target["goal"]))
        assert target["met"] == (target["margin"] >= 0)
    assert sorted(os.listdir(tmp_path / "there")) == FILES


def test_the_verdict_is_printed_before_the_first_file_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = []

    def atomic_write(path: Path) -> AbstractContextManager[Path]:
        printed.append(capsys.readouterr().out)
        return atomic.atomic_write(path)

    for module in (files, figure):
        monkeypatch.setattr(module, "atomic_write", atomic_write)
    run(PLAN, Language.en, out=tmp_path)
    assert "County inputs" in printed[0]
    assert len(printed) == len(FILES)


def test_json_writes_no_file_that_is_not_named(simcounty: Command, tmp_path: Path) -> None:
    for asked, left in ((), []), (("--save", "mine.csv"), ["mine.csv"]):
        assert simcounty("run", PLAN, "--json", *asked).returncode == 0
        assert os.listdir(tmp_path) == left


def test_running_again_replaces_only_its_own_files(simcounty: Command, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine")
    for _ in range(2):
        assert simcounty("run", PLAN, "--out", "there").returncode == 0
    assert sorted(os.listdir(tmp_path / "there")) == sorted([*FILES, "mine.txt"])


def test_a_setting_moves_the_plan_and_not_the_baseline(simcounty: Command) -> None:
    usual, moved = (
        json.loads(simcounty("run", PLAN, "--json", *more).stdout)["targets"][0]
        for more in ((), ("--set", "moving_rate=5%"))
    )
    assert moved["baseline"] == usual["baseline"]
    assert moved["value"] > usual["value"]


def test_other_years_and_further_files(simcounty: Command, tmp_path: Path) -> None:
    assert simcounty("run", PLAN, "--years", "2020:2031", "--save", "more.csv").returncode == 0
    assert "2031" in (tmp_path / "more.csv").read_text(encoding="utf-8-sig").splitlines()[-1]


def test_missed_targets_fail_only_when_strict(simcounty: Command) -> None:
    hopeless = ("run", PLAN, "--set", "moving_rate=0", "--set", "reward=0")
    assert simcounty(*hopeless).returncode == 0
    strict = simcounty(*hopeless, "--strict")
    assert strict.returncode == 3
    assert strict.stderr.splitlines()[-1] == "1 of 2 targets missed."


def test_chinese_on_request_and_on_a_chinese_system(simcounty: Command) -> None:
    asked = simcounty("run", PLAN, "--lang", "zh").stdout
    assert asked == simcounty("run", PLAN, LANG="zh_CN.UTF-8").stdout
    assert "县级输入：1 项有来源，1 项为假设。" in asked


def test_output_is_utf8_on_a_gbk_console(tmp_path: Path) -> None:
    assert "（一）" in installed(tmp_path, "run", PLAN, PYTHONIOENCODING="gbk").stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nowhere.toml"], "there is no such file"),
        ([PLAN, "--set", "moving_rat=3%"], "Did you mean 'moving_rate'"),
        ([PLAN, "--set", "moving_rate=300%"], "outside [0, 0.2]"),
        ([PLAN, "--set", "moving_rate=nan"], "not a finite number"),
        ([PLAN, "--set", "moving_rate=3 person"], "cannot be converted"),
        ([PLAN, "--set", "moving_rate"], "write KEY=VALUE"),
        ([PLAN, "--years", "2030:2020"], "end must be later"),
        ([PLAN, "--years", "soon"], "write FIRST:LAST"),
        ([PLAN, "--years", "2020:2025"], "urban-share-2030"),
        ([PLAN, "--years", "2020:inf"], "give two finite years"),
        ([PLAN, "--years", "2020:2024"], "is outside the run"),
        ([PLAN, "--years", "2024:2035"], "lever reward: 2023-07-01 is outside the run"),
        ([PLAN, "--set", "reward=1", "--set", "reward=2"], "stands twice"),
        ([PLAN, "--county", ""], "is a folder"),
        ([PLAN, "--county", "nowhere"], "no shipped county"),
        ([PLAN, "--backend", "magic"], "choose one of auto"),
        ([PLAN, "--integrator", "magic"], "choose one of euler"),
        ([PLAN, "--save", "run.xyz"], "Choose one of .csv, .nc"),
        ([PLAN, "--out", f"{PLAN}/out"], "cannot be written"),
        ([PLAN, "--frob"], "No such option"),
        ([], "Missing argument"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing(
    simcounty: Command, tmp_path: Path, args: list[str], words: str
) -> None:
    ran = simcounty("run", *args)
    assert ran.returncode == 2
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stdout == ""
    assert os.listdir(tmp_path) == []


def test_a_folder_in_the_way_of_a_file_is_found_before_anything_is_written(
    simcounty: Command, tmp_path: Path
) -> None:
    (tmp_path / "there" / "run.csv").mkdir(parents=True)
    ran = simcounty("run", PLAN, "--out", "there")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "it is a folder" in ran.stderr
    assert os.listdir(tmp_path / "there") == ["run.csv"]


def test_what_a_verdict_rests_on_is_printed_beside_it(simcounty: Command, tmp_path: Path) -> None:
    simcounty("copy", PLAN, "mine")
    policy = tmp_path / "mine" / "policy.toml"
    text = policy.read_text(encoding="utf-8")
    rests = text.replace("goal = 20\n", 'goal = 20\nassumes = ["moving_rate"]\n')
    policy.write_text(rests, encoding="utf-8")
    _, share, spending, *_ = simcounty("run", "mine/plan.toml").stdout.splitlines()
    assert "进城率" not in share
    assert spending.endswith("进城率 2%/年")


def test_a_run_that_fails_names_the_first_variable_and_its_inputs(simcounty: Command, tmp_path: Path) -> None:
    time = "".join(f"{key} = {value} ~ year ~ |\n" for key, value in (
        ("INITIAL TIME", 2020), ("FINAL TIME", 2030), ("TIME STEP", 1), ("SAVEPER", 1)
    ))  # fmt: skip
    equations = "left = 2025 - Time ~ year ~ |\npace = 1 / left ~ 1/year ~ |\n"
    (tmp_path / "breaks.mdl").write_text("{UTF-8}\n" + equations + time, encoding="utf-8")
    scenario = 'title = "breaks"\nmodel = "breaks.mdl"\nyears = [2020, 2030]\n'
    (tmp_path / "breaks.toml").write_text(scenario, encoding="utf-8")
    ran = simcounty("run", "breaks.toml")
    assert ran.returncode == 1
    assert "pace" in ran.stderr
    assert "left = 0" in ran.stderr
    assert not (tmp_path / "out").exists()
