"""The machine code of a model: its pieces and the march, made by LLVM or taken from the cache.

The pieces serve every constant, lever, date and choice of what to keep: those are data. The cache holds them
as object code, for this processor and these versions; what is not read back whole is made anew.
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import llvmlite.binding as llvm
import numpy as np

from simcounty import cache
from simcounty.backends.job import Floats
from simcounty.model.graph import Graph

OPTIMISATION = 1  # of code generation; 0 is quicker to make and half as quick to run
_POINTER, _WHOLE, _REAL = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double
KINDS = {_POINTER: "ptr", _WHOLE: "i64", _REAL: "double"}

TABLES = ("start", "fixed", "moved", "clock", "rates", "record")
"""The lists of pieces that a march runs; `moved` is what of `fixed` changes with the constants that move."""


@dataclass(frozen=True)
class Processor:
    """What machine code is made for: an LLVM target, and how many lanes its vectors have."""

    triple: str
    cpu: str
    features: str
    lanes: int

    @classmethod
    def here(cls) -> Processor:
        try:
            host = llvm.get_host_cpu_features()
        except RuntimeError:  # LLVM does not know them everywhere; the name of the processor says enough
            host = llvm.FeatureMap()
        wide = bool(host.get("avx512f"))
        features = host.flatten() + (",-prefer-256-bit" if wide else "")
        return cls(llvm.get_process_triple(), llvm.get_host_cpu_name(), features, 8 if wide else 4)

    def machine(self) -> Any:
        _prepare_llvm()
        target = llvm.Target.from_triple(self.triple)
        options = {"opt": OPTIMISATION, "reloc": "pic", "codemodel": "jitdefault", "jit": True}
        return target.create_target_machine(cpu=self.cpu, features=self.features, **options)


class Job(ctypes.Structure):
    """What a march needs to know, and where it finds and leaves numbers.

    Rows are those of `w`. Arrays have the shapes of `Inputs` and `Schedule`; `stride` is how many members
    a row of an array has. `constants` are those of one member, and `varied` the rows in which others differ
    from it. `past` holds what came into the delays, by step.
    """

    _fields_: ClassVar[Sequence[tuple[str, Any]]] = (
        *((name, _POINTER) for name in ("constants", "points", "values", "failed", "w", "c", "past")),
        *((name, _POINTER) for name in ("varied", "varied_rows")),
        *((f"{name}_stride", _WHOLE) for name in ("varied", "points", "values")),
        *((name, _WHOLE) for name in ("blocks", "constant_count", "varied_count")),
        *((name, _WHOLE) for name in ("states", "stocks", "samples", "delays")),
        *((f"{name}_row", _WHOLE) for name in ("p", "y", "out", "bad", "lag", "scratch")),
        *((name, _POINTER) for name in ("starts", "lengths", "step_starts", "times", "of_step")),
        *(
            (name, _POINTER)
            for name in ("begins", "checks", "moves", "on", "low", "weight", "path_rows", "path_ends")
        ),
        *((name, _WHOLE) for name in ("steps", "stages", "paths", "kept", "saves")),
        *((name, _REAL) for name in ("step", "first", "last")),
        *((name, _POINTER) for name in ("columns", "keep")),
        *((f"{name}_pieces", _POINTER) for name in TABLES),
        *((f"{name}_count", _WHOLE) for name in TABLES),
    )


@dataclass(frozen=True)
class Footprint:
    """What a piece touches: earlier pieces it reads from, constants it reads, auxiliaries it writes."""

    needs: frozenset[int]
    constants: frozenset[int]
    auxiliaries: frozenset[int]

    def lists(self) -> list[list[int]]:
        return [sorted(each) for each in (self.needs, self.constants, self.auxiliaries)]


@dataclass(frozen=True)
class Code:
    """The machine code of a model before it is loaded, and what is known of its pieces.

    first: the first row of each array in `w`; rows: how many it has. clock_rows: the rows of `c` before those
    of the numbers that the code loads, given by their bits. pieces: the footprint of each piece by stage;
    piece i of stage s is the function `s_i`.
    """

    first: Mapping[str, int]
    rows: int
    clock_rows: int
    numbers: tuple[int, ...]
    pieces: Mapping[str, tuple[Footprint, ...]]
    object: bytes

    def content(self) -> bytes:
        """Return it as bytes: a line of JSON, and the object code."""
        pieces = {stage: [each.lists() for each in prints] for stage, prints in self.pieces.items()}
        head = {"first": dict(self.first), "rows": self.rows, "clock_rows": self.clock_rows}
        head |= {"numbers": self.numbers, "pieces": pieces}
        return json.dumps(head).encode() + b"\n" + self.object

    @classmethod
    def read(cls, content: bytes) -> Code:
        head, _, object_code = content.partition(b"\n")
        found = json.loads(head)
        pieces = {
            stage: tuple(Footprint(*map(frozenset, lists)) for lists in prints)
            for stage, prints in found.pop("pieces").items()
        }
        numbers = tuple(found.pop("numbers"))
        return cls(**found, numbers=numbers, pieces=pieces, object=object_code)

    def clock(self) -> Floats:
        """Return a new array `c`: its numbers, and zeros for the rest."""
        return np.concatenate([np.zeros(self.clock_rows), np.array(self.numbers, np.int64).view(np.float64)])


def closed(needs: Sequence[frozenset[int]], wanted: Iterable[int]) -> list[int]:
    """Return the pieces that some need, themselves included, in order; `needs` are those each reads.

    >>> closed([frozenset(), frozenset(), frozenset({0})], [2])
    [0, 2]
    """
    found = set(wanted)
    for number in range(len(needs) - 1, -1, -1):
        if number in found:
            found |= needs[number]
    return sorted(found)


def changed(needs: Sequence[frozenset[int]], first: Iterable[int]) -> list[int]:
    """Return the pieces that change where some do, themselves included, in order.

    >>> changed([frozenset(), frozenset(), frozenset({0})], [0])
    [0, 2]
    """
    found = set(first)
    for number, read in enumerate(needs):
        if read & found:
            found.add(number)
    return sorted(found)


def loaded(code: bytes, processor: Processor) -> Any:
    """Load object code; what it returns keeps it in memory and knows the addresses of its functions."""
    engine = llvm.create_mcjit_compiler(module_of("", processor), processor.machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def module_of(text: str, processor: Processor) -> Any:
    module = llvm.parse_assembly(text)
    module.triple = processor.triple
    return module


@lru_cache(maxsize=1)
def _prepare_llvm() -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()


class March(NamedTuple):
    """The march as a function of the address of a job, and what keeps its code in memory."""

    call: Callable[[int], None]
    engine: Any


class Kernel:
    """Loaded machine code: the march to call, and the address of each piece."""

    def __init__(self, code: Code, processor: Processor) -> None:
        self.code, self.lanes, self.march = code, processor.lanes, _march(processor)
        self._engine = loaded(code.object, processor)
        self.addresses = {
            stage: [
                int(self._engine.get_function_address(f"{stage}_{place}")) for place in range(len(prints))
            ]
            for stage, prints in code.pieces.items()
        }


_loaded: dict[str, Kernel] = {}


def kernel_of(graph: Graph) -> Kernel:
    """Return the machine code of a graph's equations; models with the same equations share it."""
    processor = Processor.here()
    name = _name("kernel", processor, graph.hash)

    def make() -> bytes:
        from simcounty.backends.flatten import program_of
        from simcounty.backends.machine_code import code_of

        return code_of(program_of(graph), processor).content()

    if name not in _loaded:
        _loaded[name] = Kernel(Code.read(cache.kept(name, make)), processor)
    return _loaded[name]


def is_at_hand(graph: Graph) -> bool:
    """Return whether the machine code of a graph is loaded or in the cache."""
    name = _name("kernel", Processor.here(), graph.hash)
    return name in _loaded or cache.read(name) is not None


@lru_cache(maxsize=4)
def _march(processor: Processor) -> March:
    def make() -> bytes:
        from simcounty.backends.machine_code import march_of

        return march_of(processor)

    engine = loaded(cache.kept(_name("march", processor), make), processor)
    address = int(engine.get_function_address("march"))
    return March(ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address), engine)


def _name(kind: str, processor: Processor, equations: str = "") -> str:
    """Return the name of an entry: all that its machine code depends on is in it."""
    made_by = cache.fingerprint("simcounty.backends", "simcounty.model", "llvmlite")
    return cache.name_of(kind, equations, processor, made_by, llvm.llvm_version_info)
