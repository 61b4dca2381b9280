"""Find where equations bend with time: what an integrator of a higher order must not step across."""

from __future__ import annotations

import numpy as np

from simcounty.backends.flatten import program_of
from simcounty.backends.interpreted import Member
from simcounty.backends.job import Inputs
from simcounty.model.graph import Graph


def corners_of(graph: Graph, inputs: Inputs) -> tuple[float, ...]:
    """Return the instants at which a lookup, MIN, MAX, RAMP or condition of time bends, for the first member.

    They are the zeros of differences that depend on time and constants alone, found between steps and
    taken as straight there. STEP and PULSE change with the steps of the file and have none.
    """
    member = Member(program_of(graph), inputs, 0)
    times = inputs.start + np.arange(inputs.steps + 1) * inputs.step
    rows = []
    for t in times.tolist():
        member.set_clock(t, t)
        member.run("bends")
        rows.append(list(member.arrays["bend"]))
    found = np.array(rows).reshape(len(times), -1)
    before, after = found[:-1], found[1:]
    crossing = before * after < 0.0
    part = before[crossing] / (before[crossing] - after[crossing])
    begins = np.broadcast_to(times[:-1, None], before.shape)[crossing]
    return tuple(np.unique(begins + part * inputs.step).tolist())
