"""`simcounty summary` and `simcounty sensitivity`, as planners ask them of a stored sweep."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from running import installed, run_in
from worlds import futures

import simcounty as sc
from simcounty.presentation.messages import Language
from simcounty.presentation.probabilities import summary_record, summary_view
from simcounty.presentation.terminal import Terminal

from .conftest import VILLAGE, Command

PLAN = str(VILLAGE / "plan.toml")
VARY = ("--vary", "moving_rate=0.5%:5%", "--vary", "reward=0:3000", "--vary", "pull_of_reward=0:0.0002")
NAMES = ["urban-share-2030", "spending-2030"]


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sweeps of the village, one a design."""
    folder = tmp_path_factory.mktemp("sweeps")
    for design, n in {"random": 400, "saltelli": 32, "morris": 10, "factorial": 3, "lhs": 40}.items():
        ran = run_in(folder, "sweep", PLAN, "-n", str(n), "--design", design, *VARY, "--out", design)
        assert ran.returncode == 0, ran.stderr
    return folder


def told(folder: Path, *args: str) -> dict[str, Any]:
    ran = run_in(folder, *args, "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_summary_counts_what_can_be_counted_from_the_store(swept: Path) -> None:
    found = told(swept, "summary", "random")
    assert (found["members"], found["failed"]) == (400, 0)
    stored = sc.open_sweep(swept / "random")
    met = stored.urban_share.sel(time=2030).values.ravel() >= 0.45
    share = next(each for each in found["targets"] if each["name"] == NAMES[0])
    assert share["probability"] == met.mean()
    assert share["standard_error"] == pytest.approx((met.mean() * (1 - met.mean()) / 400) ** 0.5)
    assert [each["name"] for each in found["targets"]] == NAMES
    assert found["joint"][0]["probability"] <= min(each["probability"] for each in found["targets"])


def test_the_json_of_a_summary_has_the_promised_keys(swept: Path) -> None:
    found = told(swept, "summary", "random")
    assert list(found) == ["members", "failed", "forecast", "time_unit", "targets", "joint"]
    assert {"scenario", "name", "clause", "probability", "standard_error"} <= found["targets"][0].keys()
    assert {"scenario", "probability", "standard_error", "unfinished", "error"} <= found["joint"][0].keys()


def test_failed_and_unfinished_runs_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    failed = np.array([[True, False, False, False]])
    made = futures({"u": np.arange(4)}, np.ones(4), failed=failed, unfinished=6)
    Terminal(Language.en).show(summary_record(sc.summary(made)), summary_view)
    said = capsys.readouterr().out
    assert "1 runs failed and meet no target" in said
    assert "6 members have not been run yet" in said
    assert "75 % ± 22 %" in said


def test_summary_is_the_same_wherever_and_whenever_it_is_asked(swept: Path, tmp_path: Path) -> None:
    here = run_in(swept, "summary", "random", "--json").stdout
    assert installed(tmp_path, "summary", str(swept / "random"), "--json").stdout == here
    assert str(swept) not in here


def test_summary_speaks_both_languages_and_says_what_its_errors_are(swept: Path) -> None:
    english = run_in(swept, "summary", "random").stdout
    for words in ("all targets at once", "（一）", "≥ 45%", "standard error of 400 draws", "400 members"):
        assert words in english
    chinese = run_in(swept, "summary", "random", "--lang", "zh").stdout
    for words in ("全部目标同时达到", "达标概率", "400 组抽样", "标准误"):
        assert words in chinese


@pytest.mark.parametrize(
    ("design", "words"),
    [("lhs", "tends to overstate"), ("saltelli", "rows A and B"), ("morris", "no probabilities")],
)
def test_summary_says_what_a_design_allows(swept: Path, design: str, words: str) -> None:
    assert words in run_in(swept, "summary", design).stdout


def test_a_grid_has_no_standard_error(swept: Path) -> None:
    found = told(swept, "summary", "factorial")
    assert [each["standard_error"] for each in (*found["targets"], *found["joint"])] == [None] * 3
    assert "Share met" in run_in(swept, "summary", "factorial").stdout


def test_a_sure_thing_is_told_with_its_bound(swept: Path) -> None:
    """Of 400 draws none misses: by Wilson's interval at least 99 % do not."""
    ran = run_in(swept, "sweep", PLAN, "-n", "400", "--vary", "moving_rate=15%:20%", "--out", "sure")
    assert ran.returncode == 0
    assert "100 % (≥ 99.05 %)" in run_in(swept, "summary", "sure").stdout


def test_two_scenarios_are_compared_pair_by_pair(swept: Path) -> None:
    ran = run_in(swept, "copy", PLAN, "mine")
    other = Path(ran.stdout.strip())
    text = (
        (swept / other)
        .read_text("utf-8")
        .replace('"小村规划"', '"不奖励"')
        .replace("2025 = 2000,", "2025 = 0,")
    )
    (swept / other).with_name("none.toml").write_text(
        text.replace("2030-01-01 = 1e3", "2030-01-01 = 0"), "utf-8"
    )
    pair = (PLAN, str((swept / other).with_name("none.toml")))
    assert run_in(swept, "sweep", *pair, "-n", "200", *VARY[:2], "--out", "pair").returncode == 0
    probabilities = [each for each in told(swept, "summary", "pair")["targets"] if each["name"] == NAMES[0]]
    first, second = probabilities
    assert first["difference"] is None
    assert second["difference"] == pytest.approx(second["probability"] - first["probability"])
    assert second["difference_error"] < np.hypot(first["standard_error"], second["standard_error"])
    assert "points" in run_in(swept, "summary", "pair").stdout


def test_summary_draws_a_fan(swept: Path) -> None:
    ran = run_in(swept, "summary", "random", "--out", "figures")
    assert ran.returncode == 0
    assert {"fan.png", "fan.svg", "fan.pdf"} <= set(os.listdir(swept / "figures"))


@pytest.mark.parametrize(
    ("design", "method", "field"),
    [
        ("random", "spearman", "correlation"),
        ("lhs", "spearman", "p_value"),
        ("saltelli", "sobol", "total"),
        ("morris", "morris", "mu_star"),
        ("factorial", "factorial", "effect"),
    ],
)
def test_sensitivity_gives_what_the_design_allows(swept: Path, design: str, method: str, field: str) -> None:
    found = told(swept, "sensitivity", design)
    assert found["method"] == method
    share = found["targets"][0]
    assert share["inputs"][0]["key"] == "moving_rate"
    assert all(isinstance(each[field], float) for each in share["inputs"])


def test_sensitivity_repeats(swept: Path) -> None:
    again = installed(swept, "sensitivity", "saltelli", "--json")
    assert json.loads(again.stdout) == told(swept, "sensitivity", "saltelli")


def test_sensitivity_of_one_target(swept: Path) -> None:
    found = told(swept, "sensitivity", "random", "--target", NAMES[1])
    assert [each["name"] for each in found["targets"]] == NAMES[1:]
    ran = run_in(swept, "sensitivity", "random", "--target", "spending")
    assert ran.returncode == 2
    assert f"Did you mean '{NAMES[1]}'" in ran.stderr


def test_a_target_that_does_not_move_is_constant_and_has_no_indices(swept: Path) -> None:
    """A weight of the old moves nobody in this model: only `weight[young]` does."""
    kept = [
        each
        for key in ("readiness", "urban_share", "spending", "cumulative_spending")
        for each in ("--keep", key)
    ]
    varied = ("--vary", "weight[old]=0:1", *kept)
    assert run_in(swept, "sweep", PLAN, "-n", "20", *varied, "--out", "still").returncode == 0
    assert [each["constant"] for each in told(swept, "sensitivity", "still")["targets"]] == [True, True]
    shown = run_in(swept, "sensitivity", "still").stdout
    assert "Constant: its value is the same in every run" in shown
    assert "nan" not in shown


def test_sensitivity_draws_a_tornado_and_a_scatter_a_target(swept: Path) -> None:
    ran = run_in(swept, "sensitivity", "morris", "--out", "drawn")
    assert ran.returncode == 0
    kinds = {
        f"{kind}-{name}{end}"
        for kind in ("tornado", "scatter", "morris")
        for name in NAMES
        for end in (".png", ".svg", ".pdf")
    }
    assert set(os.listdir(swept / "drawn")) == kinds


def test_regions_are_sentences_in_both_languages(swept: Path) -> None:
    one = ("--target", NAMES[0], "--discover")
    shown = run_in(swept, "sensitivity", "random", *one).stdout
    assert "Where moving_rate ≤ " in shown
    assert "of all misses" in shown
    chinese = run_in(swept, "sensitivity", "random", *one, "--lang", "zh").stdout
    assert "当进城率 ≤ " in chinese
    assert "该区域包含全部未达标情形的" in chinese


def test_regions_for_machines_hold_the_limits(swept: Path) -> None:
    found = json.loads(run_in(swept, "sensitivity", "random", "--discover", "--json").stdout)["discovery"]
    assert [each["name"] for each in found] == [*NAMES, None]
    limit = found[0]["regions"][0]["limits"]["moving_rate"]
    assert limit["low"] is None
    assert 0.01 < limit["high"] < 0.04


@pytest.mark.parametrize("command", ["summary", "sensitivity"])
def test_a_folder_without_a_sweep_is_refused(simcounty: Command, command: str) -> None:
    ran = simcounty(command, "nowhere")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "nowhere: holds no sweep" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_county_without_targets_has_quantiles_of_its_headline(tmp_path: Path) -> None:
    """桐庐 has no targets without a plan; its futures of 2035 are wide, and in order."""
    ran = run_in(tmp_path, "run", "tonglu/baseline", "--futures", "60", "--json", "--quiet")
    told = json.loads(ran.stdout)
    gdp = next(each for each in told["headline"] if each["variable"] == "gdp")
    last = list(gdp["years"]["2035"].values())
    assert last == sorted(last)
    assert last[-1] > 1.5 * last[0]
    assert told["forecast"]["observed_since_start"] == 7


def test_verdicts_have_probabilities_beside_them_when_futures_are_run(tmp_path: Path) -> None:
    ran = run_in(tmp_path, "run", "tonglu/plan-2027", "--futures", "200", "--quiet", "--lang", "zh")
    assert "达标概率" in ran.stdout.splitlines()[0]
    assert "约各半，约" in ran.stdout
    assert "结论按中心取值一次运行得出" in ran.stdout


def test_futures_without_targets_have_quantiles_and_a_fan(tmp_path: Path) -> None:
    """The baseline of 桐庐 beside its plan has the plan's targets; alone it has none, and is not refused."""
    swept = run_in(tmp_path, "sweep", "tonglu/baseline", "-n", "60", "--out", "futures")
    assert swept.returncode == 0, swept.stderr
    ran = run_in(tmp_path, "summary", "futures", "--json", "--out", "drawn", "--quiet")
    found = json.loads(ran.stdout)
    assert (found["members"], found["failed"], found["targets"]) == (60, 0, [])
    beside = run_in(tmp_path, "run", "tonglu/baseline", "--futures", "60", "--json", "--quiet")
    assert found["headline"] == json.loads(beside.stdout)["headline"]
    assert (tmp_path / "drawn" / "fan.png").exists()
    text = run_in(tmp_path, "summary", "futures", "--lang", "en").stdout
    assert text.startswith("The scenario has no targets.")
    assert "60 members, design random; 0 runs failed and are left out." in text


def test_futures_of_constants_alone_without_targets_say_that_they_are_narrow(tmp_path: Path) -> None:
    narrow = ("--constants-only", "--keep", "gdp", "--out", "narrow")
    swept = run_in(tmp_path, "sweep", "tonglu/baseline", "-n", "8", *narrow)
    assert swept.returncode == 0, swept.stderr
    text = run_in(tmp_path, "summary", "narrow", "--lang", "zh").stdout
    assert "该情景没有目标" in text
    assert "不含模型自身的误差" in text


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (
            ("run", "tonglu/plan-2027", "--futures", "3000000000"),
            "--futures = 3000000000: random would have 3,000,000,000",
        ),
        (("sweep", PLAN, "--out", "out"), "-n is missing"),
        (
            ("sweep", PLAN, *VARY, "--out", "out", "-n", "3", "--design", "sobol"),
            "-n = 3: Sobol points come in",
        ),
    ],
)
def test_a_number_of_futures_that_cannot_be_is_called_what_was_typed(
    simcounty: Command, arguments: tuple[str, ...], names: str
) -> None:
    ran = simcounty(*arguments)
    assert ran.returncode == 2
    assert names in ran.stderr
