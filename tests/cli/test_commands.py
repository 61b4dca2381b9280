"""The other commands, the common options, and how quickly help comes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from running import COMMAND, environment

from simcounty.presentation.messages import Language
from simcounty.presentation.terminal import Terminal
from simcounty.presentation.verdicts import COLUMNS, NUMBERS

from .conftest import VILLAGE, Command

MODEL, PLAN = str(VILLAGE / "village.mdl"), str(VILLAGE / "plan.toml")
SEEK = ("seek", PLAN, "--set", "moving_rate=1%", "--target", "urban-share-2030", "--using", "moving_rate")


def test_list_shows_what_is_shipped(simcounty: Command) -> None:
    told = json.loads(simcounty("list", "--json").stdout)
    assert "tonglu/plan-2027" in told["scenario"]
    assert "tonglu" in told["county"]
    assert Path(told["model"]["county"]).is_file()
    assert "tonglu/plan-2027" in simcounty("list").stdout


def test_describe_shows_a_variable_whole(simcounty: Command) -> None:
    shown = simcounty("describe", MODEL, "moving_rate").stdout
    for words in ("进城率", "1/year", "0 … 0.2", "moving rate=", "assumption: a round number.", "used by"):
        assert words in shown


def test_describe_lists_every_variable(simcounty: Command) -> None:
    shown = simcounty("describe", MODEL).stdout.splitlines()
    told = json.loads(simcounty("describe", MODEL, "--json").stdout)
    assert len(shown) == len(told) + 1
    assert {"key", "unit", "range", "equation", "causes", "uses"} <= told[0].keys()


def test_a_piped_table_is_never_wrapped(simcounty: Command) -> None:
    told = json.loads(simcounty("describe", MODEL, "--json").stdout)
    lines = simcounty("describe", MODEL, COLUMNS="20").stdout.splitlines()[1:]
    assert [line.split()[0] for line in lines] == [each["key"] for each in told]


def test_a_table_on_a_narrow_terminal_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    row = (
        "2023—2027年重点项目累计投资",
        "2027",
        "251.1",
        "363.0",
        "362.9",
        "≥ 363",
        "+0.04",
        "missed",
        "亿元",
    )
    more = ("–", "（二十一）", "远期通胀率假设 1.5 %/年")
    Terminal(Language.zh).table(COLUMNS, [(*row, *more)], right=NUMBERS)
    shown = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)
    assert max(map(cell_len, shown.splitlines())) <= 80
    assert "…" not in shown
    for whole in row[1:] + more[:2]:
        assert whole in shown
    assert {*row[0], *more[2]} <= {*shown}


def test_a_run_goes_on_when_nobody_reads_what_it_says(tmp_path: Path) -> None:
    code = "import sys, simcounty.cli as cli\nsys.stdin.read()\nsys.argv[0] = 'simcounty'\ncli.main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "run", PLAN, "--out", "there"],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        running.stdin.close()
        said = running.stderr.read()
    assert (running.returncode, b"Traceback" in said) == (0, False)
    assert len(os.listdir(tmp_path / "there")) == 5


def test_a_copy_runs_where_it_lies_and_is_never_overwritten(simcounty: Command, tmp_path: Path) -> None:
    copied = simcounty("copy", PLAN, "mine")
    assert sorted(os.listdir(tmp_path / "mine")) == sorted(
        ["county.toml", "observed.csv", "plan.toml", "policy.toml", "village.mdl"]
    )
    assert simcounty("run", copied.stdout.strip()).returncode == 0
    again = simcounty("copy", PLAN, "mine")
    assert again.returncode == 2
    assert again.stderr.count("is there already") == 5


def test_seek_saves_a_scenario_that_run_confirms(simcounty: Command, tmp_path: Path) -> None:
    told = json.loads(simcounty(*SEEK, "--save", "found.toml", "--json").stdout)
    assert told["all_met"]
    saved = tomllib.loads((tmp_path / "found.toml").read_text(encoding="utf-8"))
    assert saved["levers"]["moving_rate"]["solved"]
    again = json.loads(simcounty("run", "found.toml", "--json").stdout)
    assert again["targets"][0]["met"]


@pytest.mark.parametrize("place", ["taken.toml", "found.txt", "taken.toml/found.toml", "nowhere/found.toml"])
def test_seek_finds_out_before_it_searches_that_it_cannot_save(
    simcounty: Command, tmp_path: Path, place: str
) -> None:
    (tmp_path / "taken.toml").write_text("mine", encoding="utf-8")
    ran = simcounty(*SEEK, "--save", place)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert place in ran.stderr
    assert "Traceback" not in ran.stderr
    assert os.listdir(tmp_path) == ["taken.toml"]
    assert (tmp_path / "taken.toml").read_text(encoding="utf-8") == "mine"


def test_seek_tells_settings_and_verdicts(simcounty: Command) -> None:
    shown = simcounty(*SEEK).stdout
    assert "进城率 (moving_rate)" in shown
    assert "0 … 0.2" in shown
    assert "≥ 45" in shown


def test_check_gives_advice_about_a_strangers_model(simcounty: Command, tmp_path: Path) -> None:
    text = (VILLAGE / "village.mdl").read_text(encoding="utf-8")
    (tmp_path / "mine.mdl").write_text(text.replace("1/year [0, 0.2]", "person [0, 0.2]"), encoding="utf-8")
    ran = simcounty("check", "mine.mdl")
    assert ran.returncode == 0
    assert "advice" in ran.stdout
    assert simcounty("check", "mine.mdl", "--strict").returncode == 3


def test_check_proves_a_scenario(simcounty: Command) -> None:
    checks = json.loads(simcounty("check", PLAN, "--json").stdout)["checks"]
    assert [each["it"] for each in checks] == [
        "runs, balanced",
        "half the time step",
        "adaptive solver",
        "agrees with PySD",
        "300 random members",
    ]
    assert all(each["result"] == "pass" for each in checks)


def test_check_takes_names_of_what_is_shipped(simcounty: Command) -> None:
    checks = json.loads(simcounty("check", "tonglu", "county", "--json").stdout)["checks"]
    assert [Path(each["file"]).name for each in checks] == ["tonglu.toml"] + ["county.mdl"] * 6
    assert all(each["result"] == "pass" for each in checks)


def test_check_fails_with_3(simcounty: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text('title = "x"\nyears = [2020, 2030]\n', encoding="utf-8")
    ran = simcounty("check", "broken.toml")
    assert ran.returncode == 3
    assert "FAILED" in ran.stdout
    assert "0 checks hold, 1 fail, 0 are waived." in ran.stderr


def test_check_names_the_line_of_a_file_that_is_not_toml(simcounty: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text('title = "x"\nyears = [2020,\n', encoding="utf-8")
    ran = simcounty("check", "broken.toml")
    assert ran.returncode == 2
    assert "line 2: not TOML" in ran.stderr


def test_version(simcounty: Command) -> None:
    assert simcounty("--version").stdout.startswith("simcounty 0.")


def test_no_color_is_honoured(simcounty: Command) -> None:
    assert "\x1b" not in simcounty("run", PLAN, NO_COLOR="1", FORCE_COLOR="1").stdout


def test_help_is_quick(tmp_path: Path) -> None:
    """Quick beside what prints it: on a busy machine both are slow."""

    def seconds(*command: str | Path) -> float:
        start = time.perf_counter()
        subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, check=True)
        return time.perf_counter() - start

    printing = (sys.executable, "-c", "import typer, rich.console, rich.panel, rich.table, rich.markdown")
    pairs = [(seconds(COMMAND, "--help"), seconds(*printing)) for _ in range(5)]
    assert min(one for one, _ in pairs) <= max(0.4, 2.2 * min(other for _, other in pairs))


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import contextlib, sys\nfrom simcounty.cli import main\n"
        "sys.argv = ['simcounty', '--help']\n"
        "with contextlib.suppress(SystemExit): main()\n"
        "heavy = {'llvmlite', 'matplotlib', 'pysd', 'dask', 'xarray', 'pandas', 'pint', 'numpy'}\n"
        "heavy |= {'numba', 'pydantic'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_an_interruption_ends_with_130(tmp_path: Path) -> None:
    code = (
        "import sys, simcounty.cli as cli\n"
        "def interrupted(*args): raise KeyboardInterrupt\n"
        "from simcounty.cli import options; options.load_scenario = interrupted\n"
        "sys.argv = ['simcounty', 'run', 'x.toml']\n"
        "cli.main()"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment(), check=False)
    assert ran.returncode == 130


def test_a_copy_with_a_workbook_runs_as_the_scenario_does(simcounty: Command, tmp_path: Path) -> None:
    copied = simcounty("copy", PLAN, "mine", "--xlsx")
    assert sorted(os.listdir(tmp_path / "mine")) == ["plan.xlsx", "policy.toml", "village.mdl"]
    mine = json.loads(simcounty("run", copied.stdout.strip(), "--json").stdout)
    assert mine["targets"] == json.loads(simcounty("run", PLAN, "--json").stdout)["targets"]


def test_a_model_in_the_place_of_a_scenario_is_run_by_itself(inside: Callable[..., Any]) -> None:
    said = inside("run", MODEL, "--json")
    assert said.code == 0
    assert json.loads(said.out)["model"] == Path(MODEL).name
