"""The holdout check, on villages whose ends are known: it fails where a rule without a model errs less."""

from __future__ import annotations

from pathlib import Path

import pytest
from calibrating import towns_with, villages

from simcounty.errors import ScenarioError
from simcounty.validation import CheckResult, validate

CHECK = """
model = "village.mdl"
describe = "Hindcasts"

[[check]]
it = "Towns are forecast no worse than as they were"
holdout = {{ calibration = "{file}", against = {against}, folds = 2 }}
"""
RATES = [0.05, 0.055, 0.06, 0.065, 0.07, 0.06]


def result_of(folder: Path, against: str = '["constant"]', floor: float | None = None) -> CheckResult:
    """CheckResult the check of villages that move at these rates, or stand still while the model may not."""
    towns = towns_with(RATES) if floor is None else towns_with([0.001 * rate for rate in RATES])
    file = villages(folder, towns)
    if floor is not None:
        file.write_text(file.read_text("utf-8").replace("low = 0.0", f"low = {floor}"), "utf-8")
    check = folder / "holdout.toml"
    check.write_text(CHECK.format(file=file, against=against), "utf-8")
    (result,) = validate(check)
    return result


def test_a_model_that_knows_the_moves_beats_the_towns_as_they_were(tmp_path: Path) -> None:
    result = result_of(tmp_path)
    assert result.holds
    assert [each.variable for each in result.measured] == ["town-2030: constant", "town-2030, 甲省: constant"]
    assert result.measured[0].high < -2
    assert "6 counties in 2 parts" in result.detail


def test_a_model_that_must_move_people_where_nobody_moved_fails(tmp_path: Path) -> None:
    result = result_of(tmp_path, floor=0.05)
    assert not result.holds
    assert result.measured[0].high > 2


def test_what_cannot_be_used_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as refused:
        result_of(tmp_path, against='["constnat"]')
    assert "against: constnat: choose of constant, province, trend. Did you mean 'constant'?" in str(
        refused.value
    )


def test_counties_too_few_to_be_left_out_fail_by_name(tmp_path: Path) -> None:
    file = villages(tmp_path, towns_with(RATES[:3]))
    check = tmp_path / "holdout.toml"
    check.write_text(CHECK.format(file=file, against='["constant"]'), "utf-8")
    (result,) = validate(check)
    assert not result.holds
    assert "3 counties are too few to leave some out. Pool more." in result.detail
