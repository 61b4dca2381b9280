"""Every function and operator, worked out by hand; where tools differ, Vensim's manual rules."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import pytest
import xarray as xr
from written import write_model

import simcounty as sc
from simcounty.errors import ModelError
from simcounty.model import arithmetic, trigonometry

MODELS = Path(__file__).parents[1] / "models"


@cache
def run(model: str) -> xr.Dataset:
    found: xr.Dataset = sc.simulate(sc.load_model(MODELS / f"{model}.mdl"))
    return found


def check(model: str, variable: str, expected: float | list[float]) -> None:
    series = run(model)[variable].to_numpy().tolist()
    wanted = expected if isinstance(expected, list) else [expected] * len(series)
    assert series == pytest.approx(wanted, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("sum", 7 - 2.5),
        ("difference", 7 + 2.5 - 1),
        ("product", -17.5),
        ("quotient", 7 / -2.5 / 2),
        ("mixed", 7 + 2.5 * 2 / 4 + 1),
        ("grouped", 19),
        ("sign_of_power", -4),
        ("sign_in_parentheses", 4),
        ("sign_before_parentheses", -4),
        ("sign_of_a_name", -49),
        ("sign_after_and", 1),
        ("negative_exponent", 0.25),
        ("cube_of_negative", -15.625),
        ("inverse", -0.4),
        ("root", 3),
        ("half_power", 3),
        ("first_power", -2.5),
        ("powers_of_two", [1, 2, 4, 8, 16]),
        ("powers_of_ten", [0.01, 0.1, 1, 10, 100]),
        ("constant_base", 128),
        ("size", 2.5),
        ("smaller", -2.5),
        ("larger", [7, 7, 7, 7, 8]),
        ("exponential", math.exp(-2.5)),
        ("logarithm", math.log(7)),
        ("logarithm_to_base", 3),
        ("cut_up", -2),
        ("cut_down", 3),
        ("remainder", 1),
        ("remainder_of_negative", -1),
        ("remainder_of_fraction", -0.5),
        ("steps_of_two", 6),
        ("steps_of_negative", -2),
        ("steps_of_none", 7),
        ("scientific", 1500 + 0.25 + 0.5),
    ],
)
def test_arithmetic_is_school_arithmetic(variable: str, expected: float | list[float]) -> None:
    check("arithmetic", variable, expected)


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("sine", math.sin(0.3)),
        ("cosine", math.cos(0.3)),
        ("tangent", math.tan(0.3)),
        ("arc_sine", math.asin(0.3)),
        ("arc_cosine", math.acos(0.3)),
        ("arc_tangent", math.atan(3)),
        ("hyperbolic_sine", (math.exp(0.3) - math.exp(-0.3)) / 2),
        ("hyperbolic_cosine", (math.exp(0.3) + math.exp(-0.3)) / 2),
        ("hyperbolic_tangent", math.sinh(0.3) / math.cosh(0.3)),
    ],
)
def test_angles_are_in_radians(variable: str, expected: float) -> None:
    check("trigonometry", variable, expected)


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("and_before_or", 1),
        ("or_before_and", 0),
        ("not_binds_tightest", 1),
        ("not_of_both", 0),
        ("number_as_condition", 5),
        ("condition_as_number", 3),
        ("at_most", [1, 1, 1, 0, 0]),
        ("below", [1, 1, 0, 0, 0]),
        ("at_least", [0, 0, 1, 1, 1]),
        ("above", [0, 0, 0, 1, 1]),
        ("equal", [0, 0, 1, 0, 0]),
        ("different", [1, 1, 0, 1, 1]),
        ("nested", [10, 20, 20, 30, 30]),
        ("unharmed_by_the_other_side", 3),
        ("unharmed_beside_a_stock", [math.log(n) for n in (1, 2, 3, 4, 5)]),
    ],
)
def test_and_binds_before_or_and_only_the_chosen_side_counts(
    variable: str, expected: float | list[float]
) -> None:
    check("logic", variable, expected)


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("zero_or", 0),
        ("zero_or_quarter", 0.25),
        ("other_or", 5),
        ("other_or_below", 5),
        ("other_or_quarter", -0.25),
        ("at_the_edge", 1e6),
    ],
)
def test_a_divisor_below_a_millionth_is_zero_to_zidz_and_xidz(variable: str, expected: float) -> None:
    check("division", variable, expected)


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("step_at_one", [0, 3, 3, 3, 3, 3, 3]),
        ("step_off_the_grid", [0, 0, 3, 3, 3, 3, 3]),  # 1 + step/2 is not beyond 1.5
        ("ramp_until_three", [0, 0, 2, 4, 4, 4, 4]),
        ("ramp_for_ever", [0, 0, 2, 4, 6, 8, 10]),  # its end lies before its start
        ("pulse_of_two", [0, 1, 1, 0, 0, 0, 0]),
        ("pulse_of_one_step", [0, 1, 0, 0, 0, 0, 0]),
        ("pulse_off_the_grid", [0, 1, 1, 0, 0, 0, 0]),  # 1.2 < time + 1/2 < 2.7
        ("pulses", [1, 0, 0, 1, 0, 0, 1]),
        ("pulses_of_one_step", [0, 1, 0, 1, 0, 1, 0]),
        ("pulses_shorter_than_a_step", [0, 1, 0, 1, 0, 1, 0]),  # "will only last one TIME STEP"
        ("pulses_that_overlap", [0, 1, 1, 1, 1, 0, 0]),  # "1 will be returned between start and end"
    ],
)
def test_test_inputs_compare_the_middle_of_a_step(variable: str, expected: list[float]) -> None:
    check("inputs", variable, expected)


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("jump", [0] * 4 + [3] * 5),
        ("half_a_year", [0, 0, 0, 0, 1, 1, 0, 0, 0]),
        ("pulses", [0, 0, 1, 0, 0, 0, 1, 0, 0]),
        ("poured_in", [0, 0, 0, 0, 0, 0.25, 0.5, 0.5, 0.5]),
    ],
)
def test_a_pulse_of_half_a_year_pours_in_half_a_year_of_its_height(
    variable: str, expected: list[float]
) -> None:
    check("inputs_fine", variable, expected)


@pytest.mark.parametrize(
    ("model", "variable", "expected"),
    [
        ("lookups", "named", [0, 0, 10, 15, 20, 20]),
        ("lookups", "inline", [1, 3, 5, 5, 5, 5]),
        ("lookups", "without_bounds", [1, 3, 5, 5, 5, 5]),
        ("lookups_extended", "extended", [-10, 0, 10, 15, 20, 25]),
    ],
)
def test_a_lookup_is_level_outside_its_points_unless_asked_to_go_on(
    model: str, variable: str, expected: list[float]
) -> None:
    check(model, variable, expected)


def test_a_lookup_has_one_curve_a_subscript() -> None:
    both = run("lookups")["both"]
    assert both.sel(side="left").to_numpy().tolist() == [0, 2, 4, 6, 8, 8]
    assert both.sel(side="right").to_numpy().tolist() == [4, 3, 2, 1, 0, 0]


@pytest.mark.parametrize("function", [arithmetic.minimum, arithmetic.maximum])
@pytest.mark.parametrize("pair", [(math.nan, 1.0), (1.0, math.nan), (math.nan, math.nan)])
def test_min_and_max_do_not_hide_what_is_no_number(function: object, pair: tuple[float, float]) -> None:
    assert callable(function)
    assert math.isnan(function(*pair))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (arithmetic.div(1.0, 0.0), math.inf),
        (arithmetic.div(-1.0, 0.0), -math.inf),
        (arithmetic.div(1.0, -0.0), -math.inf),
        (arithmetic.power(0.0, -1.0), math.inf),
        (arithmetic.power(-0.0, -3.0), -math.inf),
        (arithmetic.power(-10.0, 309.0), -math.inf),
        (arithmetic.power(-10.0, 310.0), math.inf),
        (arithmetic.exp(1000.0), math.inf),
        (arithmetic.ln(0.0), -math.inf),
        (trigonometry.sinh(-1000.0), -math.inf),
    ],
)
def test_what_overflows_is_infinite_as_in_ieee_754(value: float, expected: float) -> None:
    assert value == expected


@pytest.mark.parametrize(
    "value",
    [
        arithmetic.div(0.0, 0.0),
        arithmetic.power(-8.0, 1 / 3),
        arithmetic.ln(-1.0),
        arithmetic.sqrt(-1.0),
        trigonometry.arcsin(2.0),
        trigonometry.sin(math.inf),
        arithmetic.rise(math.nan, 1.0, 0.0),
    ],
)
def test_what_has_no_value_is_nan_and_never_complex(value: float) -> None:
    assert isinstance(value, float)
    assert math.isnan(value)


def test_zero_keeps_its_sign_when_a_number_is_cut() -> None:
    assert math.copysign(1.0, arithmetic.integer(-0.5)) == -1.0


@pytest.mark.parametrize("backend", ["interpreted", "compiled"])
@pytest.mark.parametrize(
    ("points", "values"),
    [
        ("(0,1),(1,1e+17),(2,1),(4,5)", [1, 1e17, 1, 3, 5]),
        ("(0,1),(1,1e+9),(2,0.001),(4,0.002)", [1, 1e9, 0.001, 0.0015, 0.002]),
    ],
)
def test_a_large_point_of_a_lookup_costs_the_small_ones_no_digit(
    backend: str, points: str, values: list[float], tmp_path: Path
) -> None:
    model = sc.load_model(write_model(tmp_path, f"f({points})", "a = f(Time)"))
    run = sc.simulate(model, backend=backend)
    assert run["a"].to_numpy().tolist() == pytest.approx(values, rel=1e-12)


@pytest.mark.parametrize("backend", ["interpreted", "compiled"])
def test_a_sum_of_a_thousand_terms_and_a_hundred_parentheses_are_computed(
    backend: str, tmp_path: Path
) -> None:
    equations = ("k = 1", "a = " + "+".join(["k"] * 1_000), "b = " + "(" * 100 + "k" + ")" * 100)
    run = sc.simulate(sc.load_model(write_model(tmp_path, *equations)), backend=backend)
    assert (float(run["a"][-1]), float(run["b"][-1])) == (1_000.0, 1.0)


def test_an_equation_too_long_to_walk_through_is_refused(tmp_path: Path) -> None:
    file = write_model(tmp_path, "k = 1", "a = " + "MAX(k," * 30_000 + "k" + ")" * 30_000)
    with pytest.raises(ModelError, match=r"m\.mdl: an equation has thousands of terms"):
        sc.load_model(file)
