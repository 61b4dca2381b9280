"""How fast simcounty is, as ratios against its peers in one run: `python tests/benchmarks/speed.py`.

Every peer reads the same models/county.mdl. Exits 1 where a ratio that must hold does not. Run it on a
machine that does nothing else; absolute times are not results.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from emitted_c import seconds_per_member
from peers import Line, best, ensemble, pysd_seconds, pysimlin_seconds

import simcounty as sc
from simcounty.backends import Inputs, compiled, interpreted
from simcounty.backends.flatten import program_of
from simcounty.catalog import MODEL, find

MEMBERS = 6400
KEPT = 30
SIMCOUNTY = str(Path(sys.executable).with_name("simcounty"))


def one(inputs: Inputs) -> Inputs:
    return Inputs(inputs.constants[:, :1], inputs.start, inputs.end, inputs.step, inputs.saves, inputs.keep)


FIRST = """
import sys
from simcounty import load_model, simulate, vary
model = load_model(sys.argv[1])
some = [c for c in model.graph.constants if c.value > 0][:20]
simulate(vary(model, {c.key: (c.value, 1.01 * c.value) for c in some}, n=1000))
"""
"""From nothing to an ensemble of 1,000: the model read, compiled and run."""


def first_seconds() -> tuple[float, float, float]:
    """Return the CPU of all processes with an empty cache; the clock for an edited model, and again."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SIMCOUNTY_CACHE": f"{folder}/cache"}
        edited = Path(folder, "edited.mdl")
        text = find(MODEL, "county").read_text("utf-8")
        edited.write_text(text.replace("FINAL TIME", "one more = 1 ~ Dmnl ~ |\n\nFINAL TIME", 1), "utf-8")

        def took(model: Path) -> tuple[float, float]:
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            command = [sys.executable, "-c", FIRST, str(model)]
            subprocess.run(command, env=environment, check=True, cwd=folder)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            return cpu, time.perf_counter() - began

        return took(find(MODEL, "county"))[0], took(edited)[1], took(edited)[1]


def command_seconds(*arguments: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [SIMCOUNTY, *arguments]
        return best(lambda: subprocess.run(command, cwd=folder, capture_output=True, check=True), 5)


def compared() -> list[Line]:
    """Measure one member of an ensemble, and one run in plain Python, against the peers."""
    path = find(MODEL, "county")
    model = sc.load_model(path)
    inputs = ensemble(model, MEMBERS, KEPT)
    compiled.integrate(model.graph, inputs, cores=1)
    member = best(lambda: compiled.integrate(model.graph, inputs, cores=1), 5) / MEMBERS
    plain = best(lambda: interpreted.integrate(model.graph, one(inputs)), 5)
    simlin, pysd = pysimlin_seconds(path), pysd_seconds(path, "gdp")
    in_c = min(seconds_per_member(program_of(model.graph), inputs, width) for width in (4, 8))
    return [
        Line("ensemble, per member and core", member, "one pysimlin run", simlin, 1 / 100),
        Line("ensemble, per member and core", member, "one PySD run", pysd, 1 / 45_000),
        Line("ensemble, per member and core", member, "C++, vectors, g++ -O3", in_c, 1.1),
        Line("one run in plain Python, after loading", plain, "one pysimlin run", simlin, 10.0),
    ]


def main() -> int:
    lines = compared()
    first, edited, again = first_seconds()
    lines += [
        Line("empty cache to an ensemble of 1,000, CPU", first, "4 s", 4.0, 1.0),
        Line("edited model to an ensemble of 1,000, clock", edited, "4 s", 4.0, 1.0),
        Line("the same again", again, "1 s", 1.0, 1.0),
        Line("simcounty --help", command_seconds("--help"), "0.3 s", 0.3, 1.0),
        Line("simcounty run, to the verdict", verdict_seconds(), "1.2 s", 1.2, 1.0),
        Line("simcounty run, whole", command_seconds("run", "tonglu/plan-2027"), "4 s", 4.0, 1.0),
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
