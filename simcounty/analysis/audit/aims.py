"""What a search wants: a number for every point, larger being better, minus infinity where a run fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from simcounty.analysis._climbing import Floats
from simcounty.analysis._dials import HOPELESS
from simcounty.analysis.audit.box import Flags, Outcomes

Aim = Callable[[Outcomes], Floats]

BESIDE = 1e3  # of a goal: no margin makes up for a condition that is broken
TIE = 1e-3  # of a probability, a goal of shortfall: what decides among settings as likely to meet all
ALL = 1.0  # what `together` gives where every draw meets everything


def furthest(target: int, beside: Sequence[int] = (), paid: bool = False) -> Aim:
    """Want a target as far on the met side as can be, others being met and, if `paid`, all lines kept."""

    def value(found: Outcomes) -> Floats:
        margin = found.margins[:, 0, target]
        broken = ~holding(found, beside, paid)[:, 0]
        short = _shortfall(found, beside, paid)[:, 0]
        wanted = np.where(broken, -BESIDE - short, margin)
        return np.where(np.isnan(margin), -np.inf, wanted)

    return value


def together(targets: Sequence[int], paid: bool) -> Aim:
    """Want as many draws as can be in which targets are met at once and, if `paid`, all lines kept.

    Among settings of which that is the same share, the one whose shortfalls, relative to the goals, are
    smallest in sum over the targets and on average over the draws.
    """

    def value(found: Outcomes) -> Floats:
        share = holding(found, targets, paid).mean(axis=1)
        return np.asarray(share - TIE * _shortfall(found, targets, paid).mean(axis=1))

    return value


def holding(found: Outcomes, targets: Sequence[int], paid: bool) -> Flags:
    """Tell which points with which draws meet targets at once and, if `paid`, keep all lines."""
    met = found.met[..., list(targets)].all(axis=-1)
    return np.asarray(met & found.kept.all(axis=-1) if paid else met)


def _shortfall(found: Outcomes, targets: Sequence[int], paid: bool) -> Floats:
    margins = np.nan_to_num(found.margins[..., list(targets)], nan=HOPELESS)
    short = np.maximum(0.0, -margins).sum(axis=-1)
    rooms = np.maximum(found.rooms, HOPELESS)
    return np.asarray(short + np.maximum(0.0, -rooms).sum(axis=-1) if paid else short)
