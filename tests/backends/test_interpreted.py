"""Plain Python against problems solved on paper, pysimlin, and its own promise: nothing silent."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq
from written import write_model

import simcounty as sc
from simcounty.errors import RunError
from simcounty.model import Model

SIMLIN_DIFFERS = {
    "zero_or": "pysimlin takes only 0 for zero",
    "other_or_below": "pysimlin takes only 0 for zero",
    "ramp_for_ever": "pysimlin lets a ramp whose end lies before its start go down at once",
    "pulse_off_the_grid": "pysimlin compares the start of a step; Vensim's manual: its middle",
    "pulses_of_one_step": "pysimlin has no pulse where the width is zero",
    "fixed": "pysimlin smooths what DELAY FIXED keeps sharp",
    "by_a_constant": "as fixed",
    "between_steps": "as fixed",
    "one_step": "as fixed",
    "twice": "as fixed",
}
READ_BY_SIMLIN = ["division", "logic", "growth", "oscillator", "draining", "sir", "samples", "inputs",
                  "initials", "numbered", "lookups", "fixed_delays", "macros"]  # fmt: skip


@pytest.mark.parametrize("name", READ_BY_SIMLIN)
def test_pysimlin_computes_the_same_to_a_billionth(name: str, tiny: dict[str, Model]) -> None:
    simlin = pytest.importorskip("simlin", reason="pysimlin has no wheel for Windows")
    simulation = simlin.load(str(tiny[name].path)).simulate()
    simulation.run_to_end()
    run = sc.simulate(tiny[name])
    compared = 0
    for key in set(simulation.get_var_names()) & set(map(str, run.data_vars)) - SIMLIN_DIFFERS.keys():
        np.testing.assert_allclose(run[key], simulation.get_series(key), rtol=1e-9, atol=1e-9, err_msg=key)
        compared += 1
    assert compared or name == "fixed_delays"


def test_euler_compounds_once_a_step(tiny: dict[str, Model]) -> None:
    run = sc.simulate(tiny["growth"])
    np.testing.assert_allclose(run["people"], 100 * 1.05 ** np.arange(17), rtol=1e-13)


def test_growth_at_ten_percent_doubles_in_ln2_over_rate_years(tiny: dict[str, Model]) -> None:
    run = sc.simulate(tiny["growth"], integrator="rk4", step=1 / 64)
    doubling = math.log(2) / 0.1
    assert np.interp(doubling, run.time, np.log(run["people"])) == pytest.approx(math.log(200), rel=1e-4)
    assert run["people"][-1] == pytest.approx(100 * math.exp(0.8), rel=1e-11)


def test_a_spring_without_friction_swings_as_a_cosine(tiny: dict[str, Model]) -> None:
    run = sc.simulate(tiny["oscillator"], integrator="rk4")
    np.testing.assert_allclose(run["place"], np.cos(run.time), atol=1e-6)
    np.testing.assert_allclose(run["speed"], -np.sin(run.time), atol=1e-6)


def test_a_tank_fills_to_inflow_times_residence_time(tiny: dict[str, Model]) -> None:
    run = sc.simulate(tiny["draining"], integrator="rk4")
    np.testing.assert_allclose(run["tank"], 20 * (1 - np.exp(-run.time / 2)), atol=1e-5)


def test_an_epidemic_ends_at_its_final_size(tiny: dict[str, Model]) -> None:
    """Kermack and McKendrick: the share s never infected solves ln s = R0·(s - 1)."""
    left = brentq(lambda s: math.log(s) - 2 * (s - 1), 1e-6, 0.9)
    run = sc.simulate(tiny["sir"], integrator="rk4")
    assert float(run["susceptible"][-1]) == pytest.approx(left, rel=1e-4)


def order(model: Model, integrator: str, exact: float, steps: tuple[float, ...], variable: str) -> float:
    """Return by which power of the step the error at the end shrinks."""
    runs = [sc.simulate(model, integrator=integrator, step=step) for step in steps]
    errors = [abs(float(run[variable][-1]) - exact) for run in runs]
    return min(math.log2(coarse / fine) for coarse, fine in pairwise(errors))


@pytest.mark.parametrize(("integrator", "expected"), [("euler", 1), ("rk4", 4)])
def test_halving_the_step_shrinks_the_error_by_the_order(
    integrator: str, expected: int, tiny: dict[str, Model]
) -> None:
    steps = (1 / 64, 1 / 128, 1 / 256) if integrator == "euler" else (1 / 4, 1 / 8, 1 / 16)
    found = order(tiny["draining"], integrator, 20 * (1 - math.exp(-4)), steps, "tank")
    assert found == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(("integrator", "expected"), [("euler", 1), ("rk4", 4)])
def test_a_step_on_the_grid_does_not_cost_the_order(integrator: str, expected: int, tmp_path: Path) -> None:
    """STEP holds still within a step, whatever the stages of RK4 ask for."""
    model = sc.load_model(write_model(tmp_path, "level = INTEG(STEP(10, 1)-level/2, 0)", end=3))
    steps = (1 / 64, 1 / 128, 1 / 256) if integrator == "euler" else (1 / 4, 1 / 8, 1 / 16)
    found = order(model, integrator, 20 * (1 - math.exp(-1)), steps, "level")
    assert found == pytest.approx(expected, abs=0.1)


FAILING = {
    "a divisor that meets zero": ("x = 1/(2-Time)", "x", 2),
    "infinite only at the end": ("x = 1/(4-Time)", "x", 4),
    "carried into a stock at the end": ("x = 1/(4-Time)\ns = INTEG(x, 0)", "x", 4),
    "hidden in a denominator": ("x = 1/(2-Time)\ny = 1/x\ns = INTEG(y, 0)", "x", 2),
    "hidden in a condition": ("x = LN(1-Time)\ny = IF THEN ELSE(x > 1, 1, 2)\ns = INTEG(y, 0)", "x", 1),
    "hidden in a minimum": ("x = LN(s-2)\ny = MIN(3, x)\ns = INTEG(-1, 3)", "x", 1),
    "hidden in a lookup": ("f((0,0),(1,1))\nx = 1/(s-1)\ny = f(x)\ns = INTEG(-1, 3)", "x", 2),
    "hidden by ZIDZ": ("x = EXP(1000*s)\ny = ZIDZ(1, x)\ns = INTEG(1, 0)", "x", 1),
    "made of constants": ("c = 0\nx = 1/c\ny = IF THEN ELSE(x > 1, 1, 2)", "x", 0),
    "made of literals": ("x = LN(-1)\ny = IF THEN ELSE(x > 1, 1, 2)", "x", 0),
    "held from the start": ("c = 0\nx = INITIAL(1/c)\ny = IF THEN ELSE(x > 1, 1, 2)", "x", 0),
    "a level to start from": ("c = -1\ns = INTEG(1, LN(c))", "s", 0),
    "a rate without a name": ("s = INTEG(1/(2-Time), 0)", "s", 3),
    "delayed and gone again": ("x = DELAY FIXED(1/(2-Time), 1, 0)\ny = IF THEN ELSE(x > 1, 1, 2)", "x", None),
    "a delay of no length": ("c = 0\nx = DELAY FIXED(Time, 1/c, 0)", "x", 0),
    "an average over no time": ("c = 0\nx = SMOOTH(Time, c)", "x", None),
}


@pytest.mark.parametrize("case", FAILING)
def test_a_single_run_stops_and_names_variable_time_and_inputs(case: str, tmp_path: Path) -> None:
    equations, variable, time = FAILING[case]
    model = sc.load_model(write_model(tmp_path, *equations.split("\n")))
    with pytest.raises(RunError) as caught:
        sc.simulate(model)
    message = str(caught.value)
    assert f"{variable} " in message
    assert time is None or f"at time {time}." in message
    assert "Its equation reads: " in message


@pytest.mark.parametrize(
    "equations",
    [
        "c = 0\ns = INTEG(1, 1)\ny = IF THEN ELSE(s < 0, 1/c, 3)",
        "c = 0\ny = IF THEN ELSE(c = 0, 3, 1/c)",
        "c = 0\ny = IF THEN ELSE(Time < 0, LN(c-1), 3)",
        "c = 0\ny = XIDZ(1, c, 3)",
    ],
)
def test_a_side_that_is_not_taken_does_no_harm(equations: str, tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, *equations.split("\n")))
    assert sc.simulate(model)["y"].to_numpy().tolist() == [3] * 5


def test_an_ensemble_flags_the_members_that_fail(tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, "c = 1", "s = INTEG(1, 0)", "x = LN(c-s)"))
    run = sc.simulate(sc.vary(model, {"c": (2.0, 8.0)}, n=20), keep=["s", "x"])
    assert run["failed"].to_numpy().tolist() == (run["c"] <= 4).to_numpy().tolist()
    assert np.isfinite(run["x"].to_numpy()[~run["failed"].to_numpy()]).all()


def test_what_fails_only_within_a_runge_kutta_step_is_told_without_a_name(tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, "a = 1/(Time-0.5)", "s = INTEG(1, 0)"))
    with pytest.raises(RunError, match="within the step before time 1, though nothing is at its ends"):
        sc.simulate(model, integrator="rk4")


def test_a_sum_of_large_finite_levels_is_no_failure(tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, "a = INTEG(0, 1e+308)", "b = INTEG(0, 1e+308)"))
    for backend in ("interpreted", "compiled"):
        assert not np.isnan(sc.simulate(model, backend=backend)["b"].to_numpy()).any()


def test_a_fixed_delay_beyond_every_number_of_steps_waits_for_ever(tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, "k = 1e+308", "d = DELAY FIXED(Time, k, 7)", step=0.1))
    for backend in ("interpreted", "compiled"):
        assert set(sc.simulate(model, backend=backend)["d"].to_numpy()) == {7.0}
