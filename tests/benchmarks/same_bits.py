"""Hold plain Python against machine code on every model of some folders: `same_bits.py FOLDER...`.

Each model that loads is run with both integrators, its constants around their values, kept whole; blocks of
1, 4 and 8 lanes are made. Ends with 1 where a bit differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from simcounty import load_model
from simcounty.backends import Inputs, compiled, interpreted, kernel
from simcounty.errors import SimcountyError
from simcounty.model import Model

MEMBERS, MOST_STEPS = 13, 400
SUFFIXES = {".mdl", ".xmile", ".stmx", ".xml"}


def models(folders: list[str]) -> Iterator[Model]:
    for file in sorted(file for folder in folders for file in Path(folder).rglob("*")):
        if file.suffix.lower() in SUFFIXES:
            try:
                yield load_model(file)
            except SimcountyError:
                continue


def inputs_of(model: Model, integrator: str) -> Inputs:
    clock, rng = model.graph.clock, np.random.default_rng(1)
    values = np.array([c.value for c in model.graph.constants]).reshape(-1, 1)
    constants = values * rng.uniform(0.7, 1.3, (len(values), MEMBERS))
    constants[:, :1] = values
    end = min(clock.end, clock.start + MOST_STEPS * clock.step)
    keep = tuple(key for key in model.graph.elements)
    whole = Inputs(constants, clock.start, end, clock.step, (), keep, (), integrator)
    return replace(whole, saves=tuple(range(0, whole.steps + 1, max(1, whole.steps // 20))))


def differing(model: Model, integrator: str) -> int:
    """Return how many numbers, or members that failed, differ between both backends."""
    inputs = inputs_of(model, integrator)
    slow, fast = interpreted.integrate(model.graph, inputs), compiled.integrate(model.graph, inputs)
    same = (slow.values == fast.values) | (np.isnan(slow.values) & np.isnan(fast.values))
    return int((~same).sum() + (slow.failed != fast.failed).sum())


def main(folders: list[str]) -> int:
    here, found, bad = kernel.Processor.here(), 0, 0
    for model in models(folders):
        found += 1
        for lanes in (1, 4, 8):
            kernel.Processor.here = lambda lanes=lanes: replace(here, lanes=lanes)  # type: ignore[method-assign]
            for integrator in ("euler", "rk4"):
                if wrong := differing(model, integrator):
                    bad += 1
                    print(f"{model.path}: {integrator}, {lanes} lanes: {wrong} differ")
    print(f"{found} models, {bad} runs with a bit that differs")
    return 1 if bad or not found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
