"""Shapley values: a change divided among what made it, whatever the order it is made in."""

from __future__ import annotations

from math import factorial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
