"""Where the time of a stored sweep goes: the seconds inside its parts, while it runs as it always does."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest import mock

PARTS = {
    "template": ("simcounty.sweeps.runner", "template"),
    "draws": ("simcounty.sampling.draws", "Draws.columns"),
    "chunk": ("simcounty.sweeps.chunks", "Work.run"),
    "simulate": ("simcounty.sweeps.chunks", "simulate"),
    "integration": ("simcounty.simulation", "integrate"),
    "labels": ("simcounty.simulation", "to_dataset"),
    "store": ("simcounty.sweeps.store", "write"),
}
"""The functions that are timed; chunk and template simulate, which integrates and labels."""


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """Count the seconds inside `PARTS` until the end of the block."""
    seconds = dict.fromkeys(PARTS, 0.0)
    with ExitStack() as stack:
        for part, (module, path) in PARTS.items():
            owner: Any = importlib.import_module(module)
            *classes, name = path.split(".")
            for each in classes:
                owner = getattr(owner, each)
            stack.enter_context(
                mock.patch.object(owner, name, _counting(getattr(owner, name), part, seconds))
            )
        yield seconds


def shares(seconds: dict[str, float], wall: float) -> list[str]:
    """Say what each part took, and which share of the whole that is."""
    inside = {
        "draws": seconds["draws"],
        "integration": seconds["integration"],
        "labels": seconds["labels"],
        "members' values, balances": seconds["simulate"] - seconds["integration"] - seconds["labels"],
        "scenarios put together": seconds["chunk"] + seconds["template"] - seconds["simulate"],
        "store, while the next chunk runs": seconds["store"],
        "all, by the clock": wall,
    }
    return [f"  {part:<34} {took:8.3f} s {took / wall:7.1%}" for part, took in inside.items()]


def _counting(function: Callable[..., Any], part: str, seconds: dict[str, float]) -> Callable[..., Any]:
    @wraps(function)
    def counted(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*given, **named)
        finally:
            seconds[part] += time.perf_counter() - began

    return counted
