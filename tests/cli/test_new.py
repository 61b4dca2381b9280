"""`simcounty new`: a county file and a baseline for any unit of the census, which load and run there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import simcounty as sc
from simcounty.accounts.census import find_unit
from simcounty.counties.generate import new_counties
from simcounty.scenario import load_county

from .conftest import Command

SOURCED = 17 + 1 + 1 + 4  # ages, town share, working share, trades


def test_a_code_gives_a_county_a_baseline_and_the_model_in_any_folder(
    simcounty: Command, tmp_path: Path
) -> None:
    ran = simcounty("new", "330122")
    assert ran.returncode == 0, ran.stderr
    assert f"{SOURCED} values from the census" in ran.stdout
    assert "values derived from the county's own figures" in ran.stdout
    assert "simcounty run 桐庐县-baseline.toml" in ran.stdout
    assert {path.name for path in tmp_path.iterdir()} == {
        "桐庐县.toml", "桐庐县-baseline.toml", "models", "scenarios",
    }  # fmt: skip
    scenario = sc.load(tmp_path / "桐庐县-baseline.toml")
    assert scenario.model.path == tmp_path / "models" / "county.mdl"
    assert scenario.county.title == "桐庐县"
    again = simcounty("run", "桐庐县-baseline.toml")
    assert again.returncode == 0, again.stderr
    assert "County inputs: 23 sourced, 19 derived from the county's own figures, " in again.stdout
    assert "satisfied" in again.stdout


def test_the_file_is_the_county_that_python_makes(simcounty: Command, tmp_path: Path) -> None:
    assert simcounty("new", "洛川县", "--save", "sub/luochuan.toml").returncode == 0
    read = load_county(tmp_path / "sub" / "luochuan.toml")
    made = new_counties([find_unit("洛川县")])[0]
    assert read.values == made.values
    assert read.uncertain.each == made.uncertain.each
    assert (read.name, read.title, read.code) == (made.name, made.title, made.code)
    assert (read.prefecture, read.province) == ("延安市", "陕西省")
    assert sc.load(tmp_path / "sub" / "luochuan-baseline.toml").years.end == 2035


def test_run_names_figures_that_nothing_rests_on_and_values_cut_off_by_a_range(
    simcounty: Command, tmp_path: Path
) -> None:
    """GDP of 2010 tells nothing where that of 2020 is given; 根河 has few people on much land."""
    figures = ", ".join(
        f'{{ year = {year}, value = {gdp}, source = "公报" }}' for year, gdp in ((2010, 30), (2020, 35))
    )
    lines = ['title = "根河市"', 'code = "150785"', "start = 2020", f"accounts.gdp = [{figures}]"]
    (tmp_path / "county.toml").write_text("\n".join(lines), "utf-8")
    ran = simcounty("run", "tonglu/baseline", "--county", "county.toml", "--lang", "zh")
    assert ran.returncode == 0, ran.stderr
    assert "下列自备数据未用于推算起点值（已有更接近起点年份的数据）：地区生产总值 2010。" in ran.stdout
    assert "项超出模型取值范围，取其端点：" in ran.stdout


def test_machines_get_every_value_with_its_rule(simcounty: Command) -> None:
    ran = simcounty("new", "洛川县", "--json")
    told = json.loads(ran.stdout)
    assert (told["county"], told["code"], told["prefecture"]) == ("洛川县", "610629", "延安市")
    assert told["files"][:2] == ["洛川县.toml", "洛川县-baseline.toml"]
    assert len(told["values"]) == 102
    assert {value["rests_on"] for value in told["values"]} == {"sourced", "derived", "imputed", "assumed"}
    assert all(value["source"] for value in told["values"])


def test_two_counties_of_a_folder_share_its_model(simcounty: Command, tmp_path: Path) -> None:
    assert simcounty("new", "富平县").returncode == 0
    model = (tmp_path / "models" / "county.mdl").stat().st_mtime_ns
    second = simcounty("new", "岐山县")
    assert second.returncode == 0, second.stderr
    assert "county.mdl" not in second.stderr
    assert (tmp_path / "models" / "county.mdl").stat().st_mtime_ns == model


def test_a_county_may_be_called_by_a_short_or_a_former_name(simcounty: Command) -> None:
    for name, title in {"安塞": "安塞区", "户县": "鄠邑区"}.items():
        assert json.loads(simcounty("new", name, "--json").stdout)["county"] == title


def test_nothing_is_overwritten(simcounty: Command, tmp_path: Path) -> None:
    (tmp_path / "富平县-baseline.toml").write_text("mine", encoding="utf-8")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "county.mdl").write_text("mine", encoding="utf-8")
    ran = simcounty("new", "富平县")
    assert ran.returncode == 2
    assert "富平县-baseline.toml is there already" in ran.stderr
    assert "county.mdl is there already" in ran.stderr
    assert not (tmp_path / "富平县.toml").exists()
    assert (tmp_path / "models" / "county.mdl").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["鼓楼区"], "350102 (福建省 福州市 鼓楼区)"),
        (["洛川市"], "Did you mean '洛川县'"),
        (["洛川县", "--save", "luochuan"], "a county file ends in .toml"),
    ],
)
def test_what_cannot_be_made_is_refused_and_leaves_nothing(
    simcounty: Command, tmp_path: Path, given: list[str], said: str
) -> None:
    ran = simcounty("new", *given)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_lay_outside_the_models_range_is_told_in_chinese_too(simcounty: Command) -> None:
    ran = simcounty("new", "540237", "--lang", "zh", "--quiet")
    assert "岗巴县（540237，西藏自治区 日喀则市）" in ran.stdout
    assert "超出模型取值范围" in ran.stdout
    assert "基本行政支出" in ran.stdout.split("超出模型取值范围")[1]
    assert ran.stderr == ""
