"""SciPy's solver on the same equations: exact where paper is, and blind to nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from written import write_model

import simcounty as sc
from simcounty.errors import InputError, RunError
from simcounty.model import Model


def test_a_spring_keeps_its_cosine_to_eight_digits(tiny: dict[str, Model]) -> None:
    run = sc.simulate(tiny["oscillator"], backend="adaptive")
    np.testing.assert_allclose(run["place"], np.cos(run.time), atol=1e-7)
    assert "solve_ivp" in run.attrs["integrator"]


def test_growth_is_exponential(tiny: dict[str, Model]) -> None:
    run = sc.simulate(tiny["growth"], backend="adaptive")
    np.testing.assert_allclose(run["people"], 100 * np.exp(0.1 * run.time), rtol=1e-7)


def test_a_short_pulse_is_not_stepped_over(tmp_path: Path) -> None:
    equations = ("s = INTEG(PULSE(50.25, 0.25)*8, 0)", "calm = INTEG(1, 0)")
    model = sc.load_model(write_model(tmp_path, *equations, end=100, step=0.125))
    assert float(sc.simulate(model, backend="adaptive")["s"][-1]) == pytest.approx(2, rel=1e-3)


def test_a_step_the_run_is_no_multiple_of_ends_before_the_end(tiny: dict[str, Model]) -> None:
    for backend in ("interpreted", "adaptive"):
        times = sc.simulate(tiny["growth"], backend=backend, step=0.3).time.to_numpy()
        assert times[-1] == pytest.approx(7.5)  # the last saved step not beyond 8


def test_models_that_remember_from_step_to_step_are_refused_by_name(tiny: dict[str, Model]) -> None:
    with pytest.raises(InputError, match="fixed, by_a_constant"):
        sc.simulate(tiny["fixed_delays"], backend="adaptive")


def test_an_integrator_of_fixed_steps_is_refused(tiny: dict[str, Model]) -> None:
    with pytest.raises(InputError, match="leave out the integrator 'rk4'"):
        sc.simulate(tiny["growth"], backend="adaptive", integrator="rk4")


def test_what_is_not_finite_stops_the_run(tmp_path: Path) -> None:
    equations = ("s = INTEG(1, 0)", "x = LN(3-s)", "y = IF THEN ELSE(x > 0, 1, 2)")
    model = sc.load_model(write_model(tmp_path, *equations))
    with pytest.raises(RunError, match="x is not a finite number"):
        sc.simulate(model, backend="adaptive")


def test_a_run_whose_last_step_lies_beyond_its_end_by_rounding_is_whole(tmp_path: Path) -> None:
    equations = ("k = 2", "s = INTEG(-s/k, k)")
    run = sc.simulate(sc.load_model(write_model(tmp_path, *equations, step=0.1, end=0.3)), backend="adaptive")
    np.testing.assert_allclose(run["s"], 2.0 * np.exp(-0.5 * run.time), rtol=1e-7)
    (tmp_path / "none").mkdir()
    none = sc.simulate(sc.load_model(write_model(tmp_path / "none", *equations, end=0)), backend="adaptive")
    assert none["s"].to_numpy().tolist() == [2.0]
