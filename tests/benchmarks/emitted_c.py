"""The generated equations as C, compiled by gcc: what the compiled backend is measured against."""

from __future__ import annotations

import ctypes
import re
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from simcounty.backends.job import Inputs
from simcounty.backends.program import Block, Load, Program, Stage, Store

_PRELUDE = """
#include <math.h>
#define F static inline double
F div_(double a, double b) { return a / b; }
F power(double a, double b) { return pow(a, b); }
F ln(double x) { return log(x); }
F integer(double x) { return trunc(x); }
F square(double x) { return x * x; }
F inverse(double x) { return 1.0 / x; }
F minimum(double a, double b) { return (a < b) | (a != a) ? a : b; }
F maximum(double a, double b) { return (a > b) | (a != a) ? a : b; }
F select_(int c, double a, double b) { return c ? a : b; }
F zidz(double a, double b) { return fabs(b) < 1e-6 ? 0.0 : a / b; }
F xidz(double a, double b, double x) { return fabs(b) < 1e-6 ? x : a / b; }
F rise(double x, double w, double s) { return s * minimum(maximum(x, 0.0), w); }
F step(double h, double at, double t, double dt) { return t + 0.5 * dt > at ? h : 0.0; }
"""

_RUN = """
void run(double *w, long stocks, long y, long out, long steps, double first, double dt, double last,
         long every, const long *keep, long kept, double *result) {{
    const long B = {width};
    start(first, first, dt, first, last, w);
    fixed(first, first, dt, first, last, w);
    for (long k = 0; k <= steps; k++) {{
        double t = first + k * dt;
        if (k % every == 0) {{
            record(t, t, dt, first, last, w);
            for (long i = 0; i < kept; i++)
                for (long m = 0; m < B; m++) *result++ = w[keep[i] * B + m];
        }}
        rates(t, t, dt, first, last, w);
        for (long i = 0; i < stocks * B; i++) w[y * B + i] += dt * w[out * B + i];
    }}
}}
"""


def _text(text: str) -> str:
    """Write a generated expression in C's words."""
    text = re.sub(r"\(1\.0 if (.*) else 0\.0\)", r"(\1 ? 1.0 : 0.0)", text)
    return re.sub(r"\b(div|select)\(", r"\1_(", text).replace("abs(", "fabs(").replace("not ", "!")


def _function(stage: Stage, block: Block) -> str:
    def place(array: str, row: int) -> str:
        return f"w[{(block.first[array] + row) * block.width} + m]"

    clock = "double t, double t_step, double dt, double t_first, double t_last"
    body = [f"static void {stage.name}({clock}, double *restrict w) {{"]
    body += [f"    const double {let.name} = {_text(let.text)};" for let in stage.once]
    body += [f"    for (long m = 0; m < {block.width}; m++) {{"]
    for line in stage.lines:
        if isinstance(line, Load):
            body.append(f"        const double {line.name} = {place(line.array, line.row)};")
        elif isinstance(line, Store):
            body.append(f"        {place(line.array, line.row)} = {_text(line.text)};")
        else:
            body.append(f"        const double {line.name} = {_text(line.text)};")
    return "\n".join([*body, "    }", "}", ""])


def seconds_per_member(program: Program, inputs: Inputs, width: int, repeats: int = 5) -> float:
    """Compile with `gcc -O3 -march=native`, integrate blocks of `width`, return the best time a member."""
    block = Block.of(program, width)
    source = _PRELUDE + "\n".join(_function(s, block) for s in program.stages) + _RUN.format(width=width)
    with tempfile.TemporaryDirectory() as folder:
        c, library = Path(folder, "equations.c"), Path(folder, "equations.so")
        c.write_text(source)
        command = [
            "gcc",
            "-O3",
            "-march=native",
            "-fno-math-errno",
            "-Wno-overflow",
            "-shared",
            "-fPIC",
            str(c),
            "-o",
            str(library),
            "-lm",
        ]
        subprocess.run(command, check=True)
        run = ctypes.CDLL(str(library)).run
    keep = np.array(block.rows(program, inputs.keep), np.int64)
    every = inputs.saves[1] - inputs.saves[0]
    result = np.empty(len(keep) * len(inputs.saves) * width)
    members = max(width, 256 // width * width)
    best = np.inf
    for _ in range(repeats):
        began = time.perf_counter()
        for first in range(0, members, width):
            w = np.zeros(block.size)
            w[: len(program.constants) * width] = np.repeat(inputs.constants[:, first : first + 1], width)
            run(
                w.ctypes.data_as(ctypes.c_void_p), ctypes.c_long(program.stocks),
                ctypes.c_long(block.first["y"]), ctypes.c_long(block.first["out"]),
                ctypes.c_long(inputs.steps), ctypes.c_double(inputs.start),
                ctypes.c_double(inputs.step), ctypes.c_double(inputs.end),
                ctypes.c_long(every), keep.ctypes.data_as(ctypes.c_void_p), ctypes.c_long(len(keep)),
                result.ctypes.data_as(ctypes.c_void_p),
            )  # fmt: skip
        best = min(best, (time.perf_counter() - began) / members)
    return float(best)
