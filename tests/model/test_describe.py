"""A variable is described by what the file says and by what it hangs together with."""

from __future__ import annotations

from pathlib import Path

import pytest
from written import write_model

import simcounty as sc
from simcounty import catalog
from simcounty.errors import ModelError
from simcounty.model import Model, load_model
from simcounty.model.describe import describe, describe_all, markdown_tables

MODEL = """{UTF-8}
****
 .people
****~ |
population[age] = INTEG(births[age], initial population[age]) ~ person [0, 1e9] ~ 人口：people by age. |
births[age] = population[age] * birth rate * mood ~ person/year ~ 出生：births of a year. |
initial population[age] = 10, 20 ~ person ~ 初始人口：at the start. source: census 2020 |
age: young, old ~ ~ |
****
 .mood
****~ |
birth rate = 0.01 ~ 1/year [0, 0.1] ~ 出生率：births a person and year. assumption: as in the province |
mood = SMOOTH(MIN(1, birth rate * two years), two years) ~ Dmnl ~ 情绪：lags behind. 滞后于现实。 |
two years = 2 ~ year ~ 两年：a lag. assumption: chosen |
INITIAL TIME = 2020 ~ year ~ |
FINAL TIME = 2030 ~ year ~ |
TIME STEP = 0.25 ~ year ~ |
SAVEPER = 1 ~ year ~ |
"""


@pytest.fixture
def model(tmp_path: Path) -> Model:
    path = tmp_path / "town.mdl"
    path.write_text(MODEL, encoding="utf-8")
    return load_model(path)


def test_a_variable_is_described_in_the_words_of_the_file(model: Model) -> None:
    rate = describe(model, "birth_rate")
    assert (rate.name, rate.label, rate.kind, rate.unit) == ("birth rate", "出生率", "constant", "1/year")
    assert rate.range == (0.0, 0.1)
    assert rate.source == "assumption: as in the province"
    assert rate.values == {"birth_rate": 0.01}
    assert rate.group == "mood"


def test_an_explanation_may_stand_in_two_languages(model: Model) -> None:
    mood, births = describe(model, "mood"), describe(model, "births")
    assert (mood.explanation, mood.explanation_zh) == ("lags behind.", "滞后于现实。")
    assert (births.explanation, births.explanation_zh) == ("births of a year.", "")


def test_causes_and_uses_mirror_each_other(model: Model) -> None:
    found = {each.key: each for each in describe_all(model)}
    for each in found.values():
        assert all(each.key in found[cause].uses for cause in each.causes)
        assert all(each.key in found[use].causes for use in each.uses)


def test_a_stock_depends_on_its_flow_and_on_its_initial_value(model: Model) -> None:
    assert describe(model, "population").causes == ("births", "initial_population")
    assert describe(model, "population").values == {"population[young]": 10.0, "population[old]": 20.0}


def test_a_smoothed_variable_depends_on_what_is_smoothed_not_on_helpers(model: Model) -> None:
    assert describe(model, "mood").causes == ("birth_rate", "two_years")
    assert describe(model, "birth_rate").uses == ("births", "mood")


def test_all_variables_come_group_by_group(model: Model) -> None:
    groups = [each.group for each in describe_all(model)]
    assert groups == sorted(groups)
    assert {each.key for each in describe_all(model)} == set(model.variables)


def test_an_unknown_variable_is_met_with_a_guess(model: Model) -> None:
    with pytest.raises(ModelError, match=r"birth_rates is not a variable of .*Did you mean 'birth_rate'"):
        describe(model, "birth_rates")


def test_the_table_of_the_county_model_is_what_the_repository_shows() -> None:
    path = catalog.find(catalog.MODEL, "county")
    fresh = markdown_tables(load_model(path))
    _, marker, below = (
        path.with_name("README.md").read_text(encoding="utf-8").partition(fresh.splitlines()[0])
    )
    assert marker + below == fresh, "put what `simcounty describe county --markdown` prints below the marker"


def test_a_quoted_name_with_brackets_is_no_element_of_an_array(tmp_path: Path) -> None:
    file = write_model(tmp_path, "D: a ~ ~ |", '"rate[a]" = 2', "rate[D] = 3", 'y = "rate[a]" + rate[a]')
    model = load_model(file)
    assert describe(model, "y").causes == ("rate", "rate(a)")
    assert sc.simulate(model)["y"].to_numpy()[0] == 5
