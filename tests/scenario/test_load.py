"""What a sound scenario holds once it is loaded."""

from pathlib import Path

import pytest

from simcounty.errors import InputError
from simcounty.scenario import CountyValue, Span, load, load_county

VILLAGE = Path(__file__).parents[1] / "village"
PLAN = VILLAGE / "plan.toml"

ALONE = """
title = "any model, without county or policy"
model = "{model}"
years = [2021, 2030]

[levers]
reward = 300
moving_rate = {{ value = "3 %", note = "a try" }}
"""


def test_a_county_value_replaces_the_models() -> None:
    plan = load(PLAN)
    assert plan.model.constants["initial_rural_population"].value == 2000  # 0.2 万人
    assert plan.model.constants["weight[old]"].value == 0.5
    assert plan.model.constants["initial_urban_population"].value == 1000  # the model's own


def test_a_county_value_has_a_source_or_an_assumption() -> None:
    values = {value.key: value for value in load(PLAN).county.values}
    assert values["initial_rural_population"] == CountyValue(
        "initial_rural_population", 2000, "person", 2020, "sourced", "a made-up census"
    )
    assert (values["weight[old]"].kind, values["weight[old]"].basis) == (
        "assumed",
        "the old move half as often",
    )


def test_an_observation_is_in_the_models_unit() -> None:
    share, urban = load(PLAN).county.observations
    assert (share.variable, share.year) == ("urban_share", 2020)
    assert share.value == pytest.approx(0.333)  # 33.3 %
    assert urban.value == 1100


def test_what_a_clause_fixes_is_set_without_a_word_in_the_scenario() -> None:
    openness = load(PLAN).levers["openness"]
    assert (openness.times, openness.values) == ((2022.5,), (0.9,))  # 2023-07-01, 90 %
    assert (openness.clause, openness.default, openness.solved) == ("省 2023 （一）", 0.5, False)


def test_a_lever_moves_on_the_dates_of_the_file() -> None:
    reward = load(PLAN).levers["reward"]
    assert reward.times == (2022.5, 2024.0, 2029.0)  # 2023-07-01, first days of 2025 and 2030
    assert reward.values == (0.0, 2000.0, 1000.0)


def test_a_single_number_holds_from_the_first_day_of_the_policy() -> None:
    rate = load(PLAN).levers["moving_rate"]
    assert (rate.times, rate.values, rate.clause) == ((2022.5,), (0.03,), "")


def test_a_target_has_its_goal_in_the_unit_the_document_writes() -> None:
    share, spending = load(PLAN).targets
    assert (share.goal, share.unit) == (45, "%")
    assert (spending.goal, spending.unit) == (20, "万元")
    assert spending.times == (2029, 2030)
    assert (share.label, spending.label) == ("town dwellers", "奖励支出")


def test_targets_of_other_counties_and_of_people_are_not_judged() -> None:
    plan = load(PLAN)
    assert [target.name for target in plan.targets] == ["urban-share-2030", "spending-2030"]
    every = [target.name for policy in plan.policies for target in policy.targets]
    assert every == ["urban-share-2030", "spending-2030", "elsewhere", "offices"]


def test_a_scenario_needs_neither_county_nor_policy(tmp_path: Path) -> None:
    file = tmp_path / "alone.toml"
    file.write_text(ALONE.format(model=(VILLAGE / "village.mdl").as_posix()), encoding="utf-8")
    alone = load(file)
    assert alone.years == Span(2021, 2030)
    assert alone.levers["reward"].times == (2021,)  # the start of the run
    assert alone.levers["moving_rate"].values == (0.03,)
    assert alone.headline == ("cumulative_spending", "rural_population", "urban_population")
    assert alone.targets == ()


def test_another_county_can_be_put_in(tmp_path: Path) -> None:
    text = (VILLAGE / "county.toml").read_text(encoding="utf-8")
    text = text.replace("0.2 万人", "0.3 万人").replace('"observed.csv"', '""')
    model = (VILLAGE / "village.mdl").as_posix()
    other = tmp_path / "other.toml"
    other.write_text(text.replace("village.mdl", model), encoding="utf-8")
    plan = load(PLAN, county=other)
    assert plan.model.constants["initial_rural_population"].value == 3000
    assert len(plan.targets) == 2  # its name is still "village", so the clauses still mean it


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_loads(tmp_path: Path) -> None:
    file = tmp_path / "windows.toml"
    text = ALONE.format(model=(VILLAGE / "village.mdl").as_posix())
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load(file).levers["reward"].values == (300,)


def test_the_hash_follows_every_file_of_the_scenario(tmp_path: Path) -> None:
    for file in VILLAGE.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    before = load(tmp_path / "plan.toml").hash
    assert before == load(PLAN).hash
    for name in ("plan.toml", "county.toml", "policy.toml", "observed.csv", "village.mdl"):
        file = tmp_path / name
        sound = file.read_bytes()
        file.write_bytes(sound + b"\n")
        assert load(tmp_path / "plan.toml").hash != before, name
        file.write_bytes(sound)


def test_a_county_loads_alone() -> None:
    assert load_county(VILLAGE / "county.toml").code == "000001"


@pytest.mark.parametrize("given", ["tonglu/plan-2072", "nowhere.toml"])
def test_what_is_not_there_is_refused_with_what_is(given: str) -> None:
    with pytest.raises(InputError, match="tonglu/plan-2027"):
        load(given)


def test_a_folder_is_refused() -> None:
    with pytest.raises(InputError, match="is a folder, not a scenario file"):
        load(VILLAGE)
