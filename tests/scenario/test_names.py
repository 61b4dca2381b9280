"""The Chinese name of a variable may stand wherever its key is asked for; what is kept is the key."""

from __future__ import annotations

from pathlib import Path

import pytest

import simcounty as sc
from simcounty.errors import InputError, ModelError
from simcounty.model.describe import describe
from simcounty.scenario import save_scenario

from ..villages import VILLAGE, copied

IN_CHINESE = {
    "county.toml": {"initial_rural_population": '"初始乡村人口"', "weight[old]": "年龄权重[old]"},
    "observed.csv": {"urban_share": "城镇化率", "urban_population": "城镇人口"},
    "policy.toml": {'"openness"': '"落户放开度"', '"reward"': '"进城奖励"', '"urban_share"': '"城镇化率"',
                    '"spending"': '"奖励支出"'},
    "plan.toml": {'"urban_share", "rural_population"': '"城镇化率", "乡村人口"', "reward =": '"进城奖励" =',
                  "moving_rate": '"进城率"'},
}  # fmt: skip


def translated(folder: Path, **more: str) -> sc.Scenario:
    """The village with every key of its files in Chinese, and texts added to files."""
    for file in VILLAGE.iterdir():
        text = file.read_text("utf-8")
        for key, label in IN_CHINESE.get(file.name, {}).items():
            assert key in text
            text = text.replace(key, label)
        (folder / file.name).write_text(text + more.get(file.stem, ""), "utf-8")
    return sc.load(folder / "plan.toml")


def test_files_in_chinese_mean_what_files_with_keys_mean(tmp_path: Path) -> None:
    plan, same = sc.load(VILLAGE / "plan.toml"), translated(tmp_path)
    assert (same.levers, same.headline, same.targets) == (plan.levers, plan.headline, plan.targets)
    assert (same.county.values, same.county.observations) == (plan.county.values, plan.county.observations)
    assert same.clause_levers.keys() == plan.clause_levers.keys()
    assert same.model.graph.constants == plan.model.graph.constants


def test_what_is_written_back_is_the_key(tmp_path: Path) -> None:
    text = save_scenario(translated(tmp_path), tmp_path / "saved.toml").read_text("utf-8")
    assert "reward" in text
    assert "进城奖励" not in text


def test_uncertainties_and_their_correlations_take_either_name(tmp_path: Path) -> None:
    uncertain = """
    [uncertainties."进城率"]
    low = 0.01
    high = 0.05
    assumption = "made up"
    [uncertainties.pull_of_reward]
    low = 0
    high = 0.001
    assumption = "made up"
    [[correlated]]
    keys = ["moving_rate", "奖励拉力"]
    correlation = 0.5
    assumption = "made up"
    """
    made = translated(tmp_path, county=uncertain).uncertain
    assert made.keys == ("moving_rate", "pull_of_reward")
    assert made.correlated[0].keys == made.keys


def test_the_python_api_takes_either_name() -> None:
    plan = sc.load(VILLAGE / "plan.toml")
    assert plan.replace(落户放开度=0.5).levers["openness"] == plan.replace(openness=0.5).levers["openness"]
    assert plan.limits("进城奖励") == plan.limits("reward")
    assert plan.model.replace(进城率=0.04) == plan.model.replace(moving_rate=0.04)
    assert list(sc.simulate(plan, keep=["城镇化率"])) == ["urban_share"]
    assert list(sc.vary(plan, {"进城率": (0.01, 0.02)}, n=2).table) == ["moving_rate"]
    futures = sc.sweep([plan], n=2, vary={"进城率": (0.01, 0.02)}, keep=["城镇化率"])
    assert "moving_rate" in futures.coords
    assert list(futures.data_vars) == ["urban_share"]
    assert list(sc.compare(plan, variables=["乡村人口"]).variable.values) == ["rural_population"]


def test_a_goal_is_sought_by_chinese_names() -> None:
    plan = sc.load(VILLAGE / "plan.toml")
    found = sc.seek(plan, targets=["town dwellers"], using=["落户放开度", "进城奖励"])
    by_key = sc.seek(plan, targets=["urban-share-2030"], using=["openness", "reward"])
    assert found.scenario.levers == by_key.scenario.levers


@pytest.mark.parametrize("name", ["年龄权重[old]", "年龄权重（old）", "weight［old］", " 年龄权重 [ old ] "])
def test_brackets_of_any_kind_name_an_element(name: str) -> None:
    assert sc.load_model(VILLAGE / "village.mdl").key_of(name) == "weight[old]"


def test_every_label_of_the_county_model_means_one_variable(county: sc.Model) -> None:
    for key, (first, *_) in county.variables.items():
        assert county.key_of(first.about.label) == key


def test_a_name_that_two_variables_have_is_refused_with_their_keys(tmp_path: Path) -> None:
    plan = copied(tmp_path, {"village.mdl": ("奖励拉力", "进城奖励")})
    with pytest.raises(InputError, match=r"进城奖励: names 2 variables: reward, pull_of_reward"):
        sc.load(plan).replace(进城奖励=1)
    assert sc.load(plan).replace(reward=1).levers["reward"].values == (1.0,)


def test_two_names_of_one_variable_do_not_stand_side_by_side(tmp_path: Path) -> None:
    plan = sc.load(VILLAGE / "plan.toml")
    with pytest.raises(InputError, match="落户放开度: is openness, which stands here already"):
        plan.replace(openness=0.5, 落户放开度=0.6)
    with pytest.raises(InputError, match="进城率: is moving_rate, which stands here already"):
        plan.model.replace(moving_rate=0.1, 进城率=0.2)
    with pytest.raises(InputError, match=r"levers, moving_rate: is moving_rate, which stands here already"):
        translated(tmp_path, plan='\nmoving_rate = "3%"')


def test_a_guess_is_made_among_keys_and_chinese_names(county: sc.Model) -> None:
    with pytest.raises(InputError, match="Did you mean '落户放开度'"):
        county.replace(落户放开=1)
    with pytest.raises(InputError, match="Did you mean 'hukou_openness'"):
        county.replace(hukou_opennes=1)
    with pytest.raises(ModelError, match="Did you mean '常住人口城镇化率' or '剔除区划调整的城镇化率'"):
        describe(county, "城镇化率")
    with pytest.raises(InputError, match=r"It has initial_value_per_job\[industry\]"):
        county.key_of("初始劳均增加值[农业]")


def test_a_chinese_key_of_toml_stands_in_quotes(tmp_path: Path) -> None:
    plan = copied(tmp_path)
    plan.write_text(plan.read_text("utf-8") + "[levers]\n落户放开度 = 0.5\n", "utf-8")
    with pytest.raises(InputError, match=r"not TOML .* A name in Chinese stands in quotes"):
        sc.load(plan)
