"""Cut stages into pieces: functions small enough to compile in a moment, some of which a run can leave out.

Operations are put into an order in which a processor need not wait: of those whose arguments are ready, the
one that comes first in the list, within a window that bounds how many values are alive at once.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from simcounty.backends.operations import CONDITIONS, LEAVES, Operation
from simcounty.backends.program import Stage, Store

TEMPORARY, LASTING = "temporary", "lasting"
"""The arrays for values that one piece hands to another: of one instant, or until constants change."""

_CYCLES: Mapping[str, int] = {
    **dict.fromkeys(CONDITIONS, 1), **dict.fromkeys(("select", "smaller", "larger"), 1),
    **dict.fromkeys(("add", "subtract", "multiply"), 4), "div": 14, "sqrt": 20, "integer": 3,
    "scaled": 20, "mantissa": 9, "exponent": 16, "negative": 1, "abs": 1, "number": 0, "load": 5, "truth": 5,
}  # fmt: skip
"""How long the result of an operation takes, as on processors of today; only the order depends on it."""
_SLOTS: Mapping[str, int] = {"scaled": 11, "mantissa": 6, "exponent": 9}  # instructions, where several


@dataclass(frozen=True)
class Piece:
    """Operations in computing order, what is stored of them, and the earlier pieces whose values it reads."""

    operations: tuple[Operation, ...]
    stores: tuple[Store, ...]
    needs: frozenset[int]

    def reads(self, array: str) -> set[int]:
        """Return the rows of an array that are loaded."""
        return {item[2] for item in self.operations if item[0] == "load" and item[1] == array}

    def writes(self, array: str) -> set[int]:
        return {store.row for store in self.stores if store.array == array}


def scheduled(stage: Stage, window: int) -> Stage:
    """Return a stage in an order in which a processor with several units need not wait."""
    items = stage.operations
    order = _order(items, window)
    place = {old: new for new, old in enumerate(order)}
    operations = tuple(
        items[old] if items[old][0] in LEAVES else (items[old][0], *(place[arg] for arg in items[old][1:]))
        for old in order
    )
    return Stage(operations, tuple(replace(store, index=place[store.index]) for store in stage.stores))


def _order(items: Sequence[Operation], window: int) -> list[int]:
    users: list[list[int]] = [[] for _ in items]
    missing = [0] * len(items)
    for index, (name, *args) in enumerate(items):
        if name not in LEAVES:
            missing[index] = len(set(args))
            for arg in set(args):
                users[arg].append(index)
    ready_at = [0.0] * len(items)
    waiting: list[tuple[float, int]] = []
    ready: list[int] = []
    order: list[int] = []
    placed = bytearray(len(items))
    now, first, entered = 0.0, 0, 0
    while len(order) < len(items):
        while entered < min(len(items), first + window):
            if not missing[entered]:
                heapq.heappush(waiting, (ready_at[entered], entered))
            entered += 1
        while waiting and waiting[0][0] <= now:
            heapq.heappush(ready, heapq.heappop(waiting)[1])
        if not ready:
            now = waiting[0][0]
            continue
        index = heapq.heappop(ready)
        order.append(index)
        placed[index] = 1
        name = items[index][0]
        now += _SLOTS.get(name, 1) / 4 if name != "number" else 0.0
        for user in users[index]:
            missing[user] -= 1
            ready_at[user] = max(ready_at[user], now + _CYCLES[name])
            if not missing[user] and user < entered:
                heapq.heappush(waiting, (ready_at[user], user))
        while first < len(items) and placed[first]:
            first += 1
    return order


def cut(stage: Stage, size: int, array: str, first: int = 0) -> list[Piece]:
    """Cut a stage into pieces of about `size` operations, which hand values on by rows of an array.

    The rows are those from `first` on. A row is used again where nothing reads it any more, but one of
    LASTING is not.
    """
    computed = [index for index, item in enumerate(stage.operations) if item[0] not in LEAVES]
    count = max(1, round(len(computed) / size))
    each = max(1, -(-len(computed) // count))
    home = {index: position // each for position, index in enumerate(computed)}
    last = {arg: home[index] for index in computed for arg in stage.operations[index][1:]}
    stores: dict[int, list[Store]] = {}
    for store in stage.stores:
        stores.setdefault(home.get(store.index, 0), []).append(store)
    rows = _Rows(array, first)
    pieces = []
    for number in range(count):
        mine = computed[number * each : (number + 1) * each]
        handed = [index for index in mine if last.get(index, number) > number]
        cutting = _Cutting(stage, rows)
        for index in mine:
            cutting.place(index)
        kept = [replace(store, index=cutting.place(store.index)) for store in stores.get(number, ())]
        kept += [Store(array, rows.take(index, number), cutting.placed[index]) for index in handed]
        pieces.append(Piece(tuple(cutting.operations), tuple(kept), frozenset(cutting.needs)))
        rows.release(index for index, end in last.items() if end == number)
    return pieces


class _Rows:
    """The rows of values on their way from piece to piece."""

    def __init__(self, array: str, first: int) -> None:
        self.array = array
        self.of: dict[int, tuple[int, int]] = {}  # row and piece of each value
        self.free: list[int] = []
        self.count = first

    def take(self, index: int, piece: int) -> int:
        row = self.free.pop() if self.free else self.count
        self.count = max(self.count, row + 1)
        self.of[index] = (row, piece)
        return row

    def release(self, indices: Iterable[int]) -> None:
        if self.array != LASTING:
            self.free.extend(self.of[index][0] for index in indices if index in self.of)


class _Cutting:
    """One piece in the making."""

    def __init__(self, stage: Stage, rows: _Rows) -> None:
        self.stage, self.rows = stage, rows
        self.operations: list[Operation] = []
        self.placed: dict[int, int] = {}
        self.needs: set[int] = set()

    def place(self, index: int) -> int:
        """Return the place of an operation in this piece: computed, copied if it is a leaf, or loaded."""
        if index in self.placed:
            return self.placed[index]
        item = self.stage.operations[index]
        if index in self.rows.of:
            row, piece = self.rows.of[index]
            self.needs.add(piece)
            item = ("truth" if item[0] in CONDITIONS else "load", self.rows.array, row)
        elif item[0] not in LEAVES:
            item = (item[0], *(self.place(arg) for arg in item[1:]))
        self.operations.append(item)
        self.placed[index] = len(self.operations) - 1
        return self.placed[index]
