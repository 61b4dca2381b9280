"""Figures carried to other years: worked out by hand on counties whose growth is known."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcounty.accounts.carry import carried, growth_of
from simcounty.accounts.panel import Figure, Panel, shipped


def grown(rate: float, counties: int, *years: int, province: str = "33") -> list[Figure]:
    """Counties whose loans grow at a rate."""
    return [
        Figure(
            f"{province}{number:04}", "", "bank_loans", year, 100 * math.exp(rate * (year - 2000)), "made up"
        )
        for number in range(101, 101 + counties)
        for year in years
    ]


def test_a_figure_of_the_year_is_itself_and_is_not_uncertain() -> None:
    figure = carried(shipped(), "330122", "budget_revenue_general", 2023)
    assert figure is not None
    assert (figure.value, figure.years, figure.sd) == (45.03, (2023,), 0.0)


def test_beyond_its_last_figure_a_county_grows_as_the_others_of_its_province() -> None:
    panel = Panel.of(
        [*grown(0.1, 40, 2010, 2011, 2012, 2013), Figure("330999", "", "bank_loans", 2010, 50.0, "")]
    )
    figure = carried(panel, "330999", "bank_loans", 2013)
    assert figure is not None
    assert figure.value == pytest.approx(50 * math.exp(0.3))


def test_beyond_all_knowledge_the_growth_of_the_last_two_years_goes_on() -> None:
    panel = Panel.of(grown(0.1, 40, 2010, 2011, 2012))
    figure = carried(panel, "330101", "bank_loans", 2017)
    assert figure is not None
    assert figure.value == pytest.approx(100 * math.exp(0.1 * 17))


def test_few_counties_of_a_province_are_drawn_towards_the_nation() -> None:
    panel = Panel.of([*grown(0.1, 60, 2010, 2011), *grown(0.2, 20, 2010, 2011, province="61")])
    assert growth_of(panel, "bank_loans", "61").rates == pytest.approx(
        [0.15]
    )  # 20 counties weigh as much as the nation


@given(st.integers(2001, 2009), st.floats(1, 1e4), st.floats(1, 1e4))
def test_between_two_figures_both_ends_are_kept_and_the_way_is_that_of_the_others(
    year: int, first: float, last: float
) -> None:
    others = grown(0.05, 40, 2000, 2003, 2006, 2010)
    own = [
        Figure("330999", "", "bank_loans", 2000, first, ""),
        Figure("330999", "", "bank_loans", 2010, last, ""),
    ]
    figure = carried(Panel.of([*others, *own]), "330999", "bank_loans", year)
    assert figure is not None
    straight = math.log(first) + (year - 2000) / 10 * math.log(last / first)
    assert math.log(figure.value) == pytest.approx(straight)  # others grow evenly, so the way is straight
    assert figure.years == (2000, 2010)


def test_it_is_less_certain_the_farther_it_is_carried_and_most_beyond_all_knowledge() -> None:
    panel = shipped().known_by(2017)
    spreads = [carried(panel, "330122", "bank_loans", year) for year in (2018, 2020, 2023)]
    assert all(spreads)
    assert [each.sd for each in spreads if each] == sorted(each.sd for each in spreads if each)
    between = carried(shipped(), "330122", "bank_loans", 2020)
    assert between is not None
    assert between.sd < min(each.sd for each in spreads[1:] if each)


@pytest.mark.parametrize("year", [2011, 2021])
def test_nothing_later_than_what_was_known_is_read(year: int) -> None:
    figures = list(shipped())
    spoilt = Panel.of(
        Figure(each.code, each.name, each.variable, each.year, math.nan, each.source)
        if each.year > year
        else each
        for each in figures
    )
    for variable in ("gdp", "budget_revenue_general", "bank_loans"):
        assert carried(spoilt.known_by(year), "330122", variable, 2020) == carried(
            shipped().known_by(year), "330122", variable, 2020
        )
