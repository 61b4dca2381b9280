"""Integrators of a higher order end their steps where equations bend with time: exact where paper is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from written import write_model

import simcounty as sc
from simcounty.backends import ConstantPath, Inputs, compiled, interpreted, scipy_backend
from simcounty.backends.corners import corners_of
from simcounty.model import Model
from simcounty.sampling import Ensemble

BACKENDS = {"interpreted": interpreted, "compiled": compiled, "adaptive": scipy_backend}


def corners(model: Model) -> list[float]:
    clock = model.graph.clock
    constants = np.array([[c.value] for c in model.graph.constants]).reshape(-1, 1)
    steps = round((clock.end - clock.start) / clock.step)
    inputs = Inputs(constants, clock.start, clock.end, clock.step, (0, steps), ())
    inner = (t for t in corners_of(model.graph, inputs) if clock.start < t < clock.end)
    return [pytest.approx(t, abs=1e-9) for t in inner]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_lever_that_starts_within_a_step_acts_from_its_date(backend: str, tmp_path: Path) -> None:
    """s grows by 1 a year until 2.3 and by 3 from then on: 2.3 + 3 × 5.7."""
    model = sc.load_model(write_model(tmp_path, "a = 1", "s = INTEG(a, 0)", end=8, step=1))
    path = ConstantPath(0, (2.3,), np.array([[3.0]]))
    inputs = Inputs(np.array([[1.0]]), 0.0, 8.0, 1.0, (0, 8), ("s",), (path,), "rk4")
    if backend == "adaptive":
        inputs = Inputs(np.array([[1.0]]), 0.0, 8.0, 1.0, (0, 8), ("s",), (path,))
    found = BACKENDS[backend].integrate(model.graph, inputs).values
    assert found[0, 1, 0] == pytest.approx(2.3 + 3.0 * 5.7, rel=1e-8)


def test_euler_holds_a_lever_from_the_next_step(tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, "a = 1", "s = INTEG(a, 0)", end=8, step=1))
    path = ConstantPath(0, (2.3,), np.array([[3.0]]))
    inputs = Inputs(np.array([[1.0]]), 0.0, 8.0, 1.0, (0, 8), ("s",), (path,))
    assert interpreted.integrate(model.graph, inputs).values[0, 1, 0] == 3.0 + 3.0 * 5.0


def test_a_path_that_bends_within_a_step_is_integrated_exactly(tmp_path: Path) -> None:
    """From 1 at 1.5 to 3 at 3.25 and level after: its area is that of trapezia."""
    model = sc.load_model(write_model(tmp_path, "a = 1", "s = INTEG(a, 0)", end=8, step=1))
    path = ConstantPath(0, (1.5, 3.25), np.array([[1.0], [3.0]]))
    inputs = Inputs(np.array([[1.0]]), 0.0, 8.0, 1.0, (0, 8), ("s",), (path,), "rk4")
    area = 1.5 + 1.75 * 2.0 + 4.75 * 3.0
    assert interpreted.integrate(model.graph, inputs).values[0, 1, 0] == pytest.approx(area, rel=1e-12)
    assert compiled.integrate(model.graph, inputs).values[0, 1, 0] == pytest.approx(area, rel=1e-12)


@pytest.mark.parametrize("backend", ["interpreted", "compiled"])
def test_a_time_table_is_integrated_exactly_between_its_points(backend: str, tmp_path: Path) -> None:
    equations = ("t = WITH LOOKUP(Time, ([(0,0)-(8,5)],(0,0),(2.5,5),(4.3,1),(8,1)))", "s = INTEG(t, 0)")
    model = sc.load_model(write_model(tmp_path, *equations, end=8, step=1))
    assert corners(model) == [2.5, 4.3]
    run = sc.simulate(model, backend=backend, integrator="rk4")
    assert float(run["s"][-1]) == pytest.approx(2.5 * 2.5 + 1.8 * 3.0 + 3.7, rel=1e-10)


def test_what_bends_with_time_is_found_wherever_it_stands(tmp_path: Path) -> None:
    equations = (
        "date = 6.75",
        "year = Time + 2",
        "capped = MIN(year, 4.25)",  # bends at 2.25
        "ramped = RAMP(1, 1.125, 3.5)",
        "switched = IF THEN ELSE(Time > date, 1, 0)",
        "stepped = STEP(1, 5.4)",  # belongs to the steps of the file
        "s = INTEG(capped + ramped + switched + stepped, 0)",
    )
    model = sc.load_model(write_model(tmp_path, *equations, end=8, step=1))
    assert corners(model) == [1.125, 2.25, 3.5, 6.75]


def test_runge_kutta_keeps_its_order_beside_a_lever(tmp_path: Path) -> None:
    """s' = a s, a from 0.5 to 0.2 at 1.3: half the step leaves a sixteenth of the error."""
    model = sc.load_model(write_model(tmp_path, "a = 0.5", "s = INTEG(a*s, 1)", end=4, step=0.5))
    exact = math.exp(0.5 * 1.3 + 0.2 * 2.7)

    def error(step: float) -> float:
        path = ConstantPath(0, (1.3,), np.array([[0.2]]))
        steps = round(4.0 / step)
        inputs = Inputs(np.array([[0.5]]), 0.0, 4.0, step, (0, steps), ("s",), (path,), "rk4")
        return abs(float(interpreted.integrate(model.graph, inputs).values[0, 1, 0]) / exact - 1.0)

    assert 10.0 < error(0.5) / error(0.25) < 24.0


def test_samples_and_fixed_delays_keep_the_steps_of_the_file(tmp_path: Path) -> None:
    """The date splits a step in two; the delay still takes two steps, the sample sees their starts."""
    equations = (
        "a = 1",
        "s = INTEG(a, 0)",
        "late = DELAY FIXED(s, 2, -1)",
        "seen = SAMPLE IF TRUE(Time < 3.5, Time, -1)",
    )
    model = sc.load_model(write_model(tmp_path, *equations, end=8, step=1))
    path = ConstantPath(0, (2.5,), np.array([[3.0]]))
    keep = ("late", "seen")
    inputs = Inputs(np.array([[1.0]]), 0.0, 8.0, 1.0, tuple(range(9)), keep, (path,), "rk4")
    slow, fast = interpreted.integrate(model.graph, inputs), compiled.integrate(model.graph, inputs)
    assert slow.values[0, :, 0].tolist() == pytest.approx([-1, -1, 0, 1, 2, 4, 7, 10, 13])
    assert slow.values[1, :, 0].tolist() == [0, 1, 2, 3, 3, 3, 3, 3, 3]
    assert np.array_equal(slow.values, fast.values)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("condition", "on"),
    [
        ("Time > 1.3", 2.7),
        ("Time >= 1.3", 2.7),
        ("Time > 1", 3.0),
        ("Time >= 1", 3.0),
        ("Time > 1.2 :AND: Time < 1.3", 0.1),
    ],
)
def test_a_jump_with_time_is_integrated_from_its_own_side(
    backend: str, condition: str, on: float, tmp_path: Path
) -> None:
    model = sc.load_model(write_model(tmp_path, f"s = INTEG(IF THEN ELSE({condition},1,0), 0)", step=0.5))
    integrator = "euler" if backend == "adaptive" else "rk4"
    run = sc.simulate(model, backend=backend, integrator=integrator)
    assert float(run["s"][-1]) == pytest.approx(on, abs=1e-7)


def test_what_is_saved_at_a_jump_is_the_value_at_that_instant(tmp_path: Path) -> None:
    equations = ("a = IF THEN ELSE(Time >= 1, 1, 0)", "now = Time", "s = INTEG(a, 0)")
    model = sc.load_model(write_model(tmp_path, *equations, step=0.5))
    for backend in ("interpreted", "compiled"):
        run = sc.simulate(model, backend=backend, integrator="rk4")
        assert run["a"].to_numpy().tolist() == [0, 0, 1, 1, 1, 1, 1, 1, 1]
        assert run["now"].to_numpy().tolist() == run.time.to_numpy().tolist()


def test_a_member_bends_where_it_does_alone(tmp_path: Path) -> None:
    """s grows by 10 (t - h) from h on: 5 (4 - h)², whatever the others' h is."""
    model = sc.load_model(write_model(tmp_path, "h = 1.3", "s = INTEG(MAX(Time-h,0)*10, 2)", step=0.5))
    dates = np.array([1.3, 2.2, 0.6, 2.2])
    run = sc.simulate(Ensemble(model, {"h": dates}), integrator="rk4")
    np.testing.assert_allclose(run["s"].to_numpy()[:, -1], 2.0 + 5.0 * (4.0 - dates) ** 2, rtol=1e-9)


@pytest.mark.parametrize(
    ("equations", "grown"),
    [
        (("k = 2", "h = INITIAL(k*0.65)", "s = INTEG(MAX(Time-h,0)*10, 0)"), 5.0 * 2.7**2),
        (("s = INTEG(ABS(Time-1.3)*10, 0)",), 5.0 * (1.3**2 + 2.7**2)),
    ],
)
def test_held_dates_and_absolute_values_bend_too(
    equations: tuple[str, ...], grown: float, tmp_path: Path
) -> None:
    model = sc.load_model(write_model(tmp_path, *equations, step=0.5))
    assert float(sc.simulate(model, integrator="rk4")["s"][-1]) == pytest.approx(grown, rel=1e-8)
