"""`simcounty model-error`: real counties left out; what is printed, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running import installed

from simcounty.presentation.records import Record


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """Run it once on what is shipped: it takes the better part of a minute."""
    folder = tmp_path_factory.mktemp("model_error")
    found: Record = json.loads(installed(folder, "model-error", "--json").stdout)
    return found


def test_intervals_hold_counties_of_provinces_left_out(told: Record) -> None:
    """1,361 counties, censuses of 2010 and 2020 and yearbooks of 2011 and 2023: as often as they say."""
    for each in told["skill"]:
        assert 0.85 <= each["coverage"]["90"] <= 0.95, each["label"]
        assert 0.43 <= each["coverage"]["50"] <= 0.57, each["label"]
        assert 0.8 <= each["spread"] <= 1.2, each["label"]


def test_no_rule_without_a_model_does_better(told: Record) -> None:
    for each in told["skill"]:
        assert each["rmse"]["model"] == min(each["rmse"].values()), (each["left_out"], each["label"])


def test_the_errors_are_no_larger_than_a_regression_on_the_start(told: Record) -> None:
    """The figures of ten-year forecasts by four columns of the census, on these counties or nearly these."""
    rmse = {(each["left_out"], each["outcome"]): each["rmse"]["model"] for each in told["skill"]}
    assert rmse["province", "total_population"] <= 0.123
    assert rmse["county", "total_population"] <= 0.111
    assert rmse["county", "tax_revenue"] <= 0.439
    assert rmse["county", "general_expenditure"] <= 0.228
    assert rmse["county", "bank_loans"] <= 0.375


def test_a_model_error_that_lacks_outcomes_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "error.json"
    file.write_text("{}", "utf-8")
    from simcounty.errors import InputError
    from simcounty.model_error import read_error_model

    with pytest.raises(InputError, match="cannot be read as a model error"):
        read_error_model(file)
