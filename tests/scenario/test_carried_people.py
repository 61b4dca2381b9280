"""People carried from the census to a later start, and figures of the years the start is of."""

from __future__ import annotations

from pathlib import Path

import pytest

import simcounty as sc
from simcounty.accounts.census import find_unit
from simcounty.counties.generate import baseline_of, new_counties
from simcounty.errors import InputError, ScenarioError
from simcounty.scenario import load

RESIDENTS = "initial_residents_by_age["
ONE = '{ year = 2020, value = 180, source = "?" }'


def test_people_of_a_later_start_are_those_of_the_run_from_the_census() -> None:
    unit = find_unit("桐庐县")
    (census,), (later,) = new_counties([unit]), new_counties([unit], 2023)
    run = sc.simulate(baseline_of(census), keep=["total_population", "urbanisation_rate"]).sel(time=2023)
    values = {value.key: value for value in later.values}
    people = sum(value.value for key, value in values.items() if key.startswith(RESIDENTS))
    assert people == pytest.approx(float(run.total_population), rel=1e-4)
    assert values["initial_town_share"].value == pytest.approx(float(run.urbanisation_rate), rel=1e-4)
    assert values["initial_town_share"].kind == "derived"


def test_a_later_start_begins_with_the_money_of_its_year() -> None:
    later = baseline_of(new_counties([find_unit("桐庐县")], 2023)[0])
    assert (later.years.start, later.years.end) == (2023, 2035)
    run = sc.simulate(later, keep=["bank_loans", "total_population"])
    assert float(run.bank_loans[0]) == pytest.approx(1218.44, rel=1e-4)  # of the yearbook of 2023


def test_people_are_not_carried_backwards() -> None:
    with pytest.raises(InputError, match="carried forward from the census of 2020"):
        new_counties([find_unit("桐庐县")], 2015)


def test_a_file_that_only_changes_the_year_of_the_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "later.toml"
    county = sc.load("fuping/baseline").county.path
    lines = ['title = "以后"', f'county = "{county}"', "years = [2025, 2035]"]
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(ScenarioError, match="the run starts at the end of 2025"):
        load(path)


def test_a_county_file_takes_figures_in_the_units_they_are_printed_in(tmp_path: Path) -> None:
    model = sc.load("fuping/baseline").model.path
    path = tmp_path / "county.toml"
    lines = ['title = "富平县"', 'code = "610528"', "start = 2020", f'model = "{model}"', "[accounts]"]
    lines += ['"一般公共预算收入" = [{ year = 2020, value = "84613.7 万元", source = "决算" }]']
    path.write_text("\n".join(lines), "utf-8")
    values = {value.key: value for value in sc.load("fuping/baseline", county=path).county.values}
    assert "8.46137 亿元 (2020, 决算)" in values["county_tax_level"].basis


@pytest.mark.parametrize(
    ("entry", "finding"),
    [
        ('gpd = [{ year = 2020, value = 3, source = "?" }]', "no figure of this name is known"),
        ('gdp = [{ year = 2020, value = "3 人", source = "?" }]', "人"),
        ("gdp = [{ year = 2020, value = 3 }]", "source"),
        ('gdp = [{ year = 2020, value = -3, source = "?" }]', "not above 0"),
        (f"gdp = [{ONE}, {ONE}]", "two figures"),
        ('gdp = [{ year = 2000, value = 30, source = "?" }]', "more than 15 years from the start"),
        (
            'gdp = [{ year = 2020, value = 1837000, source = "?" }]',
            "expect of 2020, 179.7 亿元. Check the unit",
        ),
        ('gdp = [{ year = 2033, value = 180, source = "?" }]', "2033 is still to come"),
        (
            'gov_debt_balance = [{ year = 2020, value = 900, source = "?" }]',
            "gives initial_government_debt a value",
        ),
        (f'gdp = [{ONE}]\ngdp_secondary = [{{ year = 2020, value = 190, source = "?" }}]', "GDP is 180"),
    ],
)
def test_figures_that_cannot_be_used_are_told(tmp_path: Path, entry: str, finding: str) -> None:
    model = sc.load("fuping/baseline").model.path
    path = tmp_path / "county.toml"
    lines = ['title = "富平县"', 'code = "610528"', "start = 2020", f'model = "{model}"', "[accounts]", entry]
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(ScenarioError, match=finding):
        sc.load("fuping/baseline", county=path)
