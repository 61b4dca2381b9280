"""Draws from the posterior: several independent ensembles of walkers (emcee), and whether they agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcounty.calibration.log_posterior import LogPosterior, MapEstimate

Floats = NDArray[np.float64]

ENSEMBLES = 4
DEGREES_OF_FREEDOM = 8  # of the t distribution of proposals around the MAP estimate
WIDER = 1.15  # than the curvature there implies
INDEPENDENCE, DIFFERENCE, SNOOKER = 0.5, 0.35, 0.15  # weights of the three kinds of moves
BURN_IN = 1 / 3  # of the steps is not counted
MOST_R_HAT = 1.05  # of ensembles that agree


@dataclass(frozen=True, eq=False)
class Chains:
    """Draws: points (ensembles, steps, walkers, coordinates), and the log posterior of each."""

    points: Floats
    log_probability: Floats
    acceptance: float

    @property
    def flat(self) -> Floats:
        """All points in a row, one ensemble after the other."""
        return self.points.reshape(-1, self.points.shape[-1])


def draw_chains(
    best: MapEstimate,
    walkers: int,
    steps: int,
    seed: int,
    watch: Callable[[int, int], None] = lambda done, all: None,
) -> Chains:
    """Draw from the posterior by ensembles that start apart; their first third is not counted.

    Half of the moves propose a point around the MAP estimate, whatever the point before; the others are the
    ensemble's own. `watch` is called with the steps done and to do. The same seed gives the same draws, bit
    for bit.
    """
    import emcee  # slow to load, and needed by few commands

    proposal, first = _Proposal.around(best), int(steps * BURN_IN)
    made = []
    for place in range(ENSEMBLES):
        random = np.random.RandomState(np.random.SeedSequence([seed, place]).generate_state(8))
        moves = [
            (emcee.moves.MHMove(proposal), INDEPENDENCE),
            (emcee.moves.DEMove(), DIFFERENCE),
            (emcee.moves.DESnookerMove(), SNOOKER),
        ]
        size, density = proposal.center.size, best.log_posterior.evaluate
        sampler = emcee.EnsembleSampler(walkers, size, density, moves=moves, vectorize=True)
        start = _starts(best.log_posterior, proposal, walkers, random)
        state = emcee.State(start, random_state=random.get_state())
        for done, _ in enumerate(sampler.sample(state, iterations=steps), 1):
            watch(place * steps + done, ENSEMBLES * steps)
        made.append(sampler)
    return Chains(
        points=np.stack([each.get_chain() for each in made])[:, first:],
        log_probability=np.stack([each.get_log_prob() for each in made])[:, first:],
        acceptance=float(np.mean([each.acceptance_fraction for each in made])),
    )


def _starts(
    log_posterior: LogPosterior, proposal: _Proposal, walkers: int, random: np.random.RandomState
) -> Floats:
    """Return starts, each of which runs: drawn twice as wide as the proposals."""
    found = np.empty((0, proposal.center.size))
    while len(found) < walkers:
        drawn = proposal.center + 2.0 * (proposal.draw(walkers, random) - proposal.center)
        found = np.concatenate([found, drawn[np.isfinite(log_posterior.evaluate(drawn))]])
    return found[:walkers]


@dataclass(frozen=True, eq=False)
class _Proposal:
    """Proposals from a multivariate t distribution, whatever the point before (an independence sampler)."""

    center: Floats
    root: Floats

    @classmethod
    def around(cls, best: MapEstimate) -> _Proposal:
        return cls(best.point, np.asarray(WIDER * np.linalg.cholesky(best.covariance())))

    def draw(self, count: int, random: np.random.RandomState) -> Floats:
        normal = random.normal(size=(count, self.center.size))
        wider = np.sqrt(DEGREES_OF_FREEDOM / random.chisquare(DEGREES_OF_FREEDOM, size=(count, 1)))
        return np.asarray(self.center + wider * normal @ self.root.T)

    def log_density(self, points: Floats) -> Floats:
        scaled = np.linalg.solve(self.root, (points - self.center).T)
        size = DEGREES_OF_FREEDOM + self.center.size
        return np.asarray(-0.5 * size * np.log1p((scaled**2).sum(axis=0) / DEGREES_OF_FREEDOM))

    def __call__(self, points: Floats, random: np.random.RandomState) -> tuple[Floats, Floats]:
        """Return new points, and the log of the proposal ratio that emcee accepts them by."""
        new = self.draw(len(points), random)
        return new, self.log_density(points) - self.log_density(new)


def r_hat(chains: Chains) -> Floats:
    """Return the nested R-hat of each coordinate: walkers are chains, ensembles are what must agree.

    Walkers of one ensemble depend on each other, ensembles do not.
    """
    from arviz_stats.base import array_stats

    ensembles, steps, walkers, size = chains.points.shape
    rows = np.moveaxis(chains.points, 1, 2).reshape(ensembles * walkers, steps, size)
    of = np.repeat(np.arange(ensembles), walkers)
    found = [array_stats.rhat_nested(rows[..., i], of, chain_axis=0, draw_axis=1) for i in range(size)]
    return np.array(found, dtype=np.float64)


def effective_draws(chains: Chains) -> Floats:
    """Return how many independent draws the mean of each coordinate is worth (Goodman and Weare 2010).

    An ensemble's average over its walkers is one chain, whose autocorrelation counts.
    """
    from arviz_stats.base import array_stats

    walkers, size = chains.points.shape[2:]
    means = chains.points.mean(axis=2)
    each = [array_stats.ess(means[..., i], chain_axis=0, draw_axis=1, method="mean") for i in range(size)]
    return np.asarray(walkers * np.array(each), dtype=np.float64)
