"""Where a plan breaks: worlds whose failures fill a known box, and worlds without one."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from worlds import Numbers, futures, target

from simcounty.errors import InputError
from simcounty.sensitivity_analysis.scenario_discovery import discover_scenarios

RNG = np.random.default_rng(4)
N = 4000
X = RNG.random((N, 5))
CORNER = (X[:, 0] < 0.4) & (X[:, 3] > 0.3)


def world(missed: Numbers, points: Numbers = X, **more: object) -> xr.Dataset:
    columns = {f"x{i}": column for i, column in enumerate(points.T)}
    return futures(columns, np.where(missed, -1.0, 1.0), **more)  # type: ignore[arg-type]


def limits(found: xr.Dataset, box: int = 0) -> dict[str, tuple[float, float]]:
    """The inputs a box limits."""
    chosen = found.isel(box=box)
    ends = {
        str(key): (float(chosen.low.sel(input=key)), float(chosen.high.sel(input=key)))
        for key in found.input.values
    }
    return {key: pair for key, pair in ends.items() if not np.isnan(pair).all()}


def test_a_corner_of_two_inputs_is_found_and_nothing_else_is_named() -> None:
    found = discover_scenarios(world(CORNER))
    known = limits(found)
    assert known.keys() == {"x0", "x3"}
    assert known["x0"][1] == pytest.approx(0.4, abs=0.04)
    assert known["x3"][0] == pytest.approx(0.3, abs=0.04)
    assert float(found.coverage[0]) > 0.95
    assert float(found.density[0]) > 0.95


def test_coverage_and_density_can_be_counted_again_from_the_futures() -> None:
    found = discover_scenarios(world(CORNER)).isel(box=0)
    low, high = found.low.fillna(-np.inf).values, found.high.fillna(np.inf).values
    inside = ((low <= X) & (high >= X)).all(axis=1)
    assert int(found.members) == inside.sum()
    assert float(found.coverage) == pytest.approx((CORNER & inside).sum() / CORNER.sum())
    assert float(found.density) == pytest.approx(CORNER[inside].mean())


def test_a_corner_is_found_through_noise() -> None:
    noisy = CORNER ^ (RNG.random(N) < 0.15)
    known = limits(discover_scenarios(world(noisy)))
    assert known.keys() == {"x0", "x3"}
    assert known["x0"][1] == pytest.approx(0.4, abs=0.08)


def test_two_corners_are_two_regions() -> None:
    found = discover_scenarios(world((X[:, 0] < 0.25) | ((X[:, 1] > 0.7) & (X[:, 0] > 0.5))))
    assert found.sizes["box"] >= 2
    assert {key for box in range(2) for key in limits(found, box)} <= {"x0", "x1"}


def test_a_lever_of_two_values_is_a_side_of_a_box() -> None:
    points = np.column_stack([RNG.integers(0, 2, N), RNG.random(N)])
    known = limits(discover_scenarios(world((points[:, 0] == 1) & (points[:, 1] < 0.5), points)))
    assert known["x0"][0] == 1
    assert known["x1"][1] == pytest.approx(0.5, abs=0.04)


def test_misses_that_no_input_explains_are_no_box() -> None:
    found = discover_scenarios(world(RNG.random(N) < 0.3))
    assert (found.found, found.sizes["box"]) == ("none", 0)


@pytest.mark.parametrize(
    ("missed", "said"),
    [
        (np.zeros(N, bool), "never"),
        (np.ones(N, bool), "always"),
        (np.arange(N) < 5, "few"),
        (np.arange(N) > 5, "few"),
    ],
)
def test_what_needs_no_box_is_said_plainly(missed: Numbers, said: str) -> None:
    found = discover_scenarios(world(missed))
    assert (found.found, found.misses, found.counted) == (said, missed.sum(), N)


def test_a_failed_run_is_a_miss() -> None:
    found = discover_scenarios(world(np.zeros(N, bool), failed=CORNER[None]))
    assert found.misses == CORNER.sum()
    assert limits(found).keys() == {"x0", "x3"}


def test_a_plan_is_missed_where_any_of_its_targets_is() -> None:
    both = (target("low", goal=0.5), target("high", operator="<=", goal=0.6))
    swept = futures({"x": X[:, 0], "z": X[:, 1]}, X[:, 0], both)
    assert discover_scenarios(swept).misses == ((X[:, 0] < 0.5) | (X[:, 0] > 0.6)).sum()
    assert discover_scenarios(swept, "low").misses == (X[:, 0] < 0.5).sum()


def test_the_same_futures_have_the_same_regions() -> None:
    xr.testing.assert_identical(discover_scenarios(world(CORNER)), discover_scenarios(world(CORNER)))


def test_unknown_targets_and_scenarios_are_met_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"there is none of that name\. Targets: t"):
        discover_scenarios(world(CORNER), "u")
    with pytest.raises(InputError, match="choose among plan"):
        discover_scenarios(world(CORNER), scenario="plam")


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    code = (
        "import sys; from simcounty.sensitivity_analysis import scenario_discovery;"
        "print({'SALib', 'emcee', 'arviz_stats'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
