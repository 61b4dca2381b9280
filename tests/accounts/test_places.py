"""Places are found by code, name, former code and former name, and nothing is guessed in silence."""

import pytest

from simcounty.accounts.panel import shipped
from simcounty.accounts.places import changes, counties_of, find_place, find_places, places
from simcounty.errors import InputError


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("桐庐县", "330122"),
        ("桐庐", "330122"),
        ("浙江省杭州市桐庐县", "330122"),
        ("330122", "330122"),
        ("杭州", "330100"),
        ("3301", "330100"),
        ("新疆", "650000"),
        ("33", "330000"),
        ("全国", "000000"),
        ("东莞市", "441900"),  # a city without districts: prefecture and county in one
        ("湾沚区", "340210"),  # 芜湖县 in the census of 2020
    ],
)
def test_a_place_is_found_by_code_or_name(given: str, code: str) -> None:
    found = find_place(given)
    assert (found.code, found.followed) == (code, None)


@pytest.mark.parametrize("given", ["户县", "610125", "陕西省西安市户县"])
def test_the_county_that_became_a_district_in_2016_is_followed(given: str) -> None:
    found = find_place(given)
    assert (found.code, found.name) == ("610118", "鄠邑区")
    assert found.followed
    assert found.followed.name_old == "户县"


def test_a_county_whose_district_has_another_area_stands_for_itself() -> None:
    """绍兴县 was divided between 柯桥区 and 越城区 in 2013."""
    found = find_place("绍兴县")
    assert (found.code, found.followed) == ("330621", None)


def test_every_change_leads_to_a_place_or_is_kept_apart() -> None:
    for each in changes():
        assert each.code_new in places(), each
        if not each.area:
            assert each.code_old not in shipped().codes, each


def test_the_places_of_an_ambiguous_name_are_listed() -> None:
    with pytest.raises(InputError, match=r"220000 .吉林省.*220200 .吉林省 吉林市") as error:
        find_place("吉林")
    assert "Give the code of one" in str(error.value)


def test_all_unknown_places_are_met_at_once_with_guesses() -> None:
    with pytest.raises(InputError) as error:
        find_places(["桐庐镇", "建德市", "朝阳"])
    assert "Did you mean '桐庐县'" in str(error.value)
    assert "朝阳: 4 places have this name" in str(error.value)


@pytest.mark.parametrize("blank", ["", " ", "99", "999999"])
def test_nothing_is_no_place(blank: str) -> None:
    with pytest.raises(InputError, match="no county, prefecture or province"):
        find_place(blank)


def test_the_counties_of_the_provinces_are_those_of_the_nation() -> None:
    """2,987 county-level units in the census of 2020."""
    nation = counties_of(find_place("全国"))
    provinces = [place for place in places().values() if place.level == "province"]
    assert len(nation) == sum(len(counties_of(each)) for each in provinces) == 2987
    assert counties_of(find_place("桐庐县")) == []
