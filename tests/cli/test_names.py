"""Commands take Chinese names of variables, targets and counties; JSON and what is stored have the keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import simcounty as sc
from simcounty import catalog
from simcounty.errors import InputError
from simcounty.scenario import load

from .conftest import VILLAGE, Command

PLAN = str(VILLAGE / "plan.toml")


def test_run_sets_a_lever_by_its_chinese_name(simcounty: Command) -> None:
    ran = simcounty("run", PLAN, "--json", "--set", "落户放开度＝５０％")
    assert ran.stdout == simcounty("run", PLAN, "--json", "--set", "openness=50%").stdout
    assert ran.stdout != simcounty("run", PLAN, "--json").stdout


def test_seek_takes_target_and_lever_by_their_chinese_names(simcounty: Command) -> None:
    by_key = ("--target", "urban-share-2030", "--using", "reward", "--json")
    ran = simcounty("seek", PLAN, "--target", "town dwellers-2030", "--using", "进城奖励", "--json")
    assert (ran.returncode, ran.stdout) == (0, simcounty("seek", PLAN, *by_key).stdout)


def test_sweep_varies_and_keeps_by_chinese_names(simcounty: Command, tmp_path: Path) -> None:
    given = ("--vary", "进城率=1%：5%", "--keep", "城镇化率", "-n", "4", "--out", "futures")
    assert simcounty("sweep", PLAN, *given).returncode == 0
    futures = sc.open_sweep(tmp_path / "futures")
    assert json.loads(futures.attrs["inputs"]) == ["moving_rate"]
    assert list(futures.data_vars) == ["urban_share"]


def test_describe_shows_a_variable_by_its_chinese_name(simcounty: Command) -> None:
    model = str(VILLAGE / "village.mdl")
    said = json.loads(simcounty("describe", model, "城镇化率", "--json").stdout)
    assert said["key"] == "urban_share"
    lines = simcounty("describe", "桐庐", "初始城镇人口比重").stdout.splitlines()
    assert len(lines) == 2
    assert "initial_town_share" in lines[1]


def test_a_draft_may_be_tagged_in_chinese(simcounty: Command, tmp_path: Path) -> None:
    plan = Path(PLAN).as_posix()
    draft = tmp_path / "draft.md"
    chinese = f"__%{{{{城镇化率@2030 : {plan} - 基线}}}}，__{{{{town dwellers.差距：{plan}}}}}"
    keyed = f"__%{{{{urban_share@2030 : {plan} - baseline}}}}，__{{{{urban-share-2030.margin : {plan}}}}}"
    filled = []
    for text in (chinese, keyed):
        draft.write_text(text.replace("__%", "__个百分点"), "utf-8")
        assert simcounty("proof", "draft.md", "--fill").returncode == 0
        filled.append([part.rpartition("}}")[2] for part in draft.read_text("utf-8").split("{{")])
    assert filled[0] == filled[1]


@pytest.mark.parametrize("name", ["桐庐", "桐庐县", "桐庐/baseline", "tonglu"])
def test_a_county_alone_means_its_baseline(name: str) -> None:
    assert load(name).name == "tonglu/baseline"


def test_shipped_counties_go_by_title_and_by_their_short_names() -> None:
    named = {"桐庐县": "tonglu", "淳安": "chunan", "建德市": "jiande", "建德": "jiande", "武功": "wugong"}
    assert {name: catalog.find(catalog.COUNTY, name).stem for name in named} == named
    assert load("淳安县/plan-2027").name == "chunan/plan-2027"
    assert load("桐庐", county="富平").county.title == "富平县"


def test_a_county_of_the_census_that_is_not_shipped_is_told_how_it_is_made(simcounty: Command) -> None:
    for ran in (simcounty("run", "洛川"), simcounty("describe", "洛川县"), simcounty("run", "610629/plan")):
        assert ran.returncode == 2
        assert "simcounty new 610629" in ran.stderr
    with pytest.raises(InputError, match=r"4 counties of the census have it: .*福州市 鼓楼区"):
        load("鼓楼区")


def test_a_county_that_is_misspelled_is_guessed() -> None:
    with pytest.raises(InputError, match="Did you mean '桐庐'"):
        load("桐芦")
