"""Run the generated equations as machine code, members side by side in blocks, blocks on all cores.

One compilation serves every constant, lever, date and choice of what to keep: those are data. It is
cached on disk; the first one reports on standard error that it takes a moment.
"""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty import cache
from simcounty.atomic import atomic_write
from simcounty.backends.job import STAGES, Floats, Inputs, Outcome
from simcounty.backends.program import Block, Program, function_text
from simcounty.model import arithmetic
from simcounty.model.graph import Graph

if TYPE_CHECKING:
    from simcounty.backends.kernel import Grid

WIDTH = 64
"""Members in a block: wide enough for the processor's vectors, small enough for its caches."""

_NAMES = ", ".join(f.__name__ for f in (*arithmetic.NATIVE, *arithmetic.PORTABLE))
_HEADER = f'''"""Generated from a model's equations by version {{code}} of the code. Safe to delete."""
from simcounty.backends.native import FUNCTIONS, stage

{_NAMES} = FUNCTIONS.values()


@stage
'''
_ELSEWHERE = ("start", "fixed", "rates")  # compiled by a second process while this one compiles the rest


@dataclass(frozen=True)
class Kernel:
    """The compiled stages of a program, in the order `march` takes them, and the layout of their array."""

    stages: tuple[Any, ...]
    block: Block


def integrate(program: Program, graph: Graph, inputs: Inputs, cores: int | None = None) -> Outcome:
    """Integrate all members; failed ones are flagged and hold nan from where they failed.

    `cores` is how many blocks run at once; the result does not depend on it.
    """
    from simcounty.backends.kernel import Members, march

    kernel = kernel_of(program)
    grid, width = _grid(kernel.block, program, inputs), kernel.block.width
    run_block: Any = march  # a dispatcher of numba
    values, failed = inputs.empty_values(), np.zeros(inputs.members, bool)

    def run(first: int) -> None:
        columns = slice(first, min(first + width, inputs.members))
        kept = np.empty((len(inputs.keep), len(inputs.saves), width))
        members = Members(*_block_inputs(kernel.block, inputs, columns), kept, np.zeros(width, bool))
        run_block(*kernel.stages, grid, members)
        values[:, :, columns] = kept[:, :, : columns.stop - first]
        failed[columns] = members.failed[: columns.stop - first]

    with ThreadPoolExecutor(cores or os.cpu_count() or 1) as pool:
        list(pool.map(run, range(0, inputs.members, width)))
    return Outcome(values, failed, "compiled")


def _grid(block: Block, program: Program, inputs: Inputs) -> Grid:
    """Return what all blocks of a job share."""
    from simcounty.backends.kernel import Grid, Layout

    first = block.first
    counts = (len(program.states), program.stocks, program.samples, program.delays)
    columns = np.full(inputs.steps + 1, -1, np.int64)
    columns[list(inputs.saves)] = np.arange(len(inputs.saves))
    return Grid(
        layout=Layout(first["y"], first["out"], first["bad"], first["lag"], *counts),
        schedule=inputs.schedule,
        moving=block.first["p"] + np.array([path.row for path in inputs.paths], np.int64),
        ends=np.cumsum([0, *(len(path.times) for path in inputs.paths)], dtype=np.int64),
        width=block.width,
        steps=inputs.steps,
        first=float(inputs.start),
        step=float(inputs.step),
        last=float(inputs.end),
        fractions=np.array(STAGES[inputs.integrator]),
        columns=columns,
        keep=np.array(block.rows(program, inputs.keep), np.int64),
    )


def _block_inputs(block: Block, inputs: Inputs, members: slice) -> tuple[Floats, Floats]:
    """Return the working array with a block's constants, and the points of its paths.

    Places beyond the last member of a block repeat it.
    """
    width = block.width
    w = _aligned(block.size)
    constants = inputs.constants[:, members]
    w[: constants.shape[0] * width] = _filled(constants, width).ravel()
    paths = [p.values if p.values.shape[1] == 1 else p.values[:, members] for p in inputs.paths]
    return w, np.concatenate([np.empty((0, width)), *(_filled(path, width) for path in paths)])


def _aligned(size: int) -> Floats:
    """Return zeros that begin at a line of the processor's cache, so that no vector is split between two."""
    line = 8
    w = np.zeros(size + line)
    first = -(w.ctypes.data // w.itemsize) % line
    return w[first : first + size]


def _filled(columns: Floats, width: int) -> Floats:
    """Repeat the last column until there are `width` of them."""
    return columns[:, np.minimum(np.arange(width), columns.shape[1] - 1)]


@lru_cache(maxsize=16)
def kernel_of(program: Program) -> Kernel:
    """Compile a program, or load it from the cache; models with the same equations share it."""
    block = Block.of(program, WIDTH)
    header = _HEADER.format(code=cache.fingerprint("simcounty.backends", "simcounty.model"))
    texts = {stage.name: header + function_text(stage, block) for stage in program.stages}
    files = {stage: cache.folder() / f"equations_{_hash(text)}_{stage}.py" for stage, text in texts.items()}
    stale = [stage for stage, file in files.items() if not file.is_file()]
    for stage in stale:
        with atomic_write(files[stage]) as part:
            part.write_bytes(texts[stage].encode())
    if stale:
        _compile_on_two_cores(files)
    return Kernel(tuple(load_stage(files[stage]) for stage in texts), block)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _compile_on_two_cores(files: dict[str, Path]) -> None:
    """Fill the cache by two processes that share it: each compiles one function at a time."""
    logging.getLogger("simcounty").warning(
        "compiling the equations for many members: once for this model, less than a minute …"
    )
    code = "import sys; from simcounty.backends.compiled import load_stage; [*map(load_stage, sys.argv[1:])]"
    elsewhere = [str(files[stage]) for stage in _ELSEWHERE]
    helper = subprocess.Popen([sys.executable, "-c", code, *elsewhere], stderr=subprocess.DEVNULL)
    for stage in files.keys() - set(_ELSEWHERE):
        load_stage(files[stage])
    import_module("simcounty.backends.kernel")
    helper.wait()  # should it have failed, loading its stages compiles them here


def load_stage(file: str | Path) -> Any:
    """Import a generated module under a name by which numba finds it again; return its function."""
    path = Path(file)
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[path.stem] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, path.stem.rpartition("_")[2])
