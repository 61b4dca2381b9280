"""What comes out of a question: levers that move when they should, names, provenance, and refusals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from written import write_model

import simcounty as sc
from simcounty.errors import InputError, RunError
from simcounty.model import Model
from simcounty.sampling import Ensemble

PLAN = Path(__file__).parent / "village" / "plan.toml"


@pytest.fixture(scope="module")
def plan() -> sc.Scenario:
    return sc.load(PLAN)


@pytest.mark.parametrize("integrator", ["euler", "rk4"])
@pytest.mark.parametrize("backend", ["interpreted", "compiled"])
def test_before_the_first_lever_date_not_a_bit_differs(
    plan: sc.Scenario, integrator: str, backend: str
) -> None:
    run = sc.simulate([plan.baseline, plan], integrator=integrator, backend=backend)
    assert run.attrs["backend"] == backend
    before = run.sel(time=run.time < 2022.5)
    for variable in before.data_vars.values():
        assert np.array_equal(variable[0], variable[1])
    assert not np.array_equal(run["moves"][0], run["moves"][1])


def test_a_stock_moves_one_step_after_its_lever(plan: sc.Scenario) -> None:
    baseline, moved = sc.simulate([plan.baseline, plan])["rural_population"]
    assert np.array_equal(baseline.sel(time=slice(None, 2022.5)), moved.sel(time=slice(None, 2022.5)))
    assert baseline.sel(time=2022.5625) != moved.sel(time=2022.5625)


def test_a_lever_jumps_goes_straight_and_holds(plan: sc.Scenario) -> None:
    """The first day of 2025 is TIME 2024, of 2028 TIME 2027."""
    run = sc.simulate(plan.baseline.replace(reward={"2025": 1000, "2028": 2500}))["reward"]
    assert np.array_equal(run.sel(time=slice(None, 2023.9375)), np.zeros(64))
    expected = {2024.0: 1000, 2024.5: 1250, 2025.0: 1500, 2026.5: 2250, 2027.0: 2500, 2035.0: 2500}
    assert [float(run.sel(time=t)) for t in expected] == pytest.approx(list(expected.values()), rel=1e-13)


def test_a_date_between_steps_counts_from_the_next_step(plan: sc.Scenario) -> None:
    """10 February 2025 is TIME 2024 + 1/12 + 9/(28·12) = 2024.110, between 2024.0625 and 2024.125."""
    run = sc.simulate(plan.baseline.replace(reward={"2025-02-10": 1000, "2026-02-10": 2000}))["reward"]
    date = 2024 + 1 / 12 + 9 / (28 * 12)
    assert float(run.sel(time=2024.0625)) == 0
    assert float(run.sel(time=2024.125)) == pytest.approx(1000 * (1 + 2024.125 - date), rel=1e-12)


def test_the_adaptive_solver_splits_where_a_lever_moves(plan: sc.Scenario) -> None:
    exact = sc.simulate(plan, backend="adaptive")
    fine = sc.simulate(plan, integrator="rk4", step=1 / 64)
    for key in ("urban_share", "cumulative_spending"):
        ours, theirs = exact[key], fine[key].sel(time=exact.time)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-3)


def test_pysd_moves_levers_alike(plan: sc.Scenario) -> None:
    ours, theirs = sc.simulate(plan), sc.simulate(plan, backend="reference")
    for key in map(str, ours.data_vars):
        np.testing.assert_allclose(ours[key], theirs[key], rtol=1e-9, atol=1e-9, err_msg=key)


def test_a_scenario_s_run_is_the_same_alone_and_in_company(plan: sc.Scenario) -> None:
    together = sc.simulate([plan.baseline, plan])
    alone = sc.simulate(plan)
    assert list(together.scenario.to_numpy()) == [plan.baseline.name, plan.name]
    for key in alone.data_vars:
        assert np.array_equal(together[key][1], alone[key])


def test_nothing_sticks_to_a_model(tiny: dict[str, Model]) -> None:
    first = sc.simulate(tiny["growth"])
    sc.simulate(tiny["growth"].replace(rate=0.9), step=0.25, integrator="rk4")
    assert sc.simulate(tiny["growth"])["people"].equals(first["people"])


def test_a_member_of_an_ensemble_is_the_single_run_of_its_values(plan: sc.Scenario) -> None:
    ensemble = sc.vary(plan, {"reward": (0, 3000), "moving_rate": (0.01, 0.05), "weight[old]": (1, 3)}, n=5)
    run = sc.simulate(ensemble)
    for i in range(5):
        single = sc.simulate(ensemble.member(i), keep=["urban_share"])["urban_share"]
        assert np.array_equal(run["urban_share"][i], single.sel(time=run.time))


@pytest.mark.parametrize("backend", ["interpreted", "compiled"])
def test_a_lever_may_follow_a_path_to_an_end_that_every_member_has_of_its_own(
    plan: sc.Scenario, backend: str
) -> None:
    paths = {key: plan.levers[key] for key in ("reward", "moving_rate")}
    table = {
        "reward": np.array([0.0, 900.0, 3000.0]),
        "moving_rate": np.array([0.01, 0.02, 0.05]),
        "weight[young]": np.array([1.0, 2.0, 0.5]),
    }
    ensemble = Ensemble(plan, table, paths)
    run = sc.simulate(ensemble, backend)
    for i in range(3):
        single = sc.simulate(ensemble.member(i), keep=["urban_share"])["urban_share"]
        assert np.array_equal(run["urban_share"][i], single.sel(time=run.time))
    assert (run["urban_share"][1] != sc.simulate(plan)["urban_share"].sel(time=run.time)).any()


def test_an_ensemble_keeps_the_headline_yearly_and_says_what_was_varied(plan: sc.Scenario) -> None:
    run = sc.simulate(sc.vary(plan, {"weight[old]": (1, 3)}, n=4))
    assert set(run.data_vars) == {"urban_share", "rural_population", "spending", "cumulative_spending"}
    assert run.time.to_numpy().tolist() == list(range(2020, 2036))
    assert run["weight[old]"].dims == ("member",)
    assert run["failed"].to_numpy().tolist() == [False] * 4


def test_every_variable_has_label_unit_and_kind(plan: sc.Scenario) -> None:
    run = sc.simulate(plan)
    assert run["spending"].attrs["long_name"] == "奖励支出"
    assert run["spending"].attrs["units"] == "yuan/year"
    assert run["spending"].attrs["accumulator"] == "cumulative_spending"
    kinds = [run[key].attrs["kind"] for key in ("reward", "spending", "cumulative_spending")]
    assert kinds == ["constant", "auxiliary", "stock"]


def test_provenance_travels_with_the_numbers(plan: sc.Scenario) -> None:
    attrs = sc.simulate(plan, backend="interpreted").attrs
    assert (attrs["model"], attrs["model_hash"]) == ("village.mdl", plan.model.hash)
    assert (attrs["scenario_file"], attrs["scenario_hash"]) == ("plan.toml", plan.hash)
    assert (attrs["backend"], attrs["integrator"], attrs["time_step"]) == ("interpreted", "euler", 0.0625)
    assert json.loads(attrs["levers"])[plan.name]["reward"]["times"] == [2022.5, 2024.0, 2029.0]


def test_a_run_is_saved_as_often_as_the_model_says(tiny: dict[str, Model]) -> None:
    assert sc.simulate(tiny["oscillator"]).time.to_numpy().tolist() == [i / 4 for i in range(17)]
    assert sc.simulate(tiny["growth"], step=0.25).time.to_numpy().tolist() == [i / 2 for i in range(17)]


def test_a_dimension_and_its_copy_keep_apart(tmp_path: Path) -> None:
    dimensions = ("d: a, b ~ ~ |", "e <-> d ~ ~ |")
    file = write_model(tmp_path, *dimensions, "member = 3", "pair[d, e] = 1, 2; 3, 4;")
    pair = sc.simulate(sc.load_model(file))["pair"]
    assert pair.sel({pair.dims[0]: "b", pair.dims[1]: "a"}).to_numpy().tolist() == [3] * 5


def test_a_balance_that_breaks_stops_the_run_also_where_it_is_not_kept(tmp_path: Path) -> None:
    check = "check cash = leak*Time/10 ~ Dmnl ~ 现金平衡：in minus out. |"
    model = sc.load_model(write_model(tmp_path, "leak = 0", check, "s = INTEG(1, 0)"))
    sc.simulate(model)
    with pytest.raises(RunError, match=r"at time 1: check_cash \(现金平衡\) = 0.01"):
        sc.simulate(model.replace(leak=0.1), keep=["s"])
    run = sc.simulate(Ensemble(model, {"leak": np.array([0.0, 0.1, 0.0])}), keep=["s"])
    assert run["failed"].to_numpy().tolist() == [False, True, False]
    assert list(run.data_vars) == ["s"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"backend": "compield"}, "Did you mean 'compiled'"),
        ({"integrator": "rk5"}, "Did you mean 'rk4'"),
        ({"keep": ["peple", "rate", "x"]}, "peple is not a variable of"),
        ({"step": 0}, "above 0"),
        ({"step": -1.0}, "above 0"),
        ({"step": float("nan")}, "above 0"),
        ({"step": 100.0}, "longer than the run"),
    ],
)
def test_what_cannot_be_asked_is_said(options: dict[str, object], words: str, tiny: dict[str, Model]) -> None:
    with pytest.raises(InputError, match=words):
        sc.simulate(tiny["growth"], **options)


def test_an_empty_question_is_refused() -> None:
    with pytest.raises(InputError, match="at least one"):
        sc.simulate([])


def test_scenarios_of_different_years_do_not_run_together(plan: sc.Scenario, tmp_path: Path) -> None:
    folder = tmp_path / "village"
    folder.mkdir()
    for file in PLAN.parent.iterdir():
        text = file.read_text("utf-8").replace("years = [2020, 2035]", "years = [2020, 2034]")
        (folder / file.name).write_text(text, "utf-8")
    with pytest.raises(InputError, match="the same years"):
        sc.simulate([plan, sc.load(folder / "plan.toml")])


def test_an_ensemble_of_what_is_no_constant_is_refused(tiny: dict[str, Model]) -> None:
    with pytest.raises(InputError, match="ratee: no such constant"):
        sc.simulate(Ensemble(tiny["growth"], {"ratee": np.ones(2)}))


def test_a_constant_behind_the_time_axis_cannot_be_varied(tmp_path: Path) -> None:
    file = write_model(tmp_path, "n = 4", "s = INTEG(1, 0)")
    file.write_text(file.read_text("utf-8").replace("TIME STEP = 1", "TIME STEP = 1/n"), "utf-8")
    with pytest.raises(InputError, match="time axis"):
        sc.simulate(Ensemble(sc.load_model(file), {"n": np.array([1.0, 2.0])}))


@pytest.mark.parametrize("name", ["member", "failed"])
def test_a_variable_cannot_have_the_name_of_a_coordinate(name: str, tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, f"{name} = 1", "s = INTEG(1, 0)"))
    assert sc.simulate(model)[name].to_numpy().tolist() == [1] * 5
    with pytest.raises(InputError, match=f"{name}: a coordinate"):
        sc.simulate(Ensemble(model, {name: np.array([1.0, 2.0])}), keep=[name])


def test_a_model_without_stocks_runs(tmp_path: Path) -> None:
    run = sc.simulate(sc.load_model(write_model(tmp_path, "x = Time*2")))
    assert isinstance(run, xr.Dataset)
    assert run["x"].to_numpy().tolist() == [0, 2, 4, 6, 8]


@pytest.mark.parametrize("question", ["tonglu/plan-2027", None, 3])
def test_only_models_scenarios_and_ensembles_are_simulated(question: object) -> None:
    with pytest.raises(InputError, match="cannot be simulated"):
        sc.simulate(question)  # type: ignore[arg-type]


def test_a_list_of_variables_is_a_list(tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, "s = INTEG(1, 0)"))
    with pytest.raises(InputError, match=r"give a list of variables, \['s'\]"):
        sc.simulate(model, keep="s")


def test_a_run_of_too_many_steps_is_refused_before_it_starts(tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, "s = INTEG(1, 0)"))
    with pytest.raises(InputError, match="more than 1,000,000 steps"):
        sc.simulate(model, step=1e-7)


@pytest.mark.parametrize("backend", ["interpreted", "compiled", "adaptive"])
def test_one_member_that_fails_is_flagged_as_among_several(backend: str, tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, "x = 1", "s = INTEG(LN(x), 0)"))
    for values in ([-1.0], [1.0, -1.0]):
        run = sc.simulate(Ensemble(model, {"x": np.array(values)}), backend)
        assert run.failed.to_numpy().tolist() == [value < 0.0 for value in values]


def test_a_member_that_bends_elsewhere_and_fails_is_flagged(tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, "h = 1", "x = 1", "s = INTEG(MAX(Time-h,0)*LN(x), 0)"))
    table = {"h": np.array([1.3, 2.3, 1.3]), "x": np.array([1.0, -1.0, 2.0])}
    run = sc.simulate(Ensemble(model, table), "interpreted", integrator="rk4")
    assert run.failed.to_numpy().tolist() == [False, True, False]
