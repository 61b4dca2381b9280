"""Constraints: read from a file of their own, held against runs, and refused with every finding."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import xarray as xr

import simcounty as sc
from simcounty.conditions.constraints import constraint_status, constraints_of, slack
from simcounty.errors import ScenarioError

from ..villages import VILLAGE, copied

BROKEN = Path(__file__).parents[1] / "broken" / "constraints"


@pytest.mark.parametrize("broken", sorted(BROKEN.glob("*.toml")), ids=lambda path: path.stem)
def test_a_broken_constraint_file_is_refused_with_its_message(broken: Path, tmp_path: Path) -> None:
    lines = broken.read_text("utf-8").splitlines()
    expected = [line.removeprefix("# says: ") for line in lines if line.startswith("# says: ")]
    assert expected
    shutil.copy(VILLAGE / "village.mdl", tmp_path)
    (tmp_path / "constraints").mkdir()
    file = shutil.copy(broken, tmp_path / "constraints" / "village.toml")
    with pytest.raises(ScenarioError) as refused:
        constraints_of(sc.load_model(tmp_path / "village.mdl"))
    message = str(refused.value)
    assert message.startswith(f"{file}: these constraints cannot be used:")
    for fragment in expected:
        assert fragment in message, message
    findings = [line for line in message.splitlines() if line.startswith(f"  - {file}: ")]
    assert len(findings) == len(set(findings)) > 0


def test_a_model_without_a_constraint_file_has_no_constraints(tmp_path: Path) -> None:
    assert constraints_of(sc.load(copied(tmp_path)).model) == ()


def test_the_county_pays_what_it_owes() -> None:
    found = constraints_of(sc.load("tonglu/plan-2027").model)
    *solvency, arrears = found
    assert [each.predicate.variable for each in solvency] == [
        "general_payout",
        "fund_payout",
        "platform_payout",
    ]
    assert {each.label for each in solvency} == {"偿付能力"}
    assert all(each.predicate.band.low == 0.995 and each.reason for each in solvency)
    assert (arrears.predicate.variable, arrears.predicate.band.high) == ("arrears_ratio", 0.01)


@pytest.fixture
def runs(tmp_path: Path) -> xr.Dataset:
    """The village without a reward, and with one of 1,000 yuan a head from mid-2022."""
    plan = sc.load(copied(tmp_path, purse=20_000.0))
    return sc.simulate([plan, plan.replace(reward=1000)])


def test_slack_is_what_is_left_of_the_purse_in_the_worst_year(runs: xr.Dataset, tmp_path: Path) -> None:
    (purse,) = constraints_of(sc.load(tmp_path / "plan.toml").model)
    most = [float(runs.spending.isel(scenario=i).sel(time=slice(2020, 2030)).max()) for i in (0, 1)]
    idle, paying = constraint_status(purse, runs) or ()
    left = slack(purse, runs)
    assert left is not None
    assert (idle.satisfied, idle.value, left[0]) == (True, 0.0, pytest.approx(20_000.0))
    assert not paying.satisfied
    assert (paying.key, paying.value) == ("spending", pytest.approx(max(most), rel=0.05))
    assert left[1] == pytest.approx(20_000.0 - paying.value)


def test_runs_that_hold_no_year_of_a_constraint_have_no_status(runs: xr.Dataset, tmp_path: Path) -> None:
    (purse,) = constraints_of(sc.load(tmp_path / "plan.toml").model)
    short = runs.sel(time=slice(2020.1, 2020.9))
    assert constraint_status(purse, short) is None
    assert slack(purse, short) is None


def test_loading_constraints_leaves_the_validation_alone(tmp_path: Path) -> None:
    plan = sc.load(copied(tmp_path, purse=1.0))
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "broken.toml").write_text("no TOML", encoding="utf-8")
    known = {name: sys.modules.pop(name) for name in list(sys.modules) if "simcounty.validation" in name}
    try:
        assert len(constraints_of(plan.model)) == 1
        assert not [name for name in sys.modules if "simcounty.validation" in name]
    finally:
        sys.modules.update(known)
