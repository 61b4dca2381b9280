"""The Dataset of published figures: what yearbooks print, with sources, and what is set aside beside it."""

import math

import pytest
import xarray as xr

import simcounty as sc
from simcounty.errors import InputError
from simcounty.files import save

TONGLU, LIUYANG, HUYI = "330122", "430181", "610118"


@pytest.fixture(scope="module")
def found() -> xr.Dataset:
    """A county, one with a doubtful figure, and one whose code changed."""
    return sc.panel("桐庐", "浏阳市", "户县")


def test_the_gdp_of_tonglu_is_that_of_the_yearbooks_of_2018_and_2024(found: xr.Dataset) -> None:
    gdp = found.gdp.sel(place=TONGLU)
    assert gdp.sel(year=2017).item() == pytest.approx(420.16, abs=0.005)
    assert gdp.sel(year=2023).item() == 469.23
    assert found.gdp_source.sel(place=TONGLU, year=2023).item().startswith("县域统计年鉴2024版")
    assert gdp.units == "亿元"
    assert "第四次全国经济普查" in gdp.breaks


def test_the_sectors_of_a_year_add_up_to_its_gdp(found: xr.Dataset) -> None:
    year = found.sel(place=TONGLU, year=2023)
    sectors = float(year.gdp_primary + year.gdp_secondary + year.gdp_tertiary)
    assert sectors == pytest.approx(469.23, abs=0.02)


def test_loans_of_liuyang_that_are_a_power_of_ten_off_are_set_aside(found: xr.Dataset) -> None:
    """138.7 after 576.4 in 2017, printed in the yearbook of 2024."""
    assert math.isnan(found.bank_loans.sel(place=LIUYANG, year=2023))
    assert found.bank_loans_set_aside.sel(place=LIUYANG, year=2023).item() == pytest.approx(138.7, abs=0.1)
    assert "430181 浏阳市 2023: " in found.bank_loans_set_aside.reasons
    assert found.bank_loans.sel(place=LIUYANG, year=2017).item() == pytest.approx(576.4, abs=0.1)


def test_a_county_that_became_a_district_keeps_its_figures(found: xr.Dataset) -> None:
    known = found.pop_hukou.sel(place=HUYI).dropna("year").year.values
    assert min(known) <= 2001
    assert found.name.sel(place=HUYI) == "鄠邑区"


def test_the_counties_of_zhejiang_add_up_to_the_census_of_the_province() -> None:
    """浙江: 54,426,891 residents in 2010, 64,567,588 in 2020 (communiqués of the censuses)."""
    residents = sc.panel("浙江省", variables=["常住人口（人口普查）"]).census_residents
    inside = residents.where(residents.level == "county", drop=True)
    assert inside.sum("place").sel(year=2020).item() == 64_567_588
    province = residents.sel(place="330000")
    assert province.sel(year=2010).item() == 54_426_891
    published = sc.panel("浙江省", variables=["pop_permanent"], counties=False).pop_permanent
    assert published.sel(year=2020).item() == pytest.approx(64_567_588, rel=0.002)


def test_the_counties_of_a_prefecture_come_with_it() -> None:
    found = sc.panel("杭州市", variables=["gdp"])
    assert list(found.place.values[:1]) == ["330100"]
    assert found.sizes["place"] == 14
    assert sc.panel("杭州市", variables=["gdp"], counties=False).sizes["place"] == 1


def test_nothing_later_than_was_known_is_given() -> None:
    """The provinces' GDP was revised after the fifth economic census, in 2024."""
    found = sc.panel("桐庐", "浙江省", known_by=2021, counties=False)
    assert found.year.max() <= 2021
    assert "gdp" in found
    assert found.gdp.sel(place="330000").isnull().all()


def test_a_dataset_survives_a_file(found: xr.Dataset, tmp_path: object) -> None:
    file = save(found, f"{tmp_path}/panel.nc")
    with xr.open_dataset(file) as read:
        assert read.gdp.equals(found.gdp)
        assert read.gdp_source.sel(year=2023).values[0] == found.gdp_source.sel(year=2023).values[0]


def test_all_that_cannot_be_found_is_met_at_once() -> None:
    with pytest.raises(InputError, match="Did you mean 'gdp'") as error:
        sc.panel("桐庐", variables=["gpd", "户籍人囗"])
    assert "户籍人口" in str(error.value)
    with pytest.raises(InputError, match="no place is named"):
        sc.panel()
