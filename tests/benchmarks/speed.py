"""How fast simcounty is, as ratios against its peers in one run: `python tests/benchmarks/speed.py`.

Every peer reads the same models/county.mdl. Exits 1 where a ratio that must hold does not. Run it on a
machine that does nothing else; absolute times are not results.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from emitted_c import seconds_per_member
from peers import Line, best, ensemble, pysd_seconds, pysimlin_seconds

import simcounty as sc
from simcounty.backends import Inputs, compiled, interpreted, program_of
from simcounty.catalog import MODEL, find

MEMBERS = 6400
KEPT = 30
SIMCOUNTY = str(Path(sys.executable).with_name("simcounty"))


def one(inputs: Inputs) -> Inputs:
    return Inputs(inputs.constants[:, :1], inputs.start, inputs.end, inputs.step, inputs.saves, inputs.keep)


def compile_seconds() -> tuple[float, float]:
    """Return how long the first compilation takes in a fresh cache, and loading it again."""
    code = (
        "import time; from simcounty import load_model; from simcounty.catalog import MODEL, find;"
        "from simcounty.backends import program_of, compiled, native;"
        "m = load_model(find(MODEL, 'county')); p = program_of(m.graph); t = time.perf_counter();"
        "compiled.kernel_of(p); print(time.perf_counter() - t)"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SIMCOUNTY_CACHE": folder, "NUMBA_CACHE_DIR": folder}
        runs = [
            subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
            for _ in range(2)
        ]
    first, again = (float(run.stdout) for run in runs)
    return first, again


def command_seconds(*arguments: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [SIMCOUNTY, *arguments]
        return best(lambda: subprocess.run(command, cwd=folder, capture_output=True, check=True), 5)


def compared() -> list[Line]:
    """Measure one member of an ensemble, and one run in plain Python, against the peers."""
    path = find(MODEL, "county")
    model = sc.load_model(path)
    program, inputs = program_of(model.graph), ensemble(model, MEMBERS, KEPT)
    compiled.integrate(program, model.graph, inputs, cores=1)
    member = best(lambda: compiled.integrate(program, model.graph, inputs, cores=1), 5) / MEMBERS
    plain = best(lambda: interpreted.integrate(program, model.graph, one(inputs)), 5)
    simlin, pysd = pysimlin_seconds(path), pysd_seconds(path, "gdp")
    in_c = min(seconds_per_member(program, inputs, width) for width in (8, 64))
    return [
        Line("ensemble, per member and core", member, "one pysimlin run", simlin, 1 / 18),
        Line("ensemble, per member and core", member, "one PySD run", pysd, 1 / 45_000),
        Line("ensemble, per member and core", member, "C, gcc -O3 -march=native", in_c, 1.0),
        Line("one run in plain Python, after loading", plain, "one pysimlin run", simlin, 10.0),
    ]


def main() -> int:
    lines = compared()
    first, again = compile_seconds()
    lines += [
        Line("first compilation of the county model", first, "25 s", 25.0, 1.0),
        Line("compiled equations, loaded again", again, "0.5 s", 0.5, 1.0),
        Line("simcounty --help", command_seconds("--help"), "0.4 s", 0.4, 1.0),
        Line("simcounty run, to the verdict", verdict_seconds(), "2 s", 2.0, 1.0),
    ]
    print(f"{MEMBERS} members, {KEPT} variables kept yearly, every constant varied, one core")
    print("\n".join(map(str, lines)))
    return int(not all(line.holds for line in lines))


def verdict_seconds() -> float:
    """Return the time from the start of the process to its first line of verdict."""

    def to_first_line() -> float:
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            command = [SIMCOUNTY, "run", "tonglu/plan-2027"]
            process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            assert process.stdout is not None
            process.stdout.readline()
            took = time.perf_counter() - began
            process.stdout.read()
            process.wait()
            return took

    return min(to_first_line() for _ in range(3))


if __name__ == "__main__":
    sys.exit(main())
