"""Attribution: how much of a target's change from one scenario to another each factor contributes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simcounty.calendar import instant
from simcounty.comparison.factors import Groups, Pair, pair_of
from simcounty.dataset import provenance
from simcounty.errors import Findings, InputError
from simcounty.judgement import judge
from simcounty.scenario import Scenario, Target, binding
from simcounty.scenario.target import target_columns, target_names
from simcounty.simulation import simulate, variables_needed

if TYPE_CHECKING:
    import xarray as xr

Numbers = NDArray[np.float64]
ABOUT = ("label", "clause", "document", "operator", "unit", "variable", "year", "up_to")


class ShapleyValues(NamedTuple):
    """What each factor adds (factors, outcomes): on average over all orders, first, and last of all."""

    mean: Numbers
    alone: Numbers
    last: Numbers


def attribution(
    scenarios: Scenario | Sequence[Scenario],
    targets: Sequence[str] = (),
    variables: Sequence[str] = (),
    years: Sequence[float] = (),
    groups: Groups | None = None,
    by_clause: bool = False,
) -> xr.Dataset:
    """Divide the change of targets from one scenario to another among the factors in which they differ.

    `scenarios` are two, from and to, or one and its baseline. A factor is a lever or a constant.
    Its `contribution` is its Shapley value: what it adds, averaged over all orders in which the factors may
    change. It takes 2^n runs for n factors, is exact, and the contributions add up to the change. `alone` and
    `last` are what it adds first and last of all: where they are far apart it acts through the others. More
    than 12 factors are taken together by clause; `groups` (name: levers) and `by_clause` do so for fewer.
    `variables` are divided too, at the end of each of `years`, by default the last year of a target.
    Return contribution, alone and last by `outcome` and `factor`; value_before, value_after and goal by
    `outcome`.

    >>> import simcounty as sc
    >>> plan = sc.load("tonglu/plan-2027")
    >>> found = sc.attribution([plan.replace(hukou_openness=0.9), plan], ["urbanisation-2027"])
    >>> found.factor.values.tolist(), found.sizes["outcome"]
    (['hukou_openness'], 1)
    """
    before, after = _ends(scenarios)
    findings = Findings()
    pair = pair_of(before, after, groups, by_clause, findings)
    outcomes = _outcomes(pair, targets, variables, years, findings)
    findings.raise_as(InputError, f"{before.name}, {after.name}: the change cannot be divided:")
    mixtures = [pair.mixture(mask) for mask in range(2 ** len(pair.factors))]
    run = simulate(mixtures, keep=variables_needed(after.model, *outcomes))
    values = judge(run, outcomes).value.transpose("scenario", "target").values
    return _dataset(pair, outcomes, values, run)


def _ends(scenarios: Scenario | Sequence[Scenario]) -> tuple[Scenario, Scenario]:
    given = [scenarios] if isinstance(scenarios, Scenario) else list(scenarios)
    if len(given) == 1:
        return given[0].baseline, given[0]
    if len(given) != 2:
        raise InputError(
            f"{len(given)} scenarios: a change leads from one to another. Give two, or one plan."
        )
    return given[0], given[1]


def shapley_values(values: Numbers) -> ShapleyValues:
    """Divide the change from the first row of values to the last among factors.

    values: (2 to the power of factors, outcomes), row m being the outcomes with those factors changed whose
    bits are set in m. A factor's value is what it adds, averaged over the n! orders in which the n may change
    (Shapley 1953); the values add up to the change. Factors that never interact add the same alone and last.

    >>> shapley_values(np.array([[0.0], [1.0], [2.0], [5.0]])).mean.T.tolist()  # 1 and 2 alone, 5 together
    [[2.0, 3.0]]
    """
    factors = int(len(values) - 1).bit_length()
    masks = np.arange(len(values))
    sizes = np.array([int(mask).bit_count() for mask in masks])
    orders = [math.factorial(k) * math.factorial(factors - k - 1) for k in range(factors)]
    weights = np.array(orders) / math.factorial(factors)
    mean, alone, last = (np.empty((factors, values.shape[1])) for _ in range(3))
    for place in range(factors):
        without = masks[masks >> place & 1 == 0]
        added = values[without | 1 << place] - values[without]
        mean[place] = weights[sizes[without]] @ added
        alone[place], last[place] = added[0], added[-1]
    return ShapleyValues(mean, alone, last)


def _outcomes(
    pair: Pair, names: Sequence[str], variables: Sequence[str], years: Sequence[float], findings: Findings
) -> list[Target]:
    """Return what is divided: targets of either scenario, and variables as targets without a goal."""
    known = {target.name: target for each in (pair.before, pair.after) for target in each.targets}
    named = target_names(names, known.values(), findings)
    span = pair.after.years
    findings += [
        f"time {year:g}: is outside the run, {span.start:g} to {span.end:g}. Choose one inside."
        for year in years
        if year not in span
    ]
    chosen = [known[name] for name in named] or ([] if variables else list(known.values()))
    last = max((target.year for target in chosen or known.values() if target.year), default=span.end)
    for key in variables:
        try:
            chosen += [_at(pair.after, key, year) for year in years or [last]]
        except InputError as error:
            findings.append(f"variable {error}")
    if not chosen and not findings:
        findings.append("they have no targets. Name a variable.")
    return chosen


def _at(scenario: Scenario, name: str, time: float) -> Target:
    """Return a variable at an instant, or over the year that ends there, as something to be judged."""
    element = binding.element_of(scenario.model, name)
    yearly = scenario.model.graph.clock.is_yearly
    year = math.floor(time) if yearly else instant(time)
    key, stock = element.key, scenario.model.accumulator(element.key) if yearly else None
    unit = scenario.model.variables[stock][0].unit if stock else element.unit
    return Target(
        name=f"{key}-{year:g}",
        variable=key,
        operator=">=",
        goal=np.nan,
        unit=unit,
        year=year,
        measure="year" if stock and year - 1 in scenario.years else "at",
        label=element.label,
    )


def _dataset(pair: Pair, outcomes: Sequence[Target], values: Numbers, run: xr.Dataset) -> xr.Dataset:
    import xarray as xr

    dims, about, shares = ("outcome", "factor"), target_columns(outcomes), shapley_values(values)
    texts = {
        "factor_label": [each.label for each in pair.factors],
        "factor_clause": [each.clause for each in pair.factors],
        "factor_keys": [", ".join(each.keys) for each in pair.factors],
        "factor_unit": [each.unit for each in pair.factors],
    }
    made = [run.attrs[name] for name in ("backend", "integrator", "time_step")]
    return xr.Dataset(
        {
            "contribution": (dims, shares.mean.T),
            "alone": (dims, shares.alone.T),
            "last": (dims, shares.last.T),
            "value_before": ("outcome", values[0]),
            "value_after": ("outcome", values[-1]),
            "goal": ("outcome", [target.goal for target in outcomes]),
        },
        coords={
            "outcome": [target.name for target in outcomes],
            "factor": [each.name for each in pair.factors],
            **{name: ("outcome", about[name]) for name in ABOUT},
            **{name: ("factor", np.array(values, str)) for name, values in texts.items()},
            "factor_before": ("factor", [each.before for each in pair.factors]),
            "factor_after": ("factor", [each.after for each in pair.factors]),
        },
        attrs={
            **provenance(pair.after.model, (pair.before, pair.after), *made),
            "before": pair.before.name,
            "after": pair.after.name,
            **_titles(pair),
            "runs": len(values),
            "by_clause": int(pair.by_clause),
        },
    )


def _titles(pair: Pair) -> dict[str, str]:
    """Return the titles of the two for figures, or their names where the titles are the same."""
    ends = (pair.before, pair.after)
    same = pair.before.title == pair.after.title
    names = [each.name if same else each.title for each in ends]
    return dict(zip(("before_title", "after_title"), names, strict=True))
