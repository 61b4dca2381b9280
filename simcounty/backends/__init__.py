"""Integrate a model: the backends, and the rule that picks one.

    interpreted   the generated equations as plain Python; no warm-up; fixed step
    compiled      the same equations compiled by numba, members side by side; fixed step
    adaptive      SciPy's solve_ivp on the same equations; adaptive step
    reference     PySD on the model file; the independent authority

`interpreted` and `compiled` give the same bits. "auto" takes `interpreted` for up to `FEW` members and
`compiled` beyond; the outcome names the one that was taken.
"""

from __future__ import annotations

from pathlib import Path

from simcounty.backends.codegen import generate
from simcounty.backends.job import ConstantPath, Inputs, Outcome
from simcounty.backends.program import Program
from simcounty.errors import InputError, did_you_mean
from simcounty.model.graph import Graph

__all__ = ["BACKENDS", "FEW", "INTEGRATORS", "ConstantPath", "Inputs", "Outcome", "integrate", "program_of"]

FEW = 24
"""Members up to which plain Python is quicker than loading the compiled equations."""

BACKENDS = ("interpreted", "compiled", "adaptive", "reference")
INTEGRATORS = ("euler", "rk4")

_programs: dict[str, Program] = {}


def program_of(graph: Graph) -> Program:
    """Return the generated equations of a graph; graphs that differ only in constants share them."""
    if graph.hash not in _programs:
        _programs[graph.hash] = generate(graph)
    return _programs[graph.hash]


def integrate(
    graph: Graph, path: Path, inputs: Inputs, backend: str = "auto", cores: int | None = None
) -> Outcome:
    """Run a graph on one backend; `cores` is how many the compiled one uses, by default all.

    Raises InputError for an unknown backend or one that cannot compute this model, and RunError where
    a single member turns non-finite.
    """
    if backend == "auto":
        backend = "interpreted" if inputs.members <= FEW else "compiled"
    if backend not in BACKENDS:
        known = ", ".join(("auto", *BACKENDS))
        raise InputError(f"backend {backend!r}: choose one of {known}.{did_you_mean(backend, BACKENDS)}")
    program = program_of(graph)
    if backend == "interpreted":
        from simcounty.backends import interpreted

        return interpreted.integrate(program, graph, inputs)
    if backend == "compiled":
        from simcounty.backends import compiled

        return compiled.integrate(program, graph, inputs, cores)
    if backend == "adaptive":
        from simcounty.backends import scipy_backend

        return scipy_backend.integrate(program, graph, inputs)
    from simcounty.backends import pysd_backend

    return pysd_backend.integrate(graph, path, inputs)
