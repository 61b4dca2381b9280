"""Plan audits: can any setting of the levers that a plan leaves open meet all its targets at once?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.analysis.audit.box import box_of
from simcounty.analysis.audit.odds import at_once, drawn_for
from simcounty.analysis.audit.reach import Watch, reach_of
from simcounty.analysis.audit.table import laid_out
from simcounty.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["DRAWS", "audit"]

DRAWS = 1000
"""Draws that settings are scored on, unless said otherwise."""


def audit(
    scenario: Scenario,
    n: int = DRAWS,
    *,
    seed: int = 0,
    uncertainties: str | Path | None = None,
    watch: Watch = lambda stage: None,
) -> xr.Dataset:
    """Search every setting of the levers a plan leaves open for those that meet its targets.

    The levers are those that a clause gives the county and fixes no number for, each within the clause's
    range, on the path goal seeking gives it. What a search finds is a lower bound of what can be reached.
    Along `setting`: "baseline"; "plan"; for each target "best …" at the central inputs and, where that breaks
    a line beside the verdicts, "paid …", the best that keeps them all; and "together", which meets most at
    once over draws of what is uncertain. For each setting
    by `target`: value, margin, met at the central inputs; over `n` draws on which nothing was sought
        probability, standard_error, low, high (Wilson's 95 % interval), the same with all lines kept as
        paid_…, and spread by `quantile`;
    by `line`: worst, worst_year, kept; line_probability, …; and of all lines kept_probability, …;
    by `lever`: lever_value, and what it brings the target of a "best" or "paid" setting;
    of all targets at once: joint_probability, …, with all lines kept joint_paid_…; of those that "together"
        was sought for, named by the attribute `sought_for`: sought_…, sought_paid_….
    By `target` alone: reached ("paid", "unpaid" or "no"), lowest and highest of all settings tried, and the
    arithmetic of its goal: per_year since … until, and record_…. By `target` and `other`: pair ("paid",
    "unpaid", "conflict", "alone"), and beside, how far a target gets while the other one is met.
    What is uncertain: what the county and policy files say, or a TOML file. Without it nothing has a
    probability; without open levers nothing is sought. `watch` is told each target in its turn, then "".
    Raises InputError for a scenario without targets, and for open levers that cannot be searched.
    """
    box = box_of(scenario)
    drawn = drawn_for(scenario, n, seed, Path(uncertainties) if uncertainties else None)
    if not box.dials:
        return laid_out(box, None, None, drawn).assign_attrs(seed=seed)
    reach = reach_of(box, seed, watch)
    watch("")
    joint = at_once(box, reach, drawn, seed)
    return laid_out(box, reach, joint, drawn).assign_attrs(seed=seed)
