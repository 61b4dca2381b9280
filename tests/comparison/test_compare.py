"""Comparisons of villages: numbers are those of the runs, and what does not compare is made to or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from villages import VILLAGE, copied

import simcounty as sc
from simcounty.calendar import by_year
from simcounty.errors import InputError

SHARE, SPENT = "urban-share-2030", "spending-2030"
LARGER = {"county.toml": ('value = "0.2 万人"', 'value = "0.8 万人"')}


@pytest.fixture(scope="module")
def plan() -> sc.Scenario:
    found: sc.Scenario = sc.load(VILLAGE / "plan.toml")
    return found


def other(folder: Path, changes: dict[str, tuple[str, str]] | None = None, name: str = "大村") -> sc.Scenario:
    """Another village, four times as large unless changed otherwise."""
    file = copied(folder, changes or LARGER)
    county = folder / "county.toml"
    text = (
        county.read_text("utf-8").replace('title = "小村"', f'title = "{name}"').replace("000001", "000002")
    )
    county.write_text(text.replace('name = "village"', 'name = "larger"'), "utf-8")
    found: sc.Scenario = sc.load(file)
    return found


def test_values_levels_and_differences_are_those_of_the_runs(plan: sc.Scenario) -> None:
    found = sc.compare([plan.baseline, plan], ["rural_population", "spending"])
    run = sc.simulate([plan.baseline, plan])
    verdict = sc.judge(run, plan.targets)
    assert found.value.values.tolist() == verdict.value.transpose("scenario", "target").values.tolist()
    assert found.met.values.tolist() == verdict.met.transpose("scenario", "target").values.tolist()
    yearly = by_year(run)
    assert np.array_equal(found.level.sel(variable="spending"), yearly.spending, equal_nan=True)
    assert np.array_equal(found.level.sel(variable="rural_population"), yearly.rural_population)
    gone = found.difference.sel(variable="rural_population")
    assert np.array_equal(gone.isel(scenario=1), np.diff(yearly.rural_population, axis=0)[0])
    assert not gone.isel(scenario=0).any()
    assert (
        found.value_difference.isel(scenario=1).values.tolist()
        == (found.value.isel(scenario=1) - found.value.isel(scenario=0)).values.tolist()
    )


def test_a_single_plan_is_held_against_its_baseline(plan: sc.Scenario) -> None:
    found = sc.compare(plan)
    assert found.scenario.values.tolist() == ["village/plan baseline", "village/plan"]
    assert found.variable.values.tolist() == list(plan.headline)
    with pytest.raises(InputError, match="its own baseline"):
        sc.compare(plan.baseline)


def test_a_table_shows_the_last_year_of_a_target_unless_asked_otherwise(plan: sc.Scenario) -> None:
    assert sc.compare(plan).attrs["years"] == "[2030]"
    assert sc.compare(plan, years=[2035, 2024]).attrs["years"] == "[2024, 2035]"


def test_a_target_of_one_scenario_judges_others_of_its_county(plan: sc.Scenario, tmp_path: Path) -> None:
    bare = copied(tmp_path, {"plan.toml": ('policies = ["policy.toml"]\n', "")})
    found = sc.compare({"bare": sc.load(bare), "plan": plan})
    assert np.isfinite(found.value.sel(scenario="bare")).all()


def test_a_target_meant_for_one_county_does_not_judge_another(plan: sc.Scenario, tmp_path: Path) -> None:
    found = sc.compare({"small": plan, "large": other(tmp_path)})
    assert np.isfinite(found.value.sel(target=SHARE, scenario="small"))
    assert np.isnan(found.value.sel(target=SHARE, scenario="large"))
    assert not bool(found.met.sel(target=SHARE, scenario="large"))
    assert np.isfinite(found.value.sel(target=SPENT)).all()  # the clause says this for every village


def test_amounts_of_different_counties_become_an_index_and_shares_stay(
    plan: sc.Scenario, tmp_path: Path
) -> None:
    large = other(tmp_path)
    found = sc.compare({"small": plan, "large": large}, ["urban_share", "rural_population", "spending"])
    measures = dict(zip(found.variable.values.tolist(), found.measure.values.tolist(), strict=True))
    assert measures == {"urban_share": "level", "rural_population": "index", "spending": "level"}
    people = found.level.sel(variable="rural_population")
    assert people.sel(time=2020).values.tolist() == [100.0, 100.0]
    assert float(found.base.sel(variable="rural_population")) == 2020
    own = by_year(sc.simulate(large)).rural_population
    assert people.sel(scenario="large").values == pytest.approx((100 * own / 8000).values)


def test_spending_that_begins_at_nought_cannot_be_an_index_and_says_that_it_is_a_level(
    plan: sc.Scenario, tmp_path: Path
) -> None:
    found = sc.compare({"small": plan, "large": other(tmp_path)}, ["spending"])
    assert found.measure.item() == "level"
    assert np.isnan(found.base.item())


def test_amounts_are_divided_by_a_variable_that_is_named(plan: sc.Scenario, tmp_path: Path) -> None:
    two = {"small": plan, "large": other(tmp_path)}
    found = sc.compare(
        two, ["cumulative_spending", "rural_population", "urban_population"], per="rural_population"
    )
    spent = found.level.sel(variable="cumulative_spending", scenario="small")
    run = by_year(sc.simulate(plan))
    assert spent.values == pytest.approx((run.cumulative_spending / run.rural_population).values)
    assert found.variable_unit.values.tolist() == ["yuan/person", "Dmnl", "%"]
    assert found.measure.values.tolist() == ["per", "index", "per"]
    assert found.attrs["per"] == "乡村人口"


def test_runs_of_other_years_are_laid_over_each_other(plan: sc.Scenario, tmp_path: Path) -> None:
    shorter = {"plan.toml": ("years = [2020, 2035]", "years = [2020, 2031]")}
    found = sc.compare({"long": plan, "short": sc.load(copied(tmp_path, shorter))}, ["urban_share"])
    assert found.time.values.tolist() == list(range(2020, 2036))
    assert np.isnan(found.level.sel(scenario="short", time=2032)).all()
    assert np.isfinite(found.level.sel(scenario="long")).all()
    with pytest.raises(InputError, match=r"time 2033: is outside the run of short \(2020 to 2031\)"):
        sc.compare({"long": plan, "short": sc.load(tmp_path / "plan.toml")}, years=[2033])


def test_scenarios_of_two_models_compare_by_what_both_hold(plan: sc.Scenario, tmp_path: Path) -> None:
    quicker = {"village.mdl": ("moving rate*(openness", "2*moving rate*(openness")}
    found = sc.compare(
        {"as it is": plan, "twice as quick": sc.load(copied(tmp_path, quicker))}, ["urban_share"]
    )
    assert found.difference.isel(scenario=1).sel(time=2030) > 0
    assert found.attrs["model_hash"].count(", ") == 1


def test_scenarios_of_one_name_are_counted(plan: sc.Scenario) -> None:
    found = sc.compare([plan, plan.replace(reward=0), plan.replace(reward=100)])
    assert found.scenario.values.tolist() == ["village/plan", "village/plan #2", "village/plan #3"]
    assert set(sc.compare([plan, plan.replace(reward=0)]).attrs["levers"].split('"')) >= {"village/plan #2"}


def test_constraints_are_compared_too(tmp_path: Path) -> None:
    plan = sc.load(copied(tmp_path, purse=50_000))
    found = sc.compare([plan, plan.replace(reward=2000)])
    assert found.satisfied.values.tolist() == [[True], [False]]
    assert found.worst.values[1, 0] > 50_000
    assert found.constraint_name_zh.values.tolist() == ["钱袋"]


def test_what_cannot_be_compared_is_said_at_once(plan: sc.Scenario) -> None:
    with pytest.raises(InputError) as error:
        sc.compare(
            [plan.baseline, plan], ["urban_shar", "readiness"], ["urban-share-2031"], [2050], per="people"
        )
    said = str(error.value)
    for words in (
        "urban_shar is not a variable", "Did you mean 'urban_share'",
        "readiness has 2 elements",
        "target urban-share-2031: there is none of that name. Did you mean 'urban-share-2030'",
        "time 2050: is outside the run",
        "people is not a variable",
    ):  # fmt: skip
        assert words in said
    with pytest.raises(InputError, match="no scenario"):
        sc.compare([])
