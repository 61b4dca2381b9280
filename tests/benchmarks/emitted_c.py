"""The same operations as C++, compiled by g++: what the machine code is measured against.

The peer is written fairly: members in the same blocks of vectors, exp and ln in the same portable operations,
constants and clock computed as seldom, each stage one function for the compiler to order as it likes.
"""

from __future__ import annotations

import ctypes
import math
import subprocess
import tempfile
import time
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path

import numpy as np

from simcounty.backends.compiled import aligned
from simcounty.backends.job import Inputs
from simcounty.backends.operations import CONDITIONS, Operation
from simcounty.backends.program import Program, Stage
from simcounty.model import arithmetic

_PRELUDE = """
#include <cmath>
typedef double V __attribute__((vector_size({bytes})));
typedef long long M __attribute__((vector_size({bytes})));
#define F static inline __attribute__((always_inline))
const double ROUNDER = {rounder};
const long long ROUNDER_BITS = {rounder_bits}, LOWEST = {lowest_bits}, ONE = {one_bits};
F V all(double x) {{ return x - (V){{}}; }}
F V two_to(V k) {{ return (V)(((M)(k + ROUNDER) << 52) + ONE); }}
F V scaled(V m, V k) {{ V h = (.5 * k + ROUNDER) - ROUNDER; return (m * two_to(h)) * two_to(k - h); }}
F M lifted(V x, M tiny) {{ return (M)(tiny ? x * 0x1p54 : x); }}
F V mantissa(V x) {{ M b = lifted(x, x < 0x1p-1022); return (V)(b - ((b - LOWEST) & ~((1LL << 52) - 1))); }}
F V exponent(V x) {{
    M tiny = x < 0x1p-1022;
    typedef unsigned long long U __attribute__((vector_size({bytes})));
    M k = (M)((U)(lifted(x, tiny) + (1024LL << 52) - LOWEST) >> 52);
    V found = (V)(k + ROUNDER_BITS) - (ROUNDER + 1024.);
    return tiny ? found - 54. : found;
}}
F V absolute(V x) {{ return (V)((M)x & 0x7fffffffffffffffLL); }}
F V root(V x) {{ V y; for (int m = 0; m < {width}; m++) y[m] = std::sqrt(x[m]); return y; }}
F V integer(V x) {{ V y; for (int m = 0; m < {width}; m++) y[m] = std::trunc(x[m]); return y; }}
"""

_RUN = """
extern "C" void run(double *w0, long stocks, long y, long out, long steps, double first, double dt,
                    double last, long every, const long *keep, long kept, double *result) {{
    V *w = (V *)w0;
    V c[{clock_rows}] = {{all(first), all(first), all(dt), all(first), all(last)}};
    start(w, c);
    fixed(w, c);
    for (long k = 0; k <= steps; k++) {{
        c[0] = c[1] = all(first + k * dt);
        clock_(w, c);
        if (k % every == 0) {{
            record(w, c);
            for (long i = 0; i < kept; i++) {{ *(V *)result = w[keep[i]]; result += {width}; }}
        }}
        rates(w, c);
        for (long i = 0; i < stocks; i++) w[y + i] += dt * w[out + i];
    }}
}}
"""

_TEXTS = {
    "add": "{0} + {1}", "subtract": "{0} - {1}", "multiply": "{0} * {1}", "div": "{0} / {1}",
    "negative": "-{0}", "less": "{0} < {1}", "less_equal": "{0} <= {1}", "greater": "{0} > {1}",
    "greater_equal": "{0} >= {1}", "equal": "{0} == {1}", "not_equal": "{0} != {1}",
    "and": "{0} & {1}", "or": "{0} | {1}", "opposite": "~{0}",
    "select": "{0} ? {1} : {2}", "smaller": "{0} < {1} ? {0} : {1}", "larger": "{0} > {1} ? {0} : {1}",
    "is_negative": "(M){0} < 0", "abs": "absolute({0})", "sqrt": "root({0})",
}  # fmt: skip

_ODD = {"nan": "NAN", "inf": "INFINITY", "-inf": "-INFINITY"}


def _text(item: Operation, first: Mapping[str, int]) -> str:
    name, *args = item
    if name == "number":
        value = args[0]
        if isinstance(value, bool):
            return f"(M)all({-int(value)}LL)"
        return f"all({value.hex() if math.isfinite(value) else _ODD[str(value)]})"
    if name == "load":
        return f"c[{args[1]}]" if args[0] == "c" else f"w[{first[args[0]] + args[1]}]"
    return _TEXTS.get(name, f"{name}({', '.join(f'{{{i}}}' for i in range(len(args)))})").format(
        *(f"x{arg}" for arg in args)
    )


def _function(name: str, stage: Stage, first: Mapping[str, int]) -> str:
    lines = [f"static __attribute__((noinline)) void {name}(V *__restrict w, V *__restrict c) {{"]
    for index, item in enumerate(stage.operations):
        kind = "M" if item[0] in CONDITIONS else "V"
        lines.append(f"    const {kind} x{index} = {_text(item, first)};")
    for store in stage.stores:
        place = f"c[{store.row}]" if store.array == "c" else f"w[{first[store.array] + store.row}]"
        lines.append(f"    {place} = x{store.index};")
    return "\n".join([*lines, "}", ""])


def _source(program: Program, width: int, first: Mapping[str, int]) -> str:
    bits = {
        f"{name}_bits": int(np.float64(value).view(np.int64))
        for name, value in (
            ("rounder", arithmetic.ROUNDER),
            ("lowest", arithmetic.LOWEST_MANTISSA),
            ("one", 1.0),
        )
    }
    stages = {"clock_" if name == "clock" else name: stage for name, stage in program.stages.items()}
    functions = [_function(name, stage, first) for name, stage in stages.items() if name != "bends"]
    prelude = _PRELUDE.format(bytes=8 * width, width=width, rounder=arithmetic.ROUNDER.hex(), **bits)
    return prelude + "\n".join(functions) + _RUN.format(width=width, clock_rows=program.clock_rows)


def seconds_per_member(program: Program, inputs: Inputs, width: int, repeats: int = 5) -> float:
    """Compile with `g++ -O3 -march=native`, integrate blocks of `width`, return the best time a member."""
    sizes = {array: size for array, size in program.sizes.items() if array not in ("c", "bend")}
    ends = list(accumulate(sizes.values(), initial=0))
    first, layout = dict(zip(sizes, ends, strict=False)), program.layout
    with tempfile.TemporaryDirectory() as folder:
        text, library = Path(folder, "equations.cpp"), Path(folder, "equations.so")
        text.write_text(_source(program, width, first))
        options = [
            "-O3",
            "-march=native",
            "-mprefer-vector-width=512",
            "-ffp-contract=off",
            "-fno-math-errno",
        ]
        subprocess.run(["g++", *options, "-shared", "-fPIC", str(text), "-o", str(library)], check=True)
        run = ctypes.CDLL(str(library)).run
    keep = np.array([first[array] + row for array, row in map(layout.places.get, inputs.keep)], np.int64)
    every = inputs.saves[1] - inputs.saves[0]
    result = aligned(len(keep) * len(inputs.saves) * width)
    members = max(width, 256 // width * width)
    best = np.inf
    w = aligned(ends[-1] * width)
    for _ in range(repeats):
        began = time.process_time()
        for start in range(0, members, width):
            w[: len(layout.constants) * width] = inputs.constants[:, start : start + width].ravel()
            run(
                w.ctypes.data_as(ctypes.c_void_p), ctypes.c_long(layout.stocks), ctypes.c_long(first["y"]),
                ctypes.c_long(first["out"]), ctypes.c_long(inputs.steps), ctypes.c_double(inputs.start),
                ctypes.c_double(inputs.step), ctypes.c_double(inputs.end), ctypes.c_long(every),
                keep.ctypes.data_as(ctypes.c_void_p), ctypes.c_long(len(keep)),
                result.ctypes.data_as(ctypes.c_void_p),
            )  # fmt: skip
        best = min(best, (time.process_time() - began) / members)
    return float(best)
