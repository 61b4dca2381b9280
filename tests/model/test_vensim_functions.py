"""Functions of Vensim's reference by its examples, by records of Vensim, by hand and by other programs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from written import write_model

import simcounty as sc
from simcounty.errors import ModelError
from simcounty.model import arithmetic
from simcounty.model.functions import FUNCTIONS
from simcounty.model.unit_inference import RULES

NA = -(2.0**109)
PROFILES = (
    "R: a, b ~ ~ |",
    "P: ptype, ppriority, pwidth, pextra ~ ~ |",
    "size[R] = {sizes} ~ ~ |",
    "pp[R,ptype] = {kinds} ~ ~ |",
    "pp[R,ppriority] = {priorities} ~ ~ |",
    "pp[R,pwidth] = {width} ~ ~ |",
    "pp[R,pextra] = 0 ~ ~ |",
    "given[R] = ALLOCATE AVAILABLE(size[R], pp[R,ptype], {supply}) ~ ~ |",
)


def series(folder: Path, *equations: str, **options: Any) -> dict[str, Any]:
    """Return each variable of a run of five steps, or of other options of `write_model`."""
    made = sc.simulate(sc.load_model(write_model(folder, *equations, **options)))
    return {str(key): values.transpose("time", ...).to_numpy().tolist() for key, values in made.items()}


def shares(folder: Path, kinds: str, sizes: str = "200,300", **given: str) -> list[float]:
    """Return how a supply of 100, or another, is shared at the start."""
    texts = {"kinds": kinds, "sizes": sizes, "supply": "100", "priorities": "0.1,0.9", "width": "0.5"}
    found: list[float] = series(folder, *(line.format(**texts | given) for line in PROFILES))["given"][0]
    return found


@pytest.mark.parametrize(
    ("kind", "both_short", "one_in_full"),
    [
        ("0", [40, 60], [80, 20]),
        ("1", [0, 100], [50, 50]),
        ("2", [0, 99.9998], [49.9999, 50]),
        ("3", [3.87908, 96.1207], [57.4714, 42.5285]),
        ("4", [11.863, 88.1368], [58.6115, 41.3884]),
    ],
    ids=["fixed", "rectangular", "triangular", "normal", "exponential"],
)
def test_a_supply_is_shared_by_profiles_as_vensim_was_recorded(
    tmp_path: Path, kind: str, both_short: list[float], one_in_full: list[float]
) -> None:
    """Vensim's record of the public test `allocate_ptype`; its own normal curve is good to three digits."""
    near = 2e-3 if kind == "3" else 3e-4
    assert shares(tmp_path, kind) == pytest.approx(both_short, abs=near)
    assert shares(tmp_path, kind, "200,50") == pytest.approx(one_in_full, abs=near)


@pytest.mark.parametrize(
    ("kinds", "above"),
    [
        ("2", 1 - 2 * 0.25**2),
        ("3", 0.5 * math.erfc(-0.25 / math.sqrt(2))),
        ("4", 1 - 0.5 * math.exp(-0.25)),
    ],
)
def test_of_two_alike_around_a_level_each_gets_what_its_curve_says(
    tmp_path: Path, kinds: str, above: float
) -> None:
    """Priorities a quarter of a width above and below 0 share a supply of one request at the level 0."""
    found = shares(tmp_path, kinds, "1,1", supply="1", priorities="0.25,-0.25", width="1")
    assert found == pytest.approx([above, 1 - above], abs=1e-12)


def test_profiles_of_several_types_share_a_supply_to_its_last_bit_and_as_pysd_does(tmp_path: Path) -> None:
    texts = {"kinds": "4,3", "sizes": "500,300", "supply": "200*Time", "priorities": "5,6", "width": "2,1"}
    model = sc.load_model(write_model(tmp_path, *(line.format(**texts) for line in PROFILES)))
    given = sc.simulate(model)["given"]
    np.testing.assert_allclose(given.sum("r"), [0, 200, 400, 600, 800], rtol=1e-12)
    np.testing.assert_allclose(given, sc.simulate(model, backend="reference")["given"], rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ("5", "a profile of type 5"),
        ("11", "a profile of type 11"),
        ("0,3", "fixed quantities .type 0. beside others"),
        ("Time", "a profile that moves"),
    ],
)
def test_profiles_without_a_known_rule_are_refused(tmp_path: Path, kinds: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        shares(tmp_path, kinds)


VECTOR = ("D: (d1-d4) ~ ~ |", "v[D] = 0,10,30,20 ~ ~ |", "one = 1 ~ ~ |")


@pytest.mark.parametrize(
    ("mode", "at", "value"),
    [
        ("0", "3", 20), ("0", "-1", 0), ("0", "9", 20), ("0", "4", 30),
        ("one", "2", 10), ("1", "3", 10 + 15), ("1", "-1", 0), ("1", "7", 10 + 40 + 50 + 20),
        ("2", "3.9", 10), ("2", "4", 30), ("2", "-1", 0), ("2", "9", 20),
        ("3", "-1", -5), ("3", "8", 10), ("3", "3", 20),
        ("4", "3.9", 30), ("4", "4", 30), ("4", "-1", 0), ("4", "9", 20),
        ("5", "5", 1), ("5", "25", 3.5), ("5", "-1", NA), ("5", "31", NA), ("5", "0", 0),
        ("6", "1", 5), ("6", "2", 7.5), ("6", "4", 2.5), ("6", "-1", 0), ("6", "7", 0), ("6", "0", 5),
        ("7", "-2", 10), ("7", "8", 10 + 40 + 50 + 30), ("7", "3", 25),
        ("9", "-1", 5), ("9", "7", -5),
    ],
)  # fmt: skip
def test_a_vector_is_read_as_a_lookup_of_evenly_spaced_points(
    tmp_path: Path, mode: str, at: str, value: float
) -> None:
    """Points (0,0), (2,10), (4,30), (6,20): each mode is the function of lookups that the reference names."""
    found = series(tmp_path, *VECTOR, f"x = VECTOR LOOKUP(v[d1], {at}, 0, 6, {mode})")
    assert found["x"][0] == pytest.approx(value, abs=1e-12)


def test_a_vector_that_moves_and_a_point_met_but_for_rounding_are_read(tmp_path: Path) -> None:
    found = series(
        tmp_path,
        "D: (d1-d11) ~ ~ |",
        "E: p, q ~ ~ |",
        "v[E,D] = D * Time * E ~ ~ |",
        "x[E] = VECTOR LOOKUP(v[E,d1], 0.1*3, 0, 1, 2) ~ ~ |",
    )
    assert found["x"] == [[4 * t, 8 * t] for t in range(5)]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("VECTOR LOOKUP(v[d1], 1, 0, 6, 8)", "mode 8 is not computed"),
        ("VECTOR LOOKUP(v[d1], 1, 0, 6, Time)", "mode that moves"),
        ("VECTOR LOOKUP(v[d2], 1, 0, 6, 0)", "needs the first of several"),
        ("VECTOR LOOKUP(one, 1, 0, 6, 0)", "takes the first element of a vector"),
        ("GET TIME VALUE(2, 0, 1)", "GET TIME VALUE is computed for"),
        ("GET TIME VALUE(0, 0, 3)", "GET TIME VALUE is computed for"),
        ("DELAY MATERIAL(one, 2 + Time, 0, 0)", "DELAY MATERIAL is computed for a delay time that stays"),
        ("DELAY INFORMATION(one, 2 + Time, 0)", "DELAY INFORMATION is computed for"),
    ],
)
def test_what_has_no_certain_rule_is_refused_by_name(tmp_path: Path, call: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        sc.load_model(write_model(tmp_path, *VECTOR, f"x = {call}"))


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("LOOKUP INVERT(f, -1)", NA), ("LOOKUP INVERT(f, 0.5)", 0.5), ("LOOKUP INVERT(f, 1.5)", 2),
        ("LOOKUP INVERT(f, 2)", 3), ("LOOKUP INVERT(f, 2.1)", NA), ("LOOKUP INVERT(hill, 5)", 1),
        ("LOOKUP INVERT(flat, 1)", 2), ("LOOKUP INVERT(down, 3)", 1),
        ("LOOKUP FORWARD(g, -1)", 0), ("LOOKUP FORWARD(g, 0.5)", 1), ("LOOKUP FORWARD(g, 2.5)", 2),
        ("LOOKUP BACKWARD(g, -1)", 0), ("LOOKUP BACKWARD(g, 0.5)", 0), ("LOOKUP BACKWARD(g, 1)", 1),
        ("LOOKUP BACKWARD(g, 2.5)", 2),
    ],
)  # fmt: skip
def test_lookups_are_inverted_and_stepped_through(tmp_path: Path, call: str, value: float) -> None:
    """The examples of Vensim's reference, :NA: beyond the values; the steps as in its record `lookup`."""
    lookups = ("f((0,0),(1,1),(3,2)) ~ ~ |", "g((0,0),(1,1),(2,2)) ~ ~ |", "hill((0,0),(2,10),(4,0)) ~ ~ |",
               "flat((0,0),(2,1),(4,1)) ~ ~ |", "down((0,4),(2,2)) ~ ~ |")  # fmt: skip
    assert series(tmp_path, *lookups, f"x = {call}")["x"][0] == pytest.approx(value)


@pytest.mark.parametrize(
    ("call", "values"),
    [
        ("BETWEEN TIMES(seen, Time + 1, 0)", [10, 20, 20 + 50 / 7, 20 + 100 / 7, 20 + 150 / 7]),
        ("BETWEEN TIMES(seen, Time + 1, ahead)", [10, 20, 70, 70, 70]),
        ("BETWEEN TIMES(seen, Time + 2.5, -1)", [20] * 5),
        ("BETWEEN TIMES(seen, 3 * Time - 1, 0)", [NA, 20, 20 + 150 / 7, 20 + 300 / 7, NA]),
        ("AT TIME(seen, Time)", [0, 10, 20, NA, NA]),
        ("AT TIME(seen, Time + 7)", [NA, NA, 70, 80, NA]),
    ],
)
def test_data_is_read_at_and_between_times(tmp_path: Path, call: str, values: list[float]) -> None:
    """The series and the first two rows are those of Vensim's record `getdata`."""
    (tmp_path / "seen.csv").write_text("time,seen\n0,0\n1,10\n2,20\n9,70\n10,80\n", "utf-8")
    file = write_model(tmp_path, "seen ~ ~ |", "ahead = 1", f"x = GET DATA {call}")
    model = sc.load_model(file, data=tmp_path / "seen.csv")
    assert sc.simulate(model)["x"].to_numpy().tolist() == pytest.approx(values)
    assert any("Vensim's manual" in note for note in model.graph.notes) == ("BETWEEN" in call)


def test_a_stream_has_the_present_value_that_vensim_recorded(tmp_path: Path) -> None:
    """100 are spent in month 12 and 3 come in each month from then on, at 10 % a year: the record `npv`."""
    found = series(
        tmp_path,
        "stream = -100 / TIME STEP * PULSE(12, TIME STEP) + STEP(3, 12) ~ ~ |",
        "value = NPV(stream, 10 / 12 / 100, 0, 1) ~ ~ |",
        end=50,
    )["value"]
    assert [found[t] for t in (11, 12, 13, 49, 50)] == pytest.approx(
        [0, -87.8056, -85.1124, -1.647, 0.334138], rel=1e-5
    )


def test_a_present_value_at_the_end_of_periods_is_that_of_spreadsheets(tmp_path: Path) -> None:
    found = series(tmp_path, "value = NPVE(10 + Time, 0.1, 5, 2) ~ ~ |")["value"]
    paid = np.cumsum([(10 + t) / 1.1 ** (t + 1) for t in range(5)])
    assert found == pytest.approx(2 * (5 + paid), rel=1e-12)


@pytest.mark.parametrize("x", [1e-10, 0.5, 1.0, 1.5, 2.0, 4.0, 7.99, 8.0, 10.0, 171.5, 1e6])
def test_gamma_ln_is_the_logarithm_of_the_gamma_function(x: float) -> None:
    assert arithmetic.gamma_ln(x) == pytest.approx(math.lgamma(x), rel=4e-15, abs=4e-15)


def test_gamma_ln_counts_choices_and_has_no_value_below_nought(tmp_path: Path) -> None:
    assert series(tmp_path, "x = EXP(GAMMA LN(4))")["x"][0] == pytest.approx(6, rel=1e-14)
    assert all(math.isnan(arithmetic.gamma_ln(x)) for x in (0.0, -1.5, math.nan))


def test_discrete_delays_of_one_length_are_all_the_same(tmp_path: Path) -> None:
    found = series(
        tmp_path,
        "length = 2 ~ ~ |",
        "x = Time ^ 2 ~ ~ |",
        "fixed = DELAY FIXED(x, length, 7) ~ ~ |",
        "material = DELAY MATERIAL(x, length, 7, -1) ~ ~ |",
        "information = 0 + DELAY INFORMATION(x, length, 7) ~ ~ |",
    )
    assert found["fixed"] == found["material"] == found["information"] == [7, 7, 0, 1, 4]


def test_the_time_is_read_with_constants_for_its_kind(tmp_path: Path) -> None:
    found = series(
        tmp_path, "kind = 1 ~ ~ |", "x = GET TIME VALUE(kind, 3, kind - 1) + GET TIME VALUE(0, 2, 0)"
    )
    assert found["x"] == [5, 6, 7, 8, 9]


def test_forecasts_of_forecasts_stay_small(tmp_path: Path) -> None:
    """Of what stands still the forecast is itself; each of twenty calls adds three elements to the model."""
    call = "x"
    for _ in range(20):
        call = f"FORECAST({call} * 1, 2, 3)"
    model = sc.load_model(write_model(tmp_path, "x = 5", f"y = {call}"))
    assert sc.simulate(model)["y"].to_numpy().tolist() == [5] * 5
    assert len(model.graph.elements) < 80


def test_machine_code_has_the_bits_of_plain_python(tmp_path: Path) -> None:
    texts = {"kinds": "4,3", "sizes": "500,300", "supply": "200*Time", "priorities": "5,6", "width": "2,1"}
    at = "1.7*Time - 0.4"
    lines = (
        *(line.format(**texts) for line in PROFILES),
        *VECTOR,
        *(
            f"x{mode} = VECTOR LOOKUP(v[d1], {at}, 0, 6, {mode}) ~ ~ |"
            for mode in (0, 1, 2, 3, 4, 5, 6, 7, 9)
        ),
        "hill((0,0),(2,10),(4,0)) ~ ~ |",
        "i = LOOKUP INVERT(hill, Time*3) ~ ~ |",
        "n = NPV(Time, 0.1, 0, 1) ~ ~ |",
        "g = GAMMA LN(Time + 0.3) ~ ~ |",
        "c = FORECAST(Time*2, 2, 3) ~ ~ |",
    )
    model = sc.load_model(write_model(tmp_path, *lines))
    plain, compiled = (sc.simulate(model, backend=each) for each in ("interpreted", "compiled"))
    for key in plain.data_vars:
        assert plain[key].to_numpy().tobytes() == compiled[key].to_numpy().tobytes(), key


def test_a_sum_over_many_is_made_once_for_all_elements(tmp_path: Path) -> None:
    """Of a thousand elements each reads the sum of all; what is their own is not shared."""
    model = sc.load_model(
        write_model(
            tmp_path,
            "D: (d1-d1000) ~ ~ |",
            "x[D] = Time ~ ~ |",
            "y[D] = SUM(x[D!] * 2) + D ~ ~ |",
            "E: (e1-e40) ~ ~ |",
            "z[E] = 1 ~ ~ |",
            "own[E] = SUM(x[D!]) * 0 + SUM(z[E!] + E) ~ ~ |",
        )
    )
    assert sum(1 for key in model.graph.elements if " | part" in key) == 2
    found = sc.simulate(model)
    assert found["y"].isel(time=-1).to_numpy().tolist() == [8000 + i for i in range(1, 1001)]
    assert found["own"].isel(time=-1).to_numpy().tolist() == [40 + 40 * i for i in range(1, 41)]


def test_a_delay_may_have_as_many_stages_as_a_long_sum_says(tmp_path: Path) -> None:
    lines = (
        "D: (d1-d40) ~ ~ |",
        "n[D] = 0.05 ~ ~ |",
        "y = SMOOTH N(5, 2, 5, INTEGER(SUM(n[D!]) + 0.5)) ~ ~ |",
    )
    assert series(tmp_path, *lines)["y"] == [5] * 5


def test_every_function_has_a_rule_for_units() -> None:
    assert set(FUNCTIONS) == set(RULES)
