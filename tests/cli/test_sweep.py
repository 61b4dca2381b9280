"""`simcounty sweep` as a user runs it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from running import Ran, run_in

import simcounty as sc

from .conftest import VILLAGE

Command = Callable[..., Ran]
PLAN = str(VILLAGE / "plan.toml")
VARY = ("--vary", "moving_rate=1%:5%", "--vary", "reward = 100 : 900")


def test_a_sweep_is_stored_and_says_what_it_took(simcounty: Command, tmp_path: Path) -> None:
    done = simcounty("sweep", PLAN, "-n", "20", *VARY, "--out", "futures")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "20 runs (20 members, scenarios: 1) on" in done.stderr
    assert "runs a second, 0 failed. Stored in futures." in done.stderr
    assert sc.open_sweep(tmp_path / "futures").sizes["member"] == 20


def test_quiet_is_quiet_and_chinese_is_chinese(simcounty: Command) -> None:
    assert simcounty("sweep", PLAN, "-n", "5", *VARY, "--out", "a", "--quiet").stderr == ""
    assert "失败 0 次" in simcounty("sweep", PLAN, "-n", "5", *VARY, "--out", "b", "--lang", "zh").stderr


def test_the_countys_own_uncertainties_are_the_default(tmp_path: Path) -> None:
    done = run_in(
        tmp_path, "sweep", "tonglu/plan-2027", "tonglu/baseline", "-n", "8", "--out", "f", "--quiet"
    )
    assert done.returncode == 0, done.stderr
    futures = sc.open_sweep(tmp_path / "f")
    assert futures.scenario.values.tolist() == ["tonglu/plan-2027", "tonglu/baseline"]
    assert {"arrival_rate", "key_project_share"} <= set(futures.coords)
    assert not futures.failed.any()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-n", "5"], "nothing varies"),
        ([*VARY], "n is missing"),
        (["-n", "0", *VARY], "n = 0: a whole number is needed, at least one"),
        (["-n", "5", "--vary", "moving_rate"], "write KEY=LO:HI"),
        (["-n", "5", "--vary", "moving_rate=1%"], "write KEY=LO:HI"),
        (["-n", "5", "--vary", "moving_rate=5%:1%"], "goes from 0.05 down to 0.01"),
        (["-n", "5", "--vary", "moving_rate=1%:1%"], "its low end must be below its high end"),
        (["-n", "5", "--vary", "moving_rate=1%:50%"], "0.5 1/year is outside [0, 0.2]"),
        (["-n", "5", "--vary", "moving_rat=1%:5%"], "Did you mean 'moving_rate'?"),
        (["-n", "5", "--vary", "urban_share=1%:5%"], "is computed by"),
        (["-n", "5", *VARY, *VARY[:2]], "moving_rate stands twice"),
        (["-n", "100", *VARY, "--design", "sobol"], "64 or 128 would do"),
        (["-n", "100", *VARY, "--design", "saltelli"], "64 or 128 would do"),
        (["-n", "5", *VARY, "--design", "absent.csv"], "there is no such file"),
        (["-n", "5", *VARY, "--uncertainties", "absent.toml"], "there is no such file"),
        (["-n", "5", *VARY, "--keep", "urban_shares"], "Did you mean 'urban_share'?"),
        (["-n", "5", *VARY, "--seed", "-1"], "seed = -1"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(
    simcounty: Command, tmp_path: Path, arguments: list[str], says: str
) -> None:
    done = simcounty("sweep", PLAN, *arguments, "--out", "futures")
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_where_to_store_must_be_said(simcounty: Command) -> None:
    done = simcounty("sweep", PLAN, "-n", "5", *VARY)
    assert done.returncode == 2
    assert "--out" in done.stderr
