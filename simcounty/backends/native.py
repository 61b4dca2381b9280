"""Vensim's arithmetic in machine code: the functions that generated text calls when it is compiled.

No fast-math, no vector math library, no NumPy function whose values differ: exp, ln and power are the
portable ones, sines and their kin are those of the C library, which plain Python calls too. So both
backends give the same bits.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from importlib import import_module
from types import FunctionType
from typing import Any

os.environ.setdefault("NUMBA_DISABLE_INTEL_SVML", "1")

import numba
import numpy as np

from simcounty.model import arithmetic

_FEATURES = import_module("numba.core.codegen").get_host_cpu_features()
if "+avx512f" in _FEATURES:  # LLVM by default uses vectors of half its width
    vars(numba.config)["CPU_FEATURES"] = f"{_FEATURES},-prefer-256-bit"

OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}

STAGE = numba.void(*[numba.float64] * 5, numba.float64[::1])
"""The signature of a stage for a block: the clock, and the working array."""

stage = numba.njit(STAGE, cache=True, **OPTIONS)

_inlined: Any = numba.njit(forceinline=True, **OPTIONS)

_ROUNDER = arithmetic.ROUNDER
_ROUNDER_BITS, _LOWEST_BITS, _ONE_BITS = (
    int(np.float64(x).view(np.int64)) for x in (_ROUNDER, arithmetic.LOWEST_MANTISSA, 1.0)
)
_NORMAL, _LIFT = 2.0**-1022, 54.0


_bits: Any = _inlined(lambda x: np.float64(x).view(np.int64))
_from_bits: Any = _inlined(lambda bits: np.int64(bits).view(np.float64))
_two_to: Any = _inlined(lambda k: _from_bits((_bits(k + _ROUNDER) << 52) + _ONE_BITS))


def _mantissa_exponent(x: Any) -> Any:
    tiny = x < _NORMAL
    bits = _bits(x * 2.0**_LIFT if tiny else x)
    k = (bits - _LOWEST_BITS) >> 52
    exponent = _from_bits(k + _ROUNDER_BITS) - _ROUNDER
    return _from_bits(bits - (k << 52)), (exponent - _LIFT if tiny else exponent)


def _scaled(m: Any, k: Any) -> Any:
    half = (0.5 * k + _ROUNDER) - _ROUNDER
    return m * _two_to(half) * _two_to(k - half)


_OWN: dict[str, Callable[..., Any]] = {
    "div": lambda a, b: a / b,
    "sqrt": lambda x: math.sqrt(x),
    "sin": lambda x: math.sin(x),
    "cos": lambda x: math.cos(x),
    "tan": lambda x: math.tan(x),
    "arcsin": lambda x: math.asin(x),
    "arccos": lambda x: math.acos(x),
    "arctan": lambda x: math.atan(x),
    "sinh": lambda x: math.sinh(x),
    "cosh": lambda x: math.cosh(x),
    "tanh": lambda x: math.tanh(x),
    "integer": lambda x: np.trunc(x),
    "mantissa_exponent": _mantissa_exponent,
    "scaled": _scaled,
    "is_negative": lambda x: _bits(x) < 0,
}


def _functions() -> dict[str, Any]:
    """Return the native operations, and the portable functions bound to them, ready to be compiled."""
    functions = {f.__name__: _inlined(_OWN[f.__name__]) for f in arithmetic.NATIVE}
    names: dict[str, Any] = {"__name__": __name__, **arithmetic.NUMBERS, **functions}
    for function in arithmetic.PORTABLE:
        rebound = FunctionType(function.__code__, names, function.__name__)
        functions[function.__name__] = names[function.__name__] = _inlined(rebound)
    return functions


FUNCTIONS = _functions()
"""Every function that generated text may call, by name; each is compiled when it is first needed."""
