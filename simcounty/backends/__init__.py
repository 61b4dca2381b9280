"""Integrate a model: the backends, and the rule that picks one.

    interpreted   the equations as plain Python; no warm-up; fixed step
    compiled      the same equations as machine code by LLVM, members side by side; fixed step
    adaptive      SciPy's solve_ivp on the same equations; adaptive step
    reference     PySD on the model file; the independent authority

`interpreted` and `compiled` give the same bits. "auto" takes the quicker of both, by costs that were
measured: `compiled` where the machine code is at hand or pays for its making. The outcome names which it was.
"""

from __future__ import annotations

import sys
from pathlib import Path

from simcounty.backends.job import STAGES, ConstantPath, Inputs, Outcome
from simcounty.errors import InputError, did_you_mean
from simcounty.model.graph import Graph

__all__ = [
    "BACKENDS",
    "INTEGRATORS",
    "ConstantPath",
    "Inputs",
    "Outcome",
    "integrate",
    "is_worth_compiling",
]

LOADING = 0.12
"""Seconds that LLVM takes to load; where plain Python takes less, nothing is gained."""
COMPILING, PREPARING = 1.5e-3, 0.3e-3
"""Seconds an equation takes: to compile, and to write as Python."""
STEPPING, EVALUATING = 6e-6, 0.2e-6
"""Seconds Python takes for a step of a member, and for each equation in it."""

BACKENDS = ("interpreted", "compiled", "adaptive", "reference")
INTEGRATORS = tuple(STAGES)


def integrate(
    graph: Graph, path: Path, inputs: Inputs, backend: str = "auto", cores: int | None = None
) -> Outcome:
    """Run a graph on one backend; `cores` is how many the compiled one uses, by default all.

    Members that turn non-finite are flagged. Raises InputError for an unknown backend or one that cannot
    compute this model.
    """
    if backend == "auto":
        backend = _quicker(graph, inputs)
    if backend not in BACKENDS:
        known = ", ".join(("auto", *BACKENDS))
        raise InputError(f"backend {backend!r}: choose one of {known}.{did_you_mean(backend, BACKENDS)}")
    if backend == "interpreted":
        from simcounty.backends import interpreted

        return interpreted.integrate(graph, inputs)
    if backend == "compiled":
        from simcounty.backends import compiled

        return compiled.integrate(graph, inputs, cores)
    if backend == "adaptive":
        from simcounty.backends import scipy_backend

        return scipy_backend.integrate(graph, inputs)
    from simcounty.backends import pysd_backend

    return pysd_backend.integrate(graph, path, inputs)


def is_worth_compiling(graph: Graph, steps: int, members: int) -> bool:
    """Return whether so many runs of so many steps take longer in plain Python than compiling does.

    >>> is_worth_compiling(model.graph, 240, 1), is_worth_compiling(model.graph, 240, 1_000)
    (False, True)
    """
    return _interpreting(graph, steps * members) > LOADING + COMPILING * _equations(graph)


def _quicker(graph: Graph, inputs: Inputs) -> str:
    steps = inputs.steps * len(STAGES[inputs.integrator])
    if is_worth_compiling(graph, steps, inputs.members):
        return "compiled"
    loaded = "simcounty.backends.kernel" in sys.modules
    if loaded or _interpreting(graph, steps * inputs.members) > LOADING:
        from simcounty.backends.kernel import is_at_hand

        return "compiled" if is_at_hand(graph) else "interpreted"
    return "interpreted"


def _interpreting(graph: Graph, steps: int) -> float:
    """Return about how many seconds plain Python takes for so many steps of members."""
    equations = _equations(graph)
    return PREPARING * equations + steps * (STEPPING + EVALUATING * equations)


def _equations(graph: Graph) -> int:
    return len(graph.auxiliaries) + len(graph.states)
