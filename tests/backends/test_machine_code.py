"""Machine code computes every function to the bits of plain Python; exp, ln and power are near C's."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from simcounty.backends.compiled import aligned
from simcounty.backends.flatten import program_of
from simcounty.backends.job import Floats
from simcounty.backends.kernel import Processor, loaded
from simcounty.backends.llvm_text import Lanes, NumberTable, piece_text
from simcounty.backends.machine_code import assembly_of, code_of, march_of, object_of
from simcounty.backends.operations import Operations, traced
from simcounty.backends.pieces import cut
from simcounty.backends.program import Stage, Store
from simcounty.model import Model, arithmetic, trigonometry

PROCESSOR = Processor.here()
CONTRACTED = r"\bv?fn?m(?:add|sub|la|ls)\w*"
OF_ONE_NUMBER = (
    *(arithmetic.exp, arithmetic.ln, arithmetic.sqrt, arithmetic.integer),
    *(trigonometry.sin, trigonometry.cos, trigonometry.tan),
    *(trigonometry.arcsin, trigonometry.arccos, trigonometry.arctan),
    *(trigonometry.sinh, trigonometry.cosh, trigonometry.tanh),
)

SPECIAL = [
    sign * size
    for size in (
        *(
            0.0,
            5e-324,
            2.0**-1074 * 3,
            2.0**-1022,
            1e-300,
            0.3,
            181 / 256,
            0.5,
            1 - 2.0**-53,
            1.0,
            1 + 2.0**-52,
        ),
        *(1.5, 2.0, 3.0, 4.0, 7.5, 10.0, 100.0, 709.78, 709.79, 744.5, 745.2, 746.0, 1023.0, 1e10),
        *(2.0**51 + 0.5, 2.0**52 + 1, 2.0**53 - 1, 2.0**53, 1e20, 1e300, 1.7976931348623157e308, math.inf),
    )
    for sign in (1.0, -1.0)
] + [math.nan]


def side_by_side(function: Callable[..., Any], *columns: Floats) -> Floats:
    """Compute a function for many numbers in machine code, as a piece does."""
    operations = Operations()
    value = traced(function)(*(operations.load("x", row, 1) for row in range(len(columns))))
    stage = Stage(tuple(operations.items), (Store("x", len(columns), value.index),))
    lanes = PROCESSOR.lanes
    numbers = NumberTable(0)
    piece = piece_text("piece", cut(stage, 10**6, "x")[0], {"x": 0}, Lanes(lanes), numbers)
    engine = loaded(object_of(Lanes(lanes).declarations() + piece, PROCESSOR), PROCESSOR)
    compute = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(engine.get_function_address("piece"))
    count = len(columns[0])
    filled = [np.resize(column, -(-count // lanes) * lanes).reshape(-1, lanes) for column in columns]
    c = np.array(list(numbers.rows), np.int64)
    w = aligned((len(columns) + 1) * lanes)
    found = np.empty((len(filled[0]), lanes))
    for block in range(len(found)):
        w[: len(columns) * lanes] = np.concatenate([column[block] for column in filled])
        compute(w.ctypes.data, c.ctypes.data)
        found[block] = w[-lanes:]
    return found.ravel()[:count]


def one_by_one(function: Callable[..., float], *columns: Floats) -> Floats:
    return np.array([function(*(float(x) for x in row)) for row in zip(*columns, strict=True)])


def assert_same_bits(ours: Floats, theirs: Floats) -> None:
    same = (ours.view(np.int64) == theirs.view(np.int64)) | (np.isnan(ours) & np.isnan(theirs))
    assert same.all(), np.flatnonzero(~same)[:5]


def of_any_size(n: int, seed: int) -> Floats:
    """Return numbers of any bits."""
    bits = np.random.default_rng(seed).integers(-(2**63), 2**63, n, dtype=np.int64)
    return bits.view(np.float64)


def of_daily_size(n: int, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.lognormal(0.0, 3.0, n // 2), 1.0 + rng.normal(0.0, 1e-3, n - n // 2)])


@pytest.mark.parametrize("function", OF_ONE_NUMBER, ids=lambda f: f.__name__)
def test_a_function_of_one_number_has_the_bits_of_plain_python(function: Callable[[float], float]) -> None:
    n = 20_000
    exponents = np.random.default_rng(5).uniform(-760.0, 720.0, n)
    x = np.concatenate([SPECIAL, of_any_size(n, 1), of_daily_size(n, 2), exponents])
    assert_same_bits(side_by_side(function, x), one_by_one(function, x))


@pytest.mark.parametrize(
    "function",
    [arithmetic.minimum, arithmetic.maximum, arithmetic.modulo, arithmetic.zidz, arithmetic.div],
    ids=lambda f: f.__name__,
)
def test_a_function_of_two_numbers_has_the_bits_of_plain_python(function: Callable[..., float]) -> None:
    pairs = np.array(list(product(SPECIAL, SPECIAL)))
    a = np.concatenate([pairs[:, 0], of_any_size(5_000, 3), of_daily_size(5_000, 4)])
    b = np.concatenate([pairs[:, 1], of_any_size(5_000, 5), of_daily_size(5_000, 6)])
    assert_same_bits(side_by_side(function, a, b), one_by_one(function, a, b))


@pytest.mark.parametrize(
    ("ours", "theirs", "digits"),
    [
        (trigonometry.sin, math.sin, 2.0), (trigonometry.cos, math.cos, 2.0),
        (trigonometry.tan, math.tan, 3.0),
        (trigonometry.arctan, math.atan, 2.0), (trigonometry.sinh, math.sinh, 3.0),
        (trigonometry.cosh, math.cosh, 3.0), (trigonometry.tanh, math.tanh, 4.0),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)  # fmt: skip
def test_turns_and_hyperbolas_are_those_of_the_c_library_but_for_the_last_bits(
    ours: Callable[[float], float], theirs: Callable[[float], float], digits: float
) -> None:
    rng = np.random.default_rng(13)
    sizes = (
        rng.normal(0.0, 3.0, 5_000),
        rng.uniform(-700.0, 700.0, 5_000),
        10.0 ** rng.uniform(-300, 2, 2_000),
    )
    for x in np.concatenate(sizes).tolist():
        assert is_near(ours(x), theirs(x), digits), x


@pytest.mark.parametrize(
    ("ours", "theirs"), [(trigonometry.arcsin, math.asin), (trigonometry.arccos, math.acos)]
)
def test_angles_of_a_share_are_those_of_the_c_library_but_for_the_last_bits(
    ours: Callable[[float], float], theirs: Callable[[float], float]
) -> None:
    rng = np.random.default_rng(14)
    for x in (*rng.uniform(-1.0, 1.0, 5_000).tolist(), 1.0, -1.0, 0.0, 1.0 - 1e-15):
        assert is_near(ours(x), theirs(x), 3.0), x


def test_the_sine_of_a_large_angle_keeps_its_digits_up_to_a_limit_and_is_then_nan() -> None:
    for x in np.random.default_rng(15).uniform(-(2.0**27), 2.0**27, 5_000).tolist():
        assert is_near(trigonometry.sin(x), math.sin(x), 2.0), x
    assert math.isnan(trigonometry.sin(2.0**27))


def test_power_has_the_bits_of_plain_python() -> None:
    n = 100_000
    pairs = np.array(list(product(SPECIAL, SPECIAL)))
    rng = np.random.default_rng(6)
    a = np.concatenate([pairs[:, 0], of_any_size(n, 3), of_daily_size(n, 4), -of_daily_size(n, 4)])
    b = np.concatenate([pairs[:, 1], rng.normal(0, 9, n), rng.normal(0, 9, n), rng.integers(-9, 9, n)])
    assert_same_bits(side_by_side(arithmetic.power, a, b), one_by_one(arithmetic.power, a, b))


def c_power(a: float, b: float) -> float:
    """Call the C library's pow, with the answers C gives where Python raises."""
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0.0 and math.fmod(b, 2.0) != 0.0 else math.inf
    except ValueError:
        if a != 0.0:
            return math.nan
        return math.copysign(math.inf, a) if abs(math.fmod(b, 2.0)) == 1.0 else math.inf


def c_exp(x: float) -> float:
    return math.exp(x) if x < 709.785 or x != x else math.inf


def c_log(x: float) -> float:
    return math.log(x) if x > 0.0 or math.isnan(x) else -math.inf if x == 0.0 else math.nan


def is_near(ours: float, theirs: float, ulps: float) -> bool:
    if not math.isfinite(theirs) or theirs == 0.0:
        same_sign = math.isnan(theirs) or math.copysign(1.0, ours) == math.copysign(1.0, theirs)
        return same_sign and (ours == theirs or (math.isnan(ours) and math.isnan(theirs)))
    return abs(ours - theirs) <= ulps * math.ulp(theirs)


@pytest.mark.parametrize("a", SPECIAL)
def test_power_of_a_special_number_is_what_c_says(a: float) -> None:
    for b in SPECIAL:
        theirs = c_power(a, b)
        slack = 0.02 * abs(c_log(abs(theirs))) if 0.0 < abs(theirs) < math.inf else 0.0
        assert is_near(arithmetic.power(a, b), theirs, 1.0 + slack), b


@pytest.mark.parametrize("x", SPECIAL)
def test_exp_and_ln_of_a_special_number_are_what_c_says(x: float) -> None:
    assert is_near(arithmetic.exp(x), c_exp(x), 1.0)
    assert is_near(arithmetic.ln(x), c_log(x), 1.0)


def test_exp_and_ln_are_those_of_the_c_library_but_for_the_last_bit() -> None:
    for x in np.random.default_rng(7).uniform(-708.0, 709.0, 50_000).tolist():
        assert is_near(arithmetic.exp(x), math.exp(x), 1.0)
    for x in (*of_daily_size(50_000, 8).tolist(), *np.abs(of_any_size(50_000, 9)).tolist()):
        assert is_near(arithmetic.ln(x), c_log(x), 1.0)


def test_power_is_that_of_the_c_library_but_for_the_last_bits() -> None:
    """Beyond the last bit it loses one more where the result is beyond e**±50."""
    rng = np.random.default_rng(10)
    for a, b in zip(of_daily_size(100_000, 11).tolist(), rng.normal(0, 20, 100_000).tolist(), strict=True):
        theirs = c_power(a, b)
        if 1e-300 < theirs < math.inf:
            assert is_near(arithmetic.power(a, b), theirs, 1.0 + 0.02 * abs(math.log(theirs)))


@pytest.mark.parametrize("base", range(2, 40))
def test_a_whole_power_that_a_number_can_hold_is_exact(base: int) -> None:
    for exponent in range(60):
        if base**exponent < 2**53:
            assert arithmetic.power(float(base), float(exponent)) == base**exponent
            assert arithmetic.power(-float(base), float(exponent)) == (-base) ** exponent


def test_the_first_power_is_the_number_itself() -> None:
    for a in of_daily_size(20_000, 12).tolist():
        assert arithmetic.power(a, 1.0) == a


@pytest.mark.parametrize(
    ("triple", "cpu", "features", "lanes", "model"),
    [
        ("x86_64-unknown-linux-gnu", "x86-64-v2", "", 4, "county"),  # neither AVX nor FMA
        ("x86_64-pc-windows-msvc", "haswell", "", 4, "trends"),
        ("aarch64-unknown-linux-gnu", "generic", "+neon", 4, "trends"),
        ("arm64-apple-macosx13.0", "apple-m1", "", 4, "trends"),
    ],
)
def test_no_processor_gets_operations_that_are_contracted(
    triple: str, cpu: str, features: str, lanes: int, model: str, county: Model, tiny: dict[str, Model]
) -> None:
    """A product and a sum in one instruction would be rounded once: other bits than anywhere else."""
    chosen = {**tiny, "county": county}[model]
    processor, program = Processor(triple, cpu, features, lanes), program_of(chosen.graph)
    text = assembly_of(program, processor)
    assert len(code_of(program, processor).object) > (100_000 if model == "county" else 1_000)
    assert len(march_of(processor)) > 1_000
    for code in (text, text[text.index("march:") :]):
        assert len(re.findall(r"\b(?:mulpd|vmulpd|fmul)", code)) > 2
        assert not re.findall(CONTRACTED, code)


@pytest.mark.parametrize("contracted", ["vfmadd231pd", "vfnmadd213sd", "fmla", "fmls", "fmadd", "fnmsub"])
def test_a_contracted_operation_would_be_seen(contracted: str) -> None:
    assert re.findall(CONTRACTED, f"\t{contracted}\tv0.2d, v1.2d, v2.2d")
