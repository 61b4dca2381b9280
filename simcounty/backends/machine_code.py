"""Make machine code: the pieces of a program, and the march that runs them, as LLVM compiles them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

import llvmlite.binding as llvm

from simcounty.backends.kernel import Code, Footprint, Processor, module_of
from simcounty.backends.llvm_text import Lanes, NumberTable, piece_text
from simcounty.backends.march import march_text, scratch_rows
from simcounty.backends.pieces import LASTING, TEMPORARY, Piece, cut, scheduled
from simcounty.backends.program import Program

SIZES: Mapping[str, int] = {"start": 200, "fixed": 100, "clock": 200, "rates": 200, "record": 200}
"""About how many operations a piece has: what a run may leave out is cut smaller."""
WINDOW = 150
"""How many operations are looked over for the next one; it bounds how many values are alive at once."""


def code_of(program: Program, processor: Processor) -> Code:
    """Make the machine code of a program."""
    pieces = _pieces(program)
    first, rows = _rows(program, pieces)
    numbers = NumberTable(_height(pieces, "c", program.clock_rows))
    text = _text(pieces, first, numbers, processor.lanes)
    prints = {stage: tuple(map(_footprint, each)) for stage, each in pieces.items()}
    return Code(first, rows, numbers.first, tuple(numbers.rows), prints, object_of(text, processor))


def assembly_of(program: Program, processor: Processor) -> str:
    """Return the machine code of a program and of the march as text, to look at."""
    pieces = _pieces(program)
    numbers = NumberTable(_height(pieces, "c", program.clock_rows))
    text = _text(pieces, _rows(program, pieces)[0], numbers, processor.lanes)
    machine, modules = processor.machine(), (module_of(text, processor), _march_module(processor))
    return "\n".join(machine.emit_assembly(module) for module in modules)


def _footprint(piece: Piece) -> Footprint:
    return Footprint(piece.needs, frozenset(piece.reads("p")), frozenset(piece.writes("values")))


def _pieces(program: Program) -> dict[str, list[Piece]]:
    handed = dict.fromkeys(SIZES, (TEMPORARY, 0))
    handed |= {"fixed": (LASTING, 0), "clock": ("c", program.clock_rows)}
    return {
        name: cut(scheduled(program.stages[name], WINDOW), size, *handed[name])
        for name, size in SIZES.items()
    }


def _rows(program: Program, pieces: Mapping[str, list[Piece]]) -> tuple[dict[str, int], int]:
    """Return the first row of each array in `w`, and how many rows there are."""
    sizes = {array: size for array, size in program.sizes.items() if array not in ("c", "bend")}
    sizes |= {array: _height(pieces, array) for array in (TEMPORARY, LASTING)}
    layout = program.layout
    sizes["scratch"] = scratch_rows(layout.stocks, layout.samples + layout.delays)
    ends = list(accumulate(sizes.values(), initial=0))
    return dict(zip(sizes, ends, strict=False)), ends[-1]


def _height(pieces: Mapping[str, list[Piece]], array: str, least: int = 0) -> int:
    """Return how many rows of an array are written, at least some."""
    stored = (store for each in pieces.values() for piece in each for store in piece.stores)
    return max([least, *(store.row + 1 for store in stored if store.array == array)])


def _text(
    pieces: Mapping[str, list[Piece]], first: Mapping[str, int], numbers: NumberTable, lanes: int
) -> str:
    """Return the intermediate language of all pieces."""
    many, one = Lanes(lanes), Lanes(1)
    texts = [each.declarations() for each in {lanes: many, 1: one}.values()]
    for stage, each in pieces.items():
        width = one if stage == "clock" else many
        for place, piece in enumerate(each):
            once = stage == "start"
            texts.append(piece_text(f"{stage}_{place}", piece, first, width, numbers, runs_once=once))
    return "\n".join(texts)


def object_of(text: str, processor: Processor) -> bytes:
    """Compile the text of a module for a processor."""
    return bytes(processor.machine().emit_object(module_of(text, processor)))


def march_of(processor: Processor) -> bytes:
    """Compile the march for a processor."""
    return bytes(processor.machine().emit_object(_march_module(processor)))


def _march_module(processor: Processor) -> Any:
    """Return the march, which is short enough for all that LLVM can do for its loops."""
    module = module_of(march_text(Lanes(processor.lanes)), processor)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    builder = llvm.create_pass_builder(processor.machine(), options)
    builder.getModulePassManager().run(module, builder)
    return module
