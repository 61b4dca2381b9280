"""Run the generated equations as machine code, members side by side in blocks, blocks on all cores.

One compilation serves every constant, lever, date and choice of what to keep: those are data. It is
kept on disk; the first one says on standard error that it takes a moment.
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
from typing import Any

import numpy as np

from simcounty import cache
from simcounty.atomic import atomic_write
from simcounty.backends.job import STAGES, Floats, Inputs, Outcome
from simcounty.backends.program import Block, Program, function_text
from simcounty.model.graph import Graph

WIDTH = 64
"""Members in a block: wide enough for the processor's vectors, small enough for its caches."""

_HEADER = '''"""Generated from a model's equations by version {code} of the code. Safe to delete."""
from simcounty.backends.native import *


@stage
'''
_ELSEWHERE = ("start", "fixed", "rates")  # compiled by a second process while this one compiles the rest


@dataclass(frozen=True)
class Kernel:
    """The compiled stages of a program, in the order `march` takes them, and the layout they work in."""

    stages: tuple[Any, ...]
    block: Block


@dataclass(frozen=True)
class _Job:
    """What all blocks of a job hand to `march`, in its words."""

    block: Block
    grid: tuple[Any, ...]
    paths: tuple[Any, ...]
    fractions: Floats

    @classmethod
    def of(cls, kernel: Kernel, program: Program, inputs: Inputs) -> _Job:
        schedule, block = inputs.schedule, kernel.block
        columns = np.full(inputs.steps + 1, -1, np.int64)
        columns[list(inputs.saves)] = np.arange(len(inputs.saves))
        span = np.array([inputs.start, inputs.step, inputs.end])
        rows = np.array([p.row for p in inputs.paths], np.int64)
        ends = np.cumsum([0, *(len(p.times) for p in inputs.paths)], dtype=np.int64)
        return cls(
            block=block,
            grid=(
                *(block.width, _layout(program, block), span, inputs.steps),
                *(columns, _rows(program, block, inputs.keep), schedule.moves),
            ),
            paths=(schedule.low, schedule.weight, schedule.on, rows, ends),
            fractions=np.array(STAGES[inputs.integrator]),
        )


def integrate(program: Program, graph: Graph, inputs: Inputs, cores: int | None = None) -> Outcome:
    """Integrate all members; failed ones are flagged and hold nan from where they failed.

    `cores` is how many blocks run at once; the result does not depend on it.
    """
    from simcounty.backends import kernel as loops

    kernel = kernel_of(program)
    job, width = _Job.of(kernel, program, inputs), kernel.block.width
    march: Any = loops.march  # a dispatcher of numba, called with numbers
    values = np.full((len(inputs.keep), len(inputs.saves), inputs.members), np.nan)
    failed = np.zeros(inputs.members, bool)

    def run(first: int) -> None:
        members = slice(first, min(first + width, inputs.members))
        w, points = _filled_block(job, inputs, members)
        kept = np.empty((len(inputs.keep), len(inputs.saves), width))
        dead = np.zeros(width, bool)
        paths = (*job.paths, points)
        march(*kernel.stages, w, *job.grid, paths, kept, dead, job.fractions)
        values[:, :, members] = kept[:, :, : members.stop - first]
        failed[members] = dead[: members.stop - first]

    with ThreadPoolExecutor(cores or os.cpu_count() or 1) as pool:
        list(pool.map(run, range(0, inputs.members, width)))
    return Outcome(values, failed, "compiled")


def _filled_block(job: _Job, inputs: Inputs, members: slice) -> tuple[Floats, Floats]:
    """Return the working array with a block's constants, and the points of its paths.

    What is left of the block repeats its last member.
    """
    width = job.block.width
    w = _aligned(job.block.rows * width)
    constants = inputs.constants[:, members]
    w[: constants.shape[0] * width] = _filled(constants, width).ravel()
    paths = [p.values if p.values.shape[1] == 1 else p.values[:, members] for p in inputs.paths]
    return w, np.concatenate([np.empty((0, width)), *(_filled(path, width) for path in paths)])


def _aligned(size: int) -> Floats:
    """Return zeros that begin at a line of the processor's cache, which no vector then lies across."""
    line = 8
    w = np.zeros(size + line)
    first = -(w.ctypes.data // w.itemsize) % line
    return w[first : first + size]


def _filled(columns: Floats, width: int) -> Floats:
    """Repeat the last column until there are `width` of them."""
    return columns[:, np.minimum(np.arange(width), columns.shape[1] - 1)]


def _layout(program: Program, block: Block) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    first = block.first
    counts = (len(program.states), program.stocks, program.samples, program.delays)
    return np.array([first["y"], first["out"], first["bad"], first["lag"], *counts], np.int64)


def _rows(
    program: Program, block: Block, keep: tuple[str, ...]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    rows = {key: block.first["p"] + i for i, key in enumerate(program.constants)}
    rows |= {key: block.first["y"] + i for i, key in enumerate(program.states)}
    rows |= {key: block.first["values"] + i for i, key in enumerate(program.auxiliaries)}
    return np.array([rows[key] for key in keep], np.int64)


@lru_cache(maxsize=16)
def kernel_of(program: Program) -> Kernel:
    """Compile a program, or load what was compiled before: models with the same equations share it."""
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
    """Fill the cache: a process compiles one function at a time, and two processes share the cache."""
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
    """Import a generated module under a name by which numba finds it again, and return its function."""
    path = Path(file)
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[path.stem] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, path.stem.rpartition("_")[2])
