"""Random functions: their distributions, and that a member's numbers do not depend on how work is split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from written import write_model

import simcounty as sc
from simcounty.model import chance
from simcounty.sampling import Ensemble

STEPS = 4_000


@pytest.mark.parametrize(
    ("call", "law"),
    [
        ("RANDOM UNIFORM(2, 4, 0)", stats.uniform(2, 2)),
        ("RANDOM NORMAL(-1, 3, 1, 2, 0)", stats.truncnorm(-1, 1, 1, 2)),
        ("RANDOM EXPONENTIAL(0, 5, 0, 2, 0)", stats.truncexpon(2.5, 0, 2)),
        ("RANDOM EXPONENTIAL(1, 9999, 1, 2, 0)", stats.expon(1, 2)),
        ("RANDOM 0 1()", stats.uniform(0, 1)),
    ],
)
def test_random_numbers_follow_their_law(tmp_path: Path, call: str, law: stats.rv_continuous) -> None:
    made = sc.simulate(sc.load_model(write_model(tmp_path, f"x = {call}", end=STEPS)))
    assert stats.kstest(made["x"].to_numpy(), law.cdf).pvalue > 0.001


def test_poisson_numbers_follow_their_law(tmp_path: Path) -> None:
    file = write_model(tmp_path, "x = RANDOM POISSON(0, 99, 4, 0, 1, 0)", end=STEPS)
    found = sc.simulate(sc.load_model(file))["x"].to_numpy()
    counts = np.bincount(np.minimum(found.astype(int), 10), minlength=11)
    law = stats.poisson(4)
    expected = np.append(law.pmf(range(10)), law.sf(9)) * len(found)
    assert stats.chisquare(counts, expected).pvalue > 0.001


def test_quantiles_are_those_of_scipy() -> None:
    numbers = np.linspace(-8.0, 8.0, 401)
    np.testing.assert_allclose([chance.normal_cdf(x) for x in numbers], stats.norm.cdf(numbers), atol=1e-15)
    parts = np.concatenate([np.linspace(1e-6, 1 - 1e-6, 401), [1e-300, 1e-30]])
    np.testing.assert_allclose([chance.normal_quantile(p) for p in parts], stats.norm.ppf(parts), rtol=1e-13)


EQUATIONS = (
    "u = RANDOM UNIFORM(0, 1, 0)",
    "n = RANDOM NORMAL(-9, 9, 0, 1, 0)",
    "same = RANDOM UNIFORM(0, 1, 7)",
    "again = RANDOM UNIFORM(0, 1, 7)",
    "s = INTEG(n, 0)",
    "k = 1",
)


def test_a_member_is_the_same_in_every_backend_and_however_the_work_is_split(tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, *EQUATIONS, end=20))
    assert list(model.constants) == ["k"]
    runs = {
        backend: sc.simulate(Ensemble(model, size=9, seed=5), backend, keep=["u", "n", "s"])
        for backend in ("interpreted", "compiled")
    }
    assert runs["interpreted"].equals(runs["compiled"])
    part = sc.simulate(Ensemble(model, size=3, first=6, seed=5), keep=["s"])
    assert part["s"].to_numpy().tolist() == runs["compiled"]["s"].to_numpy()[6:].tolist()
    assert len(set(runs["compiled"]["s"].to_numpy()[:, -1])) == 9
    other = sc.simulate(Ensemble(model, size=9, seed=6), keep=["s"])
    assert not np.isin(other["s"].to_numpy()[:, -1], runs["compiled"]["s"].to_numpy()).any()


def test_calls_with_one_seed_share_a_stream_and_others_do_not(tmp_path: Path) -> None:
    made = sc.simulate(sc.load_model(write_model(tmp_path, *EQUATIONS, end=20)))
    assert made["same"].to_numpy().tolist() == made["again"].to_numpy().tolist()
    assert made["same"].to_numpy().tolist() != made["u"].to_numpy().tolist()


@pytest.mark.parametrize(
    "options", [{"integrator": "rk4"}, {"backend": "adaptive"}, {"backend": "reference"}]
)
def test_random_functions_need_euler(tmp_path: Path, options: dict[str, str]) -> None:
    model = sc.load_model(write_model(tmp_path, *EQUATIONS))
    with pytest.raises(sc.SimcountyError, match="random functions change once a step"):
        sc.simulate(model, **options)


def test_a_sweep_of_a_random_model_needs_nothing_else_to_vary(tmp_path: Path) -> None:
    file = write_model(tmp_path, *EQUATIONS, end=20)
    whole = sc.sweep(sc.load(file), 10, seed=2)
    cut = sc.sweep(sc.load(file), 10, seed=2, chunk=3)
    assert whole["s"].to_numpy().tolist() == cut["s"].to_numpy().tolist()
