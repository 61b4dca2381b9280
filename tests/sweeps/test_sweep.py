"""A sweep: every scenario runs through the same draws, and each member is the run it says it is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import simcounty as sc
from simcounty.errors import InputError, ScenarioError
from simcounty.scenario import Scenario
from simcounty.sweeps.futures import inputs_of, targets_of

VILLAGE = Path(__file__).parents[1] / "village"
PLAN = sc.load(VILLAGE / "plan.toml")
RANGES = {"moving_rate": ("1 %", "5 %"), "reward": (100, 900)}
UNSURE = """
[uncertainties.openness]
distribution = "triangular"
low = 0.3
mode = 0.5
high = 0.9
source = "a book"
"""


@pytest.fixture(scope="module")
def futures() -> xr.Dataset:
    return sc.sweep([PLAN, PLAN.baseline], n=30, vary=RANGES, seed=4)


def test_a_member_is_the_scenario_run_with_its_row_of_values(futures: xr.Dataset) -> None:
    for scenario in (PLAN, PLAN.baseline):
        for member in (0, 17, 29):
            row = {key: float(futures[key][member]) for key in inputs_of(futures)}
            alone = sc.simulate(scenario.replace(row)).sel(time=futures.time)
            own = futures.sel(scenario=scenario.name).isel(member=member)
            for key in futures.data_vars:
                np.testing.assert_array_equal(own[key].values, alone[key].values)


def test_scenarios_share_their_draws_and_differ_by_their_levers_alone() -> None:
    together = sc.sweep([PLAN, PLAN.baseline], n=30, vary={"openness": (0.2, 0.8)})
    first = PLAN.levers["reward"].times[0]
    before = together.sel(time=together.time <= first)
    plan, baseline = (before.urban_share.sel(scenario=each.name) for each in (PLAN, PLAN.baseline))
    np.testing.assert_array_equal(plan.values, baseline.values)
    last = together.urban_share.isel(time=-1)
    assert (last.sel(scenario=PLAN.name) > last.sel(scenario=PLAN.baseline.name)).all()


def test_levers_and_uncertainties_are_told_apart(futures: xr.Dataset) -> None:
    assert inputs_of(futures) == ["moving_rate", "reward"]
    assert futures.reward.attrs["role"] == "lever"
    assert (
        sc.sweep(PLAN, n=3, vary={"pull_of_reward": (0, 1e-4)}).pull_of_reward.attrs["role"] == "uncertainty"
    )
    assert json.loads(futures.reward.attrs["distribution"]) == {
        "distribution": "uniform",
        "low": 100,
        "high": 900,
    }


def test_a_scenario_without_policies_is_held_against_the_others_targets(tmp_path: Path) -> None:
    text = (VILLAGE / "plan.toml").read_text("utf-8")
    bare = text.replace('policies = ["policy.toml"]', "").partition("[levers]")[0]
    bare = bare.replace('"county.toml"', f'"{(VILLAGE / "county.toml").as_posix()}"')
    (tmp_path / "bare.toml").write_text(bare, encoding="utf-8")
    baseline = sc.load(tmp_path / "bare.toml")
    assert baseline.targets == ()
    told = targets_of(sc.sweep([PLAN, baseline], n=3, vary={"openness": (0.2, 0.8)}))
    assert told[baseline.name] == told[PLAN.name] == PLAN.targets


@pytest.mark.parametrize(
    ("design", "n", "members"),
    [
        ("random", 5, 5),
        ("lhs", 5, 5),
        ("sobol", 8, 8),
        ("saltelli", 4, 16),
        ("morris", 4, 12),
        ("factorial", 3, 9),
    ],
)
def test_every_design_makes_its_members(design: str, n: int, members: int) -> None:
    futures = sc.sweep(PLAN, n=n, vary=RANGES, design=design)
    assert futures.sizes["member"] == futures.attrs["members"] == members
    assert futures.attrs["n"] == n
    assert not futures.failed.any()


@pytest.mark.parametrize("design", ["random", "sobol"])
def test_a_member_stays_the_same_whatever_n_and_the_chunks(design: str) -> None:
    few = sc.sweep(PLAN, n=16, vary=RANGES, design=design, seed=9)
    many = sc.sweep(PLAN, n=64, vary=RANGES, design=design, seed=9, chunk=7)
    xr.testing.assert_equal(few, many.isel(member=slice(16)))


def test_what_is_stored_is_what_memory_would_hold(futures: xr.Dataset, tmp_path: Path) -> None:
    stored = sc.sweep([PLAN, PLAN.baseline], n=30, vary=RANGES, seed=4, out=tmp_path / "s")
    again = sc.open_sweep(tmp_path / "s").load()
    xr.testing.assert_identical(stored.load().drop_attrs(deep=False), futures.drop_attrs(deep=False))
    xr.testing.assert_identical(again, stored)
    differing = {name for name in futures.attrs if futures.attrs[name] != stored.attrs[name]}
    assert differing <= {"created"}


def test_an_open_store_is_a_plain_zarr_group_with_parameters_as_coordinates(tmp_path: Path) -> None:
    import icechunk

    sc.sweep(PLAN, n=5, vary=RANGES, out=tmp_path)
    storage = icechunk.local_filesystem_storage(str(tmp_path / "futures.icechunk"))
    session = icechunk.Repository.open(storage).readonly_session("main")
    plain = xr.open_zarr(session.store, consolidated=False, chunks=None)
    assert {"reward", "moving_rate"} <= set(plain.coords)
    assert plain.urban_share.dims == ("scenario", "member", "time")
    assert plain.attrs["model_hash"] == PLAN.model.hash


def test_a_file_says_what_is_uncertain_and_ranges_come_on_top(tmp_path: Path) -> None:
    file = tmp_path / "unsure.toml"
    file.write_text(UNSURE, encoding="utf-8")
    futures = sc.sweep(PLAN, n=200, vary={"reward": (0, 9)}, uncertainties=file)
    assert inputs_of(futures) == ["openness", "reward"]
    assert futures.openness.attrs["source"] == "a book"
    assert 0.3 <= futures.openness.min() < futures.openness.max() <= 0.9


def test_a_table_of_ones_own_is_run_as_it_stands(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text("reward,openness\n100,0.5\n200,0.25\n", encoding="utf-8")
    futures = sc.sweep(PLAN, design=str(table))
    assert futures.reward.values.tolist() == [100, 200]
    assert futures.attrs["design"] == "given"
    assert [futures[key].attrs["role"] for key in ("reward", "openness")] == ["lever", "lever"]


def test_what_varies_is_kept_as_a_coordinate_only() -> None:
    futures = sc.sweep(PLAN, n=3, vary=RANGES, keep=["spending", "reward", "readiness"])
    assert list(futures.data_vars) == ["spending", "readiness", "cumulative_spending"]
    assert futures.readiness.dims == ("scenario", "member", "age", "time")


def test_years_are_saved_whatever_the_step(futures: xr.Dataset) -> None:
    assert futures.time.values.tolist() == list(range(2020, 2036))


def unsure(text: str, folder: Path) -> Scenario:
    """Return the village's plan with a county that says what is uncertain."""
    for file in VILLAGE.iterdir():
        extra = text if file.name == "county.toml" else ""
        (folder / file.name).write_text(file.read_text("utf-8") + extra, encoding="utf-8")
    return sc.load(folder / "plan.toml")


def test_without_a_word_what_the_files_call_uncertain_varies(tmp_path: Path) -> None:
    text = UNSURE.replace("openness", "pull_of_reward").replace("0.9", "1e-3")
    text = text.replace("0.3", "0").replace("0.5", "1e-4")
    assert inputs_of(sc.sweep(unsure(text, tmp_path), n=3)) == ["pull_of_reward"]


def test_a_scenario_may_not_set_what_its_county_calls_uncertain(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"openness: .* sets it, though its county or policy file says"):
        sc.sweep(unsure(UNSURE, tmp_path), n=3)


def test_what_cannot_be_asked_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as refused:
        sc.sweep(PLAN, n=0, vary={"rewrad": (0, 1), "openness": (1, 1)}, design="soboll", keep=["urban_shar"])
    message = str(refused.value)
    assert "rewrad: is not a variable" in message
    assert "its low end must be below its high end" in message
    assert "Did you mean 'sobol'?" in message
    assert "n = 0" in message
    assert "keep: urban_shar is not a variable of" in message


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"n": 5}, "nothing varies"),
        ({"vary": {"reward": (0, 1)}}, "n is missing"),
        ({"n": 100, "vary": {"reward": (0, 1)}, "design": "sobol"}, "64 or 128 would do"),
        ({"n": 5, "vary": {"reward": (0, 9000)}}, r"9000 yuan/person is outside \[0, 5000\]"),
        ({"n": 5, "vary": {"reward": (0, 1)}, "chunk": 0}, "chunk = 0"),
    ],
)
def test_a_slip_is_refused(asked: dict[str, object], says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        sc.sweep(PLAN, **asked)  # type: ignore[arg-type]


def test_a_keyword_that_sweep_does_not_have_is_met_with_a_guess() -> None:
    with pytest.raises(TypeError, match=r"no keyword 'uncertainity'\. Did you mean 'uncertainties'"):
        sc.sweep(PLAN, n=3, vary=RANGES, uncertainity="unsure.toml")


def test_scenarios_of_one_sweep_fit_together() -> None:
    with pytest.raises(InputError, match="same model and the same years"):
        sc.sweep([PLAN, sc.load("tonglu/baseline")], n=3, vary=RANGES)
    with pytest.raises(InputError, match="stands twice"):
        sc.sweep([PLAN, PLAN], n=3, vary=RANGES)
    with pytest.raises(InputError, match="no scenario"):
        sc.sweep([], n=3, vary=RANGES)


def test_a_table_is_held_against_the_ranges(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text("reward,opennes\n100,0.5\n20000,0.25\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        sc.sweep(PLAN, n=3, design=str(table))
    message = str(refused.value)
    assert "column reward: row 2: 20000 yuan/person is outside [0, 5000]" in message
    assert "Did you mean 'openness'?" in message
    assert "n = 3, but" in message
