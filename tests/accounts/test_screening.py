"""Doubtful figures: what is set aside, and from which year on that could be known."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from simcounty.accounts.panel import Figure, Panel, shipped
from simcounty.accounts.screening import screened


def counties(*own: tuple[int, float], variable: str = "gdp") -> Panel:
    """Forty counties whose figures grow by about a tenth a year, and one with figures of its own."""
    years = sorted({year for year, _ in own})
    figures = [
        Figure(f"33{each:04}", "", variable, year, 100 * math.exp((0.1 + each / 1e5) * (year - 2000)), "")
        for each in range(101, 141)
        for year in years
    ]
    return screened(Panel.of([*figures, *(Figure("330999", "", variable, *each, "made up") for each in own)]))


def test_a_figure_that_leaps_away_and_back_is_doubted_from_the_year_it_comes_back() -> None:
    panel = counties((2010, 100.0), (2011, 500.0), (2012, 120.0))
    (figure,) = [each for each in panel.figures("330999") if each.set_aside]
    assert (figure.year, figure.doubted_from) == (2011, 2012)
    assert 2011 in panel.known_by(2011).years("330999", "gdp")
    assert 2011 not in panel.known_by(2012).years("330999", "gdp")


def test_a_power_of_ten_is_doubted_at_once_where_nothing_goes_with_it() -> None:
    panel = counties((2010, 100.0), (2011, 0.0105))
    doubted = {each.year: each for each in panel.figures("330999") if each.set_aside}
    assert doubted[2011].doubted_from == 2011
    assert "疑差一万倍" in doubted[2011].set_aside


def test_a_county_that_booms_is_not_doubted() -> None:
    assert not any(each.set_aside for each in counties((2010, 100.0), (2011, 160.0), (2012, 250.0)))


@pytest.mark.parametrize("year", [2010, 2021])
def test_what_is_known_by_a_year_is_what_screening_finds_without_later_figures(year: int) -> None:
    wanted = {"bank_loans", "household_deposits", "gdp", "pop_hukou"}
    plain = [
        replace(each, set_aside="", doubted_from=0)
        for each in shipped()
        if each.variable in wanted and not each.code.endswith("00")
    ]
    later = screened(Panel.of(plain)).known_by(year)
    then = screened(Panel.of(each for each in plain if each.year <= year))
    assert [each for each in later if each.set_aside] == [each for each in then if each.set_aside]
