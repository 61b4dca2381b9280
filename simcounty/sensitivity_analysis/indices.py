"""Sensitivity indices: the one measure each design allows of how much an input moves an outcome.

Every measure takes the inputs, (members, inputs), and the outcome, (members,), which must vary and hold no
NaN; it returns numbers along the inputs. Half-widths and intervals are of 95 %, and repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcounty.sampling.designs import MORRIS_LEVELS, problem
from simcounty.sweeps.futures import Numbers
from simcounty.sweeps.probabilities import Z

Prepared = Any
Measured = Mapping[str, Numbers]
SEED = 20_270  # of the bootstrap; SALib takes 0 for no seed at all
RESAMPLES, LEAST_RESAMPLES = 100, 20
ROOM = 2**24  # numbers a bootstrap may hold at a time
NOISE = 1e-12  # of the largest value: what varies less is rounding


@dataclass(frozen=True)
class Method:
    """A measure, and what it requires of a design.

    `rows` returns how many members make one block, given how many inputs vary; `key` is the field by which
    inputs are ranked. `prepare` does once for all outcomes what concerns the inputs alone; `fits` returns
    whether the inputs are laid out as the measure assumes.
    """

    name: str
    key: str
    fields: tuple[str, ...]
    measure: Callable[[Prepared, Numbers], Measured]
    prepare: Callable[[Numbers], Prepared] = lambda inputs: inputs
    rows: Callable[[int], int] = lambda inputs: 1
    least: int = 2  # blocks
    fits: Callable[[Numbers], bool] = lambda inputs: True
    independent: bool = False  # inputs must not be correlated
    entire: bool = True  # the design must have been run to its end


def varies(outcome: Numbers) -> bool:
    """Return whether an outcome differs between members by more than rounding."""
    return bool(np.ptp(outcome) > NOISE * np.abs(outcome).max())


def _sobol(inputs: Numbers, outcome: Numbers) -> Measured:
    """Compute Sobol' indices by the estimators of Saltelli et al. (2010)."""
    from SALib.analyze import sobol

    count = inputs.shape[1]
    blocks = outcome.size // (count + 2)
    resamples = int(np.clip(ROOM // blocks, LEAST_RESAMPLES, RESAMPLES))
    found = sobol.analyze(
        problem(count), outcome, calc_second_order=False, num_resamples=resamples, seed=SEED
    )
    names = {"first": "S1", "first_error": "S1_conf", "total": "ST", "total_error": "ST_conf"}
    return {name: np.asarray(found[own], float) for name, own in names.items()}


def _in_saltelli_blocks(inputs: Numbers) -> bool:
    """Return whether all blocks are A, AB_1 … AB_D, B, where AB_j has B's value of input j, else A's."""
    count = inputs.shape[1]
    rows = inputs.reshape(-1, count + 2, count)
    first, last = rows[:, 0], rows[:, -1]
    return all(
        np.array_equal(rows[:, j + 1], np.where(np.arange(count) == j, last, first)) for j in range(count)
    )


def _morris(inputs: Numbers, outcome: Numbers) -> Measured:
    """Compute elementary effects (Morris 1991): changes of the outcome over the full range of an input."""
    from SALib.analyze import morris

    found = morris.analyze(problem(inputs.shape[1]), inputs, outcome, num_levels=MORRIS_LEVELS, seed=SEED)
    names = {"mu": "mu", "mu_star": "mu_star", "mu_star_error": "mu_star_conf", "sigma": "sigma"}
    return {name: np.asarray(found[own], float) for name, own in names.items()}


def _ranks(inputs: Numbers) -> Numbers:
    """Return the ranks of every input, (inputs, members)."""
    return np.array([_rank(column) for column in inputs.T])


def _rank(values: Numbers) -> Numbers:
    """Return ranks, centred and scaled to length one; all zero if the values are constant."""
    from scipy.stats import rankdata

    centred = rankdata(values) - (values.size + 1) / 2
    length = float(np.sqrt(centred @ centred))
    return centred / length if length else np.zeros(values.size)


def _spearman(ranks: Numbers, outcome: Numbers) -> Measured:
    """Compute Spearman's correlation, p-values by Student's t, intervals by Bonett and Wright (2000)."""
    from scipy.stats import t

    n = outcome.size
    found = np.clip(ranks @ _rank(outcome), -1, 1)
    inside = np.clip(found, -1 + 1e-15, 1 - 1e-15)
    statistic = inside * np.sqrt((n - 2) / (1 - inside**2))
    half = Z * np.sqrt((1 + inside**2 / 2) / (n - 3))
    middle = np.arctanh(inside)
    low, high = np.minimum(np.tanh(middle - half), found), np.maximum(np.tanh(middle + half), found)
    return {"correlation": found, "low": low, "high": high, "p_value": 2 * t.sf(np.abs(statistic), n - 2)}


def _codes(inputs: Numbers) -> list[tuple[Any, int]]:
    """Return, for each input, the level of every member and how many levels there are."""
    coded = [np.unique(column, return_inverse=True) for column in inputs.T]
    return [(codes, levels.size) for levels, codes in coded]


def _main_effects(codes: list[tuple[Any, int]], outcome: Numbers) -> Measured:
    """Compute main effects of a full factorial: from the mean at the lowest level to that at the highest.

    `share` is the part of the variance that the means of an input's levels explain: on a full grid its
    first-order index. The rest is interaction.
    """
    centred = outcome - outcome.mean()
    effects, explained = [], []
    for level, count in codes:
        members = np.bincount(level, minlength=count)
        means = np.bincount(level, weights=centred, minlength=count) / members
        effects.append(means[-1] - means[0])
        explained.append(members @ means**2 / (centred @ centred))
    return {"effect": np.array(effects), "share": np.array(explained)}


SOBOL = Method(
    name="sobol",
    key="total",
    fields=("first", "first_error", "total", "total_error"),
    measure=_sobol,
    rows=lambda inputs: inputs + 2,
    fits=_in_saltelli_blocks,
    independent=True,
)
MORRIS = Method(
    name="morris",
    key="mu_star",
    fields=("mu", "mu_star", "mu_star_error", "sigma"),
    measure=_morris,
    rows=lambda inputs: inputs + 1,
    independent=True,
)
FACTORIAL = Method(
    name="factorial", key="effect", fields=("effect", "share"), measure=_main_effects, prepare=_codes
)
SPEARMAN = Method(
    name="spearman",
    key="correlation",
    fields=("correlation", "low", "high", "p_value"),
    measure=_spearman,
    prepare=_ranks,
    least=10,
    entire=False,
)
BY_DESIGN: Mapping[str, Method] = {"saltelli": SOBOL, "morris": MORRIS, "factorial": FACTORIAL}
"""Any other design is a sample, for which rank correlations are computed."""
