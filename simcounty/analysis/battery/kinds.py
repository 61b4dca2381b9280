"""The kinds of checks: what each may measure, how its table is bound, and how it is proved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simcounty.analysis.battery import clips, ensembles, family, hindcasts, scale, searches, signs
from simcounty.analysis.battery.records import Case, Measured
from simcounty.scenario import Scenario
from simcounty.scenario.files import Findings

Proof = tuple[tuple[Measured, ...], str]
"""What was measured, and a sentence about it."""


def _nothing(shape: Any, base: Scenario, findings: Findings, where: str) -> None:
    """Make no question of a plain scenario: its runs are bound already."""


@dataclass(frozen=True)
class Kind:
    """A kind of check: `bind` makes a question of its table and the base run, `prove` answers it.

    A plain scenario has no `prove`: its runs are made side by side with those of other checks.
    """

    measures: tuple[str, ...]
    bind: Callable[[Any, Scenario, Findings, str], Any]
    prove: Callable[[Case], Proof] | None = None


KINDS: Mapping[str, Kind] = {
    "scenario": Kind(("value", "drift", "change", "difference", "elasticity"), _nothing),
    "ensemble": Kind(("finite", "balances", "stocks", "value", "drift"), ensembles.bind, ensembles.prove),
    "scale": Kind((), scale.bind, scale.prove),
    "search": Kind(("best",), searches.bind, searches.prove),
    "clips": Kind((), clips.bind, clips.prove),
    "signs": Kind((), signs.bind, signs.prove),
    "family": Kind(("finite", "balances", "stocks", "value", "drift"), family.bind, family.prove),
    "hindcast": Kind((), hindcasts.bind, hindcasts.prove),
}
