"""Measures of forecasts and rules without a model, on numbers small enough to reckon by hand."""

from math import exp, log, nan

import numpy as np
import pytest

from simcounty.accounts.panel import Figure, Panel
from simcounty.calibration.holdout import score_forecast
from simcounty.scoring.measures import MEASURES, measured, theil_parts
from simcounty.scoring.naive import LastFigures, grown


@pytest.mark.parametrize(
    ("foretold", "came", "parts"),
    [
        ([1.0, 3.0], [0.0, 2.0], [1, 0, 0]),  # the mean alone is wrong
        ([0.0, 2.0, 4.0], [1.0, 2.0, 3.0], [0, 1, 0]),  # the spread alone
        ([1.0, -1.0], [-1.0, 1.0], [0, 0, 1]),  # the places alone
        ([2.0, 0.0], [0.0, 1.0], [0.1, 0.1, 0.8]),  # ½², ½² and 2 (1·½ + ½) of a mean square of 2½
    ],
)
def test_theils_parts_of_made_up_changes_are_those_reckoned_by_hand(
    foretold: list[float], came: list[float], parts: list[float]
) -> None:
    """Theil, Applied Economic Forecasting (1966): U^M, U^S and U^C add to one."""
    found = theil_parts(np.array(foretold), np.array(came))
    assert found.tolist() == pytest.approx(parts, abs=1e-12)
    assert found.sum() == pytest.approx(1)


def test_without_any_error_there_is_nothing_to_divide() -> None:
    assert np.isnan(theil_parts(np.ones(2), np.ones(2))).all()


def test_errors_of_amounts_are_of_logarithms_and_fractions_of_what_came() -> None:
    """Twice, half and once what came: logarithms cancel; errors are 100, 50 and 0 %."""
    came = np.array([10.0, 20.0, 30.0])
    found = dict(zip(MEASURES, measured(came, came, came * [2, 0.5, 1], log=True), strict=True))
    assert found["bias"] == pytest.approx(0, abs=1e-12)
    assert found["median"] == pytest.approx(0.5)
    assert found["mean"] == pytest.approx(0.5)
    assert found["rmse"] == pytest.approx(log(2) * (2 / 3) ** 0.5)


def test_errors_of_percentages_are_points() -> None:
    """60 foretold where 57 came, and 50 where 51 came."""
    found = measured(np.array([55.0, 50.0]), np.array([57.0, 51.0]), np.array([60.0, 50.0]), log=False)
    assert found[:4].tolist() == pytest.approx([1, 2, 2, 5**0.5])


def test_calibrations_divide_the_squared_error_the_same_way() -> None:
    start, came, made = np.ones(2), np.array([1.0, 2.0]), np.array([3.0, 1.0])
    assert score_forecast(start, came, made, log=False)[3:].tolist() == pytest.approx([0.1, 0.1, 0.8])


def of(figures: dict[str, dict[int, float]]) -> LastFigures:
    panel = Panel.of(
        Figure(code, code, "gdp", year, value, "made up")
        for code, own in figures.items()
        for year, value in own.items()
    )
    return LastFigures.of(panel, "gdp", dict.fromkeys(figures, 1.0))


def test_the_naive_rules_are_what_a_planner_reckons_by_hand() -> None:
    """Growth a year of 10 and 20 % in one province, 30 % in another; the fourth county has one figure."""
    figures = {
        "330101": {2019: 100.0, 2020: 100.0 * exp(0.1)},
        "330102": {2015: 50.0, 2018: 99.0, 2020: 99.0 * exp(0.4)},
        "610101": {2020: 7.0, 2021: 7.0 * exp(0.3)},
        "610102": {2020: 5.0},
    }
    last = of(figures)
    assert last.codes == tuple(figures)
    assert last.years[:, 0].tolist() == pytest.approx([2019, 2018, 2020, nan], nan_ok=True)
    assert last.years[:, 1].tolist() == [2020, 2020, 2021, 2020]
    unchanged, own, province, _ = np.log(grown(last, [2023], log=True)[:, :, 0] / last.values[:, 1])
    assert unchanged.tolist() == pytest.approx([0, 0, 0, 0], abs=1e-12)
    assert province.tolist() == pytest.approx([3 * 0.2, 3 * 0.1, 2 * (0.1 + 0.2) / 2, 3 * 0.3])
    assert own.tolist() == pytest.approx([3 * 0.1, 3 * 0.2, 2 * 0.3, 3 * 0.3])


def test_the_regression_finds_growth_that_the_start_tells_exactly() -> None:
    """Growth = 3 % + 2 % a logarithm of the level a head − 1 % of the size: twelve counties tell it."""
    random = np.random.default_rng(1)
    residents, first = np.exp(random.normal(12, 1, 12)), np.exp(random.normal(4, 1, 12))

    def rate(values: np.ndarray) -> np.ndarray:
        return 0.03 + 0.02 * np.log(values / residents) - 0.01 * np.log(residents)

    values = np.stack([first, first * np.exp(rate(first))], axis=1)
    codes = tuple(f"3301{each:02}" for each in range(12))
    last = LastFigures(codes, np.tile([2019.0, 2020.0], (12, 1)), values, residents)
    made = grown(last, [2023], log=True)[3, :, 0]
    assert np.log(made / values[:, 1]) == pytest.approx(3 * rate(values[:, 1]))


def test_of_few_counties_there_is_no_regression() -> None:
    assert np.isnan(grown(of({"330101": {2019: 1.0, 2020: 2.0}}), [2021], log=True)[3]).all()
