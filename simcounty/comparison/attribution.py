"""Waterfalls: how much of a target's change from one scenario to another each lever brings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import factorial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simcounty.comparison.factors import MOST, Groups, Pair, pair_of
from simcounty.dataset import provenance
from simcounty.errors import Findings, InputError, did_you_mean
from simcounty.judgement import judge
from simcounty.scenario import Scenario, Target, binding
from simcounty.scenario.target import target_columns
from simcounty.simulation import simulate, variables_needed

if TYPE_CHECKING:
    import xarray as xr


Numbers = NDArray[np.float64]


class Shares(NamedTuple):
    """What each player adds (players, outcomes): on average over all orders, first, and last of all."""

    mean: Numbers
    alone: Numbers
    last: Numbers


def shares_of(values: Numbers) -> Shares:
    """Divide the change from the first row of values to the last among the players.

    values: (2 to the power of players, outcomes), row m being the outcome once those players have moved whose
    bits are set in m. A player's share is what it adds, averaged over the n! orders in which the n may move
    (Shapley 1953); the shares add up to the whole change. Players that never interact add the same alone and
    last.

    >>> shares_of(np.array([[0.0], [1.0], [2.0], [5.0]])).mean.T.tolist()  # 1 and 2 alone, 5 together
    [[2.0, 3.0]]
    """
    players = int(len(values) - 1).bit_length()
    masks = np.arange(len(values))
    sizes = np.array([int(mask).bit_count() for mask in masks])
    weights = np.array([factorial(k) * factorial(players - k - 1) for k in range(players)]) / factorial(
        players
    )
    mean, alone, last = (np.empty((players, values.shape[1])) for _ in range(3))
    for player in range(players):
        without = masks[masks >> player & 1 == 0]
        added = values[without | 1 << player] - values[without]
        mean[player] = weights[sizes[without]] @ added
        alone[player], last[player] = added[0], added[-1]
    return Shares(mean, alone, last)


__all__ = ["MOST", "waterfall"]

ABOUT = ("label", "clause", "document", "operator", "unit", "variable", "year", "up_to")


def waterfall(
    after: Scenario,
    before: Scenario | None = None,
    targets: Sequence[str] = (),
    variables: Sequence[str] = (),
    years: Sequence[int] = (),
    groups: Groups | None = None,
    by_clause: bool = False,
) -> xr.Dataset:
    """Divide the change of targets from one scenario to another among the levers in which they differ.

    `before` is the baseline of `after` if it is not given. A lever's `share` is its Shapley value: what it
    adds, averaged over all orders in which the levers may move. It takes 2^n runs for n levers, is exact, and
    the shares add up to the change. `alone` and `last` are what it adds first and last of all: where they are
    far apart it acts through the others. More than 12 levers are taken together by clause; `groups` (name:
    levers) and `by_clause` do so for fewer. `variables` are divided too, at the end of each of `years`, by
    default the last year of a target.
    Returns share, alone and last by `outcome` and `lever`; value_before, value_after and goal by `outcome`.

    >>> import simcounty as sc
    >>> plan = sc.load("tonglu/plan-2027")
    >>> found = sc.waterfall(plan, plan.replace(hukou_openness=0.9), ["urbanisation-2027"])
    >>> found.lever.values.tolist(), found.sizes["outcome"]
    (['hukou_openness'], 1)
    """
    first = after.baseline if before is None else before
    findings = Findings()
    pair = pair_of(first, after, groups, by_clause, findings)
    outcomes = _outcomes(pair, targets, variables, years, findings)
    findings.raise_as(InputError, f"{first.name}, {after.name}: the change cannot be divided:")
    values, made = _values(pair, outcomes)
    return _laid_out(pair, outcomes, values, shares_of(values), made)


def _values(pair: Pair, outcomes: Sequence[Target]) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
    """Run every mixture of the two scenarios; return the outcomes of each (mixtures, outcomes)."""
    mixtures = [pair.mixed(mask) for mask in range(2 ** len(pair.players))]
    run = simulate(mixtures, keep=variables_needed(pair.after.model, *outcomes))
    made = {name: run.attrs[name] for name in ("backend", "integrator", "time_step")}
    return judge(run, outcomes).value.transpose("scenario", "target").values, made


def _outcomes(
    pair: Pair, names: Sequence[str], variables: Sequence[str], years: Sequence[int], findings: Findings
) -> list[Target]:
    """Return what is divided: targets of either scenario, and variables as targets without a goal."""
    known = {target.name: target for each in (pair.before, pair.after) for target in each.targets}
    findings += [
        f"target {name}: neither scenario has it.{did_you_mean(name, known)} "
        f"Targets: {', '.join(known) or 'none'}."
        for name in names
        if name not in known
    ]
    span = pair.after.years
    findings += [
        f"year {year}: is outside the run, {span.start:g} to {span.end:g}. Choose a year inside."
        for year in years
        if year not in span
    ]
    chosen = [known[name] for name in names if name in known] or ([] if variables else list(known.values()))
    last = max((target.year for target in chosen or known.values() if target.year), default=int(span.end))
    for key in variables:
        try:
            chosen += [_at(pair.after, key, year) for year in years or [last]]
        except InputError as error:
            findings.append(f"variable {error}")
    if not chosen and not findings:
        findings.append("they have no targets. Name a variable.")
    return chosen


def _at(scenario: Scenario, key: str, year: int) -> Target:
    """Return a variable at the end of a year, or over it, as something to be judged."""
    element, stock = binding.element_of(scenario.model, key), scenario.model.accumulator(key)
    unit = scenario.model.variables[stock][0].unit if stock else element.unit
    return Target(
        name=f"{key}-{year}",
        variable=key,
        operator=">=",
        goal=np.nan,
        unit=unit,
        year=year,
        measure="year" if stock and year - 1 in scenario.years else "at",
        label=element.label,
    )


def _laid_out(
    pair: Pair, outcomes: Sequence[Target], values: np.ndarray[Any, Any], shares: Shares, made: dict[str, Any]
) -> xr.Dataset:
    import xarray as xr

    dims, about = ("outcome", "lever"), target_columns(outcomes)
    scenarios = (pair.before, pair.after)
    return xr.Dataset(
        {
            "share": (dims, shares.mean.T),
            "alone": (dims, shares.alone.T),
            "last": (dims, shares.last.T),
            "value_before": ("outcome", values[0]),
            "value_after": ("outcome", values[-1]),
            "goal": ("outcome", [target.goal for target in outcomes]),
        },
        coords={
            "outcome": [target.name for target in outcomes],
            "lever": [each.name for each in pair.players],
            **{name: ("outcome", about[name]) for name in ABOUT},
            "lever_label": ("lever", _texts(each.label for each in pair.players)),
            "lever_clause": ("lever", _texts(each.clause for each in pair.players)),
            "lever_keys": ("lever", _texts(", ".join(each.keys) for each in pair.players)),
            "lever_unit": ("lever", _texts(each.unit for each in pair.players)),
            "lever_before": ("lever", [each.before for each in pair.players]),
            "lever_after": ("lever", [each.after for each in pair.players]),
        },
        attrs={
            **provenance(pair.after.model, scenarios, made["backend"], made["integrator"], made["time_step"]),
            "before": pair.before.name,
            "after": pair.after.name,
            **_titles(pair),
            "runs": len(values),
            "by_clause": int(pair.by_clause),
        },
    )


def _titles(pair: Pair) -> dict[str, str]:
    """Return what the two are called in figures: by their titles, or where these are one, by their names."""
    titles = (pair.before.title, pair.after.title)
    told = titles if titles[0] != titles[1] else (pair.before.name, pair.after.name)
    return dict(zip(("before_title", "after_title"), told, strict=True))


def _texts(given: Iterable[str]) -> np.ndarray[Any, Any]:
    return np.array(list(given), str)
