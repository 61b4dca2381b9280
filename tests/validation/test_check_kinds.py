"""Scale, ensemble, search and saturation checks on models whose answers are worked out by hand."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from written import write_model

from simcounty.validation import CheckResult, validate
from simcounty.validation.scale_invariance import degree

HEAD = 'model = "../m.mdl"\ndescribe = "by hand"\n[[check]]\nit = "holds"\n'


def result_of(model: Path, text: str) -> CheckResult:
    """Write a check file with one check beside a model, and run it."""
    folder = model.parent / "checks"
    folder.mkdir(exist_ok=True)
    assert tomllib.loads(HEAD + text)
    (folder / "hand.toml").write_text(HEAD + text, encoding="utf-8")
    (found,) = validate(model)
    return found


TOWN = (
    "people at first = 1000 ~ person ~ |",
    "income = 3 ~ yuan/person/year ~ |",
    "birth rate = 0.1 ~ 1/year ~ |",
    "people = INTEG(people * birth rate, people at first) ~ person ~ |",
    "product = people * income / yuan per yi ~ YiYuan/year ~ |",
    "yuan per yi = 1e+08 ~ yuan/YiYuan ~ |",
    "room = 5e+06 ~ m2 ~ |",
    "density = people / room ~ person/m2 ~ |",
    "visits per head = 2 / people ~ 1/person ~ |",
)


def test_a_town_twice_as_large_has_twice_of_everything(tmp_path: Path) -> None:
    found = result_of(write_model(tmp_path, *TOWN), "scale = { factor = 2 }")
    assert found.result == "pass"
    assert found.measured[0].high == 0.0
    assert found.detail.startswith("× 2: 2 constants scaled, 0 of")


def test_an_absolute_number_is_named_with_what_it_spoils(tmp_path: Path) -> None:
    spoilt = ("need = people + 100 ~ person ~ |", "debt = INTEG(need, 0) ~ person*year ~ |")
    found = result_of(write_model(tmp_path, *TOWN, *spoilt), "scale = { factor = 3 }")
    off = {each.variable: each.high for each in found.measured}
    people = 1000 * 1.1**4
    assert found.result == "fail"
    assert found.detail.endswith("it begins with need")
    assert set(off) == {"need", "debt"}
    # 3 people + 100 instead of 3 (people + 100), of the largest: 200 ÷ 3 (people + 100)
    assert off["need"] == pytest.approx(200 / (3 * (people + 100)))


def test_an_exempt_constant_stays_as_it_is(tmp_path: Path) -> None:
    found = result_of(write_model(tmp_path, *TOWN), 'scale = { exempt = ["room"] }')
    assert {each.variable for each in found.measured} == {"density"}


@pytest.mark.parametrize(
    ("unit", "power"),
    [
        ("person", 1),
        ("YiYuan/year", 1),
        ("yuan/person", 0),
        ("m2/mu", 0),
        ("1/cap", -1),
        ("mu*person", 2),
        ("Dmnl", 0),
    ],
)
def test_a_unit_grows_with_what_it_counts(unit: str, power: int) -> None:
    assert degree(unit) == power


def test_members_whose_logarithm_is_not_a_number_are_counted_and_named(tmp_path: Path) -> None:
    model = write_model(
        tmp_path, "a = 1 ~ Dmnl [-1, 1] ~ |", "b = LN(a) ~ Dmnl ~ |", "c = INTEG(b + 5, 1) ~ Dmnl ~ |"
    )
    # a Latin hypercube of ten over [-1, 1] has one member in each fifth of a unit: five are negative
    found = result_of(model, "ensemble = { n = 10 }\npredicate = [{ finite = true }]")
    assert found.result == "fail"
    assert found.measured[0].high == 5
    assert "10 members, 1 constants varied" in found.detail
    assert "b (nan) is not a finite number at time 0. Its equation reads: a = -" in found.detail


def test_members_whose_logarithm_is_a_number_pass(tmp_path: Path) -> None:
    model = write_model(
        tmp_path, "a = 1 ~ Dmnl [-1, 1] ~ |", "b = LN(a) ~ Dmnl ~ |", "c = INTEG(b + 5, 1) ~ Dmnl ~ |"
    )
    text = """
ensemble = { n = 10, design = "sobol", ranges = { every = "50 %" } }
predicate = [
  { finite = true },
  { stocks = "non-negative" },
  { variable = "a", value = [0.5, 1] },
  { variable = "c", years = 4, value = [18.2, 21] },
]"""
    found = result_of(model, text)
    assert found.result == "pass"
    assert found.measured[1].low == 1.0


def test_a_stock_that_is_drawn_below_zero_is_named(tmp_path: Path) -> None:
    model = write_model(
        tmp_path,
        "draw = 0 ~ Dmnl [0, 1] ~ |",
        "store = INTEG(-draw, 1) ~ Dmnl ~ |",
        "balance = INTEG(-draw, 0) ~ Dmnl [-10, 10] ~ |",
    )
    found = result_of(model, 'ensemble = { n = 8 }\npredicate = [{ stocks = "non-negative" }]')
    (stocks,) = found.measured
    assert found.result == "fail"
    assert stocks.variable == "store"
    assert -3 <= stocks.low < 1 - 4 * 7 / 8


def test_balances_of_all_members_are_measured(tmp_path: Path) -> None:
    model = write_model(
        tmp_path,
        "a = 1 ~ Dmnl [0, 1] ~ |",
        "check sum = (a - 0.5 * a - 0.5 * a) + 2e-10 * a ~ Dmnl ~ |",
    )
    passes = result_of(model, "ensemble = { n = 8 }\npredicate = [{ balances = 1e-9 }]")
    fails = result_of(model, "ensemble = { n = 8 }\npredicate = [{ balances = 1e-10 }]")
    assert (passes.result, fails.result) == ("pass", "fail")
    assert passes.measured[0].variable == "check_sum"
    assert 2e-10 * 7 / 8 <= passes.measured[0].high <= 2e-10


HILL = (
    "north = 0 ~ Dmnl [0, 1] ~ |",
    "east = 0 ~ Dmnl [0, 1] ~ |",
    "height = 2 - (north - 0.3)^2 - (east - 0.7)^2 ~ Dmnl ~ |",
    "climbed = INTEG(1 + north, 0) ~ Dmnl ~ |",
)
STARS = "*" * 56
LEVERS = f"{STARS}\n\t.7 levers\n{STARS}~\n\t|\n"


def test_a_search_finds_the_top_of_a_hill(tmp_path: Path) -> None:
    text = """
search = { maximise = "height@4", using = ["north", "east"], members = 150 }
predicate = [{ best = ["-inf", 0.4] }]"""
    found = result_of(write_model(tmp_path, *HILL), text)
    # from 2 − 0.09 − 0.49 to 2
    assert found.measured[0].high == pytest.approx(0.58 / 1.42, abs=1e-4)
    assert found.result == "fail"
    assert result_of(tmp_path / "m.mdl", text) == found
    runs = int(found.detail.split()[0])
    assert 75 < runs < 200


def test_a_search_finds_the_lowest_point_too(tmp_path: Path) -> None:
    text = """
search = { minimise = "height@4", using = ["north", "east"], members = 50 }
predicate = [{ best = ["-inf", 0] }]"""
    found = result_of(write_model(tmp_path, *HILL), text)
    # the corner furthest from the top: north 1, east 0
    assert found.measured[0].low == pytest.approx((2 - 0.49 - 0.49) / 1.42 - 1)
    assert found.detail.endswith("at north = 1")


def test_a_lever_may_be_turned_later(tmp_path: Path) -> None:
    text = """
search = { maximise = "climbed@4", using = ["north"], members = 20, from = "0003" }
predicate = [{ best = [0.5, 0.5] }]"""
    # two years at 1, and two at 2, instead of four at 1
    assert result_of(write_model(tmp_path, *HILL), text).result == "pass"


def test_all_levers_are_those_under_their_heading(tmp_path: Path) -> None:
    text = """
search = { maximise = "height@4", using = "all", members = 20 }
predicate = [{ best = [0, 1] }]"""
    model = write_model(tmp_path, HILL[0], LEVERS + HILL[1], *HILL[2:])
    found = result_of(model, text)
    assert "east" in found.detail
    assert "north" not in found.detail


LIMITED = (
    "way = TIME ~ year ~ |",
    "most = 2.5 ~ year ~ |",
    "capped = MIN(way, most) ~ year ~ |",
    "floored = MAX(0, way - 1) ~ year ~ |",
    "both = MIN(MAX(way, 1), 9) ~ year ~ |",
)


def test_saturation_counts_the_steps_at_which_a_limiter_binds(tmp_path: Path) -> None:
    found = result_of(write_model(tmp_path, *LIMITED, save="2"), "saturation = { max_share = 0.2 }")
    # of the steps 0 … 4 the cap of 2.5 works at 3 and 4, the floor of 0 at 0 alone (at 1 it is touched)
    shares = {(each.variable, each.note): each.high for each in found.measured}
    assert shares == {
        ("capped", "MIN"): 0.4,
        ("floored", "MAX"): 0.2,
        ("both", "MAX #2"): 0.2,
        ("both", "MIN #1"): 0.0,
    }
    assert [each.holds for each in found.measured] == [False, True, True, True]
    assert found.detail == "4 MIN and MAX, 3 bind in the base run"


def test_a_limiter_may_bind_with_a_reason(tmp_path: Path) -> None:
    text = (
        'saturation = { max_share = "20 %", except = { capped = "the sea is there", way = "never needed" } }'
    )
    found = result_of(write_model(tmp_path, *LIMITED), text)
    assert found.result == "pass"
    assert found.measured[0].note == "MIN: the sea is there"
    assert found.detail.endswith("exceptions without need: way")


def test_the_limit_of_a_lever_does_not_bind(tmp_path: Path) -> None:
    limited = (
        "stock = INTEG(-use, 9) ~ mu ~ |",
        "use = MIN(plan, stock) ~ mu/year ~ |",
        LEVERS + "plan = 1 ~ mu/year ~ |",
    )
    found = result_of(write_model(tmp_path, *limited), "saturation = {}")
    assert found.result == "pass"
    assert found.measured[0].high == 0.0
