"""The kinds of checks: what each may measure, how its table is bound, and how it is proved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simcounty.analysis.battery.records import Case, Measured
from simcounty.scenario import Scenario

Proof = tuple[tuple[Measured, ...], str]
"""What was measured, and a sentence about it."""


@dataclass(frozen=True)
class Kind:
    """A kind of check: `bind` makes a question of its table and the base run, `prove` answers it."""

    measures: tuple[str, ...]
    bind: Callable[[Any, Scenario], Any]
    prove: Callable[[Case], Proof] | None = None


KINDS: Mapping[str, Kind] = {
    "scenario": Kind(("value", "drift", "change", "difference", "elasticity"), lambda shape, base: None),
}
