"""What a score draws: few counties as lines over the years, many as points."""

from __future__ import annotations

import pytest

import simcounty as sc
from simcounty.plot import scores

COUNTIES = ("桐庐", "建德市", "淳安", "富平")


@pytest.mark.parametrize(("counties", "scale"), [(COUNTIES[:3], "linear"), (COUNTIES, "log")])
def test_three_counties_are_lines_and_four_are_points(counties: tuple[str, ...], scale: str) -> None:
    figure = scores(sc.score(*counties, known_by=2021, variables=["gdp"]))
    assert figure.axes[0].get_xscale() == scale
