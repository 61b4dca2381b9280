"""Vensim's arithmetic in machine code: the names that generated text calls when it is compiled.

No fast-math, no vector math library, no NumPy functions whose values differ: exp, log and pow are those
of the C library, which plain Python calls too, so that both backends give the same bits.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from types import FunctionType
from typing import Any

os.environ.setdefault("NUMBA_DISABLE_INTEL_SVML", "1")

import numba
import numpy as np

from simcounty.model import arithmetic

OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}

_OWN: dict[str, Callable[..., Any]] = {
    "div": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "exp": lambda x: math.exp(x),
    "ln": lambda x: math.log(x),
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
}


def _compiled() -> dict[str, Any]:
    """Compile the native operations, then the portable functions on top of them."""
    names: dict[str, Any] = {"SMALL": arithmetic.SMALL}
    names["__name__"] = __name__  # the module in which numba's cache finds what it loads again
    names |= {f.__name__: numba.njit(**OPTIONS)(_OWN[f.__name__]) for f in arithmetic.NATIVE}
    for function in arithmetic.PORTABLE:
        rebound = FunctionType(function.__code__, names, function.__name__)
        names[function.__name__] = numba.njit(**OPTIONS)(rebound)
    return names


globals().update(_compiled())  # every function that generated text may call, compiled when first needed

STAGE = numba.void(*[numba.float64] * 5, numba.float64[::1])
"""A stage for a block: the clock, and the one array it works in."""

stage = numba.njit(STAGE, cache=True, **OPTIONS)
