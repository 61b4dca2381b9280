"""Counties run from 2020 by what was known, held against the county yearbooks that came later."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import simcounty as sc
from simcounty import catalog
from simcounty.accounts.census import find_unit
from simcounty.accounts.panel import Panel, shipped
from simcounty.counties.generate import baseline_of, new_counties
from simcounty.errors import InputError
from simcounty.model import load_model
from simcounty.scenario import Span
from simcounty.scoring.outcomes import observed_until, outcomes, province_group, size_classes

COUNTY = load_model(catalog.find(catalog.MODEL, "county"))
KNOWN_BY = 2021
PLACES = ("杭州市", "咸阳市")


@pytest.fixture(scope="module")
def found() -> xr.Dataset:
    return sc.score(*PLACES, known_by=KNOWN_BY)


def test_what_came_is_what_the_yearbook_prints(found: xr.Dataset) -> None:
    """桐庐 in 县域统计年鉴2024版: GDP 469.23, revenue 45.03, spending 72.80, loans 1,218.44 亿元."""
    tonglu = found.actual.sel(place="330122", year=2023).to_numpy()
    labels = found.label.values.tolist()
    wanted = {"地区生产总值": 469.23, "一般公共预算收入": 45.03, "金融机构各项贷款余额": 1218.44}
    assert {name: tonglu[labels.index(name)] for name in wanted} == wanted


def test_the_flow_of_a_year_is_what_the_run_adds_up_and_a_stock_its_end(found: xr.Dataset) -> None:
    county = new_counties([find_unit("330122")], 2020, shipped().known_by(KNOWN_BY))[0]
    baseline = baseline_of(county).over(Span(2020, 2023))
    run = sc.simulate(observed_until(KNOWN_BY, baseline))
    for outcome in outcomes(COUNTY):
        stock = COUNTY.accumulator(outcome.variable)
        level = run[stock or outcome.variable]
        end = level.sel(time=2023) - (level.sel(time=2022) if stock else 0)
        made = found.forecast.sel(rule="model", place="330122", outcome=outcome.variable, year=2023)
        assert made.item() == pytest.approx(outcome.factor * end.item(), rel=1e-9), outcome.variable


def test_nothing_later_than_known_moves_a_forecast(found: xr.Dataset) -> None:
    """Figures of 2022 and later, three times as large: what came differs, no forecast by a bit."""
    spoilt = Panel.of(
        replace(each, value=3 * each.value) if each.year > KNOWN_BY else each for each in shipped()
    )
    again = sc.score(*PLACES, known_by=KNOWN_BY, panel=spoilt)
    xr.testing.assert_identical(again.forecast, found.forecast)
    xr.testing.assert_identical(again.last_known, found.last_known)
    later, came = again.actual.sel(year=2023), found.actual.sel(year=2023)
    assert np.nanmax(abs(later / came - 3)) < 1e-9


def test_all_rules_are_measured_on_the_same_counties(found: xr.Dataset) -> None:
    loans = found.label.values.tolist().index("金融机构各项贷款余额")
    cell = found.isel(outcome=loans).sel(year=2023)
    fair = np.isfinite(cell.forecast).all("rule") & np.isfinite(cell.actual)
    whole = cell.isel(group=0)
    assert whole["count"] == fair.sum() > 10
    error = abs(cell.forecast / cell.actual - 1).where(fair).median("place")
    assert whole.score.sel(measure="median").to_numpy() == pytest.approx(error.to_numpy())
    theil = whole.score.sel(measure=["theil_bias", "theil_variance", "theil_covariance"])
    assert theil.sum("measure").to_numpy() == pytest.approx(1)


def test_provinces_and_sizes_divide_the_counties(found: xr.Dataset) -> None:
    counts = found["count"].sel(year=2023)
    for kind in ("province", "provinces", "size"):
        parts = counts.isel(group=found.group_kind.values == kind).sum("group")
        assert parts.to_numpy().tolist() == counts.isel(group=0).to_numpy().tolist()
    assert [*dict.fromkeys(map(province_group, ("330122", "610425", "140121", "220122")))] == [
        "东部", "西部", "中部", "东北",
    ]  # fmt: skip
    assert len(size_classes()) == 4


def test_years_that_cannot_be_scored_are_refused_together() -> None:
    with pytest.raises(InputError) as error:
        sc.score("桐庐", start=2015, end=2014, known_by=2012)
    text = str(error.value)
    assert all(each in text for each in ("start = 2015", "known_by = 2012", "end = 2014"))
    with pytest.raises(InputError, match="end = 3000: no figure after 20"):
        sc.score("桐庐", end=3000)


def test_a_variable_may_be_named_as_the_yearbook_or_the_model_does() -> None:
    names = [each.figure for each in outcomes(COUNTY, ["金融机构贷款余额", "地区生产总值", "gdp"])]
    assert names == ["bank_loans", "gdp"]
    with pytest.raises(InputError, match=r"Did you mean '地区生产总值'"):
        outcomes(COUNTY, ["地区生产总直"])
