"""Family-member checks: counties on one behaviour, what departs from it, and who leaves the bounds."""

from __future__ import annotations

from pathlib import Path

import pytest
from written import write_model

from simcounty import catalog, load_model
from simcounty.scenario.starting_values import keys_from_unit
from simcounty.validation import CheckResult, validate

STARS = "*" * 56
FARM = (
    "herd at first = 100 ~ person ~ |",
    "births a head = 0.1 ~ 1/year ~ |",
    "herd = INTEG(herd * births a head - sold, herd at first) ~ person ~ |",
    "check herd = (herd - herd) * 1 ~ Dmnl ~ |",
    "wool = LN(herd at first - 5) ~ Dmnl ~ |",
    f"{STARS}\n\t.7 levers\n{STARS}~\n\t|\n",
    "sold = 4 ~ person/year ~ |",
)
"""A herd that grows by a tenth a year less what is sold, which is a lever: 100, 106, 112.6 …"""


@pytest.fixture
def farm(tmp_path: Path) -> Path:
    return write_model(tmp_path, *FARM)


def county(farm: Path, name: str, **values: float) -> str:
    """Write a county of the farm; return its path."""
    tables = [f'[values.{key}]\nvalue = {value}\nassumption = "made up"\n' for key, value in values.items()]
    path = farm.parent / f"{name}.toml"
    path.write_text(f'title = "{name}"\nmodel = "m.mdl"\n' + "\n".join(tables), "utf-8")
    return path.as_posix()


def score(farm: Path, counties: list[str], predicates: str, own: str = "") -> CheckResult:
    folder = farm.parent / "checks"
    folder.mkdir(exist_ok=True)
    names = ", ".join(f'"{each}"' for each in counties)
    text = (
        'model = "../m.mdl"\ndescribe = "by hand"\n[[check]]\nit = "holds"\n'
        f"predicate = [{predicates}]\n[check.family_member]\ncounties = [{names}]\n"
        f"[check.family_member.own]\n{own}\n"
    )
    (folder / "hand.toml").write_text(text, "utf-8")
    (found,) = validate(farm)
    return found


START = 'herd_at_first = "each has its own herd"\n'


def test_counties_that_differ_in_what_is_their_own_hold(farm: Path) -> None:
    both = [county(farm, "north", herd_at_first=50), county(farm, "south", sold=0)]
    found = score(farm, both, '{ variable = "herd", years = 4, value = [50, 150] }, { finite = true }', START)
    assert found.result == "pass"
    herd = found.measured[0]
    assert herd.high == pytest.approx(100 * 1.1**4)
    assert herd.low == pytest.approx(50 * 1.1**4 - 4 * (1.1**4 - 1) / 0.1)
    assert found.detail == "2 counties, 1 values of behaviour of their own"


def test_behaviour_of_its_own_needs_a_reason_and_is_named(farm: Path) -> None:
    both = [county(farm, "north", births_a_head=0.2), county(farm, "south", births_a_head=0.1)]
    found = score(farm, both, "{ finite = true }")
    assert found.result == "fail"
    departure = next(each for each in found.measured if not each.holds)
    assert departure.variable == "north: births_a_head"
    assert (departure.low, departure.band.low, departure.band.high) == (0.2, 0.1, 0.1)
    assert "gives no reason" in departure.note


def test_with_a_reason_it_stands_among_the_results(farm: Path) -> None:
    one = [county(farm, "north", births_a_head=0.2)]
    found = score(farm, one, "{ finite = true }", 'births_a_head = "cooler, by the vet"')
    assert found.result == "pass"
    assert ("north: births_a_head", "cooler, by the vet") in [(e.variable, e.note) for e in found.measured]


def test_a_reason_nobody_needs_is_said(farm: Path) -> None:
    found = score(farm, [county(farm, "north")], "{ finite = true }", START)
    assert found.result == "pass"
    assert found.detail.endswith("reasons without need: herd_at_first")


def test_a_county_that_leaves_the_bounds_is_named(farm: Path) -> None:
    both = [county(farm, "north"), county(farm, "south", sold=30)]
    found = score(farm, both, '{ variable = "herd", drift = [-0.5, 1] }')
    herd = found.measured[0]
    assert found.result == "fail"
    # 100 · 1.1⁴ − 30 (1.1⁴ − 1) ÷ 0.1 = 7.18: a fall of 93 % by the fourth year
    assert herd.low == pytest.approx(0.0718 - 1)
    assert herd.note == "herd 4, south"


def test_a_county_whose_stock_is_drawn_below_zero_is_named(farm: Path) -> None:
    both = [county(farm, "north"), county(farm, "south", sold=40)]
    found = score(farm, both, '{ stocks = "non-negative" }, { balances = 1e-9 }')
    stocks, balances = found.measured
    assert (stocks.variable, stocks.holds, stocks.note) == ("herd", False, "south")
    assert balances.holds


def test_a_county_whose_run_breaks_is_named_with_what_broke(farm: Path) -> None:
    both = [county(farm, "north"), county(farm, "south", herd_at_first=5)]
    found = score(farm, both, "{ finite = true }", START)
    assert found.result == "fail"
    assert found.measured[0].note == "south"
    assert "south failed: " in found.detail
    assert "wool" in found.detail


@pytest.fixture
def shaanxi_check(tmp_path: Path) -> Path:
    """A check file of two shipped counties, one of them edited as the test says."""
    model = catalog.find(catalog.MODEL, "county").as_posix()
    (tmp_path / "family.toml").write_text(
        f'model = "{model}"\nyears = [2020, 2035]\ndescribe = "edited"\n[[check]]\nit = "holds"\n'
        "predicate = [{ balances = 1e-9 }]\n[check.family_member]\n"
        f'counties = ["qishan", "{(tmp_path / "fuping.toml").as_posix()}"]\n'
        '[check.family_member.own]\nmortality_level = "national rates"\n',
        "utf-8",
    )
    text = catalog.find(catalog.COUNTY, "fuping").read_text("utf-8")
    text = text.replace('observed = "fuping.csv"', "").replace('"../../models/county.mdl"', f'"{model}"')
    (tmp_path / "fuping.toml").write_text(text, "utf-8")
    return tmp_path / "family.toml"


def test_an_elasticity_slipped_into_a_county_file_is_found(shaanxi_check: Path) -> None:
    (before,) = validate(shaanxi_check)
    assert before.result == "pass"
    with (shaanxi_check.parent / "fuping.toml").open("a", encoding="utf-8") as file:
        file.write('\n[values.area_price_elasticity]\nvalue = 0.5\nassumption = "fits the town better"\n')
    (after,) = validate(shaanxi_check)
    assert after.result == "fail"
    assert [each.variable for each in after.measured if not each.holds] == ["富平县: area_price_elasticity"]


def test_what_the_census_says_of_a_county_is_its_own_and_an_elasticity_is_not() -> None:
    own = keys_from_unit(load_model(catalog.find(catalog.MODEL, "county")))
    assert {"initial_town_share", "arrival_rate", "initial_residents_by_age[age_0_4]", "plan_quota"} <= own
    assert not own & {
        "area_price_elasticity",
        "town_move_rate",
        "mortality_level",
        "depreciation_rate[industry]",
    }
