"""The setting that meets most at once over what is uncertain, and the draws it is sought and scored on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simcounty.errors import InputError
from simcounty.optimise.attainable import Reach
from simcounty.optimise.evaluate import Aim, Box, Draws, holding, together
from simcounty.optimise.global_search import Effort, Log, hunted, tidied
from simcounty.optimise.pattern_search import Floats
from simcounty.scenario import Scenario
from simcounty.sweeps import Specification, specify

OVER_DRAWS = Effort(points=48, rounds=10)
LIKELY = 0.5  # of the draws: a target that some setting meets in so many is within reach
SOUGHT_ON = 64
"""Draws a setting is sought on at most: few, so that many settings can be tried."""


@dataclass(frozen=True)
class Drawn:
    """Draws of what is uncertain: those a setting is sought on, and others that it is scored on."""

    sought: Draws
    unseen: Draws
    count: int


@dataclass(frozen=True)
class AtOnce:
    """The setting that meets most at once.

    targets: the places of those it was sought for. paid: whether for the lines too. tried: so many settings.
    """

    point: Floats
    targets: tuple[int, ...]
    paid: bool
    tried: int


def drawn_for(scenario: Scenario, n: int, seed: int, uncertainties: Path | None) -> Drawn | None:
    """Draw what a file, else the county and the policies, say to be uncertain; None where nothing is.

    Raises ScenarioError, all findings at once, for what cannot be drawn so.
    """
    if n < 1:
        raise InputError(f"n = {n}: at least one draw is needed.")
    if uncertainties is None and not scenario.uncertain.each:
        return None
    first = min(SOUGHT_ON, n)
    wanted = Specification(first + n, uncertainties=uncertainties, seed=seed)
    draws = specify([scenario], wanted).draws
    columns = draws.columns(range(draws.members))
    open_levers = [key for key in columns if key in scenario.clause_levers and _is_open(scenario, key)]
    if open_levers:
        raise InputError(
            f"{', '.join(open_levers)}: said to be uncertain, but the plan leaves these levers open, so an "
            "audit sets them. Leave them out of what is uncertain."
        )
    sought = {key: column[:first] for key, column in columns.items()}
    return Drawn(sought, {key: column[first:] for key, column in columns.items()}, n)


def _is_open(scenario: Scenario, key: str) -> bool:
    return scenario.clause_levers[key].setting is None


def at_once(box: Box, reach: Reach, drawn: Drawn | None, seed: int) -> AtOnce:
    """Seek the setting with which most draws meet all targets and keep all lines.

    Where not one draw does at any setting tried, the targets out of reach are left out: those that no setting
    meets at the central inputs, nor any of those found so far in half of the draws. And the lines are left
    out where nothing keeps them. Else no setting could be told from another. Without draws the central inputs
    count.
    """
    log = Log(lambda points: box.outcomes(points, drawn.sought if drawn else None))
    random = np.random.default_rng([seed, len(reach.reached)])
    begin, places = np.unique(reach.begin, axis=0, return_index=True)
    begin = begin[np.argsort(places)]  # the plan stays first
    found = log(begin)
    paid = bool(found.kept.all(axis=-1).any())
    targets = tuple(range(len(reach.reached)))
    likeliest = found.met.mean(axis=1).max(axis=0)
    within = tuple(i for i in targets if reach.reached[i] != "no" or likeliest[i] >= LIKELY)
    point = _hunted(log, together(targets, paid), begin, random)
    if within and within != targets and not holding(log.run(point[None]), targets, paid).any():
        targets = within
        point = _hunted(log, together(targets, paid), begin, random)
    return AtOnce(tidied(log, together(targets, paid), point, begin[0]), targets, paid, log.count)


def _hunted(log: Log, aim: Aim, begin: Floats, random: np.random.Generator) -> Floats:
    """Search from the better half of the points to begin with."""
    order = np.argsort(-aim(log.run(begin)), kind="stable")
    return hunted(log, aim, begin[order][: OVER_DRAWS.points // 2], OVER_DRAWS, random)
