"""What a county starts from, as `describe`, `check` and `run` tell it."""

from __future__ import annotations

import json

from .conftest import VILLAGE, Command


def test_describe_lists_what_a_county_starts_from_and_what_each_value_rests_on(simcounty: Command) -> None:
    told = json.loads(simcounty("describe", "three-counties", "--json").stdout)
    kinds = [each["rests_on"] for each in told["values"]]
    assert (kinds.count("sourced"), kinds.count("assumed"), kinds.count("model")) == (23, 28, 51)
    shown = simcounty("describe", "three-counties").stdout
    assert "the model" in shown
    assert "further numbers are behaviour or levers, the same in every county" in shown


def test_describe_shows_one_value_of_a_county(simcounty: Command) -> None:
    lines = simcounty("describe", "fuping", "initial_town_share").stdout.splitlines()
    assert len(lines) == 2
    assert "sourced" in lines[1]


def test_a_value_that_is_not_the_countys_is_met_with_a_guess(simcounty: Command) -> None:
    ran = simcounty("describe", "fuping", "initial_town_shares")
    assert ran.returncode == 2
    assert "Did you mean 'initial_town_share'" in ran.stderr


def test_a_county_has_no_markdown_table_of_variables(simcounty: Command) -> None:
    ran = simcounty("describe", str(VILLAGE / "county.toml"), "--markdown")
    assert ran.returncode == 2
    assert "this is a county" in ran.stderr


def test_check_notes_what_a_county_leaves_to_the_model_and_holds(simcounty: Command) -> None:
    ran = simcounty("check", "three-counties", "fuping", "--strict", "--json")
    assert ran.returncode == 0
    told = {(each["file"].rpartition("/")[2], each["it"]): each for each in json.loads(ran.stdout)["checks"]}
    assert "town_move_rate" in told["three-counties.toml", "left to the model"]["detail"]
    assert ("fuping.toml", "left to the model") not in told


def test_run_says_how_many_values_are_left_to_the_model(simcounty: Command) -> None:
    assert (
        "Left to the model: 51 values, as in county.mdl (simcounty describe three-counties lists them)."
        in simcounty("run", "three-counties/baseline").stdout
    )
    assert "Left to the model" not in simcounty("run", "fuping/baseline").stdout


def test_a_variable_is_explained_in_the_language_of_the_command(simcounty: Command) -> None:
    english = simcounty("describe", "county", "value_of_quota", "--lang", "en").stdout
    chinese = simcounty("describe", "county", "新增指标边际财政收益", "--lang", "zh").stdout
    assert "What a mu more of quota is worth to the county treasury" in english
    assert "多得一亩指标对县级财政的边际收益" in chinese
    assert "worth" not in chinese
