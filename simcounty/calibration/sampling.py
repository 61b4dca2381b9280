"""Draws from the posterior: several independent ensembles of walkers (emcee), and whether they agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import emcee
import numpy as np
from arviz_stats.base import array_stats
from numpy.typing import NDArray

from simcounty.calibration.log_posterior import Belief, Likeliest

Floats = NDArray[np.float64]
Watch = Callable[[int, int], None]
"""Is told how many of so many steps are done."""

ENSEMBLES = 4
TAILS = 8  # degrees of freedom of the proposals drawn around the likeliest point
WIDER = 1.15  # than the curvature there says
LEAPS, STRIDES, SNOOKER = 0.5, 0.35, 0.15  # shares of the three kinds of moves
FIRST = 1 / 3  # of the steps is not counted
AGREES = 1.05  # R-hat up to this
ENOUGH = 400  # draws' worth, of every coordinate


@dataclass(frozen=True, eq=False)
class Chains:
    """What the ensembles drew: points (ensembles, steps, walkers, coordinates), and how likely each was."""

    points: Floats
    log_probability: Floats
    acceptance: float

    @property
    def flat(self) -> Floats:
        """All points in a row, one ensemble after the other."""
        return self.points.reshape(-1, self.points.shape[-1])


def sampled(best: Likeliest, walkers: int, steps: int, seed: int, watch: Watch = lambda *_: None) -> Chains:
    """Draw from the posterior by ensembles that start apart; their first third is not counted.

    Half of the moves leap to a point drawn around the likeliest one, whatever the point before; the others
    are the ensemble's own. The same seed gives the same draws, bit for bit.
    """
    leap, first = _Leap.around(best), int(steps * FIRST)
    made = []
    for place in range(ENSEMBLES):
        random = np.random.RandomState(np.random.SeedSequence([seed, place]).generate_state(8))
        sampler = _sampler(best.belief, leap, walkers)
        start = emcee.State(_possible(best.belief, leap, walkers, random), random_state=random.get_state())
        for done, _ in enumerate(sampler.sample(start, iterations=steps), 1):
            watch(place * steps + done, ENSEMBLES * steps)
        made.append(sampler)
    return Chains(
        points=np.stack([each.get_chain() for each in made])[:, first:],
        log_probability=np.stack([each.get_log_prob() for each in made])[:, first:],
        acceptance=float(np.mean([each.acceptance_fraction for each in made])),
    )


def _sampler(belief: Belief, leap: _Leap, walkers: int) -> Any:
    moves = [
        (emcee.moves.MHMove(leap), LEAPS),
        (emcee.moves.DEMove(), STRIDES),
        (emcee.moves.DESnookerMove(), SNOOKER),
    ]
    return emcee.EnsembleSampler(
        walkers, leap.center.size, belief.log_probability, moves=moves, vectorize=True
    )


def _possible(belief: Belief, leap: _Leap, walkers: int, random: np.random.RandomState) -> Floats:
    """Return starts, each of which runs: drawn twice as wide as the posterior is thought to be."""
    found = np.empty((0, leap.center.size))
    while len(found) < walkers:
        drawn = leap.center + 2.0 * (leap.drawn(walkers, random) - leap.center)
        found = np.concatenate([found, drawn[np.isfinite(belief.log_probability(drawn))]])
    return found[:walkers]


@dataclass(frozen=True, eq=False)
class _Leap:
    """Proposals from a multivariate t distribution, with the logarithm of the ratio that keeps them fair."""

    center: Floats
    root: Floats

    @classmethod
    def around(cls, best: Likeliest) -> _Leap:
        return cls(best.point, np.asarray(WIDER * np.linalg.cholesky(best.covariance())))

    def drawn(self, count: int, random: np.random.RandomState) -> Floats:
        normal = random.normal(size=(count, self.center.size))
        wider = np.sqrt(TAILS / random.chisquare(TAILS, size=(count, 1)))
        return np.asarray(self.center + wider * normal @ self.root.T)

    def log_density(self, points: Floats) -> Floats:
        scaled = np.linalg.solve(self.root, (points - self.center).T)
        return np.asarray(-0.5 * (TAILS + self.center.size) * np.log1p((scaled**2).sum(axis=0) / TAILS))

    def __call__(self, points: Floats, random: np.random.RandomState) -> tuple[Floats, Floats]:
        new = self.drawn(len(points), random)
        return new, self.log_density(points) - self.log_density(new)


def r_hat(chains: Chains) -> Floats:
    """Return the nested R-hat of each coordinate: walkers are chains, ensembles are what must agree.

    Walkers of one ensemble lean on each other, ensembles do not.
    """
    ensembles, steps, walkers, size = chains.points.shape
    rows = np.moveaxis(chains.points, 1, 2).reshape(ensembles * walkers, steps, size)
    of = np.repeat(np.arange(ensembles), walkers)
    found = [array_stats.rhat_nested(rows[..., i], of, chain_axis=0, draw_axis=1) for i in range(size)]
    return np.array(found, dtype=np.float64)


def effective(chains: Chains) -> Floats:
    """Return how many independent draws the mean of each coordinate is worth (Goodman and Weare 2010).

    An ensemble's average over its walkers is one chain; its autocorrelation says how often that is renewed.
    """
    walkers, size = chains.points.shape[2:]
    means = chains.points.mean(axis=2)
    renewed = [array_stats.ess(means[..., i], chain_axis=0, draw_axis=1, method="mean") for i in range(size)]
    return np.asarray(walkers * np.array(renewed), dtype=np.float64)
